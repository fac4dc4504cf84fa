"""What gets into the logs, and what never does."""

from __future__ import annotations

import asyncio
import gc
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
    Holds,
    LogEvent,
    LogField,
    UnknownLogEvent,
    UnknownLogField,
    configure_logs,
    correlated,
    logger,
)
from envelopes.codes import Priority
from envelopes.identifiers import DocumentId, OrganId, SystemId

_MOMENT = datetime(2026, 11, 20, 8, 0, 0, 5_000, tzinfo=UTC)
_CANARY = "Nguyễn Văn Canary"
_PASSED = [field for field in LogField if field.holds is not Holds.OWN]
"""Fields that a program may give a value to; the others are the log's own."""

_CONTENT = (
    *("subject", "content", "body", "text", "words", "description", "title", "xml", "octets", "package", "message"),
    *("name", "names", "person", "email", "phone", "telephone", "mobile", "fax", "address", "staff", "position"),
    *("password", "secret", "token", "assertion", "authorization", "cookie", "key", "pin", "jws", "url", "header"),
)
"""What no field may be about, by the last word of its name."""


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


def _written(*, is_strict: bool) -> Iterator[_Page]:
    page = _Page()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure_logs(SettableClock(_MOMENT), page, is_strict=is_strict)
    yield page
    structlog.reset_defaults()
    root.handlers[:], root.level = before


@pytest.fixture
def page() -> Iterator[_Page]:
    """What is logged in development and in tests."""
    yield from _written(is_strict=True)


@pytest.fixture
def production() -> Iterator[_Page]:
    """What is logged in production."""
    yield from _written(is_strict=False)


def test_an_event_is_one_json_object_with_its_time_level_and_identifiers(page: _Page) -> None:
    logger.info(LogEvent.SUBMISSION_ACCEPTED, envelope=UUID(int=7), agency=OrganId("H51.15"), recipients_count=3)
    assert page.only() == {
        "event": "submission_accepted",
        "time": "2026-11-20T08:00:00.005+00:00",
        "level": "info",
        "envelope": "00000000-0000-0000-0000-000000000007",
        "agency": "H51.15",
        "recipients_count": 3,
    }


def test_an_event_outside_the_catalogue_is_a_program_error(page: _Page) -> None:
    with pytest.raises(UnknownLogEvent):
        logger.info("something_happened")
    assert page.getvalue() == ""


def test_in_production_such_an_event_is_written_without_its_name(production: _Page) -> None:
    logger.info(f"accepted {_CANARY}", envelope=1)
    assert production.only()["event"] == LogEvent.UNCATALOGUED_EVENT
    assert production.only()["envelope"] == 1
    assert "Canary" not in production.getvalue()


@pytest.mark.parametrize("name", ["sender", "file_name", "envelopes", "Envelope", "details", "event_id", "exception"])
def test_a_field_outside_the_catalogue_is_a_program_error(page: _Page, name: str) -> None:
    fields: dict[str, Any] = {name: 1}
    with pytest.raises(UnknownLogField, match=name):
        logger.info(LogEvent.TOKEN_REFUSED, **fields)
    assert page.getvalue() == ""


@pytest.mark.parametrize(
    "name",
    ["subject", "content", "file_name", "full_name", "client_secret", "key_password", "access_token", "Authorization"],
)
@pytest.mark.parametrize("value", [_CANARY, "Canary", 27, UUID(int=27)], ids=["name", "word", "number", "identifier"])
def test_fields_that_hold_content_names_or_secrets_lose_their_value(
    production: _Page, name: str, value: object
) -> None:
    fields: dict[str, Any] = {name: value}
    logger.info(LogEvent.TOKEN_REFUSED, **fields)
    assert "Canary" not in production.getvalue()
    assert "27" not in production.getvalue()
    assert DROPPED in production.only().values()


def test_a_name_that_is_content_is_no_name(production: _Page) -> None:
    fields: dict[str, Any] = {_CANARY: 1, "canary" * 20: 2}
    logger.info(LogEvent.TOKEN_REFUSED, **fields)
    assert production.only()[DROPPED] == DROPPED
    assert "canary" not in production.getvalue().lower()


@pytest.mark.parametrize("field", LogField)
def test_no_field_of_the_catalogue_is_about_content_names_or_secrets(field: LogField) -> None:
    assert field.value == field.name.lower()
    assert field.value.rpartition("_")[2] not in _CONTENT
    assert field.meaning.endswith(".")


@pytest.mark.parametrize("field", _PASSED)
@pytest.mark.parametrize(
    "text",
    [
        _CANARY,
        "Về việc rà soát danh mục Canary",
        "two Canary",
        "Canary\n",
        "Canary\x1b[2K",
        "an.canary@Canary.vn",
        "Canary\u202e",
        "Canary" * 40,
        "Nguyễn.Canary",
        "<Canary>",
    ],
)
def test_free_text_is_dropped_from_every_field(production: _Page, field: LogField, text: str) -> None:
    fields: dict[str, Any] = {field: text}
    logger.info(LogEvent.WORK_FAILED, **fields)
    fields = {field: (text, DocumentId(text)) if text.isprintable() and len(text) < 100 else [text]}
    logger.info(LogEvent.WORK_FAILED, **fields)
    first, second = production.lines()
    assert first[field] == DROPPED
    assert set(second[field]) == {DROPPED}
    assert "Canary" not in production.getvalue()


@pytest.mark.parametrize("field", [field for field in LogField if field.holds is Holds.NUMBER])
def test_a_field_for_numbers_holds_no_text(page: _Page, field: LogField) -> None:
    fields: dict[str, Any] = {field: "0912345678"}
    logger.info(LogEvent.WORK_FAILED, **fields)
    assert page.only()[field] == DROPPED


@pytest.mark.parametrize("field", [field for field in LogField if field.holds is Holds.OWN and field != "event"])
def test_what_the_log_itself_notes_is_given_by_nobody_else(production: _Page, field: LogField) -> None:
    fields: dict[str, Any] = {field: "canary"}
    logger.info(LogEvent.WORK_FAILED, **fields)
    assert "canary" not in production.getvalue()


@pytest.mark.parametrize(
    "value",
    [_Document(_CANARY), {"a": _CANARY}, _CANARY.encode(), ValueError(_CANARY), Path(_CANARY), _CANARY * 20, object()],
    ids=["dataclass", "mapping", "octets", "exception", "path", "long text", "object"],
)
def test_values_that_may_hold_content_are_dropped_whatever_the_field_is_called(page: _Page, value: object) -> None:
    logger.info(LogEvent.WORK_FAILED, owed=value, roots=(value,))
    assert page.only()["owed"] == DROPPED
    assert page.only()["roots"] == [DROPPED]
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
        ("signature/altered", "signature/altered"),
        ("-Qq3_thumb-print", "-Qq3_thumb-print"),
        ([OrganId("G09"), 2], ["G09", 2]),
    ],
)
def test_identifiers_codes_numbers_and_times_are_shown(page: _Page, value: object, shown: object) -> None:
    logger.info(LogEvent.WORK_FAILED, owed=value)
    assert page.only()["owed"] == shown


def test_a_list_is_cut_before_it_fills_the_log(page: _Page) -> None:
    logger.info(LogEvent.SUBMISSION_REFUSED, roots=tuple(range(20_000)))
    assert page.only()["roots"] == list(range(20))


def test_a_route_is_shown_as_the_program_has_it_and_an_address_is_not(page: _Page) -> None:
    logger.info(LogEvent.REQUEST_SERVED, path="/v1/deliveries/{delivery_id}/content")
    logger.info(LogEvent.REQUEST_SERVED, path="/v1/envelopes?document_id=canary")
    logger.info(LogEvent.REQUEST_SERVED, path="/v1/problems/%E1%BB%85canary")
    assert [line["path"] for line in page.lines()] == ["/v1/deliveries/{delivery_id}/content", DROPPED, DROPPED]


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


def test_a_template_that_shows_other_letters_is_dropped_and_lines_are_joined(page: _Page) -> None:
    logging.getLogger("some.library").warning(f"{_CANARY} read %d octets", 7)  # noqa: G004 as some libraries do
    logging.getLogger("some.library").error("ended\n  in %d lines\n", 2)
    assert [line["template"] for line in page.lines()] == [DROPPED, "ended in %d lines"]


def test_a_librarys_message_that_was_filled_already_is_dropped_whatever_its_letters(page: _Page) -> None:
    subject = "Ke hoach canary"
    for filled in (f"cannot read {subject}", ValueError(subject), f"100% {subject}"):
        logging.getLogger("some.library").warning(filled)
    logging.getLogger("some.library").warning(ValueError(f"{subject} %d"), 1)
    expected = ("library_message", "some.library", DROPPED, "warning")
    found = [tuple(line[name] for name in ("event", "library", "template", "level")) for line in page.lines()]
    assert found == [expected] * 4
    assert "canary" not in page.getvalue()


def test_a_task_that_nobody_waited_for_says_its_exceptions_type_and_not_its_words(page: _Page) -> None:
    async def fail() -> None:
        raise ValueError("subject Ke hoach canary")

    async def forget() -> None:
        task = asyncio.create_task(fail(), name="canary")
        await asyncio.wait([task])
        del task
        gc.collect()

    asyncio.run(forget())
    line = page.only()
    assert (line["library"], line["level"], line["template"]) == ("asyncio", "error", DROPPED)
    assert line["exception"] == ["builtins.ValueError"]
    assert "canary" not in page.getvalue()


def test_what_a_library_always_says_in_the_same_words_is_kept(page: _Page) -> None:
    logging.getLogger("uvicorn.error").error("Exception in ASGI application\n", exc_info=ValueError(_CANARY))
    assert page.only()["template"] == "Exception in ASGI application"
    assert "Canary" not in page.getvalue()


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
