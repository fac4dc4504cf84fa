"""Keys that are not named, not the signer's, too weak, or no keys at all (threats 19 to 26)."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import xmlsec
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from axis.demo.authority import Credential, KeyKind, Usage
from signing.algorithms import DS, DS11, SignatureAlgorithm, ds
from signing.certificates import Certificate
from signing.policy import CERTIFICATE_BYTES_MAX
from signing.verdict import FailureCode
from tests.signing.forgery import Forgery, altered_der, rsa_key
from tests.signing.pki import certificate, chain, credential, expired, future, hierarchy, stranger
from tests.signing.xml.guard import guarding
from tests.signing.xml.packages import assert_refused, changed, judge, one, signed
from tests.signing.xml.workshop import Draft, made, make, mocked_up, reference, x509_data

LEAF, INTERMEDIATE, ROOT = (
    certificate(credential()),
    certificate(hierarchy().intermediate),
    certificate(hierarchy().root),
)
MORE = "http://www.w3.org/2001/04/xmldsig-more#"


def key_info(inside: str) -> Draft:
    return Draft(key_info=f"<ds:KeyInfo>{inside}</ds:KeyInfo>")


def rsa_value(holder: Credential) -> str:
    modulus = base64.b64encode(holder.key.public_key().public_numbers().n.to_bytes(256, "big")).decode()  # type: ignore[union-attr]
    return (
        f"<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{modulus}</ds:Modulus><ds:Exponent>AQAB</ds:Exponent>"
        "</ds:RSAKeyValue></ds:KeyValue>"
    )


# ── who signed is not said, or said by somebody else ──────────────────────────────────────────────────────────────────

NO_CERTIFICATE = {
    "nothing": "",
    "a name": "<ds:KeyName>axis</ds:KeyName>",
    "a bare key": rsa_value(credential(kind=KeyKind.RSA_2048)),
    "a bare key in DER": f'<d:DEREncodedKeyValue xmlns:d="{DS11}">AAAA</d:DEREncodedKeyValue>',
    "an issuer and a number": (
        "<ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>CN=x</ds:X509IssuerName>"
        "<ds:X509SerialNumber>1</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data>"
    ),
    "a subject": "<ds:X509Data><ds:X509SubjectName>CN=x</ds:X509SubjectName></ds:X509Data>",
    "a key identifier": "<ds:X509Data><ds:X509SKI>AAAA</ds:X509SKI></ds:X509Data>",
    "a digest of a certificate": f'<ds:X509Data><d:X509Digest xmlns:d="{DS11}">AAAA</d:X509Digest></ds:X509Data>',
    "a certificate in another namespace": '<X509Data xmlns="urn:x"><X509Certificate>AAAA</X509Certificate></X509Data>',
    "a certificate outside of X509Data": "<ds:X509Certificate>AAAA</ds:X509Certificate>",
    "a PGP key": "<ds:PGPData><ds:PGPKeyID>AAAA</ds:PGPKeyID></ds:PGPData>",
}


@pytest.mark.parametrize("name", NO_CERTIFICATE)
def test_a_key_without_certificate(name: str) -> None:
    octets = make(key_info(NO_CERTIFICATE[name])) if name == "a name" else mocked_up(key_info(NO_CERTIFICATE[name]))
    assert_refused(judge(octets), FailureCode.CERTIFICATE_MISSING)


@pytest.mark.parametrize("uri", ["http://{address}/key", "file://{file}", "#sig", "", "#xpointer(/)"])
@pytest.mark.parametrize(
    "element", ['<ds:RetrievalMethod URI="{uri}"/>', f'<d:KeyInfoReference xmlns:d="{DS11}" URI="{{uri}}"/>']
)
def test_a_key_that_would_be_fetched(element: str, uri: str, tmp_path: Path) -> None:
    with guarding(tmp_path, LEAF.der) as guard:
        named = element.format(uri=uri.format(address=guard.address, file=guard.file))
        with_certificate = x509_data([LEAF]).replace("<ds:KeyInfo>", f"<ds:KeyInfo>{named}")
        for draft in (key_info(named), Draft(key_info=with_certificate)):
            assert_refused(judge(mocked_up(draft)), FailureCode.REFERENCE_FORBIDDEN)
        assert not guard.was_touched


BARE_KEYS = {
    "another RSA key": rsa_value(credential("B", KeyKind.RSA_2048)),
    "an RSA key without parts": "<ds:KeyValue><ds:RSAKeyValue/></ds:KeyValue>",
    "an empty key": "<ds:KeyValue/>",
    "a DSA key": "<ds:KeyValue><ds:DSAKeyValue><ds:Y>AAAA</ds:Y></ds:DSAKeyValue></ds:KeyValue>",
    "a key in words": "<ds:KeyValue>AAAA</ds:KeyValue>",
    "two keys": rsa_value(credential(kind=KeyKind.RSA_2048)).replace("</ds:KeyValue>", "<ds:x/></ds:KeyValue>"),
    "another key in DER": f'<d:DEREncodedKeyValue xmlns:d="{DS11}">AAAA</d:DEREncodedKeyValue>',
    "a curve": f'<ds:KeyValue><d:ECKeyValue xmlns:d="{DS11}"/></ds:KeyValue>',
}


@pytest.mark.parametrize("name", BARE_KEYS)
def test_a_bare_key_that_is_not_the_certificates(name: str) -> None:
    holder = credential(kind=KeyKind.RSA_2048)
    info = x509_data([certificate(holder), *chain(holder)])
    right = info.replace("<ds:KeyInfo>", f"<ds:KeyInfo>{rsa_value(holder)}")
    wrong = info.replace("<ds:KeyInfo>", f"<ds:KeyInfo>{BARE_KEYS[name]}")
    draft = Draft(algorithm=SignatureAlgorithm.RSA_SHA256.value, key_info=right)
    octets = make(draft, holder)
    assert judge(octets).failure is None
    assert right.encode() in octets
    assert_refused(judge(octets.replace(right.encode(), wrong.encode())), FailureCode.CERTIFICATE_MISMATCH)


# ── which certificate is the signer's ─────────────────────────────────────────────────────────────────────────────────

B, TLS = credential("B"), credential(usage=Usage.TLS)


@pytest.mark.parametrize(
    "certificates",
    [
        [certificate(expired()), INTERMEDIATE, certificate(B)],
        [INTERMEDIATE, certificate(B)],
        [ROOT, INTERMEDIATE, certificate(B)],
        [LEAF, INTERMEDIATE, certificate(B)],
        [certificate(B), LEAF, INTERMEDIATE],
        [certificate(stranger()), certificate(B), INTERMEDIATE],
        [certificate(TLS), certificate(credential(kind=KeyKind.RSA_2048)), INTERMEDIATE, certificate(B)],
        [certificate(B), certificate(B), INTERMEDIATE],
    ],
    ids=["expired", "authority", "root", "another agency", "another agency behind", "stranger", "many", "twice"],
)
def test_the_signer_is_whose_key_signed_and_not_who_comes_first(certificates: list[Certificate]) -> None:
    verdict = judge(make(Draft(), B, certificates))
    assert verdict.failure is None
    assert verdict.facts is not None
    assert verdict.facts.path.certificates == (certificate(B), INTERMEDIATE, ROOT)


@pytest.mark.parametrize(
    ("holder", "code"),
    [
        (expired(), FailureCode.CERTIFICATE_EXPIRED),
        (future(), FailureCode.CERTIFICATE_NOT_YET_VALID),
        (stranger(), FailureCode.UNTRUSTED),
        (credential(usage=Usage.TLS), FailureCode.USAGE_FORBIDDEN),
        (credential(usage=Usage.ENCIPHERMENT), FailureCode.USAGE_FORBIDDEN),
        (credential(usage=Usage.UNSTATED), FailureCode.USAGE_FORBIDDEN),
    ],
    ids=["expired", "not yet valid", "stranger", "TLS", "encipherment", "no usage"],
)
def test_a_signer_who_may_not_is_refused_for_that_whoever_else_is_named(holder: Credential, code: FailureCode) -> None:
    own = [certificate(holder), *chain(holder)]
    assert_refused(judge(make(Draft(), holder, own)), code)
    assert_refused(judge(make(Draft(), holder, [LEAF, INTERMEDIATE, *own])), code)
    assert_refused(judge(make(Draft(), holder, [*own, certificate(B), LEAF, INTERMEDIATE][:6])), code)


def test_an_authority_that_signs_documents() -> None:
    authority = hierarchy().intermediate.credential
    assert_refused(judge(make(Draft(), authority, [INTERMEDIATE])), FailureCode.USAGE_FORBIDDEN)
    assert_refused(judge(make(Draft(), authority, [INTERMEDIATE, LEAF])), FailureCode.INVALID)


def test_a_certificate_that_signed_itself_with_the_name_of_a_trusted_one() -> None:
    forged = Forgery(subject="Cơ quan A").under(None)
    assert_refused(judge(make(Draft(), forged)), FailureCode.UNTRUSTED)
    assert_refused(judge(make(Draft(), forged, [forged.certificate, LEAF, INTERMEDIATE])), FailureCode.UNTRUSTED)


def test_somebody_elses_trusted_certificate_instead_of_the_signers() -> None:
    octets = make(Draft(), stranger(), [LEAF, INTERMEDIATE])
    assert_refused(judge(octets), FailureCode.INVALID)


@pytest.mark.parametrize("count", [7, 100, 2000])
def test_too_many_certificates_are_refused_at_once(count: int) -> None:
    octets = make(Draft(), None, [LEAF] + [INTERMEDIATE] * (count - 1))
    started = time.perf_counter()
    assert_refused(judge(octets), FailureCode.TOO_MANY_CERTIFICATES)
    assert time.perf_counter() - started < 1


def test_certificates_spread_over_many_x509data_are_counted_together() -> None:
    info = x509_data([LEAF]).replace("</ds:KeyInfo>", "") + x509_data([INTERMEDIATE] * 6).replace("<ds:KeyInfo>", "")
    assert_refused(judge(mocked_up(Draft(key_info=info))), FailureCode.TOO_MANY_CERTIFICATES)


@pytest.mark.parametrize(
    "octets", [b"", b"\0\0\0", LEAF.pem, LEAF.der[:-1]], ids=["nothing", "zeros", "PEM", "cut off"]
)
def test_a_certificate_nobody_can_read(octets: bytes) -> None:
    text = base64.b64encode(octets).decode()
    info = x509_data([LEAF]).replace("<ds:X509Data>", f"<ds:X509Data><ds:X509Certificate>{text}</ds:X509Certificate>")
    assert_refused(judge(mocked_up(Draft(key_info=info))), FailureCode.CERTIFICATE_UNREADABLE)


def test_a_certificate_as_large_as_a_package() -> None:
    text = base64.b64encode(b"\x30" * (CERTIFICATE_BYTES_MAX + 1)).decode()
    info = x509_data([LEAF]).replace("<ds:X509Data>", f"<ds:X509Data><ds:X509Certificate>{text}</ds:X509Certificate>")
    verdict = judge(mocked_up(Draft(key_info=info)))
    assert_refused(verdict, FailureCode.CERTIFICATE_UNREADABLE)
    assert verdict.failure is not None
    assert verdict.failure.detail == f"{CERTIFICATE_BYTES_MAX + 1} bytes"


# ── keys and algorithms that are too weak ─────────────────────────────────────────────────────────────────────────────

WEAK_KEYS: dict[str, tuple[str, Callable[[], CertificateIssuerPrivateKeyTypes]]] = {
    "RSA-1024": (f"{MORE}rsa-sha256", lambda: rsa_key(1024)),
    "RSA-2047": (f"{MORE}rsa-sha256", lambda: rsa_key(2047)),
    "P-192": (f"{MORE}ecdsa-sha256", lambda: ec.generate_private_key(ec.SECP192R1())),
    "P-521": (f"{MORE}ecdsa-sha512", lambda: ec.generate_private_key(ec.SECP521R1())),
    "secp256k1": (f"{MORE}ecdsa-sha256", lambda: ec.generate_private_key(ec.SECP256K1())),
    "DSA-2048 under another algorithm's name": (f"{MORE}ecdsa-sha256", lambda: dsa.generate_private_key(2048)),
}


@pytest.mark.parametrize("name", WEAK_KEYS)
def test_a_key_that_is_too_weak_though_a_trusted_authority_certified_it(name: str) -> None:
    algorithm, key = WEAK_KEYS[name]
    forged = Forgery().under(hierarchy().intermediate, key())
    info = x509_data([forged.certificate, INTERMEDIATE])
    draft = Draft(algorithm=algorithm, key_info=info)
    octets = mocked_up(draft) if "DSA" in name else make(draft, forged)
    assert_refused(judge(octets), FailureCode.KEY_FORBIDDEN)


def test_an_rsa_key_whose_exponent_is_one() -> None:
    def change(parsed: asn1_x509.Certificate) -> None:
        stated = parsed["tbs_certificate"]["subject_public_key_info"]["public_key"]
        numbers = stated.parsed
        numbers["public_exponent"] = 1
        parsed["tbs_certificate"]["subject_public_key_info"]["public_key"] = numbers

    forged = Forgery().under(hierarchy().intermediate, rsa_key(2048))
    text = base64.b64encode(altered_der(forged, change, hierarchy().intermediate)).decode()
    info = f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{text}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
    octets = make(Draft(algorithm=f"{MORE}rsa-sha256", key_info=info), forged)
    assert_refused(judge(octets), FailureCode.CERTIFICATE_UNREADABLE)


WEAK_ALGORITHMS = [
    f"{DS}rsa-sha1",
    f"{DS}dsa-sha1",
    f"{DS}hmac-sha1",
    f"{MORE}rsa-md5",
    f"{MORE}rsa-ripemd160",
    f"{MORE}rsa-sha224",
    f"{MORE}ecdsa-sha1",
    f"{MORE}ecdsa-sha224",
    f"{MORE}hmac-md5",
    f"{MORE}hmac-sha256",
    f"{MORE}hmac-sha512",
    "http://www.w3.org/2007/05/xmldsig-more#ecdsa-ripemd160",
    "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
    "http://www.w3.org/2009/xmldsig11#dsa-sha256",
    "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
    "",
    "none",
    " ",
    f"{MORE}none",
    f"{MORE}ECDSA-SHA256",
    f"{MORE}ecdsa-sha256 ",
    f" {MORE}ecdsa-sha256",
    f"{MORE}ecdsa-sha256#",
    f"{MORE}ecdsa-sha-256",
    f"{DS}ecdsa-sha256",
    "ecdsa-sha256",
    "urn:oid:1.2.840.10045.4.3.2",
    "http://www.w3.org/2001/04/xmldsig-more",
]


@pytest.mark.parametrize("algorithm", WEAK_ALGORITHMS, ids=repr)
def test_a_signature_algorithm_that_is_not_listed_is_refused_by_its_name(algorithm: str) -> None:
    verdict = judge(mocked_up(Draft(algorithm=algorithm)))
    assert_refused(verdict, FailureCode.ALGORITHM_FORBIDDEN)
    assert verdict.failure is not None
    assert verdict.failure.detail == algorithm


@pytest.mark.parametrize("algorithm", [f"{DS}rsa-sha1", f"{MORE}rsa-sha224"])
def test_a_weak_signature_by_a_trusted_key_that_verifies_elsewhere(algorithm: str) -> None:
    octets = make(Draft(algorithm=algorithm), credential(kind=KeyKind.RSA_2048))
    assert_refused(judge(octets), FailureCode.ALGORITHM_FORBIDDEN)


WEAK_DIGESTS = [
    f"{DS}sha1",
    f"{MORE}md5",
    f"{MORE}sha224",
    "http://www.w3.org/2001/04/xmlenc#ripemd160",
    "http://www.w3.org/2007/05/xmldsig-more#sha3-256",
    "http://www.w3.org/2001/04/xmlenc#SHA256",
    "http://www.w3.org/2001/04/xmlenc#sha256 ",
    "sha256",
    "none",
    "",
]


@pytest.mark.parametrize("algorithm", WEAK_DIGESTS, ids=repr)
def test_a_digest_that_is_not_listed_is_refused_by_its_name(algorithm: str) -> None:
    written = reference().replace("http://www.w3.org/2001/04/xmlenc#sha256", algorithm)
    verdict = judge(mocked_up(Draft(references=(written,))))
    assert_refused(verdict, FailureCode.ALGORITHM_FORBIDDEN)
    assert verdict.failure is not None
    assert verdict.failure.detail == algorithm


PUBLIC_KEY = LEAF.x509.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("secret", [LEAF.der, LEAF.pem, PUBLIC_KEY], ids=["DER", "PEM", "public key"])
def test_an_hmac_whose_secret_everybody_knows(secret: bytes) -> None:
    octets = mocked_up(Draft(algorithm=f"{MORE}hmac-sha256"))
    root = etree.fromstring(octets)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_binary_data(xmlsec.constants.KeyDataHmac, secret)
    for value in root.iter(ds("SignatureValue"), ds("DigestValue")):
        value.text = None
    context.sign(one(root, "//ds:Signature"))
    assert_refused(judge(etree.tostring(root)), FailureCode.ALGORITHM_FORBIDDEN)


@pytest.mark.parametrize("length", ["0", "1", "8", "40", "256", "-1", ""])
@pytest.mark.parametrize("algorithm", [f"{MORE}hmac-sha256", f"{MORE}ecdsa-sha256"])
def test_a_signature_cut_short(algorithm: str, length: str) -> None:
    inside = f"<ds:HMACOutputLength>{length}</ds:HMACOutputLength>"
    octets = mocked_up(Draft(algorithm=algorithm, method_content=inside))
    assert_refused(judge(octets), FailureCode.ALGORITHM_FORBIDDEN)


def test_an_rsa_key_under_an_ecdsa_name_and_the_other_way_round() -> None:
    rsa_signed = made(Draft()).replace(b"ecdsa-sha256", b"rsa-sha256")
    assert_refused(judge(rsa_signed), FailureCode.INVALID)
    assert_refused(judge(signed().replace(b"ecdsa-sha256", b"ecdsa-sha384")), FailureCode.INVALID)


def test_another_certificate_of_the_same_key_is_told_apart_by_the_signed_properties() -> None:
    twin = Forgery(subject="Cơ quan B").under(hierarchy().intermediate, credential().key)
    exchanged = base64.b64encode(LEAF.der), base64.b64encode(twin.certificate.der)
    assert signed().count(exchanged[0]) == 1
    assert_refused(judge(signed().replace(*exchanged)), FailureCode.CERTIFICATE_MISMATCH)
    changed_order = changed(signed(), lambda root: one(root, "//ds:X509Data").append(one(root, "//ds:X509Certificate")))
    assert judge(changed_order).failure is None
