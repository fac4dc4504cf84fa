"""Where a key on a token is: the PKCS#11 URI (RFC 7512), which operators of HSMs know from their other servers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from signing.errors import KeyFault, KeyUnusable

SCHEME: Final = "pkcs11:"
"""What every PKCS#11 URI begins with: a name of a key without it is a file's."""

URI_CHARACTERS_MAX: Final = 2_000
"""Longer than every attribute that is read at its longest, all of it percent-encoded, with the module's path."""

_PIN_ATTRIBUTES: Final = frozenset({"pin-value", "pin-source"})
_ATTRIBUTES: Final = frozenset({"token", "serial", "object", "id", "type", "module-path"})


@dataclass(frozen=True, slots=True)
class Pkcs11Uri:
    """One private key on one token. `module` is the path of the library that speaks to the token.

    The token is named by its label, its serial number or both; the key by its label (`object`), its `id` or both.
    """

    text: str
    module: str
    token: str | None = None
    serial: bytes | None = None
    label: str | None = None
    key_id: bytes | None = None

    def __str__(self) -> str:
        return self.text

    @property
    def token_name(self) -> str:
        """The token as a person knows it."""
        return self.token or (self.serial or b"").decode("ascii", "replace")


def is_pkcs11_uri(text: str) -> bool:
    """Return whether a key's name is a PKCS#11 URI rather than a file's."""
    return text.lower().startswith(SCHEME)


def read_pkcs11_uri(text: str) -> Pkcs11Uri:
    """Return the key that a URI names; raises `KeyUnusable`, which never repeats the URI: it might hold a PIN.

    The attributes `token`, `serial`, `object`, `id`, `type` (only `private`) and `module-path` are read, once each. RFC
    7512 leaves it open what becomes of others: they are refused, because each would make it another key. A PIN is
    refused wherever it comes from (`pin-value`, `pin-source`): a URI stands in process lists, profiles and logs.
    """
    found = dict(_attributes(text))
    kind, texts = found.get("type", b"private"), {name: _text(found.get(name)) for name in ("token", "object")}
    module = _text(found.get("module-path"))
    named = (found.get("token") or found.get("serial")) and (found.get("object") or found.get("id"))
    if module is None or not named or kind != b"private":
        raise KeyUnusable(KeyFault.URI)
    return Pkcs11Uri(
        text,
        module,
        token=texts["token"],
        serial=found.get("serial") or None,
        label=texts["object"],
        key_id=found.get("id") or None,
    )


def _attributes(text: str) -> Iterator[tuple[str, bytes]]:
    if not is_pkcs11_uri(text) or len(text) > URI_CHARACTERS_MAX or not text.isascii():
        raise KeyUnusable(KeyFault.URI)
    path, _, query = text[len(SCHEME) :].partition("?")
    seen: set[str] = set()
    for part in (*path.split(";"), *query.split("&")):
        name, equals, value = part.partition("=")
        if name in _PIN_ATTRIBUTES:
            raise KeyUnusable(KeyFault.PIN_IN_URI)
        if part and (not equals or name not in _ATTRIBUTES or name in seen):
            raise KeyUnusable(KeyFault.URI)
        seen.add(name)
        if part:
            yield name, unquote_to_bytes(value)


def _text(octets: bytes | None) -> str | None:
    try:
        return octets.decode("utf-8") or None if octets else None
    except UnicodeDecodeError as error:
        raise KeyUnusable(KeyFault.URI) from error
