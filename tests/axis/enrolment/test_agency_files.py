"""Files of agencies are read whole, or refused with every bad line named."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axis.enrolment import agency_files
from axis.enrolment.agency_files import AgencyFileRefused, AgencyFormat, read_agencies, write_agencies
from axis.enrolment.agency_rows import COLUMN_NAMES, COLUMNS
from axis.enrolment.reason_words import FILE_WORDS
from axis.enrolment.reasons import FileCode
from envelopes.identifiers import OrganId
from routing.agencies import Agency

HEADER = ",".join(COLUMN_NAMES)
WHOLE = "H51.15,Sở Nội vụ,Department,000.00.15.H51; 15.H51,H51,false,TRUE,2020-01-01,2026-12-31,H51.16 H51.17,H51.17"


def csv(*lines: str, header: str = HEADER) -> bytes:
    return "\r\n".join((header, *lines)).encode()


def row(**fields: object) -> dict[str, object]:
    usual: dict[str, Any] = dict.fromkeys(COLUMN_NAMES) | {"aliases": [], "successors": []}
    return usual | {"organ_id": "H51", "name_vi": "UBND Sóc Trăng"} | fields


def faults(octets: bytes, kind: AgencyFormat = AgencyFormat.CSV) -> list[tuple[str, str]]:
    with pytest.raises(AgencyFileRefused) as refused:
        read_agencies(octets, kind)
    return [(finding.code, finding.path) for finding in refused.value.findings]


def test_a_whole_row_becomes_the_agency_it_describes() -> None:
    (agency,) = read_agencies(csv(WHOLE), AgencyFormat.CSV)
    assert agency == Agency(
        organ_id=OrganId("H51.15"),
        name_vi="Sở Nội vụ",
        name_en="Department",
        aliases=(OrganId("000.00.15.H51"), OrganId("15.H51")),
        parent=OrganId("H51"),
        valid_from=date(2020, 1, 1),
        valid_to=date(2026, 12, 31),
        successors=(OrganId("H51.16"), OrganId("H51.17")),
        forwards_to=OrganId("H51.17"),
    )


def test_empty_cells_are_what_is_usual() -> None:
    (agency,) = read_agencies(csv("H51,UBND Sóc Trăng,,,,,,,,,"), AgencyFormat.CSV)
    assert agency == Agency(OrganId("H51"), "UBND Sóc Trăng")


def test_columns_may_stand_in_any_order() -> None:
    mixed = ["name_vi", "organ_id", *COLUMN_NAMES[2:]]
    octets = csv("UBND Sóc Trăng,H51,,,,,,,,,", header=",".join(mixed))
    assert [str(one.organ_id) for one in read_agencies(octets, AgencyFormat.CSV)] == ["H51"]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_byte_order_mark_and_empty_lines_do_not_matter(mark: bytes) -> None:
    octets = mark + csv("", "H51,UBND,,,,,,,,,", ",,,,,,,,,,", "")
    assert len(read_agencies(octets, AgencyFormat.CSV)) == 1


def test_every_bad_row_is_reported_with_its_line_and_nothing_is_taken() -> None:
    octets = csv(
        "H51,UBND,,,,,,,,,",
        "H 52,UBND,,,,,,,,,",
        'H53,"Hai\ndòng",,,,vâng,,2025-02-30,,,',
        ",,,,,,,,2025,,",
        "H55,UBND,,H55,,,,,,,",
        "H56,UBND",
        "H57,UBND,,,,,,2025-03-01,2025-03-01,,",
    )
    assert faults(octets) == [
        ("agency-row/id", "3:organ_id"),
        ("agency-row/switch", "4:is_group"),
        ("agency-row/date", "4:valid_from"),
        ("agency-row/no-id", "6:organ_id"),
        ("agency-row/name", "6:name_vi"),
        ("agency-row/date", "6:valid_to"),
        ("agency-row/contradiction", "7:organ_id"),
        ("agency-row/length", "8"),
        ("agency-row/contradiction", "9:organ_id"),
    ]


def test_findings_speak_both_languages_and_repeat_little_of_what_is_wrong() -> None:
    with pytest.raises(AgencyFileRefused) as refused:
        read_agencies(csv(f"{'H' * 500},UBND,,,,,,,,,"), AgencyFormat.CSV)
    (finding,) = refused.value.findings
    assert finding.value == "H" * 40 + "…"
    assert finding.words.vi == "Đây không phải là mã định danh cơ quan."
    assert finding.words.en == "This is no agency id."


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"", [("agency-file/empty", "1")]),
        (csv(), [("agency-file/empty", "1")]),
        ("organ_id,name_vi\nH51,Bộ".encode("utf-16"), [("agency-file/not-utf8", "1")]),
        (csv("H51,B\x00,,,,,,,,,"), [("agency-row/name", "2:name_vi")]),
        (csv("H51,Bộ".encode().decode()).replace("ộ".encode(), b"\xa1"), [("agency-file/not-utf8", "2")]),
        (csv(header=HEADER.replace(",", ";")), [("agency-file/separator", "1")]),
        (csv(header=f"{HEADER},phone"), [("agency-file/column-unknown", "1")]),
        (csv(header=f"{HEADER},parent"), [("agency-file/column-repeated", "1")]),
        (csv(header=HEADER.replace(",valid_to", "")), [("agency-file/column-missing", "1")]),
        (csv('H51,"UBND'), [("agency-file/malformed", "2")]),
        (csv('H51,"UBND" x,,,,,,,,,'), [("agency-file/malformed", "2")]),
    ],
)
def test_a_file_that_is_none_is_refused_by_its_own_name(octets: bytes, expected: list[tuple[str, str]]) -> None:
    assert faults(octets) == expected


def test_a_list_of_level_1_codes_is_told_the_columns_it_needs() -> None:
    found = faults(csv('G01,000.00.00.G01,"Bộ Công an",active', header="code,legacy13,name_vi,status_2025"))
    assert found.count(("agency-file/column-unknown", "1")) == 3
    assert found.count(("agency-file/column-missing", "1")) == len(COLUMN_NAMES) - 1


def test_a_file_over_the_limit_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agency_files, "FILE_BYTES_MAX", 10)
    assert faults(b"not even a file") == [("agency-file/too-large", "1")]


def test_more_faults_than_anybody_reads_are_cut() -> None:
    found = faults(csv(*["?,UBND,,,,,,,,,"] * 1_500))
    assert len(found) == agency_files.FAULTS_MAX + 1
    assert found[-1] == ("agency-file/too-many-faults", "1002:organ_id")


def test_json_is_read_with_the_lines_of_its_objects() -> None:
    octets = json.dumps([row(), row(organ_id="H 52"), row(organ_id="H53", is_group="true")], indent=1).encode()
    assert faults(octets, AgencyFormat.JSON) == [
        ("agency-row/id", "15:organ_id"),
        ("agency-row/switch", "28:is_group"),
    ]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"name_vi": 5}, "agency-row/kind"),
        ({"aliases": "H51"}, "agency-row/kind"),
        ({"aliases": [1]}, "agency-row/kind"),
        ({"valid_from": 20250301}, "agency-row/kind"),
        ({"valid_from": "2025-W10-1"}, "agency-row/date"),
        ({"name_vi": "\ud800"}, "agency-row/name"),
        ({"successors": ["H51", "h51"]}, "agency-row/contradiction"),
        ({"successors": ["H52"], "forwards_to": "H53"}, "agency-row/contradiction"),
        ({"forwards_to": ["H52"]}, "agency-row/kind"),
        ({"phone": "1"}, "agency-file/column-unknown"),
    ],
)
def test_a_member_of_the_wrong_kind_is_refused(fields: dict[str, object], expected: str) -> None:
    octets = json.dumps([row(**fields)]).encode()
    assert [code for code, _ in faults(octets, AgencyFormat.JSON)] == [expected]


@pytest.mark.parametrize(
    "text",
    ["{}", "[", "[1, 2", "[] []", "[{}", '[{"a": 1,}]', "[,]", "x", "[" * 100_000, "[" + "9" * 10_000 + "]"],
)
def test_json_that_is_no_list_of_objects_is_refused(text: str) -> None:
    (code, _), *_ = faults(text.encode(), AgencyFormat.JSON)
    assert code in {"agency-file/malformed", "agency-row/kind", "agency-file/column-missing"}


def test_a_member_given_twice_is_refused() -> None:
    octets = json.dumps([row()])[:-2] + ', "parent": "H1"}]'
    assert faults(octets.encode(), AgencyFormat.JSON) == [("agency-file/column-repeated", "1")]


ids = st.from_regex(r"[0-9A-Z][0-9A-Z._-]{0,20}", fullmatch=True).filter(lambda text: text != "null").map(OrganId)
names = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=40)
relatives = st.lists(ids, max_size=3, unique_by=lambda one: one.key).map(tuple)
agencies = st.builds(
    Agency,
    organ_id=ids,
    name_vi=names,
    name_en=st.none() | names,
    aliases=st.just(()),
    parent=st.none() | ids,
    is_group=st.booleans(),
    is_receiving=st.booleans(),
    valid_from=st.none() | st.dates(date(1900, 1, 1), date(2020, 1, 1)),
    valid_to=st.none() | st.dates(date(2020, 1, 2), date(2100, 1, 1)),
    successors=relatives,
)


@given(st.lists(agencies, min_size=1, max_size=5), st.sampled_from(AgencyFormat))
def test_what_is_written_reads_back_the_same(rows: list[Agency], kind: AgencyFormat) -> None:
    assert read_agencies(write_agencies(rows, kind), kind) == tuple(rows)


def test_every_reason_has_words_and_every_column_its_meaning() -> None:
    assert set(FILE_WORDS) == {code.value for code in FileCode}
    assert [column.name for column in COLUMNS if not (column.vi and column.en)] == []
