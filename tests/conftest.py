"""What holds for every test: Hypothesis profiles, and a word about outside judges that are not there."""

from __future__ import annotations

import os
import shutil
from itertools import groupby

import pytest
from hypothesis import settings

pytest_plugins = [
    "tests.fixtures.postgres",
    "tests.fixtures.authorities",
    "tests.fixtures.brokers",
    "tests.fixtures.exchange",
    "tests.fixtures.gateway",
    "tests.fixtures.running",
    "tests.fixtures.tokens",
    "tests.fixtures.world",
]

OUTSIDE_JUDGES = {
    "openssl": "openssl",
    "rabbitmq-server": "rabbitmq-server",
    "redis-server": "redis-server",
    "softhsm2-util": "softhsm2",
    "xmlsec1": "xmlsec1",
    "radosgw": "radosgw",
    "ceph-mon": "ceph-mon",
    "ceph-osd": "ceph-osd",
    "ceph": "ceph-common",
}
"""Programs that tests need from outside, and the Debian package each comes in."""

# No deadline: a machine that runs several test processes and a database stalls now and then, and that is no failure.
settings.register_profile("here", deadline=None)
# Continuous integration tries the same examples each time, so more of them find nothing new: people's machines do.
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True, max_examples=50)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")


LONG = ("tests/chaos/", "tests/journey/test_crash", "tests/journey/test_several_processes", "tests/axis/demo/")
"""Tests that take longest, and mostly wait: begun among the others they cost little, at the end everybody waits."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the longest over the first two thirds of the run, between modules, in the same order in every process."""
    modules = [list(group) for _, group in groupby(items, key=lambda item: item.nodeid.partition("::")[0])]
    long = [module for module in modules if module[0].nodeid.startswith(LONG)]
    others = [module for module in modules if not module[0].nodeid.startswith(LONG)]
    pause = 2 * len(others) // 3 // max(1, len(long))
    ordered: list[pytest.Item] = []
    for number, module in enumerate(others):
        if long and pause and number % pause == 0:
            ordered += long.pop(0)
        ordered += module
    items[:] = [*ordered, *(item for module in long for item in module)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Names each outside judge that is missing, in one line: the tests that need it were skipped."""
    for program, package in OUTSIDE_JUDGES.items():
        if shutil.which(program) is None:
            words = f"{program} is missing: the tests that need it were skipped (Debian package {package})."
            terminalreporter.write_line(words, yellow=True)
