"""Elements outside the tables: what they must look like and where they may stand to survive a rewrite."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from lxml import etree

from envelopes.errors import InvalidModel, UnreadableMessage
from envelopes.limits import EXTENSION_BYTES_MAX
from envelopes.parser import Tag, parse
from envelopes.paths import inside, without_numbers

_LOCAL_NAME = re.compile(rb"<(?:[^\s/>:]+:)?([^\s/>:]+)")


def canonical(element: etree._Element) -> bytes:
    """Return an element with all below it in exclusive C14N without comments: self-contained, fit for any document."""
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False, with_tail=False)


def check_element(xml: bytes) -> None:
    """Raise `InvalidModel` unless `xml` is one element exactly as `canonical` gives it, and within the limit."""
    if len(xml) > EXTENSION_BYTES_MAX:
        raise InvalidModel(f"an extension has at most {EXTENSION_BYTES_MAX} bytes")
    try:
        element = parse(xml)
    except UnreadableMessage as error:
        raise InvalidModel("an extension is one well-formed element") from error
    if canonical(element) != xml:
        raise InvalidModel("an extension is in exclusive C14N")


def check_attachment_neighbour(xml: bytes) -> None:
    """Raise `InvalidModel` for an element with anything but text inside: existing receivers fail on it there."""
    if xml.count(b"</") > 1 or b"<?" in xml:
        raise InvalidModel("an extension beside the attachments holds text only")


def check_places(
    extensions: Iterable[tuple[str, bytes]],
    places: Mapping[str, Collection[Tag]],
    *,
    repeated: Collection[str] = (),
    items: Collection[str] = (),
) -> None:
    """Raise `InvalidModel` for an extension whose parent is not in the message, or whose name is known in its place.

    `extensions` are pairs of a path and an element; `places` is a table of `paths`, `repeated` its places with numbers,
    `items` the numbered paths that the message has.
    """
    for path, xml in extensions:
        place = without_numbers(path)
        if place not in places or not _is_there(path, repeated, items=items):
            raise InvalidModel("an extension stands in an element that the message has")
        name = _LOCAL_NAME.match(xml)
        if name is None or name[1].decode() in places[place]:
            raise InvalidModel("an extension has a name that is not known in its place")


def _is_there(path: str, repeated: Collection[str], *, items: Collection[str]) -> bool:
    """Return whether each step that may repeat, and no other, has a number, and the message has that item."""
    walked = ""
    for step in path.split("."):
        walked = inside(walked, step)
        if (without_numbers(walked) in repeated) != (walked in items):
            return False
        if walked not in items and step.endswith("]"):
            return False
    return True
