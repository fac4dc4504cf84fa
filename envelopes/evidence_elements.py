"""How the elements of an evidence are read, one by one; what is missing or strange raises."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, TypeVar
from uuid import UUID

from lxml import etree

from envelopes.errors import InvalidModel
from envelopes.evidence import AXIS_NAMESPACE, ERDS_NAMESPACE
from envelopes.evidence_facts import Digest, DigestMethod
from envelopes.identifiers import DeliveryId, OrganId
from envelopes.parser import XMLDSIG_NAMESPACE

PREFIXES: Final = {"erd": ERDS_NAMESPACE, "axis": AXIS_NAMESPACE, "ds": XMLDSIG_NAMESPACE}
"""The prefixes that paths are written with."""

Name = TypeVar("Name", bound=StrEnum)


class Unexpected(ValueError):
    """An element or an attribute is missing; the message is its path."""


def one(parent: etree._Element, path: str) -> etree._Element:
    """Return the one element at a path below `parent`; raises `Unexpected` where there is none."""
    found = parent.find(path, PREFIXES)
    if found is None:
        raise Unexpected(path)
    return found


def text_of(parent: etree._Element, path: str) -> str:
    """Return its text, empty where it has none."""
    return one(parent, path).text or ""


def known_text(parent: etree._Element, path: str) -> str | None:
    """Return the text at a path, or None."""
    found = parent.find(path, PREFIXES)
    return None if found is None else found.text


def attribute_of(element: etree._Element, name: str) -> str:
    """Return an attribute; raises `Unexpected` where it is missing."""
    value = element.get(name)
    if value is None:
        raise Unexpected(f"@{name}")
    return value


def enum_of(names: type[Name], element: etree._Element, *, attribute: str) -> Name:
    """Return the member that an attribute names; raises `ValueError` for another."""
    return names(attribute_of(element, attribute))


def truth_of(element: etree._Element, attribute: str) -> bool:
    """Return whether an attribute says true."""
    return attribute_of(element, attribute) == "true"


def known_organ(parent: etree._Element, path: str) -> OrganId | None:
    """Return the agency's id at a path, or None."""
    text = known_text(parent, path)
    return None if text is None else OrganId(text)


def known_delivery(parent: etree._Element) -> DeliveryId | None:
    """Return the delivery's id, or None."""
    text = known_text(parent, "axis:DeliveryIdentifier")
    return None if text is None else DeliveryId(UUID(text))


def known_moment(parent: etree._Element, path: str) -> datetime | None:
    """Return the moment at a path, or None."""
    text = known_text(parent, path)
    return None if text is None else moment_of(text)


def moment_of(text: str) -> datetime:
    """Return a moment, aware UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def known_digest(parent: etree._Element, path: str) -> Digest | None:
    """Return the digest at a path, or None."""
    found = parent.find(path, PREFIXES)
    return None if found is None else digest_of(found)


def digest_of(element: etree._Element) -> Digest:
    """Return the digest an element holds."""
    return Digest(enum_of(DigestMethod, element, attribute="method"), octets_of(element.text or ""))


def octets_of(text: str) -> bytes:
    """Return octets written in base64; raises `InvalidModel`."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise InvalidModel("not base64") from error
