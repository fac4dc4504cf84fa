"""The whole axis in one process: a PostgreSQL of its own, objects on disk, API and worker."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import SecretStr

from axis.clock import Clock, SystemClock
from axis.settings import BrokerKind, DocumentMode, Environment, Settings
from axis.web.app import create_app
from axis.web.serving import WebServer, listen
from axis.wiring import Axis, build
from axis.workers.errands import errands_of
from axis.workers.process import WorkerProcess
from axis.workers.rounds import rounds_of
from storage.database.embedded import EmbeddedPostgres
from storage.database.schema import upgrade
from storage.errors import EmbeddedFault, EmbeddedUnavailable


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Where an embedded axis finds its keys and whom it trusts; all PEM but the token key, which is a JWK."""

    anchors: Path
    intermediates: Path
    seal_key: Path
    seal_certificate: Path
    token_key: Path


@dataclass(frozen=True, slots=True)
class Plan:
    """How an embedded axis runs; port 0 is any free one.

    `is_throwaway` gives up durability of the database for speed, for tests. Without a worker nothing is sealed
    afterwards, which is for measuring. `limits` replace those of the settings, by name.
    """

    port: int = 0
    is_throwaway: bool = False
    has_worker: bool = True
    limits: Mapping[str, int] = field(default_factory=dict)
    more: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Further settings, by branch and name."""


class EmbeddedAxis:
    """Starts everything on `folder` and leaves nothing running. `axis` and `url` are there while it runs.

    Settings are those of the environment, changed where something runs embedded, and by `plan`.
    """

    axis: Axis
    url: str

    def __init__(self, folder: Path, keys: KeyFiles, *, clock: Clock | None = None, plan: Plan | None = None) -> None:
        self._folder = folder
        self._keys = keys
        self._clock = clock or SystemClock()
        self._plan = plan or Plan()
        self._server = EmbeddedPostgres(folder / "postgres", throwaway=self._plan.is_throwaway)
        self._stack = ExitStack()

    @property
    def database_url(self) -> str:
        """The address of the database while it runs, for the commands of administration on this machine."""
        return self._server.url()

    @property
    def database_pid(self) -> int | None:
        """The process id of the database server, or None where it does not run."""
        return self._server.pid

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _start(self, stack: ExitStack) -> None:
        """Start each part after those it needs; whatever was started is stopped in the opposite order."""
        if Settings().environment is Environment.PRODUCTION:
            raise EmbeddedUnavailable(EmbeddedFault.PRODUCTION)
        opened = stack.enter_context(listen("127.0.0.1", self._plan.port))
        self.url = f"http://127.0.0.1:{opened.getsockname()[1]}"
        server = stack.enter_context(self._server)
        self.axis = build(self._settings(server.url()), clock=self._clock)
        stack.callback(self.axis.close)
        upgrade(self.axis.engine, self._clock.now())
        self.axis.start()
        if self._plan.has_worker:
            worker = WorkerProcess(rounds_of(self.axis), self.axis.broker, errands=errands_of(self.axis))
            worker.start()
            stack.callback(worker.stop)
        web = WebServer(create_app(self.axis), opened)
        web.start()
        stack.callback(web.stop)

    def _settings(self, database: str) -> Settings:
        return Settings.model_validate(
            {
                "database": {"url": SecretStr(database)},
                "broker": {"kind": BrokerKind.MEMORY if self._plan.has_worker else BrokerKind.NONE},
                "blobs": {"path": self._folder / "blobs"},
                "seal": {"key_file": self._keys.seal_key, "certificate_file": self._keys.seal_certificate},
                "trust": {"anchors": self._keys.anchors, "intermediates": self._keys.intermediates},
                "limits": self._plan.limits,
                # Whoever is on this machine alone sends nothing hostile, and sees at once what documents are worth.
                "documents": {"mode": DocumentMode.WAIT},
                "web": {"public_url": self.url, "token_key_file": self._keys.token_key},
                **self._plan.more,
            }
        )
