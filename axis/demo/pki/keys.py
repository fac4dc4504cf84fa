"""The private keys of the infrastructure: made at first use, kept in one folder, readable by their owner only."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from axis.demo.authority import KeyKind, PrivateKey, write_private

WEAK: Final = "rsa-1024"
"""A kind of key that exists to be refused; the others are those agencies use."""

_RSA_EXPONENT: Final = 65537
_WEAK_BITS: Final = 1024


def key_file(label: str) -> str:
    """Return the name of the file that holds the key of a certificate."""
    return f"{label}.key.pem"


def make_missing(folder: Path, kinds: Mapping[str, str]) -> None:
    """Make the key of each certificate whose key is not in the folder yet, of the given kind (PKCS#8, unencrypted)."""
    folder.mkdir(parents=True, exist_ok=True)
    for label, kind in kinds.items():
        path = folder / key_file(label)
        if not path.exists():
            key = _made(kind)
            write_private(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def load(folder: Path, label: str) -> PrivateKey:
    """Return the key of a certificate."""
    key = load_pem_private_key((folder / key_file(label)).read_bytes(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise TypeError(f"the key of {label} is neither RSA nor ECDSA")
    return key


def _made(kind: str) -> PrivateKey:
    if kind == WEAK:
        return rsa.generate_private_key(_RSA_EXPONENT, _WEAK_BITS)
    return KeyKind(kind).make()
