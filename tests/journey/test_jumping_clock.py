"""The clock of one process jumps: nothing is ended, returned, sealed or taken in by it, and it goes on by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from axis.cli import opening
from axis.cli.exits import ExitCode
from axis.clock import SystemClock
from axis.embedded import Plan
from axis.exchange import acknowledging, handover
from axis.exchange.gate import Gate
from axis.exchange.statements import read_statement
from axis.sdk import ProblemReported
from axis.workers.errands import errands_of
from axis.workers.rounds import rounds_of
from routing.delivery import Lease
from routing.leases import is_live
from storage.database.leadership import Leadership
from storage.database.tables import Base
from tests.axis.cli.conftest import Axis, axis
from tests.fixtures.clocks import JumpingClock
from tests.fixtures.running import UNLIMITED, RunningAxis, Station, eventually, started

__all__ = ["axis"]

HOUR = timedelta(hours=1)
MONTH = timedelta(days=31)
JUMPS = pytest.mark.parametrize("jump", [HOUR, MONTH, -HOUR, -MONTH], ids=["+1h", "+31d", "-1h", "-31d"])
TABLES = ("deliveries", "events", "evidences", "owed_evidences", "used_assertions", "envelopes", "directory_changes")
OPEN = ("/v1/limits", "/v1/problems", "/v1/seal", "/health/live", "/metrics")
"""What a door answers whatever its clock shows."""


@dataclass(frozen=True, slots=True)
class Office:
    """An axis whose clock jumps, and three agencies whose clocks are right."""

    running: RunningAxis
    clock: JumpingClock
    sender: Station
    taker: Station
    other: Station

    def kept(self) -> Mapping[str, list[str]]:
        """Return every row that time could change."""
        with self.running.embedded.axis.engine.connect() as connection:
            return {name: sorted(map(str, connection.execute(Base.metadata.tables[name].select()))) for name in TABLES}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    clock = JumpingClock()
    plan = Plan(is_throwaway=True, has_worker=False, limits={"requests_per_minute": UNLIMITED})
    with started(tmp_path_factory.mktemp("jumping"), clock=clock, plan=plan) as running:
        running.clock = SystemClock()
        yield Office(running, clock, *running.agencies(3))


@pytest.fixture
def in_hand(office: Office) -> None:
    """One delivery that is leased, one that waits, and evidence that is owed."""
    running = office.running
    office.sender.sdk.send(running.package(office.sender, office.taker, office.other))
    assert office.taker.sdk.lease(limit=1, seconds=60).offers
    assert running.rows()["owed_evidences"]


@pytest.mark.usefixtures("in_hand")
@JUMPS
def test_a_worker_whose_clock_jumps_does_nothing_and_makes_way_and_goes_on_by_itself(
    office: Office, jump: timedelta
) -> None:
    parts = office.running.embedded.axis
    rounds, errands, other = rounds_of(parts), errands_of(parts), Leadership(parts.engine)
    rounds._kept_house_at = None
    assert parts.timekeeper.is_right()
    before = office.kept()
    office.clock.jump(jump)
    with capture_logs() as lines:
        for _ in range(3):
            assert (rounds.make(), rounds.attest()) == (0, 0)
            assert (errands.examine(), errands.appraise(), errands.carry(), errands.clear_uploads()) == (0, 0, 0, 0)
    assert office.kept() == before
    assert [line["event"] for line in lines if line["event"] != "leader_changed"] == ["clock_astray"]
    assert eventually(lambda: other.is_leading() or None), "one whose clock is right leads"
    assert parts.metrics.registry.get_sample_value("axis_owed_evidences") is None
    other.close()
    office.clock.jump(-jump)
    eventually(lambda: rounds.make() or None)
    assert not office.running.rows()["owed_evidences"]
    now = office.kept()
    assert now["deliveries"] == before["deliveries"], "nobody's time was over"


@JUMPS
def test_a_door_whose_clock_jumps_serves_nobody_and_goes_on_by_itself(office: Office, jump: timedelta) -> None:
    running, sender = office.running, office.sender
    package = running.package(sender, office.taker)
    bearer = {"Authorization": f"Bearer {sender.sdk.bearer()}"}
    before = office.kept()
    office.clock.jump(jump)
    running.embedded.axis.readiness.check()
    newcomer = running.station(sender.participant)
    with capture_logs() as lines:
        answers = [
            httpx.get(f"{running.url}/v1/envelopes", headers=bearer, trust_env=False),
            httpx.post(f"{running.url}/v1/envelopes", content=package, headers=bearer, trust_env=False),
            httpx.post(f"{running.url}/v1/leases", json={}, headers=bearer, trust_env=False),
        ]
        with pytest.raises(ProblemReported) as refused:
            newcomer.sdk.bearer()
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (503, "service/clock-astray")
        assert int(answer.headers["Retry-After"]) >= 1
    assert refused.value.problem.code == "service/clock-astray"
    assert "request_failed" not in [line["event"] for line in lines]
    assert office.kept() == before
    readiness = httpx.get(f"{running.url}/health/ready", trust_env=False)
    assert (readiness.status_code, failed(readiness)) == (503, ["clock"])
    assert {httpx.get(running.url + path, trust_env=False).status_code for path in OPEN} == {200}
    office.clock.jump(-jump)
    receipt = eventually(lambda: accepted(sender, package))
    assert receipt == sender.post(package).json()["receipt"]
    running.embedded.axis.readiness.check()
    assert httpx.get(f"{running.url}/health/ready", trust_env=False).status_code == 200


def failed(answer: httpx.Response) -> list[str]:
    """The checks that a process says it fails."""
    return [check["name"] for check in answer.json()["checks"] if not check["passed"]]


def accepted(sender: Station, package: bytes) -> str | None:
    """The receipt, once the axis serves again."""
    answer = sender.post(package)
    assert answer.status_code in {201, 503}
    return answer.json()["receipt"] if answer.status_code == 201 else None


def test_a_package_that_was_on_its_way_when_the_clock_jumped_is_not_taken_in(office: Office) -> None:
    package = office.running.package(office.sender, office.taker)
    half = len(package) // 2
    bearer = {"Authorization": f"Bearer {office.sender.sdk.bearer()}", "Content-Type": "application/xml"}
    office.running.embedded.axis.timekeeper.require()

    def body() -> Iterator[bytes]:
        yield package[:half]
        office.clock.jump(MONTH)
        yield package[half:]

    answer = httpx.post(f"{office.running.url}/v1/envelopes", content=body(), headers=bearer, trust_env=False)
    office.clock.jump(-MONTH)
    assert (answer.status_code, answer.json()["code"]) == (503, "service/clock-astray")


@JUMPS
def test_a_clock_that_jumps_while_a_package_is_judged_is_in_no_receipt_and_refuses_nobody(
    office: Office, jump: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, inspect = office.running.package(office.sender, office.taker), Gate.inspect
    serves(office)
    office.sender.sdk.bearer()
    before = office.kept()

    def inspected(*args: Any, **named: Any) -> Any:
        office.clock.jump(jump)
        return inspect(*args, **named)

    with monkeypatch.context() as patched:
        patched.setattr(Gate, "inspect", inspected)
        answer = office.sender.post(package)
    office.clock.jump(-jump)
    assert (answer.status_code, answer.json()["code"]) == (503, "service/clock-astray")
    assert office.kept() == before
    assert eventually(lambda: accepted(office.sender, package))


@JUMPS
def test_a_clock_that_jumps_while_an_acknowledgement_is_read_refuses_nobody(
    office: Office, jump: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    serves(office)
    sent = office.sender.sdk.send(office.running.package(office.sender, office.other))
    (offer,) = (one for one in office.other.sdk.lease(limit=100).offers if one.envelope_id == sent.envelope_id)
    office.other.sdk.fetch(offer)
    before, read = office.kept(), read_statement

    def late(*args: Any, **named: Any) -> Any:
        office.clock.jump(jump)
        return read(*args, **named | {"at": office.clock.now()})

    with monkeypatch.context() as patched:
        patched.setattr(acknowledging, "read_statement", late)
        with pytest.raises(ProblemReported) as refused:
            office.other.sdk.acknowledge(offer, office.other.signer)
    office.clock.jump(-jump)
    assert refused.value.problem.code == "service/clock-astray"
    assert office.kept() == before
    serves(office)
    assert office.other.sdk.acknowledge(offer, office.other.signer)["state"] == "handed_over"


@JUMPS
def test_a_clock_that_jumps_while_a_turn_is_looked_at_ends_none(
    office: Office, jump: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    serves(office)
    sent = office.sender.sdk.send(office.running.package(office.sender, office.other))
    (offer,) = (one for one in office.other.sdk.lease(limit=100).offers if one.envelope_id == sent.envelope_id)
    looks = is_live

    def late(lease: Lease, _: datetime) -> bool:
        office.clock.jump(jump)
        return looks(lease, office.clock.now())

    with monkeypatch.context() as patched:
        patched.setattr(handover, "is_live", late)
        patched.setattr(handover, "holds", lambda *_, **__: False)
        with pytest.raises(ProblemReported) as refused:
            office.other.sdk.fetch(offer)
    office.clock.jump(-jump)
    assert refused.value.problem.code == "service/clock-astray"
    serves(office)
    assert hashlib.sha256(office.other.sdk.fetch(offer)).hexdigest() == offer.digest


def serves(office: Office) -> None:
    """Return when the axis serves again, whatever its clock showed a moment ago."""
    assert eventually(lambda: office.running.embedded.axis.timekeeper.is_right() or None)


COMMANDS = (
    ("agency", "close", "G22", "--on", "2030-01-01", "--reason", "Quyết định"),
    ("delivery", "hold", "--recipient", "G22", "--reason", "Quyết định"),
    ("system", "suspend", "qlvb.g22", "--reason", "Quyết định"),
    ("db", "upgrade"),
)


SAID = {HOUR: ("nhanh 3600 giây", "3600 s ahead of"), -HOUR: ("chậm 3600 giây", "3600 s behind")}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
@pytest.mark.parametrize("jump", SAID, ids=["ahead", "behind"])
def test_a_command_on_a_machine_whose_clock_is_wrong_changes_nothing(
    office: Office, axis: Axis, monkeypatch: pytest.MonkeyPatch, *, command: tuple[str, ...], jump: timedelta
) -> None:
    clock, before = JumpingClock(), office.kept()
    clock.jump(jump)
    monkeypatch.setenv("AXIS_DATABASE__URL", office.running.embedded.database_url)
    monkeypatch.setattr(opening, "SystemClock", lambda: clock)
    for language, words in zip(("vi", "en"), SAID[jump], strict=True):
        ran = axis(*command, "--lang", language)
        assert (ran.code, words in ran.err, "cli/clock-astray" in ran.err) == (ExitCode.REFUSED, True, True)
    assert axis("delivery", "list").code is ExitCode.DONE, "looking is allowed"
    assert office.kept() == before
