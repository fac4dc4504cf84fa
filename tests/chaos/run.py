"""One run: people at work, trouble, quiet again, and the judge."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Final

import httpx

from axis.demo.keys import Participant
from storage.blobs.s3 import S3Place
from tests.chaos.asking import AskedAxis
from tests.chaos.journal import Journal
from tests.chaos.judge import Verdict, judge
from tests.chaos.people import Bell, Place, Shared, client, receive, send
from tests.chaos.site import Site, ground, make_bucket, site
from tests.chaos.trouble import Pace, ends, plan
from tests.chaos.webhooks import address_of, webhook

SENDERS: Final = 4
RECIPIENTS: Final = 8
START_SECONDS: Final = 120.0
LOOK_SECONDS: Final = 1.0
ENDED: Final = "processes that ended by themselves"
HANGING_SECONDS: Final = 6.0
"""How long a webhook that hangs hangs: twice as long as the axis waits for it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run is to be: so many deliveries at least, for one plan of trouble at least."""

    pace: Pace
    deliveries: int
    quiet_seconds: float
    """How long after the trouble everything may take to come to its end."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it; `troubles` is how often each thing took effect, times are in seconds."""

    verdict: Verdict
    troubles: dict[str, int]
    seconds: float
    quiet_seconds: float


def run(folder: Path, store: S3Place, wanted: Wanted, tell: Callable[[str], None]) -> Outcome:
    """Return what came of one run on an object store whose bucket is still to be made."""
    make_bucket(store)
    journals = folder / "journals"
    journals.mkdir()
    shared, start = Shared(), ground(folder, SENDERS + RECIPIENTS)
    senders, recipients = start.people[:SENDERS], start.people[SENDERS:]
    pace = wanted.pace
    place = Place(start.url, start.ring.seal, journals, shared, turn_seconds=pace.turn, backlog=pace.backlog)
    with (
        _at_work(place, senders, recipients) as webhooks,
        site(folder, store, start) as place_of_all,
    ):
        for recipient, address in zip(recipients, webhooks, strict=False):
            place_of_all.tell(recipient, address)
        for program in (*place_of_all.doors, *place_of_all.workers):
            program.start()
        _await_doors(place_of_all)
        begun = time.monotonic()
        shared.begin.set()
        troubles = _make_trouble(place_of_all, shared, wanted, tell)
        shared.enough.set()
        for trouble in ends(place_of_all):
            trouble.deed()
        calm = time.monotonic()
        _await_end(place_of_all, shared, wanted, tell)
        ended = time.monotonic()
        shared.over.set()
        tell("judging")
        with ExitStack() as stack:
            clients = [stack.enter_context(client(one, place)) for one in senders]
            asked = {str(one.participant.organ_id): AskedAxis(one.sdk) for one in clients}
            verdict = judge(journals, asked, objects=place_of_all.objects())
        troubles[ENDED] = sum(one.ended_by_itself for one in place_of_all.programs)
    return Outcome(verdict, troubles, calm - begun, ended - calm)


@contextmanager
def _at_work(
    place: Place, senders: Sequence[Participant], recipients: Sequence[Participant]
) -> Iterator[Sequence[str]]:
    """Have everybody work, from when it begins, in two processes of their own; yield the first recipients' webhooks.

    They are forked before anything of the axis runs: what they inherited would be held open by them.
    """
    bells = [Bell() for _ in recipients]
    failing, hanging = (Journal(place.folder, f"webhook-{name}") for name in ("failing", "hanging"))
    servers = [
        webhook(lambda number: 500 if number % 2 else 204, bells[0], failing, seal=place.seal),
        webhook(_hang, bells[1], hanging, seal=place.seal),
    ]
    for bell, _ in zip(bells, servers, strict=False):
        bell.has_webhook = True
    sending = [partial(send, one, recipients, place) for one in senders]
    receiving = [partial(receive, one, place, bell) for one, bell in zip(recipients, bells, strict=True)]
    # One that does it twice at a time: what is one's turn is not the other's.
    receiving.append(partial(receive, recipients[-1], place, bells[-1]))
    forks = multiprocessing.get_context("fork")
    processes = [
        forks.Process(target=_all_at_once, args=(place, sending, ())),
        forks.Process(target=_all_at_once, args=(place, receiving, servers)),
    ]
    for process in processes:
        process.start()
    for server in servers:
        server.socket.close()
    try:
        yield [address_of(server) for server in servers]
    finally:
        place.shared.enough.set()
        place.shared.over.set()
        place.shared.begin.set()
        for process in processes:
            process.join(30)
            process.kill()


def _hang(number: int) -> int:
    """Answer after too long a time, every fourth time."""
    if number % 4 == 0:
        threading.Event().wait(HANGING_SECONDS)
    return 204


def _all_at_once(place: Place, deeds: Sequence[Callable[[], None]], servers: Sequence[ThreadingHTTPServer]) -> None:
    """Do all of it, each on a thread of its own, from when it begins until it is over."""
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    place.shared.begin.wait()
    threads = [threading.Thread(target=deed) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _await_doors(site: Site) -> None:
    deadline = time.monotonic() + START_SECONDS
    waiting = threading.Event()
    for port in site.door.ports:
        while True:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/health/ready", trust_env=False).is_success:
                    break
            except httpx.TransportError:
                pass
            assert time.monotonic() < deadline, "the doors do not open"
            waiting.wait(0.1)


def _make_trouble(site: Site, shared: Shared, wanted: Wanted, tell: Callable[[str], None]) -> dict[str, int]:
    """Return how often each thing took effect, until there are enough deliveries and one plan is through."""
    counted: Counter[str] = Counter()
    waiting = threading.Event()
    while True:
        begun = time.monotonic()
        for trouble in plan(site, wanted.pace):
            waiting.wait(max(0.0, begun + trouble.at - time.monotonic()))
            tell(f"{shared.accepted.value:>7} accepted, {shared.taken.value:>7} taken: {trouble.name}")
            site.supervise()
            had_effect = trouble.deed()
            if had_effect is not None:
                counted[trouble.name if had_effect else f"{trouble.name}, without effect"] += 1
        waiting.wait(max(0.0, begun + wanted.pace.length - time.monotonic()))
        if shared.accepted.value >= wanted.deliveries:
            return counted


def _await_end(site: Site, shared: Shared, wanted: Wanted, tell: Callable[[str], None]) -> None:
    """Return when everything accepted was taken for as long as a turn, and everything owed is sealed; or in the end."""
    deadline, waiting = time.monotonic() + wanted.quiet_seconds, threading.Event()
    again_until: float | None = None
    while time.monotonic() < deadline:
        site.supervise()
        owed = site.owes()
        if again_until is None and shared.taken.value >= shared.accepted.value:
            shared.all_taken.set()
            again_until = time.monotonic() + wanted.pace.turn
        if again_until is not None and time.monotonic() >= again_until and owed == 0:
            return
        tell(f"{shared.accepted.value:>7} accepted, {shared.taken.value:>7} taken, {owed} to be sealed or taken")
        waiting.wait(LOOK_SECONDS)
    for line in site.left():
        tell(f"left: {line}")
