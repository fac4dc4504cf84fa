"""File names as senders write them, made safe to show and to save."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from envelopes.limits import ATTACHMENT_NAME_MAX
from envelopes.remarks import Reason

_SEPARATOR = re.compile(r"[/\\]")
_LEADS_OUT = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]")
"""A parent folder anywhere, or a path from the root of a file system."""
_HIDDEN = re.compile(r"%00|%2e%2e|%2f|%5c", re.IGNORECASE)
"""NUL, `..` and separators in percent-encoding, which some receivers undo before they save."""
_FORBIDDEN = re.compile(r'[:*?"<>|]')
_SUFFIX_MAX: Final = 20
"""Characters of a suffix worth keeping when a name is cut; longer ones are no file types."""
_NAMELESS: Final = "unnamed"


@dataclass(frozen=True, slots=True)
class FileName:
    """A name that `Attachment` accepts, and what was wrong with the one it was made from."""

    text: str
    reasons: tuple[Reason, ...] = ()


def safe_name(raw: str) -> FileName:
    """Return the bare file name in `raw` (trimmed, not empty); unchanged wherever a model may carry it.

    Folders, control and format characters go, characters that Windows forbids become `_`, unusual blanks become plain
    ones, and what is over the limit is cut before the suffix.
    """
    reasons = [Reason.NAME_IS_A_PATH] if _LEADS_OUT.search(raw) or _HIDDEN.search(raw) else []
    if len(raw) > ATTACHMENT_NAME_MAX:
        reasons.append(Reason.NAME_TOO_LONG)
    text = _cut(_shown(_SEPARATOR.split(raw)[-1]))
    if text in {"", ".", ".."}:
        text = _NAMELESS
    if text != raw and not reasons:
        reasons.append(Reason.NAME_CHANGED)
    return FileName(text, tuple(reasons))


def _shown(text: str) -> str:
    plain = "".join(" " if unicodedata.category(character) == "Zs" else character for character in text)
    printable = "".join(character for character in plain if character.isprintable())
    return _FORBIDDEN.sub("_", printable).strip()


def _cut(text: str) -> str:
    if len(text) <= ATTACHMENT_NAME_MAX:
        return text
    suffix = PurePosixPath(text).suffix
    if len(suffix) > _SUFFIX_MAX:
        suffix = ""
    return text[: ATTACHMENT_NAME_MAX - len(suffix)].strip() + suffix
