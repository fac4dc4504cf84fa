"""Endorsements say one thing, and nothing else is read as one."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from envelopes.endorsement import EndorsementUnreadable, SealEndorsement, read_endorsement, write_endorsement
from envelopes.evidence_facts import Environment, EnvironmentKind

SAID = SealEndorsement(
    Environment(EnvironmentKind.PRODUCTION, "truc-quoc-gia"),
    "a" * 64,
    "b" * 64,
    datetime(2026, 11, 21, 8, 30, tzinfo=UTC),
)


def test_what_is_written_reads_back() -> None:
    assert read_endorsement(write_endorsement(SAID)) == SAID


CHANGES: dict[str, dict[str, object]] = {
    "no successor": {"successor": None},
    "itself": {"successor": "a" * 64},
    "upper case": {"successor": "B" * 64},
    "too short": {"seal": "a" * 63},
    "no hexadecimal": {"seal": "g" * 64},
    "unknown environment": {"environment": "staging"},
    "nameless axis": {"instance": ""},
    "endless name": {"instance": "x" * 65},
    "naive time": {"time": "2026-11-21T08:30:00"},
    "no time": {"time": "today"},
    "more than was asked": {"also": "this"},
}


@pytest.mark.parametrize("name", CHANGES)
def test_anything_else_is_no_endorsement(name: str) -> None:
    members = json.loads(write_endorsement(SAID)) | CHANGES[name]
    with pytest.raises(EndorsementUnreadable):
        read_endorsement(json.dumps(members).encode())


@pytest.mark.parametrize("octets", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000], ids=lambda octets: repr(octets[:4]))
def test_what_is_no_object_is_no_endorsement(octets: bytes) -> None:
    with pytest.raises(EndorsementUnreadable):
        read_endorsement(octets)
