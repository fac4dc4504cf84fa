"""Whether a sentence is Vietnamese through and through: what is no syllable of it must be a term that has no other.

English gives itself away by clusters and endings that Vietnamese spelling does not have, and by the few words that only
look possible. Names of elements, codes, options and file formats stay as they are in both languages.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from envelopes.errors import Words
from envelopes.parser import Tag

_SYLLABLE: Final = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(?:ch|nh|ng|[cmnpt])?", re.IGNORECASE
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_TERM: Final = re.compile(
    r"--[a-z-]+"  # an option
    r"|\[[^\]]*\]|<[^>]*>|`[^`]*`|\"[^\"]*\"|'[^']*'"  # a code beside the sentence, or something quoted
    r"|[\w.-]+(?:[/:@=+][\w.#=|+-]+)+"  # a path, an address, a media type, a pair of names
    r"|[A-ZĐ\d]+(?:[-.][A-ZĐ\d]+)+|[A-ZĐ]{2,}\d*"  # an acronym, with its number: SHA-256, X.509
    r"|header\.[A-Za-z]+(?:-[A-Za-z]+)*"  # the place of a parameter
    r"|\w*_\w*|[A-Za-z]*[a-z]\d*[A-Z]\w*|\w*\d\w*"  # snake_case, camelCase, C14N
    r"|[A-Z][a-z]+(?:-[A-Z][a-z]+)+"  # a header of HTTP
    r"|\w+(?:\.\w+)+"  # a name of a file or of a setting
    r"|(?<=\()[A-Z][a-z]+(?:[A-Z][a-z]+)+(?=\))"  # the class of an error
    r"|enveloped-signature|restore-certificate|Exclusive C14N|Range|(?:Authorization: )?Bearer"
)
_ENGLISH: Final = "the not that then you but it at one out has its"
"""Words of English that could be syllables of Vietnamese, and are none."""

_TERMS: Final = """
    access agency allow amqp amqps aud axis base byte certificate check config csv db deflate delivery digest edoc
    encoding forward
    envelope exp fail false fax findings http https id inbox initdb iss json jti jws kid lease leases limits nbf null
    outcome pdf port postgres process profile pull rabbitmq reason recipient redis rediss scope send serve
    show sign status sub succeed
    system time token true trust upgrade url version worker xml yyyy zip
"""
"""Names of commands, members, programs and formats that a Vietnamese text cannot call otherwise."""

_FOREIGN: Final = frozenset(_ENGLISH.split())
_UNTRANSLATED: Final = frozenset([*_TERMS.split(), *Tag])


def foreign(text: str) -> list[str]:
    """Return the words of a text that are neither Vietnamese nor a term without translation."""
    bare = _TERM.sub(" ", re.sub(r"\{\w+\}", " ", text))
    return [word for word in _WORD.findall(bare) if _is_foreign(word)]


def foreign_in(words: Words) -> list[str]:
    """Return the words that are foreign to the Vietnamese half of an explanation."""
    return foreign(words.vi) + foreign(words.do_vi)


def sentences(document: object) -> Iterator[str]:
    """Yield every Vietnamese text of an answer: what is under `vi`, `do_vi`, and names that end in `_vi`."""
    if isinstance(document, dict):
        for name, value in document.items():
            if isinstance(value, str) and (name in {"vi", "do_vi"} or name.endswith("_vi")):
                yield value
            else:
                yield from sentences(value)
    elif isinstance(document, list):
        for one in document:
            yield from sentences(one)


def _is_foreign(word: str) -> bool:
    if word in _UNTRANSLATED or word.lower() in _UNTRANSLATED:
        return False
    if word.lower() in _FOREIGN:
        return True
    decomposed = unicodedata.normalize("NFD", word.lower().replace("đ", "d"))
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return not _SYLLABLE.fullmatch(plain)
