"""The grammar of what may be appended to a signed file: proof, and where it is asked for one further signature."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from typing import Any, Final

from pyhanko.pdf_utils import generic

from signing.pdf.mentions import Mentions, references
from signing.pdf.opening import Opened
from signing.pdf.shape import RFC3161, SUBFILTERS
from signing.pdf.verdict import SignatureKind

_CORNERS: Final = [0, 0, 0, 0]
_CATALOG: Final = frozenset({"/AcroForm", "/DSS", "/Extensions", "/Metadata", "/Version"})
_WALKED: Final = frozenset({"/AcroForm", "/DSS"})
"""What is looked through even where it is as it was: objects below it may not be."""
_FORM: Final = frozenset({"/Fields", "/NeedAppearances", "/SigFlags"})
_PAGE: Final = frozenset({"/Annots"})
_STATED: Final = frozenset({"/CreationDate", "/Creator", "/ModDate", "/Producer"})
_METADATA: Final = frozenset({"/Filter", "/Length", "/Subtype", "/Type"})
_PROOF: Final = frozenset({"/CRLs", "/Certs", "/OCSPs"})
_STORE: Final = _PROOF | {"/Type", "/VRI"}
_PROOF_OF_ONE: Final = frozenset({"/CRL", "/Cert", "/OCSP"})
_STORE_OF_ONE: Final = _PROOF_OF_ONE | {"/TS", "/TU", "/Type"}
_PROOF_NAMES: Final = _PROOF | _PROOF_OF_ONE | {"/TS"}
_PROOF_STREAM: Final = frozenset({"/Filter", "/Length", "/Type"})
_VRI_NAME: Final = re.compile(r"/[0-9A-F]{40}")
_WIDGET: Final = frozenset({"/F", "/FT", "/Ff", "/P", "/Rect", "/Subtype", "/T", "/TU", "/Type", "/V"})
_SHOWN: Final = frozenset(
    {"/AP", "/AS", "/BS", "/Border", "/DA", "/DR", "/H", "/Lock", "/M", "/MK", "/NM", "/Q", "/SV"}
)
_WIDGET_NAMES: Final = frozenset({"/Annots", "/Fields"})
_STAMP: Final = frozenset(
    {"/ByteRange", "/ContactInfo", "/Contents", "/Filter", "/Location", "/M", "/Name", "/Prop_Build", "/Reason"}
    | {"/SubFilter", "/Type", "/V"}
)

_NONE: Final[frozenset[str]] = frozenset()

Check = Callable[[Any], bool]


class Step:
    """One revision of a file beside the one before it: the objects it adds or changes, and those that are explained.

    1. Catalogue, form and pages are as they were, but for what 2 to 5 put there (ISO 32000-1 7.7.2, 7.7.3.3, 12.7.2).
    2. Invisible, unnamed by anything else: signature fields with time stamps on the whole document (12.8.5).
    3. The DSS: streams of evidence, which nothing else refers to (EN 319 142-1 clause 5.4.2).
    4. Metadata, and in the document information nothing but dates and programs.
    5. Where it `may_sign`, one further signature that is judged here, with whatever shows it.

    A new object is explained by the place it has, and only if no object of the file refers to it from elsewhere. One
    that nothing refers to, and one that is written again as it was, explain themselves.
    """

    def __init__(self, opened: Opened, revision: int, *, mentions: Mentions, may_sign: bool = False) -> None:
        self._opened = opened
        self._mentions = mentions
        self._revision = revision
        self._may_sign = may_sign
        self._old = opened.reader.get_historical_resolver(revision - 1)
        self._new = opened.reader.get_historical_resolver(revision)
        self._written: frozenset[generic.Reference] = frozenset(self._new.explicit_refs_in_revision())
        self._explained: set[generic.Reference] = set()
        self._widgets: set[generic.Reference] = set()

    def is_explained(self) -> bool:
        """Return whether the grammar explains all that the revision adds and changes."""
        if self._new.refs_freed_in_revision() or self._new.root_ref != self._old.root_ref:
            return False
        if not all(self._was_there(one) or self._is_new(one) for one in self._written):
            return False
        holds = self._is_catalog() and self._is_stated() and self._are_pages()
        return holds and all(one in self._explained or self._is_idle(one) for one in self._written)

    def fills_gaps(self) -> bool:
        """Return whether it writes objects that earlier revisions refer to and do not have (ISO 32000-1 7.3.10)."""
        return any(
            self._mentions.is_known_before(one, self._revision) and not self._was_there(one) for one in self._written
        )

    # Places

    def _is_catalog(self) -> bool:
        old, new = self._old.root, self._new.root
        self._explained.add(self._new.root_ref)
        return (
            _is_same(old, new, but=_CATALOG)
            and all(
                _is_plain(_raw(new, key)) for key in ("/Extensions", "/Version") if not _is_as_was(key, old, new=new)
            )
            and self._settles("/AcroForm", partial(self._is_form, _dictionary(old, "/AcroForm")), old=old, new=new)
            and self._settles("/DSS", partial(self._is_store, _dictionary(old, "/DSS")), old=old, new=new)
            and self._settles("/Metadata", _is_metadata, old=old, new=new)
        )

    def _is_stated(self) -> bool:
        old, new = self._old.trailer_view, self._new.trailer_view
        return self._settles("/Info", partial(_is_information, _dictionary(old, "/Info")), old=old, new=new)

    def _is_form(self, old: generic.DictionaryObject, form: Any) -> bool:
        if not _is_dictionary(form) or not _is_same(old, form, but=_FORM):
            return False
        if not all(_is_plain(_raw(form, key)) for key in ("/NeedAppearances", "/SigFlags")):
            return False
        if _raw(form, "/NeedAppearances") and not _is_as_was("/NeedAppearances", old, new=form):
            return False
        before = _list(old, "/Fields")
        return self._place(form, "/Fields", check=partial(self._are_fields, before)) and all(
            self._is_filled(one) for one in self._signatures() if one.reference not in self._widgets
        )

    def _are_fields(self, before: list[Any], fields: Any) -> bool:
        added = _added(before, fields)
        if added is None or not all(isinstance(one, generic.IndirectObject) for one in added):
            return False
        self._widgets = {one.reference for one in added}
        return len(self._widgets) == len(added) and all(
            one in self._written and self._settle(one, self._is_widget, names=_WIDGET_NAMES) for one in self._widgets
        )

    def _are_pages(self) -> bool:
        """Return whether nothing was done to pages but that the new fields were put on them."""
        pages = self._opened.pages
        places = {one.reference for one in map(self._page_of, self._widgets) if one is not None}
        return places <= pages and all(self._is_page(one) for one in places | (self._written & pages))

    def _page_of(self, widget: generic.Reference) -> generic.IndirectObject | None:
        page = _raw(self._new(widget), "/P")
        return page if isinstance(page, generic.IndirectObject) else None

    def _is_page(self, reference: generic.Reference) -> bool:
        if not self._was_there(reference):
            return False
        old, new = self._old(reference), self._new(reference)
        if reference in self._written:
            self._explained.add(reference)
        check = partial(self._are_annotations, _list(old, "/Annots"))
        return _is_same(old, new, but=_PAGE) and self._settles("/Annots", check, old=old, new=new)

    def _are_annotations(self, before: list[Any], annotations: Any) -> bool:
        added = _added(before, annotations)
        return added is not None and all(
            isinstance(one, generic.IndirectObject) and one.reference in self._widgets for one in added
        )

    # Fields

    def _is_widget(self, widget: Any) -> bool:
        """Return whether a new field shows nothing and holds a time stamp, or, where it may, a judged signature."""
        value = _raw(widget, "/V")
        if not _is_dictionary(widget) or not isinstance(value, generic.IndirectObject):
            return False
        names = {"/FT": "/Sig", "/Subtype": "/Widget", "/Type": "/Annot"}
        if any(_raw(widget, key) not in {name, None} for key, name in names.items()) or "/FT" not in widget:
            return False
        if value.reference not in {one.value for one in self._signatures()}:
            return False
        if widget.keys() <= _WIDGET and _is_nowhere(_raw(widget, "/Rect")):
            flags = all(_is_plain(_raw(widget, key)) for key in ("/F", "/FT", "/Ff", "/T", "/TU"))
            if flags and self._settle(value, _is_stamp, names=frozenset({"/V"})):
                return True
        return self._may_sign and widget.keys() <= _WIDGET | _SHOWN and self._shows(widget)

    def _is_filled(self, field: Any) -> bool:
        """Return whether a field that was there before holds a signature now and is otherwise as it was."""
        if not self._may_sign or not self._was_there(field.reference):
            return False
        old, new = self._old(field.reference), self._new(field.reference)
        if "/V" in old or not _is_same(old, new, but=_SHOWN | {"/F", "/Ff", "/V"} - {"/Lock", "/SV"}):
            return False
        self._explained.add(field.reference)
        return self._shows(new)

    def _signatures(self) -> Iterator[Any]:
        """Yield the judged signatures of this revision: several at once are nobody's way of signing."""
        added = [one for one in self._opened.fields if one.value in self._written]
        yield from added if len(added) == 1 else ()

    def _shows(self, widget: Any) -> bool:
        """Explain all that is new in what shows a signature: nothing that was there before refers to it.

        A time stamp is nobody's signature, and shows nothing.
        """
        if SUBFILTERS.get(str(_raw(_value(widget, "/V"), "/SubFilter"))) is not SignatureKind.SIGNATURE:
            return False
        for key in {"/V", *_SHOWN} & widget.keys():
            for one in self._below(_raw(widget, key)):
                if self._was_there(one) or self._mentions.is_known_before(one, self._revision):
                    return False
                self._explained.add(one)
        return True

    def _below(self, value: Any) -> set[generic.Reference]:
        """Return the objects of this revision that a value refers to, through others of them."""
        found: set[generic.Reference] = set()
        waiting = [value]
        while waiting:
            for _, one in references(waiting.pop()):
                if one in self._written and one not in found and one not in self._explained:
                    found.add(one)
                    waiting.append(self._new(one))
        return found

    # Proof

    def _is_store(self, old: generic.DictionaryObject, store: Any) -> bool:
        return (
            _is_dictionary(store)
            and store.keys() <= _STORE
            and _is_plain(_raw(store, "/Type"))
            and all(self._place(store, key, check=self._are_proofs) for key in _PROOF)
            and self._place(store, "/VRI", check=partial(self._is_vri, _dictionary(old, "/VRI")))
        )

    def _is_vri(self, old: generic.DictionaryObject, vri: Any) -> bool:
        return (
            _is_dictionary(vri)
            and all(_is_as_was(key, old, new=vri) for key in old)
            and all(
                _VRI_NAME.fullmatch(key) and self._place(vri, key, check=self._is_store_of_one)
                for key in vri
                if key not in old
            )
        )

    def _is_store_of_one(self, store: Any) -> bool:
        return (
            _is_dictionary(store)
            and store.keys() <= _STORE_OF_ONE
            and _is_plain(_raw(store, "/TU"))
            and _is_plain(_raw(store, "/Type"))
            and all(self._place(store, key, check=self._are_proofs) for key in _PROOF_OF_ONE)
            and self._place(store, "/TS", check=self._is_proof, names=_PROOF_NAMES)
        )

    def _are_proofs(self, streams: Any) -> bool:
        return isinstance(streams, generic.ArrayObject) and all(
            isinstance(one, generic.IndirectObject)
            and (one.reference not in self._written or self._settle(one, self._is_proof, names=_PROOF_NAMES))
            for one in _items(streams)
        )

    def _is_proof(self, stream: Any) -> bool:
        return (
            isinstance(stream, generic.StreamObject)
            and stream.keys() <= _PROOF_STREAM
            and all(_is_plain(_raw(stream, key)) for key in ("/Filter", "/Type"))
            and self._place(stream, "/Length", check=_is_number)
        )

    # Explaining

    def _settles(self, key: str, check: Check, *, old: Any, new: Any) -> bool:
        """Return whether a key holds what it held, written or not, or what it may hold; one that is gone does not."""
        if key not in new:
            return key not in old
        raw = _raw(new, key)
        is_untouched = not isinstance(raw, generic.IndirectObject) or raw.reference not in self._written
        if is_untouched and key not in _WALKED and _is_as_was(key, old, new=new):
            return True
        return self._settle(raw, check, names=frozenset({key}))

    def _place(self, holder: Any, key: str, *, check: Check, names: frozenset[str] = _NONE) -> bool:
        return key not in holder or self._settle(_raw(holder, key), check, names=names | {key})

    def _settle(self, raw: Any, check: Check, *, names: frozenset[str]) -> bool:
        """Return whether a value passes its check and, where it is an object of its own, has no other name."""
        reference = raw if isinstance(raw, generic.Reference) else getattr(raw, "reference", None)
        if reference is None:
            return check(raw)
        if reference in self._written:
            if not self._mentions.names(reference) <= names:
                return False
            self._explained.add(reference)
        return check(self._new(reference))

    def _is_idle(self, reference: generic.Reference) -> bool:
        """Return whether nothing refers to an object, or it was there before and is the same."""
        if self._was_there(reference):
            return _octets(self._old(reference)) == _octets(self._new(reference))
        return not self._mentions.is_known(reference)

    def _is_new(self, reference: generic.Reference) -> bool:
        """Return whether no object had this number: some readers take another generation of one for the same."""
        return reference.generation == 0 and bool(self._old.is_ref_unassignable(reference))

    def _was_there(self, reference: generic.Reference) -> bool:
        return self._opened.reader.xrefs.get_historical_ref(reference, self._revision - 1) is not None


def _raw(holder: Any, key: str) -> Any:
    """Return what a dictionary holds, unresolved; None where it holds nothing."""
    return holder.raw_get(key) if key in holder else None


def _items(array: generic.ArrayObject) -> list[Any]:
    return [array.raw_get(number) for number in range(len(array))]


def _value(holder: Any, key: str) -> Any:
    """Return what a dictionary holds, resolved; None where it holds nothing."""
    raw = _raw(holder, key)
    return raw.get_object() if isinstance(raw, generic.IndirectObject) else raw


def _list(holder: Any, key: str) -> list[Any]:
    value = _value(holder, key)
    return _items(value) if isinstance(value, generic.ArrayObject) else []


def _dictionary(holder: Any, key: str) -> generic.DictionaryObject:
    value = _value(holder, key)
    return value if isinstance(value, generic.DictionaryObject) else generic.DictionaryObject()


def _is_dictionary(value: Any) -> bool:
    return isinstance(value, generic.DictionaryObject) and not isinstance(value, generic.StreamObject)


def _is_plain(value: Any) -> bool:
    """Return whether a value refers to nothing."""
    return value is None or (not isinstance(value, generic.StreamObject) and next(references(value), None) is None)


def _is_number(value: Any) -> bool:
    return isinstance(value, generic.NumberObject)


def _is_nowhere(rectangle: Any) -> bool:
    """Return whether an annotation has no extent: no corners at all, or four numbers that are zero."""
    if rectangle is None:
        return True
    if not isinstance(rectangle, generic.ArrayObject):
        return False
    corners = _items(rectangle)
    return all(isinstance(one, generic.NumberObject | generic.FloatObject) for one in corners) and corners == _CORNERS


def _is_stamp(value: Any) -> bool:
    return (
        _is_dictionary(value)
        and value.keys() <= _STAMP
        and _is_plain(value)
        and (_raw(value, "/Type"), _raw(value, "/SubFilter")) == ("/DocTimeStamp", RFC3161)
    )


def _is_metadata(stream: Any) -> bool:
    return (
        isinstance(stream, generic.StreamObject)
        and stream.keys() <= _METADATA
        and all(_is_plain(_raw(stream, key)) for key in stream)
        and (_raw(stream, "/Type"), _raw(stream, "/Subtype")) == ("/Metadata", "/XML")
    )


def _is_information(old: generic.DictionaryObject, new: Any) -> bool:
    return _is_dictionary(new) and _is_same(old, new, but=_STATED) and all(_is_plain(_raw(new, key)) for key in _STATED)


def _added(before: list[Any], array: Any) -> list[Any] | None:
    """Return what a list has at its end that it had not before; None where it is no list that goes on as it was."""
    if not isinstance(array, generic.ArrayObject):
        return None
    items = _items(array)
    kept, added = items[: len(before)], items[len(before) :]
    return added if [_octets(one) for one in kept] == [_octets(one) for one in before] else None


def _is_same(old: Any, new: Any, *, but: frozenset[str]) -> bool:
    return all(_is_as_was(key, old, new=new) for key in old.keys() | new.keys() if key not in but)


def _is_as_was(key: str, old: Any, *, new: Any) -> bool:
    before, after = _raw(old, key), _raw(new, key)
    if before is None or after is None:
        return before is after
    return _octets(before) == _octets(after)


def _octets(value: Any) -> bytes:
    """Return a value as it is written: two values are one where their octets are."""
    target = BytesIO()
    value.write_to_stream(target)
    return target.getvalue()
