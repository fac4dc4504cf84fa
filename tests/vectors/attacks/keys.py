"""Keys that are not the signer's, not named, fetched, too weak, or secrets that everybody knows (threats 19 to 26)."""

from __future__ import annotations

import base64
from dataclasses import replace
from functools import partial
from typing import Any, Final

import xmlsec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from signing.algorithms import DS, DS11
from signing.certificates import Certificate
from tests.signing.forgery import Forgery
from tests.signing.pki import certificate, chain
from tests.signing.xml.packages import changed, one
from tests.signing.xml.workshop import Draft, make, mocked_up, reference, x509_data
from tests.vectors.attacks.making import Attack, Original, edited

MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"


def _own(original: Original) -> list[Certificate]:
    return [certificate(original.sender), *chain(original.sender)]


def _info(inside: str) -> str:
    return f"<ds:KeyInfo>{inside}</ds:KeyInfo>"


def _draft(original: Original, **changes: Any) -> Draft:
    return replace(Draft(document=original.letter), **changes)


# ── Secrets that everybody knows ─────────────────────────────────────────────────────────────────────────────────────


def _secret(original: Original, form: str) -> bytes:
    own = certificate(original.sender)
    key = own.x509.public_key()
    return {
        "certificate": own.der,
        "certificate-pem": own.pem,
        "public-key": key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "public-key-pem": key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    }[form]


def hmac_with_a_public_key(original: Original, form: str) -> bytes:
    """Signs by an HMAC whose secret is what the sender publishes, for verifiers that take any key for any algorithm."""
    return _hmac(original, _secret(original, form))


def hmac_of_a_few_bits(original: Original, length: str) -> bytes:
    """Signs by an HMAC cut so short that it is soon guessed."""
    cut = f"<ds:HMACOutputLength>{length}</ds:HMACOutputLength>"
    return mocked_up(_draft(original, algorithm=f"{MORE}hmac-sha256", method_content=cut))


def _hmac(original: Original, secret: bytes) -> bytes:
    draft = _draft(original, algorithm=f"{MORE}hmac-sha256", key_info=x509_data(_own(original)))
    root = etree.fromstring(draft.written(()))
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_binary_data(xmlsec.constants.KeyDataHmac, secret)
    context.sign(one(root, "//ds:Signature"))
    return etree.tostring(root)


# ── Keys that are pointed at ─────────────────────────────────────────────────────────────────────────────────────────


def key_by_name(original: Original) -> bytes:
    """Names the key, and leaves it to the verifier what that means."""
    return original.draft(_draft(original, key_info=_info("<ds:KeyName>axis</ds:KeyName>")))


def key_without_certificate(original: Original) -> bytes:
    """States a bare key: the signature is right for it, and it is nobody's."""
    point = original.sender.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    stated = base64.b64encode(point).decode()
    named = f'<d:DEREncodedKeyValue xmlns:d="{DS11}">{stated}</d:DEREncodedKeyValue>'
    return original.draft(_draft(original, key_info=_info(named)))


def key_elsewhere(original: Original, address: str) -> bytes:
    """Has the verifier fetch the key, beside a certificate that is right."""
    named = f'<ds:RetrievalMethod URI="{original.lure.put(address)}"/>'
    info = x509_data(_own(original)).replace("<ds:KeyInfo>", f"<ds:KeyInfo>{named}")
    return mocked_up(_draft(original, key_info=info))


def key_info_elsewhere(original: Original, address: str) -> bytes:
    """Has the verifier look for KeyInfo somewhere else (XML Signature 1.1)."""
    named = f'<d:KeyInfoReference xmlns:d="{DS11}" URI="{original.lure.put(address)}"/>'
    return mocked_up(_draft(original, key_info=_info(named)))


def no_key_info(original: Original) -> bytes:
    """Says nothing about the key, for verifiers that then take the one they have."""
    return original.draft(_draft(original, key_info=""))


# ── Keys of others ───────────────────────────────────────────────────────────────────────────────────────────────────


def bare_key_of_another(original: Original) -> bytes:
    """States another agency's bare key beside the signer's certificate."""
    other = original.other.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    stated = base64.b64encode(other).decode()
    named = f'<d:DEREncodedKeyValue xmlns:d="{DS11}">{stated}</d:DEREncodedKeyValue>'
    info = x509_data(_own(original)).replace("<ds:KeyInfo>", f"<ds:KeyInfo>{named}")
    return original.draft(_draft(original, key_info=info))


def signed_by_another(original: Original) -> bytes:
    """Another registered agency signs the letter, with its own certificate."""
    return original.draft(_draft(original), original.other)


def another_key_under_the_senders_certificate(original: Original) -> bytes:
    """Another agency signs, and the sender's certificate is sent along."""
    return make(_draft(original), original.other, _own(original))


def senders_certificate_first(original: Original) -> bytes:
    """Another agency signs, its certificate hidden behind the sender's."""
    both = [*_own(original), certificate(original.other)]
    return make(_draft(original), original.other, both)


def certificate_exchanged(original: Original) -> bytes:
    """Exchanges the certificate in KeyInfo, which no digest covers, for another of the same key."""
    own = original.sender
    twin = Forgery(subject="Cơ quan khác").under(None, own.key)
    texts = [base64.b64encode(one_of.der) for one_of in (certificate(own), twin.certificate)]
    return edited(original.signed, *texts)


def certificate_that_signed_itself(original: Original) -> bytes:
    """Signs with a key whose certificate names the sender and which nobody certified."""
    name = certificate(original.sender).common_name or ""
    return make(_draft(original), Forgery(subject=name).under(None))


def seven_certificates(original: Original) -> bytes:
    """Has the verifier try more certificates than any signature needs."""
    own = _own(original)
    return make(_draft(original), original.sender, own[:1] + own[1:] * 6)


def unreadable_certificate(original: Original) -> bytes:
    """Puts rubbish where the certificate is looked for first."""
    rubbish = "<ds:X509Certificate>MAMCAQU=</ds:X509Certificate>"
    info = x509_data(_own(original)).replace("<ds:X509Data>", f"<ds:X509Data>{rubbish}")
    return original.draft(_draft(original, key_info=info))


# ── Weaker algorithms ────────────────────────────────────────────────────────────────────────────────────────────────


def weak_algorithm(original: Original, algorithm: str) -> bytes:
    """Says that the signature is of a weaker kind, or of none."""
    return mocked_up(_draft(original, algorithm=algorithm))


def sha1_signature(original: Original) -> bytes:
    """Signs with SHA-1 by the sender's own key: right, and forgeable."""
    return original.draft(_draft(original, algorithm=f"{MORE}ecdsa-sha1"))


def weak_digest(original: Original, algorithm: str) -> bytes:
    """Digests the package by what collides."""
    written = reference().replace(SHA256, algorithm)
    return mocked_up(_draft(original, references=(written,)))


def sha1_digest(original: Original) -> bytes:
    """Digests the package with SHA-1 under a strong signature: right, and forgeable."""
    return original.draft(_draft(original, references=(reference().replace(SHA256, f"{DS}sha1"),)))


def other_algorithm_in_signed_info(original: Original) -> bytes:
    """Exchanges the algorithm for a stronger one after signing, for verifiers that go by the value."""
    return edited(original.signed, b"ecdsa-sha256", b"ecdsa-sha384")


# ── Values that are nearly right ─────────────────────────────────────────────────────────────────────────────────────

_WIDTH: Final = 32
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def _with_value(octets: bytes, value: bytes) -> bytes:
    text = base64.b64encode(value).decode()
    return changed(octets, lambda root: setattr(one(root, "//ds:SignatureValue"), "text", text))


def _halves(octets: bytes) -> tuple[bytes, bytes]:
    value = base64.b64decode(one(etree.fromstring(octets), "//ds:SignatureValue").text or "")
    return value[:_WIDTH], value[_WIDTH:]


def der_value(original: Original) -> bytes:
    """Writes the signature value in DER, which some libraries take besides the form of the standard."""
    signed = original.signed
    r, s = _halves(signed)
    return _with_value(signed, encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big")))


def zero_value(original: Original) -> bytes:
    """States zeros, which libraries without a check of the range believed under every key (CVE-2022-21449)."""
    return _with_value(original.signed, bytes(2 * _WIDTH))


def value_of_the_order(original: Original) -> bytes:
    """States the order of the curve, which is zero where it is reduced before it is checked."""
    return _with_value(original.signed, _ORDER.to_bytes(_WIDTH, "big") * 2)


def padded_value(original: Original) -> bytes:
    """Pads both halves of the value by zeros."""
    signed = original.signed
    r, s = _halves(signed)
    return _with_value(signed, b"\0" + r + b"\0" + s)


def empty_value(original: Original) -> bytes:
    """Leaves the signature value out."""
    return _with_value(original.signed, b"")


def base64_with_foreign_blanks(original: Original, element: str) -> bytes:
    """Writes blanks that are none in XML into a value; lenient decoders drop whatever they do not know."""
    return changed(original.signed, lambda root: _interrupt(one(root, f"//ds:{element}"), "\u00a0"))


def base64_with_blanks(original: Original) -> bytes:
    """Writes blanks into the signed digest value, where they are content."""
    return changed(original.signed, lambda root: _interrupt(one(root, "//ds:DigestValue"), " \n"))


def base64_of_other_letters(original: Original) -> bytes:
    """Writes the signature value in the letters of URLs."""
    return changed(original.signed, lambda root: _url_safe(one(root, "//ds:SignatureValue")))


def base64_with_spare_bits(original: Original) -> bytes:
    """Sets bits of the last letter that stand for nothing: one value in several spellings."""
    return changed(original.signed, lambda root: _spare_bits(one(root, "//ds:SignatureValue")))


def attachment_with_blanks(original: Original) -> bytes:
    """Breaks the line inside a file that was signed on one line."""
    return edited(original.signed, b">JVBERi0x", b">JVBE\n Ri0x")


def _interrupt(element: etree._Element, blank: str) -> None:
    text = element.text or ""
    element.text = text[:6] + blank + text[6:]


def _url_safe(element: etree._Element) -> None:
    octets = base64.b64decode(element.text or "")
    element.text = base64.urlsafe_b64encode(b"\xff\xef" + octets[2:]).decode()


def _spare_bits(element: etree._Element) -> None:
    text = (element.text or "").rstrip("=")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    element.text = text[:-1] + letters[letters.index(text[-1]) | 1] + "=="


_FORBIDDEN: Final = "signature/algorithm-forbidden"
_MISSING: Final = "signature/certificate-missing"
_FETCHED: Final = "signature/reference-forbidden"
_MALFORMED: Final = "signature/malformed"
_INVALID: Final = "signature/invalid"
_ELSEWHERE: Final = ("http://{address}/key", "file://{file}", "#sig", "")
_WEAK: Final = (
    *(f"{DS}rsa-sha1", f"{DS}dsa-sha1", f"{DS}hmac-sha1", f"{MORE}rsa-md5", f"{MORE}ecdsa-sha224"),
    *("http://www.w3.org/2007/05/xmldsig-more#ecdsa-ripemd160", f"{MORE}ECDSA-SHA256", f"{MORE}ecdsa-sha256 "),
    *("", "none"),
)
_COLLIDING: Final = (f"{MORE}md5", f"{MORE}sha224", "http://www.w3.org/2001/04/xmlenc#ripemd160", "none", "")

ATTACKS: Final = (
    *(
        Attack(partial(hmac_with_a_public_key, form=one), _FORBIDDEN, value=f"{MORE}hmac-sha256")
        for one in ("certificate", "certificate-pem", "public-key", "public-key-pem")
    ),
    *(
        Attack(partial(hmac_of_a_few_bits, length=one), _FORBIDDEN, value="parameters of SignatureMethod")
        for one in ("0", "8", "40")
    ),
    Attack(key_by_name, _MISSING),
    Attack(key_without_certificate, _MISSING, fools=True),
    *(Attack(partial(key_elsewhere, address=one), _FETCHED, value="KeyInfo") for one in _ELSEWHERE),
    *(Attack(partial(key_info_elsewhere, address=one), _FETCHED, value="KeyInfo") for one in _ELSEWHERE),
    Attack(no_key_info, _MISSING, value="KeyInfo"),
    Attack(bare_key_of_another, "signature/certificate-mismatch", value="KeyValue", fools=True),
    Attack(signed_by_another, "sender/not-owner", place="Header.Signature", fools=True),
    Attack(another_key_under_the_senders_certificate, _INVALID),
    Attack(senders_certificate_first, "sender/not-owner", place="Header.Signature", fools=True),
    Attack(certificate_exchanged, "signature/certificate-mismatch", fools=True),
    Attack(certificate_that_signed_itself, "signature/untrusted", fools=True),
    Attack(seven_certificates, "signature/too-many-certificates", value="7", fools=True),
    Attack(unreadable_certificate, "signature/certificate-unreadable", fools=True),
    *(Attack(partial(weak_algorithm, algorithm=one), _FORBIDDEN, value=one or None) for one in _WEAK),
    Attack(sha1_signature, _FORBIDDEN, value=f"{MORE}ecdsa-sha1", fools=True),
    *(Attack(partial(weak_digest, algorithm=one), _FORBIDDEN, value=one or None) for one in _COLLIDING),
    Attack(sha1_digest, _FORBIDDEN, value=f"{DS}sha1", fools=True),
    Attack(other_algorithm_in_signed_info, _INVALID),
    Attack(der_value, _INVALID),
    Attack(zero_value, _INVALID),
    Attack(value_of_the_order, _INVALID),
    Attack(padded_value, _INVALID, fools=True),
    Attack(empty_value, _MALFORMED, value="SignatureValue"),
    *(
        Attack(partial(base64_with_foreign_blanks, element=one), _MALFORMED, value=one)
        for one in ("SignatureValue", "DigestValue", "X509Certificate")
    ),
    Attack(base64_with_blanks, _INVALID),
    Attack(base64_of_other_letters, _MALFORMED, value="SignatureValue"),
    Attack(base64_with_spare_bits, _MALFORMED, value="SignatureValue", fools=True),
    Attack(attachment_with_blanks, "signature/altered"),
)
