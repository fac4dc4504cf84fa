"""The root: builds every part of one process from its settings, and nothing else builds anything."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from axis.anchorage.keeper import Anchorage, TrustFiles, TrustFolder, TrustSource
from axis.atlas import Atlas
from axis.channels.authorities import Authorities, Reach
from axis.channels.bell import ARRIVALS, Bell
from axis.channels.brokers import open_broker, question_to
from axis.channels.doorbell import ListeningDoorbell
from axis.channels.strokes import LineBroker
from axis.channels.webhooks import Webhooks
from axis.clock import Clock, SystemClock
from axis.confinement.cell import Confines
from axis.confinement.cells import Cells
from axis.enrolment.registrar import Registrar
from axis.exchange import warden
from axis.exchange.acknowledging import Acknowledgements
from axis.exchange.appraisals import Appraisals
from axis.exchange.appraiser import Appraiser
from axis.exchange.attestor import Attestor
from axis.exchange.carriage import Carriage
from axis.exchange.courier import Courier
from axis.exchange.deadlines import Deadlines
from axis.exchange.documents import Documents
from axis.exchange.examiner import Examiner
from axis.exchange.forwarding import Forwarding
from axis.exchange.gate import Gate
from axis.exchange.handover import Handover
from axis.exchange.intake import Intake, Judging
from axis.exchange.notary import Letterhead, Notary
from axis.exchange.notices import Herald
from axis.exchange.policy import issuer_policy
from axis.exchange.premises import Premises
from axis.exchange.seals import SealRegister
from axis.exchange.uploads import Uploads
from axis.exchange.warden import Warden
from axis.inquiry.tracer import Tracer
from axis.inquiry.vitals import Vitals
from axis.metrics import Metrics
from axis.outlets import open_webhooks
from axis.rules import assurance_of, calendar_of, demands_of
from axis.settings import AuthoritySettings, Environment, Settings
from axis.settings.hosts import AllowedHost
from axis.settings.judging import DocumentMode
from axis.settings.tree import PREFIX
from axis.standings import Standings
from axis.stores import open_staging, open_store
from axis.timekeeper import Timekeeper, keep_time
from envelopes import evidence_facts as facts
from envelopes.identifiers import SystemId
from signing.assertions import AssertionKey
from signing.certificates import Certificate
from signing.errors import CertificateUnreadable, KeyFault, KeyUnusable, TrustFault, TrustUnusable
from signing.keys import Signer, load_pem, load_pkcs12
from signing.libraries import check_libraries
from signing.pkcs11_keys import Pkcs11Signer
from signing.pkcs11_uris import read_pkcs11_uri
from signing.policy import PACKAGE_POLICY, STAMPED_PACKAGE_POLICY, SignaturePolicy
from signing.purposes import Purpose
from signing.revocation.requests import sources_of
from signing.trust import CurrentTrust, TrustStore
from storage.database.assertions import use_assertion
from storage.database.engine import EngineLimits, make_engine
from storage.database.leadership import Leadership
from storage.database.notices import Listener
from storage.database.transactions import Transactions
from storage.records import UsedAssertion

_PKCS12_NAMES: Final = frozenset({".p12", ".pfx"})


class WiringRefused(Exception):
    """A part cannot be built from the settings; the text names the setting, never its value."""


class AssertionBook:
    """Which client assertions were used, for all processes."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def claim(self, system_id: SystemId, jti: str, *, expires_at: datetime) -> bool:
        """Return True the first time a system shows this id, False ever after until `expires_at`."""
        with self._transactions.begin() as session:
            return use_assertion(session, UsedAssertion(system_id, jti, expires_at))


@dataclass(frozen=True, slots=True)
class Axis:
    """The parts of one process. Built once; `close` gives the connections back."""

    settings: Settings
    clock: Clock
    metrics: Metrics
    engine: Engine
    premises: Premises
    bell: Bell
    broker: LineBroker | None
    leadership: Leadership
    timekeeper: Timekeeper
    atlas: Atlas
    anchorage: Anchorage
    notary: Notary
    register: SealRegister
    token_key: AssertionKey
    assertion_ledger: AssertionBook
    intake: Intake
    uploads: Uploads
    handover: Handover
    acknowledgements: Acknowledgements
    tracer: Tracer
    attestor: Attestor
    deadlines: Deadlines
    forwarding: Forwarding
    courier: Courier
    court: Court
    registrar: Registrar
    doorbell: ListeningDoorbell
    readiness: Vitals

    @property
    def seal_chain(self) -> tuple[Certificate, ...]:
        """The certificate of the seal, then its intermediates."""
        return (self.notary.signer.certificate, *self.notary.signer.chain)

    @property
    def trust(self) -> TrustStore:
        """The trust store in effect."""
        return self.anchorage.current()

    def start(self) -> None:
        """Begin to ring and to check; doors and workers are started by whoever runs them."""
        self.bell.start()
        self.readiness.start()

    def close(self) -> None:
        """Stop ringing and checking, and end the connections."""
        self.readiness.stop()
        self.bell.stop()
        self.court.close()
        self.leadership.close()
        self.engine.dispose()


@dataclass(frozen=True, slots=True)
class Court:
    """The parts that judge signatures: on packages at once, inside documents in cells, and both again later.

    `paths` are the cells for certificates that nobody here knows. `cells`, for documents, and `appraiser` are None
    where the settings leave documents unjudged.
    """

    gate: Gate
    standings: Standings
    judging: Judging
    examiner: Examiner
    paths: Cells
    appraiser: Appraiser | None
    cells: Cells | None

    def close(self) -> None:
        """End the cells' processes."""
        self.paths.close()
        if self.cells is not None:
            self.cells.close()


def build(settings: Settings, *, clock: Clock | None = None) -> Axis:
    """Return the parts of a process.

    Raises `WiringRefused`, `KeyUnusable`, `TrustUnusable` or `BlobKeysUnusable` where the settings do not suffice,
    `BlobStoreUnavailable` where the object store's folder cannot be used, `LibrariesDiffer` where the installation is
    unsound.
    """
    check_libraries()
    clock, engine, metrics = clock or SystemClock(), _engine(settings), Metrics()
    transactions, timekeeper = keep_time(engine, clock, metrics=metrics)
    broker = open_broker(settings.broker, settings.instance)
    bell, atlas = Bell(transactions, broker), Atlas(transactions, time.monotonic, metrics=metrics)
    premises = Premises(transactions, open_store(settings.blobs, clock.now), clock, metrics, bell, timekeeper)
    anchorage = open_trust(settings, metrics, at=clock.now())
    seal, trust, largest = load_seal(settings), anchorage.current, settings.limits.multipart_package
    notary = Notary(seal, trust, letterhead=letterhead_of(settings, seal.certificate), clock=clock)
    court = _court(settings, premises, trust=trust, atlas=atlas)
    intake = Intake(premises, court.gate, notary=notary, standings=court.standings, judging=court.judging)
    judging, webhooks, herald = court.judging, open_webhooks(settings), Herald(seal, settings.web.public_url)
    acknowledgements = Acknowledgements(premises, trust, standings=court.standings, assurance=judging.assurance)
    return Axis(
        settings=settings,
        clock=clock,
        metrics=metrics,
        engine=engine,
        premises=premises,
        bell=bell,
        broker=broker,
        leadership=Leadership(engine),
        timekeeper=timekeeper,
        atlas=atlas,
        anchorage=anchorage,
        notary=notary,
        register=open_register(settings, (seal.certificate, *seal.chain)),
        token_key=load_token_key(settings),
        assertion_ledger=AssertionBook(transactions),
        intake=intake,
        uploads=Uploads(premises, open_staging(settings.blobs, clock.now), intake=intake, largest=largest),
        handover=Handover(premises),
        acknowledgements=acknowledgements,
        tracer=Tracer(transactions, premises.blobs),
        attestor=Attestor(premises, notary),
        deadlines=Deadlines(premises),
        forwarding=Forwarding(premises, atlas, judging.calendar, timekeeper),
        courier=_courier(premises, webhooks, herald=herald, acknowledgements=acknowledgements, atlas=atlas),
        court=court,
        registrar=Registrar(transactions, clock, atlas=atlas, webhooks=webhooks, timekeeper=timekeeper),
        doorbell=ListeningDoorbell(lambda: Listener(engine, [ARRIVALS])),
        readiness=Vitals(premises, notary, anchorage=anchorage, timekeeper=timekeeper, ask_broker=question_to(broker)),
    )


def _courier(
    premises: Premises, webhooks: Webhooks, *, herald: Herald, acknowledgements: Acknowledgements, atlas: Atlas
) -> Courier:
    carriage = Carriage(premises, webhooks, herald=herald, acknowledgements=acknowledgements, directory=atlas.directory)
    return Courier(premises, webhooks, herald=herald, carriage=carriage, look_up=atlas.refresh)


def _engine(settings: Settings) -> Engine:
    if settings.database.url is None:
        raise WiringRefused("database.url is not set")
    limits = EngineLimits(pool_size=settings.database.pool_size)
    return make_engine(settings.database.url.get_secret_value(), limits)


def _court(settings: Settings, premises: Premises, *, trust: CurrentTrust, atlas: Atlas) -> Court:
    standings = Standings(premises.transactions, time.monotonic)
    paths = Cells(trust, warden.CONFINES, count=warden.PATH_CELLS)
    judges = Warden(trust, paths, lambda fingerprint: atlas.directory().certificate(fingerprint) is not None)
    gate = Gate(judges.judge, package_policy(settings), book=standings)
    authorities = Authorities(reach_of(settings.authorities), time.monotonic)
    examiner = Examiner(premises, trust, authorities=authorities)

    def asks(certificate: Certificate) -> bool:
        return authorities.may_ask(sources_of(certificate))

    wanted, assurance = settings.documents, assurance_of(settings.revocation)
    calendar = calendar_of(settings.calendar)
    if wanted.mode is DocumentMode.OFF:
        judging = Judging(assurance, asks=asks, calendar=calendar)
        return Court(gate, standings, judging, examiner, paths, appraiser=None, cells=None)
    confines = Confines(memory=wanted.memory << 20, seconds=wanted.seconds)
    cells = Cells(trust, confines, count=wanted.cells)
    documents = Documents(cells, book=standings, seconds=wanted.seconds, stopwatch=time.monotonic, asks=asks)
    appraisals = Appraisals(documents, wanted.mode is DocumentMode.WAIT, demands_of(wanted), assurance)
    appraiser = Appraiser(premises, gate, documents=documents, look_up=atlas.directory, standings=standings)
    judging = Judging(assurance, appraisals, asks, calendar)
    return Court(gate, standings, judging, examiner, paths, appraiser=appraiser, cells=cells)


def open_trust(settings: Settings, metrics: Metrics, *, at: datetime) -> Anchorage:
    """Return the trust store of the settings, kept fresh.

    Raises `Refused` or `TrustUnusable` for one that is broken, or in which nobody serves a purpose needed at `at`.
    """
    anchorage = Anchorage(trust_source(settings), time.monotonic, metrics=metrics)
    anchorage.require(purposes_needed(settings), at=at)
    return anchorage


def trust_source(settings: Settings) -> TrustSource:
    """Return where the trust store of the settings comes from; raises `TrustUnusable` where they name none."""
    trust = settings.trust
    if trust.folder is not None:
        return TrustFolder(trust.folder, purposes_needed(settings))
    if trust.anchors is None:
        raise TrustUnusable(TrustFault.NOT_SET, setting="trust.anchors")
    return TrustFiles(trust.anchors, trust.intermediates)


def purposes_needed(settings: Settings) -> tuple[Purpose, ...]:
    """Return the purposes that some anchor must serve for the axis to work."""
    stamps = (Purpose.TIMESTAMP,) if settings.trust.require_timestamp else ()
    return (Purpose.PACKAGE, Purpose.SEAL, *stamps)


def load_trust(settings: Settings) -> TrustStore:
    """Return the trust store of the settings as it is now; raises `Refused`, `TrustUnusable`."""
    source = trust_source(settings)
    return source.store(source.octets())


def package_policy(settings: Settings) -> SignaturePolicy:
    """Return the policy that packages are judged by."""
    return STAMPED_PACKAGE_POLICY if settings.trust.require_timestamp else PACKAGE_POLICY


def load_seal(settings: Settings) -> Signer:
    """Return the key that seals, loaded once; raises `KeyUnusable`, `CertificateUnreadable`."""
    seal = settings.seal
    if seal.pkcs11_uri is not None:
        pin = seal.pkcs11_pin.get_secret_value() if seal.pkcs11_pin else None
        given = tuple(_certificates(seal.certificate_file)) if seal.certificate_file else ()
        return Pkcs11Signer(read_pkcs11_uri(seal.pkcs11_uri), pin=pin, certificates=given)
    if seal.key_file is None:
        raise KeyUnusable(KeyFault.NOT_SET, setting="seal.key_file")
    password = seal.key_password.get_secret_value().encode() if seal.key_password else None
    if seal.key_file.suffix.lower() in _PKCS12_NAMES:
        return load_pkcs12(_octets_of(seal.key_file, "seal.key_file"), password=password)
    if seal.certificate_file is None:
        raise KeyUnusable(KeyFault.NOT_SET, setting="seal.certificate_file")
    octets = (_octets_of(seal.key_file, "seal.key_file"), _octets_of(seal.certificate_file, "seal.certificate_file"))
    with _named(seal.certificate_file):
        return load_pem(*octets, password=password)


def seal_chain(settings: Settings) -> tuple[Certificate, ...]:
    """Return the certificate of the seal in use, then its intermediates: its private key is not touched.

    They are those of `seal.certificate_file`; raises `KeyUnusable` where it is not set or cannot be read, and
    `CertificateUnreadable` for what is none.
    """
    if settings.seal.certificate_file is None:
        raise KeyUnusable(KeyFault.NOT_SET, setting="seal.certificate_file")
    found = tuple(_certificates(settings.seal.certificate_file))
    if not found:
        raise KeyUnusable(KeyFault.NO_CERTIFICATE)
    return (found[0], *(one for one in found[1:] if one.subject != one.issuer))


def open_register(settings: Settings, chain: tuple[Certificate, ...]) -> SealRegister:
    """Return what is known of the seals of this axis; raises `Refused` where the register cannot be read.

    `chain` is the certificate of the seal in use and its intermediates.
    """
    origin = letterhead_of(settings, chain[0]).environment
    return SealRegister(settings.seal.register_folder, chain, origin=origin, elapsed=time.monotonic)


def load_token_key(settings: Settings) -> AssertionKey:
    """Return the key tokens are signed with; without a file, a new one for this process alone.

    Raises `KeyUnusable`.
    """
    path = settings.web.token_key_file
    return AssertionKey.generate() if path is None else AssertionKey.from_text(_octets_of(path, "web.token_key_file"))


def reach_of(settings: AuthoritySettings) -> Reach:
    """Return which certification authorities may be asked."""
    hosts = frozenset(map(AllowedHost.read, settings.hosts))
    return Reach(hosts, tuple(settings.networks), seconds=float(settings.seconds))


def letterhead_of(settings: Settings, seal: Certificate) -> Letterhead:
    """Return what stands on every evidence of this axis."""
    production = settings.environment is Environment.PRODUCTION
    kind = facts.EnvironmentKind.PRODUCTION if production else facts.EnvironmentKind.TEST
    digest = facts.Digest(facts.DigestMethod.SHA256, bytes.fromhex(seal.fingerprint))
    return Letterhead(
        issuer=facts.Issuer(settings.issuer, digest, software_version=version("axis-exchange")),
        policy=issuer_policy(),
        environment=facts.Environment(kind, settings.instance),
    )


def _certificates(path: Path) -> Iterator[Certificate]:
    """Yield the certificates of a PEM file, or of every PEM file of a folder, in the order of their names."""
    files = sorted(path.glob("*.pem")) if path.is_dir() else [path]
    for file in files:
        octets = _octets_of(file, "seal.certificate_file")
        with _named(file):
            yield from Certificate.many_from_pem(octets)


@contextmanager
def _named(file: Path) -> Iterator[None]:
    """Say of a certificate that cannot be read in which file it is, and which setting names that."""
    try:
        yield
    except CertificateUnreadable as error:
        raise CertificateUnreadable(str(error), place=f"{PREFIX}SEAL__CERTIFICATE_FILE={file}") from error


def _octets_of(file: Path, setting: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise KeyUnusable(KeyFault.NO_FILE, setting=setting) from error
