"""`axis serve` and `axis worker` as they are started in earnest: what each answers to those who watch, and its end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import pytest

from axis.cli.exits import ExitCode
from tests.architecture.source import ROOT
from tests.fixtures.running import RunningAxis, eventually

PROGRAM = (sys.executable, "-c", "from axis.cli.main import run; run()")
SWEEP = (
    *("axis_sweep_lag_seconds", "axis_owed_evidences"),
    *("axis_open_verdicts", "axis_document_checks", "axis_certificates_due"),
)
"""What only the leader of the workers measures."""

LEADER = "axis_leader"
"""What every worker shows."""

CLOCK = "axis_clock_ahead_seconds"
"""What every process measures whose time is the machine's."""

DIRECTORY = "axis_directory_version"
"""What only those measure who ask the directory."""

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Watched:
    """A process that runs, and what it says of itself."""

    process: subprocess.Popen[str]
    url: str

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, trust_env=False, timeout=20)

    def gauges(self) -> set[str]:
        """The gauges of ours that it shows."""
        shown = re.findall(r"^# TYPE (axis_\w+) gauge$", self.get("/metrics").text, re.MULTILINE)
        return {name for name in shown if not name.endswith("_created")}

    def end(self) -> tuple[int, str]:
        """Return exit code and last words of the process, told to stop."""
        self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=60)
        return self.process.returncode, said


@contextmanager
def started(command: str, environment: Mapping[str, str]) -> Iterator[Watched]:
    """Yield a process of the command line once it says where it answers; killed where the test did not end it."""
    process = subprocess.Popen(
        [*PROGRAM, command], cwd=ROOT, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        said = (re.search(r"http://\S+", line) for line in process.stderr if not line.startswith("{"))
        address = next((match for match in said if match), None)
        assert address, process.communicate()
        yield Watched(process, address[0])
    finally:
        process.kill()
        process.communicate()


def environment_of(running: RunningAxis) -> dict[str, str]:
    """Return the settings of one more process of a running axis."""
    files = running.ring.files
    kept = {name: os.environ[name] for name in ("HOME", "PATH", "TMPDIR") if name in os.environ}
    return kept | {
        "LANG": "C.UTF-8",
        "AXIS_ENVIRONMENT": "test",
        "AXIS_DATABASE__URL": running.embedded.database_url,
        "AXIS_BLOBS__PATH": str(running.folder / "blobs"),
        "AXIS_SEAL__KEY_FILE": str(files.seal_key),
        "AXIS_SEAL__CERTIFICATE_FILE": str(files.seal_certificate),
        "AXIS_TRUST__ANCHORS": str(files.anchors),
        "AXIS_TRUST__INTERMEDIATES": str(files.intermediates),
        "AXIS_WEB__TOKEN_KEY_FILE": str(files.token_key),
        "AXIS_WEB__PORT": "0",
        "AXIS_WORKER__PORT": "0",
    }


@pytest.fixture
def environment(running: RunningAxis) -> dict[str, str]:
    """The settings of one more process of the running axis."""
    return environment_of(running)


def test_a_worker_shows_its_health_and_leaves_what_one_measures_to_the_leader(
    running: RunningAxis, environment: Mapping[str, str]
) -> None:
    leading = running.embedded.axis.metrics.registry
    eventually(lambda: leading.get_sample_value("axis_leader") or None)
    with started("worker", environment) as worker:
        assert worker.get("/health/live").json() == {"live": True}
        ready = worker.get("/health/ready")
        assert (ready.status_code, ready.json()["ready"]) == (200, True)
        assert eventually(lambda: worker.gauges() >= {LEADER} or None)
        assert worker.gauges() == {LEADER, CLOCK, "axis_health"}
        assert f"{LEADER} 0.0" in worker.get("/metrics").text
        code, said = worker.end()
    assert code == ExitCode.DONE
    assert '"event": "axis_stopped"' in said


def test_a_web_door_shows_nothing_that_it_does_not_measure(environment: Mapping[str, str]) -> None:
    with started("serve", environment) as door:
        assert door.get("/health/ready").status_code == 200
        assert door.gauges() == {CLOCK, "axis_health"}
        form = {"grant_type": "client_credentials", "client_assertion_type": "x", "client_assertion": "x"}
        assert httpx.post(f"{door.url}/v1/token", data=form, trust_env=False).status_code == 400
        assert door.gauges() <= {CLOCK, "axis_health", DIRECTORY}
        code, said = door.end()
    assert code == ExitCode.DONE
    assert '"event": "axis_stopped"' in said


def test_an_axis_in_one_process_shows_both(running: RunningAxis) -> None:
    running.agency().sdk.lease()
    shown = httpx.get(f"{running.url}/metrics", trust_env=False).text
    missing = [name for name in (*SWEEP, LEADER, DIRECTORY, "axis_health") if f"# TYPE {name} gauge\n" not in shown]
    assert missing == []


def test_a_worker_that_finds_its_port_taken_says_so_and_does_no_work(environment: Mapping[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = subprocess.run(
            [*PROGRAM, "worker"],
            cwd=ROOT,
            env=dict(environment) | {"AXIS_WORKER__PORT": str(taken.getsockname()[1])},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == ExitCode.SETTINGS
    assert "AXIS_WORKER__PORT" in done.stderr
    assert "axis_started" not in done.stderr
