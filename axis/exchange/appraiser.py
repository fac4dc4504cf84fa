"""Judges documents of accepted messages afterwards: those nobody waited for, and those of unknown signers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from axis.errors import Busy
from axis.exchange.attested import whole
from axis.exchange.document_facts import details_of, summary_of
from axis.exchange.documents import Documents, JudgedDocument
from axis.exchange.gate import Gate
from axis.exchange.premises import Premises
from axis.exchange.turns import Turn
from axis.exchange.watching import seen_on
from axis.logs import LogEvent, logger
from axis.seam import survive
from axis.standings import Standings
from envelopes.errors import UnreadableMessage
from envelopes.evidence import EvidenceType
from envelopes.evidence_signatures import DocumentSummary, DocumentWorth
from envelopes.identifiers import EventId
from envelopes.model import Envelope
from envelopes.packages import open_package
from envelopes.status import StatusReport
from routing.authenticity import DoubtCode
from routing.backoff import CRASHES_MAX, doubled
from routing.directory import Directory
from routing.events import EventTag
from signing.certificates import Certificate
from signing.pdf.book import waiting_paths
from signing.verdict import Failure
from storage.database.checks import end_check, give_back_check, put_off_check, take_checks
from storage.database.envelopes import get_envelope
from storage.database.events import append_events
from storage.database.owed import owe
from storage.database.revocations import watch
from storage.database.transactions import WriteSession
from storage.errors import StorageError
from storage.records import DocumentCheck, EventRecord, OwedEvidence, SeenCertificate

BATCH: Final = 10
"""Messages in one turn: each takes up to some seconds in a cell."""

TAKEN_FOR: Final = timedelta(minutes=10)
"""How long one worker has for a batch before another may take it; doubled with each crash in a row."""

AGAIN_FIRST: Final = timedelta(minutes=1)
"""First pause before documents are judged again whose signers' state is unknown; doubled each time."""

AGAIN_MAX: Final = timedelta(hours=6)
"""The longest pause."""

GIVEN_UP_AFTER: Final = timedelta(days=7)
"""How long states are waited for: after a week the verdict stands as it was told, with what is unknown named in it."""

UNFINISHED_AGAIN: Final = 2
"""How often documents are judged once more whose cell took too long or was lost: a busy machine is not busy for ever,
and a hostile file takes a cell three times at the most. What is unknown of a signer in a file beside it is told as it
is then, and stays marked: it is judged no more often for that."""

FAILURES_AGAIN: Final = 2
"""Attempts before a failing check may be given up, however old it is: after a week's standstill the first may fail."""


Read = Envelope | StatusReport | Failure | None


class Appraiser:
    """Works through checks that are owed; any number may run at once. Judges outside of every transaction."""

    def __init__(
        self,
        premises: Premises,
        gate: Gate,
        *,
        documents: Documents,
        look_up: Callable[[], Directory],
        standings: Standings,
    ) -> None:
        self._transactions = premises.transactions
        self._blobs = premises.blobs
        self._clock = premises.clock
        self._gate = gate
        self._documents = documents
        self._look_up = look_up
        self._standings = standings
        self._turn = Turn[DocumentCheck]("appraise", self._give_back)

    def appraise_due(self) -> int:
        """Return how many messages' documents were taken up; 0 when none was due.

        1. A batch is taken, longest due first, and put off so that no other worker judges it too.
        2. The message is read again from the octets as they were received, by its verified signature. Where that is
           not believed any more, the event says so, and that the documents were not judged.
        3. Its documents are judged for the moment of acceptance, with what is known of their signers by now.
        4. While something is unknown that somebody could be asked about, or a cell came to no end, they are judged
           again later; otherwise the judgement is an event, and evidence is owed for it.
        5. What fails is tried again after growing pauses; after a week the event says that nobody could judge them.
        6. What may have killed its worker is judged alone, after growing pauses; after `CRASHES_MAX` crashes in a row
           it is not looked at any more, and the event says that nobody could judge.
        7. What was not begun when the process was told to stop is due again at once.
        """
        self._standings.refresh()
        now = self._clock.now()
        with self._transactions.begin() as session:
            taken = take_checks(session, now, until=lambda crashes: now + _held_for(crashes), limit=BATCH)
        for check in self._turn.each(taken):
            # One check that fails in any way keeps no other of its batch waiting.
            if not survive("appraise", partial(self._appraise, check), otherwise=False):
                survive("appraise", partial(self._fail, check), otherwise=None)
        return len(taken)

    def stop(self) -> None:
        """Begin no further message; those of a batch that were not begun go back."""
        self._turn.stop()

    def abandon(self) -> None:
        """Give back what is in hand, for the end of a process that waits no longer: its cells are lost to it."""
        self._turn.abandon()

    def _give_back(self, taken: Sequence[DocumentCheck]) -> None:
        now = self._clock.now()

        def write(session: WriteSession) -> None:
            for check in taken:
                give_back_check(session, check, due_at=now)

        self._transactions.run(write)

    def _appraise(self, check: DocumentCheck) -> bool:
        """Judge one message's documents; False where that failed. Where every cell is taken, it was no attempt."""
        if check.crashes >= CRASHES_MAX:
            code = DoubtCode.JUDGING_FAILED
            logger.error(LogEvent.WORK_FAILED, work="appraise", envelope=check.envelope_id, code=code)
            self._end(check, code=code)
            return True
        try:
            message, judged = self._looked_at(check)
        except Busy:
            due_at = self._clock.now() + AGAIN_FIRST
            self._transactions.run(lambda session: give_back_check(session, check, due_at=due_at))
            return True
        except (StorageError, UnreadableMessage) as error:
            logger.error(LogEvent.WORK_FAILED, work="appraise", envelope=check.envelope_id, exc_info=error)
            return False
        if not self._turn.holds(check):
            return True  # the cell was ended with its process: that says nothing of the documents
        if judged is not None:
            self._transactions.run(lambda session: self._settle(session, check, judged=judged))
        elif isinstance(message, Failure):
            self._end(check, code=message.code)
        else:
            self._transactions.run(lambda session: end_check(session, check.envelope_id))
        return True

    def _judged(self, message: Envelope, check: DocumentCheck) -> JudgedDocument:
        return self._documents.judge(message, self._look_up(), at=check.accepted_at)

    def _looked_at(self, check: DocumentCheck) -> tuple[Read, JudgedDocument | None]:
        """Return a message as it was accepted and what its documents say; its package is open as long as that takes.

        In its place why its own signature is no longer believed, or None where there is none.
        """
        with self._transactions.read() as session:
            record = get_envelope(session, check.envelope_id)
        if record is None:
            return None, None
        with self._blobs.open(record.raw_digest) as stream:
            package = open_package(stream, size=record.size, digest=record.raw_digest)
            message = self._gate.read_again(package, at=check.accepted_at)
            return message, self._judged(message, check) if isinstance(message, Envelope) else None

    def _settle(self, session: WriteSession, check: DocumentCheck, *, judged: JudgedDocument) -> None:
        now = self._clock.now()
        seen = tuple(seen_signers(judged, self._documents.asks))
        watch(session, seen, now=now)
        is_early = now - check.accepted_at < GIVEN_UP_AFTER
        is_wanted = bool(seen and is_early) or not judged.is_finished
        if is_wanted and (judged.is_finished or check.attempts < UNFINISHED_AGAIN):
            put_off_check(session, check.envelope_id, by=_pause(check), now=now)
            return
        self._conclude(session, check, summary=summary_of(judged, at=now), now=now)

    def _fail(self, check: DocumentCheck) -> None:
        """Put a check off that failed, for longer each time; after a week, say that nobody could judge."""
        if not self._turn.holds(check):
            return
        now = self._clock.now()
        if now - check.accepted_at >= GIVEN_UP_AFTER and check.attempts >= FAILURES_AGAIN:
            self._end(check, code=DoubtCode.JUDGING_FAILED)
            return
        self._transactions.run(
            lambda session: put_off_check(session, check.envelope_id, by=_pause(check), now=now),
        )

    def _end(self, check: DocumentCheck, *, code: StrEnum) -> None:
        """End a check with why the documents were not judged, as an event with evidence."""
        now = self._clock.now()
        summary = DocumentSummary(whole(now), DocumentWorth.NOT_JUDGED, verdict=code.value)
        self._transactions.run(lambda session: self._conclude(session, check, summary=summary, now=now))

    def _conclude(
        self, session: WriteSession, check: DocumentCheck, *, summary: DocumentSummary, now: datetime
    ) -> None:
        if not end_check(session, check.envelope_id):
            return
        event = EventRecord(
            EventId(self._clock.mint(now)),
            EventTag.DOCUMENT_JUDGED,
            now,
            envelope_id=check.envelope_id,
            details=details_of(summary),
        )
        append_events(session, (event,))
        owed = OwedEvidence(event.event_id, EvidenceType.SIGNATURE_VALIDATION, check.envelope_id, None, now, now)
        owe(session, (owed,))


def _held_for(crashes: int) -> timedelta:
    """Return how long one worker has for what was taken and not ended so often."""
    return doubled(TAKEN_FOR, crashes, longest=AGAIN_MAX)


def _pause(check: DocumentCheck) -> timedelta:
    return doubled(AGAIN_FIRST, check.attempts, longest=AGAIN_MAX)


def seen_signers(judged: JudgedDocument, asks: Callable[[Certificate], bool]) -> Iterator[SeenCertificate]:
    """Yield certificates of documents' signers that nothing certain is known of and whose authority can be asked."""
    for file in judged.files:
        if file.judged is not None:
            for path in waiting_paths(file.judged):
                yield from seen_on(path, asks)
