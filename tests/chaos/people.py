"""The software of agencies under trouble: it repeats until it is answered, and writes down what it sent and got."""

from __future__ import annotations

import hashlib
import multiprocessing
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path
from random import Random
from typing import Final, TypeVar

import httpx

from axis.clock import SystemClock
from axis.demo.keys import Participant
from axis.demo.letters import FIRST, compose
from axis.sdk import AnswerUnreadable, Axis, AxisUnreachable, ContentDiffers, Offer, ProblemReported, sign_package
from envelopes.codes import Priority
from envelopes.evidence import Evidence
from signing.certificates import Certificate
from tests.chaos.journal import Deed, Journal

PAUSE_SECONDS: Final = 0.2
"""Between two tries of one deed."""

HAND: Final = 20
"""Deliveries that a recipient takes in hand at once."""

LOOK_SECONDS: Final = 2
"""How long a recipient that nobody tells waits for something to come."""

PRIORITIES: Final = (*(Priority.NORMAL,) * 17, Priority.URGENT, Priority.EXPRESS, Priority.VERY_URGENT)
_AGAIN: Final = frozenset({401, 408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same is tried again; 401, because a process that was started anew knows no older tokens."""

_TURN_IS_OVER: Final = frozenset({403, 404, 409, 410, 412, 423})

_Done = TypeVar("_Done")


@dataclass(slots=True)
class Shared:
    """What all clients and whoever runs them have in common, over processes."""

    accepted: Synchronized[int] = field(default_factory=lambda: multiprocessing.Value("q", 0))
    taken: Synchronized[int] = field(default_factory=lambda: multiprocessing.Value("q", 0))
    begin: Event = field(default_factory=multiprocessing.Event)
    enough: Event = field(default_factory=multiprocessing.Event)
    """No more letters are begun."""

    all_taken: Event = field(default_factory=multiprocessing.Event)
    """Whoever is told by a webhook looks by itself, too: what would come again is seen."""

    over: Event = field(default_factory=multiprocessing.Event)
    """Recipients may stop."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the axis is called, which seal it has, where journals are kept, and how its clients go about it.

    `backlog` is how many deliveries may wait: senders hold then, as they would not, so that a run ends soon after them.
    """

    url: str
    seal: tuple[Certificate, ...]
    folder: Path
    shared: Shared
    turn_seconds: int
    backlog: int


@dataclass(slots=True)
class Client:
    """What senders and recipients have in common: a connection, a journal, and patience without end."""

    participant: Participant
    place: Place
    journal: Journal
    sdk: Axis
    failures: int = 0

    def insist(self, deed: Callable[[], _Done]) -> _Done | ProblemReported:
        """Return what a deed came to, tried until somebody answered it; a refusal for good is returned, too."""
        while True:
            try:
                return deed()
            except ProblemReported as refusal:
                if refusal.problem.status not in _AGAIN:
                    return refusal
                self._forget_token(refusal)
            except (AxisUnreachable, AnswerUnreadable, httpx.HTTPError):
                pass
            self.failures += 1
            self.place.shared.over.wait(PAUSE_SECONDS)

    def _forget_token(self, refusal: ProblemReported) -> None:
        if refusal.problem.status == httpx.codes.UNAUTHORIZED:
            self.sdk._token = None


@contextmanager
def client(participant: Participant, place: Place) -> Iterator[Client]:
    """Yield the software of an agency."""
    http = httpx.Client(timeout=30, trust_env=False, limits=httpx.Limits(keepalive_expiry=1))
    with Axis(place.url, participant.credentials, seal_certificates=place.seal, http=http) as sdk:
        yield Client(participant, place, Journal(place.folder, str(participant.organ_id)), sdk)


def send(sender: Participant, recipients: Sequence[Participant], place: Place) -> None:
    """Send letters until there are enough, each until its receipt is there."""
    random, clock, shared = Random(str(sender.organ_id)), SystemClock(), place.shared
    with client(sender, place) as one:
        number = 0
        while not shared.enough.is_set():
            if shared.accepted.value - shared.taken.value > place.backlog:
                shared.enough.wait(PAUSE_SECONDS)
                continue
            number += 1
            chosen = list(recipients) if random.random() < 0.75 else random.sample(recipients, random.randint(1, 7))
            letter = replace(FIRST, number=number, priority=random.choice(PRIORITIES))
            envelope = compose(letter, sender, recipients=chosen, at=clock.now())
            package = sign_package(envelope, sender.signer, at=clock.now())
            _send_one(one, package, [str(each.organ_id) for each in chosen])


def _send_one(one: Client, package: bytes, recipients: Sequence[str]) -> None:
    digest = hashlib.sha256(package).hexdigest()
    one.journal.write(Deed.SENDING, digest=digest, recipients=recipients)
    answer = one.insist(lambda: one.sdk.send(package))
    if isinstance(answer, ProblemReported):
        one.journal.write(Deed.REFUSED, digest=digest, code=answer.problem.code)
        return
    one.journal.write(
        Deed.RECEIPT,
        digest=digest,
        envelope=str(answer.envelope_id),
        sealed=[one.timestamp() for one in _times_of(answer.evidence)],
        evidence=hashlib.sha256(answer.octets).hexdigest(),
        repeat=answer.is_repeat,
        failures=one.failures,
    )
    one.failures = 0
    with one.place.shared.accepted.get_lock():
        one.place.shared.accepted.value += len(recipients)


def _times_of(receipt: Evidence) -> Iterator[datetime]:
    yield receipt.event_time
    yield receipt.issue_time
    if receipt.submission_time is not None:
        yield receipt.submission_time


@dataclass(slots=True)
class Bell:
    """Tells a recipient that something waits; one without a webhook looks by itself, and each does at the end."""

    rung: threading.Event = field(default_factory=threading.Event)
    has_webhook: bool = False

    def wait(self, shared: Shared) -> bool:
        """Return True when there is a reason to look."""
        if self.is_silent(shared):
            return True
        if self.rung.wait(PAUSE_SECONDS) or shared.over.is_set():
            self.rung.clear()
            return True
        return False

    def is_silent(self, shared: Shared) -> bool:
        """Return True where nobody tells, or whoever does is not to be relied on."""
        return not self.has_webhook or shared.all_taken.is_set()


def receive(recipient: Participant, place: Place, bell: Bell) -> None:
    """Take over everything that comes until it is over."""
    shared = place.shared
    with client(recipient, place) as one:
        while not shared.over.is_set():
            if not bell.wait(shared):
                continue
            while _take_a_hand(one, wait=LOOK_SECONDS if bell.is_silent(shared) else 0):
                pass


def _take_a_hand(one: Client, *, wait: int) -> bool:
    """Return whether there was anything to take."""
    leased = one.insist(lambda: one.sdk.lease(limit=HAND, seconds=one.place.turn_seconds, wait=wait))
    if isinstance(leased, ProblemReported):
        one.journal.write(Deed.REFUSED, code=leased.problem.code)
        return False
    until = 0.0 if leased.until is None else leased.until.timestamp()
    for offer in leased.offers:
        one.journal.write(Deed.OFFERED, delivery=str(offer.delivery_id), digest=offer.digest, until=until)
    for offer in leased.offers:
        _take(one, offer)
    return bool(leased.offers)


def _take(one: Client, offer: Offer) -> None:
    delivery = str(offer.delivery_id)
    try:
        octets = one.insist(lambda: one.sdk.fetch(offer))
    except ContentDiffers:
        one.journal.write(Deed.DIFFERS, delivery=delivery)
        return
    if isinstance(octets, ProblemReported):
        _write_refusal(one, delivery, octets)
        return
    answer = one.insist(lambda: one.sdk.acknowledge(offer, one.participant.signer))
    if isinstance(answer, ProblemReported):
        _write_refusal(one, delivery, answer)
        return
    digest = hashlib.sha256(octets).hexdigest()
    again = answer["repeat"]
    one.journal.write(Deed.TAKEN, delivery=delivery, digest=digest, failures=one.failures, repeat=again)
    one.failures = 0
    with one.place.shared.taken.get_lock():
        one.place.shared.taken.value += 1


def _write_refusal(one: Client, delivery: str, refusal: ProblemReported) -> None:
    over = refusal.problem.status in _TURN_IS_OVER
    one.journal.write(Deed.LOST_TURN if over else Deed.REFUSED, delivery=delivery, code=refusal.problem.code)
