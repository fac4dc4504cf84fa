"""A time-stamping authority whose every word can be bent: good where nothing is said, wrong where a test says how."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any, Final

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from axis.demo.authority import Credential, Validity
from signing.certificates import Certificate
from signing.verdict import FailureCode, Timestamp
from tests.signing.forgery import LEAF, Forgery, rsa_key, under_intermediate
from tests.signing.pki import MOMENT, VALID, certificate, chain

POLICY: Final = "1.3.6.1.4.1.99999.1.1"
STAMPED: Final = b"octets that existed"

Change = Callable[[Any], None]


def usage(*usages: x509.ObjectIdentifier, critical: bool = True) -> tuple[tuple[x509.ExtensionType, bool], ...]:
    """An extended key usage; that of time stamps alone where nothing is said."""
    return ((x509.ExtendedKeyUsage(usages or (ExtendedKeyUsageOID.TIME_STAMPING,)), critical),)


@cache
def authority(
    name: str = "TSA", *, validity: Validity = VALID, bits: int = 0, keys: tuple[str, ...] = LEAF
) -> Credential:
    """A time-stamping authority that the trusted intermediate certified; with an RSA key of that length, if any."""
    forgery = Forgery(name, validity=validity, usage=keys, extensions=usage())
    return under_intermediate(forgery, rsa_key(bits) if bits else None)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A token to be made. `info`, `attributes`, `signer` and `signed` are changed as given, before what covers them."""

    stamped: bytes = STAMPED
    moment: datetime = MOMENT
    by: Credential = field(default_factory=authority)
    digest: str = "sha256"
    nonce: int | None = None
    accuracy: dict[str, int] | None = None
    certificates: tuple[Certificate, ...] | None = None
    names: Certificate | None = None
    essential: str = "v2"
    info: Change | None = None
    attributes: Callable[[list[dict[str, Any]]], None] | None = None
    signer: Change | None = None
    signed: Change | None = None

    @property
    def der(self) -> bytes:
        """The token."""
        content = self._content()
        attributes = self._attributes(content)
        signer = self._signer(attributes)
        _changed(signer, self.signer)
        certificates = (certificate(self.by), *chain(self.by)) if self.certificates is None else self.certificates
        signed = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [{"algorithm": self.digest}],
                "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(content)},
                "certificates": [asn1_x509.Certificate.load(one.der) for one in certificates],
                "signer_infos": [signer],
            }
        )
        _changed(signed, self.signed)
        octets: bytes = cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()
        return octets

    def answering(self, request: bytes) -> bytes:
        """The answer to a request: this token over what was asked for, with the nonce said back."""
        asked = tsp.TimeStampReq.load(request)
        imprint = asked["message_imprint"]["hashed_message"].native

        def change(info: Any) -> None:
            info["message_imprint"]["hashed_message"] = imprint
            _changed(info, self.info)

        nonce = asked["nonce"].native if self.nonce is None else self.nonce
        return answer(replace(self, nonce=nonce, info=change).der)

    def _content(self) -> bytes:
        members: dict[str, Any] = {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": {
                "hash_algorithm": {"algorithm": self.digest},
                "hashed_message": hashlib.new(self.digest, self.stamped).digest(),
            },
            "serial_number": 7,
            "gen_time": self.moment,
        }
        optional = {"accuracy": self.accuracy, "nonce": self.nonce}
        info = tsp.TSTInfo({**members, **{name: value for name, value in optional.items() if value is not None}})
        _changed(info, self.info)
        octets: bytes = info.dump()
        return octets

    def _attributes(self, content: bytes) -> cms.CMSAttributes:
        named = (self.names or certificate(self.by)).der
        listed: list[dict[str, Any]] = [
            {"type": "content_type", "values": ["tst_info"]},
            {"type": "message_digest", "values": [hashlib.new(self.digest, content).digest()]},
        ]
        if self.essential in {"v2", "both"}:
            essential = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(named).digest()})
            listed.append(
                {"type": "signing_certificate_v2", "values": [tsp.SigningCertificateV2({"certs": [essential]})]}
            )
        if self.essential in {"v1", "both"}:
            old = tsp.ESSCertID({"cert_hash": hashlib.sha1(named, usedforsecurity=False).digest()})
            listed.append({"type": "signing_certificate", "values": [tsp.SigningCertificate({"certs": [old]})]})
        if self.attributes is not None:
            self.attributes(listed)
        return cms.CMSAttributes([cms.CMSAttribute(one) for one in listed])

    def _signer(self, attributes: cms.CMSAttributes) -> cms.SignerInfo:
        own = asn1_x509.Certificate.load(certificate(self.by).der)
        is_rsa = isinstance(self.by.key, rsa.RSAPrivateKey)
        return cms.SignerInfo(
            {
                "version": "v1",
                "sid": {"issuer_and_serial_number": {"issuer": own.issuer, "serial_number": own.serial_number}},
                "digest_algorithm": {"algorithm": self.digest},
                "signed_attrs": attributes,
                "signature_algorithm": {"algorithm": f"{self.digest}_{'rsa' if is_rsa else 'ecdsa'}"},
                "signature": self._signature(attributes.dump(force=True)),
            }
        )

    def _signature(self, octets: bytes) -> bytes:
        digest = {"sha384": hashes.SHA384(), "sha512": hashes.SHA512()}.get(self.digest, hashes.SHA256())
        if isinstance(self.by.key, ec.EllipticCurvePrivateKey):
            return self.by.key.sign(octets, ec.ECDSA(digest))
        return self.by.key.sign(octets, padding.PKCS1v15(), digest)


def answer(token: bytes) -> bytes:
    """A TimeStampResp that grants this token."""
    granted = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": cms.ContentInfo.load(token)})
    octets: bytes = granted.dump()
    return octets


def refusal(status: str = "rejection", fault: str = "bad_alg") -> bytes:
    """A TimeStampResp without a token."""
    octets: bytes = tsp.PKIStatusInfo({"status": status, "status_string": ["no"], "fail_info": {fault}}).dump()
    return b"\x30" + bytes([len(octets)]) + octets


def assert_not_counted(judged: object, code: FailureCode) -> None:
    """The judgement is exactly this failure."""
    assert not isinstance(judged, Timestamp)
    assert getattr(judged, "code", None) is code, judged


def _changed(value: Any, change: Change | None) -> None:
    if change is not None:
        change(value)
