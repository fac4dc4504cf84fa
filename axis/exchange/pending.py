"""Verdicts that wait for certificates: completed when they are known, and given up when nobody ever told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Final

from axis.exchange.completions import Completion, completed, given_up
from axis.exchange.premises import Premises
from axis.logs import LogEvent, logger
from envelopes.evidence import EvidenceType
from envelopes.identifiers import EnvelopeId, EventId
from routing.events import EventTag
from signing.verdict import FailureCode
from storage.database.events import append_events
from storage.database.owed import owe
from storage.database.revocations import (
    close_verdicts,
    completable,
    find_statuses,
    lock_verdicts,
    opened_before,
)
from storage.database.transactions import WriteSession
from storage.records import EventRecord, KeptStatus, OpenVerdict, OwedEvidence

COMPLETED_MAX: Final = 500
"""Verdicts completed in one transaction; the rest follows in the next turn."""

GIVEN_UP_AFTER: Final = timedelta(days=7)
"""How long a verdict waits: an authority that told nothing for a week will not tell it of that moment. What is known by
then, and what is not, is attested once."""


class PendingVerdicts:
    """Ends what waits. Any number may run at once: a verdict is one worker's while it is completed."""

    def __init__(self, premises: Premises) -> None:
        self._transactions = premises.transactions
        self._clock = premises.clock

    def complete(self, session: WriteSession, fingerprint: bytes) -> int:
        """Return how many verdicts were completed that waited for this certificate and for nothing else unknown."""
        return self._complete(session, completable(session, fingerprint, limit=COMPLETED_MAX))

    def complete_decided(self) -> int:
        """Return how many verdicts were completed whose certificates became known while nobody looked.

        A state that was written between a judgement and its commit, two certificates of one verdict that became known
        at once, and whatever was too much for one turn.
        """
        with self._transactions.read() as session:
            found = completable(session, limit=COMPLETED_MAX)
        return self._transactions.run(partial(self._complete, envelope_ids=found)) if found else 0

    def give_up(self) -> int:
        """Return how many verdicts wait no longer: they stay as they are, and an evidence says so."""
        before = self._clock.now() - GIVEN_UP_AFTER

        def end(session: WriteSession) -> int:
            waiting = lock_verdicts(session, opened_before(session, before, limit=COMPLETED_MAX))
            known, now = _known(session, waiting), self._clock.now()
            return self._settle(session, [given_up(group, known, at=now) for group in _by_message(waiting)])

        return self._transactions.run(end)

    def _complete(self, session: WriteSession, envelope_ids: Sequence[EnvelopeId]) -> int:
        waiting = lock_verdicts(session, envelope_ids)
        known, now = _known(session, waiting), self._clock.now()
        done = [one for group in _by_message(waiting) if (one := completed(group, known, at=now)) is not None]
        return self._settle(session, done)

    def _settle(self, session: WriteSession, done: Sequence[Completion]) -> int:
        """Write the events, owe their evidence, and close what waited, in one transaction."""
        now = self._clock.now()
        events = [self._event(one, at=now) for one in done]
        append_events(session, events)
        owe(session, [_owed(one, completion) for one, completion in zip(events, done, strict=True)])
        close_verdicts(session, [one.envelope_id for one in done])
        for completion in done:
            if completion.is_revoked:
                code = FailureCode.CERTIFICATE_REVOKED
                logger.warning(LogEvent.SECURITY_ALARM, code=code, envelope=completion.envelope_id)
        return len(done)

    def _event(self, completion: Completion, *, at: datetime) -> EventRecord:
        return EventRecord(
            EventId(self._clock.mint(at)),
            EventTag.SIGNATURE_JUDGED,
            at,
            envelope_id=completion.envelope_id,
            details=completion.details,
        )


def _known(session: WriteSession, waiting: Iterable[OpenVerdict]) -> Mapping[bytes, KeptStatus]:
    return find_statuses(session, list({one.fingerprint for one in waiting}))


def _by_message(waiting: Iterable[OpenVerdict]) -> list[list[OpenVerdict]]:
    """Return what waits, together for each message; it comes in the order of messages."""
    return [list(group) for _, group in groupby(waiting, key=lambda one: one.envelope_id)]


def _owed(event: EventRecord, completion: Completion) -> OwedEvidence:
    kind = EvidenceType.SIGNATURE_VALIDATION
    return OwedEvidence(event.event_id, kind, completion.envelope_id, None, event.at, event.at)
