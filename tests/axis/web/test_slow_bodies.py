"""What was true when a body began to arrive need not be true when it is there: the caller is looked at again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest

from axis.web.app import create_app
from routing.agencies import SystemState
from tests.axis.web.calling import PACKAGE, XML, bearer
from tests.axis.web.country import DEPARTMENT, MINISTRY, NOW, PROVINCE, directory, system, system_key
from tests.axis.web.fakes import GOOD_STATEMENT, FakeAxis, offer
from tests.axis.web.running import BASE_URL, Client, in_process

ENVELOPES = "/v1/envelopes"
JOSE = {"Content-Type": "application/jose"}


@pytest.fixture
def client(axis: FakeAxis) -> Iterator[Client]:
    with in_process(create_app(axis)) as client:
        yield client


def post_slowly(
    client: Client, path: str, headers: dict[str, str], octets: bytes, *, meanwhile: Callable[[], object]
) -> httpx.Response:
    """Return the answer to a body of which the second half is sent after something happened."""

    async def halves() -> AsyncIterator[bytes]:
        yield octets[:10]
        meanwhile()
        yield octets[10:]

    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(client.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as slow:
            return await slow.post(path, content=halves(), headers=headers)

    return client.portal.call(call)


ENDED = {
    "suspended": directory(
        system("vpcp", MINISTRY, state=SystemState.SUSPENDED), system("tinh-a", PROVINCE, state=SystemState.SUSPENDED)
    ),
    "gone": directory(),
    "key ended": directory(
        system("vpcp", MINISTRY, key=system_key("vpcp", valid_to=NOW)),
        system("tinh-a", PROVINCE, key=system_key("tinh-a", valid_to=NOW)),
    ),
}


@pytest.mark.parametrize("changed", ENDED.values(), ids=ENDED.keys())
def test_a_system_that_ends_while_its_package_arrives_sends_nothing(
    client: Client, axis: FakeAxis, ministry: dict[str, str], changed: object
) -> None:
    def end() -> None:
        axis.atlas.current = changed  # type: ignore[assignment]

    answer = post_slowly(client, ENVELOPES, ministry | XML, PACKAGE, meanwhile=end)
    assert (answer.status_code, answer.json()["code"]) == (401, "access/revoked")
    assert axis.intake.packages == {}


@pytest.mark.parametrize("changed", ENDED.values(), ids=ENDED.keys())
def test_a_system_that_ends_while_its_acknowledgement_arrives_acknowledges_nothing(
    client: Client, axis: FakeAxis, province: dict[str, str], changed: object
) -> None:
    def end() -> None:
        axis.atlas.current = changed  # type: ignore[assignment]

    axis.handover.waiting.append(offer(axis.clock, DEPARTMENT))
    path = f"/v1/deliveries/{axis.handover.waiting[0].delivery_id}/acknowledgement"
    answer = post_slowly(client, path, province | JOSE, GOOD_STATEMENT.encode(), meanwhile=end)
    assert (answer.status_code, answer.json()["code"]) == (401, "access/revoked")


def test_a_token_that_ends_while_the_package_arrives_sends_nothing(
    client: Client, axis: FakeAxis, ministry: dict[str, str]
) -> None:
    answer = post_slowly(client, ENVELOPES, ministry | XML, PACKAGE, meanwhile=lambda: axis.pass_time(seconds=300))
    assert (answer.status_code, answer.json()["code"]) == (401, "access/token-expired")
    assert axis.intake.packages == {}


def test_the_package_is_judged_by_the_directory_in_effect_when_it_is_there(
    client: Client, axis: FakeAxis, ministry: dict[str, str]
) -> None:
    later = directory(system("vpcp", MINISTRY), version=7)

    def change() -> None:
        axis.atlas.current = later

    answer = post_slowly(client, ENVELOPES, ministry | XML, PACKAGE, meanwhile=change)
    assert answer.status_code == 201
    assert [caller.directory for caller in axis.intake.callers] == [later]


def test_a_slow_body_counts_as_one_request() -> None:
    axis = FakeAxis(requests_per_minute=4)
    with in_process(create_app(axis, stopwatch=lambda: 0.0)) as client:
        headers = bearer(client, axis) | XML
        answers = [client.post(ENVELOPES, content=PACKAGE, headers=headers).status_code for _ in range(2)]
    assert answers == [201, 429]
