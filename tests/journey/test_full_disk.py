"""A disk that is really full: what is new is refused by name, what was kept is handed out; with room it goes on."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import httpx
import pytest

from axis.metrics import HealthCheck
from axis.web.spool import MEMORY_BYTES
from tests.axis.web.running import Logged
from tests.fixtures.running import RunningAxis, Station, started
from tests.journey.door import Door, comes_again, door_of

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a disk of its own")

SMALL: Final = "2m"
FOR_A_DATABASE: Final = "160m"
LETTERS_MAX: Final = 500
BLOCK: Final = 4096


@contextmanager
def disk(folder: Path, size: str) -> Iterator[Path]:
    """Yield the folder as a disk of this size."""
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=False)
    if made.returncode != 0:
        pytest.skip("this machine lets nobody make a disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nothing be written on the disk meanwhile, as a system does whose disk has failed."""
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", folder], check=True)


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Let nothing more fit on the disk meanwhile."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as stream, suppress(OSError):
        while stream.write(b"\0" * BLOCK):
            pass
    try:
        yield
    finally:
        filler.unlink()


def is_deferred(door: Door, sender: Station, package: bytes) -> None:
    """Send a package; it is to come again, and nothing of it is kept."""
    door.first.settle()
    before = door.first.rows()
    comes_again(lambda: door.client(sender).send(package))
    grown = {name for name, number in door.first.rows().items() if number != before[name]}
    assert grown <= {"used_assertions"}


def hands_over(door: Door, recipient: Station, package: bytes) -> None:
    """The recipient gets what was accepted before, and says so."""
    client = door.client(recipient)
    (offer,) = client.lease().offers
    assert client.fetch(offer) == package
    assert client.acknowledge(offer, recipient.signer)["state"] == "handed_over"


def test_a_full_object_store_refuses_what_is_new_and_hands_out_what_it_has(
    running: RunningAxis, tmp_path: Path, logged: Logged
) -> None:
    sender, recipient = running.agencies(2)
    kept, new = (running.package(sender, recipient) for _ in range(2))
    with disk(tmp_path / "small", SMALL) as small:
        blobs = running.embedded.axis.settings.blobs.model_copy(update={"path": small / "blobs"})
        with door_of(running, blobs=blobs) as door:
            door.client(sender).send(kept)
            with filled(small):
                is_deferred(door, sender, new)
                assert list((small / "blobs" / "incoming").iterdir()) == []
                door.axis.readiness.check()
                assert [one.name for one in door.axis.readiness.checks() if not one.is_passed] == [HealthCheck.STORE]
                assert {"store_unavailable", "work_failed"} <= {line["event"] for line in logged()}
                forget(logged)
                hands_over(door, recipient, kept)
            assert not door.client(sender).send(new).is_repeat
            door.axis.readiness.check()
            assert all(one.is_passed for one in door.axis.readiness.checks())
            hands_over(door, recipient, new)


def test_a_read_only_object_store_refuses_what_is_new_and_hands_out_what_it_has(
    running: RunningAxis, tmp_path: Path, logged: Logged
) -> None:
    sender, recipient = running.agencies(2)
    kept, new = (running.package(sender, recipient) for _ in range(2))
    with disk(tmp_path / "small", SMALL) as small:
        blobs = running.embedded.axis.settings.blobs.model_copy(update={"path": small / "blobs"})
        with door_of(running, blobs=blobs) as door:
            receipt = door.client(sender).send(kept)
            with read_only(small):
                is_deferred(door, sender, new)
                assert door.client(sender).send(kept).octets == receipt.octets
                hands_over(door, recipient, kept)
                door.axis.readiness.check()
                assert [one.name for one in door.axis.readiness.checks() if not one.is_passed] == [HealthCheck.STORE]
                forget(logged)
            assert not door.client(sender).send(new).is_repeat
            door.axis.readiness.check()
            assert all(one.is_passed for one in door.axis.readiness.checks())


def test_a_full_folder_for_bodies_refuses_large_packages_and_takes_small_ones(
    running: RunningAxis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    sender, recipient = running.agencies(2)
    with disk(tmp_path / "small", SMALL) as small, door_of(running) as door:
        monkeypatch.setattr(tempfile, "tempdir", str(small))
        with filled(small):
            is_deferred(door, sender, b"<x>" + b" " * 2 * MEMORY_BYTES)
            assert [line["event"] for line in logged() if line["level"] == "error"] == ["spool_unavailable"]
            assert [path.name for path in small.iterdir()] == ["filler"]
            assert not door.client(sender).send(running.package(sender, recipient)).is_repeat


@pytest.mark.slow
def test_a_database_without_room_refuses_what_is_new_and_goes_on_where_there_is_some(
    tmp_path: Path, logged: Logged
) -> None:
    with disk(tmp_path / "postgres", FOR_A_DATABASE) as database, started(tmp_path) as own:
        sender, recipient = own.agencies(2)
        kept = own.package(sender, recipient)
        receipt = sender.sdk.send(kept)
        own.settle()
        with door_of(own) as door, filled(database):
            token = door.client(sender).bearer()
            letters = (own.package(sender, recipient) for _ in range(LETTERS_MAX))
            refused = next(package for package in letters if not is_taken(door, token, package))
            assert sender.sdk.send(kept).octets == receipt.octets
            assert sender.sdk.trace(receipt.envelope_id)["deliveries"]
        assert not sender.sdk.send(refused).is_repeat
    # The worker of the same axis may have looked meanwhile; it failed at what was full, and at nothing else.
    failed = [line["exception"] for line in logged() if line["event"] == "work_failed"]
    assert all("psycopg.errors.DiskFull" in str(exception) for exception in failed)
    forget(logged)


def forget(logged: Logged) -> None:
    """Leave out what was logged so far: that a check failed is what it was made for."""
    logged.seek(0)
    logged.truncate()


def is_taken(door: Door, token: str, package: bytes) -> bool:
    """Return whether there was still room for a package; where there was none it is to come again."""
    answer = httpx.post(
        f"{door.url}/v1/envelopes",
        content=package,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/xml"},
    )
    assert answer.status_code in {201, 503}, answer.text
    return answer.status_code == 201
