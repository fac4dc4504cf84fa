"""The keys that objects are encrypted under: files of a folder, known by what they hold and not by their names."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

from storage.errors import BlobKeysFault, BlobKeysUnusable

KEY_BYTES: Final = 32
"""Length of every key, AES-256 and HMAC alike."""

KEY_ID_BYTES: Final = 16
"""Length of a key's id: long enough that no two keys ever have the same."""

WRAPPED_BYTES: Final = KEY_BYTES + 8
"""Length of a wrapped data key (RFC 3394: eight octets more, by which a wrong key is noticed)."""

SUFFIX: Final = ".key"
"""How the names of key files end."""

_NAMES: Final = "names"
_ID_LABEL: Final = b"axis: id of a key that objects are encrypted under"


class KeyAbsent(Exception):
    """The ring does not hold the key of this id."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Key-encryption keys by id, the one that new objects are encrypted under, and the key that names are made with."""

    active: bytes
    labels: Mapping[bytes, str]
    _keys: Mapping[bytes, bytes] = field(repr=False)
    _names: bytes = field(repr=False)

    @classmethod
    def read(cls, folder: Path, *, active: str | None = None) -> Self:
        """Return the keys of a folder: `names.key`, and every other file that ends in `.key`, 64 hexadecimal digits.

        `active` is the label (the file's name without its ending) of the key for new objects; without it, the last in
        the order of labels. Raises `BlobKeysUnusable`.
        """
        found = _keys_in(folder)
        names = found.pop(_NAMES, None)
        if names is None:
            raise BlobKeysUnusable(BlobKeysFault.NO_NAMES)
        if not found:
            raise BlobKeysUnusable(BlobKeysFault.NO_KEY)
        label = max(found) if active is None else active
        if label not in found:
            raise BlobKeysUnusable(BlobKeysFault.NO_SUCH_KEY, file=label + SUFFIX)
        labels = {key_id(key): one for one, key in found.items()}
        keys = {key_id(key): key for key in found.values()}
        return cls(key_id(found[label]), MappingProxyType(labels), MappingProxyType(keys), names)

    def name(self, digest: bytes) -> str:
        """Return what an object is called in the store: an HMAC-SHA-256 of its digest, which hides the digest."""
        return hmac.digest(self._names, digest, "sha256").hex()

    def wrap(self, data_key: bytes) -> bytes:
        """Return a data key wrapped by the active key (AES key wrap, RFC 3394)."""
        return aes_key_wrap(self._keys[self.active], data_key)

    def unwrap(self, identifier: bytes, wrapped: bytes) -> bytes:
        """Return a data key; raises `KeyAbsent`, and cryptography's `InvalidUnwrap` where it was changed."""
        if identifier not in self._keys:
            raise KeyAbsent
        return aes_key_unwrap(self._keys[identifier], wrapped)


def key_id(key: bytes) -> bytes:
    """Return by what a key is known: the beginning of an HMAC-SHA-256 by it, which tells nothing of it."""
    return hmac.digest(key, _ID_LABEL, "sha256")[:KEY_ID_BYTES]


def _keys_in(folder: Path) -> dict[str, bytes]:
    """Return the keys of a folder by their labels."""
    try:
        texts = {file.name.removesuffix(SUFFIX): file.read_bytes() for file in sorted(folder.glob(f"*{SUFFIX}"))}
        if not folder.is_dir():
            raise BlobKeysUnusable(BlobKeysFault.NO_FOLDER)
    except OSError as error:
        raise BlobKeysUnusable(BlobKeysFault.NO_FOLDER) from error
    keys: dict[str, bytes] = {}
    for label, text in texts.items():
        key = _key_of(text, label)
        if key in keys.values():
            raise BlobKeysUnusable(BlobKeysFault.TWICE, file=label + SUFFIX)
        keys[label] = key
    return keys


def _key_of(text: bytes, label: str) -> bytes:
    try:
        key = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        # What the file holds instead may be half a key, and stands in the error's words.
        raise BlobKeysUnusable(BlobKeysFault.UNREADABLE, file=label + SUFFIX) from None
    if len(key) != KEY_BYTES:
        raise BlobKeysUnusable(BlobKeysFault.UNREADABLE, file=label + SUFFIX)
    return key
