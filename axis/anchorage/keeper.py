"""The trust store in effect in this process: at most a few seconds behind its files, and never a broken one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

from axis.anchorage.folder import Octets, octets_in, store_of, unserved
from axis.anchorage.words import TrustCode, finding
from axis.errors import Refused
from axis.logs import LogEvent, logger
from axis.metrics import HealthCheck, Metrics
from axis.seam import survive
from signing.certificates import Certificate
from signing.errors import CertificateUnreadable, TrustUnusable
from signing.purposes import Purpose
from signing.trust import TrustStore

FRESH_SECONDS: Final = 5.0
"""How long a store is taken without looking at its files: a change of them acts in all processes within ten seconds, as
a suspension does."""


class TrustSource(Protocol):
    """Where a trust store comes from."""

    def octets(self) -> Octets:
        """Return the files as they are at this moment; raises `Refused`."""
        ...

    def store(self, octets: Octets) -> TrustStore:
        """Return the store they make; raises `Refused`, `CertificateUnreadable` or `TrustUnusable`."""
        ...


@dataclass(frozen=True, slots=True)
class TrustFolder:
    """A folder of authorities, each for its purposes; `needed` are those that somebody must serve."""

    path: Path
    needed: tuple[Purpose, ...]

    def octets(self) -> Octets:
        """Return the files that count; raises `Refused`."""
        return octets_in(self.path)

    def store(self, octets: Octets) -> TrustStore:
        """Return the store they make; raises `Refused`."""
        return store_of(octets, self.needed)


@dataclass(frozen=True, slots=True)
class TrustFiles:
    """The simple form: anchors and intermediates in PEM, each a file or a folder of them, trusted for everything."""

    anchors: Path
    intermediates: Path | None = None

    def octets(self) -> Octets:
        """Return every PEM file with its role before its name; raises `Refused`."""
        found: dict[str, bytes] = {}
        for role, path in (("anchor", self.anchors), ("intermediate", self.intermediates)):
            try:
                for file in _files(path):
                    found[f"{role}/{file.name}"] = file.read_bytes()
            except OSError as error:
                name = "" if path is None else path.name
                raise Refused((finding(TrustCode.FOLDER_UNREADABLE, name),)) from error
        return found

    def store(self, octets: Octets) -> TrustStore:
        """Return the store they make; raises `CertificateUnreadable` and `TrustUnusable`."""
        return TrustStore(_certificates(octets, "anchor/"), _certificates(octets, "intermediate/"))


class Anchorage:
    """Hands out the trust store; looks at its files at most every `FRESH_SECONDS` and takes up what changed.

    A judgement under way ends by the store it began with. Files that make no store are told once, as an alarm, and what
    was read before goes on to be true until they are mended.
    """

    def __init__(self, source: TrustSource, elapsed: Callable[[], float], *, metrics: Metrics | None = None) -> None:
        """Read the files once, and raise what the source does."""
        self._source = source
        self._elapsed = elapsed
        self._metrics = metrics
        self._lock = threading.Lock()
        octets = source.octets()
        self._store = source.store(octets)
        self._taken = _digest(octets)
        self._refused: bytes | None = None
        self._is_sound = True
        self._looked_at = elapsed()
        self._loaded()

    def current(self) -> TrustStore:
        """Return the store in effect. One thread looks while the others go on with the one before."""
        if self._elapsed() - self._looked_at >= FRESH_SECONDS and self._lock.acquire(blocking=False):
            try:
                if not survive("trust", self._look, otherwise=False):
                    self._note(None, is_sound=False)
            finally:
                self._looked_at = self._elapsed()
                self._lock.release()
        return self._store

    def require(self, needed: Iterable[Purpose], *, at: datetime) -> None:
        """Raise `Refused` where nobody serves one of the purposes within a window that holds the aware moment `at`."""
        if lacking := tuple(unserved(self._store.authorities, needed, at=at)):
            raise Refused(lacking)

    def is_sound(self) -> bool:
        """Return whether the files make the store that is in effect; looks at them, where that is due."""
        self.current()
        return self._is_sound

    def _look(self) -> bool:
        """Take up what changed; True, since whoever falls out of here on the way has nothing to return."""
        seen: bytes | None = None
        try:
            octets = self._source.octets()
            seen = _digest(octets)
            if seen == self._taken:
                self._mend()
                return True
            if seen == self._refused and not self._is_sound:
                return True
            self._store = self._source.store(octets)
        except (Refused, TrustUnusable, CertificateUnreadable) as error:
            self._break(error, seen)
            return True
        self._taken = seen
        self._loaded()
        return True

    def _mend(self) -> None:
        if not self._is_sound:
            self._loaded()

    def _loaded(self) -> None:
        self._note(None, is_sound=True)
        logger.info(LogEvent.TRUST_LOADED, authorities_count=len(self._store.authorities))

    def _break(self, error: Exception, seen: bytes | None) -> None:
        """Tell of files that make no store, once for each state of them."""
        is_told = not self._is_sound and seen == self._refused
        self._note(seen, is_sound=False)
        if is_told:
            return
        first = error.findings[0] if isinstance(error, Refused) else finding(TrustCode.NOT_AUTHORITY)
        logger.error(LogEvent.TRUST_BROKEN, code=first.code, entry=first.path)

    def _note(self, refused: bytes | None, *, is_sound: bool) -> None:
        self._is_sound, self._refused = is_sound, refused
        if self._metrics is not None:
            self._metrics.set_health(HealthCheck.TRUST, is_passed=is_sound)


def _digest(octets: Octets) -> bytes:
    """Return the SHA-256 over names and contents, in order of the names."""
    whole = sha256()
    for name, content in sorted(octets.items()):
        whole.update(sha256(name.encode()).digest() + sha256(content).digest())
    return whole.digest()


def _files(path: Path | None) -> Iterable[Path]:
    if path is None:
        return ()
    return sorted(path.glob("*.pem")) if path.is_dir() else [path]


def _certificates(octets: Octets, role: str) -> list[Certificate]:
    names = sorted(one for one in octets if one.startswith(role))
    return [certificate for name in names for certificate in Certificate.many_from_pem(octets[name])]
