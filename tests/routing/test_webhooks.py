"""Where systems are told, what answers mean, how long failures are left alone, and who is told of a delivery."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from envelopes.identifiers import SystemId
from routing.agencies import System, SystemState
from routing.audience import Audience
from routing.backoff import BREAKER_AFTER, CALL_AGAIN, CALL_AGAIN_MAX, REST, REST_MAX, pause_after, rest_after
from routing.directory import Catalogue, Directory
from routing.errors import InvalidEntry
from routing.webhooks import ADDRESS_MAX, CallOutcome, WebhookAddress, judge_status
from tests.routing.examples import agency, organ, organs

HOOK = WebhookAddress("https://a.example.vn/axis")


@pytest.mark.parametrize(
    "text",
    [
        "https://qlvb.example.gov.vn/axis/events",
        "https://qlvb.example.gov.vn:8443",
        "https://10.1.2.3/axis",
        "https://[2001:db8::1]/axis",
        "http://127.0.0.1:9000/axis",
        "http://[::1]:9000/",
        "http://localhost:9000/axis",
    ],
)
def test_addresses_that_can_be_webhooks(text: str) -> None:
    assert str(WebhookAddress(text)) == text
    assert WebhookAddress(text).is_plain == text.startswith("http://")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "qlvb.example.gov.vn",
        "HTTPS://a.example.vn/",
        "ftp://a.example.vn/",
        "file:///etc/passwd",
        "gopher://a.example.vn/",
        "https://",
        "https:///axis",
        "https://user@a.example.vn/",
        "https://user:secret@a.example.vn/",
        "https://a.example.vn\\@169.254.169.254/",
        "https://a.example.vn/axis?key=1",
        "https://a.example.vn/axis#x",
        "https://a.example.vn/a b",
        "https://a.example.vn/\r\nHost: b",
        "https://a.example.vn:0/",
        "https://a.example.vn:99999/",
        "https://[::1/",
        "https://văn.example.vn/",
        "http://a.example.vn/",
        "http://10.1.2.3/",
        "http://169.254.169.254/latest",
        "http://127.0.0.1.example.vn/",
        "http://2130706433/",
        f"https://a.example.vn/{'a' * ADDRESS_MAX}",
    ],
)
def test_addresses_that_cannot(text: str) -> None:
    with pytest.raises(InvalidEntry):
        WebhookAddress(text)


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        ((200, 202, 204, 299), CallOutcome.TAKEN),
        ((410,), CallOutcome.GONE),
        ((300, 301, 302, 307, 399), CallOutcome.REDIRECTED),
        ((400, 401, 403, 404, 409, 422, 429, 499, 199, 600, 0), CallOutcome.DECLINED),
        ((500, 502, 503, 599), CallOutcome.BROKEN),
    ],
)
def test_only_a_2xx_takes_a_notice_and_only_410_refuses_it(statuses: tuple[int, ...], outcome: CallOutcome) -> None:
    assert {judge_status(one) for one in statuses} == {outcome}
    assert outcome.is_permanent == (outcome is CallOutcome.GONE)


def test_pauses_double_with_jitter_up_to_a_limit() -> None:
    assert pause_after(1, jitter=0.0) == CALL_AGAIN / 2
    assert [pause_after(one, jitter=1.0) for one in (1, 2, 3)] == [CALL_AGAIN, CALL_AGAIN * 2, CALL_AGAIN * 4]
    assert pause_after(10_000, jitter=0.0) == CALL_AGAIN_MAX / 2
    assert pause_after(0, jitter=0.0) == pause_after(1, jitter=0.0)


def test_a_receiver_rests_after_some_failures_in_a_row_and_never_for_long() -> None:
    assert {rest_after(one) for one in range(BREAKER_AFTER)} == {timedelta()}
    assert rest_after(BREAKER_AFTER) == REST
    assert rest_after(BREAKER_AFTER + 1) == 2 * REST
    assert rest_after(10_000) == REST_MAX


def system(name: str, *, scopes: tuple[str, ...] = (), exact: tuple[str, ...] = (), hook: bool = True) -> System:
    webhook = HOOK if hook else None
    return System(SystemId(name), organ("H51"), name, organs(*scopes), organs(*exact), webhook=webhook)


def directory(*systems: System) -> Directory:
    office = agency("H51.15.01", "H51.15")
    agencies = (agency("H51"), agency("H51.15", "H51"), office, agency("G22", aliases=["000.G22"]))
    return Directory(1, Catalogue(agencies), systems=systems)


def test_told_are_the_systems_with_a_webhook_that_may_pull_now_or_after_their_suspension() -> None:
    subtree, exact = system("subtree", scopes=("H51",)), system("exact", exact=("H51.15",))
    silent, other = system("silent", scopes=("H51",), hook=False), system("other", scopes=("000.G22",))
    suspended = replace(system("suspended", exact=("H51",)), state=SystemState.SUSPENDED)
    removed = replace(system("removed", scopes=("H51",)), state=SystemState.REMOVED)
    known = directory(subtree, exact, silent, other, suspended, removed)
    told = {}
    for one in known.agencies:
        told[str(one.organ_id)] = [str(found.system_id) for found in Audience(known).of(one)]
        assert set(told[str(one.organ_id)]) == {
            str(found.system_id) for found in known.systems if found.webhook and known.is_in_scope(found, one.organ_id)
        }
    assert told == {
        "H51": ["subtree", "suspended"],
        "H51.15": ["exact", "subtree"],
        "H51.15.01": ["subtree"],
        "G22": ["other"],
    }


def test_a_system_with_two_ways_to_an_agency_is_told_once() -> None:
    both = system("both", scopes=("H51", "H51.15"), exact=("H51.15",))
    known = directory(both)
    (recipient,) = [one for one in known.agencies if str(one.organ_id) == "H51.15"]
    assert Audience(known).of(recipient) == (both,)
