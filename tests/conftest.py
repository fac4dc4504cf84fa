"""What holds for every test: Hypothesis profiles, and a word about outside judges that are not there."""

from __future__ import annotations

import os
import shutil

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
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Names each outside judge that is missing, in one line: the tests that need it were skipped."""
    for program, package in OUTSIDE_JUDGES.items():
        if shutil.which(program) is None:
            words = f"{program} is missing: the tests that need it were skipped (Debian package {package})."
            terminalreporter.write_line(words, yellow=True)
