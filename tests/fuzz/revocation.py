"""Fuzzes the judge of CRLs and OCSP answers: a state whatever comes in, and never good where somebody revoked."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from axis.demo.pki.authorities import Authorities
from signing.revocation.judge import answers_nonce, revocation_of, revocation_when
from signing.statuses import RevocationEvidence, RevocationState, Source
from signing.trust import TrustStore
from signing.verdict import CertificatePath
from tests.fixtures.postgres import MOMENT
from tests.fuzz.mutations import mutated_octets
from tests.fuzz.surprise import Surprise
from tests.signing.revocation.forged import deep_answer, deep_list, element, nested

__all__ = ["look", "mutated", "seeds"]

_LEVELS_MAX = 3000


def seeds() -> Iterator[bytes]:
    """Yield answers and lists about a revoked certificate, by those who may and those who may not, and nested ones."""
    authorities = _authorities()
    for responder in (None, "direct", "checked", "unfit"):
        yield authorities.ocsp("revoked-before", at=MOMENT, responder=responder)
    yield from (authorities.crl(one, at=MOMENT) for one in ("issuing", "root"))
    yield from (deep_answer(authorities, 300), deep_list(authorities, 300))


def look(octets: bytes) -> None:
    """Raise `Surprise`, or whatever goes wrong, unless each reading of the octets gives a state that is not good."""
    path = _path()
    for source in Source:
        evidence = RevocationEvidence(source, octets)
        for status in (
            revocation_of(path, [evidence], at=MOMENT),
            revocation_when(path, [evidence], at=MOMENT, now=MOMENT),
        ):
            if status.state is RevocationState.GOOD:
                raise Surprise("a revoked certificate is good")
            _ = (status.relied_on_until, status.seen_at(MOMENT))
    answers_nonce(octets, bytes(32))


def mutated(octets: bytes, random: Random, limit: int) -> bytes:
    """Return the octets changed in a few places, or with something nested put among them."""
    if random.random() < 0.7:
        return mutated_octets(octets, random, limit)
    inside = nested(random.randrange(_LEVELS_MAX), random.choice((0x30, 0x31, 0x04, 0xA0)))
    place = random.randrange(len(octets) + 1)
    return element(0x30, octets[:place] + inside + octets[place:])[:limit]


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory()


@cache
def _authorities() -> Authorities:
    return Authorities(Path(_folder().name), MOMENT)


@cache
def _path() -> CertificatePath:
    authorities = _authorities()
    holder = authorities["revoked-before"]
    path = TrustStore(authorities.anchors, authorities.intermediates).path_of(
        holder.certificate, holder.chain, at=MOMENT
    )
    if not isinstance(path, CertificatePath):
        raise TypeError("the certificate has a path")
    return path
