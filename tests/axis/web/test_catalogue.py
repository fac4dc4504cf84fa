"""Every code that any floor gives has a problem type with words, a status and an address."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from axis.web.catalogue import BY_SLUG, CATALOGUE, MESSAGE_FAMILIES, PROBLEM_URN, ProblemType, type_of
from axis.web.problem_codes import ProblemCode
from axis.web.problem_table import DOOR_PROBLEMS
from envelopes.obstacles import Obstacle
from envelopes.rules import rules
from routing.reasons import UNTOLD, ReasonCode
from signing.verdict import FailureCode

ROOT = Path(__file__).resolve().parents[3]
FAMILIES = (
    "pdf|authenticity|package|message|signature|timestamp|sender|recipient|document|business|status|acknowledgement"
)
CODE = re.compile(rf'"((?:{FAMILIES})/[a-z0-9-]+)"')
TOLD = [code for code in ReasonCode if code not in UNTOLD and not code.startswith("directory/")]
STATUSES = {201, 400, 401, 404, 405, 408, 409, 410, 413, 415, 416, 422, 429, 500, 503}


def codes_in_the_source() -> set[str]:
    """Every text in the product that has the form of a code of a message."""
    floors = ("envelopes", "signing", "routing", "storage", "axis")
    files = (path for floor in floors for path in (ROOT / floor).rglob("*.py"))
    return {code for path in files for code in CODE.findall(path.read_text("utf-8"))}


def test_every_code_written_anywhere_has_a_problem_type() -> None:
    assert codes_in_the_source() - set(CATALOGUE) == {code.value for code in UNTOLD}


def test_the_search_for_codes_finds_those_of_every_floor() -> None:
    assert codes_in_the_source() >= {code.value for code in (*Obstacle, *FailureCode, *TOLD)}


@pytest.mark.parametrize("code", [*Obstacle, *FailureCode, *ProblemCode])
def test_every_listed_code_has_its_own_type(code: str) -> None:
    assert type_of(str(code)).code == str(code)


@pytest.mark.parametrize("code", TOLD)
def test_every_reason_of_routing_has_its_own_type(code: ReasonCode) -> None:
    assert type_of(code.value).code == code.value


def test_what_no_caller_is_told_is_no_problem_of_the_api() -> None:
    assert [code for code in CATALOGUE if code.startswith("directory/") or code in UNTOLD] == []


@pytest.mark.parametrize("code", sorted({rule.code for rule in rules()}))
def test_every_rule_of_the_format_falls_into_a_family(code: str) -> None:
    assert type_of(code).code.startswith("message/")


def test_a_place_that_only_the_reader_names_falls_into_its_family_too() -> None:
    assert type_of("T.Attachment.ContentTransferEncoded").code == "message/wrong-kind"
    assert type_of("N.MessageHeader.To").code == "message/missing"


def test_a_state_secret_has_a_type_of_its_own() -> None:
    assert type_of("M.StateSecret").code == "message/state-secret"


def test_an_unknown_code_is_not_taken_for_another() -> None:
    with pytest.raises(KeyError):
        type_of("nobody/knows")


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=lambda kind: kind.code)
def test_every_type_says_what_is_wrong_and_what_to_do_in_both_languages(kind: ProblemType) -> None:
    words = kind.words
    assert kind.status in STATUSES
    assert all((words.vi, words.en, words.do_vi, words.do_en))
    assert "{" not in words.vi + words.en + words.do_vi + words.do_en
    assert not kind.title.endswith(".")
    assert not kind.title_vi.endswith(".")
    assert not words.vi.isascii()


def test_slugs_are_unique_and_lead_back() -> None:
    assert len(BY_SLUG) == len(CATALOGUE)
    assert all(BY_SLUG[kind.slug] is kind for kind in CATALOGUE.values())
    assert CATALOGUE["signature/altered"].uri == f"{PROBLEM_URN}signature-altered"


def test_the_doors_own_table_is_complete_and_no_other_floor_writes_into_it() -> None:
    assert set(DOOR_PROBLEMS) == set(ProblemCode)
    others = {*Obstacle, *FailureCode, *ReasonCode, *(code for code, _ in MESSAGE_FAMILIES.values())}
    assert {code.value for code in ProblemCode} & {str(code) for code in others} == set()


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("package/not-xml", 400),
        ("package/too-large", 413),
        ("package/other-dialect", 422),
        ("signature/altered", 422),
        ("sender/not-owner", 422),
        ("recipient/none-left", 422),
        ("document/conflict", 409),
        ("status/conflict", 409),
        ("acknowledgement/wrong-digest", 422),
        ("acknowledgement/lease-not-live", 409),
        ("request/body-too-slow", 408),
        ("access/token-expired", 401),
        ("resource/not-found", 404),
        ("service/busy", 503),
        ("internal", 500),
    ],
)
def test_the_statuses_are_those_of_the_contract(code: str, status: int) -> None:
    assert CATALOGUE[code].status == status
