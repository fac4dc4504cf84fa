"""The infrastructure at work: its holders, and what its authorities say about them at any moment, without a network."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from asn1crypto import ocsp, tsp
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig, PKIArchitecture, ServiceLabel
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPRequestBuilder
from cryptography.x509.oid import AuthorityInformationAccessOID

from axis.demo.authority import Credential
from axis.demo.pki import keys
from axis.demo.pki.plan import ARCHITECTURE, Plan
from signing.certificates import Certificate
from signing.keys import SoftwareSigner, load_pem

ISSUING: Final = "issuing"
"""The authority that issues to everybody good."""

TSA: Final = "tsa"
"""The good time-stamping authority."""

_DIGESTS: Final = {32: "sha256", 48: "sha384", 64: "sha512"}
"""Digests by their length in bytes."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with a certificate and its key; `about` says in words what it is."""

    name: str
    about: str
    issuer: str
    """The name of the authority that issued the certificate."""

    credential: Credential
    revoked_at: datetime | None
    """From when on the authority says that the certificate is revoked or on hold, aware; None where it never does."""

    @property
    def certificate(self) -> Certificate:
        """The certificate, as verifiers take it."""
        return certificate_of(self.credential.certificate)

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """The intermediates that travel with its signatures, the issuer's first; without the root."""
        return tuple(certificate_of(one) for one in self.credential.chain)

    @property
    def signer(self) -> SoftwareSigner:
        """The key as the product loads it; raises `KeyUnusable` for a weak one."""
        return load_pem(self.credential.key_pem(), self.credential.certificates_pem)


class Authorities:
    """The infrastructure at one moment, its keys in one folder. Safe to use from several threads.

    `url` is where it is served, or would be: certificates name it, by default with a port where nobody answers.
    Whatever is asked "at" an aware moment is answered as it would have been answered then, to the second. Asking
    somebody who is not there raises certomancer's `CertomancerObjectNotFoundError`, or `KeyError` for a certificate.
    """

    def __init__(self, folder: Path, moment: datetime, *, url: str = "http://127.0.0.1:9") -> None:
        plan = Plan.at(moment.replace(microsecond=0), url=url)
        keys.make_missing(folder, plan.key_kinds)
        make: Any = CertomancerConfig
        architecture: PKIArchitecture = make(plan.configuration, str(folder)).get_pki_arch(ArchLabel(ARCHITECTURE))
        self.url: Final = url
        self.moment: Final = moment
        self.architecture: Final = architecture
        self._plan = plan
        self._services: Any = architecture.service_registry
        # asn1crypto parses as it reads, and the certificates are shared: one answer at a time.
        self._lock = threading.Lock()
        self._certificates = {label: _parsed(architecture, label) for label in plan.key_kinds}
        self.holders: Final[Mapping[str, Holder]] = {name: self._holder(folder, name) for name in plan.holders}

    def __getitem__(self, name: str) -> Holder:
        """Return a holder; raises `KeyError`."""
        return self.holders[name]

    def certificate(self, name: str) -> Certificate:
        """Return the certificate of a holder or an authority; raises `KeyError`."""
        return certificate_of(self._certificates[name])

    @property
    def anchors(self) -> tuple[Certificate, ...]:
        """The root that is to be trusted."""
        return (self.certificate("root"),)

    @property
    def intermediates(self) -> tuple[Certificate, ...]:
        """The authorities that an installation is told of."""
        return (self.certificate(ISSUING),)

    def crl(self, authority: str = ISSUING, *, at: datetime) -> bytes:
        """Return the newest CRL (RFC 5280 §5) that an authority had issued by then, as DER.

        Raises certomancer's `CertomancerServiceError` for a moment before the authority was there.
        """
        stopped = self._plan.stopped.get(authority, at)
        with self._lock:
            crl = self._services.get_crl(ServiceLabel(authority), min(at, stopped))
            return bytes(crl.dump())

    def ocsp(self, holder: str, *, at: datetime, responder: str | None = None, nonce: bytes | None = None) -> bytes:
        """Return an OCSP response (RFC 6960 §4.2.1) about a holder or an authority, as DER.

        It comes from the responder that the certificate names, or from `responder`, by the name of its service.
        """
        request = self.ocsp_request(holder, nonce=nonce)
        return self.answer_ocsp(request, at=at, responder=responder or self.responder_of(holder))

    def ocsp_request(self, holder: str, *, nonce: bytes | None = None) -> bytes:
        """Return a request for the status of a holder's or an authority's certificate, as DER."""
        subject, issuer = self._certificates[holder], self._certificates[self._issuer(holder)]
        draft = OCSPRequestBuilder().add_certificate(subject, issuer, hashes.SHA256())
        if nonce is not None:
            draft = draft.add_extension(x509.OCSPNonce(nonce), critical=False)
        return draft.build().public_bytes(Encoding.DER)

    def answer_ocsp(self, request: bytes, *, at: datetime, responder: str = ISSUING) -> bytes:
        """Return what a responder answers to an OCSP request, as DER; raises `ValueError` for what is none."""
        parsed = ocsp.OCSPRequest.load(request, strict=True)
        with self._lock:
            responding = self._services.summon_responder(ServiceLabel(responder), _whole_second(at))
            return bytes(responding.build_ocsp_response(parsed).dump())

    def timestamp(self, digest: bytes, *, at: datetime, tsa: str = TSA) -> bytes:
        """Return a time-stamp token (RFC 3161 §2.4.2) over a SHA-256, SHA-384 or SHA-512 digest, as DER."""
        answer = tsp.TimeStampResp.load(self.answer_timestamp(timestamp_request(digest), at=at, tsa=tsa))
        return bytes(answer["time_stamp_token"].dump())

    def answer_timestamp(self, request: bytes, *, at: datetime, tsa: str = TSA) -> bytes:
        """Return what a time-stamping authority answers to a request, as DER; raises `ValueError` for what is none."""
        parsed = tsp.TimeStampReq.load(request, strict=True)
        with self._lock:
            stamping = self._services.summon_timestamper(ServiceLabel(tsa), _whole_second(at))
            return bytes(stamping.request_tsa_response(parsed).dump())

    def responder_of(self, name: str) -> str:
        """Return the OCSP service that a certificate names; raises `LookupError` where it names none."""
        for one in _access(self._certificates[name]):
            if one.access_method == AuthorityInformationAccessOID.OCSP:
                return str(one.access_location.value).rsplit("/", 1)[-1]
        raise LookupError(f"{name} names no OCSP responder")

    def ocsp_url(self, responder: str = ISSUING) -> str:
        """Return where a responder is asked."""
        return str(self._services.get_ocsp_info(ServiceLabel(responder)).url)

    def crl_url(self, authority: str = ISSUING) -> str:
        """Return where the newest CRL of an authority is had."""
        return str(self._services.get_crl_repo_info(ServiceLabel(authority)).latest_external_url)

    def tsa_url(self, tsa: str = TSA) -> str:
        """Return where a time-stamping authority is asked."""
        return str(self._services.get_tsa_info(ServiceLabel(tsa)).url)

    def _issuer(self, name: str) -> str:
        return str(self.architecture.get_cert_spec(CertLabel(name)).issuer)

    def _holder(self, folder: Path, name: str) -> Holder:
        links = [str(one) for one in self.architecture.get_chain(CertLabel(name))]
        sent = [one for one in links[:-1] if one not in self._plan.unsent]
        chain = tuple(self._certificates[one] for one in sent)
        revocation = self.architecture.get_cert_spec(CertLabel(name)).revocation
        return Holder(
            name=name,
            about=self._plan.holders[name],
            issuer=self._issuer(name),
            credential=Credential(keys.load(folder, name), self._certificates[name], chain),
            revoked_at=None if revocation is None else revocation.revoked_since,
        )


def timestamp_request(digest: bytes, *, nonce: int | None = None) -> bytes:
    """Return a request (RFC 3161 §2.4.1) to stamp a SHA-256, SHA-384 or SHA-512 digest, as DER."""
    imprint = {"hash_algorithm": {"algorithm": _DIGESTS[len(digest)]}, "hashed_message": digest}
    request = {"version": "v1", "message_imprint": imprint, "cert_req": True}
    return bytes(tsp.TimeStampReq(request if nonce is None else request | {"nonce": nonce}).dump())


def certificate_of(parsed: x509.Certificate) -> Certificate:
    """Return a certificate as the product's value."""
    return Certificate(parsed.public_bytes(Encoding.DER))


def _parsed(architecture: PKIArchitecture, label: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(architecture.get_cert(CertLabel(label)).dump())


def _access(certificate: x509.Certificate) -> Iterator[x509.AccessDescription]:
    try:
        yield from certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return


def _whole_second(at: datetime) -> datetime:
    """Return the second that a moment falls in, as UTC: OCSP knows no fractions (RFC 6960 §4.2.2.1)."""
    return at.astimezone(UTC).replace(microsecond=0)
