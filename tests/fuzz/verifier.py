"""Fuzzes the gate with its XML verifier: nothing passes but what was signed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

from axis.demo.authority import KeyKind
from axis.exchange.gate import Gate
from axis.exchange.signature_words import finding_for
from envelopes.dialects import parse_package
from envelopes.errors import UnreadableMessage
from envelopes.packages import package_of
from envelopes.parser import SIGNATURE_PARENT
from signing.policy import PACKAGE_POLICY
from signing.revocation.book import Statuses
from signing.xml.verify import XmlVerifier
from tests.fuzz.mutations import mutated_xml as mutated
from tests.fuzz.surprise import Surprise
from tests.signing.pki import MOMENT, trust
from tests.signing.xml.packages import signed_with
from tests.signing.xml.workshop import XADES_DRAFT, Draft, made, reference
from tests.vectors.attacks.samples import original
from tests.vectors.attacks.table import ATTACKS

__all__ = ["look", "mutated", "seeds"]

_VERIFIER: Final = XmlVerifier(parse_package, SIGNATURE_PARENT, trust(), PACKAGE_POLICY)
_GATE: Final = Gate(trust, PACKAGE_POLICY, book=Statuses({}))


def seeds() -> Iterator[bytes]:
    """Yield honest packages of every kind of key and signature, and every attack on them."""
    honest = original()
    yield from (honest.sign(honest.letter), honest.sign(honest.report))
    yield from (signed_with(kind) for kind in KeyKind)
    yield from (made(draft) for draft in (Draft(), XADES_DRAFT, Draft(references=(reference("#goi-tin"),))))
    yield from (attack.make(honest) for attack in ATTACKS)


def look(octets: bytes) -> None:
    """Raise `Surprise`, or whatever goes wrong, unless the octets are refused or hand out what a seed was signed for.

    1. What is no package is refused before anything is verified.
    2. A verdict that did not pass names a reason that has words, and hands out nothing.
    3. One that passed hands out the very octets that were signed.
    """
    try:
        verdict = _GATE.inspect(package_of(octets), at=MOMENT).verdict
    except UnreadableMessage:
        return
    if verdict.failure is not None and verdict.covered is None:
        finding_for(verdict.failure)
    elif verdict.covered not in _signed():
        raise Surprise("a judgement passed for octets that nobody signed")


@cache
def _signed() -> frozenset[bytes]:
    """The octets that signatures of the seeds cover."""
    covered = (_covered(octets) for octets in seeds())
    return frozenset(one for one in covered if one is not None)


def _covered(octets: bytes) -> bytes | None:
    try:
        return _VERIFIER.verify(octets, at=MOMENT).covered
    except UnreadableMessage:
        return None
