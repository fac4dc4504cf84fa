"""The brokers that tests start do not outlive them, however they end."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from axis.settings import BrokerKind
from tests.architecture.source import ROOT
from tests.fixtures.brokers import PACKAGES, is_installed
from tests.fixtures.running import eventually

_STARTS: str = """
import sys
from pathlib import Path
from axis.settings import BrokerKind
from tests.fixtures.brokers import serving
with serving(BrokerKind(sys.argv[1]), Path(sys.argv[2])) as server:
    print(server.port, getattr(server, "mapper_port", server.port), flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("kind", [BrokerKind.REDIS, BrokerKind.RABBITMQ])
def test_a_broker_ends_with_whoever_started_it(kind: BrokerKind, tmp_path: Path) -> None:
    if not is_installed(kind):
        pytest.skip(f"no {PACKAGES[kind]} (Debian package {PACKAGES[kind]})")
    command = [sys.executable, "-c", _STARTS, kind.value, str(tmp_path / "broker")]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        ports = [int(port) for port in starter.stdout.readline().split()]
        assert all(map(_answers, ports))
        starter.send_signal(signal.SIGKILL)
        starter.wait(20)
    eventually(lambda: None if any(map(_answers, ports)) else True)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
