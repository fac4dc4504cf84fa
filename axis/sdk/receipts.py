"""Receipts: verified against the pinned seal and against the package they speak of, before anybody gets to see them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from axis.sdk.errors import ReceiptFault, ReceiptRefused
from envelopes.digest import content_digest
from envelopes.errors import UnreadableMessage
from envelopes.evidence import SIGNATURE_PARENT, Evidence
from envelopes.evidence_facts import Environment, EnvironmentKind
from envelopes.evidence_reader import read_evidence
from envelopes.model import Envelope
from envelopes.parser import parse
from envelopes.reader import read
from envelopes.status import StatusReport
from signing.certificates import Certificate
from signing.errors import TrustFault, TrustUnusable
from signing.policy import SEAL_POLICY
from signing.trust import TrustStore
from signing.xml.verify import XmlVerifier


@dataclass(frozen=True, slots=True)
class Origin:
    """Where evidence is expected to come from; what is None is not asked about."""

    environment: EnvironmentKind | None = None
    instance: str | None = None

    def admits(self, environment: Environment) -> bool:
        """Return whether evidence that names this environment comes from here."""
        return self.environment in {None, environment.kind} and self.instance in {None, environment.instance}

    def beside(self, environment: Environment) -> dict[str, str]:
        """Return both sides, for whoever is told that they differ; what is not asked about is `any`."""
        return {
            "environment": environment.kind.value,
            "instance": environment.instance,
            "wanted_environment": self.environment.value if self.environment else ANY,
            "wanted_instance": self.instance or ANY,
        }


ANY: Final = "any"
ANYWHERE: Final = Origin()


@dataclass(frozen=True, slots=True)
class ReceiptVerifier:
    """Judges evidence of one axis. `seals` are the fingerprints of its seal's certificates, former ones too.

    A path to an authority is not enough: the same authority issues agencies' certificates, and an agency must not be
    able to seal receipts of its own. Who expects evidence of production says so in `origin`.
    """

    trust: TrustStore
    seals: frozenset[str]
    origin: Origin = ANYWHERE

    @classmethod
    def pinned(cls, certificates: Iterable[Certificate], origin: Origin = ANYWHERE) -> ReceiptVerifier:
        """Return a verifier for the seals among these certificates; the authorities among them are its anchors.

        Raises `TrustUnusable` where either is missing.
        """
        given = tuple(certificates)
        seals = frozenset(one.fingerprint for one in given if not one.is_authority)
        if not seals:
            raise TrustUnusable(TrustFault.NO_SEAL)
        return cls(TrustStore(one for one in given if one.is_authority), seals, origin)

    def verify(self, octets: bytes, *, at: datetime) -> Evidence:
        """Return the evidence in a receipt whose seal verifies at the moment `at`; raises `ReceiptRefused`.

        1. The signature covers the whole document, in its place, under a certificate that goes back to an anchor.
        2. That certificate is a pinned seal's.
        3. The covered octets are an evidence, and it names the same seal.
        4. It comes from where it is expected to.
        """
        try:
            verdict = XmlVerifier(parse, SIGNATURE_PARENT, self.trust, SEAL_POLICY).verify(octets, at=at)
            if verdict.covered is None or verdict.facts is None:
                code = verdict.failure.code.value if verdict.failure else "signature"
                raise ReceiptRefused(
                    ReceiptFault.IS_PACKAGE if _is_package(octets) else ReceiptFault.SIGNATURE, code=code
                )
            evidence = read_evidence(verdict.covered)
        except UnreadableMessage as error:
            raise ReceiptRefused(ReceiptFault.UNREADABLE, code=error.finding.code) from error
        seal = verdict.facts.path.signer.fingerprint
        if seal not in self.seals or str(evidence.issuer.seal_certificate) != seal:
            raise ReceiptRefused(ReceiptFault.OTHER_KEY)
        if not self.origin.admits(evidence.environment):
            raise ReceiptRefused(ReceiptFault.OTHER_ORIGIN, **self.origin.beside(evidence.environment))
        return evidence

    def verify_for_package(self, octets: bytes, package: bytes, *, at: datetime) -> Evidence:
        """Return the evidence if it is about exactly these octets (raw digest); raises `ReceiptRefused`."""
        return self.verify_for_digest(octets, hashlib.sha256(package).digest(), at=at)

    def verify_for_digest(self, octets: bytes, digest: bytes, *, at: datetime) -> Evidence:
        """Return the evidence if it is about the package with this SHA-256; raises `ReceiptRefused`."""
        evidence = self.verify(octets, at=at)
        if evidence.content is None or evidence.content.raw.value != digest:
            raise ReceiptRefused(ReceiptFault.OTHER_OCTETS)
        return evidence

    def verify_for_message(self, octets: bytes, message: Envelope | StatusReport, *, at: datetime) -> Evidence:
        """Return the evidence if it is about this message, however it was packaged (content digest)."""
        evidence = self.verify(octets, at=at)
        canonical = evidence.content.canonical if evidence.content else None
        if canonical is None or canonical.value != content_digest(message):
            raise ReceiptRefused(ReceiptFault.OTHER_MESSAGE)
        return evidence


def _is_package(octets: bytes) -> bool:
    """Return whether these are a package, signed or not, which somebody took for its receipt."""
    try:
        read(octets)
    except UnreadableMessage:
        return False
    return True
