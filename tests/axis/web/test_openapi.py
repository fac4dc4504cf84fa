"""The OpenAPI document says everything: what an operation is for, an example, and each problem it may answer with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from axis.web.app import create_app
from axis.web.catalogue import CATALOGUE, PROBLEM_URN
from axis.web.documentation import PROBLEM_TYPES
from axis.web.problem_codes import ProblemCode
from tests.axis.web.fakes import FakeAxis

DOCUMENT: dict[str, Any] = create_app(FakeAxis()).openapi()
OPERATIONS = {operation["operationId"]: operation for path in DOCUMENT["paths"].values() for operation in path.values()}
STABLE = {
    "issueToken",
    "submitEnvelope",
    "listEnvelopes",
    "getEnvelope",
    "traceEnvelope",
    "getEnvelopeContent",
    "listEvidences",
    "getEvidence",
    "leaseDeliveries",
    "releaseLease",
    "getDelivery",
    "getDeliveryContent",
    "getDeliveryFile",
    "beginUpload",
    "getUpload",
    "appendToUpload",
    "submitUpload",
    "abortUpload",
    "acknowledgeDelivery",
    "getAgency",
    "listLimits",
    "getSealChain",
    "listSeals",
    "listProblemTypes",
    "getProblemType",
    "getLiveness",
    "getReadiness",
    "getMetrics",
}


def problem_uris(operation: dict[str, Any]) -> set[str]:
    return {uri for response in operation["responses"].values() for uri in response.get(PROBLEM_TYPES, ())}


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for one in node:
            yield from references(one)


def test_the_document_is_served_and_needs_nothing_from_elsewhere(client: httpx.Client) -> None:
    assert client.get("/openapi.json").json() == DOCUMENT
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404


def test_operation_ids_are_stable() -> None:
    assert set(OPERATIONS) == STABLE


@pytest.mark.parametrize("name", sorted(STABLE))
def test_every_operation_says_what_it_is_for(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["summary"]
    assert not operation["summary"].endswith(".")
    assert operation["description"].endswith(".")
    assert len(operation["description"]) > len(operation["summary"])
    assert operation["tags"]


@pytest.mark.parametrize("name", sorted(STABLE))
def test_every_operation_has_an_example_of_going_well(name: str) -> None:
    responses = OPERATIONS[name]["responses"]
    well = [response for status, response in responses.items() if status.startswith("2")]
    assert well
    for response in well:
        assert all("example" in content and "schema" in content for content in response["content"].values())


@pytest.mark.parametrize("name", sorted(STABLE))
def test_every_operation_lists_its_problems_with_an_example_each(name: str) -> None:
    operation = OPERATIONS[name]
    assert f"{PROBLEM_URN}internal" in problem_uris(operation)
    for status, response in operation["responses"].items():
        for uri in response.get(PROBLEM_TYPES, ()):
            kind = CATALOGUE[next(code for code, one in CATALOGUE.items() if one.uri == uri)]
            assert str(kind.status) == status
            assert f"`{kind.code}`" in response["description"]
        if PROBLEM_TYPES in response and status != "503":
            assert all(content["examples"] for content in response["content"].values())


@pytest.mark.parametrize("name", sorted(STABLE))
def test_guarded_operations_say_how_access_is_refused(name: str) -> None:
    operation = OPERATIONS[name]
    refusals = {f"{PROBLEM_URN}access-token-missing", f"{PROBLEM_URN}access-revoked"}
    assert ("security" in operation) is (refusals <= problem_uris(operation))
    if "security" in operation:
        assert f"{PROBLEM_URN}request-rate-exceeded" in problem_uris(operation)


@pytest.mark.parametrize("name", [name for name in sorted(STABLE) if "requestBody" in OPERATIONS[name]])
def test_every_body_is_described_with_an_example(name: str) -> None:
    body = OPERATIONS[name]["requestBody"]
    assert body["description"]
    assert all("example" in content and "schema" in content for content in body["content"].values())
    assert {f"{PROBLEM_URN}request-body-too-slow", f"{PROBLEM_URN}request-unsupported-media-type"} <= problem_uris(
        OPERATIONS[name]
    )


def test_every_operation_that_takes_a_body_describes_it() -> None:
    taking = {name for name, operation in OPERATIONS.items() if "requestBody" in operation}
    assert taking == {"issueToken", "submitEnvelope", "appendToUpload", "leaseDeliveries", "acknowledgeDelivery"}


@pytest.mark.parametrize("name", sorted(STABLE))
def test_every_parameter_is_described(name: str) -> None:
    for parameter in OPERATIONS[name].get("parameters", ()):
        is_identifier = parameter["in"] == "path" and parameter["schema"].get("format") == "uuid"
        assert is_identifier or parameter.get("description")


def test_every_problem_named_anywhere_is_in_the_table_and_the_other_way_round() -> None:
    named = {uri for operation in OPERATIONS.values() for uri in problem_uris(operation)}
    # What no operation can answer: the framework says these before there is one.
    nowhere = {ProblemCode.UNKNOWN_PATH, ProblemCode.METHOD_NOT_ALLOWED}
    # What is found in a file accompanies an accepted message, and is no problem that an operation answers with.
    warnings = {code for code, kind in CATALOGUE.items() if kind.status < 400}
    assert named == {kind.uri for code, kind in CATALOGUE.items() if code not in nowhere | warnings}


def test_submissions_are_told_every_way_of_being_refused() -> None:
    told = problem_uris(OPERATIONS["submitEnvelope"])
    families = {"package", "message", "signature", "timestamp", "sender", "recipient", "document", "business", "status"}
    families |= {"pdf", "authenticity"}
    refusing = {code: kind for code, kind in CATALOGUE.items() if kind.status >= 400}
    expected = {kind.uri for code, kind in refusing.items() if code.split("/", maxsplit=1)[0] in families}
    assert told >= expected


def test_every_model_referred_to_is_there_and_described() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    referred = {reference.rsplit("/", 1)[1] for reference in references(DOCUMENT)}
    assert referred <= set(schemas)
    assert "HTTPValidationError" not in referred
    assert all(schemas[name].get("description") or "enum" in schemas[name] for name in referred)


def test_access_is_described_as_client_credentials() -> None:
    (scheme,) = DOCUMENT["components"]["securitySchemes"].values()
    assert scheme["flows"]["clientCredentials"]["tokenUrl"] == "/v1/token"
    assert "private_key_jwt" in scheme["description"]
