"""What a manifest says of a file besides its name: its size and its digest, which the signature on the message covers.

An entry that says anything of the kind says all of it, once, and truly, however the file travels.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from envelopes.base64_texts import decode_base64
from envelopes.evidence_facts import Digest, DigestMethod
from envelopes.parser import Tag
from envelopes.remarks import Reason
from envelopes.sections import Section

_SIZE = re.compile(r"[0-9]{1,16}")
_TAGS: Final = (Tag.SIZE, Tag.DIGEST_METHOD, Tag.DIGEST_VALUE)


@dataclass(frozen=True, slots=True)
class Measures:
    """The size in octets and the digest that an entry gives; None for what cannot be read, which was remarked upon."""

    size: int | None
    digest: Digest | None


def measures_in(entry: Section, *, is_required: bool) -> Measures | None:
    """Return what an entry of the manifest says of its file; None where it says nothing of the kind, nor has to."""
    said = [tag for tag in _TAGS if entry.text(tag) is not None]
    if not said and not is_required:
        return None
    for tag in _TAGS:
        if tag not in said:
            entry.notes.remark(Reason.MEASURE_MISSING, entry.place_of(tag))
    return Measures(_size(entry), _digest(entry))


def check_measures(
    measures: Measures, entry: Section, *, size: int, digest_by: Callable[[DigestMethod], bytes]
) -> None:
    """Remark upon a size or a digest that the file does not have; `digest_by` returns its digest of a kind."""
    if measures.size is not None and measures.size != size:
        entry.notes.remark(Reason.SIZE_DIFFERS, entry.place_of(Tag.SIZE), value=str(measures.size))
    elif measures.digest is not None and digest_by(measures.digest.method) != measures.digest.value:
        entry.notes.remark(Reason.DIGEST_DIFFERS, entry.place_of(Tag.DIGEST_VALUE))


def _size(entry: Section) -> int | None:
    text = entry.text(Tag.SIZE)
    if text is None or _SIZE.fullmatch(text):
        return None if text is None else int(text)
    entry.notes.remark(Reason.SIZE_UNREADABLE, entry.place_of(Tag.SIZE))
    return None


def _digest(entry: Section) -> Digest | None:
    named, text = entry.text(Tag.DIGEST_METHOD), entry.text(Tag.DIGEST_VALUE)
    if named is None or text is None:
        return None
    if named not in set(DigestMethod):
        entry.notes.remark(Reason.DIGEST_METHOD, entry.place_of(Tag.DIGEST_METHOD))
        return None
    method, octets = DigestMethod(named), decode_base64(text)
    if octets is None or len(octets) != method.width:
        entry.notes.remark(Reason.DIGEST_UNREADABLE, entry.place_of(Tag.DIGEST_VALUE))
        return None
    return Digest(method, octets)
