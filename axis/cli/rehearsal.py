"""What `axis serve` and `axis worker` need for their start, tried without starting anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from axis import stores, wiring
from axis.channels.brokers import open_broker
from axis.cli.failures import Failure, Unable, failure_of
from axis.cli.opening import database_url
from axis.cli.words import CliCode, filled
from axis.errors import Refused
from axis.metrics import Metrics
from axis.settings import BlobSettings, Environment, Settings, StoreKind
from axis.settings.tree import PREFIX
from envelopes.errors import Finding, Phrase, Severity
from envelopes.evidence_signatures import UnknownRule
from signing.errors import SigningError
from signing.libraries import check_libraries
from storage.database.engine import make_engine
from storage.database.schema import check_revision
from storage.errors import StorageError


class Neighbour(StrEnum):
    """Who is asked only when told to."""

    DATABASE = "database"
    STORE = "store"


_Step = tuple[str, Callable[[], object]]
"""The setting that is tried, without its prefix, and the trial."""

_HINDRANCES: Final = (Unable, Refused, SigningError, StorageError)


def hindrances(settings: Settings, *, at: datetime, asks: frozenset[Neighbour]) -> Iterator[Failure]:
    """Yield all that an axis with these settings would not start for, in the order in which a start meets it.

    Each as the start itself would end with it, at its setting where it names no place of its own. Nothing is made and
    nobody is called but who is in `asks`: the seal's key is opened, by its PIN where it is on a token.

    1. A database is named, and the libraries fit each other.
    2. Packages can be kept, and the keys they are encrypted under be read. If it is asked: an S3 store takes objects.
    3. The trust store is whole, and serves every purpose that is needed at `at` (aware).
    4. The seal's key is there and belongs to its certificate, the register of seals can be read, and so can the key of
       tokens.
    5. The files of TLS towards the broker can be used; whether it answers hinders no start.
    6. If it is asked: the database answers and has this program's revision.
    """
    for setting, step in _steps(settings, at=at, asks=asks):
        try:
            step()
        except _HINDRANCES as error:
            failure = failure_of(error)
            yield failure if failure.place or failure.findings else replace(failure, place=f"{PREFIX}{setting}")


def misgivings(settings: Settings) -> Iterator[Finding]:
    """Yield what keeps no axis from starting, but will be regretted: each as a warning at its setting."""
    if not settings.authorities.hosts:
        then = _REFUSED if settings.revocation.unknown is UnknownRule.REQUIRE else _ACCEPTED
        yield _misgiving(CliCode.NO_AUTHORITY_ASKED, "AUTHORITIES__HOSTS", fault=then)
    if settings.environment is Environment.PRODUCTION and settings.seal.register_folder is None:
        yield _misgiving(CliCode.NO_SEAL_REGISTER, "SEAL__REGISTER_FOLDER")


def _misgiving(code: CliCode, setting: str, **names: Phrase) -> Finding:
    return Finding(code.value, f"{PREFIX}{setting}", Severity.WARNING, filled(code, names))


_ACCEPTED: Final[Phrase] = (
    "chứng thư số đã bị thu hồi vẫn được chấp nhận",
    "certificates that were revoked are accepted",
)
_REFUSED: Final[Phrase] = (
    "mọi gói tin bị từ chối, vì AXIS_REVOCATION__UNKNOWN là `require`",
    "every package is refused, because AXIS_REVOCATION__UNKNOWN is `require`",
)
"""What follows where nobody may be asked, by the rule for what is unknown."""


def _steps(settings: Settings, *, at: datetime, asks: frozenset[Neighbour]) -> Iterator[_Step]:
    trust, seal = settings.trust, settings.seal
    yield "DATABASE__URL", lambda: database_url(settings)
    yield "", check_libraries
    yield from _steps_of_store(settings.blobs, at=at, asks=Neighbour.STORE in asks)
    anchors = "TRUST__FOLDER" if trust.anchors is None else "TRUST__ANCHORS"
    yield anchors, lambda: wiring.open_trust(settings, Metrics(), at=at)
    key = "SEAL__KEY_FILE" if seal.pkcs11_uri is None else "SEAL__PKCS11_URI"
    yield key, lambda: _open_seal(settings)
    yield "WEB__TOKEN_KEY_FILE", lambda: wiring.load_token_key(settings)
    yield "BROKER__CA_FILE", lambda: open_broker(settings.broker, settings.instance)
    if Neighbour.DATABASE in asks and settings.database.url is not None:
        yield "DATABASE__URL", lambda: _ask_database(settings)


def _steps_of_store(blobs: BlobSettings, *, at: datetime, asks: bool) -> Iterator[_Step]:
    place = "BLOBS__PATH" if blobs.kind is StoreKind.FILESYSTEM else "BLOBS__S3__CA_FILE"
    yield place, lambda: stores.check_store(blobs)
    yield "BLOBS__KEYS_FOLDER", lambda: stores.open_ring(blobs)
    # Whether a folder takes anything shows only where something is written to it, and nothing is.
    if asks and blobs.kind is StoreKind.S3:
        yield "BLOBS__S3__ENDPOINT", lambda: stores.open_shelf(blobs, lambda: at).probe()


def _open_seal(settings: Settings) -> None:
    """Open the key and the register; raises what a start does."""
    seal = wiring.load_seal(settings)
    wiring.open_register(settings, (seal.certificate, *seal.chain))


def _ask_database(settings: Settings) -> None:
    """Ask which revision the database has; raises `StorageError`."""
    engine = make_engine(database_url(settings))
    try:
        check_revision(engine)
    finally:
        engine.dispose()
