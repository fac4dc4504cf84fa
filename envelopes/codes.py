"""Enumerations of the format; each member's value is the value on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """A value on the wire that no published table explains: kept as data and shown untranslated."""

    raw: str

    def __str__(self) -> str:
        return self.raw


def _without_zeros(text: str) -> str:
    """Return a row of digits without leading zeros; int() would refuse more than 4,300 of them with an exception."""
    return text.lstrip("0") or "0" if text.isascii() and text.isdecimal() else text


class WireCode(StrEnum):
    """An enumeration of the format. Subclasses list the values; reading never loses one."""

    @classmethod
    def read(cls, raw: str) -> Self | UnknownCode:
        """Return the member written as `raw` (blanks and leading zeros do not matter), or the raw value itself."""
        text = raw.strip()
        for member in cls:
            if text == member.value or _without_zeros(text) == _without_zeros(member.value):
                return member
        return UnknownCode(text)


class BusinessDocType(WireCode):
    """`BussinessDocType`: what a document message does."""

    NEW = "0"
    RECALL = "1"
    UPDATE = "2"
    REPLACE = "3"


class StatusCode(WireCode):
    """`StatusCode`: what an agency says about a document."""

    ARRIVED = "01"
    REFUSED = "02"
    RECEIVED = "03"
    ASSIGNED = "04"
    IN_PROCESS = "05"
    COMPLETED = "06"
    TAKE_BACK_ASKED = "13"
    TAKE_BACK_AGREED = "15"
    TAKE_BACK_REFUSED = "16"

    @property
    def is_by_sender(self) -> bool:
        """True for the one status that the document's sender gives; all others are the recipient's."""
        return self is StatusCode.TAKE_BACK_ASKED

    @property
    def needs_reason(self) -> bool:
        """True where `Description` must say why (refusals and take-back requests)."""
        return self in {StatusCode.REFUSED, StatusCode.TAKE_BACK_ASKED, StatusCode.TAKE_BACK_REFUSED}


class Priority(WireCode):
    """`OtherInfo/Priority`: thường, khẩn, thượng khẩn, hỏa tốc, hỏa tốc hẹn giờ."""

    NORMAL = "0"
    URGENT = "1"
    VERY_URGENT = "2"
    EXPRESS = "3"
    EXPRESS_TIMED = "4"

    @property
    def rank(self) -> int:
        """Return the place in the lease order, 3 first: NĐ 30/2020 knows three urgent grades, 4 counts as hỏa tốc."""
        return min(int(self.value), 3)


class ReceiverType(WireCode):
    """`ReceiverType` of an update: the agency leaves or joins the recipients."""

    REMOVED = "0"
    ADDED = "1"
