"""Whatever is sent to the door, the answer is a refusal in its own words, never a failure of the door."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from axis.web.api.envelopes import prefers_xml
from axis.web.app import create_app
from axis.web.catalogue import CATALOGUE
from tests.axis.web.calling import PACKAGE, XML, assertion, bearer, form, signed
from tests.axis.web.country import key_of
from tests.axis.web.fakes import FakeAxis
from tests.axis.web.running import in_process
from tests.vietnamese import foreign, sentences

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
CLAIMS = st.dictionaries(st.sampled_from(["iss", "sub", "aud", "exp", "iat", "nbf", "jti"]), JSON, max_size=7)
LEASES = st.dictionaries(st.sampled_from(["recipients", "limit", "seconds", "wait", "other"]), JSON, max_size=5)
TEXT = st.text(st.characters(codec="utf-8"), max_size=200)
HEADER = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=80)

Door = tuple[httpx.Client, FakeAxis, dict[str, str]]


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    """One application for all examples of a property, with the headers of a system."""
    axis = FakeAxis(requests_per_minute=1_000_000_000)
    with in_process(create_app(axis)) as client:
        yield client, axis, bearer(client, axis)


def is_told(answer: httpx.Response) -> bool:
    """Whether the answer is a success, or a refusal in the words of the catalogue, Vietnamese ones in Vietnamese."""
    if answer.is_success:
        return True
    problem = answer.json()
    findings = problem.get("findings", [])
    # What happened is the first finding, where there is one, with its place: and a place may be anything here.
    said = {name: text for name, text in problem.items() if name != "detail_vi" or not findings}
    assert [text for text in sentences(said) if foreign(text)] == []
    assert not findings or problem["detail_vi"].startswith(findings[0]["vi"])
    return answer.status_code < 500 and problem["code"] in CATALOGUE


@given(st.binary(max_size=200))
def test_any_body_of_a_token_request_is_refused(door: Door, body: bytes) -> None:
    client, _, _ = door
    answer = client.post("/v1/token", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 400
    assert is_told(answer)


@given(TEXT)
def test_any_text_is_no_assertion(door: Door, text: str) -> None:
    client, _, _ = door
    answer = client.post("/v1/token", data=form(text))
    assert answer.status_code in {400, 401}
    assert is_told(answer)


@given(CLAIMS)
def test_any_claims_signed_with_the_right_key_are_judged(door: Door, said: dict[str, object]) -> None:
    client, _, _ = door
    honest: dict[str, object] = {"iss": "vpcp", "sub": "vpcp"}
    answer = client.post("/v1/token", data=form(signed(key_of("vpcp"), honest | said)))
    assert answer.status_code == 401
    assert is_told(answer)


@given(TEXT)
def test_any_scope_is_granted_or_refused(door: Door, scope: str) -> None:
    client, axis, _ = door
    assert is_told(client.post("/v1/token", data=form(assertion(axis, "tinh-a"), scope=scope)))


@given(JSON | LEASES)
def test_any_json_asks_for_deliveries_or_is_refused(door: Door, asked: object) -> None:
    client, _, headers = door
    patient = asked if not isinstance(asked, dict) else {key: value for key, value in asked.items() if key != "wait"}
    assert is_told(client.post("/v1/leases", json=patient, headers=headers))


@given(HEADER, HEADER)
def test_any_header_is_lived_with(door: Door, accept: str, digest: str) -> None:
    client, _, headers = door
    named = headers | XML | {"Accept": accept, "Content-Digest": digest, "Correlation-Id": accept}
    answer = client.post("/v1/envelopes", content=PACKAGE, headers=named)
    assert is_told(answer)
    assert answer.headers["Correlation-Id"]
    assert isinstance(prefers_xml(accept), bool)


@given(HEADER)
def test_any_authorization_but_the_right_one_is_refused(door: Door, text: str) -> None:
    client, _, _ = door
    answer = client.get("/v1/envelopes", headers={"Authorization": text})
    assert answer.status_code == 401
    assert is_told(answer)


@given(st.binary(min_size=1, max_size=40))
def test_any_id_in_an_address_is_found_or_refused(door: Door, identifier: bytes) -> None:
    client, _, headers = door
    escaped = "".join(f"%{octet:02X}" for octet in identifier)
    for path in ("envelopes", "evidences", "deliveries", "directory/agencies", "problems"):
        assert is_told(client.get(f"/v1/{path}/{escaped}", headers=headers))


@pytest.mark.parametrize(
    ("asked", "vi"),
    [
        ({"limit": 0}, "không được nhỏ hơn 1"),
        ({"limit": 1_000_000}, "không được lớn hơn 100"),
        ({"limit": "many"}, "cần số nguyên"),
        ({"limit": 1.5}, "cần số nguyên"),
        ({"limit": None}, "cần số nguyên"),
        ({"wait": True}, "cần số nguyên"),
        ({"recipients": 1}, "cần danh sách"),
        ({"recipients": [1]}, "cần chuỗi ký tự"),
        ({"recipients": [""]}, "ngắn hơn 1 ký tự"),
        ({"recipients": ["x" * 36]}, "dài hơn 35 ký tự"),
        ({"recipients": ["?"]}, "không phải là mã định danh cơ quan"),
        ({"recipients": ["H51"] * 10_000}, "có nhiều hơn 1000 mục"),
        ({"other": 1}, "không có tham số này"),
        ([], "cần đối tượng JSON"),
    ],
)
def test_a_fault_of_a_body_is_told_in_vietnamese(door: Door, asked: object, vi: str) -> None:
    client, _, headers = door
    answer = client.post("/v1/leases", json=asked, headers=headers)
    assert answer.json()["findings"][0]["vi"] == f"Tham số không hợp lệ: {vi}."
    assert is_told(answer)


@pytest.mark.parametrize(
    ("query", "vi"),
    [
        ("limit=x", "cần số nguyên"),
        ("limit=0", "không được nhỏ hơn 1"),
        ("limit=" + "9" * 5_000, "số quá lớn"),
        ("after=x", "không phải là UUID"),
        ("direction=received", "cần một trong các giá trị 'sent'"),
        ("other=1", "không có tham số này"),
        ("document_id=%20", "không phải là mã văn bản"),
    ],
    ids=range(7),
)
def test_a_fault_of_a_query_is_told_in_vietnamese(door: Door, query: str, vi: str) -> None:
    client, _, headers = door
    answer = client.get(f"/v1/envelopes?{query}", headers=headers)
    assert answer.json()["findings"][0]["vi"] == f"Tham số không hợp lệ: {vi}."
    assert is_told(answer)


def test_a_fault_of_an_address_is_told_in_vietnamese(door: Door) -> None:
    client, _, headers = door
    answer = client.get("/v1/envelopes/x", headers=headers)
    assert answer.json()["findings"][0]["vi"] == "Tham số không hợp lệ: không phải là UUID."
    assert is_told(answer)
