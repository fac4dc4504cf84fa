"""What is wrong with a message, in codes that never change and in words that a clerk can act on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

Phrase = tuple[str, str]
"""A few words within a sentence: in Vietnamese, and in English."""


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

    def filled(self, names: Mapping[str, str | Phrase]) -> Words:
        """Return the words with each `{name}` filled: by what is the same in both languages, or by a phrase."""
        vi, en = ({name: one if isinstance(one, str) else one[side] for name, one in names.items()} for side in (0, 1))
        return Words(
            self.vi.format_map(vi), self.en.format_map(en), self.do_vi.format_map(vi), self.do_en.format_map(en)
        )


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


class ModelFault(StrEnum):
    """What kind of value the format cannot carry, for those who tell people of it."""

    TOO_LONG = "too-long"
    CHARACTERS = "characters"
    NUMBER = "number"
    TIME = "time"
    FILE_NAME = "file-name"
    CONTRADICTION = "contradiction"
    """Everything that only a program could have put together."""


class InvalidModel(ValueError):
    """A value that the format cannot carry was put into the model by a program.

    `place` is the field where it is one field's. The text is English, for programmers.
    """

    def __init__(self, words: str, fault: ModelFault = ModelFault.CONTRADICTION, *, place: str = "") -> None:
        super().__init__(words)
        self.fault = fault
        self.place = place
