"""Changes of the directory: each in one transaction, with its history and event, and nothing ever deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from axis.atlas import Atlas
from axis.channels.webhooks import Webhooks
from axis.clock import Clock
from axis.enrolment import amendments
from axis.enrolment.amendments import SystemApplication, known_agency, known_system
from axis.enrolment.credentials import read_certificate, read_public_key, window_of
from axis.enrolment.hooks import read_webhook
from axis.enrolment.reasons import EnrolmentCode, found
from axis.errors import NotFound, Refused
from axis.logs import LogEvent, logger
from axis.timekeeper import Timekeeper
from envelopes.identifiers import EventId, OrganId, SystemId
from routing.agencies import Agency, RegisteredCertificate, System, SystemState
from routing.changes import Difference, compare
from routing.directory import Directory
from routing.events import EventTag
from routing.webhooks import WebhookMode
from storage.database.agencies import save_agencies
from storage.database.certificates import KeptCertificate, find_certificates, save_certificates
from storage.database.directory import load_directory
from storage.database.events import append_events
from storage.database.history import (
    ChangeNote,
    DirectoryChange,
    EntryKind,
    changes_of,
    directory_version,
    lock_directory,
)
from storage.database.systems import save_systems
from storage.database.tables.directory import ACTOR_MAX, REASON_MAX
from storage.database.transactions import Transactions, WriteSession
from storage.database.webhooks import open_receiver
from storage.records import EventRecord

Entry = TypeVar("Entry")

KEY_OVERLAP: Final = timedelta(hours=24)
"""How long a replaced key goes on unless said otherwise: a working day to put the new one in place."""


@dataclass(frozen=True, slots=True)
class Instruction:
    """On whose word and why the directory is changed; raises `Refused` without both."""

    actor: str
    reason: str

    def __post_init__(self) -> None:
        for text, limit in ((self.actor, ACTOR_MAX), (self.reason, REASON_MAX)):
            if not text.strip() or len(text) > limit or "\0" in text:
                raise Refused((found(EnrolmentCode.NO_REASON, "", names={"limit": str(limit)}),))


@dataclass(frozen=True, slots=True)
class Entered(Generic[Entry]):
    """An entry as the directory now has it, and the directory's version. `is_change` is False where nothing changed."""

    entry: Entry
    version: int
    is_change: bool


@dataclass(frozen=True, slots=True)
class AgencyFile:
    """Everything the directory keeps about one agency."""

    agency: Agency
    children: tuple[Agency, ...]
    certificates: tuple[RegisteredCertificate, ...]
    systems: tuple[System, ...]
    history: tuple[DirectoryChange, ...]


@dataclass(slots=True)
class _Change:
    """A change under way: what it rests on, what it writes with, and the event it will leave."""

    session: WriteSession
    directory: Directory
    note: ChangeNote
    events: list[EventRecord] = field(default_factory=list)


class Registrar:
    """Keeps the directory. Every change is checked against the directory as it stands, locked, and recorded."""

    def __init__(
        self, transactions: Transactions, clock: Clock, *, atlas: Atlas, webhooks: Webhooks, timekeeper: Timekeeper
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._atlas = atlas
        self._webhooks = webhooks
        self._timekeeper = timekeeper

    # ── asking ────────────────────────────────────────────────────────────────────────────────────────────────────

    def agency(self, organ_id: OrganId) -> AgencyFile:
        """Return all about the agency with this id or alias; raises `NotFound`."""
        directory = self._atlas.refresh()
        agency = directory.resolve(organ_id)
        if agency is None:
            raise NotFound(str(organ_id))
        certificates = tuple(one for one in directory.certificates if directory.resolve(one.organ_id) is agency)
        systems = tuple(one for one in directory.systems if directory.resolve(one.organ_id) is agency)
        with self._transactions.read() as session:
            about = changes_of(session, EntryKind.AGENCY, subject=str(agency.organ_id))
            about += changes_of(session, EntryKind.CERTIFICATE, subject=str(agency.organ_id))
        history = tuple(sorted(about, key=lambda change: change.change_id))
        return AgencyFile(agency, directory.children(agency.organ_id), certificates, systems, history)

    def agencies(self) -> tuple[Agency, ...]:
        """Return every agency, open or closed, in the order of their ids."""
        return self._atlas.refresh().agencies

    def systems(self) -> tuple[System, ...]:
        """Return every connected system, in whatever state."""
        return self._atlas.refresh().systems

    def system(self, system_id: SystemId) -> tuple[System, tuple[DirectoryChange, ...]]:
        """Return a system and its history, oldest first; raises `NotFound`."""
        system = self._atlas.refresh().system(system_id)
        if system is None:
            raise NotFound(str(system_id))
        with self._transactions.read() as session:
            return system, changes_of(session, EntryKind.SYSTEM, subject=str(system_id))

    # ── agencies ──────────────────────────────────────────────────────────────────────────────────────────────────

    def compare(self, rows: Iterable[Agency]) -> Difference:
        """Return what importing these agencies would change; changes nothing."""
        return compare(self._atlas.refresh().catalogue, rows)

    def import_agencies(self, rows: Iterable[Agency], instruction: Instruction) -> Entered[Difference]:
        """Return what importing these agencies changed; raises `Refused` with every error, having changed nothing.

        Agencies that are in the directory and not in `rows` stay as they are. Equal rows leave no trace.
        """
        known, agencies = self._atlas.refresh(), tuple(rows)
        # Seconds for a whole country: spent before the directory is locked, and again only where it changed meanwhile.
        difference = self._checked(known, agencies)
        with self._changing(instruction) as change:
            if change.directory.catalogue is not known.catalogue:
                difference = self._checked(change.directory, agencies)
            counts = {"added": len(difference.added), "changed": len(difference.changed)}
            return self._saved(change, difference, rows=difference.rows, counts=counts)

    def close(
        self, organ_id: OrganId, on: date, *, successors: Sequence[OrganId] = (), instruction: Instruction
    ) -> Entered[Agency]:
        """Return the agency, which from the day `on` (Vietnam time) no longer exists; raises `Refused`.

        Closing it again on the same day changes nothing; without `successors` those it has stay.
        """
        with self._changing(instruction) as change:
            named = amendments.canonical(change.directory, successors)
            agency = amendments.closed(known_agency(change.directory, organ_id), on, successors=named)
            return self._amended(change, agency)

    def succeed(self, organ_id: OrganId, successors: Sequence[OrganId], *, instruction: Instruction) -> Entered[Agency]:
        """Return the agency with these successors in place of those it had; raises `Refused`."""
        with self._changing(instruction) as change:
            named = amendments.canonical(change.directory, successors)
            agency = amendments.succeeded(known_agency(change.directory, organ_id), named)
            return self._amended(change, agency)

    def forward(self, organ_id: OrganId, to: OrganId | None, *, instruction: Instruction) -> Entered[Agency]:
        """Return the agency, whose mail one of its successors gets once it is closed; raises `Refused`.

        Without `to` its only successor. What waits for it then follows within minutes.
        """
        with self._changing(instruction) as change:
            agency = amendments.forwarding(change.directory, known_agency(change.directory, organ_id), to=to)
            return self._amended(change, agency)

    def stop_forwarding(self, organ_id: OrganId, *, instruction: Instruction) -> Entered[Agency]:
        """Return the agency, mail to which is refused once it is closed; raises `Refused`."""
        with self._changing(instruction) as change:
            return self._amended(change, amendments.refusing(known_agency(change.directory, organ_id)))

    # ── certificates ──────────────────────────────────────────────────────────────────────────────────────────────

    def add_certificate(
        self,
        organ_id: OrganId,
        octets: bytes,
        *,
        instruction: Instruction,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> Entered[RegisteredCertificate]:
        """Return the registration of a certificate (DER or PEM) for an agency; raises `Refused`.

        Without `start` and `end`: from now until the certificate ends. Registering it again with other times moves the
        window; windows of one agency may overlap.
        """
        certificate = read_certificate(octets)
        with self._changing(instruction) as change:
            present = change.directory.certificate(certificate.fingerprint)
            known_start = present.valid_from if present is not None and start is None else start
            window = window_of(certificate, change.note.at, start=known_start, end=end)
            entry = amendments.registered(
                change.directory, organ_id, fingerprint=certificate.fingerprint, window=window
            )
            return self._certified(change, KeptCertificate(entry, certificate.der), tag=EventTag.CERTIFICATE_REGISTERED)

    def suspend_certificate(self, fingerprint: str, *, instruction: Instruction) -> Entered[RegisteredCertificate]:
        """Return the registration, suspended from now on; everywhere in force within 10 seconds. Raises `Refused`."""
        with self._changing(instruction) as change:
            entry = amendments.suspended_certificate(change.directory, fingerprint, moment=change.note.at)
            return self._certified(change, self._kept(change, entry), tag=EventTag.CERTIFICATE_SUSPENDED)

    def restore_certificate(self, fingerprint: str, *, instruction: Instruction) -> Entered[RegisteredCertificate]:
        """Return the registration without its suspension; raises `Refused`."""
        with self._changing(instruction) as change:
            entry = amendments.restored_certificate(change.directory, fingerprint)
            return self._certified(change, self._kept(change, entry), tag=EventTag.CERTIFICATE_REGISTERED)

    # ── systems ───────────────────────────────────────────────────────────────────────────────────────────────────

    def add_system(self, application: SystemApplication, key: bytes, *, instruction: Instruction) -> Entered[System]:
        """Return the new system, which may call at once with its public key (JWK or PEM); raises `Refused`."""
        public = read_public_key(key)
        with self._changing(instruction) as change:
            system = amendments.enrolled(change.directory, application, keys=(public.from_moment(change.note.at),))
            return self._connected(change, system, tag=EventTag.SYSTEM_REGISTERED)

    def rotate_key(
        self, system_id: SystemId, key: bytes, *, instruction: Instruction, overlap: timedelta = KEY_OVERLAP
    ) -> Entered[System]:
        """Return the system with a new public key (JWK or PEM) from now on; raises `Refused`.

        Its former keys end after `overlap`; none at all for a key that has leaked.
        """
        public = read_public_key(key)
        with self._changing(instruction) as change:
            present = known_system(change.directory, system_id)
            system = amendments.rekeyed(present, public, moment=change.note.at, overlap=overlap)
            return self._connected(change, system, tag=EventTag.SYSTEM_REKEYED)

    def suspend_system(self, system_id: SystemId, *, instruction: Instruction) -> Entered[System]:
        """Return the system, which no longer may call; everywhere in force within 10 seconds. Raises `Refused`."""
        return self._moved(system_id, SystemState.SUSPENDED, instruction=instruction)

    def restore_system(self, system_id: SystemId, *, instruction: Instruction) -> Entered[System]:
        """Return the system, which may call again; raises `Refused`."""
        return self._moved(system_id, SystemState.ACTIVE, instruction=instruction)

    def remove_system(self, system_id: SystemId, *, instruction: Instruction) -> Entered[System]:
        """Return the system, removed for ever; its entry and history stay. Raises `Refused`."""
        return self._moved(system_id, SystemState.REMOVED, instruction=instruction)

    def set_webhook(
        self,
        system_id: SystemId,
        address: str | None,
        *,
        instruction: Instruction,
        mode: WebhookMode | None = None,
    ) -> Entered[System]:
        """Return the system, told of what waits for it at this address from now on, or given it; None ends that.

        Raises `Refused`. Without a `mode` it gets there what it got before, at first events. The address is checked
        before, as at every call later. Setting it makes due what waited for another one; ending it too, so that it is
        soon known that nobody waits.
        """
        webhook = None if address is None else read_webhook(address, self._webhooks)
        with self._changing(instruction) as change:
            system = amendments.told_at(known_system(change.directory, system_id), webhook, mode=mode)
            open_receiver(change.session, system_id, now=change.note.at)
            return self._connected(change, system, tag=EventTag.SYSTEM_WEBHOOK_CHANGED)

    # ── how a change is made ──────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _changing(self, instruction: Instruction) -> Iterator[_Change]:
        """Yield a change of the locked directory; what it wrote and its events become durable together.

        Raises `ClockAstray`: windows of keys and certificates begin with the moment of the change.
        """
        self._timekeeper.require()
        known = self._atlas.directory()
        now = self._clock.now()
        note = ChangeNote(instruction.actor, now, lambda: self._clock.mint(now), instruction.reason)
        with self._transactions.begin() as session:
            lock_directory(session)
            change = _Change(session, load_directory(session, known), note)
            yield change
            append_events(session, change.events)
        if change.events:
            version = self._atlas.refresh().version
            for event in change.events:
                logger.info(LogEvent.DIRECTORY_CHANGED, version=version, tag=event.tag.value, agency=event.organ_id)

    def _checked(self, directory: Directory, rows: Iterable[Agency]) -> Difference:
        difference = compare(directory.catalogue, rows)
        if difference.errors:
            raise Refused(difference.errors)
        return difference

    def _amended(self, change: _Change, agency: Agency) -> Entered[Agency]:
        difference = self._checked(change.directory, (agency,))
        (written, *_) = (*difference.rows, agency)
        return self._saved(change, written, rows=difference.rows, counts={"changed": len(difference.rows)})

    def _saved(
        self, change: _Change, entry: Entry, *, rows: tuple[Agency, ...], counts: dict[str, int]
    ) -> Entered[Entry]:
        written = save_agencies(change.session, rows, note=change.note) if rows else ()
        only = written[0] if len(written) == 1 else None
        if written:
            self._record(change, EventTag.DIRECTORY_CHANGED, organ_id=only, details=counts)
        return self._entered(change, entry, is_change=bool(written))

    def _kept(self, change: _Change, entry: RegisteredCertificate) -> KeptCertificate:
        (kept,) = find_certificates(change.session, (entry.fingerprint,))
        return KeptCertificate(entry, kept.der)

    def _certified(self, change: _Change, kept: KeptCertificate, *, tag: EventTag) -> Entered[RegisteredCertificate]:
        entry = kept.registration
        is_change = save_certificates(change.session, (kept,), note=change.note) > 0
        if is_change:
            self._record(change, tag, organ_id=entry.organ_id, details={"certificate": entry.fingerprint})
        return self._entered(change, entry, is_change=is_change)

    def _moved(self, system_id: SystemId, state: SystemState, *, instruction: Instruction) -> Entered[System]:
        with self._changing(instruction) as change:
            system = amendments.moved(known_system(change.directory, system_id), state)
            return self._connected(change, system, tag=_STATE_EVENTS[state])

    def _connected(self, change: _Change, system: System, *, tag: EventTag) -> Entered[System]:
        is_change = bool(save_systems(change.session, (system,), note=change.note))
        if is_change:
            self._record(change, tag, organ_id=system.organ_id, system_id=system.system_id)
        return self._entered(change, system, is_change=is_change)

    def _record(
        self,
        change: _Change,
        tag: EventTag,
        *,
        organ_id: OrganId | None,
        system_id: SystemId | None = None,
        details: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        """Have the change leave an event: what happened, to whom, on whose word and why."""
        note = change.note
        whose = {"actor": note.actor, "reason": note.reason, "version": directory_version(change.session)}
        event_id = EventId(self._clock.mint(note.at))
        change.events.append(
            EventRecord(event_id, tag, note.at, system_id=system_id, organ_id=organ_id, details={**whose, **details})
        )

    def _entered(self, change: _Change, entry: Entry, *, is_change: bool) -> Entered[Entry]:
        return Entered(entry, directory_version(change.session), is_change)


_STATE_EVENTS: Final = {
    SystemState.ACTIVE: EventTag.SYSTEM_RESTORED,
    SystemState.SUSPENDED: EventTag.SYSTEM_SUSPENDED,
    SystemState.REMOVED: EventTag.SYSTEM_REMOVED,
}
