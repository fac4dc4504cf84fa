"""The elements of a message sorted by name, and what is noted beside the model while they are read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, TypeVar

from lxml import etree

from envelopes import paths
from envelopes.bundles import FilePart
from envelopes.errors import Finding, InvalidModel, Severity, UnreadableMessage
from envelopes.extensions import canonical
from envelopes.findings import capped, left_out_finding
from envelopes.limits import EXTENSION_BYTES_MAX, EXTENSIONS_MAX, FINDINGS_MAX, TEXT_MAX
from envelopes.model import Extension
from envelopes.obstacles import Obstacle, unreadable
from envelopes.parser import NAMESPACE, Tag
from envelopes.paths import DOCUMENT_PLACES, REPEATED, STATUS_PLACES, inside, without_numbers
from envelopes.receivers import keep_blanks
from envelopes.remarks import REMARKS, Reason
from envelopes.rules import code_of

HOME: Final = frozenset({NAMESPACE, None})
"""Namespaces of elements that are the format's own: builders leave the address out, and receivers do not mind."""

_ItemT = TypeVar("_ItemT")

_SMALLEST_ELEMENT: Final = len("<a/>")
_OWN_PATHS: Final[Mapping[str, str]] = {
    Tag.ENVELOPE: paths.ENVELOPE,
    Tag.HEADER: paths.HEADER,
    Tag.MESSAGE_HEADER: paths.MESSAGE_HEADER,
    Tag.TRACE_HEADER_LIST: paths.TRACE_LIST,
    Tag.BODY: paths.BODY,
    Tag.MANIFEST: paths.MANIFEST,
    Tag.ATTACHMENTS: paths.ENCODED,
}
"""Elements that begin a path of their own."""


class Grammar:
    """Which elements a place may hold, and which of them may occur many times."""

    def __init__(self, places: Mapping[str, tuple[Tag, ...]], repeated: frozenset[str] = frozenset()) -> None:
        self.known = {place: {tag.value: tag for tag in tags} for place, tags in places.items()}
        self.repeated = repeated


DOCUMENT: Final = Grammar(
    DOCUMENT_PLACES,
    REPEATED
    | {
        inside(paths.APPENDIXES, Tag.APPENDIX),
        inside(paths.TASKS, Tag.TASK_CODE),
        inside(paths.TO_PLACES, Tag.PLACE),
        inside(paths.UPDATE, Tag.RECEIVER_LIST),
        paths.REPLACEMENTS,
        inside(paths.inside(paths.REPLACEMENT, Tag.ORGAN_ID_LIST), Tag.ORGAN_ID),
    },
)
STATUS: Final = Grammar(STATUS_PLACES)

SPELLINGS: Final[Mapping[str, Tag]] = {
    "Author": Tag.SIGNER_INFO,
    "Function": Tag.POSITION,
    "Manifest": Tag.MANIFEST,
    "Business": Tag.BUSINESS,
    "BusinessDocType": Tag.BUSINESS_DOC_TYPE,
    "BusinessDocReason": Tag.BUSINESS_DOC_REASON,
    "BusinessDocumentInfo": Tag.BUSINESS_DOCUMENT_INFO,
    "Signer": Tag.FULL_NAME,
    "Time": Tag.TIMESTAMP,
    "replyFors": Tag.REPLY_FORS,
    "referenceCodes": Tag.REFERENCE_CODES,
}
"""Other names that elements go by, each read where its own name may stand."""

_READ_BY_ALL: Final = frozenset({Tag.MANIFEST})
"""Elements whose other name existing receivers read too, so that nothing need be said."""


class Notes:
    """What a reading finds beside the model, in the order it was met."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self._left_out = 0
        self._is_error_left_out = False
        self._extensions: list[_Kept] = []
        self.has_strangers = False
        """Whether unknown elements with children stand among the attachments."""
        self.has_empty_attachments = False
        """Whether there are attachments in which nothing of the format stands."""

    def remark(self, reason: Reason, path: str, *, value: str | None = None, severity: Severity | None = None) -> None:
        """Add a finding; `severity` where the place weighs it otherwise. After `FINDINGS_MAX` they are only counted."""
        remark = REMARKS[reason]
        weight = severity or remark.severity
        if len(self._findings) < FINDINGS_MAX:
            code = code_of(remark.letter, without_numbers(path))
            self._findings.append(Finding(code, path, weight, remark.words, value))
            return
        self._left_out += 1
        self._is_error_left_out = self._is_error_left_out or weight is Severity.ERROR

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, at most `FINDINGS_MAX`."""
        if not self._left_out:
            return tuple(self._findings)
        return capped((*self._findings, left_out_finding(self._left_out, is_error=self._is_error_left_out)))

    def keep(self, path: str, element: etree._Element) -> None:
        """Add an unknown element as an extension of the place `path`, or a finding where it cannot be kept."""
        if len(self._extensions) >= EXTENSIONS_MAX:
            self.remark(Reason.EXTENSIONS_TOO_MANY, path)
            return
        # Counted first: canonicalising an element of millions of children would cost seconds.
        most = EXTENSION_BYTES_MAX // _SMALLEST_ELEMENT
        if next(islice(element.iter(), most, None), None) is not None:
            self.remark(Reason.EXTENSION_TOO_LARGE, path)
            return
        try:
            xml = canonical(element)
        except etree.C14NError:
            self.remark(Reason.EXTENSION_WITHOUT_PLACE, path)
            return
        if len(xml) > EXTENSION_BYTES_MAX:
            self.remark(Reason.EXTENSION_TOO_LARGE, path)
            return
        self._extensions.append(_Kept(path, etree.QName(element).localname, xml, holds_elements=len(element) > 0))

    def mark(self) -> int:
        """Return the number of elements kept until now, for `move`."""
        return len(self._extensions)

    def move(self, first: int, path: str) -> None:
        """Give the elements kept from number `first` on (from 0) to another place."""
        self._extensions[first:] = [replace(kept, path=path) for kept in self._extensions[first:]]

    def lift(self, place: str, path: str) -> None:
        """Give all elements kept in the items of a place to another: for lists that the model has less of."""
        self._extensions = [
            replace(kept, path=path) if without_numbers(kept.path) == place else kept for kept in self._extensions
        ]

    def extensions(self, places: Mapping[str, Collection[Tag]]) -> tuple[Extension, ...]:
        """Return what was kept, where it can stand there; `places` is the table of the message.

        Beside the attachments only elements without children can: existing receivers lose the whole package over
        others, which therefore go below the root. One whose place has a child of that name itself is remarked upon.
        """
        return tuple(extension for kept in self._extensions if (extension := self._placed(kept, places)))

    def _placed(self, kept: _Kept, places: Mapping[str, Collection[Tag]]) -> Extension | None:
        path = paths.ROOT if kept.path == paths.ENCODED and kept.holds_elements else kept.path
        if path != kept.path:
            self.has_strangers = True
            self.remark(Reason.ELEMENT_AMONG_ATTACHMENTS, kept.path)
        if kept.name in places[without_numbers(path)]:
            self.remark(Reason.EXTENSION_WITHOUT_PLACE, path)
            return None
        try:
            return Extension(path, kept.xml)
        except InvalidModel as error:
            if not isinstance(error.__cause__, UnreadableMessage):
                raise
            # Names of an older form are written anew, and one prefix then stands for two namespaces.
            raise unreadable(Obstacle.FOREIGN_NAMESPACE, kept.path) from error


@dataclass(frozen=True, slots=True)
class _Kept:
    """An unknown element and the place it was found in, until all places are settled."""

    path: str
    name: str
    xml: bytes
    holds_elements: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """What every section of one reading shares."""

    grammar: Grammar
    notes: Notes
    parts: tuple[FilePart, ...] | None = None
    """The files beside the message; None where it holds its own."""


class Section:
    """The children of one place, sorted by name. Absent elements make a section without anything in it.

    Lists that occur several times are one place: their children are read as those of one. Unknown elements go to the
    notes; an element that may stand once and stands twice, and a name of the format in a foreign namespace, raise
    `UnreadableMessage`.
    """

    def __init__(self, elements: Iterable[etree._Element], path: str, *, reader: Reader) -> None:
        self.path = path
        self.notes = reader.notes
        self._first_extension = self.notes.mark()
        self._reader = reader
        self._place = without_numbers(path)
        self._known = reader.grammar.known[self._place]
        self._children: dict[str, list[etree._Element]] = {}
        self._elements = tuple(elements)
        for element in self._elements:
            self._sort(element)

    @property
    def is_empty(self) -> bool:
        """True where no element of the format stands in it."""
        return not self._children

    @property
    def parts(self) -> tuple[FilePart, ...] | None:
        """The files that came beside the message; None where it holds its own."""
        return self._reader.parts

    def attribute(self, name: str) -> str | None:
        """Return an attribute of the element, by its Clark name."""
        return next((value for element in self._elements if (value := element.get(name)) is not None), None)

    def place_of(self, tag: Tag, number: int | None = None) -> str:
        """Return the path of a child."""
        return _OWN_PATHS.get(tag) or inside(self.path, tag, number=number)

    def raw(self, tag: Tag) -> str | None:
        """Return the text of the element as it stands, None where there is no such element or it holds elements."""
        for element in self._children.get(tag, ()):
            return self._text(element, tag)
        return None

    def text(self, tag: Tag) -> str | None:
        """Return the text of the element, trimmed and with LF line ends; None where it says nothing."""
        texts = self.texts(tag)
        return texts[0] if texts else None

    def texts(self, tag: Tag) -> tuple[str, ...]:
        """Return the texts of all such elements that say something."""
        children = self._children.get(tag)
        if children is None:
            return ()
        found = (self._text(element, tag) for element in children)
        return tuple(text for raw in found if raw and (text := self._trimmed(raw, tag)) is not None)

    def one(self, tag: Tag) -> Section:
        """Return the section of a single element, or of all lists of one name."""
        return Section(self._children.get(tag, ()), self.place_of(tag), reader=self._reader)

    def items(self, tag: Tag, read: Callable[[Section], _ItemT | None]) -> tuple[_ItemT, ...]:
        """Return what `read` makes of each such element. Those of which it makes None leave their extensions here."""
        items: list[_ItemT] = []
        for element in self._children.get(tag, ()):
            section = Section([element], self.place_of(tag, len(items) + 1), reader=self._reader)
            item = read(section)
            if item is None:
                section.give_extensions_to(self.path)
            else:
                items.append(item)
        return tuple(items)

    def give_extensions_to(self, path: str) -> None:
        """Move what was kept since this section was begun to another place; to be called before the next one is."""
        self.notes.move(self._first_extension, path)

    def _sort(self, element: etree._Element) -> None:
        stray = bool(element.text and element.text.strip())
        for child in element:
            stray = stray or bool(child.tail and child.tail.strip())
        for child in element.iterchildren("*"):
            self._sort_child(child)
        if stray:
            self.notes.remark(Reason.TEXT_BETWEEN_ELEMENTS, self.path)

    def _sort_child(self, child: etree._Element) -> None:
        tag = self._tag_of(child)
        if tag is None:
            self._keep(child)
            return
        alike = self._children.setdefault(tag, [])
        alike.append(child)
        if len(alike) > 1 and inside(self._place, tag) not in self._reader.grammar.repeated:
            raise unreadable(Obstacle.REPEATED_ELEMENT, self.place_of(tag))

    def _tag_of(self, child: etree._Element) -> Tag | None:
        name = etree.QName(child)
        if name.namespace not in HOME:
            if name.localname in self._known:
                raise unreadable(Obstacle.FOREIGN_NAMESPACE, inside(self.path, name.localname))
            return None
        known = self._known.get(name.localname)
        if known is not None:
            return known
        tag = SPELLINGS.get(name.localname)
        if tag is None or tag not in self._known:
            return None
        if tag not in _READ_BY_ALL:
            self.notes.remark(Reason.SPELLING, self.place_of(tag))
        return tag

    def _keep(self, child: etree._Element) -> None:
        if self._reader.grammar is STATUS:
            self._remark_on_document_part(child)
        self.notes.keep(self.path, child)

    def _remark_on_document_part(self, child: etree._Element) -> None:
        name = etree.QName(child).localname
        if name not in DOCUMENT_PLACES.get(self._place, ()):
            return
        is_content = name in {Tag.SUBJECT, Tag.CODE} or (name == Tag.ATTACHMENTS and len(child))
        reason = Reason.DOCUMENT_AND_STATUS if is_content else Reason.NOT_OF_A_STATUS
        self.notes.remark(reason, self.place_of(Tag(name)))

    def _text(self, element: etree._Element, tag: Tag) -> str | None:
        if next(element.iterchildren("*"), None) is not None:
            self.notes.remark(Reason.TEXT_HOLDS_ELEMENTS, self.place_of(tag))
            return None
        return element.text or ""

    def _trimmed(self, raw: str, tag: Tag) -> str | None:
        text = raw.strip()
        if len(text) > TEXT_MAX:
            self.notes.remark(Reason.TEXT_TOO_LONG, self.place_of(tag))
            return None
        if text and text != raw and keep_blanks(raw, inside(self._place, tag)):
            self.notes.remark(Reason.BLANKS_AROUND, self.place_of(tag))
        return text.replace("\r\n", "\n").replace("\r", "\n") or None
