"""Uploads over HTTP: what the door refuses by itself, and a package that comes up in chunks like any other."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import replace

import httpx
import pytest

from axis.sdk import sign_bundle
from routing.uploads import CHUNK_BYTES_MAX, CHUNK_BYTES_MIN
from tests.envelopes.bundling import detached, files
from tests.fixtures.running import RunningAxis, Station
from tests.journey.refusing import problem_in

CHUNK = "application/offset+octet-stream"


def digest(octets: bytes) -> str:
    """The field value of a digest (RFC 9530)."""
    return f"sha-256=:{b64encode(hashlib.sha256(octets).digest()).decode()}:"


def large(running: RunningAxis, sender: Station, *recipients: Station) -> bytes:
    """Return a package of more than one chunk."""
    message = running.letter(sender, recipients)
    attachments = (files()[0], replace(files()[1], content=detached(bytes(3 * CHUNK_BYTES_MIN))))
    signed = sign_bundle(replace(message, attachments=attachments), sender.signer, at=running.clock.now())
    return b"".join(signed)


def begin(station: Station, package: bytes) -> httpx.Response:
    """Return the answer to the beginning of an upload."""
    headers = {"Upload-Length": str(len(package)), "Repr-Digest": digest(package)}
    return station.http.post("/v1/uploads", headers=headers)


def append(station: Station, address: str, octets: bytes, *, start: int, **headers: str) -> httpx.Response:
    """Return the answer to a chunk."""
    named = {"Content-Type": CHUNK, "Upload-Offset": str(start), "Content-Digest": digest(octets)}
    named |= {name.replace("_", "-"): one for name, one in headers.items()}
    return station.http.patch(address, content=octets, headers={name: one for name, one in named.items() if one})


def test_a_package_comes_up_in_chunks_and_is_receipted(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    package = large(running, sender, recipient)
    begun = begin(sender, package)
    assert (begun.status_code, begun.headers["Upload-Offset"]) == (201, "0")
    address, body = begun.headers["Location"], begun.json()
    assert (body["offset"], body["size"], body["chunk_max"]) == (0, len(package), CHUNK_BYTES_MAX)
    first = append(sender, address, package[:CHUNK_BYTES_MIN], start=0)
    assert (first.status_code, first.headers["Upload-Offset"]) == (200, str(CHUNK_BYTES_MIN)), first.text
    again = begin(sender, package)
    assert (again.status_code, again.json()["offset"]) == (200, CHUNK_BYTES_MIN)
    problem = problem_in(append(sender, address, package[:CHUNK_BYTES_MIN], start=5), 409, "upload/offset")
    assert problem["what_to_do"].startswith("Go on from")
    assert sender.http.get(address).json()["offset"] == CHUNK_BYTES_MIN
    incomplete = sender.http.post(f"{address}/submission")
    problem_in(incomplete, 409, "upload/incomplete")
    assert incomplete.headers["Upload-Offset"] == str(CHUNK_BYTES_MIN)
    append(sender, address, package[CHUNK_BYTES_MIN:], start=CHUNK_BYTES_MIN)
    accepted = sender.http.post(f"{address}/submission")
    assert accepted.status_code == 201, accepted.text
    assert accepted.json()["raw_digest"] == hashlib.sha256(package).hexdigest()
    repeated = sender.http.post(f"{address}/submission", headers={"Accept": "application/xml"})
    assert (repeated.status_code, b64encode(repeated.content).decode()) == (200, accepted.json()["receipt"])
    (offer,) = recipient.sdk.lease().offers
    assert recipient.sdk.fetch(offer) == package
    problem_in(append(sender, address, b"x", start=0), 409, "upload/ended")


@pytest.fixture
def address(running: RunningAxis, pair: tuple[Station, Station]) -> str:
    """An upload that was begun."""
    location: str = begin(pair[0], large(running, *pair)).headers["Location"]
    return location


def test_what_is_no_chunk_is_refused_and_changes_nothing(pair: tuple[Station, Station], address: str) -> None:
    sender, stranger = pair
    octets = bytes(CHUNK_BYTES_MIN)
    for answer, status, code in (
        (append(sender, address, octets, start=0, Content_Digest=digest(b"?")), 400, "request/digest-mismatch"),
        (append(sender, address, octets, start=0, Content_Digest="sha-256=:AAAA:"), 400, "request/digest-mismatch"),
        (append(sender, address, octets, start=0, Content_Digest=""), 400, "request/digest-missing"),
        (
            append(sender, address, octets, start=0, Content_Type="application/xml"),
            415,
            "request/unsupported-media-type",
        ),
        (append(sender, address, octets, start=0, Upload_Offset="-1"), 422, "request/invalid"),
        (append(sender, address, octets, start=0, Upload_Offset=""), 422, "request/invalid"),
        (append(sender, address, octets, start=1), 409, "upload/offset"),
        (append(sender, address, bytes(4 * CHUNK_BYTES_MIN), start=0), 409, "upload/too-long"),
        (append(sender, address, b"x", start=0), 409, "upload/chunk-too-small"),
        (append(sender, address, bytes(CHUNK_BYTES_MAX + 1), start=0), 413, "request/body-too-large"),
        (append(stranger, address, octets, start=0), 404, "resource/not-found"),
        (stranger.http.get(address), 404, "resource/not-found"),
        (stranger.http.delete(address), 404, "resource/not-found"),
        (stranger.http.post(f"{address}/submission"), 404, "resource/not-found"),
    ):
        problem_in(answer, status, code)
    assert sender.http.get(address).json()["offset"] == 0


def test_what_is_no_beginning_is_refused(running: RunningAxis, pair: tuple[Station, Station]) -> None:
    sender, most = pair[0], running.embedded.axis.settings.limits.multipart_package
    for headers, status, code in (
        ({"Upload-Length": "1"}, 400, "request/digest-missing"),
        ({"Upload-Length": "1", "Repr-Digest": "sha-256=:AAAA:"}, 400, "request/digest-mismatch"),
        ({"Repr-Digest": digest(b"")}, 422, "request/invalid"),
        ({"Upload-Length": "one", "Repr-Digest": digest(b"")}, 422, "request/invalid"),
        ({"Upload-Length": "0", "Repr-Digest": digest(b"")}, 400, "package/empty"),
        ({"Upload-Length": str(most + 1), "Repr-Digest": digest(b"")}, 413, "package/too-large"),
    ):
        problem_in(sender.http.post("/v1/uploads", headers=headers), status, code)


def test_an_upload_is_given_up(pair: tuple[Station, Station], address: str) -> None:
    sender, _ = pair
    assert sender.http.delete(address).json()["state"] == "ended"
    assert sender.http.get(address).json()["state"] == "ended"
    problem_in(sender.http.post(f"{address}/submission"), 409, "upload/ended")
