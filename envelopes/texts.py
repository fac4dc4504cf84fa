"""What the format can carry as text, numbers and times; checked when a model is built."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import TYPE_CHECKING, Final

from envelopes.codes import UnknownCode, WireCode
from envelopes.errors import InvalidModel, ModelFault
from envelopes.limits import ATTACHMENT_NAME_MAX, TEXT_MAX

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

VIETNAM: Final = timezone(timedelta(hours=7))
"""Wire times carry no offset and are Vietnam time (QĐ 28/2018 Art. 14.4). The country has had no other since 1975."""

_NOT_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
_NUMBER_MAX: Final = 2**31 - 1
"""Existing receivers read numbers as 32-bit integers."""


def in_vietnam(moment: datetime) -> str:
    """Return an aware moment as clocks in Vietnam show it, for people to read."""
    return f"{moment.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S} (+07:00)"


def is_carried_unchanged(text: str) -> bool:
    """Return whether a reader gets back exactly this text: XML 1.0 characters, no outer blanks, LF line ends."""
    return bool(text) and text == text.strip() and "\r" not in text and not _NOT_XML.search(text)


def check_texts(instance: DataclassInstance) -> None:
    """Raise `InvalidModel` where a text field (or a tuple of texts) could not be read back as it is."""
    for name in _names_of(type(instance)):
        value = getattr(instance, name)
        texts = value if isinstance(value, tuple) else (value,)
        for text in texts:
            if isinstance(text, str):
                _check_text(text, name)


@cache
def _names_of(kind: type[DataclassInstance]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _check_text(text: str, name: str) -> None:
    if len(text) > TEXT_MAX:
        raise InvalidModel(f"{name}: more than {TEXT_MAX} characters", ModelFault.TOO_LONG, place=name)
    if not is_carried_unchanged(text):
        words = f"{name}: empty, blanks at the ends, or characters XML cannot carry"
        raise InvalidModel(words, ModelFault.CHARACTERS, place=name)


def check_number(number: int | None) -> None:
    """Raise `InvalidModel` for a number that existing receivers cannot read."""
    if number is not None and not 0 <= number <= _NUMBER_MAX:
        raise InvalidModel("numbers are 0 to 2,147,483,647", ModelFault.NUMBER)


def check_code(code: WireCode | UnknownCode, kind: type[WireCode]) -> None:
    """Raise `InvalidModel` for an unknown code that the wire cannot carry, or that a reader would know."""
    if not isinstance(code, UnknownCode):
        return
    if kind.read(code.raw) != code:
        raise InvalidModel(f"not an unknown {kind.__name__}")
    if code.raw:
        _check_text(code.raw, kind.__name__)


def check_something(instance: DataclassInstance) -> None:
    """Raise `InvalidModel` where no field holds anything: an element with nothing in it is as absent."""
    if all(getattr(instance, field.name) in (None, ()) for field in fields(instance)):
        raise InvalidModel(f"{type(instance).__name__}: nothing in it, leave it out")


def check_local_second(moment: datetime | None) -> None:
    """Raise `InvalidModel` unless the moment is aware and falls on a whole second of Vietnam time, as on the wire."""
    if moment is None:
        return
    if moment.utcoffset() is None:
        raise InvalidModel("times are aware")
    try:
        local = moment.astimezone(VIETNAM)
    except OverflowError as error:
        raise InvalidModel("times lie within the years 1 to 9999, in Vietnam too", ModelFault.TIME) from error
    if local.microsecond:
        raise InvalidModel("times are in whole seconds", ModelFault.TIME)


def check_attachment_name(name: str) -> None:
    """Raise `InvalidModel` unless the name is safe to show and to save: no path, no control or format characters."""
    if (
        len(name) > ATTACHMENT_NAME_MAX
        or name in {".", ".."}
        or not name.isprintable()
        or re.search(r'[/\\:*?"<>|]', name)
    ):
        raise InvalidModel("not a plain file name", ModelFault.FILE_NAME)
