"""Where `axis doctor` takes hold of the axis: its database, and what stands around it on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from axis import stores, wiring
from axis.cli.failures import failure_of
from axis.cli.opening import database_url, silence_logs
from axis.cli.seal_opening import seal_chain
from axis.errors import Refused
from axis.inquiry.complaints import Complaint
from axis.inquiry.doctor import LOOK_SECONDS, Diagnosis, Doctor, diagnosis, in_order
from axis.metrics import Metrics
from axis.settings import BlobSettings, Settings, StoreKind, load_settings
from envelopes.errors import Phrase
from envelopes.texts import VIETNAM
from signing.errors import SigningError
from storage.database.engine import EngineLimits, make_engine
from storage.errors import StorageError

ENDS_SOON: Final = timedelta(days=31)
"""How long before the seal ends somebody is told: the next one has to be certified, and connected systems to follow."""

_LIMITS: Final = EngineLimits(pool_size=1, statement=LOOK_SECONDS, lock=1.0)


def examine() -> tuple[Diagnosis, ...]:
    """Return everything that is broken, stuck, or to be known, what is broken first.

    Raises `SettingsRefused`, and `Unable` where the settings name no database.
    """
    clock = silence_logs()
    settings = load_settings()
    engine = make_engine(database_url(settings), _LIMITS)
    try:
        doctor = Doctor(engine, clock, asks_authorities=bool(settings.authorities.hosts))
        return in_order((*surroundings(settings, at=clock.now()), *doctor.examine()))
    finally:
        engine.dispose()


def surroundings(settings: Settings, *, at: datetime) -> Iterator[Diagnosis]:
    """Yield what is wrong with the store, the trust store and the seal at the moment `at` (aware).

    A trust store or a seal that the settings do not name is not missed: `axis up` makes its own, and whoever asks
    beside it has neither. In production such settings are refused.
    """
    yield from _tried(Complaint.STORE_AWAY, lambda: _try_store(settings.blobs, at=at))
    if settings.trust.model_fields_set:
        yield from _tried(Complaint.TRUST_BROKEN, lambda: wiring.open_trust(settings, Metrics(), at=at))
    ends: list[datetime] = []
    if settings.seal.model_fields_set:
        yield from _tried(Complaint.SEAL_UNUSABLE, lambda: ends.append(seal_chain(settings)[0].not_after))
    for end in ends:
        if end < at + ENDS_SOON:
            yield diagnosis(Complaint.SEAL_ENDED if end < at else Complaint.SEAL_ENDS, day=_day(end))


def _tried(complaint: Complaint, trial: Callable[[], object]) -> Iterator[Diagnosis]:
    """Yield why a trial failed, where it did."""
    try:
        trial()
    except (Refused, SigningError, StorageError) as error:
        failure = failure_of(error)
        vi, en = (failure.words.vi.removesuffix("."), failure.words.en.removesuffix("."))
        yield diagnosis(complaint, about=failure.place, fault=(vi, en))


def _try_store(blobs: BlobSettings, *, at: datetime) -> None:
    """Raise what is in the way of the store; nothing is kept by it, and of a folder nothing is written."""
    stores.check_store(blobs)
    stores.open_ring(blobs)
    if blobs.kind is StoreKind.S3:
        stores.open_shelf(blobs, lambda: at).probe()


def _day(moment: datetime) -> Phrase:
    day = moment.astimezone(VIETNAM)
    return f"{day:%d/%m/%Y}", f"{day:%Y-%m-%d}"
