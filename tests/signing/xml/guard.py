"""Proof that nothing is fetched: a file whose openings the kernel counts, and a socket that counts its callers."""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_OPENED: Final = 0x20
_READ: Final = 0x1
_NONBLOCKING: Final = os.O_NONBLOCK


@dataclass(frozen=True, slots=True)
class Guard:
    """A file and an address that nobody is to touch."""

    file: Path
    address: str
    _watch: int
    _listener: socket.socket

    @property
    def was_touched(self) -> bool:
        """Whether the file was opened or the address called, by Python or by any library beneath it."""
        return self._file_was_opened() or self._address_was_called()

    def _file_was_opened(self) -> bool:
        try:
            return bool(os.read(self._watch, 4096))
        except BlockingIOError:
            return False

    def _address_was_called(self) -> bool:
        try:
            connection, _ = self._listener.accept()
        except BlockingIOError:
            return False
        connection.close()
        return True


@contextmanager
def guarding(folder: Path, content: bytes) -> Iterator[Guard]:
    """Watch a new file with this content, and a listening socket on loopback."""
    file = folder / "canary.xml"
    file.write_bytes(content)
    library = ctypes.CDLL(None, use_errno=True)
    watch = library.inotify_init1(_NONBLOCKING)
    assert watch >= 0
    assert library.inotify_add_watch(watch, os.fsencode(file), _OPENED | _READ) >= 0
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        try:
            yield Guard(file, f"127.0.0.1:{port}", watch, listener)
        finally:
            os.close(watch)
