"""What gets into the logs, and what never does."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import structlog

from axis.clock import SettableClock
from axis.logs import (
    DROPPED,
    LogEvent,
    UnknownLogEvent,
    configure_logs,
    correlated,
    logger,
)
from envelopes.codes import Priority
from envelopes.identifiers import DocumentId, OrganId, SystemId

_MOMENT = datetime(2026, 11, 20, 8, 0, 0, 5_000, tzinfo=UTC)
_CANARY = "Nguyễn Văn Canary"


@dataclass(frozen=True)
class _Document:
    subject: str


class _Page(io.StringIO):
    """What was logged, as objects."""

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]

    def only(self) -> dict[str, Any]:
        (line,) = self.lines()
        return line


@pytest.fixture
def page() -> Iterator[_Page]:
    page = _Page()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure_logs(SettableClock(_MOMENT), page, is_strict=True)
    yield page
    structlog.reset_defaults()
    root.handlers[:], root.level = before


def test_an_event_is_one_json_object_with_its_time_level_and_identifiers(page: _Page) -> None:
    logger.info(LogEvent.SUBMISSION_ACCEPTED, envelope=UUID(int=7), sender=OrganId("H51.15"), recipients=3)
    assert page.only() == {
        "event": "submission_accepted",
        "time": "2026-11-20T08:00:00.005+00:00",
        "level": "info",
        "envelope": "00000000-0000-0000-0000-000000000007",
        "sender": "H51.15",
        "recipients": 3,
    }


def test_an_event_outside_the_catalogue_is_a_program_error(page: _Page) -> None:
    with pytest.raises(UnknownLogEvent):
        logger.info("something_happened")
    assert page.getvalue() == ""


def test_in_production_such_an_event_is_written_without_its_name() -> None:
    page = _Page()
    configure_logs(SettableClock(_MOMENT), page, is_strict=False)
    logger.info(f"accepted {_CANARY}", envelope=1)
    structlog.reset_defaults()
    assert page.only()["event"] == LogEvent.UNCATALOGUED_EVENT
    assert page.only()["envelope"] == 1
    assert "Canary" not in page.getvalue()


@pytest.mark.parametrize(
    "name",
    ["subject", "content", "file_name", "full_name", "client_secret", "key_password", "access_token", "Authorization"],
)
def test_fields_that_hold_content_names_or_secrets_lose_their_value(page: _Page, name: str) -> None:
    fields: dict[str, Any] = {name: _CANARY}
    logger.info(LogEvent.TOKEN_REFUSED, **fields)
    assert page.only()[name] == DROPPED


@pytest.mark.parametrize("name", ["key_id", "content_digest", "names_count", "subject_code"])
def test_fields_about_such_things_keep_theirs(page: _Page, name: str) -> None:
    fields: dict[str, Any] = {name: "ok"}
    logger.info(LogEvent.TOKEN_REFUSED, **fields)
    assert page.only()[name] == "ok"


@pytest.mark.parametrize(
    "value",
    [_Document(_CANARY), {"a": _CANARY}, _CANARY.encode(), ValueError(_CANARY), Path(_CANARY), _CANARY * 20, object()],
    ids=["dataclass", "mapping", "octets", "exception", "path", "long text", "object"],
)
def test_values_that_may_hold_content_are_dropped_whatever_the_field_is_called(page: _Page, value: object) -> None:
    logger.info(LogEvent.WORK_FAILED, row=value, rows=(value,))
    assert page.only()["row"] == DROPPED
    assert page.only()["rows"] == [DROPPED]
    assert "Canary" not in page.getvalue()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        (Priority.URGENT, "1"),
        (date(2026, 11, 20), "2026-11-20"),
        (_MOMENT, "2026-11-20T08:00:00.005000+00:00"),
        (timedelta(milliseconds=1500), 1.5),
        (DocumentId("a/b"), "a/b"),
        (SystemId("qlvb"), "qlvb"),
        ([OrganId("G09"), 2], ["G09", 2]),
    ],
)
def test_identifiers_codes_numbers_and_times_are_shown(page: _Page, value: object, shown: object) -> None:
    logger.info(LogEvent.WORK_FAILED, row=value)
    assert page.only()["row"] == shown


def test_a_list_is_cut_before_it_fills_the_log(page: _Page) -> None:
    logger.info(LogEvent.SUBMISSION_REFUSED, codes=tuple(range(20_000)))
    assert page.only()["codes"] == list(range(20))


def test_an_exception_is_logged_by_type_and_place_and_without_its_words(page: _Page) -> None:
    try:
        try:
            int(_CANARY)
        except ValueError as error:
            raise KeyError(_CANARY) from error
    except KeyError:
        logger.exception(LogEvent.WORK_FAILED)
    line = page.only()
    assert line["exception"] == ["builtins.KeyError", "builtins.ValueError"]
    assert line["frames"][-1].startswith("test_logs.py:")
    assert line["level"] == "error"
    assert "Canary" not in page.getvalue()


def test_an_exception_can_be_given_as_a_value(page: _Page) -> None:
    logger.error(LogEvent.SEAL_FAILED, exc_info=ValueError(_CANARY))
    assert page.only()["exception"] == ["builtins.ValueError"]


def test_exceptions_that_cause_each_other_in_a_ring_are_no_endless_line(page: _Page) -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    logger.error(LogEvent.SEAL_FAILED, exc_info=first)
    assert len(page.only()["exception"]) == 20


def test_control_characters_cannot_forge_a_line(page: _Page) -> None:
    logger.info(LogEvent.TOKEN_REFUSED, system='a\n{"event": "token_issued"}\x1b[2K\u202e')
    assert len(page.getvalue().splitlines()) == 1
    assert page.getvalue().strip().isprintable()


def test_what_libraries_log_is_kept_as_template_only(page: _Page) -> None:
    logging.getLogger("some.library").warning("cannot read %s", _CANARY)
    logging.getLogger("some.library").info("quiet")
    assert page.only() == {
        "event": "library_message",
        "library": "some.library",
        "template": "cannot read %s",
        "level": "warning",
        "time": "2026-11-20T08:00:00.005+00:00",
    }


def test_a_librarys_exception_loses_its_words_too(page: _Page) -> None:
    logging.getLogger("some.library").error("failed", exc_info=ZeroDivisionError(_CANARY))
    assert page.only()["exception"] == ["builtins.ZeroDivisionError"]
    assert page.only()["level"] == "error"
    assert "Canary" not in page.getvalue()


def test_debugging_is_not_logged(page: _Page) -> None:
    logger.debug(LogEvent.WORK_FAILED)
    assert page.getvalue() == ""


def test_events_of_one_context_carry_its_correlation_id(page: _Page) -> None:
    with correlated("outer"):
        with correlated("inner"):
            logger.info(LogEvent.REQUEST_SERVED)
        logger.info(LogEvent.REQUEST_SERVED)
    logger.info(LogEvent.REQUEST_SERVED)
    assert [line.get("correlation") for line in page.lines()] == ["inner", "outer", None]


@pytest.mark.parametrize("event", LogEvent)
def test_every_event_is_a_static_snake_case_name_with_a_meaning(event: LogEvent) -> None:
    assert event.value.replace("_", "").isascii()
    assert event.value == event.name.lower()
    assert event.meaning.endswith(".")
