"""From octets to a message that may be believed: verified, read from what the signature covers, validated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from axis.exchange.signature_words import finding_for, mark_finding
from envelopes.dialects import parse_package
from envelopes.digest import content_digest
from envelopes.errors import Finding, Severity
from envelopes.evidence_signatures import UnknownRule
from envelopes.fitness import UNFIT, unfit
from envelopes.model import Envelope
from envelopes.obstacles import Obstacle, unreadable
from envelopes.packages import Package
from envelopes.parser import SIGNATURE_PARENT
from envelopes.prescan import stands_before_prolog
from envelopes.reader import read_covered
from envelopes.status import StatusReport
from envelopes.texts import VIETNAM
from envelopes.validation import validate
from signing.policy import PACKAGE_POLICY, SignaturePolicy
from signing.revocation.book import StatusBook, with_revocation
from signing.trust import PathJudge
from signing.verdict import Failure, FailureCode, Verdict
from signing.xml.verify import XmlVerifier

FINDINGS: Final = UNFIT
"""Every refusal of the gate's own, for the catalogue of problems."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """A package after inspection. `message` and `digest` (content digest, SHA-256) are there once its signature passed.

    `findings` are all that were found, errors and warnings; any error refuses.
    """

    package: Package
    verdict: Verdict
    message: Envelope | StatusReport | None
    digest: bytes | None
    findings: tuple[Finding, ...]
    rule: UnknownRule | None = None
    """What holds for the sender where a certificate's state is unknown, once the sender is known."""

    @property
    def raw_digest(self) -> bytes:
        """The SHA-256 of the octets as received: their address in the object store."""
        return self.package.digest

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that refuse."""
        return tuple(one for one in self.findings if one.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that only accompany."""
        return tuple(one for one in self.findings if one.severity is Severity.WARNING)


class Gate:
    """Inspects packages under one policy; `judge` hands out who judges paths, anew for each package.

    Asks nobody outside anything.
    """

    def __init__(
        self, judge: Callable[[], PathJudge], policy: SignaturePolicy = PACKAGE_POLICY, *, book: StatusBook
    ) -> None:
        self._judge = judge
        self._policy = policy
        self._book = book

    def inspect(self, package: Package, *, at: datetime) -> Inspected:
        """Return what is known of a package at the moment `at`; raises `UnreadableMessage` for what is none.

        Raises `Busy` where it comes with foreign certificates and every cell is taken.

        1. The signature is judged, with what is known of its certificates' revocation; a package whose signature does
           not pass is not read at all.
        2. The message is read from the covered octets alone; files beside it by the sizes and digests that these give.
           What the reader takes and existing receivers do not is refused: recipients get these very octets.
        3. Every rule of the format is applied.
        """
        if stands_before_prolog(package.message):
            raise unreadable(Obstacle.JUNK_BEFORE_PROLOG, "1:1")
        verdict = with_revocation(self._verified(package.message, at=at), self._book)
        if verdict.covered is None:
            refused = (finding_for(verdict.failure),) if verdict.failure else ()
            return Inspected(package, verdict, None, None, refused)
        reading = read_covered(verdict.covered, package.parts)
        rules = validate(reading.message, today=at.astimezone(VIETNAM).date())
        findings = (*unfit(reading), *reading.findings, *rules, *_uncounted(verdict))
        return Inspected(package, verdict, reading.message, content_digest(reading.message), findings)

    def read_again(self, package: Package, *, at: datetime) -> Envelope | StatusReport | Failure:
        """Return the message of a package that was accepted at `at`, or why its signature is not believed any more.

        It was decided then, by what was known then of its certificates: what became known of them since is told
        elsewhere and hinders nobody from reading. Raises `UnreadableMessage` and `Busy` as `inspect` does.
        """
        verdict = self._verified(package.message, at=at)
        if verdict.covered is not None:
            return read_covered(verdict.covered, package.parts).message
        return verdict.failure or Failure(FailureCode.NOT_COVERING)

    def _verified(self, octets: bytes, *, at: datetime) -> Verdict:
        return XmlVerifier(parse_package, SIGNATURE_PARENT, self._judge(), self._policy).verify(octets, at=at)


def _uncounted(verdict: Verdict) -> Iterator[Finding]:
    """Yield a warning for each time stamp that proves nothing: whoever stamped believes to have sent level B-T."""
    for stamp in verdict.facts.additions.timestamps if verdict.facts else ():
        if isinstance(stamp, Failure):
            yield mark_finding(stamp.code, Severity.WARNING)
