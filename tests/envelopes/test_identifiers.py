"""Identifiers are parsed once: what is refused, which syntax a text follows, and its mechanical counterpart."""

from __future__ import annotations

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from envelopes.identifiers import DocumentId, IdentifierError, OrganId, OrganIdSyntax, SystemId

_LETTERS = frozenset(string.ascii_letters + string.digits + "._-")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        " H26.18",
        "H26.18 ",
        "H26.18\n",
        "H26 18",
        ".H26",
        "H26/18",
        "Н26.18",  # Cyrillic Н
        "H26.１８",  # full-width digits
        "H26\u200b.18",
        "H26\u202e.18",
        "H26.18<!---->",
        "H" * 36,
    ],
)
def test_refuses_what_is_no_agency_id(text: str) -> None:
    with pytest.raises(IdentifierError):
        OrganId(text)


@given(st.sampled_from(["000.00.15.H51", "H51", "vxp.saas.03"]), st.integers(0, 13), st.characters())
def test_no_letter_beyond_the_few_is_ever_part_of_an_agency_id(text: str, place: int, letter: str) -> None:
    assume(letter not in _LETTERS)
    with pytest.raises(IdentifierError):
        OrganId(text[:place] + letter + text[place:])


@pytest.mark.parametrize(
    ("text", "syntax"),
    [
        ("000.00.15.H51", OrganIdSyntax.QCVN_2016),
        ("002.00.20.H13", OrganIdSyntax.QCVN_2016),
        ("H51.15", OrganIdSyntax.QD20_STATE),
        ("H51", OrganIdSyntax.QD20_STATE),
        ("H37.DN.001", OrganIdSyntax.QD20_STATE),
        ("0100109106", OrganIdSyntax.QD20_BUSINESS),
        ("0100109106-001", OrganIdSyntax.QD20_BUSINESS),
        ("Z01abc", OrganIdSyntax.QD20_SCHEME),
        ("Z00abc", OrganIdSyntax.OTHER),
        ("vxp.saas.03", OrganIdSyntax.OTHER),
        ("001.00.20.TT2", OrganIdSyntax.OTHER),
        ("28.22.H17", OrganIdSyntax.OTHER),
    ],
)
def test_knows_the_syntax(text: str, syntax: OrganIdSyntax) -> None:
    assert OrganId(text).syntax is syntax


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("000.00.15.H51", "H51.15"),
        ("002.00.20.H13", "H13.20.00.002"),
        ("000.00.00.G22", "G22"),
        ("H51.15", "000.00.15.H51"),
        ("G22", "000.00.00.G22"),
        ("H55.242", None),  # wider than the slot of 2016
        ("H37.DN.001", None),
        ("H51.15.01.002.03", None),
        ("vxp.saas.03", None),
    ],
)
def test_offers_the_mechanical_counterpart_as_a_hint(text: str, other: str | None) -> None:
    found = OrganId(text).counterpart()
    assert (None if found is None else found.value) == other


@given(st.from_regex(r"\d{3}\.\d{2}\.\d{2}\.[A-Y]\d{2}", fullmatch=True, alphabet="0123456789.ABCDEFGHY"))
def test_counterpart_of_a_13_character_id_leads_back_to_it(text: str) -> None:
    there = OrganId(text).counterpart()
    assert there is not None
    assert there.counterpart() == OrganId(text)


def test_two_spellings_of_one_agency_are_not_equal() -> None:
    assert OrganId("H51.15") != OrganId("000.00.15.H51")


def test_agencies_may_not_differ_by_case_alone() -> None:
    assert OrganId("h37.dn.001") != OrganId("H37.DN.001")
    assert OrganId("h37.dn.001").key == OrganId("H37.DN.001").key


@pytest.mark.parametrize(
    "text",
    [
        "000.00.00.G22,2015/09/30,7816/VPCP-TTĐT",
        "69b71816-af03-43be-b2f5-2a9e519742ca",
        "000.00.00.G22,2014/02/30,1/A",  # an impossible date: ids are never parsed
        "x" * 255,
    ],
)
def test_takes_any_printable_document_id(text: str) -> None:
    assert str(DocumentId(text)) == text


@pytest.mark.parametrize("text", ["", " a", "a ", "a\nb", "a\tb", "a\u202eb", "a\u00a0b", "\ud800", "x" * 256])
def test_refuses_what_is_no_document_id(text: str) -> None:
    with pytest.raises(IdentifierError):
        DocumentId(text)


@pytest.mark.parametrize("text", ["", "A", "-a", "a-", "a_b", "a b", "x" * 65])
def test_refuses_what_is_no_system_id(text: str) -> None:
    with pytest.raises(IdentifierError):
        SystemId(text)
