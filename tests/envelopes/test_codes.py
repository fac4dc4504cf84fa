"""Codes of the wire: published values are members, everything else is kept as it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envelopes.codes import BusinessDocType, Priority, ReceiverType, StatusCode, UnknownCode, WireCode

KINDS = (BusinessDocType, StatusCode, Priority, ReceiverType)


@pytest.mark.parametrize("kind", KINDS)
def test_reads_every_member_back(kind: type[WireCode]) -> None:
    assert [kind.read(member.value) for member in kind] == list(kind)


@pytest.mark.parametrize(
    ("raw", "code"),
    [("3", StatusCode.RECEIVED), (" 03 ", StatusCode.RECEIVED), ("003", StatusCode.RECEIVED), ("\n13", "13")],
)
def test_ignores_blanks_and_leading_zeros(raw: str, code: str) -> None:
    assert StatusCode.read(raw) == code


@pytest.mark.parametrize("raw", ["14", "103", "", "-1", "1.0", "１", "³", "03a"])
def test_keeps_what_no_table_explains(raw: str) -> None:
    assert StatusCode.read(raw) == UnknownCode(raw)


def test_reads_a_row_of_digits_that_no_integer_can_hold() -> None:
    assert StatusCode.read("9" * 10_000) == UnknownCode("9" * 10_000)
    assert StatusCode.read("0" * 10_000 + "3") is StatusCode.RECEIVED


@given(st.text())
def test_reading_what_was_read_changes_nothing(raw: str) -> None:
    for kind in KINDS:
        code = kind.read(raw)
        assert kind.read(str(code)) == code


def test_only_the_request_to_take_back_is_the_senders() -> None:
    assert [code for code in StatusCode if code.is_by_sender] == [StatusCode.TAKE_BACK_ASKED]


def test_refusals_and_requests_to_take_back_need_a_reason() -> None:
    assert {code.value for code in StatusCode if code.needs_reason} == {"02", "13", "16"}


def test_leases_give_express_first_and_know_four_ranks() -> None:
    assert [priority.rank for priority in Priority] == [0, 1, 2, 3, 3]
