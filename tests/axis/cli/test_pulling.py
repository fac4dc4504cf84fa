"""What becomes of a lease when the axis falls silent half-way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from axis.cli.exits import ExitCode
from axis.cli.language import Language
from axis.cli.output import Output
from axis.cli.pulling import Haul, offer_document, show_haul, take
from axis.sdk import Axis, Credentials, Lease, Offer
from envelopes.identifiers import DeliveryId, EnvelopeId, OrganId, SystemId
from signing.assertions import AssertionKey
from tests.axis.cli.conftest import Axis as Program
from tests.signing.pki import MOMENT, certificate, credential, hierarchy

PACKAGES = (b"first", b"second", b"third")


def offer(number: int) -> Offer:
    """Return the offer of one of the packages."""
    octets = PACKAGES[number]
    return Offer(
        delivery_id=DeliveryId(UUID(int=number)),
        envelope_id=EnvelopeId(UUID(int=number + 100)),
        recipient=OrganId("H26"),
        sender=OrganId("H51"),
        kind="edoc",
        document_id=None,
        subject=None,
        priority_rank=0,
        size=len(octets),
        digest=hashlib.sha256(octets).hexdigest(),
    )


LEASE = Lease("a", MOMENT + timedelta(minutes=15), tuple(offer(number) for number in range(3)))


def sent(octets: bytes) -> httpx.Response:
    """Return an answer whose octets are still on their way."""
    return httpx.Response(200, stream=httpx.ByteStream(octets))


def haul(folder: Path, second: Callable[[httpx.Request], httpx.Response]) -> Haul:
    """Return what becomes of the lease, where `second` answers to the second download."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/token":
            return httpx.Response(200, json={"access_token": "t", "expires_in": 300})
        number = next(number for number in range(3) if str(UUID(int=number)) in request.url.path)
        return second(request) if number == 1 else sent(PACKAGES[number])

    http = httpx.Client(transport=httpx.MockTransport(answer), verify=False)  # noqa: S501 nothing leaves this process
    seals = (certificate(credential()), certificate(hierarchy().root))
    credentials = Credentials(SystemId("van-thu"), AssertionKey.generate())
    with Axis("http://127.0.0.1:1", credentials, seal_certificates=seals, http=http) as axis:
        return take(Output(Language.EN), axis, lease=LEASE, folder=folder, clerk=None)


def test_where_the_axis_falls_silent_the_rest_is_left_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("gone", request=request)

    done = haul(tmp_path, silent)
    assert [one.offer for one in done.taken] == [offer(0)]
    assert [(one.offer, one.failure.exit_code) for one in done.failed] == [(offer(1), ExitCode.UNREACHABLE)]
    assert done.left == [offer(2)]
    show_haul(Output(Language.EN), LEASE, haul=done)
    told = capsys.readouterr()
    assert f"{tmp_path / str(UUID(int=0))}.edxml" in told.out
    assert [line for line in told.err.splitlines() if line.startswith("  0")] == [
        f"  {UUID(int=1)}",
        f"  {UUID(int=2)}",
    ]


def test_a_download_that_differs_keeps_no_other(tmp_path: Path) -> None:
    done = haul(tmp_path, lambda _: sent(b"another"))
    assert [one.offer for one in done.taken] == [offer(0), offer(2)]
    assert [(one.failure.code, one.file) for one in done.failed] == [("cli/content-differs", None)]
    assert done.left == []
    assert sorted(path.name for path in tmp_path.glob("*.edxml")) == [f"{UUID(int=0)}.edxml", f"{UUID(int=2)}.edxml"]


def test_where_the_axis_is_out_of_reach_files_that_were_not_tried_are_named(axis: Program, keys: Path) -> None:
    files = [keys / f"{number}.edxml" for number in range(3)]
    for number, file in enumerate(files):
        file.write_bytes(PACKAGES[number])
        file.with_suffix(".json").write_text(json.dumps(offer_document(offer(number))))
    profile = ("--profile", keys / "profile.toml")
    ran = axis("inbox", "ack", *files, *profile, "--json")
    assert ran.code is ExitCode.UNREACHABLE
    assert [one["file"] for one in ran.document["failed"]] == [str(files[0])]
    assert ran.document["left"] == [str(file) for file in files[1:]]
    in_words = axis("inbox", "ack", *files, *profile)
    assert in_words.err.splitlines()[-3:] == ["Not tried:", *(f"  {file}" for file in files[1:])]

    ran = axis("envelope", "send", *files, *profile, "--json")
    assert (ran.code, ran.document["left"]) == (ExitCode.UNREACHABLE, [str(file) for file in files[1:]])
    in_words = axis("envelope", "send", *files, *profile)
    assert in_words.err.splitlines()[-3:] == ["Not tried:", *(f"  {file}" for file in files[1:])]
