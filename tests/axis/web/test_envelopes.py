"""A package in, a receipt out; or every reason against it, with the evidence of the refusal."""

from __future__ import annotations

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from axis.errors import Refused
from axis.exchange.signature_words import finding_for
from axis.web.api.envelopes import prefers_xml
from axis.web.app import create_app
from axis.web.problems import PROBLEM_MEDIA_TYPE
from axis.web.schemas import AcceptanceBody, EnvelopeBody, EvidenceListBody, TraceBody
from envelopes.errors import Finding, Severity
from envelopes.obstacles import Obstacle, unreadable
from routing.reasons import ReasonCode, found
from signing.verdict import Failure, FailureCode
from tests.axis.web.calling import PACKAGE, XML, bearer
from tests.axis.web.fakes import RECEIPT, REJECTION, WORDS, FakeAxis
from tests.axis.web.running import Logged, in_process

ADDRESS = "/v1/envelopes"
CONFLICT = found(ReasonCode.DOCUMENT_CONFLICT, "MessageHeader.DocumentId", value="G22-1")
NONE_LEFT = found(ReasonCode.RECIPIENT_NONE_LEFT, "MessageHeader.To")
UNKNOWN = found(ReasonCode.RECIPIENT_UNKNOWN, "MessageHeader.To[1].OrganId", value="X99")


def submit(client: httpx.Client, headers: dict[str, str], package: bytes = PACKAGE, **more: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return client.post(ADDRESS, content=package, headers=headers | XML | named)


def test_an_accepted_package_is_answered_with_its_receipt(client: httpx.Client, ministry: dict[str, str]) -> None:
    answer = submit(client, ministry)
    body = AcceptanceBody.model_validate_json(answer.content)
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"{ADDRESS}/{body.envelope_id}"
    assert answer.headers["Axis-Envelope-Id"] == str(body.envelope_id)
    assert answer.headers["Axis-Receipt-Id"] == str(body.receipt_id)
    assert answer.headers["Axis-Repeat"] == "false"
    assert base64.b64decode(body.receipt) == RECEIPT
    assert body.raw_digest == hashlib.sha256(PACKAGE).hexdigest()
    assert answer.json()["accepted_at"] == "2026-11-21T02:30:00.000Z"


def test_each_recipient_gets_its_own_decision(client: httpx.Client, ministry: dict[str, str]) -> None:
    first, second = submit(client, ministry).json()["recipients"]
    assert (first["organ_id"], first["decision"], first["finding"]) == ("H51.15", "accepted", None)
    assert (second["asked_as"], second["organ_id"], second["decision"]) == ("X99", None, "refused")
    assert (second["finding"]["code"], second["finding"]["value"]) == ("recipient/unknown", "X99")


def test_warnings_accompany_the_receipt(client: httpx.Client, ministry: dict[str, str]) -> None:
    (warning,) = submit(client, ministry).json()["warnings"]
    assert (warning["code"], warning["severity"]) == ("T.MessageHeader.Timestamp", "warning")


def test_the_same_submission_gets_the_first_receipt(client: httpx.Client, ministry: dict[str, str]) -> None:
    first, second = submit(client, ministry), submit(client, ministry)
    assert (second.status_code, second.headers["Axis-Repeat"]) == (200, "true")
    assert second.json() == first.json() | {"repeat": True}


def test_the_receipt_itself_can_be_the_answer(client: httpx.Client, ministry: dict[str, str]) -> None:
    answer = submit(client, ministry, Accept="application/xml")
    assert (answer.status_code, answer.headers["Content-Type"], answer.content) == (201, "application/xml", RECEIPT)
    assert answer.headers["Axis-Repeat"] == "false"
    assert answer.headers["Location"] == f"{ADDRESS}/{answer.headers['Axis-Envelope-Id']}"
    again = submit(client, ministry, Accept="application/xml")
    assert (again.status_code, again.headers["Axis-Repeat"], again.content) == (200, "true", RECEIPT)


@pytest.mark.parametrize(
    ("accept", "is_xml"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("application/xml", True),
        ("application/xml, */*;q=0.1", True),
        ("Application/XML; charset=utf-8", True),
        ("application/json, application/xml;q=0.9", False),
        ("application/json;q=0.5, application/xml;q=0.9", True),
        ("application/xml;q=0", False),
        ("text/html,application/xhtml+xml", False),
        (",;,q=", False),
    ],
)
def test_xml_is_answered_to_whoever_prefers_it(accept: str, is_xml: bool) -> None:  # noqa: FBT001
    assert prefers_xml(accept) is is_xml


@pytest.mark.parametrize("kind", ["application/xml", "application/octet-stream", "application/xml; charset=utf-8"])
def test_packages_come_as_xml_or_as_octets(client: httpx.Client, ministry: dict[str, str], kind: str) -> None:
    assert client.post(ADDRESS, content=PACKAGE, headers=ministry | {"Content-Type": kind}).status_code == 201


@pytest.mark.parametrize("kind", ["", "text/xml", "application/json", "multipart/form-data; boundary=x", "xml"])
def test_other_kinds_of_bodies_are_refused(client: httpx.Client, ministry: dict[str, str], kind: str) -> None:
    answer = client.post(ADDRESS, content=PACKAGE, headers=ministry | {"Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (415, "request/unsupported-media-type")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "GZIP", "identity, gzip"])
def test_encoded_bodies_are_refused(
    client: httpx.Client, axis: FakeAxis, ministry: dict[str, str], coding: str
) -> None:
    answer = submit(client, ministry, Content_Encoding=coding)
    assert (answer.status_code, answer.json()["code"]) == (415, "request/content-encoding-refused")
    assert axis.intake.packages == {}


def test_identity_is_no_encoding(client: httpx.Client, ministry: dict[str, str]) -> None:
    assert submit(client, ministry, Content_Encoding="identity").status_code == 201


def test_a_refused_package_is_answered_with_every_reason_and_the_evidence(
    client: httpx.Client, axis: FakeAxis, ministry: dict[str, str]
) -> None:
    warning = Finding("T.MessageHeader.Timestamp", "MessageHeader", Severity.WARNING, WORDS)
    axis.intake.refuses = (UNKNOWN, NONE_LEFT, warning)
    answer = submit(client, ministry)
    body = answer.json()
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, PROBLEM_MEDIA_TYPE)
    assert (body["type"], body["code"]) == ("urn:axis:problem:recipient-unknown", "recipient/unknown")
    assert [one["code"] for one in body["findings"]] == [UNKNOWN.code, NONE_LEFT.code, warning.code]
    assert base64.b64decode(body["evidence"]) == REJECTION
    assert body["evidence_id"]
    assert body["detail"].startswith("No agency in the directory has this id. (MessageHeader.To[1].OrganId)")
    assert body["detail"].endswith("And 2 more, listed in findings.")


def test_a_conflict_is_409(client: httpx.Client, axis: FakeAxis, ministry: dict[str, str]) -> None:
    axis.intake.refuses, axis.intake.is_conflict = (CONFLICT,), True
    answer = submit(client, ministry)
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (409, "document/conflict", 409)
    assert "replacement" in answer.json()["what_to_do"]


@pytest.mark.parametrize("failure", [FailureCode.MISSING, FailureCode.ALTERED, FailureCode.COMMENT_IN_TEXT])
def test_a_refused_signature_has_a_type_of_its_own(
    client: httpx.Client, axis: FakeAxis, ministry: dict[str, str], failure: FailureCode
) -> None:
    axis.intake.refuses = (finding_for(Failure(failure)),)
    answer = submit(client, ministry)
    assert (answer.status_code, answer.json()["code"]) == (422, failure.value)


def test_findings_of_the_rule_table_share_a_type_and_keep_their_code(
    client: httpx.Client, axis: FakeAxis, ministry: dict[str, str]
) -> None:
    axis.intake.refuses = (Finding("N.MessageHeader.To", "MessageHeader.To", Severity.ERROR, WORDS),)
    body = submit(client, ministry).json()
    assert (body["code"], body["findings"][0]["code"]) == ("message/missing", "N.MessageHeader.To")
    assert body["detail_vi"] == "Sai. (MessageHeader.To)"


def test_a_code_the_catalogue_lacks_is_answered_all_the_same(
    client: httpx.Client, axis: FakeAxis, ministry: dict[str, str]
) -> None:
    axis.intake.refuses = (Finding("novel/reason", "", Severity.ERROR, WORDS),)
    body = submit(client, ministry).json()
    assert (body["status"], body["type"], body["title"]) == (422, "urn:axis:problem:novel-reason", "Wrong")


def test_refusals_raised_by_a_use_case_are_answered_too(
    client: httpx.Client, axis: FakeAxis, ministry: dict[str, str]
) -> None:
    axis.intake.fails = Refused((UNKNOWN,))
    assert submit(client, ministry).json()["code"] == "recipient/unknown"


@pytest.mark.parametrize("obstacle", Obstacle)
def test_what_cannot_be_read_is_answered_without_evidence(
    client: httpx.Client, axis: FakeAxis, ministry: dict[str, str], obstacle: Obstacle
) -> None:
    axis.intake.fails = unreadable(obstacle, "3:14")
    answer = submit(client, ministry)
    body = answer.json()
    assert answer.status_code == (413 if obstacle is Obstacle.TOO_LARGE else 400)
    assert body["code"] == obstacle.value
    assert body["findings"][0]["path"] == "3:14"
    assert "evidence" not in body


def test_an_empty_body_is_no_package(client: httpx.Client, ministry: dict[str, str]) -> None:
    assert submit(client, ministry, b"").json()["code"] == "package/empty"


def test_refusals_are_counted_once_and_by_type(client: httpx.Client, axis: FakeAxis, ministry: dict[str, str]) -> None:
    submit(client, ministry, b"rubbish")
    submit(client, ministry, Content_Encoding="gzip")
    axis.intake.refuses = (UNKNOWN,)
    submit(client, ministry)
    text = axis.metrics.exposition()[0].decode()
    assert 'axis_refused_total{problem="package/not-xml"} 1.0' in text
    assert 'axis_refused_total{problem="request/content-encoding-refused"} 1.0' in text
    # The use case counts what it refused with evidence.
    assert "recipient/unknown" not in text
    assert 'axis_intake_seconds_count{step="receive"} 2.0' in text


def test_at_most_two_large_packages_are_verified_at_once(axis: FakeAxis) -> None:
    large = b"<edXML>" + b"x" * 1_000_000
    with in_process(create_app(axis)) as client:
        headers = bearer(client, axis)
        axis.intake.held.clear()
        with ThreadPoolExecutor() as pool:
            calls = [pool.submit(submit, client, headers, large + name) for name in (b"1", b"2")]
            for _ in calls:
                assert axis.intake.entered.acquire(timeout=30)
            third = submit(client, headers, large)
            axis.intake.held.set()
            assert [call.result().status_code for call in calls] == [201, 201]
        assert (third.status_code, third.json()["code"]) == (503, "service/busy")
        assert third.headers["Retry-After"] == "2"
        assert submit(client, headers, large).status_code == 201


def test_small_packages_pass_while_large_ones_are_verified(axis: FakeAxis) -> None:
    app = create_app(axis)
    gate = app.state.door.gate
    with in_process(app) as client:
        headers = bearer(client, axis)
        with gate.passage(1_000_000), gate.passage(1_000_000):
            assert submit(client, headers).status_code == 201
            assert submit(client, headers, b"<edXML>" + b"x" * 1_000_000).status_code == 503


def test_what_was_sent_can_be_looked_at_by_its_parties(
    client: httpx.Client, axis: FakeAxis, ministry: dict[str, str]
) -> None:
    path = f"{ADDRESS}/{axis.tracer.view.envelope_id}"
    assert EnvelopeBody.model_validate_json(client.get(path, headers=ministry).content).sender == "G22"
    trace = TraceBody.model_validate_json(client.get(f"{path}/trace", headers=ministry).content)
    assert [event.tag for event in trace.events] == ["envelope.accepted"]


def test_evidence_is_listed_and_handed_out_octet_for_octet(
    client: httpx.Client, axis: FakeAxis, ministry: dict[str, str]
) -> None:
    listed = client.get(f"{ADDRESS}/{axis.tracer.view.envelope_id}/evidences", headers=ministry)
    (item,) = EvidenceListBody.model_validate_json(listed.content).items
    answer = client.get(f"/v1/evidences/{item.evidence_id}", headers=ministry)
    assert (answer.content, answer.headers["Content-Type"]) == (RECEIPT, "application/xml")
    assert hashlib.sha256(answer.content).hexdigest() == item.digest


def test_the_sender_gets_its_own_octets_back_under_a_name_of_ours(
    client: httpx.Client, axis: FakeAxis, ministry: dict[str, str]
) -> None:
    identifier = axis.tracer.view.envelope_id
    answer = client.get(f"{ADDRESS}/{identifier}/content", headers=ministry)
    digest = base64.b64encode(hashlib.sha256(answer.content).digest()).decode()
    assert (answer.status_code, answer.content) == (200, b"<edXML/>")
    assert answer.headers["Content-Type"] == "application/xml"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{identifier}.edxml"'
    assert answer.headers["Repr-Digest"] == f"sha-256=:{digest}:"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_was_sent_is_listed_page_by_page(client: httpx.Client, axis: FakeAxis, ministry: dict[str, str]) -> None:
    first = client.get(ADDRESS, params={"direction": "sent", "limit": 1}, headers=ministry).json()
    assert first["next"] == str(axis.tracer.view.envelope_id)
    rest = client.get(ADDRESS, params={"after": first["next"]}, headers=ministry).json()
    assert rest == {"items": [], "next": None}
    found_again = client.get(ADDRESS, params={"document_id": "G22-1"}, headers=ministry).json()
    assert len(found_again["items"]) == 1
    assert client.get(ADDRESS, params={"document_id": "other"}, headers=ministry).json()["items"] == []


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ({"limit": "0"}, "query.limit"),
        ({"limit": "201"}, "query.limit"),
        ({"limit": "many"}, "query.limit"),
        ({"after": "x"}, "query.after"),
        ({"direction": "received"}, "query.direction"),
        ({"document_id": "a\nb"}, "query.document_id"),
        ({"document_id": ""}, "query.document_id"),
        ({"agency_id": "H51"}, "query.agency_id"),
    ],
)
def test_parameters_that_are_not_as_described_are_named(
    client: httpx.Client, ministry: dict[str, str], query: dict[str, str], place: str
) -> None:
    answer = client.get(ADDRESS, params=query, headers=ministry)
    assert (answer.status_code, answer.json()["code"]) == (422, "request/invalid")
    assert [one["path"] for one in answer.json()["findings"]] == [place]


def test_an_id_that_is_none_is_named(client: httpx.Client, ministry: dict[str, str]) -> None:
    answer = client.get(f"{ADDRESS}/not-an-id", headers=ministry)
    assert (answer.status_code, answer.json()["findings"][0]["path"]) == (422, "path.envelope_id")
    assert "not-an-id" not in answer.json()["findings"][0]["en"]


def test_a_submission_is_logged_by_address_and_system_alone(
    client: httpx.Client, ministry: dict[str, str], logged: Logged
) -> None:
    submit(client, ministry, b"<edXML>canary-of-content</edXML>")
    line = logged()[-1]
    assert (line["event"], line["method"], line["path"]) == ("request_served", "POST", ADDRESS)
    assert (line["status"], line["system"]) == (201, "vpcp")
    assert "canary" not in str(logged())
