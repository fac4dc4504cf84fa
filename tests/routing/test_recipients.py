"""Recipients are resolved one by one: bad ones refused, doubles merged, the rest routed."""

from __future__ import annotations

import time

import pytest

from envelopes.errors import Severity
from envelopes.identifiers import OrganId
from envelopes.limits import RECIPIENTS_MAX
from envelopes.model import Organization
from routing.agencies import Agency
from routing.directory import Catalogue, Directory
from routing.recipients import Resolution, addresses_of, resolve_recipients
from tests.routing.examples import DIRECTORY, NOW, agency, organ, organization, organs


def resolve(*recipients: str | None) -> Resolution:
    return resolve_recipients(
        DIRECTORY, addresses_of(map(organization, recipients)), sender=DIRECTORY.resolve(organ("H26")), moment=NOW
    )


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("H99", "recipient/unknown"),
        (None, "recipient/unknown"),
        ("H51", "recipient/closed"),
        ("H13.99", "recipient/not-yet-open"),
        ("H41.W00", "recipient/group"),
        ("H26.50", "recipient/not-receiving"),
        ("H26", "recipient/is-sender"),
        ("000.00.00.H26", "recipient/is-sender"),
    ],
)
def test_a_recipient_that_cannot_get_it_is_refused_alone(asked: str | None, code: str) -> None:
    resolution = resolve("G22", asked, "H41")
    assert [str(route.agency.organ_id) for route in resolution.routes] == ["G22", "H41"]
    (refused,) = resolution.refused
    assert (refused.finding.code, refused.finding.severity) == (code, Severity.ERROR)
    assert refused.finding.path == "MessageHeader.To[2].OrganId"
    assert refused.position == 2
    assert refused.finding.value == asked
    assert refused.asked_as == (None if asked is None else OrganId(asked))


def test_the_successor_of_a_closed_agency_is_named_and_not_routed() -> None:
    resolution = resolve("000.00.15.H51")
    (refused,) = resolution.refused
    assert refused.successors == organs("H13.15")
    assert "H13.15" in refused.finding.words.vi
    assert "H13.15" in refused.finding.words.en
    assert resolution.routes == ()


def test_an_agency_written_twice_gets_one_route_and_a_warning() -> None:
    resolution = resolve("H26.18", "G22", "000.00.18.h26", "G22")
    assert [(route.position, str(route.asked_as)) for route in resolution.routes] == [(1, "H26.18"), (2, "G22")]
    assert resolution.refused == ()
    first, second = resolution.warnings
    assert (first.code, first.severity, first.path) == (
        "recipient/duplicate",
        Severity.WARNING,
        "MessageHeader.To[3].OrganId",
    )
    assert "place 1" in first.words.en
    assert "place 2" in second.words.en


def test_a_refused_recipient_written_twice_is_refused_twice() -> None:
    assert [refused.position for refused in resolve("H99", "H99").refused] == [1, 2]


def test_a_route_remembers_how_it_was_asked_for() -> None:
    (route,) = resolve("000.00.21.H41").routes
    assert route.asked_as == organ("000.00.21.H41")
    assert route.agency.organ_id == organ("H41.21")


def test_nothing_comes_of_nothing() -> None:
    assert resolve() == Resolution((), (), ())


def test_an_unknown_sender_does_not_keep_recipients_from_being_judged() -> None:
    resolution = resolve_recipients(DIRECTORY, addresses_of([organization("H26")]), sender=None, moment=NOW)
    assert [str(route.agency.organ_id) for route in resolution.routes] == ["H26"]


def test_the_largest_circular_is_resolved_in_a_second() -> None:
    rows: list[Agency] = [agency(f"X{number}", aliases=[f"000.{number}"]) for number in range(RECIPIENTS_MAX)]
    directory = Directory(1, Catalogue(tuple(rows)))
    recipients = [Organization(row.aliases[0]) for row in rows]
    begun = time.process_time()
    resolution = resolve_recipients(directory, addresses_of(recipients), sender=None, moment=NOW)
    assert time.process_time() - begun < 1
    assert len(resolution.routes) == RECIPIENTS_MAX


def test_the_largest_circular_to_nobody_is_refused_in_a_few_seconds() -> None:
    recipients = [Organization(organ("H51"))] * RECIPIENTS_MAX
    begun = time.process_time()
    resolution = resolve_recipients(DIRECTORY, addresses_of(recipients), sender=None, moment=NOW)
    assert time.process_time() - begun < 3
    assert len(resolution.refused) == RECIPIENTS_MAX
