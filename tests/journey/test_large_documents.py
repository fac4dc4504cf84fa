"""A document of 300 MB goes in and out of a web door in earnest, and the door hardly grows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import httpx
import pytest

from axis.embedded import Plan
from axis.sdk import Axis, sign_bundle
from envelopes.bundles import type_at
from envelopes.detached import Detached
from envelopes.model import Attachment, Envelope
from tests.fixtures.running import UNLIMITED, RunningAxis, Station, started
from tests.journey.test_processes import Watched, environment_of
from tests.journey.test_processes import started as process
from tests.storage.shelving import write_ring

MEBIBYTE: Final = 1024 * 1024
LARGE: Final = 300_000_000
"""Octets of the attachment."""

GROWTH_MAX: Final = 200_000_000
"""Octets that the door may grow by, at its largest moment. It grows by 17 million."""

UPLOADED: Final = 100_000_000
"""Octets of the attachment that comes up in chunks, each of which is kept and read back: a third, to save time."""

UPLOADED_GROWTH_MAX: Final = 66_000_000
"""Octets that the door may grow by over that one: a third, too."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAxis]:
    """An axis without a worker: nobody looks for the objects of the door beside it."""
    plan = Plan(is_throwaway=True, has_worker=False, limits={"requests_per_minute": UNLIMITED})
    with started(tmp_path_factory.mktemp("large"), plan=plan) as running:
        yield running


def scan(folder: Path, size: int) -> Path:
    """Return a file of that size in which every megabyte is another."""
    path = folder / "scan.tif"
    block = hashlib.shake_256(b"scan").digest(MEBIBYTE)
    with path.open("wb") as file:
        for number in range(size // MEBIBYTE):
            file.write(number.to_bytes(8, "big") + block[8:])
        file.write(bytes(size - file.tell()))
    return path


@pytest.fixture
def environment(silent: RunningAxis, tmp_path: Path) -> Mapping[str, str]:
    """The settings of a door with a store of its own, in which everything is encrypted."""
    return environment_of(silent) | {
        "AXIS_WEB__PUBLIC_URL": silent.url,
        "AXIS_BLOBS__PATH": str(tmp_path / "blobs"),
        "AXIS_BLOBS__KEYS_FOLDER": str(write_ring(tmp_path / "keys", "2026")),
    }


def peak_of(door: Watched) -> int:
    """Return how many octets of memory a process had resident at its largest moment."""
    status = Path(f"/proc/{door.process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def packed(running: RunningAxis, sender: Station, recipient: Station, *, file: Path) -> Path:
    """Return the package with the file, signed, on the disk."""
    content = Detached.measured(lambda: file.open("rb"))
    message: Envelope = running.letter(sender, [recipient])
    message = replace(message, attachments=(Attachment("scan", "Hồ sơ.tif", content, "image/tiff"),))
    package = file.with_name(f"{sender.organ_id}.edxml")
    with package.open("wb") as sink:
        for piece in sign_bundle(message, sender.signer, at=running.clock.now()):
            sink.write(piece)
    return package


def client_at(running: RunningAxis, station: Station, url: str) -> Axis:
    """Return the client of an agency that knocks at another door under the axis's one address."""

    def elsewhere(request: httpx.Request) -> None:
        request.url = request.url.copy_with(port=httpx.URL(url).port)

    http = httpx.Client(timeout=60, trust_env=False, event_hooks={"request": [elsewhere]})
    seal = running.ring.seal
    return Axis(running.url, station.participant.credentials, seal_certificates=seal, clock=running.clock, http=http)


def post(door: Watched, sender: Station, package: Path) -> httpx.Response:
    """Return the answer to a package that goes in by one request."""
    with package.open("rb") as octets:
        headers = {
            "Authorization": f"Bearer {sender.sdk.bearer()}",
            "Content-Type": type_at(octets),
            "Content-Length": str(package.stat().st_size),
        }
        octets.seek(0)
        pieces = iter(lambda: octets.read(MEBIBYTE), b"")
        return httpx.post(f"{door.url}/v1/envelopes", content=pieces, headers=headers, timeout=60, trust_env=False)


def test_a_document_of_300_megabytes_goes_in_and_out_within_bounded_memory(
    silent: RunningAxis, environment: Mapping[str, str], tmp_path: Path
) -> None:
    sender, recipient = silent.agencies(2)
    package = packed(silent, sender, recipient, file=scan(tmp_path, LARGE))
    with process("serve", environment) as door:
        before = peak_of(door)
        answer = post(door, sender, package)
        assert answer.status_code == 201, answer.text
        after_request = peak_of(door)
        with client_at(silent, recipient, door.url) as client, package.open("r+b") as sink:
            (offer,) = client.lease().offers
            client.fetch_into(offer, sink)
            sink.seek(0)
            assert hashlib.file_digest(sink, "sha256").hexdigest() == offer.digest == answer.json()["raw_digest"]
        after_download = peak_of(door)
    assert after_request - before < GROWTH_MAX
    assert after_download - before < GROWTH_MAX


def test_a_large_document_comes_up_in_chunks_within_bounded_memory(
    silent: RunningAxis, environment: Mapping[str, str], tmp_path: Path
) -> None:
    sender, recipient = silent.agencies(2)
    package = packed(silent, sender, recipient, file=scan(tmp_path, UPLOADED))
    with process("serve", environment) as door:
        before = peak_of(door)
        with client_at(silent, sender, door.url) as client:
            receipt = client.send_file(package)
            assert client.send_file(package).octets == receipt.octets
        after = peak_of(door)
    assert receipt.evidence.content is not None
    assert receipt.evidence.content.size == package.stat().st_size
    assert after - before < UPLOADED_GROWTH_MAX
