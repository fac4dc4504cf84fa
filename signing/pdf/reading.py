"""Reads strictly, but for one thing that real files have: a reference to nothing is null (ISO 32000-1 7.3.10)."""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.xref import XRefCache

_NEVER: Final = -1


class _References(XRefCache):
    """The library's references, shared with the reader: what is not there was introduced before every revision."""

    def __init__(self, read: XRefCache) -> None:
        self.__dict__.update(read.__dict__)

    def get_introducing_revision(self, ref: generic.Reference) -> Any:
        """Return the revision that introduced an object; -1 for one that none did."""
        try:
            return super().get_introducing_revision(ref)
        except KeyError:
            return _NEVER


class StrictReader(PdfFileReader):
    """Reads a PDF strictly; what a later revision puts where an earlier one refers to nothing, the earlier lacks."""

    def __init__(self, octets: bytes) -> None:
        super().__init__(BytesIO(octets), strict=True)
        self.xrefs = _References(self.xrefs)

    def get_object(  # type: ignore[override]  # the library's reader departs from its own base so, too
        self, ref: generic.Reference, revision: int | None = None, **more: Any
    ) -> Any:
        """Return the object, as of a revision where one is named; null for one that is not there."""
        newest = self.xrefs.total_revisions - 1
        if self.xrefs.get_historical_ref(ref, newest if revision is None else revision) is None:
            nothing = generic.NullObject()
            nothing.container_ref = ref
            return nothing
        return super().get_object(ref, revision, **more)  # type: ignore[no-untyped-call]  # the library is untyped
