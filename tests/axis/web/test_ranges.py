"""Range requests: one part of a package, and what is answered to everything else that may stand in the header."""

from __future__ import annotations

import httpx
import pytest
from starlette.datastructures import Headers

from axis.exchange.contents import Part
from axis.web.ranges import part_asked
from tests.axis.web.fakes import FakeAxis

OCTETS = b"<edXML/>"


def asked(*values: str, **others: str) -> Part | None:
    raw = [(b"range", value.encode()) for value in values]
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in others.items()]
    return part_asked(Headers(raw=raw + named))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bytes=0-0", Part(0, 0)),
        ("bytes=0-499", Part(0, 499)),
        ("bytes=500-", Part(500)),
        ("bytes=-500", Part(tail=500)),
        ("bytes=-0", Part(tail=0)),
        ("Bytes= 5-7\t", Part(5, 7)),
        ("bytes=007-8", Part(7, 8)),
        (f"bytes={'9' * 15}-", Part(10**15 - 1)),
    ],
)
def test_one_range_is_read(value: str, expected: Part) -> None:
    assert asked(value) == expected


WHOLE = [
    "",
    "bytes",
    "bytes=",
    "bytes=-",
    "bytes=5-3",
    "bytes=0-1,5-6",
    "bytes=0-1,",
    "bytes=a-b",
    "bytes=+1-2",
    "bytes=1 - 2",
    "bytes=0x1-",
    "bytes=1--2",
    "bytes=٣-",
    "octets=0-1",
    "seconds=0-1",
    f"bytes={'9' * 5_000}-",
]
"""What the standard lets a server ignore."""


@pytest.mark.parametrize("value", WHOLE)
def test_anything_else_asks_for_the_whole(value: str) -> None:
    assert part_asked(Headers(raw=[(b"range", value.encode("utf-8"))])) is None


def test_no_range_two_lines_and_a_condition_ask_for_the_whole() -> None:
    assert asked() is None
    assert asked("bytes=0-1", "bytes=2-3") is None
    assert asked("bytes=0-1", if_range='"a"') is None


@pytest.fixture
def address(axis: FakeAxis) -> str:
    return f"/v1/envelopes/{axis.tracer.view.envelope_id}/content"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bytes=0-0", (b"<", "bytes 0-0/8")),
        ("bytes=3-", (b"XML/>", "bytes 3-7/8")),
        ("bytes=3-5", (b"XML", "bytes 3-5/8")),
        ("bytes=3-500", (b"XML/>", "bytes 3-7/8")),
        ("bytes=-2", (b"/>", "bytes 6-7/8")),
        ("bytes=-500", (OCTETS, "bytes 0-7/8")),
        ("bytes=0-", (OCTETS, "bytes 0-7/8")),
    ],
)
def test_a_part_says_where_it_belongs_and_of_which_whole_it_is(
    client: httpx.Client, ministry: dict[str, str], address: str, value: str, expected: tuple[bytes, str]
) -> None:
    whole = client.get(address, headers=ministry)
    part = client.get(address, headers=ministry | {"Range": value})
    assert (part.status_code, (part.content, part.headers["Content-Range"])) == (206, expected)
    assert part.headers["Content-Length"] == str(len(expected[0]))
    assert (whole.headers["Accept-Ranges"], part.headers["Accept-Ranges"]) == ("bytes", "bytes")
    assert part.headers["Repr-Digest"] == whole.headers["Repr-Digest"]
    assert part.headers["Content-Type"] == "application/xml"


@pytest.mark.parametrize("value", ["bytes=8-", "bytes=8-9", "bytes=-0", "bytes=999999999999999-"])
def test_a_range_without_octets_is_told_the_size_and_opens_nothing(
    client: httpx.Client, axis: FakeAxis, ministry: dict[str, str], address: str, value: str
) -> None:
    answer = client.get(address, headers=ministry | {"Range": value})
    assert (answer.status_code, answer.json()["code"]) == (416, "request/range-not-satisfiable")
    assert answer.headers["Content-Range"] == "bytes */8"
    assert axis.shelf.opened == []


@pytest.mark.parametrize("headers", [{"Range": "bytes=0-1,3-4"}, {"Range": "bytes=0-1", "If-Range": '"x"'}])
def test_what_is_no_single_range_gets_the_whole(
    client: httpx.Client, ministry: dict[str, str], address: str, headers: dict[str, str]
) -> None:
    answer = client.get(address, headers=ministry | headers)
    assert (answer.status_code, answer.content) == (200, OCTETS)
    assert "Content-Range" not in answer.headers
