"""Nothing is opened and nobody is called, whatever a package names (threats 18, 33 and 50)."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from envelopes.errors import UnreadableMessage
from envelopes.reader import read
from tests.signing.xml.guard import Guard, guarding
from tests.vectors import document, status

XSI = "http://www.w3.org/2001/XMLSchema-instance"
ROOT = "<edXML xmlns"


@pytest.fixture
def guard(tmp_path: Path) -> Iterator[Guard]:
    with guarding(tmp_path, b"<bi-mat/>") as guard:
        yield guard


def before_root(text: str) -> tuple[str, str]:
    return ROOT, f"{text}{ROOT}"


def on_root(attributes: str) -> tuple[str, str]:
    return ROOT, f"<edXML {attributes} xmlns"


NAMED = {
    "an external DTD": [before_root('<!DOCTYPE edXML SYSTEM "{at}">')],
    "a public DTD": [before_root('<!DOCTYPE edXML PUBLIC "-//x//y" "{at}">')],
    "an entity": [before_root('<!DOCTYPE edXML [<!ENTITY a SYSTEM "{at}">]>'), ("V/v lấy", "&a;")],
    "a parameter entity": [before_root('<!DOCTYPE edXML [<!ENTITY % a SYSTEM "{at}"> %a;]>')],
    "a notation": [before_root('<!DOCTYPE edXML [<!NOTATION a SYSTEM "{at}">]>')],
    "a style sheet": [before_root('<?xml-stylesheet type="text/xsl" href="{at}"?>')],
    "a schema": [on_root(f'xmlns:xsi="{XSI}" xsi:schemaLocation="urn:x {{at}}"')],
    "a schema without namespace": [on_root(f'xmlns:xsi="{XSI}" xsi:noNamespaceSchemaLocation="{{at}}"')],
    "a model": [before_root('<?xml-model href="{at}"?>')],
    "a base address": [on_root('xml:base="{at}"')],
    "a namespace": [on_root('xmlns:x="{at}"')],
    "an inclusion": [
        (
            "</edXML:MessageHeader>",
            '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="{at}"/></edXML:MessageHeader>',
        )
    ],
    "a link": [
        (
            "<edXML:Reference>",
            '<edXML:Reference xmlns:l="http://www.w3.org/1999/xlink" l:href="{at}" l:actuate="onLoad">',
        )
    ],
    "a content id": [("tep-1", "{at}")],
    "a website": [("giadinh.example", "{at}")],
}


@pytest.mark.parametrize("scheme", ["file", "http"])
@pytest.mark.parametrize("name", NAMED)
def test_nothing_is_opened_and_nobody_is_called(name: str, scheme: str, guard: Guard) -> None:
    place = guard.file.as_uri() if scheme == "file" else f"http://{guard.address}/canary"
    octets = document(*((old, new.format(at=place)) for old, new in NAMED[name]))
    with contextlib.suppress(UnreadableMessage):
        read(octets)
    assert not guard.was_touched


def test_statuses_neither(guard: Guard) -> None:
    with contextlib.suppress(UnreadableMessage):
        read(status(before_root(f'<!DOCTYPE edXML SYSTEM "{guard.file.as_uri()}">')))
    assert not guard.was_touched


def test_the_guard_would_have_seen_it(guard: Guard) -> None:
    host, port = guard.address.split(":")
    socket.create_connection((host, int(port))).close()
    assert guard.was_touched
