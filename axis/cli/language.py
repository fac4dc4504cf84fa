"""Which of the two languages a person is spoken to in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import pairwise


class Language(StrEnum):
    """Vietnamese or English."""

    VI = "vi"
    EN = "en"

    @classmethod
    def of(cls, environment: Mapping[str, str], arguments: Sequence[str] = ()) -> Language:
        """Return the language of `--lang` in the arguments, else of the locale; English where neither says."""
        for option, value in pairwise(arguments):
            if option == "--lang" and value in set(cls):
                return cls(value)
        for argument in arguments:
            name, _, value = argument.partition("=")
            if name == "--lang" and value in set(cls):
                return cls(value)
        locale = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
        return cls.VI if locale.lower().startswith("vi") else cls.EN
