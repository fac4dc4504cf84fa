"""What is wrong with a message, in codes that never change and in words that a clerk can act on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Whether a finding refuses the message or only accompanies it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Words:
    """One explanation in both languages: what is wrong, and what to do about it."""

    vi: str
    en: str
    do_vi: str
    do_en: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in a message.

    `code` is stable and documented; `path` names the place (`MessageHeader.To[2].OrganId`, counted from 1);
    `value` is the offending text where it is an identifier or a code, never content of the document.
    """

    code: str
    path: str
    severity: Severity
    words: Words
    value: str | None = None


class UnreadableMessage(Exception):
    """The octets are no message the reader knows; nothing of them was kept.

    `finding` says why. Raised once, for the first obstacle: behind it nothing can be told reliably.
    """

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


class InvalidModel(ValueError):
    """A value that the format cannot carry was put into the model by a program."""
