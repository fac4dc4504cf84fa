"""The register of seals: which one seals, which one will, which ones did, and what each says about the next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from axis.errors import Refused
from axis.exchange.seal_words import SealCode, refused
from axis.logs import LogEvent, logger
from envelopes.endorsement import (
    ENDORSEMENT_TYPE,
    EndorsementUnreadable,
    SealEndorsement,
    read_endorsement,
    write_endorsement,
)
from envelopes.evidence_facts import Environment
from signing.certificates import Certificate
from signing.errors import CertificateUnreadable
from signing.jws import JwsRefused, sign_jws, verify_jws
from signing.keys import Signer

FILES_MAX: Final = 1_000
"""Files that are read: a seal a year, each with two, fills five centuries."""

FILE_BYTES_MAX: Final = 64 * 1024
"""A chain of certificates or an endorsement; both have a few kilobytes."""

REREAD_SECONDS: Final = 10.0
"""How old what is known of the folder may be: as soon as any change acts, and strangers cannot make the disk work."""

_NAME_LENGTH: Final = 16
"""Digits of a fingerprint in the names of files: enough that two seals do not meet, short enough to be read."""


class SealState(StrEnum):
    """Where a seal stands."""

    ANNOUNCED = "announced"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class KnownSeal:
    """A seal of this axis: its certificate and intermediates, and what its predecessor says of it, where it does."""

    chain: tuple[Certificate, ...]
    state: SealState
    endorsement: str | None = None
    endorsed_by: str | None = None

    @property
    def certificate(self) -> Certificate:
        """The seal's own certificate."""
        return self.chain[0]


@dataclass(frozen=True, slots=True)
class _Endorsed:
    """A verified endorsement, and the token it came in."""

    said: SealEndorsement
    token: str


class SealRegister:
    """What is known of the seals of one axis: the one in use, and a folder that all its processes share.

    In the folder, `*.pem` are chains of announced and former seals (their own certificate first), `*.jws` are
    endorsements. Without one, only the seal in use is known.
    """

    def __init__(
        self, folder: Path | None, chain: tuple[Certificate, ...], *, origin: Environment, elapsed: Callable[[], float]
    ) -> None:
        """Read the folder once; raises `Refused` where it cannot be read."""
        self._folder = folder
        self._chain = chain
        self._origin = origin
        self._elapsed = elapsed
        self._lock = threading.Lock()
        self._seals = self._read()
        self._read_at = elapsed()

    def seals(self) -> tuple[KnownSeal, ...]:
        """Return the announced seals, the active one, then the retired ones, as of `REREAD_SECONDS` ago at most.

        A folder that cannot be read any more is told in the log, and what was read before goes on to be true.
        """
        with self._lock:
            if self._elapsed() - self._read_at >= REREAD_SECONDS:
                self._read_at = self._elapsed()
                try:
                    self._seals = self._read()
                except (Refused, OSError) as error:
                    logger.error(LogEvent.WORK_FAILED, work="seal_register", exc_info=error)
            return self._seals

    def announce(self, successor: tuple[Certificate, ...], signer: Signer, *, at: datetime) -> KnownSeal:
        """Return the next seal, endorsed by `signer`, which is the present one, and published from now on.

        Repeating it for the same seal changes nothing. Raises `Refused` without a folder, for a seal that is no new
        one, and where another one is announced.
        """
        if self._folder is None:
            raise refused(SealCode.NO_REGISTER)
        active, new = self._chain[0], successor[0]
        known = {seal.certificate: seal for seal in self._read()}
        if new == active or _has_served(known, new):
            raise refused(SealCode.SAME, value=new.fingerprint)
        for seal in known.values():
            if seal.state is SealState.ANNOUNCED and seal.endorsed_by == active.fingerprint:
                if seal.certificate == new:
                    return seal
                raise refused(SealCode.ANNOUNCED, value=seal.certificate.fingerprint)
        said = SealEndorsement(self._origin, active.fingerprint, new.fingerprint, at)
        token = sign_jws(write_endorsement(said), signer, kind=ENDORSEMENT_TYPE)
        # The endorsement last: without it, the certificates beside it mean nothing.
        for chain in (self._chain, successor):
            _write(self._folder / f"{_short(chain[0])}.pem", b"".join(one.pem for one in chain))
        _write(self._folder / f"{_short(active)}-{_short(new)}.jws", token.encode())
        return KnownSeal(successor, SealState.ANNOUNCED, token, said.seal)

    def _read(self) -> tuple[KnownSeal, ...]:
        """Return every seal with its state.

        1. The chains in the folder, with that of the active seal, are the seals.
        2. Each endorsement verifies under the certificate of one of them, speaks for it, and is about this axis.
        3. Announced is what the active seal endorsed, directly or by way of another; retired is all else.
        """
        files = [] if self._folder is None else _files_of(self._folder)
        chains = dict(_chain_in(file) for file in files if file.suffix == ".pem")
        chains[self._chain[0].fingerprint] = self._chain
        endorsed = dict(self._endorsement_in(file, chains) for file in files if file.suffix == ".jws")
        announced = _following(self._chain[0].fingerprint, endorsed)
        states = {name: SealState.ANNOUNCED if name in announced else SealState.RETIRED for name in chains}
        states[self._chain[0].fingerprint] = SealState.ACTIVE
        seals = (
            KnownSeal(
                chain,
                states[name],
                endorsed[name].token if name in endorsed else None,
                endorsed[name].said.seal if name in endorsed else None,
            )
            for name, chain in chains.items()
        )
        order = list(SealState)
        return tuple(sorted(seals, key=lambda one: (order.index(one.state), -one.certificate.not_before.timestamp())))

    def _endorsement_in(self, file: Path, chains: Mapping[str, tuple[Certificate, ...]]) -> tuple[str, _Endorsed]:
        token = _octets_of(file).decode("ascii", "replace").strip()
        try:
            verified = verify_jws(token, {name: one[0] for name, one in chains.items()}.get, kind=ENDORSEMENT_TYPE)
            said = read_endorsement(verified.payload)
        except (JwsRefused, EndorsementUnreadable) as error:
            raise refused(SealCode.UNREADABLE, file.name) from error
        if said.seal != verified.signer.fingerprint or said.successor not in chains or said.origin != self._origin:
            raise refused(SealCode.UNREADABLE, file.name)
        return said.successor, _Endorsed(said, token)


def _has_served(known: Mapping[Certificate, KnownSeal], certificate: Certificate) -> bool:
    """Return whether a seal was in use: it was endorsed and is retired, or endorsed another.

    One that only lies in the folder was never announced: whoever put it there was interrupted.
    """
    seal = known.get(certificate)
    is_former = seal is not None and seal.state is SealState.RETIRED and seal.endorsement is not None
    return is_former or any(one.endorsed_by == certificate.fingerprint for one in known.values())


def _following(active: str, endorsed: Mapping[str, _Endorsed]) -> frozenset[str]:
    found: set[str] = set()
    reached = {active}
    while reached:
        reached = {name for name, one in endorsed.items() if one.said.seal in reached} - found - {active}
        found |= reached
    return frozenset(found)


def _files_of(folder: Path) -> list[Path]:
    try:
        files = sorted(one for one in folder.iterdir() if one.suffix in {".pem", ".jws"})
    except OSError as error:
        raise refused(SealCode.UNREADABLE, folder.name) from error
    if len(files) > FILES_MAX:
        raise refused(SealCode.UNREADABLE, folder.name)
    return files


def _chain_in(file: Path) -> tuple[str, tuple[Certificate, ...]]:
    try:
        chain = Certificate.many_from_pem(_octets_of(file))
    except CertificateUnreadable as error:
        raise refused(SealCode.UNREADABLE, file.name) from error
    if chain[0].is_authority:
        raise refused(SealCode.UNREADABLE, file.name)
    return chain[0].fingerprint, chain


def _octets_of(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            octets = stream.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise refused(SealCode.UNREADABLE, file.name) from error
    if len(octets) > FILE_BYTES_MAX:
        raise refused(SealCode.UNREADABLE, file.name)
    return octets


def _write(file: Path, octets: bytes) -> None:
    """Write a file whole or not at all: who reads meanwhile finds the old state or the new one."""
    draft = file.with_suffix(".part")
    draft.write_bytes(octets)
    draft.replace(file)


def _short(certificate: Certificate) -> str:
    return certificate.fingerprint[:_NAME_LENGTH]
