"""What the axis says of itself to anybody, and to those who watch it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import ModuleType

import httpx
import pytest

from axis.metrics import HealthCheck
from axis.web.announced import reasons_in
from axis.web.catalogue import CATALOGUE
from axis.web.problem_codes import ProblemCode
from axis.web.schemas import AgencyBody, HealthBody, LimitListBody, ProblemListBody
from axis.web.seal_schemas import SealListBody
from envelopes import limits
from routing import leases
from signing import jws, policy
from signing.certificates import Certificate
from tests.axis.web.country import NOW
from tests.axis.web.fakes import FakeAxis


def announced(client: httpx.Client) -> dict[str, tuple[int, str, str]]:
    body = LimitListBody.model_validate_json(client.get("/v1/limits").content)
    return {one.name: (one.value, one.unit, one.reason) for one in body.items}


def test_every_limit_of_the_format_is_announced_with_a_reason(client: httpx.Client) -> None:
    told = announced(client)
    names = [name for name in vars(limits) if name.isupper()]
    assert {name.lower() for name in names} <= set(told)
    assert all(told[name.lower()][0] == getattr(limits, name) for name in names)
    assert all(len(reason) > 15 and unit for _, unit, reason in told.values())


@pytest.mark.parametrize("module", [policy, jws, limits, leases], ids=lambda module: module.__name__)
def test_no_limit_that_a_caller_can_meet_is_kept_quiet(client: httpx.Client, module: ModuleType) -> None:
    told = announced(client)
    names = [name for name in vars(module) if name.isupper() and name.endswith(("_MAX", "_MIN"))]
    assert names
    for name in names:
        value = getattr(module, name)
        number = int(value.total_seconds() if isinstance(value, timedelta) else value)
        prefix = {policy: "signature_", jws: "jws_"}.get(module, "")
        assert told[f"{prefix}{name.lower()}"][0] == number


def test_a_jws_may_be_as_large_as_evidence_keeps_it() -> None:
    assert jws.TOKEN_BYTES_MAX == limits.ACKNOWLEDGEMENT_BYTES_MAX


def test_limits_of_the_door_are_announced_too(client: httpx.Client) -> None:
    told = announced(client)
    assert told["package_bytes_max"][:2] == (52_428_800, "octets")
    assert told["long_poll_max"][:2] == (30, "seconds")
    assert told["lease_time_max"][:2] == (3_600, "seconds")
    assert told["concurrent_verifications"][:2] == (2, "packages")
    assert told["downloads"][:2] == (100, "downloads")
    assert told["downloads_per_system"][:2] == (8, "downloads")
    assert told["download_seconds"][:2] == (300, "seconds")
    assert told["stalled_seconds"][:2] == (60, "seconds")
    assert told["requests_per_minute"][0] == FakeAxis().settings.limits.requests_per_minute
    assert told["acknowledgement_bytes_max"][:2] == (10_000, "octets")
    assert told["token_lifetime"][:2] == (300, "seconds")
    assert told["signature_references_max"][:2] == (16, "references")
    assert told["signature_signing_time_tolerance"][:2] == (86_400, "seconds")
    assert told["assertion_clock_skew"][:2] == (30, "seconds")
    assert told["token_bytes_max"][:2] == (16_384, "characters")
    assert told["burst_seconds"][:2] == (30, "seconds")
    assert told["header_seconds"][:2] == (10, "seconds")
    assert told["header_bytes_max"][:2] == (32_768, "octets")
    assert told["keep_alive_seconds"][:2] == (5, "seconds")
    assert told["connections_max"][:2] == (800, "connections")
    assert "gateways" in told["package_bytes_max"][2]


def test_a_reason_is_the_one_that_stands_beside_the_limit() -> None:
    assert reasons_in(limits)["DEPTH_MAX"].startswith("Nested elements.")


def test_the_seals_certificates_can_be_fetched_for_pinning(client: httpx.Client, axis: FakeAxis) -> None:
    answer = client.get("/v1/seal")
    assert answer.headers["Content-Type"] == "application/pem-certificate-chain"
    assert Certificate.many_from_pem(answer.content) == axis.seal_chain


def test_every_seal_is_listed_with_what_the_one_before_it_says(client: httpx.Client, axis: FakeAxis) -> None:
    answer = client.get("/v1/seals")
    listed, known = SealListBody.model_validate_json(answer.content).items, axis.register.seals()
    assert [(one.state, one.sha256, one.endorsement) for one in listed] == [
        (one.state.value, one.certificate.fingerprint, one.endorsement) for one in known
    ]
    assert [Certificate.many_from_pem(one.certificates.encode()) for one in listed] == [one.chain for one in known]


def test_every_problem_type_is_listed_and_explained(client: httpx.Client) -> None:
    listed = ProblemListBody.model_validate_json(client.get("/v1/problems").content).items
    assert [one.code for one in listed] == sorted(CATALOGUE)
    for one in listed:
        explained = client.get(f"/v1/problems/{one.slug}").json()
        assert explained == one.model_dump()


def test_the_explanation_of_a_problem_is_found_under_the_end_of_its_type(client: httpx.Client) -> None:
    problem = client.get("/v1/envelopes").json()
    explained = client.get(f"/v1/problems/{problem['type'].rsplit(':', 1)[1]}").json()
    assert explained["code"] == ProblemCode.TOKEN_MISSING
    assert explained["title_vi"] == problem["title_vi"]


@pytest.mark.parametrize("slug", ["nothing-like-it", "request/invalid", "%2e%2e"])
def test_a_problem_type_that_is_none_is_not_found(client: httpx.Client, slug: str) -> None:
    assert client.get(f"/v1/problems/{slug}").status_code == 404


@pytest.mark.parametrize("any_id", ["H51.15", "000.00.15.H51", "h51.15"])
def test_an_agency_answers_to_any_of_its_ids(client: httpx.Client, ministry: dict[str, str], any_id: str) -> None:
    body = AgencyBody.model_validate_json(client.get(f"/v1/directory/agencies/{any_id}", headers=ministry).content)
    assert (body.organ_id, body.aliases, body.parent) == ("H51.15", ["000.00.15.H51"], "H51")
    assert (body.name_vi, body.is_receiving, body.is_group) == ("Sở Nội vụ", True, False)


@pytest.mark.parametrize("any_id", ["X99", "not an id!", "null", "x" * 300, "%00"])
def test_an_agency_that_is_not_there_is_not_found(client: httpx.Client, ministry: dict[str, str], any_id: str) -> None:
    answer = client.get(f"/v1/directory/agencies/{any_id}", headers=ministry)
    assert (answer.status_code, answer.json()["code"]) == (404, "resource/no-such-agency")


def test_a_living_process_says_so(client: httpx.Client) -> None:
    assert client.get("/health/live").json() == {"live": True}


def test_readiness_repeats_the_last_checks(client: httpx.Client) -> None:
    answer = client.get("/health/ready")
    body = HealthBody.model_validate_json(answer.content)
    assert (answer.status_code, body.ready) == (200, True)
    assert {check.name for check in body.checks} == {"seal", "database", "store", "trust", "clock", "broker"}
    assert body.checks[0].checked_at == NOW


@pytest.mark.parametrize("failing", [one for one in HealthCheck if one.is_vital])
def test_one_failed_check_is_not_ready(client: httpx.Client, axis: FakeAxis, failing: HealthCheck) -> None:
    axis.readiness.outcomes = [replace(check, is_passed=check.name is not failing) for check in axis.readiness.outcomes]
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)


@pytest.mark.parametrize("failing", [one for one in HealthCheck if not one.is_vital])
def test_a_broken_trust_store_or_broker_is_told_and_the_process_goes_on(
    client: httpx.Client, axis: FakeAxis, failing: HealthCheck
) -> None:
    told = [replace(check, is_passed=check.name is not failing) for check in axis.readiness.outcomes]
    axis.readiness.outcomes = told
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert [one["name"] for one in answer.json()["checks"] if not one["passed"]] == [failing]


def test_a_process_that_was_never_checked_is_not_ready(client: httpx.Client, axis: FakeAxis) -> None:
    axis.readiness.outcomes = []
    assert client.get("/health/ready").status_code == 503


def test_measurements_are_in_the_format_of_prometheus(client: httpx.Client) -> None:
    answer = client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert "axis_accepted_total" in answer.text
