"""The cryptographic message of a signature, held to the one shape PDF signatures have (RFC 5652, EN 319 142-1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from asn1crypto import cms, core

from signing.certificates import Certificate
from signing.errors import CertificateUnreadable
from signing.pdf.limits import STAMPS_MAX
from signing.pdf.verdict import PdfFailureCode, PdfRefused, SignatureKind
from signing.policy import CERTIFICATE_BYTES_MAX, CERTIFICATES_MAX
from signing.verdict import FailureCode

PADES: Final = "/ETSI.CAdES.detached"
PKCS7: Final = "/adbe.pkcs7.detached"
RFC3161: Final = "/ETSI.RFC3161"

SUBFILTERS: Final = {PADES: SignatureKind.SIGNATURE, PKCS7: SignatureKind.SIGNATURE, RFC3161: SignatureKind.TIME_STAMP}
"""The encodings judged here. `adbe.pkcs7.sha1` and `adbe.x509.rsa_sha1` need SHA-1, and PDF 2.0 took them back."""

_CONTENT_TYPES: Final = {SignatureKind.SIGNATURE: "data", SignatureKind.TIME_STAMP: "tst_info"}


@dataclass(frozen=True, slots=True)
class Token:
    """A time stamp on a signature value: its message, and who signed it."""

    signed_data: cms.SignedData
    signer: Certificate
    others: tuple[Certificate, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A signature's message: one signer, the certificates that came along, at most two stamps on its value."""

    signed_data: cms.SignedData
    signer_info: cms.SignerInfo
    signer: Certificate
    others: tuple[Certificate, ...]
    stamps: tuple[Token, ...]
    claimed_at: datetime | None

    @property
    def algorithm(self) -> str:
        """The signature algorithm, with the digest where its own name lacks it (`rsaEncryption`)."""
        name: str = self.signer_info["signature_algorithm"]["algorithm"].native
        digest: str = self.signer_info["digest_algorithm"]["algorithm"].native
        return f"{digest}_rsa" if name == "rsassa_pkcs1v15" else name


def read_message(contents: bytes, subfilter: str) -> Message:
    """Return the message in `Contents`; raises `PdfRefused`, and whatever the parser raises for what is none.

    1. One DER message of type SignedData; after it nothing but zeros.
    2. Exactly one signer: a second one would be believed by some readers and unseen by others.
    3. Nothing encapsulated in a signature, a TSTInfo in a time stamp.
    4. At most six certificates, all X.509, one of them the signer's.
    5. Signed attributes, each once, and for PAdES the signer's certificate among them (EN 319 142-1 clause 6.3).
    6. At most two time stamps, themselves of shapes 2 and 4.
    """
    signed_data = _signed_data(contents)
    kind = SUBFILTERS[subfilter]
    signer_info = _only_signer(signed_data)
    inner = signed_data["encap_content_info"]
    encapsulated = inner["content"].native is not None
    if inner["content_type"].native != _CONTENT_TYPES[kind] or encapsulated != (kind is SignatureKind.TIME_STAMP):
        raise PdfRefused(PdfFailureCode.NOT_DETACHED, str(inner["content_type"].native))
    signer, others = _certificates(signed_data, signer_info)
    attributes = _attributes(signer_info, named=subfilter == PADES)
    stamps = () if kind is SignatureKind.TIME_STAMP else _stamps(signer_info)
    claimed = attributes.get("signing_time")
    claimed_at = claimed[0].native if claimed is not None and len(claimed) == 1 else None
    return Message(signed_data, signer_info, signer, others, stamps, claimed_at)


def _signed_data(contents: bytes) -> cms.SignedData:
    message = cms.ContentInfo.load(contents)
    if rest := contents[len(message.dump()) :].strip(b"\0"):
        raise PdfRefused(PdfFailureCode.CONTENTS, str(len(rest)))
    if message["content_type"].native != "signed_data":
        raise PdfRefused(PdfFailureCode.CONTENTS, str(message["content_type"].native))
    return message["content"]


def _only_signer(signed_data: cms.SignedData) -> cms.SignerInfo:
    infos = signed_data["signer_infos"]
    if len(infos) != 1:
        raise PdfRefused(PdfFailureCode.SIGNER_COUNT, str(len(infos)))
    return infos[0]


def _certificates(
    signed_data: cms.SignedData, signer_info: cms.SignerInfo
) -> tuple[Certificate, tuple[Certificate, ...]]:
    chosen = list(signed_data["certificates"] or ())
    if len(chosen) > CERTIFICATES_MAX:
        raise PdfRefused(FailureCode.TOO_MANY_CERTIFICATES, str(len(chosen)))
    if strange := [one.name for one in chosen if one.name != "certificate"]:
        raise PdfRefused(FailureCode.CERTIFICATE_UNREADABLE, strange[0])
    parsed = [one.chosen.untag() for one in chosen]
    matches = _matcher(signer_info["sid"])
    signers = [one for one in parsed if matches(one)]
    if len(signers) != 1:
        code = FailureCode.CERTIFICATE_MISMATCH if signers else FailureCode.CERTIFICATE_MISSING
        raise PdfRefused(code, str(len(signers)))
    return _value(signers[0]), tuple(_value(one) for one in parsed if one is not signers[0])


def _matcher(sid: Any) -> Callable[[Any], bool]:
    """Return what recognises the certificate that the signer's identifier names (RFC 5652 clause 5.3)."""
    if sid.name == "issuer_and_serial_number":
        issuer, serial = sid.chosen["issuer"], sid.chosen["serial_number"].native
        return lambda one: one.issuer == issuer and one.serial_number == serial
    key: bytes = sid.chosen.native
    return lambda one: one.key_identifier == key


def _value(parsed: Any) -> Certificate:
    octets = parsed.dump()
    if len(octets) > CERTIFICATE_BYTES_MAX:
        raise PdfRefused(FailureCode.CERTIFICATE_UNREADABLE, str(len(octets)))
    try:
        return Certificate(octets)
    except CertificateUnreadable as error:
        raise PdfRefused(FailureCode.CERTIFICATE_UNREADABLE) from error


def _attributes(signer_info: cms.SignerInfo, *, named: bool) -> dict[str, Any]:
    attributes = signer_info["signed_attrs"]
    if attributes is core.VOID or isinstance(attributes, core.Void):
        raise PdfRefused(PdfFailureCode.ATTRIBUTES, "signed_attrs")
    found: dict[str, Any] = {}
    for one in attributes:
        name = str(one["type"].native)
        if name in found:
            raise PdfRefused(PdfFailureCode.ATTRIBUTES, name)
        found[name] = one["values"]
    for needed in ("content_type", "message_digest"):
        if needed not in found:
            raise PdfRefused(PdfFailureCode.ATTRIBUTES, needed)
    if named and found.keys().isdisjoint({"signing_certificate_v2", "signing_certificate"}):
        raise PdfRefused(PdfFailureCode.ATTRIBUTES, "signing_certificate_v2")
    return found


def _stamps(signer_info: cms.SignerInfo) -> tuple[Token, ...]:
    unsigned = signer_info["unsigned_attrs"]
    if unsigned is core.VOID or isinstance(unsigned, core.Void):
        return ()
    tokens = [
        token["content"]
        for one in unsigned
        if one["type"].native == "signature_time_stamp_token"
        for token in one["values"]
    ]
    if len(tokens) > STAMPS_MAX:
        raise PdfRefused(PdfFailureCode.TIME_STAMP, str(len(tokens)))
    return tuple(Token(one, *_certificates(one, _only_signer(one))) for one in tokens)
