"""The run under trouble, a short one: 24 seconds of trouble instead of ten minutes, on the same real servers."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from axis.settings import BrokerKind
from tests.architecture.source import ROOT
from tests.chaos.__main__ import STORE_VARIABLE
from tests.fixtures.brokers import PACKAGES, is_installed
from tests.fixtures.gateway import Gateway

MINUTES = 0.4
DELIVERIES = 60
QUIET_SECONDS = 300
"""Twice what it takes on a machine that does something else, too: what a killed worker told a webhook of is another's
after two minutes. What is left then is told and is wrong."""

TROUBLES = (
    *("worker-1 killed", "worker-2 killed", "door-1 killed"),
    *("database crashed", "database restarted", "broker flushed", "broker killed"),
    *("store away", "store errors", "store cut"),
    *("worker-1 clock +3600 s", "worker-2 clock -3600 s", "worker-1 clock +3456000 s"),
    *("door-1 clock +3600 s", "door-2 clock -3456000 s"),
)
"""Each of them must have taken effect: somebody met it."""

SECONDS_MAX = 600

pytestmark = pytest.mark.slow


@pytest.mark.skipif(not is_installed(BrokerKind.REDIS), reason=f"no {PACKAGES[BrokerKind.REDIS]} (Debian package)")
def test_nothing_is_lost_and_nothing_comes_twice_whatever_fails(gateway: Gateway) -> None:
    place = gateway.place
    environment = os.environ | {STORE_VARIABLE: f"{place.endpoint} {place.access_key} {place.secret_key}"}
    wanted = {"--minutes": MINUTES, "--deliveries": DELIVERIES, "--quiet": QUIET_SECONDS}
    command = [sys.executable, "-m", "tests.chaos", *(str(part) for pair in wanted.items() for part in pair)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS_MAX
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figures = {line[12:].strip(): int(line[:12].replace(",", "")) for line in _figures(done.stdout)}
    assert figures["things that must never be"] == 0
    assert figures["deliveries"] >= DELIVERIES
    assert [one for one in TROUBLES if not figures.get(one)] == [], done.stdout
    assert figures["documents whose evidence was verified"] > 0
    assert figures["calls of webhooks"] > 0
    assert figures["failed calls that clients repeated"] > 0, "nothing failed, so nothing was tried"


def _figures(said: str) -> list[str]:
    """Return the lines of the table at the end."""
    lines = said.splitlines()
    return lines[lines.index(next(line for line in lines if line.endswith("judging"))) + 1 :]
