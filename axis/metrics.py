"""What the axis counts and measures, in one registry of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from envelopes.evidence import EvidenceType
from routing.demands import DemandState
from routing.webhooks import CallOutcome

_PROBLEM: Final = re.compile(r"[a-z]+(?:[/_-][a-z]+)*")
_PROBLEMS_MAX: Final = 200
"""Different problem types that get a series each; there are about a hundred. Labels must never grow with traffic."""

_OTHER: Final = "other"

_UNANSWERED: Final = "unanswered"
_STATES: Final = (*(state for state in DemandState if state is not DemandState.SUPERSEDED), _UNANSWERED)
"""What is counted of demands: each state they come to by something that happens, and that an answer is overdue."""

_STEP_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds of the histogram: a small package takes 5 to 20 ms in all, the largest some seconds in verification."""


class AcceptedType(StrEnum):
    """What was accepted."""

    NEW = "new"
    RECALL = "recall"
    UPDATE = "update"
    REPLACE = "replace"
    STATUS = "status"


class IntakeStep(StrEnum):
    """A step of the way in, in order."""

    RECEIVE = "receive"
    VERIFY = "verify"
    """Verified, read from the covered octets, and judged by the rules of the format."""
    ADMIT = "admit"
    APPRAISE = "appraise"
    """The documents' own signatures, where the answer waits for them."""
    STORE = "store"
    SEAL = "seal"
    SETTLE = "settle"


class DeliveryOutcome(StrEnum):
    """Where a delivery has come to."""

    CONSIGNED = "consigned"
    HANDED_OVER = "handed_over"
    REFUSED = "refused"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class PriorityLabel(StrEnum):
    """How urgent a document is (NĐ 30/2020 Annex I)."""

    NORMAL = "normal"
    URGENT = "urgent"
    VERY_URGENT = "very_urgent"
    EXPRESS = "express"

    @classmethod
    def of(cls, rank: int) -> PriorityLabel:
        """Return the label of a priority rank, 0 to 3."""
        return tuple(cls)[rank]


class LeaseOutcome(StrEnum):
    """What became of a recipient's lease."""

    TAKEN = "taken"
    RELEASED = "released"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"
    """It ran out, and the delivery came back."""


class ConnectionEnd(StrEnum):
    """Why the web door ended a connection before a request was there."""

    HEADERS_SLOW = "headers_slow"
    """No request, or not the whole of its headers, in the time it may take."""
    HEADERS_LARGE = "headers_large"
    TOO_MANY = "too_many"


class HealthCheck(StrEnum):
    """What is checked now and then."""

    SEAL = "seal"
    DATABASE = "database"
    STORE = "store"
    TRUST = "trust"
    CLOCK = "clock"
    BROKER = "broker"
    """Made where a broker is set."""

    @property
    def is_vital(self) -> bool:
        """Whether a process that fails it can do no work.

        One whose trust files are broken goes on by what it read, and without its broker the sweep finds the work.
        """
        return self not in {HealthCheck.TRUST, HealthCheck.BROKER}


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits: states that verdicts wait for, messages whose documents are judged, certificates due, notices."""

    verdicts: int
    documents: int
    certificates: int
    notices: int


class _Measured(Collector):
    """A gauge that is shown from its first measurement on: before it, 0 would be an answer to what nobody asked."""

    def __init__(self, name: str, words: str, registry: CollectorRegistry) -> None:
        self._name = name
        self._words = words
        self._value: float | None = None
        registry.register(self)

    def set(self, value: float | None) -> None:
        """Show this value from now on; None shows nothing until it is measured again."""
        self._value = value

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the measurement, where there is one."""
        value = self._value
        if value is not None:
            yield GaugeMetricFamily(self._name, self._words, value)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Yield what it is called: the registry takes no name twice."""
        yield GaugeMetricFamily(self._name, self._words)


class Metrics:
    """The axis's measurements. Every label is from a closed list: never an agency, a system or an identifier.

    What a process counts stands at 0 from the start; what it measures is shown once it was measured, and only by the
    process that measures it.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self._accepted = self._counter("axis_accepted", "Messages accepted.", label="type", values=AcceptedType)
        self._refused = self._counter(
            "axis_refused", "Submissions refused, by problem type.", label="problem", values=()
        )
        self._sealed = self._counter("axis_receipts_sealed", "Evidence sealed.", label="event", values=EvidenceType)
        self._deliveries = self._counter(
            "axis_deliveries", "Steps of deliveries.", label="outcome", values=DeliveryOutcome
        )
        self._overdue = self._counter(
            "axis_overdue", "Deliveries nobody had taken over in time.", label="priority", values=PriorityLabel
        )
        self._demands = self._counter(
            "axis_demands", "Recalls and updates, by where a recipient stands with them.", label="state", values=_STATES
        )
        self._leases = self._counter("axis_leases", "Leases of recipients.", label="outcome", values=LeaseOutcome)
        self._connections = self._counter(
            "axis_connections_ended", "Connections ended before a request was there.", label="why", values=ConnectionEnd
        )
        self._calls = self._counter(
            "axis_webhook_calls", "Calls to webhooks, by what became of them.", label="outcome", values=CallOutcome
        )
        self._set_aside = Counter(
            "axis_notices_set_aside", "Notices and packages that workers kept dying over.", registry=self.registry
        )
        self._intake = Histogram(
            "axis_intake_seconds",
            "Time in each step of intake.",
            ["step"],
            buckets=_STEP_SECONDS,
            registry=self.registry,
        )
        for step in IntakeStep:
            self._intake.labels(step)
        self._sweep_lag = self._gauge("axis_sweep_lag_seconds", "Age of the oldest row that is due and not done.")
        self._owed = self._gauge("axis_owed_evidences", "Events whose evidence is not sealed yet.")
        self._open_verdicts = self._gauge("axis_open_verdicts", "States of certificates that messages wait for.")
        self._document_checks = self._gauge("axis_document_checks", "Messages whose documents are still to be judged.")
        self._notices = self._gauge("axis_notices_waiting", "Notices that systems are still to be told.")
        self._certificates_due = self._gauge("axis_certificates_due", "Certificates to be asked about.")
        self._directory = self._gauge("axis_directory_version", "Version of the directory in this process's memory.")
        self._clock_ahead = self._gauge(
            "axis_clock_ahead_seconds", "By how much this process's clock is ahead of the database's."
        )
        self._leader = self._gauge("axis_leader", "1 where this worker does what one of all has to do.")
        self._health = Gauge("axis_health", "1 where a check passed last.", ["check"], registry=self.registry)
        self._problems: set[str] = set()
        self._lock = Lock()

    def count_accepted(self, kind: AcceptedType) -> None:
        """Count one accepted message."""
        self._accepted.labels(kind).inc()

    def count_refused(self, problem: str) -> None:
        """Count one refusal; `problem` is the last part of a problem type, such as `signature/altered`."""
        self._refused.labels(self._bounded(problem)).inc()

    def count_sealed(self, event: EvidenceType) -> None:
        """Count one sealed evidence."""
        self._sealed.labels(event).inc()

    def count_delivery(self, outcome: DeliveryOutcome, number: int = 1) -> None:
        """Count deliveries that have come this far."""
        self._deliveries.labels(outcome).inc(number)

    def count_overdue(self, priority: PriorityLabel) -> None:
        """Count one delivery for which an alarm was raised."""
        self._overdue.labels(priority).inc()

    def count_demand(self, state: DemandState) -> None:
        """Count one recipient of a recall or an update that has come to this state."""
        self._demands.labels(state).inc()

    def count_unanswered(self, number: int) -> None:
        """Count recipients who did not answer a recall or an update in time; each once."""
        self._demands.labels(_UNANSWERED).inc(number)

    def count_lease(self, outcome: LeaseOutcome) -> None:
        """Count one lease taken or ended."""
        self._leases.labels(outcome).inc()

    def count_connection(self, why: ConnectionEnd) -> None:
        """Count one connection that was ended before a request was there."""
        self._connections.labels(why).inc()

    def count_call(self, outcome: CallOutcome) -> None:
        """Count one call to a webhook."""
        self._calls.labels(outcome).inc()

    def count_set_aside(self) -> None:
        """Count one notice or package that workers kept dying over."""
        self._set_aside.inc()

    def time_step(self, step: IntakeStep) -> AbstractContextManager[object]:
        """Return a context that measures one step of intake, whether or not it succeeds."""
        return self._intake.labels(step).time()

    def set_sweep_lag(self, seconds: float | None) -> None:
        """Note the age of the oldest row that is due; 0 where there is none, None where nobody could look."""
        self._sweep_lag.set(seconds)

    def set_owed_evidences(self, count: int | None) -> None:
        """Note how many events wait for their evidence; None where nobody could look."""
        self._owed.set(count)

    def set_waiting(self, waiting: Waiting | None) -> None:
        """Note what waits to be judged; None where nobody could look."""
        self._open_verdicts.set(waiting.verdicts if waiting else None)
        self._document_checks.set(waiting.documents if waiting else None)
        self._certificates_due.set(waiting.certificates if waiting else None)
        self._notices.set(waiting.notices if waiting else None)

    def set_directory_version(self, version: int) -> None:
        """Note which version of the directory this process works with."""
        self._directory.set(version)

    def set_leader(self, *, is_leader: bool) -> None:
        """Note whether this process is the one worker that does what one of all has to do."""
        self._leader.set(float(is_leader))

    def set_clock_ahead(self, seconds: float) -> None:
        """Note by how much the clock is ahead of the database's, beyond what the time of the answer explains."""
        self._clock_ahead.set(seconds)

    def set_health(self, check: HealthCheck, *, is_passed: bool) -> None:
        """Note the last outcome of a check."""
        self._health.labels(check).set(int(is_passed))

    def exposition(self) -> tuple[bytes, str]:
        """Return what `/metrics` answers, and its media type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST

    def _counter(self, name: str, words: str, *, label: str, values: Iterable[str]) -> Counter:
        """Return a counter with a series at 0 for each value: of one that appears late, rates miss the first events."""
        counter = Counter(name, words, [label], registry=self.registry)
        for value in values:
            counter.labels(value)
        return counter

    def _gauge(self, name: str, words: str) -> _Measured:
        return _Measured(name, words, self.registry)

    def _bounded(self, problem: str) -> str:
        """Return the problem as a label, or `other` for what is no problem type, and for one type too many."""
        if not _PROBLEM.fullmatch(problem):
            return _OTHER
        with self._lock:
            if len(self._problems) < _PROBLEMS_MAX:
                self._problems.add(problem)
            return problem if problem in self._problems else _OTHER
