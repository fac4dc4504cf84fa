"""The axis's seal: evidence becomes octets that anybody can verify, before anybody sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from axis.clock import Clock
from envelopes.evidence import SIGNATURE_PARENT, Evidence, EvidenceType, SealedEvidence
from envelopes.evidence_facts import Environment, Issuer, IssuerPolicy, Message, MessageKind, Party, Reason
from envelopes.evidence_writer import write_evidence
from envelopes.identifiers import EvidenceId, OrganId
from envelopes.parser import parse
from signing.errors import KeyFault, KeyUnusable
from signing.keys import Signer
from signing.policy import SEAL_POLICY
from signing.trust import CurrentTrust
from signing.verdict import FailureCode, Indication
from signing.xml.sign import XmlSigner
from signing.xml.verify import XmlVerifier


class SealBroken(Exception):
    """No seal that verifies could be made: its key, certificate or trust store is not what it should be.

    `fault` is the name of the reason, where there is one.
    """

    def __init__(self, reason: KeyFault | FailureCode | None = None) -> None:
        self.fault: Final = reason.name.lower().replace("_", "-") if reason else ""
        super().__init__(self.fault)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands on every evidence: who issues it, under which policy, and whether in earnest."""

    issuer: Issuer
    policy: IssuerPolicy
    environment: Environment


class Notary:
    """Seals with one key, loaded once; never inside a transaction, and over no network but an HSM's own."""

    def __init__(self, signer: Signer, trust: CurrentTrust, *, letterhead: Letterhead, clock: Clock) -> None:
        self.letterhead = letterhead
        self.signer = signer
        self._clock = clock
        self._signer = XmlSigner(parse, SIGNATURE_PARENT, signer)
        self._trust = trust

    def try_out(self) -> None:
        """Seal an evidence that says nothing and is kept by nobody; raises `SealBroken`."""
        now = self._clock.now()
        canned = Evidence(
            identifier=EvidenceId(self._clock.mint(now)),
            type=EvidenceType.SUBMISSION_REJECTION,
            event_time=now,
            issue_time=now,
            issuer=self.letterhead.issuer,
            policy=self.letterhead.policy,
            environment=self.letterhead.environment,
            sender=Party(OrganId("health-check")),
            message=Message(MessageKind.UNVERIFIED),
            reasons=(Reason("health/check", "Tự kiểm tra con dấu số", "Self-check of the seal"),),
        )
        self.seal(canned)

    def seal(self, evidence: Evidence) -> SealedEvidence:
        """Return the evidence sealed as XAdES B-B (EN 319 132-1); raises `SealBroken` where none verifies.

        Checking costs a third of the whole and is the difference between a receipt and a promise of one: an expired
        certificate or a swapped key shows here, before the sender is answered.
        """
        moment = self._clock.now()
        try:
            octets = self._signer.sign(write_evidence(evidence), at=moment)
        except KeyUnusable as error:
            raise SealBroken(error.fault) from error
        verdict = XmlVerifier(parse, SIGNATURE_PARENT, self._trust(), SEAL_POLICY).verify(octets, at=moment)
        if verdict.indication is not Indication.TOTAL_PASSED:
            raise SealBroken(verdict.failure.code if verdict.failure else None)
        return SealedEvidence.of(octets)
