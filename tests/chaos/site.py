"""Everything that an axis under trouble consists of, as real processes on one machine, and how each of them fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from minio import Minio
from sqlalchemy import Engine, create_engine, text

from axis.clock import SystemClock
from axis.demo.authority import Hierarchy, Validity
from axis.demo.keys import KeyRing, Participant
from axis.enrolment.amendments import SystemApplication
from axis.enrolment.registrar import Instruction
from axis.sdk import Credentials
from axis.settings import BrokerKind, Settings
from axis.wiring import Axis, build
from envelopes.identifiers import OrganId, SystemId
from routing.agencies import Agency
from signing.assertions import AssertionKey
from signing.certificates import Certificate
from storage.blobs.s3 import S3Place, S3Shelf
from storage.database.embedded import EmbeddedPostgres
from storage.database.schema import upgrade
from tests.architecture.source import ROOT
from tests.chaos.jumping import seen_beside
from tests.chaos.passage import Passage, passage
from tests.fixtures.brokers import WITH_US, RedisServer, free_port, serving
from tests.fixtures.running import UNLIMITED, found_country, signer_of
from tests.storage.shelving import write_ring

_SOCKET: Final = ".s.PGSQL.5432"
_WORD: Final = Instruction(actor="chaos", reason="somebody has to take part")
_END_SECONDS: Final = 60


@dataclass(slots=True)
class Database:
    """A PostgreSQL that keeps its address over restarts, by a link to wherever its socket is."""

    server: EmbeddedPostgres
    folder: Path

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://axis@/axis?host={self.folder}"

    def start(self) -> None:
        """Return when it answers at its address."""
        self.server.start()
        target = self.server.url().partition("host=")[2]
        self.folder.mkdir(exist_ok=True)
        link, draft = self.folder / _SOCKET, self.folder / "draft"
        draft.unlink(missing_ok=True)
        draft.symlink_to(Path(target) / _SOCKET)
        draft.replace(link)

    def restart(self) -> None:
        """Stop it in order, ending every connection, and start it again."""
        self.server.stop()
        self.start()

    def crash(self) -> bool:
        """Kill one that serves a connection: the server ends all others and recovers from its log, as after a crash.

        Return whether there was one.
        """
        for backend in self._backends():
            with suppress(ProcessLookupError):
                os.kill(backend, signal.SIGKILL)
                return True
        return False

    def _backends(self) -> Iterator[int]:
        pid = self.server.pid
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text("ascii").split():
                if b"[local]" in Path(f"/proc/{child}/cmdline").read_bytes():
                    yield int(child)


@dataclass(slots=True)
class Program:
    """One process of the axis: `axis serve` or `axis worker`, whose clock can be put wrong."""

    command: str
    name: str
    environment: Mapping[str, str]
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    ended_by_itself: int = 0
    """How often it had to be begun anew, although nobody had killed it."""

    @property
    def clock(self) -> Path:
        return self.folder / f"{self.name}.clock"

    def start(self) -> None:
        """Begin; whoever calls it finds out when it answers."""
        module = ("-m", "tests.chaos.jumping", str(self.clock), self.command)
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*WITH_US, sys.executable, *module], cwd=ROOT, env=dict(self.environment), stdout=log, stderr=log
            )

    def supervise(self) -> None:
        """Begin it anew where it ended by itself, as whatever runs services does: one found no database, say."""
        if self.process is not None and self.process.poll() is not None:
            self.ended_by_itself += 1
            self.start()

    def kill(self) -> bool:
        """End it as a power cut does; return whether it was running."""
        if self.process is None or self.process.poll() is not None:
            return False
        self.process.kill()
        self.process.wait(_END_SECONDS)
        return True

    def end(self) -> int:
        """Return the exit code, having asked it to end."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(_END_SECONDS)

    def jump(self, seconds: float) -> None:
        """Put its clock wrong by so much, or right where it is 0."""
        seen_beside(self.clock).unlink(missing_ok=True)
        draft = self.clock.with_suffix(".draft")
        draft.write_text(str(seconds), "ascii")
        draft.replace(self.clock)

    @property
    def is_noticed(self) -> bool:
        """True once it asked its clock after that was put wrong."""
        return seen_beside(self.clock).exists()


@dataclass(slots=True)
class Site:
    """All of it. Doors are called through `door`, the object store is reached through `store`."""

    folder: Path
    seal: tuple[Certificate, ...]
    database: Database
    broker: RedisServer
    store: Passage
    door: Passage
    doors: Sequence[Program]
    workers: Sequence[Program]
    settings: Settings
    bucket: S3Place
    """The store as it is without the passage to it."""

    _parts: Axis
    _reader: Engine = field(init=False)

    def __post_init__(self) -> None:
        self._reader = create_engine(self.database.url, pool_pre_ping=True)

    def enrol(self, participant: Participant) -> None:
        """Enter an agency with its certificate and its system."""
        registrar, organ_id, credentials = self._parts.registrar, participant.organ_id, participant.credentials
        registrar.import_agencies([Agency(organ_id, participant.name)], _WORD)
        registrar.add_certificate(organ_id, participant.signer.certificate.pem, instruction=_WORD)
        application = SystemApplication(credentials.system_id, organ_id, participant.name, (organ_id,))
        registrar.add_system(application, credentials.key.public_jwk().encode(), instruction=_WORD)

    def supervise(self) -> None:
        """Begin anew what ended by itself."""
        for program in self.programs:
            program.supervise()

    @property
    def programs(self) -> Sequence[Program]:
        return (*self.doors, *self.workers)

    def objects(self) -> int:
        """Return how many objects the store keeps for good, by the store itself."""
        return sum(1 for _ in S3Shelf(self.bucket).names())

    def tell(self, participant: Participant, address: str) -> None:
        """Have an agency's system told at a webhook."""
        self._parts.registrar.set_webhook(participant.credentials.system_id, address, instruction=_WORD)

    def owes(self) -> int:
        """Return how many events wait for their evidence, and how many deliveries for their end."""
        query = text(
            "SELECT (SELECT count(*) FROM owed_evidences)"
            " + (SELECT count(*) FROM deliveries WHERE final_at IS NULL) AS waiting"
        )
        with self._reader.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def left(self) -> list[str]:
        """Return a line for each event and delivery that `owes` counts, the first of them."""
        query = text(
            "SELECT type, event_at, due_at, attempts FROM owed_evidences"
            " UNION ALL SELECT state, accepted_at, due_at, 0 FROM deliveries WHERE final_at IS NULL LIMIT 20"
        )
        with self._reader.connect() as connection:
            return [" ".join(map(str, row)) for row in connection.execute(query)]

    def close(self) -> None:
        """Give back the connections."""
        self._reader.dispose()
        self._parts.close()


@dataclass(frozen=True, slots=True)
class Ground:
    """What is there before anything runs: keys, whoever takes part, and the port that doors will be reached at."""

    ring: KeyRing
    people: Sequence[Participant]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def ground(folder: Path, number: int) -> Ground:
    """Return new keys for an axis and for so many agencies."""
    ring, country = found_country(folder / "keys", SystemClock())
    return Ground(ring, [_agency(country, one) for one in range(number)], free_port())


def _agency(country: Hierarchy, number: int) -> Participant:
    organ_id = OrganId(f"K99.{number}")
    name = f"Cơ quan mẫu {organ_id}"
    issued = country.intermediate.issue_agency(str(organ_id), name, validity=Validity.around(SystemClock().now()))
    credentials = Credentials(SystemId(f"qlvb.{organ_id}".lower()), AssertionKey.generate())
    return Participant(organ_id, name, signer_of(issued), credentials)


@contextmanager
def site(folder: Path, store: S3Place, ground: Ground) -> Iterator[Site]:
    """Yield an axis on an object store, whose programs are still to be started; nothing of it runs afterwards."""
    with ExitStack() as stack:
        database = Database(EmbeddedPostgres(folder / "postgres"), folder / "db")
        stack.callback(database.server.stop)
        database.start()
        broker = stack.enter_context(serving(BrokerKind.REDIS, folder / "redis"))
        assert isinstance(broker, RedisServer)
        to_store = stack.enter_context(passage(urlsplit(store.endpoint).port or 80))
        ports = (free_port(), free_port())
        door = stack.enter_context(passage(*ports, at=ground.port))
        environment = _environment(folder, ground.ring, store) | {
            "AXIS_DATABASE__URL": database.url,
            "AXIS_BLOBS__S3__ENDPOINT": to_store.url,
            "AXIS_BROKER__URL": broker.url,
            "AXIS_WEB__PUBLIC_URL": door.url,
        }
        settings = _settings(environment)
        parts = build(settings)
        upgrade(parts.engine, SystemClock().now())
        whole = Site(
            folder=folder,
            seal=ground.ring.seal,
            database=database,
            broker=broker,
            store=to_store,
            door=door,
            doors=[
                Program("serve", f"door-{number}", environment | {"AXIS_WEB__PORT": str(port)}, folder)
                for number, port in enumerate(ports, start=1)
            ],
            workers=[Program("worker", f"worker-{number}", environment, folder) for number in (1, 2)],
            settings=settings,
            bucket=store,
            _parts=parts,
        )
        stack.callback(whole.close)
        for program in whole.programs:
            stack.callback(program.kill)
        for participant in ground.people:
            whole.enrol(participant)
        yield whole


def make_bucket(store: S3Place) -> None:
    """Make the bucket of a store."""
    parts = urlsplit(store.endpoint)
    Minio(
        parts.netloc, access_key=store.access_key, secret_key=store.secret_key, secure=False, region=store.region
    ).make_bucket(store.bucket)


def _environment(folder: Path, ring: KeyRing, store: S3Place) -> dict[str, str]:
    files = ring.files
    kept = {name: os.environ[name] for name in ("HOME", "PATH", "TMPDIR") if name in os.environ}
    return kept | {
        "LANG": "C.UTF-8",
        "AXIS_ENVIRONMENT": "test",
        "AXIS_INSTANCE": "axis-chaos",
        "AXIS_SEAL__KEY_FILE": str(files.seal_key),
        "AXIS_SEAL__CERTIFICATE_FILE": str(files.seal_certificate),
        "AXIS_TRUST__ANCHORS": str(files.anchors),
        "AXIS_TRUST__INTERMEDIATES": str(files.intermediates),
        "AXIS_WEB__TOKEN_KEY_FILE": str(files.token_key),
        "AXIS_WORKER__PORT": "0",
        "AXIS_BLOBS__KIND": "s3",
        "AXIS_BLOBS__KEYS_FOLDER": str(write_ring(folder / "blob-keys", "2026")),
        "AXIS_BLOBS__S3__BUCKET": store.bucket,
        "AXIS_BLOBS__S3__REGION": store.region,
        "AXIS_BLOBS__S3__ACCESS_KEY": store.access_key,
        "AXIS_BLOBS__S3__SECRET_KEY": store.secret_key,
        "AXIS_BLOBS__S3__CONNECT_SECONDS": "2",
        "AXIS_BROKER__KIND": "redis",
        # What documents are worth is judged in processes of their own, which are tried elsewhere.
        "AXIS_DOCUMENTS__MODE": "off",
        "AXIS_WEBHOOKS__NETWORKS": '["127.0.0.0/8"]',
        "AXIS_WEBHOOKS__SECONDS": "3",
        "AXIS_LIMITS__REQUESTS_PER_MINUTE": str(UNLIMITED),
    }


def _settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings that programs read from this environment."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        return Settings()
    finally:
        os.environ.clear()
        os.environ.update(before)
