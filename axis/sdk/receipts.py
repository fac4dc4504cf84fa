"""Receipts: verified against pinned anchors and against the package they speak of, before anybody gets to see them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from axis.sdk.errors import ReceiptRefused
from envelopes.digest import content_digest
from envelopes.errors import UnreadableMessage
from envelopes.evidence import SIGNATURE_PARENT, Evidence
from envelopes.evidence_reader import read_evidence
from envelopes.model import Envelope
from envelopes.parser import parse
from envelopes.status import StatusReport
from signing.certificates import Certificate
from signing.policy import SEAL_POLICY
from signing.trust import TrustStore
from signing.verdict import Indication
from signing.xml.verify import XmlVerifier


@dataclass(frozen=True, slots=True)
class ReceiptVerifier:
    """Judges evidence of one axis, whose seal goes back to pinned anchors."""

    trust: TrustStore

    @classmethod
    def pinned(cls, anchors: Iterable[Certificate]) -> ReceiptVerifier:
        """Return a verifier that trusts seals under these anchors and no others."""
        return cls(TrustStore(anchors))

    def verify(self, octets: bytes, *, at: datetime) -> Evidence:
        """Return the evidence in a receipt whose seal verifies at the moment `at`; raises `ReceiptRefused`.

        1. The seal covers the whole document, in its place, under a certificate that goes back to a pinned anchor.
        2. The covered octets are an evidence.
        """
        try:
            verdict = XmlVerifier(parse, SIGNATURE_PARENT, self.trust, SEAL_POLICY).verify(octets, at=at)
            if verdict.indication is not Indication.TOTAL_PASSED or verdict.covered is None:
                raise ReceiptRefused(verdict.failure.code.value if verdict.failure else "signature")
            return read_evidence(verdict.covered)
        except UnreadableMessage as error:
            raise ReceiptRefused(error.finding.code) from error

    def verify_for_package(self, octets: bytes, package: bytes, *, at: datetime) -> Evidence:
        """Return the evidence if it is about exactly these octets (raw digest); raises `ReceiptRefused`."""
        evidence = self.verify(octets, at=at)
        if evidence.content is None or evidence.content.raw.value != hashlib.sha256(package).digest():
            raise ReceiptRefused("the receipt is about other octets")
        return evidence

    def verify_for_message(self, octets: bytes, message: Envelope | StatusReport, *, at: datetime) -> Evidence:
        """Return the evidence if it is about this message, however it was packaged (content digest)."""
        evidence = self.verify(octets, at=at)
        canonical = evidence.content.canonical if evidence.content else None
        if canonical is None or canonical.value != content_digest(message):
            raise ReceiptRefused("the receipt is about another message")
        return evidence
