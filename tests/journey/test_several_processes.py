"""Two web doors and two workers on one database; one of each is killed under load, and everything happens once."""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import cycle
from typing import Final

import httpx
import pytest
from sqlalchemy import text

from axis.embedded import Plan
from axis.exchange.attestor import RETRY_AFTER
from axis.settings import BrokerKind
from envelopes.evidence import EvidenceType
from tests.fixtures.brokers import is_installed
from tests.fixtures.running import UNLIMITED, RunningAxis, Station, eventually, started
from tests.journey.test_processes import LEADER, Watched, environment_of
from tests.journey.test_processes import started as process

SENDERS: Final = 3
LETTERS: Final = 12
"""Of each sender, to two recipients: all doors and workers are at work when one of each is killed."""

KILLED_AFTER: Final = 10
"""Accepted letters before the first kill."""

TAKEN_SECONDS: Final = RETRY_AFTER.total_seconds() + 30
"""What a killed worker had in hand is another one's after a minute."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAxis]:
    """An axis without a worker: those of the test are its only ones."""
    plan = Plan(is_throwaway=True, has_worker=False, limits={"requests_per_minute": UNLIMITED})
    with started(tmp_path_factory.mktemp("silent"), plan=plan) as running:
        yield running


@pytest.fixture
def environment(silent: RunningAxis, request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings of all processes; with a Redis between them where there is one, without a broker elsewhere."""
    settings = environment_of(silent) | {
        "AXIS_WEB__PUBLIC_URL": silent.url,
        "AXIS_LIMITS__REQUESTS_PER_MINUTE": str(UNLIMITED),
    }
    if not is_installed(BrokerKind.REDIS):
        return settings
    server = request.getfixturevalue("redis_server")
    return settings | {"AXIS_BROKER__KIND": "redis", "AXIS_BROKER__URL": server.url}


@dataclass(slots=True)
class Sending:
    """A sender that repeats each letter at one door after the other until it has its answer."""

    sender: Station
    packages: Sequence[bytes]
    doors: Sequence[str]
    answers: list[str] = field(default_factory=list)

    def run(self) -> None:
        doors = cycle(self.doors)
        headers = {"Authorization": f"Bearer {self.sender.sdk.bearer()}", "Content-Type": "application/xml"}
        with httpx.Client(timeout=30, trust_env=False, headers=headers) as client:
            for package in self.packages:
                self.answers.append(self._sent(client, doors, package))

    def _sent(self, client: httpx.Client, doors: Iterator[str], package: bytes) -> str:
        for _ in range(100):
            try:
                answer = client.post(f"{next(doors)}/v1/envelopes", content=package)
            except httpx.TransportError:
                continue
            if answer.status_code in {200, 201}:
                return str(answer.json()["envelope_id"])
            assert answer.status_code == 503, answer.text
        raise AssertionError("no door took it")


def leads(worker: Watched) -> bool:
    return f"{LEADER} 1.0" in worker.get("/metrics").text


def killed(one: Watched) -> None:
    one.process.send_signal(signal.SIGKILL)
    one.process.wait(20)


def take_everything(station: Station, number: int) -> None:
    """Lease, fetch and acknowledge until an agency has that many."""
    done = 0
    while done < number:
        for offer in station.sdk.lease(wait=1).offers:
            station.sdk.fetch(offer)
            station.sdk.acknowledge(offer, station.signer)
            done += 1
    assert station.sdk.lease().offers == ()


def evidence_of(running: RunningAxis) -> Counter[tuple[str, str, str]]:
    """Return how often there is evidence of each type about each delivery."""
    query = text("SELECT envelope_id, coalesce(delivery_id, envelope_id) AS subject, type FROM evidences")
    with running.embedded.axis.engine.connect() as connection:
        return Counter((str(row.envelope_id), str(row.subject), row.type) for row in connection.execute(query))


def test_one_of_each_is_killed_under_load_and_everything_happens_once(
    silent: RunningAxis, environment: dict[str, str]
) -> None:
    *senders, one, other = silent.agencies(SENDERS + 2)
    with ExitStack() as stack:
        doors = [stack.enter_context(process("serve", environment)) for _ in range(2)]
        workers = [stack.enter_context(process("worker", environment)) for _ in range(2)]
        eventually(lambda: sum(map(leads, workers)) == 1 or None)
        sending = [
            Sending(sender, [silent.package(sender, one, other) for _ in range(LETTERS)], [door.url for door in doors])
            for sender in senders
        ]
        threads = [threading.Thread(target=each.run) for each in sending]
        for thread in threads:
            thread.start()
        eventually(lambda: sum(len(each.answers) for each in sending) >= KILLED_AFTER or None, seconds=60)
        leader, follower = sorted(workers, key=leads, reverse=True)
        killed(leader)
        killed(doors[0])
        eventually(lambda: leads(follower) or None)
        for thread in threads:
            thread.join(120)
        accepted = [answer for each in sending for answer in each.answers]
        assert len(accepted) == len(set(accepted)) == SENDERS * LETTERS
        for station in (one, other):
            take_everything(station, SENDERS * LETTERS)
        eventually(lambda: None if silent.rows()["owed_evidences"] else True, seconds=TAKEN_SECONDS)
        assert [doors[1].end()[0], follower.end()[0]] == [0, 0]
    found = evidence_of(silent)
    assert set(found.values()) == {1}
    assert {envelope for envelope, _, _ in found} == set(accepted)
    kinds = Counter(kind for _, _, kind in found)
    # A letter that came before anybody was asked about its sender has a completed verdict, too.
    assert kinds.pop(EvidenceType.SIGNATURE_VALIDATION.value, 0) <= SENDERS * LETTERS
    assert kinds == {
        EvidenceType.SUBMISSION_ACCEPTANCE.value: SENDERS * LETTERS,
        EvidenceType.CONTENT_CONSIGNMENT.value: 2 * SENDERS * LETTERS,
        EvidenceType.CONTENT_HANDOVER.value: 2 * SENDERS * LETTERS,
    }
