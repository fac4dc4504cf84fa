"""Identifiers of the exchange, parsed once and typed for ever."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import NewType
from uuid import UUID

from envelopes.limits import DOCUMENT_ID_MAX, ORGAN_ID_MAX, SYSTEM_ID_MAX

EnvelopeId = NewType("EnvelopeId", UUID)
"""The transport id the axis gives to one accepted message (UUIDv7)."""

DeliveryId = NewType("DeliveryId", UUID)
"""One envelope on its way to one recipient agency (UUIDv7)."""

EvidenceId = NewType("EvidenceId", UUID)
"""One sealed piece of evidence (EN 319 522-2 `EvidenceIdentifier`, UUIDv7)."""

EventId = NewType("EventId", UUID)
"""One recorded fact in the life of an envelope or a delivery (UUIDv7)."""

_ORGAN_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*")
_QCVN_2016 = re.compile(r"\d{3}\.\d{2}\.\d{2}\.[A-Y]\d{2}")
_QD20_STATE = re.compile(r"[A-Y]\d{2}(\.[0-9A-Z]+)*")
_QD20_BUSINESS = re.compile(r"\d{10}(-\d{3})?")
_QD20_SCHEME = re.compile(r"Z(0[1-9]|[1-9]\d).+")
_SYSTEM_ID = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_EMPTY_GROUP = re.compile(r"0+")
_SLOTS_2016 = (3, 2, 2)
"""Widths of the groups left of level 1 in a 13-character id (QĐ 28/2018 Art. 10.2a)."""


class IdentifierError(ValueError):
    """The text is no identifier of the kind asked for."""


class OrganIdSyntax(Enum):
    """The syntax an agency id is written in."""

    QCVN_2016 = "QCVN 102:2016, 13 characters, level 1 on the right"
    QD20_STATE = "QĐ 20/2020 Art. 4, level 1 on the left"
    QD20_BUSINESS = "QĐ 20/2020 Art. 5, registration number"
    QD20_SCHEME = "QĐ 20/2020 Art. 6, scheme code Zxy"
    OTHER = "no published syntax; occurs on connected systems"


@dataclass(frozen=True, slots=True, order=True)
class OrganId:
    """An agency id in any of the syntaxes in use, at most 35 ASCII characters.

    Equality is by exact text. Two spellings of one agency are aliases of a directory entry and are
    never equal here: only the directory may say that `H51.15` and `000.00.15.H51` are the same.
    """

    value: str

    def __post_init__(self) -> None:
        if len(self.value) > ORGAN_ID_MAX or not _ORGAN_ID.fullmatch(self.value) or self.value == "null":
            raise IdentifierError("not an agency id")

    def __str__(self) -> str:
        return self.value

    @property
    def key(self) -> str:
        """The text under which aliases are compared: two agencies may not differ by case alone."""
        return self.value.upper()

    @property
    def syntax(self) -> OrganIdSyntax:
        """Return the published syntax this id follows, most specific first."""
        if _QCVN_2016.fullmatch(self.value):
            return OrganIdSyntax.QCVN_2016
        if _QD20_STATE.fullmatch(self.value):
            return OrganIdSyntax.QD20_STATE
        if _QD20_BUSINESS.fullmatch(self.value):
            return OrganIdSyntax.QD20_BUSINESS
        if _QD20_SCHEME.fullmatch(self.value):
            return OrganIdSyntax.QD20_SCHEME
        return OrganIdSyntax.OTHER

    def counterpart(self) -> OrganId | None:
        """Return the mechanical spelling in the other syntax, or None where there is none.

        Groups are reversed and empty groups dropped or filled: `000.00.15.H51` ⇄ `H51.15`. It is a hint for
        whoever fills the directory, never a routing rule: QĐ 20 groups may be wider than the slots of 2016.
        """
        groups = self.value.split(".")[::-1]
        if self.syntax is OrganIdSyntax.QCVN_2016:
            while len(groups) > 1 and _EMPTY_GROUP.fullmatch(groups[-1]):
                groups.pop()
            return OrganId(".".join(groups))
        if self.syntax is OrganIdSyntax.QD20_STATE:
            return _as_13_characters(groups)
        return None


def _as_13_characters(groups: list[str]) -> OrganId | None:
    """Return reversed QĐ 20 groups as a 13-character id, or None where a group does not fill its slot."""
    *lower, level_1 = groups
    missing = len(_SLOTS_2016) - len(lower)
    if missing < 0:
        return None
    for group, width in zip(lower, _SLOTS_2016[missing:], strict=True):
        if len(group) != width or not group.isdigit():
            return None
    filled = ["0" * width for width in _SLOTS_2016[:missing]] + lower
    return OrganId(".".join([*filled, level_1]))


@dataclass(frozen=True, slots=True, order=True)
class DocumentId:
    """The sender's own id of a document: opaque text, trimmed, never parsed for logic.

    Ids in traffic follow at least three patterns and some hold impossible dates; only equality means anything.
    """

    value: str

    def __post_init__(self) -> None:
        text = self.value
        if not text or text != text.strip() or len(text) > DOCUMENT_ID_MAX or not text.isprintable():
            raise IdentifierError("not a document id")

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True, order=True)
class SystemId:
    """The id of a connected software (an OAuth client), chosen at enrolment."""

    value: str

    def __post_init__(self) -> None:
        if len(self.value) > SYSTEM_ID_MAX or not _SYSTEM_ID.fullmatch(self.value):
            raise IdentifierError("not a system id")

    def __str__(self) -> str:
        return self.value
