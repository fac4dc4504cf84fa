"""What was appended to a file after a signature, by a grammar of our own: what it does not explain is no proof.

The library's difference policy says which changes a signature permits. It calls some of them updates of proof that show
something new to a reader: a widget whose corners are references, an appearance that the DSS names as a certificate.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Final

from signing.pdf.additions import Step
from signing.pdf.mentions import Mentions
from signing.pdf.opening import Opened
from signing.pdf.verdict import Changes

_OBJECT: Final = re.compile(rb"\s*(\d+)\s+\d+\s+obj\b")


class Revisions:
    """The revisions of one file, each explained once."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._found: dict[int, Changes] = {}

    def since(self, revision: int) -> Changes:
        """Return the gravest of what the revisions after this one did.

        1. LTA_UPDATES: they added proof (EN 319 142-1 clauses 5.4 and 5.5), or nothing.
        2. SIGNATURES: they added further signatures, each with its own appearance, and nothing else.
        3. FORM_FILLING: they did something else.
        4. OTHER: they put an object where an earlier revision refers to one that was not there.
        """
        later = range(revision + 1, self._opened.reader.total_revisions)
        return max((self._of(one) for one in later), default=Changes.NONE, key=rank)

    def hides_objects(self, end: int) -> bool:
        """Return whether objects stand after a place in the octets that no revision lists.

        Readers that mend a file take the last object of a number that they find, whether it is listed or not.
        """
        octets, xrefs = self._opened.octets, self._opened.reader.xrefs
        revisions = range(self._opened.reader.total_revisions)
        listed = {
            xrefs.get_historical_ref(one, number)
            for number in revisions
            for one in xrefs.explicit_refs_in_revision(number)
        }
        listed |= {xrefs.get_xref_container_info(number).start_location for number in revisions}
        starts = {found.start(1) for at in listed if isinstance(at, int) and (found := _OBJECT.match(octets, at))}
        return any(found.start(1) not in starts for found in _OBJECT.finditer(octets, end))

    def _of(self, revision: int) -> Changes:
        if revision not in self._found:
            self._found[revision] = self._explained(revision)
        return self._found[revision]

    def _explained(self, revision: int) -> Changes:
        if Step(self._opened, revision, mentions=self._mentions).is_explained():
            return Changes.LTA_UPDATES
        step = Step(self._opened, revision, mentions=self._mentions, may_sign=True)
        if step.is_explained():
            return Changes.SIGNATURES
        return Changes.OTHER if step.fills_gaps() else Changes.FORM_FILLING

    @cached_property
    def _mentions(self) -> Mentions:
        return Mentions(self._opened.reader)


def rank(changes: Changes) -> int:
    """Return how grave changes are, from 0 on."""
    return list(Changes).index(changes)
