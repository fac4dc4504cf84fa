"""What the directory takes away is gone everywhere within ten seconds: systems, keys, certificates."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final

import httpx
import pytest

from axis.atlas import FRESH_SECONDS, Atlas
from axis.enrolment.registrar import Registrar
from axis.sdk import Credentials, ProblemReported
from axis.settings import Settings
from axis.web.app import create_app
from axis.web.serving import WebServer, listen
from signing.assertions import AssertionKey
from tests.fixtures.running import WORD, RunningAxis, Station
from tests.journey.refusing import problem_in

PROMISE_SECONDS: Final = 10.0
ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class Stopwatch:
    """Seconds that pass when a test says so."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another process of the same axis, as far as it matters: a directory of its own, on a stopwatch, and a door."""

    running: RunningAxis
    url: str
    stopwatch: Stopwatch

    @property
    def registrar(self) -> Registrar:
        """The registrar of the first process."""
        return self.running.embedded.axis.registrar

    def ask(self, station: Station) -> httpx.Response:
        """Return what the system gets here, with the token it has from there."""
        return self._call(station, "GET", "/v1/envelopes")

    def submit(self, station: Station, package: bytes) -> httpx.Response:
        return self._call(station, "POST", "/v1/envelopes", content=package)

    def _call(self, station: Station, method: str, path: str, **request: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {station.sdk.bearer()}", "Content-Type": "application/xml"}
        return httpx.request(method, self.url + path, headers=headers, timeout=30, **request)

    def pass_almost_all_the_time(self) -> None:
        self.stopwatch.seconds += FRESH_SECONDS - 0.1

    def pass_the_rest(self) -> None:
        self.stopwatch.seconds += 0.1


@pytest.fixture
def elsewhere(running: RunningAxis) -> Iterator[Elsewhere]:
    first, stopwatch = running.embedded.axis, Stopwatch()
    second = replace(first, atlas=Atlas(first.premises.transactions, stopwatch))
    opened = listen("127.0.0.1", 0)
    web = WebServer(create_app(second), opened)
    web.start()
    yield Elsewhere(running, f"http://127.0.0.1:{opened.getsockname()[1]}", stopwatch)
    web.stop()


def test_a_directory_is_never_older_than_half_of_what_is_promised() -> None:
    assert FRESH_SECONDS * 2 <= PROMISE_SECONDS


def test_a_suspended_system_is_stopped_and_a_restored_one_goes_on(elsewhere: Elsewhere) -> None:
    station = elsewhere.running.agency()
    system_id = station.participant.credentials.system_id
    assert elsewhere.ask(station).status_code == 200
    elsewhere.registrar.suspend_system(system_id, instruction=WORD)
    elsewhere.pass_almost_all_the_time()
    assert elsewhere.ask(station).status_code == 200
    elsewhere.pass_the_rest()
    problem_in(elsewhere.ask(station), 401, "access/revoked")
    elsewhere.registrar.restore_system(system_id, instruction=WORD)
    elsewhere.pass_almost_all_the_time()
    elsewhere.pass_the_rest()
    assert elsewhere.ask(station).status_code == 200


def test_where_the_change_is_made_it_holds_at_once(running: RunningAxis) -> None:
    station = running.agency()
    assert station.http.get("/v1/envelopes").status_code == 200
    running.embedded.axis.registrar.remove_system(station.participant.credentials.system_id, instruction=WORD)
    problem_in(station.http.get("/v1/envelopes"), 401, "access/revoked")
    with pytest.raises(ProblemReported) as refused:
        running.station(station.participant).sdk.bearer()
    assert refused.value.problem.code == "token/invalid-client"


def test_a_key_that_was_replaced_because_it_leaked_opens_nothing(elsewhere: Elsewhere) -> None:
    station, key = elsewhere.running.agency(), AssertionKey.generate()
    credentials = station.participant.credentials
    assert elsewhere.ask(station).status_code == 200
    elsewhere.registrar.rotate_key(
        credentials.system_id, key.public_jwk().encode(), instruction=WORD, overlap=timedelta()
    )
    elsewhere.pass_almost_all_the_time()
    elsewhere.pass_the_rest()
    problem_in(elsewhere.ask(station), 401, "access/revoked")
    renewed = replace(station.participant, credentials=Credentials(credentials.system_id, key))
    assert elsewhere.ask(elsewhere.running.station(renewed)).status_code == 200


def test_a_replaced_key_goes_on_for_the_overlap(elsewhere: Elsewhere) -> None:
    station, key = elsewhere.running.agency(), AssertionKey.generate()
    system_id = station.participant.credentials.system_id
    elsewhere.registrar.rotate_key(system_id, key.public_jwk().encode(), instruction=WORD)
    assert elsewhere.ask(station).status_code == 200


def test_a_suspended_certificate_signs_nothing(elsewhere: Elsewhere) -> None:
    running = elsewhere.running
    sender, recipient = running.agencies(2)
    assert elsewhere.submit(sender, running.package(sender, recipient)).status_code == 201
    fingerprint = sender.signer.certificate.fingerprint
    elsewhere.registrar.suspend_certificate(fingerprint, instruction=WORD)
    elsewhere.pass_almost_all_the_time()
    assert elsewhere.submit(sender, running.package(sender, recipient)).status_code == 201
    elsewhere.pass_the_rest()
    problem_in(elsewhere.submit(sender, running.package(sender, recipient)), 422, "sender/certificate-suspended")
    elsewhere.registrar.restore_certificate(fingerprint, instruction=WORD)
    elsewhere.pass_almost_all_the_time()
    elsewhere.pass_the_rest()
    assert elsewhere.submit(sender, running.package(sender, recipient)).status_code == 201


def test_a_suspended_certificate_acknowledges_nothing(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    sender.sdk.send(running.package(sender, recipient))
    (offer,) = recipient.sdk.lease().offers
    recipient.sdk.fetch(offer)
    running.embedded.axis.registrar.suspend_certificate(recipient.signer.certificate.fingerprint, instruction=WORD)
    with pytest.raises(ProblemReported) as refused:
        recipient.sdk.acknowledge(offer, recipient.signer)
    assert refused.value.problem.code == "acknowledgement/certificate-suspended"
    assert recipient.http.get(f"/v1/deliveries/{offer.delivery_id}").json()["state"] == "consigned"


# ── two real processes ────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def second_process(settings: Settings) -> Iterator[str]:
    """Yield the address of one more process on the same database and the same objects."""
    members = settings.model_dump(mode="json", include={"blobs", "seal", "trust", "web"})
    assert settings.database.url is not None
    document = json.dumps(members | {"database": {"url": settings.database.url.get_secret_value(), "pool_size": 2}})
    command = [sys.executable, "-m", "tests.journey.second_process", document]
    with (
        TemporaryFile("w+") as told,
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=told, text=True
        ) as process,
    ):
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address, (told.seek(0), told.read())
        yield address
        process.communicate(timeout=60)
        assert process.returncode == 0, (told.seek(0), told.read())


@pytest.mark.slow
def test_a_suspension_reaches_another_process_in_time(running: RunningAxis) -> None:
    """A call that waits for deliveries there ends by itself, because each look asks the directory."""
    station = running.agency()
    headers = {"Authorization": f"Bearer {station.sdk.bearer()}"}
    with second_process(running.embedded.axis.settings) as url, httpx.Client(base_url=url, headers=headers) as client:
        assert client.get("/v1/envelopes").status_code == 200
        running.embedded.axis.registrar.suspend_system(station.participant.credentials.system_id, instruction=WORD)
        suspended = time.monotonic()
        answer = client.post("/v1/leases", json={"wait": 20}, timeout=30)
        problem_in(answer, 401, "access/revoked")
        assert time.monotonic() - suspended < PROMISE_SECONDS
