"""Shelves: what keeps octets under a name, without knowing what either means; a store stands on one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol

Judge = Callable[[BinaryIO], bool]
"""Says of a stream, at its beginning, whether it holds what it should."""


class Shelf(Protocol):
    """What a disk and an S3 store have in common. Each operation raises `BlobStoreUnavailable`.

    Names are made by the stores: lower-case hexadecimal digits, with an ending or without.
    """

    def affirm(self, name: str, is_sound: Judge) -> bool:
        """Return True where an object stands under `name`, is sound, and is durable from now on."""

    def place(self, name: str, pieces: Iterator[bytes], *, is_sound: Judge) -> bool:
        """Return when the octets of all `pieces` are durable under `name`, in place of what stood there, at once.

        Where `pieces` ends in an error nothing is changed. False where the octets came back as something that is not
        sound: then `name` holds what it held before, or what is not sound.
        """

    def fetch(self, name: str) -> BinaryIO | None:
        """Return the whole object as a seekable stream at its beginning, unchecked; None where there is none."""

    def glimpse(self, name: str, size: int) -> bytes | None:
        """Return the first octets of an object, at most `size`; None where there is none."""

    def holds(self, name: str) -> bool:
        """True where an object stands under `name`."""

    def names(self) -> Iterator[str]:
        """Yield the name of every object, in no order; one that comes or goes meanwhile may be among them or not."""

    def probe(self) -> None:
        """Return where an object could be placed now."""
