"""What is stuck on one database, and why: looked for by reading alone, whether or not the axis runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import Engine

from axis.clock import Clock
from axis.errors import ClockAstray
from axis.exchange.attestor import BATCHES
from axis.exchange.carriage import BY_AXIS, CRASHED, SET_ASIDE
from axis.exchange.deadlines import PUT_OFF
from axis.inquiry.complaints import Complaint, Gravity, ahead_of
from axis.timekeeper import Timekeeper
from envelopes.errors import Phrase, Words
from routing.backoff import BREAKER_AFTER
from routing.directory import Directory
from routing.lifecycle import DEADLINES, DeliveryState
from signing.certificates import Certificate
from signing.errors import CertificateUnreadable
from signing.revocation.requests import sources_of
from storage.database import stuck
from storage.database.directory import load_directory
from storage.database.leadership import Leader, find_leader
from storage.database.moment import database_moment
from storage.database.partitions import MONTHS_AHEAD, missing
from storage.database.schema import check_revision
from storage.database.stuck import Pile
from storage.database.transactions import ReadSession, Transactions
from storage.database.webhooks import calls_to
from storage.errors import LockTimeout, SchemaOutdated, StatementTooSlow, StorageError

GRACE: Final = timedelta(minutes=5)
"""How long something may be due before it is stuck: a round that seals ten thousand evidences takes a minute, and
20,000 deliveries that expire in the same second take two."""

LOOK_SECONDS: Final = 5.0
"""How long one look may take: a database that is busy is not to be kept from its work by who asks how it is."""

VERDICTS_WAIT: Final = timedelta(days=1)
"""How long a verdict may wait for an authority: most answer at once, and a night is no reason to call anybody."""

SILENT_AFTER: Final = 8
"""Questions about one certificate without an answer: with doubled pauses that are three hours."""

UNFETCHED_FOR: Final = timedelta(days=3)
"""How long a delivery may lie untouched: a weekend."""

FORGOTTEN_AFTER: Final = timedelta(hours=3)
"""How long after its end a row may still be there: the house is kept every hour."""

NAMED_MAX: Final = 20
"""Recipients and receivers that are named, those with most first: who has more to call begins there."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that is stuck: how many, what has waited longest and since when, why, and what to do about it.

    `is_more` says that there are more than `count`. `about` is a system, agency or host, where one is to be named.
    """

    complaint: Complaint
    words: Words
    count: int = 1
    is_more: bool = False
    oldest: str = ""
    since: datetime | None = None
    about: str = ""

    @property
    def gravity(self) -> Gravity:
        """How much it matters."""
        return self.complaint.gravity


@dataclass(frozen=True, slots=True)
class _Case:
    """What every look is given: the state of the database, its moment, who leads, and whose systems may pull."""

    session: ReadSession
    now: datetime
    leader: Leader | None

    @property
    def late(self) -> datetime:
        """What was due before this is late."""
        return self.now - GRACE

    @property
    def why(self) -> Phrase:
        """Why a worker has not done what is due, as far as can be told from here."""
        if self.leader is None:
            return "không có tiến trình axis worker nào đang làm việc", "no worker is at work"
        vi, en = f"tại {self.leader.address}" if self.leader.address else "", f"at {self.leader.address}"
        return (
            f"có tiến trình axis worker đang làm việc {vi}".rstrip() + ", xem nhật ký của tiến trình đó",
            f"a worker is at work{f' {en}' if self.leader.address else ''}, and its log says why",
        )


_Look = Callable[[_Case], Iterator[Diagnosis]]


@dataclass(slots=True)
class Doctor:
    """Examines one database. Reads only, each look in a transaction of its own and within its time.

    `asks_authorities` says whether this axis may ask anybody: where it may not, nobody is silent.
    """

    engine: Engine
    clock: Clock
    asks_authorities: bool = True
    _looks: tuple[tuple[str, _Look], ...] = field(init=False)

    def __post_init__(self) -> None:
        self._looks = (*LOOKS, *((("certificate_statuses", _silent_authorities),) if self.asks_authorities else ()))

    def examine(self) -> tuple[Diagnosis, ...]:
        """Return everything that is stuck, what is broken first. Never raises for what the database does.

        1. Does it answer, and has it this program's revision; is this machine's clock right. Without the first two
           nothing more can be looked at.
        2. What is due is compared with the database's own clock, so that a wrong one here finds nothing that is not.
        3. A look that takes too long is told, and hinders no other.
        """
        transactions = Transactions(self.engine)
        try:
            check_revision(self.engine)
            found = [*self._clock_astray(transactions)]
            for name, look in self._looks:
                found += self._look(transactions, name, look=look)
        except SchemaOutdated:
            return (diagnosis(Complaint.SCHEMA_OTHER),)
        except StorageError:
            return (diagnosis(Complaint.DATABASE_AWAY),)
        return in_order(found)

    def _clock_astray(self, transactions: Transactions) -> Iterator[Diagnosis]:
        try:
            Timekeeper(transactions, self.clock, stopwatch=time.monotonic).require()
        except ClockAstray as error:
            yield diagnosis(Complaint.CLOCK_ASTRAY, fault=ahead_of(error.ahead))

    def _look(self, transactions: Transactions, name: str, *, look: _Look) -> list[Diagnosis]:
        try:
            with transactions.read() as session:
                now = database_moment(session) if self.clock.is_watched else self.clock.now()
                return list(look(_Case(session, now, find_leader(session))))
        except (StatementTooSlow, LockTimeout):
            return [diagnosis(Complaint.LOOK_TOO_SLOW, about=name, who=name)]


def in_order(found: Iterable[Diagnosis]) -> tuple[Diagnosis, ...]:
    """Return what was found, what is broken first; otherwise as it was found."""
    gravities = tuple(Gravity)
    return tuple(sorted(found, key=lambda one: gravities.index(one.gravity)))


def diagnosis(complaint: Complaint, *, about: str = "", **names: str | Phrase) -> Diagnosis:
    """Return a complaint about one thing."""
    return Diagnosis(complaint, complaint.words.filled(names), about=about)


def _of_pile(complaint: Complaint, pile: Pile | None, *, about: str = "", **names: str | Phrase) -> Iterator[Diagnosis]:
    if pile is not None:
        counted = {"count": f"{pile.count}{'+' if pile.is_more else ''}", "attempts": str(pile.attempts)}
        words = complaint.words.filled({**counted, "oldest": pile.oldest, **names})
        yield Diagnosis(complaint, words, pile.count, pile.is_more, pile.oldest, pile.since, about)


def _workers(case: _Case) -> Iterator[Diagnosis]:
    if case.leader is None:
        yield diagnosis(Complaint.WORKER_NONE)


def _partitions(case: _Case) -> Iterator[Diagnosis]:
    for complaint, ahead in ((Complaint.PARTITIONS_MISSING, 1), (Complaint.PARTITIONS_BEHIND, MONTHS_AHEAD - 1)):
        absent = missing(case.session, case.now, ahead=ahead)
        if absent:
            words = complaint.words.filled({"count": str(len(absent)), "oldest": absent[0], "why": case.why})
            yield Diagnosis(complaint, words, len(absent), oldest=absent[0])
            return


def _overdue(complaint: Complaint, find: Callable[[ReadSession, datetime], Pile | None]) -> _Look:
    """Return the look for what a worker should have done by now."""
    return lambda case: _of_pile(complaint, find(case.session, case.late), why=case.why)


def _endless_deliveries(case: _Case) -> Iterator[Diagnosis]:
    lasting = DEADLINES[DeliveryState.CONSIGNED].after + GRACE
    pile = stuck.endless_deliveries(case.session, case.now, lasting=lasting, put_off=PUT_OFF)
    yield from _of_pile(Complaint.DELIVERY_ENDLESS, pile)


def _evidences(case: _Case) -> Iterator[Diagnosis]:
    alone = len(BATCHES)
    late = stuck.late_evidences(case.session, case.late, attempts=alone)
    yield from _of_pile(Complaint.EVIDENCE_FAILING, stuck.failing_evidences(case.session, attempts=alone))
    yield from _of_pile(Complaint.EVIDENCE_LATE, late, why=case.why)


def _receivers(case: _Case) -> Iterator[Diagnosis]:
    for one in stuck.resting_receivers(case.session, failures=BREAKER_AFTER, limit=NAMED_MAX):
        name, last = str(one.system_id), calls_to(case.session, one.system_id, limit=1)
        outcome = last[0].outcome.value if last else "-"
        names = {"who": name, "failures": str(one.failures), "count": str(one.count), "outcome": outcome}
        words = Complaint.RECEIVER_RESTING.words.filled(names)
        yield Diagnosis(Complaint.RECEIVER_RESTING, words, one.count, oldest=name, since=one.since, about=name)


def _verdicts(case: _Case) -> Iterator[Diagnosis]:
    hosts = ", ".join(_silent(case)) or None
    why = case.why if hosts is None else (f"{hosts} không trả lời", f"{hosts} does not answer")
    pile = stuck.waiting_verdicts(case.session, case.now - VERDICTS_WAIT)
    yield from _of_pile(Complaint.VERDICT_WAITING, pile, why=why)


def _silent_authorities(case: _Case) -> Iterator[Diagnosis]:
    for host, count in _silent(case).items():
        words = Complaint.AUTHORITY_SILENT.words.filled({"who": host, "count": str(count)})
        yield Diagnosis(Complaint.AUTHORITY_SILENT, words, count, oldest=host, about=host)


def _silent(case: _Case) -> dict[str, int]:
    """Return the hosts of authorities that do not answer, with about how many certificates they were asked."""
    hosts: dict[str, int] = {}
    for der in stuck.unanswered_certificates(case.session, attempts=SILENT_AFTER, limit=stuck.PILE_MAX):
        try:
            sources = sources_of(Certificate(der))
        except CertificateUnreadable:
            continue
        for host in dict.fromkeys(urlsplit(one).netloc for one in (*sources.ocsp, *sources.crl)):
            hosts[host] = hosts.get(host, 0) + 1
    return hosts


def _recipients(case: _Case) -> Iterator[Diagnosis]:
    silent = stuck.silent_recipients(case.session, case.now - UNFETCHED_FOR, limit=NAMED_MAX)
    directory = load_directory(case.session) if silent else None
    for one in silent:
        systems = () if directory is None else _systems_of(directory, one)
        complaint = Complaint.RECIPIENT_SILENT if systems else Complaint.RECIPIENT_WITHOUT_SYSTEM
        name = str(one.recipient)
        words = complaint.words.filled({"who": name, "count": str(one.count), "systems": ", ".join(systems)})
        yield Diagnosis(complaint, words, one.count, oldest=name, since=one.since, about=name)


def _systems_of(directory: Directory, silent: stuck.SilentRecipient) -> tuple[str, ...]:
    return tuple(str(one.system_id) for one in directory.systems if directory.may_act_for(one, silent.recipient))


def _held(case: _Case) -> Iterator[Diagnosis]:
    found = stuck.held_deliveries(case.session)
    if found is not None:
        pile, first = found
        by_axis = (first.actor, first.reason) == (BY_AXIS, CRASHED)
        who = ("Trục", "the axis itself") if by_axis else first.actor or ("không rõ ai", "nobody that is known")
        reason = SET_ASIDE if by_axis else first.reason or ("không ghi", "none is told")
        yield from _of_pile(Complaint.DELIVERY_HELD, pile, about=first.actor, who=who, reason=reason)


def _unanswered(case: _Case) -> Iterator[Diagnosis]:
    yield from _of_pile(Complaint.DEMAND_UNANSWERED, stuck.unanswered_demands(case.session))


def _unkept(case: _Case) -> Iterator[Diagnosis]:
    pile = stuck.kept_assertions(case.session, case.now - FORGOTTEN_AFTER)
    yield from _of_pile(Complaint.HOUSE_UNKEPT, pile, why=case.why)


LOOKS: Final[tuple[tuple[str, _Look], ...]] = (
    ("pg_locks", _workers),
    ("partitions", _partitions),
    ("deliveries", _overdue(Complaint.DELIVERY_OVERDUE, stuck.overdue_deliveries)),
    ("deliveries", _endless_deliveries),
    ("deliveries", _overdue(Complaint.LEASE_OVERDUE, stuck.overdue_leases)),
    ("deliveries", _overdue(Complaint.ALARM_OVERDUE, stuck.overdue_alarms)),
    ("deliveries", _held),
    ("deliveries", _recipients),
    ("owed_evidences", _evidences),
    ("demands", _overdue(Complaint.DEMAND_OVERDUE, stuck.overdue_demands)),
    ("demands", _unanswered),
    ("notices", _overdue(Complaint.NOTICE_OVERDUE, stuck.overdue_notices)),
    ("notices", _overdue(Complaint.NOTICE_ENDLESS, stuck.endless_notices)),
    ("webhook_receivers", _receivers),
    ("open_verdicts", _verdicts),
    ("certificate_statuses", _overdue(Complaint.CERTIFICATE_OVERDUE, stuck.overdue_certificates)),
    ("document_checks", _overdue(Complaint.DOCUMENT_OVERDUE, stuck.overdue_checks)),
    ("uploads", _overdue(Complaint.UPLOAD_OVERDUE, stuck.overdue_uploads)),
    ("used_assertions", _unkept),
)
"""Every look at the database, with what it looks at."""
