"""Markings of state secrecy in the metadata: grades that a sender wrote, never a guess from ordinary words.

The grades of the law are Mật, Tối mật and Tuyệt mật. `mật` alone is an ordinary word (bảo mật, mật độ, mật ong), so it
counts only where the form of the text makes it a grade: the whole value of a field, a stamp in brackets, a value behind
`độ mật:`, or the value of an element that is named for the grade of security.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

from lxml import etree

from envelopes import paths
from envelopes.layout import PlacedText
from envelopes.model import Extension
from envelopes.parser import Tag, parse
from envelopes.paths import inside, without_numbers

_MAT = r"m(?:ật|at)"
_TWO_WORDS = rf"(?:t(?:ối|oi)|tuy(?:ệt|et)) {_MAT}"
_GRADE = rf"(?:{_TWO_WORDS}|{_MAT})"
_SURE_GRADE = rf"(?:{_TWO_WORDS}|mật)"
# Without diacritics a lone `mat` is also mắt, mất, mặt or an acronym: `sure` grades are for places where that may be.

_LABEL = r"(?:(?:độ|mức|cấp) mật ?(?:[:=–—-]|là\b)|(?:do|muc|cap) mat ?[:=])"
_OPEN, _CLOSE = r"[\[({<«*]", r"[\])}>»*]"
_FORMS_OF_A_MARKING: Final = (
    re.compile(rf"^\W*{_SURE_GRADE}\W*$"),
    re.compile(rf"\b{_LABEL}\W*{_GRADE}\b(?! (?:độ|do)\b)"),
    re.compile(rf"^\W*{_OPEN} ?{_GRADE} ?{_CLOSE}"),
    re.compile(rf"{_OPEN} ?{_SURE_GRADE} ?{_CLOSE}[ .]*$"),
    re.compile(rf"^{_TWO_WORDS} ?[:.–—-] "),
)
_BARE_GRADE = re.compile(rf"^\W*{_GRADE}\W*$")
_CLOSING_GRADE = re.compile(rf"(?<!bảo )(?<!bí )(?<!cơ )(?<!thân )\b{_SURE_GRADE}\W*$")

_SPHERE = inside(paths.OTHER_INFO, Tag.SPHERE)
_TYPE_NAME = inside(paths.DOCUMENT_TYPE, Tag.TYPE_NAME)
_ATTACHMENT_NAME = inside(paths.ATTACHMENT, Tag.ATTACHMENT_NAME)
_LISTED_NAME = inside(paths.REFERENCE, Tag.ATTACHMENT_NAME)
_LISTED_SIZE = inside(paths.REFERENCE, Tag.SIZE)
_LISTED: Final = frozenset({_LISTED_NAME, inside(paths.REFERENCE, Tag.DESCRIPTION)})
"""What is said of files that travel as parts: of others it stands beside the file as well."""
_EXAMINED: Final = frozenset(
    {
        inside(paths.MESSAGE_HEADER, Tag.SUBJECT),
        inside(paths.MESSAGE_HEADER, Tag.CONTENT),
        inside(paths.MESSAGE_HEADER, Tag.DESCRIPTION),
        inside(paths.CODE, Tag.CODE_NOTATION),
        _TYPE_NAME,
        _SPHERE,
        inside(paths.OTHER_INFO, Tag.TYPIST),
        inside(paths.APPENDIXES, Tag.APPENDIX),
        inside(paths.TO_PLACES, Tag.PLACE),
        inside(paths.BUSINESS, Tag.BUSINESS_DOC_REASON),
        inside(paths.ATTACHMENT, Tag.DESCRIPTION),
        _ATTACHMENT_NAME,
    }
)
"""Places that speak of the document. Names of agencies and persons are left out: Mật is also a given name."""

_GRADE_ELEMENT = re.compile(
    r"(?:is|ma|ten|id)?"
    r"(?:(?:muc|cap)?domat|(?:muc|cap)mat|(?:muc|cap)?dobaomat|mucdobaomat|vanbanmat"
    r"|security(?:level|grade|degree|class|classification)?|secre(?:t|cy)(?:level|grade|degree)?"
    r"|confidential(?:ity)?(?:level|grade|degree)?|classification(?:level)?|classified)"
    r"(?:id|code|name|value|vanban|vb)?"
)
_NO_GRADE = re.compile(
    r"0*(?:thuong|binhthuong|khong|khongmat|khongco|congkhai|noibo|luuhanhnoibo"
    r"|none|no|false|normal|public|unclassified|internal|null)?"
)
"""Values that deny secrecy. Any other value of such an element counts as a grade: numbers differ between products."""


def markings(texts: Iterable[PlacedText], extensions: Iterable[Extension]) -> Iterator[str]:
    """Yield the path of every text or unknown element that marks the message as a state secret (QĐ 28/2018 Art. 1)."""
    placed = [(path, without_numbers(path), text) for path, text in texts]
    examined = _EXAMINED | _LISTED if any(place == _LISTED_SIZE for _, place, _ in placed) else _EXAMINED
    for path, place, text in placed:
        if place in examined and _is_marked(place, text):
            yield path
    for extension in extensions:
        element = parse(extension.xml)
        if any(_marks(node) for node in element.iter(etree.Element)):
            yield inside(extension.path, etree.QName(element).localname)


def _is_marked(place: str, text: str) -> bool:
    words = _folded(PurePosixPath(text).stem if place in {_ATTACHMENT_NAME, _LISTED_NAME} else text)
    if place == _SPHERE and _BARE_GRADE.search(words):
        return True
    if place in {_SPHERE, _TYPE_NAME} and _CLOSING_GRADE.search(words):
        return True
    return _has_marking(words)


def _has_marking(words: str) -> bool:
    return any(form.search(words) for form in _FORMS_OF_A_MARKING)


def _marks(element: etree._Element) -> bool:
    """Return whether an unknown element is a grade, has one as an attribute, or holds a marked text."""
    named = {etree.QName(name).localname: str(value) for name, value in element.attrib.items()}
    texts = [str(text) for text in element.itertext() if text.strip()]
    if _GRADE_ELEMENT.fullmatch(_plain(etree.QName(element).localname)) and any(map(_is_grade, texts)):
        return True
    if any(_GRADE_ELEMENT.fullmatch(_plain(name)) and _is_grade(value) for name, value in named.items()):
        return True
    return any(_has_marking(_folded(text)) for text in (*texts, *named.values()))


def _is_grade(value: str) -> bool:
    return not _NO_GRADE.fullmatch(_plain(value))


def _folded(text: str) -> str:
    """Return the text in one form: composed, small letters, single blanks, without invisible characters."""
    visible = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    return " ".join(visible.casefold().split())


def _plain(text: str) -> str:
    """Return only letters and digits of the text, small, without diacritics: `Độ mật` gives `domat`."""
    letters = unicodedata.normalize("NFKD", _folded(text)).replace("đ", "d")
    return "".join(char for char in letters if char.isalnum())
