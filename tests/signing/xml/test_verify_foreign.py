"""Signatures that somebody else's software made, in every shape that real software writes them, are accepted."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from axis.demo.authority import Credential, KeyKind
from envelopes.parser import NAMESPACE, parse
from signing.algorithms import DS11, EXCLUSIVE, XADES, Canonicalization, SignatureAlgorithm
from signing.digests import DigestAlgorithm
from signing.verdict import FailureCode
from tests.signing.pki import ALLOWED_DIGESTS, certificate, credential
from tests.signing.xml.packages import PACKAGE, assert_refused, covered_by, judge, one
from tests.signing.xml.xmlsec1 import Shape, needs_xmlsec1, reference, sign

pytestmark = needs_xmlsec1

INCLUSIVE, INCLUSIVE_1_1 = Canonicalization.INCLUSIVE_1_0.value, Canonicalization.INCLUSIVE_1_1.value
LANGUAGE: Final = PACKAGE.replace(b"<edXML xmlns", b'<edXML xml:lang="vi" xml:space="preserve" xmlns')
IDENTIFIED: Final = PACKAGE.replace(b"<edXML xmlns", b'<edXML Id="goi-tin" xmlns')
QUALIFIED: Final = PACKAGE.replace(
    b"<edXML:Subject>", b'<edXML:Subject xmlns:t="urn:t" xmlns:xsi="urn:xsi" xsi:type="t:text">'
)


def accepted(folder: Path, shape: Shape, holder: Credential | None = None) -> bytes:
    """The covered octets of a signature of this shape; by a P-256 key unless somebody is named."""
    holder = holder or credential()
    verdict = judge(sign(folder, shape, holder))
    assert verdict.failure is None
    assert verdict.facts is not None
    assert verdict.facts.path.signer == certificate(holder)
    return covered_by(verdict)


RSA = (SignatureAlgorithm.RSA_SHA256, SignatureAlgorithm.RSA_SHA384, SignatureAlgorithm.RSA_SHA512)
ECDSA = (SignatureAlgorithm.ECDSA_SHA256, SignatureAlgorithm.ECDSA_SHA384, SignatureAlgorithm.ECDSA_SHA512)
KEYS = [
    *((kind, algorithm) for kind in (KeyKind.RSA_2048, KeyKind.RSA_3072) for algorithm in RSA),
    *((kind, algorithm) for kind in (KeyKind.ECDSA_P256, KeyKind.ECDSA_P384) for algorithm in ECDSA),
]


@pytest.mark.parametrize(("kind", "algorithm"), KEYS, ids=lambda one: one.name)
def test_every_listed_key_and_algorithm(kind: KeyKind, algorithm: SignatureAlgorithm, tmp_path: Path) -> None:
    accepted(tmp_path, Shape(algorithm=algorithm), credential(kind=kind))


@pytest.mark.parametrize("digest", ALLOWED_DIGESTS, ids=lambda one: one.name)
def test_every_listed_digest(digest: DigestAlgorithm, tmp_path: Path) -> None:
    accepted(tmp_path, Shape(digest=digest))


STEPS = [(), (EXCLUSIVE,), (INCLUSIVE,), (INCLUSIVE_1_1,), (EXCLUSIVE, INCLUSIVE), (INCLUSIVE, EXCLUSIVE)]


@pytest.mark.parametrize("prefix", ["ds", ""], ids=["prefixed", "default namespace"])
@pytest.mark.parametrize("document", [PACKAGE, LANGUAGE], ids=["plain", "xml:lang above"])
@pytest.mark.parametrize("canonicalization", Canonicalization, ids=lambda one: one.name)
@pytest.mark.parametrize("steps", STEPS, ids=lambda steps: "+".join(one[-16:] for one in steps) or "implied")
def test_every_canonical_form(
    steps: tuple[str, ...], canonicalization: Canonicalization, document: bytes, prefix: str, tmp_path: Path
) -> None:
    shape = Shape(steps=steps, canonicalization=canonicalization.value, document=document, prefix=prefix)
    covered = parse(accepted(tmp_path, shape))
    assert one(covered, "//e:DocumentId").text == "000.00.15.H51,2026/11/20,123/ABC-XYZ"
    assert covered.tag == f"{{{NAMESPACE}}}edXML"


@pytest.mark.parametrize("prefixes", ["", "t", "t xsi", "#default", "#default t xsi unknown"])
def test_prefixes_that_an_exclusive_form_treats_inclusively(prefixes: str, tmp_path: Path) -> None:
    covered = accepted(tmp_path, Shape(prefixes=prefixes, document=QUALIFIED))
    assert (b'xmlns:t="urn:t"' in covered) is ("t" in prefixes.split())


@pytest.mark.parametrize("steps", STEPS, ids=len)
def test_the_root_by_its_identifier(steps: tuple[str, ...], tmp_path: Path) -> None:
    covered = accepted(tmp_path, Shape(uri="#goi-tin", steps=steps, document=IDENTIFIED))
    assert parse(covered).get("Id") == "goi-tin"


AROUND = IDENTIFIED.replace(b"<edXML Id", b'<?note "first"?>\n<!-- words -->\n<edXML Id') + b'<?note "last"?>\n'


@pytest.mark.parametrize("steps", STEPS, ids=len)
@pytest.mark.parametrize("uri", ["", "#goi-tin"])
def test_instructions_around_the_root(uri: str, steps: tuple[str, ...], tmp_path: Path) -> None:
    covered = accepted(tmp_path, Shape(uri=uri, steps=steps, document=AROUND))
    assert (b"<?note" in covered) is (uri == "")
    assert b"words" not in covered


def test_comments_between_elements(tmp_path: Path) -> None:
    document = PACKAGE.replace(b"<edXML:MessageHeader>", b"<edXML:MessageHeader><!-- a --><?b c?>")
    covered = accepted(tmp_path, Shape(document=document))
    assert b"<!--" not in covered
    assert b"<?b c?>" in covered


@pytest.mark.parametrize(
    "document",
    [
        PACKAGE.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + PACKAGE,
        PACKAGE.replace(b"H26.18", b"<![CDATA[H26.18]]>"),
        PACKAGE.replace(b"H26.18", b"&#72;26.18"),
        PACKAGE.replace(b'encoding="UTF-8"', b'encoding="utf-8" standalone="yes"'),
        PACKAGE.replace(b"<edXML:Subject>", b"<edXML:Subject\n\tnote = 'x&#10;y&#13;&quot;&lt;'>"),
        PACKAGE.replace(b"</edXML>", "\U0001f3db Ệ\u0323</edXML>".encode()),
    ],
    ids=["CRLF", "byte order mark", "CDATA", "character reference", "declaration", "attribute", "letters"],
)
def test_spellings_that_mean_the_same(document: bytes, tmp_path: Path) -> None:
    assert one(parse(accepted(tmp_path, Shape(document=document))), "//e:To[2]/e:OrganId").text == "H26.18"


# ── what stands beside the certificate, and inside the signature ──────────────────────────────────────────────────────


def key_value(holder: Credential) -> str:
    """The holder's public key as .NET and Java write it beside the certificate."""
    key = holder.certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        numbers = key.public_numbers()
        modulus = base64.b64encode(numbers.n.to_bytes(key.key_size // 8, "big")).decode()
        return (
            f"<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{modulus}</ds:Modulus><ds:Exponent>AQAB</ds:Exponent>"
            "</ds:RSAKeyValue></ds:KeyValue>"
        )
    assert isinstance(key, ec.EllipticCurvePublicKey)
    point = base64.b64encode(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)).decode()
    curve = {"secp256r1": "1.2.840.10045.3.1.7", "secp384r1": "1.3.132.0.34"}[key.curve.name]
    return (
        f'<ds:KeyValue><d:ECKeyValue xmlns:d="{DS11}"><d:NamedCurve URI="urn:oid:{curve}"/>'
        f"<d:PublicKey>{point}</d:PublicKey></d:ECKeyValue></ds:KeyValue>"
    )


def der_key_value(holder: Credential) -> str:
    """The holder's public key as XML Signature 1.1 allows to write it."""
    der = holder.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f'<d:DEREncodedKeyValue xmlns:d="{DS11}">{base64.b64encode(der).decode()}</d:DEREncodedKeyValue>'


# xmlsec1 fills in what it finds in KeyInfo and knows no empty place beside it, so the key stands there beforehand.
@pytest.mark.parametrize("write", [key_value, der_key_value], ids=["KeyValue", "DEREncodedKeyValue"])
@pytest.mark.parametrize("kind", KeyKind, ids=lambda kind: kind.name)
def test_a_bare_key_beside_its_own_certificate(kind: KeyKind, write: type[str], tmp_path: Path) -> None:
    holder = credential(kind=kind)
    algorithm = SignatureAlgorithm.RSA_SHA256 if "RSA" in kind.name else SignatureAlgorithm.ECDSA_SHA256
    octets = sign(tmp_path, Shape(algorithm=algorithm), holder)
    with_key = octets.replace(b"<ds:X509Data>", write(holder).encode() + b"<ds:X509Data>")
    assert judge(with_key).failure is None
    with_other = octets.replace(b"<ds:X509Data>", write(credential("B", kind=kind)).encode() + b"<ds:X509Data>")
    assert_refused(judge(with_other), FailureCode.CERTIFICATE_MISMATCH)


def test_a_key_name_beside_the_certificate(tmp_path: Path) -> None:
    octets = sign(tmp_path, Shape(), credential())
    named = octets.replace(b"<ds:X509Data>", b"<ds:KeyName>somebody</ds:KeyName><ds:X509Data>")
    assert judge(named).failure is None


def test_a_signed_key_info(tmp_path: Path) -> None:
    accepted(tmp_path, Shape(references=reference("#key-info")))


def test_signature_properties_with_a_time_of_their_own(tmp_path: Path) -> None:
    # As invoices are signed in Viet Nam: no XAdES, but a signed time in an Object.
    objects = (
        '<ds:Object Id="times"><ds:SignatureProperties><ds:SignatureProperty Target="#sig">'
        '<SigningTime xmlns="urn:example">2026-11-21T15:30:00</SigningTime>'
        "</ds:SignatureProperty></ds:SignatureProperties></ds:Object>"
    )
    shape = Shape(objects=objects, references=reference("#times", transform=INCLUSIVE))
    verdict = judge(sign(tmp_path, shape, credential()))
    assert verdict.failure is None
    assert verdict.facts is not None
    assert verdict.facts.claimed_signing_time is None
    assert [one.uri for one in verdict.facts.references] == ["", "#times"]


def xades_object(holder: Credential, *, time: str = "2026-11-21T15:30:00.1234567+07:00") -> str:
    """Qualifying properties as other software writes them."""
    digest = base64.b64encode(DigestAlgorithm.SHA512.digest(certificate(holder).der)).decode()
    return (
        f'<ds:Object><x:QualifyingProperties xmlns:x="{XADES}" Target="#sig"><x:SignedProperties Id="props">'
        f"<x:SignedSignatureProperties><x:SigningTime>{time}</x:SigningTime><x:SigningCertificate><x:Cert>"
        f'<x:CertDigest><ds:DigestMethod Algorithm="{DigestAlgorithm.SHA512.value}"/>'
        f"<ds:DigestValue>{digest}</ds:DigestValue></x:CertDigest></x:Cert></x:SigningCertificate>"
        "</x:SignedSignatureProperties></x:SignedProperties></x:QualifyingProperties></ds:Object>"
    )


PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"


@pytest.mark.parametrize("transform", [EXCLUSIVE, INCLUSIVE, INCLUSIVE_1_1], ids=lambda one: one[-16:])
@pytest.mark.parametrize("document", [PACKAGE, LANGUAGE], ids=["plain", "xml:lang above"])
def test_xades_of_other_software(document: bytes, transform: str, tmp_path: Path) -> None:
    references = reference("#props", transform=transform, kind=PROPERTIES)
    shape = Shape(objects=xades_object(credential()), references=references, document=document)
    verdict = judge(sign(tmp_path, shape, credential()))
    assert verdict.failure is None
    assert verdict.facts is not None
    assert verdict.facts.claimed_signing_time == "2026-11-21T15:30:00.1234567+07:00"


@pytest.mark.parametrize("time", ["2026-11-20T08:30:00Z", "2026-11-22T08:30:00Z", "21/11/2026 15:30", ""])
def test_a_claimed_time_that_may_be_true_or_is_none(time: str, tmp_path: Path) -> None:
    references = reference("#props", kind=PROPERTIES)
    accepted(tmp_path, Shape(objects=xades_object(credential(), time=time), references=references))


@pytest.mark.parametrize("time", ["2026-11-19T08:29:59Z", "2026-11-22T08:30:01Z", "9999-12-31T23:59:59-14:00"])
def test_a_claimed_time_that_cannot_be_true(time: str, tmp_path: Path) -> None:
    references = reference("#props", kind=PROPERTIES)
    octets = sign(tmp_path, Shape(objects=xades_object(credential(), time=time), references=references), credential())
    assert_refused(judge(octets), FailureCode.SIGNING_TIME_IMPOSSIBLE)


def test_a_part_signed_beside_the_whole(tmp_path: Path) -> None:
    document = PACKAGE.replace(b"<edXML:AttachmentEncoded ", b'<edXML:AttachmentEncoded Id="tep" ')
    accepted(tmp_path, Shape(document=document, references=reference("#tep")))
