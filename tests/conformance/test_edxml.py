"""Packages built by the axis operator's own library, and variations judged by its parser, read alike here."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from envelopes.dialects import SignatureKind
from envelopes.errors import UnreadableMessage
from envelopes.model import Envelope
from envelopes.reader import read
from envelopes.status import StatusReport
from envelopes.writer import write
from tests.conformance import edxml
from tests.conformance.edxml import (
    DIFFERENT,
    ERRORS,
    REFUSED,
    Case,
    baseline,
    differing,
    errors,
    errors_of,
    octets,
    said_to_differ,
)
from tests.conformance.folder import ABSENT
from tests.conformance.outcomes import Agreement, Why

_VARIATIONS = edxml.variations()
if not _VARIATIONS:
    pytest.skip(ABSENT, allow_module_level=True)

_FAILS = [case for case in _VARIATIONS if case["sdk_parser"] == "fails"]


def _read_by_both() -> list[Case]:
    return [case for case in _VARIATIONS if case["sdk_parser"] == "reads" and case["variation"] not in REFUSED]


def _name(case: Case) -> str:
    return str(case["file"])


@pytest.mark.parametrize("case", _read_by_both(), ids=_name)
def test_what_existing_receivers_read_is_read_alike(case: Case) -> None:
    reading = read(octets(case))
    if case["variation"] == "document parsed as status":
        assert isinstance(reading.message, Envelope)
        return
    origin = baseline(case)
    assert type(reading.message) is type(origin.message)
    beyond = DIFFERENT[case["variation"]][0] if case["variation"] in DIFFERENT else set()
    allowed = said_to_differ(case, type(origin.message)) | beyond
    assert differing(reading, origin) <= allowed or edxml.is_cut_off(case)


@pytest.mark.parametrize("case", _read_by_both(), ids=_name)
def test_only_what_is_hostile_or_in_doubt_is_an_error(case: Case) -> None:
    expected = ERRORS[case["variation"]][0] if case["variation"] in ERRORS else set()
    assert errors_of(case) == expected


@pytest.mark.parametrize("case", [c for c in _VARIATIONS if c["variation"] in REFUSED], ids=_name)
def test_what_is_hostile_is_refused_by_name(case: Case) -> None:
    with pytest.raises(UnreadableMessage) as caught:
        read(octets(case))
    assert caught.value.finding.code == REFUSED[case["variation"]][0]


@pytest.mark.parametrize("case", _FAILS, ids=_name)
def test_what_existing_receivers_lose_is_read_or_refused_by_name(case: Case) -> None:
    try:
        reading = read(octets(case))
    except UnreadableMessage as refusal:
        assert refusal.finding.code.startswith("package/")  # noqa: PT017  either outcome is right
    else:
        assert isinstance(reading.message, Envelope | StatusReport)


@pytest.mark.parametrize("case", _FAILS, ids=_name)
def test_what_existing_receivers_lose_does_not_pass_the_door(case: Case) -> None:
    assert edxml.codes_at_the_door(case)


@pytest.mark.parametrize("case", _read_by_both(), ids=_name)
def test_what_existing_receivers_take_otherwise_is_told(case: Case) -> None:
    if edxml.is_about_files(case):
        pytest.skip("the files of these are others than the baseline's")
    reading = read(octets(case))
    origin = baseline(case)
    if type(reading.message) is type(origin.message):
        ours, theirs = differing(reading, origin), said_to_differ(case, type(origin.message))
        assert (ours ^ theirs) - {"extensions"} == set() or edxml.told(case)


def test_the_tables_speak_of_files_that_are_there() -> None:
    known = {case["variation"] for case in _VARIATIONS}
    assert {*REFUSED, *DIFFERENT, *ERRORS} <= known


@pytest.mark.parametrize("path", edxml.packages(), ids=lambda path: path.name)
def test_packages_of_the_operators_library_are_read_without_errors(path: Path) -> None:
    reading = read(path.read_bytes())
    assert errors(reading) == set()
    assert reading.signature in {SignatureKind.QCVN_NAMESPACE, SignatureKind.ABSENT}
    assert read(write(reading.message)).message == reading.message


def test_a_package_of_the_operators_library_says_what_it_was_built_from() -> None:
    message = read(edxml.package("sdk-new.xml")).message
    assert isinstance(message, Envelope)
    assert (message.subject, message.promulgation_date) == ("V/v gửi văn bản mẫu", date(2026, 11, 20))
    first, second = message.attachments
    assert (first.name, first.open().read(5)) == ("van-ban-mau.pdf", b"%PDF-")
    assert second.name == "phu lục số 1.xlsx"
    assert second.open().read(7) != b"PK\x03\x04\x14\x00\x08"


def test_every_disagreement_is_explained() -> None:
    found = [one for one in edxml.outcomes() if one.agreement is Agreement.DISAGREES]
    assert [one.case for one in found if one.why is Why.UNEXPLAINED] == []
    assert {one.case for one in found} == {*REFUSED, *DIFFERENT, *ERRORS}
