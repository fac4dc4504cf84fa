"""What to do about a reason that evidence names: evidence says what was wrong, and the tables of words the rest."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from axis.exchange import gate, statements
from axis.exchange.document_words import DOCUMENT_WORDS, is_in_file
from axis.exchange.signature_words import SIGNATURE_WORDS
from envelopes.errors import Phrase, Words
from envelopes.evidence_facts import Reason
from envelopes.obstacles import OBSTACLES
from envelopes.rules import rules
from routing.authenticity_words import DOUBT_WORDS
from routing.reasons import REASONS


def advice_on(reason: Reason) -> Phrase:
    """Return what to do about a reason; empty where its code is not known, or its words name what evidence does not."""
    words = _words(reason)
    return ("", "") if words is None or "{" in words.do_vi + words.do_en else (words.do_vi, words.do_en)


def _words(reason: Reason) -> Words | None:
    """Return the words of a code: what is said of files has words of its own, and its place says so."""
    if is_in_file(reason.place) and reason.code in _OF_FILES:
        return _OF_FILES[reason.code]
    return _OF_MESSAGES.get(reason.code)


_OF_FILES: Final[Mapping[str, Words]] = MappingProxyType(
    {**DOCUMENT_WORDS, **{code.value: words for code, words in DOUBT_WORDS.items()}}
)
_OF_MESSAGES: Final[Mapping[str, Words]] = MappingProxyType(
    {
        **{rule.code: rule.words for rule in reversed(rules())},
        **{code.value: words for code, words in OBSTACLES.items()},
        **{one.code: one.words for one in (*gate.FINDINGS, *statements.FINDINGS)},
        **{code.value: reason.words for code, reason in REASONS.items()},
        **{code.value: words for code, words in SIGNATURE_WORDS.items()},
    }
)
