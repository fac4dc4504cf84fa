"""Where existing receivers take a text otherwise than the reader does: they keep blanks that are dropped here."""

from __future__ import annotations

from typing import Final

from envelopes import paths
from envelopes.parser import Tag
from envelopes.paths import inside

_XML_BLANKS: Final = " \t\r\n"
"""What they drop where they drop anything; other blanks of Unicode they keep everywhere."""

_BLANKS_KEPT: Final = frozenset(
    {
        inside(paths.MESSAGE_HEADER, Tag.SUBJECT),
        inside(paths.CODE, Tag.CODE_NUMBER),
        inside(paths.CODE, Tag.CODE_NOTATION),
        inside(paths.BUSINESS, Tag.BUSINESS_DOC_TYPE),
        inside(paths.BUSINESS, Tag.BUSINESS_DOC_REASON),
        inside(paths.BUSINESS, Tag.DOCUMENT_ID),
        inside(paths.TRACE, Tag.ORGAN_ID),
        inside(paths.TRACE, Tag.TIMESTAMP),
        # Numbers with blanks are unreadable there, and become 0, 1 or 2 without a word.
        inside(paths.OTHER_INFO, Tag.PRIORITY),
        inside(paths.OTHER_INFO, Tag.COPIES),
        inside(paths.OTHER_INFO, Tag.PAGES),
        inside(paths.DOCUMENT_TYPE, Tag.TYPE),
        inside(paths.DOCUMENT_TYPE, Tag.TYPE_DETAIL),
        inside(paths.BUSINESS, Tag.PAPER),
    }
)


def keep_blanks(raw: str, place: str) -> bool:
    """Return whether receivers see blanks around a text that the reader drops; `place` is without numbers."""
    shown = raw.strip(_XML_BLANKS)
    return shown != raw.strip() or (shown != raw and place in _BLANKS_KEPT)
