"""Under which names the objects of a file know each other: what is added later may be known by no name but its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfDecodeLimitError, PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader

_NOWHERE: Final[frozenset[str]] = frozenset()


class Mentions:
    """Every reference in every revision of a file: from which revision on, and under which keys of dictionaries.

    What stands in a list that is an object of its own stands under the keys that the list stands under. Objects that no
    other mentions are read too: a later one may.
    """

    def __init__(self, reader: PdfFileReader) -> None:
        self._keys: dict[generic.Reference, set[str]] = {}
        self._lists: dict[generic.Reference, set[generic.Reference]] = {}
        self._first: dict[generic.Reference, int] = {}
        for revision in range(reader.total_revisions):
            self._read(reader.trailer.flatten(revision), revision)
            for reference in reader.xrefs.explicit_refs_in_revision(revision):
                self._read(_object(reader, reference, revision=revision), revision, inside=reference)

    def names(self, reference: generic.Reference) -> frozenset[str]:
        """Return the keys under which any revision mentions an object; none for one that nothing mentions."""
        found: set[str] = set()
        seen: set[generic.Reference] = set()
        waiting = [reference]
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                found |= self._keys.get(one, _NOWHERE)
                waiting.extend(self._lists.get(one, ()))
        return frozenset(found)

    def is_known_before(self, reference: generic.Reference, revision: int) -> bool:
        """Return whether an earlier revision than this one mentions the object, be it there or not."""
        return self._first.get(reference, revision) < revision

    def is_known(self, reference: generic.Reference) -> bool:
        """Return whether any revision mentions the object."""
        return reference in self._first

    def _read(self, value: Any, revision: int, *, inside: generic.Reference | None = None) -> None:
        for key, reference in references(value):
            self._first.setdefault(reference, revision)
            if key is not None:
                self._keys.setdefault(reference, set()).add(key)
            elif inside is not None:
                self._lists.setdefault(reference, set()).add(inside)


def references(value: Any) -> Iterator[tuple[str | None, generic.Reference]]:
    """Yield what a value refers to, each with the key of the innermost dictionary, or None where it stands in none."""
    waiting: list[tuple[str | None, Any]] = [(None, value)]
    while waiting:
        key, one = waiting.pop()
        if isinstance(one, generic.IndirectObject):
            yield key, one.reference
        elif isinstance(one, generic.DictionaryObject):
            waiting.extend((str(name), one.raw_get(name)) for name in one)
        elif isinstance(one, generic.ArrayObject):
            waiting.extend((key, one.raw_get(number)) for number in range(len(one)))


def _object(reader: PdfFileReader, reference: generic.Reference, *, revision: int) -> Any:
    """Return an object as one revision has it; what cannot be read mentions nothing, and nothing explains it either."""
    is_newest = reader.xrefs.get_last_change(reference) <= revision
    try:
        return reader.get_object(reference) if is_newest else reader.get_object(reference, revision=revision)
    except PdfDecodeLimitError:
        raise
    except PdfReadError:
        return None
