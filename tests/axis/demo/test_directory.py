"""The demonstration's directory stands on its own and says that it is made up."""

from __future__ import annotations

from datetime import UTC, date, datetime

from axis.demo.directory import agencies, agency, directory_file
from axis.enrolment.agency_files import AgencyFormat, read_agencies
from envelopes.identifiers import OrganId, OrganIdSyntax
from routing.agencies import Standing
from routing.directory import Catalogue

NOVEMBER_2026 = datetime(2026, 11, 21, tzinfo=UTC)


def test_it_holds_every_published_code_of_level_1() -> None:
    roots = [one for one in agencies() if one.parent is None]
    assert len(roots) == 97
    assert {one.organ_id.value[0] for one in roots} == {"G", "H"}
    assert all(alias.syntax is OrganIdSyntax.QCVN_2016 for one in roots for alias in one.aliases)


def test_its_agencies_can_stand_together() -> None:
    catalogue = Catalogue(agencies())
    assert catalogue.resolve(OrganId("000.00.15.h51")) is agency("H51.15")
    assert catalogue.is_within(OrganId("002.28.22.H17"), OrganId("000.00.00.H17"))


def test_every_unit_says_that_it_is_a_sample() -> None:
    units = [one for one in agencies() if one.parent is not None]
    assert units
    assert [one.name_vi for one in units if "mẫu" not in one.name_vi] == []


def test_closed_agencies_name_who_took_over() -> None:
    closed = [one for one in agencies() if one.standing_on(NOVEMBER_2026) is Standing.CLOSED]
    assert {one.valid_to for one in closed} == {date(2025, 3, 1)}
    assert all(agency(str(one.successors[0])).standing_on(NOVEMBER_2026) is Standing.OPEN for one in closed)


def test_there_is_one_agency_of_each_kind_that_gets_no_mail() -> None:
    assert agency("H51.W00").is_group
    assert not agency("H26.30").is_receiving
    assert agency("H51.23").standing_on(NOVEMBER_2026) is Standing.CLOSED


def test_the_file_is_one_that_the_product_imports() -> None:
    assert read_agencies(directory_file(), AgencyFormat.CSV) == agencies()
