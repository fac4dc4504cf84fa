"""Texts of the wire as values: dates, times, numbers and identifiers, with a remark where one cannot be read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Final

from envelopes.errors import Severity
from envelopes.identifiers import DocumentId, IdentifierError, OrganId
from envelopes.parser import Tag
from envelopes.remarks import Reason
from envelopes.sections import Section
from envelopes.texts import VIETNAM

_NUMBER_MAX: Final = 2**31 - 1
_NUMBER = re.compile(r"\d{1,10}", re.ASCII)
_YES: Final = frozenset({"1", "true"})
_NO: Final = frozenset({"0", "false"})
_SHOWN = re.compile(r"[0-9A-Za-z._:/+, -]{1,40}", re.ASCII)
"""Offending texts that are surely no content: what else stood there is not repeated."""

_MOMENT = re.compile(
    r"(?:(?P<year>\d{4})(?P<separator>[/-])(?P<month>\d{1,2})(?P=separator)(?P<day>\d{1,2})"
    r"|(?P<first_day>\d{1,2})/(?P<middle_month>\d{1,2})/(?P<last_year>\d{4}))"
    r"(?:(?P<gap>[T ])(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"(?P<offset>Z|[+-]\d{2}:?\d{2})?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A text read as a day, and as a time where it says one; `plain` where existing receivers read the same."""

    day: date
    time: datetime | None
    plain: bool


def read_moment(text: str) -> Moment | None:
    """Return the day and time a text says, in Vietnam time, or None where it says none or an impossible one.

    The layouts in use: `yyyy/MM/dd`, `dd/MM/yyyy` (legacy e-doc), `yyyy-MM-dd`, each alone or with a time, and ISO 8601
    with an offset. Fractions of a second are dropped.
    """
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    try:
        day = date(
            int(found["year"] or found["last_year"]),
            int(found["month"] or found["middle_month"]),
            int(found["day"] or found["first_day"]),
        )
        time = _time(day, found) if found["hour"] else None
    except (ValueError, OverflowError):
        return None
    plain = found["separator"] == "/" and found["gap"] != "T" and not found["offset"]
    return Moment(time.date() if time else day, time, plain=plain and bool(found["second"] or not time))


def _time(day: date, found: re.Match[str]) -> datetime:
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    moment = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=_zone(found["offset"]))
    return moment.astimezone(VIETNAM)


def _zone(offset: str | None) -> timezone:
    if offset is None:
        return VIETNAM
    if offset == "Z":
        return timezone(timedelta())
    sign = -1 if offset.startswith("-") else 1
    return timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:])))


def day_in(section: Section, tag: Tag) -> date | None:
    """Return the day an element says."""
    text = section.text(tag)
    if text is None:
        return None
    moment = read_moment(text)
    if moment is None:
        section.notes.remark(Reason.DATE_UNREADABLE, section.place_of(tag), value=_shown(text))
        return None
    if not moment.plain:
        section.notes.remark(Reason.DATE_LAYOUT, section.place_of(tag), value=_shown(text))
    return moment.day


def time_in(section: Section, tag: Tag, *, severity: Severity = Severity.ERROR) -> datetime | None:
    """Return the time an element says; a day alone is none. `severity` of the remark on one that cannot be read."""
    text = section.text(tag)
    if text is None:
        return None
    moment = read_moment(text)
    if moment is None or moment.time is None:
        section.notes.remark(Reason.TIME_UNREADABLE, section.place_of(tag), value=_shown(text), severity=severity)
        return None
    if not moment.plain:
        section.notes.remark(Reason.DATE_LAYOUT, section.place_of(tag), value=_shown(text))
    return moment.time


def number_in(section: Section, tag: Tag) -> int | None:
    """Return the number an element says."""
    text = section.text(tag)
    if text is None:
        return None
    number = _number(text)
    if number is None:
        section.notes.remark(Reason.NUMBER_UNREADABLE, section.place_of(tag), value=_shown(text))
    return number


def steering_type_in(section: Section) -> int:
    """Return `SteeringType`, 0 where there is none; existing receivers read it only without blanks and never empty."""
    raw = section.raw(Tag.STEERING_TYPE)
    if raw is None:
        return 0
    number = _number(raw.strip())
    if number is None or raw != raw.strip():
        section.notes.remark(Reason.STEERING_TYPE, section.place_of(Tag.STEERING_TYPE), value=_shown(raw))
    return number or 0


def switch_in(section: Section, tag: Tag) -> bool:
    """Return whether an element says yes."""
    text = (section.text(tag) or "0").lower()
    if text not in _YES | _NO:
        section.notes.remark(Reason.SWITCH_UNREADABLE, section.place_of(tag), value=_shown(text))
    return text in _YES


def organ_id_in(section: Section, *, severity: Severity = Severity.ERROR) -> OrganId | None:
    """Return the agency id of a section; builders write `null` where their user set none."""
    text = section.text(Tag.ORGAN_ID)
    return None if text is None else organ_id(text, section, severity=severity)


def organ_id(text: str, section: Section, *, severity: Severity = Severity.ERROR) -> OrganId | None:
    """Return a text as the agency id of this section."""
    try:
        return OrganId(text)
    except IdentifierError:
        place = section.place_of(Tag.ORGAN_ID)
        section.notes.remark(Reason.ORGAN_ID_UNREADABLE, place, value=_shown(text), severity=severity)
        return None


def document_id_in(section: Section) -> DocumentId | None:
    """Return the document id of a section."""
    text = section.text(Tag.DOCUMENT_ID)
    if text is None:
        return None
    try:
        return DocumentId(text)
    except IdentifierError:
        section.notes.remark(Reason.DOCUMENT_ID_UNREADABLE, section.place_of(Tag.DOCUMENT_ID), value=_shown(text))
        return None


def _number(text: str) -> int | None:
    if not _NUMBER.fullmatch(text) or int(text) > _NUMBER_MAX:
        return None
    return int(text)


def _shown(text: str) -> str | None:
    return text if _SHOWN.fullmatch(text) else None
