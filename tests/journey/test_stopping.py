"""Programs that are told to stop (SIGTERM, as a restart does): they finish what is in hand and begin nothing new."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pytest

from axis.embedded import Plan
from axis.sdk import ReceiptVerifier
from envelopes.evidence import EvidenceType
from tests.fixtures.running import UNLIMITED, RunningAxis, eventually, started

ROOT: Final = Path(__file__).parents[2]
PROGRAM: Final = (sys.executable, "-c", "from axis.cli.main import run; run()")
PATIENCE_SECONDS: Final = 60
READ: Final = 65_536
LETTERS: Final = 8

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAxis]:
    """An axis without a worker, so that a program of its own can be one."""
    plan = Plan(is_throwaway=True, has_worker=False, limits={"requests_per_minute": UNLIMITED})
    with started(tmp_path_factory.mktemp("silent"), plan=plan) as running:
        yield running


@contextmanager
def program(running: RunningAxis, name: str) -> Iterator[subprocess.Popen[str]]:
    """Yield `axis serve` or `axis worker` as an installation starts it; it must have ended well in the end."""
    settings = running.embedded.axis.settings
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "AXIS_DATABASE__URL": running.embedded.database_url,
        "AXIS_BLOBS__PATH": str(settings.blobs.path),
        "AXIS_SEAL__KEY_FILE": str(settings.seal.key_file),
        "AXIS_SEAL__CERTIFICATE_FILE": str(settings.seal.certificate_file),
        "AXIS_TRUST__ANCHORS": str(settings.trust.anchors),
        "AXIS_TRUST__INTERMEDIATES": str(settings.trust.intermediates),
        "AXIS_WEB__PORT": "0",
        # A token of the first process is one here too.
        "AXIS_WEB__PUBLIC_URL": settings.web.public_url,
        "AXIS_WEB__TOKEN_KEY_FILE": str(settings.web.token_key_file),
    }
    with subprocess.Popen([*PROGRAM, name], env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
            assert process.wait(PATIENCE_SECONDS) == 0
        finally:
            process.kill()


def said(process: subprocess.Popen[str], start: str) -> str:
    """Return the next line the program writes that begins like this."""
    assert process.stderr is not None
    return next(line.strip() for line in process.stderr if line.startswith(start))


def is_ready(process: subprocess.Popen[str]) -> None:
    """Return when the program has logged that it is."""
    assert process.stderr is not None
    assert any('"axis_started"' in line for line in process.stderr)


def takes_no_more(url: str) -> bool | None:
    try:
        httpx.get(f"{url}/health/live")
    except httpx.ConnectError:
        return True
    return None


@contextmanager
def begun(url: str, path: str, media_type: str, *, body: bytes, token: str) -> Iterator[socket.socket]:
    """Yield the connection of a call whose body is awaited, and of which nothing has been sent but the head."""
    parts = urlsplit(url)
    address = (str(parts.hostname), int(parts.port or 0))
    with closing(socket.create_connection(address, timeout=PATIENCE_SECONDS)) as connection:
        head = [f"POST {path} HTTP/1.1", "Host: axis", f"Content-Type: {media_type}", f"Content-Length: {len(body)}"]
        head += ["Expect: 100-continue", f"Authorization: Bearer {token}", "", ""]
        connection.sendall("\r\n".join(head).encode())
        assert connection.recv(READ).startswith(b"HTTP/1.1 100")
        yield connection


def answer_on(connection: socket.socket) -> tuple[int, Any]:
    """Return status and body of the answer after which the server ends the connection."""
    head, _, body = b"".join(iter(lambda: connection.recv(READ), b"")).partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def test_an_upload_in_hand_gets_its_receipt_and_whoever_waits_goes_home(silent: RunningAxis) -> None:
    sender, recipient = silent.agencies(2)
    package, wish = silent.package(sender, recipient), b'{"wait": 30}'
    with program(silent, "serve") as process, ExitStack() as calls:
        url = said(process, "http")
        upload = calls.enter_context(
            begun(url, "/v1/envelopes", "application/xml", body=package, token=sender.sdk.bearer())
        )
        waiting = calls.enter_context(
            begun(url, "/v1/leases", "application/json", body=wish, token=recipient.sdk.bearer())
        )
        upload.sendall(package[:100])
        waiting.sendall(wish)
        process.send_signal(signal.SIGTERM)
        eventually(lambda: takes_no_more(url), seconds=PATIENCE_SECONDS)
        assert answer_on(waiting) == (200, {"lease_id": None, "leased_until": None, "deliveries": []})
        upload.sendall(package[100:])
        status, accepted = answer_on(upload)
    assert status == 201
    ((evidence, octets),) = sender.sdk.evidences(accepted["envelope_id"])
    verifier = ReceiptVerifier.pinned(silent.ring.seal)
    assert verifier.verify_for_package(octets, package, at=silent.clock.now()) == evidence
    assert base64.b64decode(accepted["receipt"]) == octets


def test_a_worker_ends_with_everything_stored_or_still_owed(silent: RunningAxis) -> None:
    sender, recipient = silent.agencies(2)
    for _ in range(LETTERS):
        sender.sdk.send(silent.package(sender, recipient))
    sealed = EvidenceType.CONTENT_CONSIGNMENT
    with program(silent, "worker") as process:
        is_ready(process)
        eventually(lambda: silent.rows()["owed_evidences"] < LETTERS or None, seconds=PATIENCE_SECONDS)
        process.send_signal(signal.SIGTERM)
    with program(silent, "worker") as process:
        is_ready(process)
        eventually(lambda: silent.rows()["owed_evidences"] == 0 or None, seconds=PATIENCE_SECONDS)
        process.send_signal(signal.SIGTERM)
    for one in sender.sdk.sent()["items"]:
        kinds = [evidence.type for evidence, _ in sender.sdk.evidences(one["envelope_id"])]
        assert kinds.count(sealed) == 1
