"""Starts and stops one embedded PostgreSQL on a folder of its own, as root or as anybody, over a Unix socket only."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from storage.database.embedded import guard
from storage.database.embedded.programs import MAJOR_VERSION, Account, make_runtime, programs_of, server_account
from storage.errors import EmbeddedFault, EmbeddedInUse, EmbeddedUnavailable

SUPERUSER: Final = "axis"
DATABASE: Final = "axis"

_HERE: Final = "/proc/self/cwd"
"""The server is told to work where it was started. So nobody has to open the folders above its own: a folder beneath
`/root` serves an unprivileged server without a change of mode anywhere."""

_START_SECONDS: Final = 60.0
"""How long a start may take: crash recovery of a large database reads what was written since the last checkpoint."""

_FAST_STOP_SECONDS: Final = 30.0
"""How long a fast shutdown may take: it writes a checkpoint."""

_IMMEDIATE_STOP_SECONDS: Final = 5.0
"""How long an immediate shutdown may take before the processes are killed: it writes nothing."""

_POLL_SECONDS: Final = 0.01
_PID_FILE: Final = "postmaster.pid"
_STATUS_LINE: Final = 7
_SOCKET_LINE: Final = 4
_STILL_IN_USE: Final = "is still in use"
_LOG_TAIL_BYTES: Final = 2000

_SETTINGS: Final = {
    "listen_addresses": "",  # no port anywhere: who cannot open the socket's folder cannot connect
    "unix_socket_permissions": "0700",
    "cluster_name": "axis",  # shown in the process list
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",  # API, worker and command line on one machine, each with a pool
    "max_wal_size": "2GB",  # a first import of a directory should not force checkpoints
}

_THROWAWAY_SETTINGS: Final = {
    # A test cluster dies with its session: nothing of it has to survive a power cut.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}

_ENVIRONMENT: Final = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}


def running_url(folder: Path, database: str = DATABASE) -> str | None:
    """Return the URL of the server that another process runs on `folder`, or None where none is ready."""
    lines = _pid_file(folder / "cluster")
    if len(lines) <= _STATUS_LINE or lines[_STATUS_LINE].strip() != "ready":
        return None
    return _url(lines[_SOCKET_LINE], database) if _is_alive(int(lines[0]), folder / "cluster") else None


class EmbeddedPostgres:
    """One PostgreSQL server, owned by whoever started it and gone with it.

    `folder` gets `cluster/` (the data), `lock` and `postgres.log`; it may stand anywhere, and neither its mode nor that
    of a folder above it is touched. As root the server runs as `nobody` on what was made for it. A `throwaway` server
    gives up durability for speed: for tests. A second process on the same folder gets `EmbeddedInUse`; to join a
    running server it asks `running_url`.
    """

    def __init__(self, folder: Path, *, throwaway: bool = False) -> None:
        self.folder = folder.absolute()
        self._throwaway = throwaway
        self._cluster = self.folder / "cluster"
        self._lock: IO[str] | None = None
        self._runtime: Path | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The process id of the running server, or None."""
        return self._server.pid if self._server is not None and self._server.poll() is None else None

    def url(self, database: str = DATABASE) -> str:
        """Return the SQLAlchemy URL of a database of the running server; another one after each start."""
        if self._runtime is None:
            raise EmbeddedUnavailable(EmbeddedFault.NOT_RUNNING)
        return _url(str(self._runtime / "socket"), database)

    def start(self) -> None:
        """Return when the server takes connections and has the database `axis`; the data is made where there is none.

        Raises `EmbeddedInUse` or `EmbeddedUnavailable`; then nothing is left running.
        """
        if self._server is not None:
            self.stop()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = _take_lock(self.folder)
            account = server_account()
            self._runtime = make_runtime(account)
            self._prepare_cluster(account)
            self._launch(account)
            self._ensure_database()
        except OSError as error:
            self.stop()
            raise EmbeddedUnavailable(EmbeddedFault.NOT_PREPARED, said=error) from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Return when the server, its guard and its runtime folder are gone; harmless where nothing runs."""
        if self._server is not None:
            _end(self._server)
            self._server = None
        if self._guard is not None:
            # The guard sees the server gone, the pipe closed, and clears the runtime folder away.
            self._guard.communicate()
            self._guard = None
        if self._runtime is not None:
            shutil.rmtree(self._runtime, ignore_errors=True)
            self._runtime = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _prepare_cluster(self, account: Account) -> None:
        """Make the data where there is none: beside its place first, so that an interrupted initdb leaves no half."""
        if self._cluster.exists():
            self._check_cluster(account)
            return
        unfinished = self.folder / "cluster.new"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        unfinished.mkdir(mode=0o700)
        if account.is_other:
            os.chown(unfinished, account.uid, account.gid)
        command = ["initdb", f"--pgdata={_HERE}", f"--username={SUPERUSER}", "--auth=peer", "--encoding=UTF8"]
        # C: the order of ids never depends on the machine's locale, nor does an index break when that is upgraded.
        command += ["--locale=C", "--no-instructions", *(["--no-sync"] if self._throwaway else [])]
        with (self.folder / "postgres.log").open("ab") as log:
            made = self._spawn(account, command, cwd=unfinished, log=log).wait()
        if made != 0:
            raise EmbeddedUnavailable(EmbeddedFault.NOT_MADE, said=self._log_tail())
        unfinished.rename(self._cluster)

    def _check_cluster(self, account: Account) -> None:
        owner = self._cluster.stat().st_uid
        if owner != account.uid:
            raise EmbeddedUnavailable(EmbeddedFault.OTHER_OWNER, folder=self._cluster, owner=owner)
        version = (self._cluster / "PG_VERSION").read_text().strip()
        if version != MAJOR_VERSION:
            names = {"folder": self._cluster, "made": version, "needed": MAJOR_VERSION}
            raise EmbeddedUnavailable(EmbeddedFault.OTHER_VERSION, **names)

    def _launch(self, account: Account) -> None:
        """Start the server and wait until it is ready; leftovers of one that was killed may need a moment to go."""
        deadline = time.monotonic() + _START_SECONDS
        self._clear_leftovers(deadline)
        command = ["postgres", "-D", _HERE]
        for name, value in self._settings(account).items():
            command += ["-c", f"{name}={value}"]
        log_path = self.folder / "postgres.log"
        while True:
            log_start = log_path.stat().st_size if log_path.exists() else 0
            with log_path.open("ab") as log:
                self._server = self._spawn(account, command, cwd=self._cluster, log=log)
            self._guard = self._set_guard(self._server)
            if self._wait_until_ready(deadline):
                return
            words = self._log_tail(log_start)
            self._server.wait()
            # A killed server's children hold its shared memory until they notice; everything else will not pass.
            if _STILL_IN_USE not in words or time.monotonic() > deadline:
                raise EmbeddedUnavailable(EmbeddedFault.ENDED, said=words)
            # The next attempt gets a guard of its own; this one would take the runtime folder with it.
            self._guard.kill()
            self._guard.communicate()
            time.sleep(_POLL_SECONDS)

    def _clear_leftovers(self, deadline: float) -> None:
        """Wait for a server whose owner died (its guard is stopping it); drop the note of one that is gone."""
        while lines := _pid_file(self._cluster):
            pid = int(lines[0])
            if not _is_alive(pid, self._cluster):
                (self._cluster / _PID_FILE).unlink(missing_ok=True)
            elif time.monotonic() > deadline:
                raise EmbeddedInUse(EmbeddedFault.SERVED, pid=pid, folder=self._cluster)
            else:
                time.sleep(_POLL_SECONDS)

    def _settings(self, account: Account) -> dict[str, str]:
        """Return the server's settings; access rules stand in the runtime folder, out of the server's own reach."""
        runtime = self._require_runtime()
        rules, names = runtime / "pg_hba.conf", runtime / "pg_ident.conf"
        rules.write_text("local all all peer map=axis\n")
        names.write_text(f'axis "{account.client}" {SUPERUSER}\n')
        for file in (rules, names):
            file.chmod(0o644)
        places = {
            "unix_socket_directories": str(runtime / "socket"),
            "hba_file": str(rules),
            "ident_file": str(names),
        }
        return _SETTINGS | places | (_THROWAWAY_SETTINGS if self._throwaway else {})

    def _spawn(self, account: Account, command: list[str], *, cwd: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start one of the wheel's programs as `account`, away from the terminal's signals."""
        program = programs_of(self._require_runtime(), account) / command[0]
        return subprocess.Popen(  # noqa: S603 - the wheel's own program, arguments from here
            [program, *command[1:]],
            cwd=cwd,
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            umask=0o077,
            start_new_session=True,
            user=account.uid if account.is_other else None,
            group=account.gid if account.is_other else None,
            extra_groups=[] if account.is_other else None,
        )

    def _set_guard(self, server: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - this interpreter, a file of this package
            [sys.executable, "-I", "-S", guard.__file__, str(server.pid), str(self._require_runtime())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={},
            start_new_session=True,
        )

    def _wait_until_ready(self, deadline: float) -> bool:
        """True when the server says so in its pid file, False when it ended."""
        server = self._server
        while server is not None and server.poll() is None:
            lines = _pid_file(self._cluster)
            if len(lines) > _STATUS_LINE and lines[0] == str(server.pid) and lines[_STATUS_LINE].strip() == "ready":
                return True
            if time.monotonic() > deadline:
                names = {"seconds": f"{_START_SECONDS:.0f}", "said": self._log_tail()}
                raise EmbeddedUnavailable(EmbeddedFault.NOT_READY, **names)
            time.sleep(_POLL_SECONDS)
        return False

    def _ensure_database(self) -> None:
        socket = str(self._require_runtime() / "socket")
        try:
            with psycopg.connect(host=socket, user=SUPERUSER, dbname="postgres", autocommit=True) as connection:
                if connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        except psycopg.Error as error:
            raise EmbeddedUnavailable(EmbeddedFault.NO_CONNECTION, said=error) from error

    def _require_runtime(self) -> Path:
        if self._runtime is None:
            raise EmbeddedUnavailable(EmbeddedFault.NOT_RUNNING)
        return self._runtime

    def _log_tail(self, start: int = 0) -> str:
        """Return the end of the server's log, no further back than `start`."""
        with (self.folder / "postgres.log").open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(start, size - _LOG_TAIL_BYTES))
            return log.read().decode("utf-8", "replace").strip()


def _url(socket: str, database: str) -> str:
    return f"postgresql+psycopg://{SUPERUSER}@/{quote(database)}?host={quote(socket, safe='/')}"


def _take_lock(folder: Path) -> IO[str]:
    """Return the open lock file of `folder`; it falls with the process, however that ends."""
    lock = (folder / "lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        holder = lock.read().strip() or "?"
        lock.close()
        raise EmbeddedInUse(EmbeddedFault.IN_USE, pid=holder, folder=folder) from error
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _pid_file(cluster: Path) -> list[str]:
    """Return the lines of the server's note about itself, none where it is absent or being written."""
    try:
        return (cluster / _PID_FILE).read_text().splitlines()
    except FileNotFoundError:
        return []


def _is_alive(pid: int, cluster: Path) -> bool:
    """True where process `pid` works in `cluster`: after a restart of the machine the number may be anybody's."""
    try:
        return Path(f"/proc/{pid}/cwd").samefile(cluster)
    except OSError:
        return False


def _end(server: subprocess.Popen[bytes]) -> None:
    """Return when the server has ended: asked to, urged to, killed."""
    for request, patience in ((signal.SIGINT, _FAST_STOP_SECONDS), (signal.SIGQUIT, _IMMEDIATE_STOP_SECONDS)):
        server.send_signal(request)
        with suppress(subprocess.TimeoutExpired):
            server.wait(patience)
            return
    server.kill()
    server.wait()
