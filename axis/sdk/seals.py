"""From one seal of an axis to the next: whoever believes a seal may believe the one that it endorsed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Self

from axis.sdk.errors import SealFault, SealRefused
from axis.sdk.receipts import ReceiptVerifier
from envelopes.endorsement import ENDORSEMENT_TYPE, EndorsementUnreadable, SealEndorsement, read_endorsement
from signing.certificates import Certificate
from signing.errors import CertificateUnreadable
from signing.jws import JwsRefused, named_certificate, verify_jws
from signing.policy import CERTIFICATES_MAX, SEAL_POLICY
from signing.verdict import Failure

SEALS_MAX: Final = 1_000
"""Seals in one list: a seal a year fills a millennium, and each costs two verifications."""


@dataclass(frozen=True, slots=True)
class PublishedSeal:
    """A seal as an axis publishes it, believed for nothing: its chain, and what an earlier seal says about it."""

    chain: tuple[Certificate, ...]
    endorsement: str | None = None

    @classmethod
    def of(cls, members: Mapping[str, Any]) -> Self:
        """Return the seal in one item of `GET /v1/seals`; raises `SealRefused` for what is none."""
        pem, endorsement = members.get("certificates"), members.get("endorsement")
        if not isinstance(pem, str) or not isinstance(endorsement, str | None):
            raise SealRefused(SealFault.UNREADABLE)
        try:
            chain = Certificate.many_from_pem(pem.encode())
        except CertificateUnreadable as error:
            raise SealRefused(SealFault.UNREADABLE) from error
        if len(chain) > CERTIFICATES_MAX:
            raise SealRefused(SealFault.UNREADABLE)
        return cls(chain, endorsement)


def follow(
    verifier: ReceiptVerifier, published: Sequence[PublishedSeal], *, pinned: Iterable[Certificate], at: datetime
) -> tuple[Certificate, ...]:
    """Return the seals that may be believed from now on besides those of `pinned`, in the order of their succession.

    1. From each believed seal, endorsements that name it as their signer are looked at; others are passed over, and
       those of a seal that is believed already.
    2. The believed seal is in force at `at`, with a path to a pinned anchor: a seal that ended vouches for nobody.
    3. Its signature on the endorsement verifies, and the endorsement speaks for it, about the seal it came with.
    4. The endorsement is about the axis that receipts are expected from.
    5. The next seal's own path leads to a pinned anchor too, at `at` or when it becomes valid.
    6. A seal has one successor: of two, at least one is somebody else's.
    7. The next seal is believed, and the same is done from there.

    One endorsement that does not hold refuses all: raises `SealRefused`. Nothing is fetched.
    """
    if len(published) > SEALS_MAX:
        raise SealRefused(SealFault.UNREADABLE)
    chains = {one.chain[0].fingerprint: one.chain[1:] for one in published}
    believed = {one.fingerprint: one for one in pinned if one.fingerprint in verifier.seals}
    waiting, found = list(believed.values()), list[Certificate]()
    while waiting:
        seal = waiting.pop()
        offered = {one.chain[0].fingerprint: one for one in published if _signer_of(one) == seal.fingerprint}
        if len(offered) > 1:
            raise SealRefused(SealFault.SEVERAL, seal=seal.fingerprint)
        for name, following in offered.items():
            if name not in believed:
                _require_path(verifier, seal, others=chains.get(seal.fingerprint, ()), at=at)
                believed[name] = _endorsed(verifier, seal, following=following, at=at)
                found.append(believed[name])
                waiting.append(believed[name])
    return tuple(found)


def believing(verifier: ReceiptVerifier, seals: Iterable[Certificate]) -> ReceiptVerifier:
    """Return a verifier that believes these seals too."""
    return replace(verifier, seals=verifier.seals | {one.fingerprint for one in seals})


def _endorsed(verifier: ReceiptVerifier, seal: Certificate, *, following: PublishedSeal, at: datetime) -> Certificate:
    """Return the successor, having gone through steps 3 to 5 of `follow`."""
    successor, others = following.chain[0], following.chain[1:]
    said = _said(following.endorsement or "", seal)
    if said.seal != seal.fingerprint or said.successor != successor.fingerprint:
        raise SealRefused(SealFault.FORGED, seal=seal.fingerprint)
    if not verifier.origin.admits(said.origin):
        raise SealRefused(SealFault.OTHER_ORIGIN, environment=said.origin.kind.value, instance=said.origin.instance)
    _require_path(verifier, successor, others=others, at=max(at, successor.not_before))
    return successor


def _said(token: str, seal: Certificate) -> SealEndorsement:
    try:
        verified = verify_jws(token, {seal.fingerprint: seal}.get, kind=ENDORSEMENT_TYPE)
        return read_endorsement(verified.payload)
    except (JwsRefused, EndorsementUnreadable) as error:
        raise SealRefused(SealFault.FORGED, seal=seal.fingerprint) from error


def _require_path(
    verifier: ReceiptVerifier, seal: Certificate, *, others: tuple[Certificate, ...], at: datetime
) -> None:
    path = verifier.trust.judge(seal, others, at=at, policy=SEAL_POLICY)
    if isinstance(path, Failure):
        raise SealRefused(SealFault.UNTRUSTED, seal=seal.fingerprint, code=path.code.value)


def _signer_of(published: PublishedSeal) -> str | None:
    """Return whom an endorsement names as its signer, unverified; None where there is none to speak of."""
    if published.endorsement is None:
        return None
    try:
        return named_certificate(published.endorsement)
    except JwsRefused:
        return None
