"""What clients write down of what they sent and got, and when: lines of JSON, each on the disk before the next deed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from axis.clock import SystemClock

_SUFFIX: Final = ".journal"


class Deed(StrEnum):
    """What a client did, or what it was given."""

    SENDING = "sending"
    """A sender is about to send a document for the first time."""

    RECEIPT = "receipt"
    """A sender has a verified receipt; `sealed` are all the times in it."""

    OFFERED = "offered"
    """A recipient was given its turn at a delivery, `until` when by the axis's word."""

    TAKEN = "taken"
    """A recipient has the octets, and the axis has its acknowledgement; `repeat` is what that said of it."""

    LOST_TURN = "lost_turn"
    """A recipient's turn was over before it was done; it will be offered again."""

    DIFFERS = "differs"
    """A recipient was given other octets than those that were announced. Must never be."""

    REFUSED = "refused"
    """A client was refused for good, where nothing should be. Must never be."""

    TOLD = "told"
    """A recipient's webhook was called about `delivery` by `event`, and answered with `status`."""

    MISTOLD = "mistold"
    """A recipient's webhook was called by what its verifier does not believe, and why."""


class Journal:
    """The journal of one client, for several threads."""

    def __init__(self, folder: Path, name: str) -> None:
        self._file = folder / f"{name}{_SUFFIX}"
        self._lock = threading.Lock()
        self._clock = SystemClock()

    def write(self, deed: Deed, **facts: object) -> None:
        """Write down a deed, and the moment at which it is written."""
        moment = self._clock.now().timestamp()
        with self._lock, self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"deed": deed, "at": moment, **facts}, separators=(",", ":")) + "\n")


def read_journals(folder: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each line of each client's journal, with the client's name, in the order it was written."""
    for file in sorted(folder.glob(f"*{_SUFFIX}")):
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                yield file.name.removesuffix(_SUFFIX), json.loads(line)
