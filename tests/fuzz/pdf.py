"""Fuzzes the PDF gate: always a verdict, and no signature that passes over or before octets nobody signed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from signing.digests import sha256
from signing.pdf.opening import open_pdf
from signing.pdf.revisions import Revisions
from signing.pdf.verdict import Changes, PdfFailureCode, SignatureKind
from signing.pdf.verify import PdfVerifier
from signing.verdict import FailureCode
from tests.fuzz.mutations import mutated_pdf as mutated
from tests.fuzz.surprise import Surprise
from tests.signing.pdf_making import (
    PKCS7,
    Signing,
    blank,
    document_stamped,
    hybrid,
    person_and_agency,
    person_only,
    signed,
    with_proof,
)
from tests.signing.pki import MOMENT, credential, trust
from tests.vectors.attacks import pdf as attacks
from tests.vectors.attacks import pdf_overlays

__all__ = ["look", "mutated", "seeds"]

_VERIFIER: Final = PdfVerifier(trust())
_RANGE: Final = re.compile(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)\]")
_CODES: Final = frozenset({*PdfFailureCode, *FailureCode})
_SHOWING: Final = re.compile(rb"/(?:AA?|AP|BBox|Dest|JS|Kids|MK|Title|URI|XObject)\b")
"""What no proof needs, wherever it stands after the last signature. Written from the standard, not from the gate."""
_PROOF: Final = frozenset({Changes.NONE, Changes.LTA_UPDATES})

Range = tuple[int, int, int, int]


def seeds() -> Iterator[bytes]:
    """Yield honest documents, and every attack on them that needs no words."""
    yield from _honest()
    yield from (attack() for attack in _attacks())


def look(octets: bytes) -> None:
    """Raise `Surprise`, or whatever goes wrong, unless each signature is refused by name or covers what was signed."""
    verdict = _VERIFIER.verify(octets, at=MOMENT)
    failures = [one for one in (verdict.failure, *(each.failure for each in verdict.signatures)) if one is not None]
    if any(one.code not in _CODES for one in failures):
        raise Surprise("a reason that is not listed")
    passed = [one for one in verdict.signatures if one.failure is None and one.kind is SignatureKind.SIGNATURE]
    held = sum(_digest(octets, place) == digest for place, digest in _signed())
    if len(passed) > held:
        raise Surprise("a signature passed over octets that nobody signed")
    signatures = [one for one in verdict.signatures if one.kind is SignatureKind.SIGNATURE]
    if signatures and signatures[-1].failure is None:
        _look_behind(octets, signatures[-1].revision)


def _look_behind(octets: bytes, revision: int) -> None:
    """Raise `Surprise` where what follows the last signature is no proof by the gate's grammar, or shows something."""
    if Revisions(open_pdf(octets)).since(revision) not in _PROOF:
        raise Surprise("a signature passed before octets that the grammar does not explain")
    ends = [place[2] + place[3] for place, digest in _signed() if _digest(octets, place) == digest]
    tail = octets[max(ends, default=0) :]
    if tail not in _tails() and _SHOWING.search(tail):
        raise Surprise("a signature passed before octets that show something")


@cache
def _tails() -> frozenset[bytes]:
    """What follows each signature of an honest document: none of it is an attack, whatever it holds."""
    honest = [(octets, match) for octets in _honest() for match in _RANGE.finditer(octets)]
    return frozenset(octets[int(match[3]) + int(match[4]) :] for octets, match in honest)


@cache
def _signed() -> frozenset[tuple[Range, bytes]]:
    """Every byte range of an honest document, and the digest of what it covers."""
    found = set()
    for octets in _honest():
        for match in _RANGE.finditer(octets):
            place = (int(match[1]), int(match[2]), int(match[3]), int(match[4]))
            found.add((place, _digest(octets, place)))
    return frozenset(found)


def _digest(octets: bytes, place: Range) -> bytes:
    start, length, again, rest = place
    return sha256(octets[start : start + length] + octets[again : again + rest])


@cache
def _honest() -> tuple[bytes, ...]:
    old = signed(blank(), credential("Nguyễn Văn A"), Signing(subfilter=PKCS7))
    mixed = signed(hybrid(), credential("Nguyễn Văn A"))
    proved = document_stamped(with_proof(person_only(), "person", credential("Nguyễn Văn A")))
    return blank(), person_only(), person_and_agency(), document_stamped(person_only()), old, mixed, proved


def _attacks() -> Iterator[Callable[[], bytes]]:
    for room in (attacks, pdf_overlays):
        for name, attack in vars(room).items():
            is_own = getattr(attack, "__module__", "") == room.__name__ and not name.startswith("_")
            if is_own and not attack.__code__.co_argcount - len(attack.__defaults__ or ()):
                yield attack
