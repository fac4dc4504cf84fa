"""JSON logs: events from one catalogue, identifiers as fields, never content, names of persons or secrets."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from enum import Enum, StrEnum
from typing import Any, Final, Protocol, Self, TextIO
from uuid import UUID

import structlog

from axis.tracebacks import error_of, frames_of, types_of
from envelopes.identifiers import DocumentId, OrganId, SystemId

DROPPED: Final = "[dropped]"
"""Stands where a value was that logs must not hold."""

_TEXT_MAX: Final = 200
"""Characters of a library's template and of a route; longer texts are content."""

_ITEMS_MAX: Final = 20
"""Items of one field: a submission to 15,000 agencies must not write a log line of a megabyte."""

_WORD: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._:/-]{0,127}")
"""An identifier or a code. The longest of ours has 64 characters; a sentence has spaces, a name its diacritics."""

_ROUTE: Final = re.compile(rf"/[A-Za-z0-9._:/{{}}-]{{0,{_TEXT_MAX - 1}}}")
_TEMPLATE: Final = re.compile(rf"[ -~]{{0,{_TEXT_MAX}}}")
_NAME: Final = re.compile(r"[a-z][a-z_]{0,39}")

_CONSTANT_TEXTS: Final = frozenset(
    {
        # uvicorn, whose lines say why there is none of ours: the request never came to the application ...
        "Invalid HTTP request received.",
        "Unsupported upgrade request.",
        # ... or came out of it without an answer.
        "Exception in ASGI application",
        "ASGI callable returned without starting response.",
        "ASGI callable returned without completing response.",
        # dramatiq: the worker takes nothing from its queue for a while.
        "Consumer encountered an unexpected error.",
    }
)
"""What libraries say without values. Any other text that comes without values may have been filled beforehand."""


class LogEvent(StrEnum):
    """Everything the axis logs. A name never changes; `meaning` says when it is written."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Self:
        """Return the member with its meaning."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    AXIS_STARTED = "axis_started", "A process is ready for work."
    AXIS_STOPPED = "axis_stopped", "A process has finished what it had in hand and ends."

    REQUEST_SERVED = "request_served", "A request was answered."
    REQUEST_FAILED = "request_failed", "A request ended in an error nobody foresaw; the caller got problem 500."

    TOKEN_ISSUED = "token_issued", "A system proved who it is and got a token."
    TOKEN_REFUSED = "token_refused", "A system could not prove who it is, or used a token that does not count."
    ACCESS_HIDDEN = "access_hidden", "A system asked for what is not its own and was told that there is nothing."

    SUBMISSION_ACCEPTED = "submission_accepted", "A message is durable, routed and receipted."
    SUBMISSION_REPEATED = "submission_repeated", "A message came again and got its first receipt."
    SUBMISSION_REFUSED = "submission_refused", "A readable message was refused, with evidence."
    SUBMISSION_UNREADABLE = "submission_unreadable", "Input was refused before it was a message; nothing was kept."
    SUBMISSION_DEFERRED = "submission_deferred", "Too much was in hand; the system was asked to come again."
    UPLOAD_BEGUN = "upload_begun", "A system began to send a package in chunks."
    UPLOAD_ENDED = "upload_ended", "A package that came in chunks was accepted, was given up, or was another."
    UPLOAD_DAMAGED = "upload_damaged", "The store lost or damaged a chunk; its sender is to go on from there again."
    UPLOADS_CLEARED = "uploads_cleared", "What was left of uploads whose day was over was removed."
    SECURITY_ALARM = "security_alarm", "A refusal hints at an attempt on somebody else's documents."

    DELIVERY_LEASED = "delivery_leased", "A recipient's system took a delivery in hand."
    DELIVERY_RELEASED = "delivery_released", "A recipient's system gave a delivery back."
    CONTENT_FETCHED = "content_fetched", "The first octet of a document left the axis for a recipient."
    DOWNLOAD_CUT_SHORT = (
        "download_cut_short",
        "A download took longer than it may, or its system was suspended meanwhile; its connection was ended.",
    )
    DELIVERY_DELAYED = "delivery_delayed", "A recipient had not taken a delivery over by when it was due."
    DELIVERY_ACKNOWLEDGED = "delivery_acknowledged", "A recipient acknowledged a delivery, signed."
    ACKNOWLEDGEMENT_REFUSED = "acknowledgement_refused", "An acknowledgement does not count."
    DEMAND_MADE = "demand_made", "A document was recalled, or changed: deliveries were withdrawn, recipients asked."
    DEMAND_ANSWERED = "demand_answered", "A recipient answered a recall or an update of a document."
    DEMAND_UNANSWERED = "demand_unanswered", "An alarm, once: a recall or an update was not answered in time."

    EVIDENCE_SEALED = "evidence_sealed", "An evidence that was owed has been sealed and stored."
    EVIDENCE_DELAYED = (
        "evidence_delayed",
        "An evidence that was taken in hand several times and never sealed is tried once more, by itself.",
    )
    JUDGEMENT_UNREADABLE = (
        "judgement_unreadable",
        "What is kept of a message's judged signatures cannot be read; its trace goes without.",
    )
    SEAL_FAILED = "seal_failed", "A seal could not be made or does not verify."

    WORK_FAILED = "work_failed", "A piece of background work failed and will be tried again."
    BELL_NOT_RUNG = "bell_not_rung", "Waiting recipients could not be woken; each looks by itself every two seconds."
    BROKER_LOST = (
        "broker_lost",
        "The broker takes or gives nothing, told once until it does again; the sweep finds what nobody rings for.",
    )
    BROKER_FOUND = "broker_found", "The broker serves again."
    BROKER_RUBBISH = (
        "broker_rubbish",
        "Something in the broker's queue is no stroke of the axis and was dropped; told once a minute at the most.",
    )
    CLOCK_ASTRAY = (
        "clock_astray",
        "The clock of a process is not the database's, told once: it does nothing that depends on the time meanwhile.",
    )
    CLOCK_RIGHT = "clock_right", "The clock of a process agrees with the database's again; it goes on by itself."
    LEADER_CHANGED = "leader_changed", "A worker does from now on, or does no longer, what one of all has to do."
    DELIVERIES_FORWARDED = "deliveries_forwarded", "What waited at a closed agency was given to its successor."
    PARTITIONS_CREATED = "partitions_created", "Partitions for coming months were made."

    DATABASE_UNAVAILABLE = "database_unavailable", "The database did not answer in time."
    SPOOL_UNAVAILABLE = "spool_unavailable", "A body could not be kept: the temporary folder is full, or refuses."
    STORE_UNAVAILABLE = "store_unavailable", "The object store did not answer, or not with what was stored."

    NOTICE_TAKEN = "notice_taken", "A connected system took a notice at its webhook."
    NOTICE_FAILED = "notice_failed", "A connected system could not be told at its webhook, or not this time."
    NOTICE_SET_ASIDE = "notice_set_aside", "Workers kept dying over a notice or a package; it waits for an operator."
    CARRIAGE_TURNED_OVER = "carriage_turned_over", "What nobody is left to be pushed to can be pulled instead."

    AUTHORITY_UNREACHABLE = (
        "authority_unreachable",
        "A certification authority gave no usable answer; its certificates are asked about again.",
    )

    TRUST_LOADED = "trust_loaded", "A process works with a trust store that it read anew, or that was mended."
    TRUST_BROKEN = (
        "trust_broken",
        "The files of the trust store make none: the one read before goes on to be used, until they are mended.",
    )

    DIRECTORY_LOADED = "directory_loaded", "A process works with a new version of the directory."
    DIRECTORY_CHANGED = "directory_changed", "Somebody changed the directory."

    LIBRARY_MESSAGE = "library_message", "A library logged something; only its unfilled template is kept."
    UNCATALOGUED_EVENT = "uncatalogued_event", "A program error: an event that is not in this list was logged."


class Holds(StrEnum):
    """What a field may hold as text. Numbers, truth values, times and UUIDs tell nothing and may stand in any."""

    NUMBER = "a number"
    IDENTIFIER = "an identifier"
    CODE = "a code"
    ROUTE = "a path of the API, with names for its ids"
    TEMPLATE = "a library's message before it was filled"
    OWN = "what only the log itself notes"


class LogField(StrEnum):
    """Everything a line may hold. Who logs gives values to those that are not the log's own."""

    holds: Holds
    meaning: str

    def __new__(cls, value: str, holds: Holds, meaning: str) -> Self:
        """Return the member with what it holds and what that means."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.holds = holds
        member.meaning = meaning
        return member

    EVENT = "event", Holds.OWN, "What happened, from the catalogue."
    LEVEL = "level", Holds.OWN, "info, warning or error."
    TIME = "time", Holds.OWN, "When, in UTC."
    CORRELATION = "correlation", Holds.OWN, "The request that caused it; the caller was told the same."
    EXCEPTION = "exception", Holds.OWN, "Types of an exception and of those that led to it, the last one first."
    FRAMES = "frames", Holds.OWN, "Where it happened, the innermost place last."

    SYSTEM = "system", Holds.IDENTIFIER, "The connected system that called."
    KEY_ID = "key_id", Holds.IDENTIFIER, "The key it proved itself with, by its thumbprint."
    ROOTS = "roots", Holds.IDENTIFIER, "Agencies that a token is good for, with all below them."
    AGENCY = "agency", Holds.IDENTIFIER, "The agency that changed."
    ENVELOPE = "envelope", Holds.IDENTIFIER, "The accepted message."
    DELIVERY = "delivery", Holds.IDENTIFIER, "The delivery of it to one recipient."
    UPLOAD = "upload", Holds.IDENTIFIER, "The upload."
    LEASE = "lease", Holds.IDENTIFIER, "A recipient's turn at some deliveries."
    EVIDENCE = "evidence", Holds.IDENTIFIER, "The sealed evidence."
    OWED = "owed", Holds.IDENTIFIER, "The event whose evidence could not be sealed."
    ENTRY = "entry", Holds.IDENTIFIER, "The file of the trust store that is broken."
    HOST = "host", Holds.IDENTIFIER, "The certification authority's host."

    CAUSE = "cause", Holds.CODE, "Why an authority, the broker or a webhook gave no usable answer."
    CODE = "code", Holds.CODE, "The problem that was answered, or the first reason of a refusal."
    FAULT = "fault", Holds.CODE, "Why no seal could be made, or the object store was of no use."
    METHOD = "method", Holds.CODE, "Method of the request."
    OUTCOME = "outcome", Holds.CODE, "What the recipient says became of the delivery, or of what was asked of it."
    PART = "part", Holds.CODE, "The part of the axis that speaks."
    STATE = "state", Holds.CODE, "How the upload stands."
    TAG = "tag", Holds.CODE, "The event in the history of the directory."
    TYPE = "type", Holds.CODE, "Type of the evidence."
    WORK = "work", Holds.CODE, "The piece of background work."
    LIBRARY = "library", Holds.CODE, "The library's logger."
    TEMPLATE = "template", Holds.TEMPLATE, "What the library says, without the values."
    PATH = "path", Holds.ROUTE, "The address that was asked, as the API's description has it."

    IS_LEADER = "is_leader", Holds.NUMBER, "Whether the worker does it from now on."
    ATTEMPT = "attempt", Holds.NUMBER, "Which call about the same notice it was."
    FAILURES_COUNT = "failures_count", Holds.NUMBER, "Calls to a webhook that failed in a row."
    STATUS = "status", Holds.NUMBER, "HTTP status of the answer."
    SECONDS = "seconds", Holds.NUMBER, "From the end of the request's headers to the end of the answer."
    SECONDS_AHEAD = (
        "seconds_ahead",
        Holds.NUMBER,
        "By how much the process's clock is ahead of the database's; negative where it is behind.",
    )
    VERSION = "version", Holds.NUMBER, "Version of the directory."
    AUTHORITIES_COUNT = "authorities_count", Holds.NUMBER, "Authorities in the trust store."
    DELIVERIES_COUNT = "deliveries_count", Holds.NUMBER, "Deliveries taken in hand, given back or withdrawn."
    OCTETS_LEFT = "octets_left", Holds.NUMBER, "Octets of a package that had not left yet."
    PARTITIONS_COUNT = "partitions_count", Holds.NUMBER, "Partitions that were made."
    RECIPIENTS_COUNT = "recipients_count", Holds.NUMBER, "Recipients named in the message, asked by it, or not woken."
    UPLOADS_COUNT = "uploads_count", Holds.NUMBER, "Uploads that were removed."
    WARNINGS_COUNT = "warnings_count", Holds.NUMBER, "Warnings told to the sender."


_KNOWN: Final = frozenset(LogEvent)
_FIELDS: Final = {field.value: field for field in LogField if field.holds is not Holds.OWN}

_HANDED_ON: Final = frozenset({"event", "exc_info"})
"""What is no field: its own steps look after it."""

_TEXTS: Final = {Holds.IDENTIFIER: _WORD, Holds.CODE: _WORD, Holds.ROUTE: _ROUTE}
"""How a text must look; of what is not here, none is shown."""


class UnknownLogEvent(Exception):
    """An event that is not in the catalogue was logged: a program error, raised in development and tests."""


class UnknownLogField(Exception):
    """A field that is not in the catalogue was given a value: a program error, raised in development and tests."""


_Fields = MutableMapping[str, Any]


class _Clock(Protocol):
    def now(self) -> datetime: ...


logger: Final[structlog.typing.FilteringBoundLogger] = structlog.get_logger()
"""Writes events: `logger.info(LogEvent.SUBMISSION_ACCEPTED, envelope=envelope_id, sender=organ_id)`."""

_correlation: ContextVar[str | None] = ContextVar("correlation", default=None)


def configure_logs(clock: _Clock, stream: TextIO, *, is_strict: bool) -> None:
    """Send all logs of this process, those of libraries from WARNING up included, to `stream`, one JSON object a line.

    `is_strict` (development and tests) raises `UnknownLogEvent` where production writes `uncatalogued_event`, and
    `UnknownLogField` where production drops the value.
    """

    def add_time(_logger: object, _method: str, fields: _Fields) -> _Fields:
        fields["time"] = clock.now().isoformat(timespec="milliseconds")
        return fields

    structlog.configure(
        processors=[
            *((_require_known_event, _require_known_fields) if is_strict else (_replace_unknown_event,)),
            _drop_what_logs_must_not_hold,
            _describe_exception,
            structlog.processors.add_log_level,
            _add_correlation,
            add_time,
            structlog.processors.JSONRenderer(serializer=json.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_LibraryMessages()], force=True)


@contextmanager
def correlated(identifier: str) -> Iterator[None]:
    """Within this context every event carries `correlation`."""
    token = _correlation.set(identifier)
    try:
        yield
    finally:
        _correlation.reset(token)


class _Template(str):
    """What a library logged, before it was filled; nobody else's text passes for one."""

    __slots__ = ()


class _LibraryMessages(logging.Handler):
    """Turns what libraries log into events. Arguments are left out: they may hold anything."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record of a library."""
        level = logging.ERROR if record.levelno >= logging.ERROR else logging.WARNING
        template = _template_of(record)
        logger.log(level, LogEvent.LIBRARY_MESSAGE, library=record.name, template=template, exc_info=record.exc_info)


def _template_of(record: logging.LogRecord) -> str:
    """Return what a library says without values: asyncio and others fill in theirs before they log."""
    if not isinstance(record.msg, str):
        return DROPPED
    text = " ".join(record.msg.split())
    return _Template(text[:_TEXT_MAX]) if record.args or text in _CONSTANT_TEXTS else DROPPED


def _require_known_event(_logger: object, _method: str, fields: _Fields) -> _Fields:
    if fields["event"] not in _KNOWN:
        raise UnknownLogEvent(str(fields["event"])[:_TEXT_MAX])
    return fields


def _require_known_fields(_logger: object, _method: str, fields: _Fields) -> _Fields:
    unknown = fields.keys() - _FIELDS.keys() - _HANDED_ON
    if unknown:
        raise UnknownLogField(", ".join(sorted(unknown))[:_TEXT_MAX])
    return fields


def _replace_unknown_event(_logger: object, _method: str, fields: _Fields) -> _Fields:
    """Put a name from the catalogue where a program wrote its own: that one may hold anything."""
    if fields["event"] not in _KNOWN:
        fields["event"] = LogEvent.UNCATALOGUED_EVENT
    return fields


def _describe_exception(_logger: object, _method: str, fields: _Fields) -> _Fields:
    """Put an exception as its types and places: its own words may quote what it choked on."""
    error = error_of(fields.pop("exc_info", None))
    if error is not None:
        fields["exception"] = tuple(types_of(error))
        fields["frames"] = tuple(frames_of(error))
    return fields


def _drop_what_logs_must_not_hold(_logger: object, _method: str, fields: _Fields) -> _Fields:
    kept = {name: fields[name] for name in _HANDED_ON & fields.keys()}
    return kept | dict(_shown(name, value) for name, value in fields.items() if name not in kept)


def _shown(name: str, value: object) -> tuple[str, object]:
    """Return a field as it may be written; of one that nobody knows, the name at the most."""
    field = _FIELDS.get(name)
    if field is None:
        return (name if _NAME.fullmatch(name) else DROPPED), DROPPED
    return name, _presentable(value, field.holds)


def _presentable(value: object, holds: Holds) -> object:
    """Return a value as JSON can hold it: numbers, identifiers, codes, times; anything else might be content."""
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return _presentable(value.value, holds)
        case datetime() | date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case UUID():
            return str(value)
        case _Template():
            return str(value) if _TEMPLATE.fullmatch(value) else DROPPED
        case str() | OrganId() | DocumentId() | SystemId():
            pattern = _TEXTS.get(holds)
            return str(value) if pattern is not None and pattern.fullmatch(str(value)) else DROPPED
        case tuple() | list() | frozenset():
            return [_presentable(item, holds) for item in list(value)[:_ITEMS_MAX]]
        case _:
            return DROPPED


def _add_correlation(_logger: object, _method: str, fields: _Fields) -> _Fields:
    identifier = _correlation.get()
    if identifier is not None:
        fields["correlation"] = identifier
    return fields
