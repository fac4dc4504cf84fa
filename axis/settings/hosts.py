"""Hosts that may be asked: as the settings write them, and as addresses name them."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Self
from urllib.parse import urlsplit

from axis.settings.causes import ALLOWED_HOSTS

_PORT_OF: Final = MappingProxyType({"http": 80, "https": 443})
_USUAL_PORTS: Final = frozenset(_PORT_OF.values())
_PORT_MAX: Final = 65_535
_NAME_MAX: Final = 253
"""Characters of a whole name (RFC 1035 clause 2.3.4, without its last dot)."""

_ENTRY: Final = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::(?P<port>[1-9][0-9]{0,4}))?")
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address leads: a host, in small letters or as an IP address in its one spelling, and a port."""

    host: str
    port: int

    @classmethod
    def of(cls, address: str) -> Self | None:
        """Return where an http(s) address leads; None for any other, one with a user's name, and what is no address."""
        try:
            parts = urlsplit(address)
            port = parts.port
        except ValueError:
            return None
        if parts.scheme not in _PORT_OF or parts.username is not None or not parts.hostname:
            return None
        return cls(_spelled(parts.hostname), _PORT_OF[parts.scheme] if port is None else port)


@dataclass(frozen=True, slots=True)
class AllowedHost:
    """A host that may be asked, at these ports and at no others."""

    host: str
    ports: frozenset[int] = _USUAL_PORTS

    @classmethod
    def read(cls, written: str) -> Self:
        """Return what an entry of `authorities.hosts` allows: `host` at ports 80 and 443, `host:port` at that alone.

        An IPv6 address stands in brackets, as in addresses. Raises `ValueError` for anything else.
        """
        entry = _ENTRY.fullmatch(written)
        if entry is None:
            raise ValueError(ALLOWED_HOSTS)
        host = _address(entry["v6"]) if entry["v6"] else _name(entry["name"])
        if entry["port"] is None:
            return cls(host)
        port = int(entry["port"])
        if port > _PORT_MAX:
            raise ValueError(ALLOWED_HOSTS)
        return cls(host, frozenset({port}))

    def admits(self, place: Place) -> bool:
        """Return whether this place may be asked."""
        return place.host == self.host and place.port in self.ports


def _address(written: str) -> str:
    try:
        return str(ipaddress.IPv6Address(written))
    except ValueError as error:
        raise ValueError(ALLOWED_HOSTS) from error


def _name(written: str) -> str:
    """Return a name in small letters, or an IPv4 address; what ends in a number is an address or nothing."""
    name = written.lower()
    labels = name.split(".")
    if labels[-1].isdecimal():
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError as error:
            raise ValueError(ALLOWED_HOSTS) from error
    if len(name) > _NAME_MAX or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError(ALLOWED_HOSTS)
    return name


def _spelled(host: str) -> str:
    """Return a host of an address as `AllowedHost` spells it: an IPv6 address has several spellings."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host.lower()
