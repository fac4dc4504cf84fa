"""Changes that leave a document one: elements moved, doubled and renamed, numbers and names of a PDF exchanged."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from random import Random
from typing import Final

from lxml import etree

from envelopes.parser import NAMESPACE
from signing.algorithms import DS, EXCLUSIVE, XADES, ds

_TEXTS: Final = (
    *("", " ", "\u00a0", "null", "-1", "0", "9" * 40, "K07.1", "K07.3", "cid:file-1", "../x.pdf", "2026/02/30", "true"),
    *("AAAA", "=", "A" * 43 + "=", "\u202e", "\u200b", "#", "#goi-tin", "http://127.0.0.1:9/x", EXCLUSIVE, f"{DS}sha1"),
)
_NAMES: Final = ("Id", "ID", "id", "URI", "Algorithm", "Type", "Target", "PrefixList", "xmlns", f"{{{XADES}}}Id")
_WRAPPERS: Final = (ds("Object"), ds("Signature"), ds("Manifest"), f"{{{NAMESPACE}}}To", f"{{{NAMESPACE}}}edXMLHeader")
_STEPS_MAX: Final = 4

_Step = Callable[[list[etree._Element], Random], None]


def mutated_xml(octets: bytes, random: Random, limit: int) -> bytes:
    """Return the document after a few changes to its tree; one that is none, and any other sometimes, as octets."""
    root = _read(octets)
    if root is None or random.random() < 0.2:
        return mutated_octets(octets, random, limit)
    for _ in range(random.randint(1, _STEPS_MAX)):
        elements = list(root.iter(etree.Element))
        with suppress(ValueError):  # a name whose prefix nobody declared, or a letter that XML has not
            random.choice(_TREE_STEPS)(elements, random)
    written = etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)
    return written if len(written) <= limit else octets[:limit]


def mutated_octets(octets: bytes, random: Random, limit: int) -> bytes:
    """Return the octets with a few places cut out, doubled, exchanged or flipped."""
    changed = bytearray(octets or b"<")
    for _ in range(random.randint(1, _STEPS_MAX)):
        start = random.randrange(len(changed))
        end = min(len(changed), start + random.choice((1, 1, 2, 8, 64)))
        match random.randrange(4):
            case 0:
                changed[start] ^= 1 << random.randrange(8)
            case 1 if len(changed) > end - start:
                del changed[start:end]
            case 2:
                changed[start:start] = changed[start:end]
            case _:
                other = random.randrange(len(changed))
                changed[start:end] = changed[other : other + end - start]
        changed = changed or bytearray(b"<")
    return bytes(changed[:limit])


def _read(octets: bytes) -> etree._Element | None:
    try:
        return etree.fromstring(octets, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError:
        return None


def _drop(elements: list[etree._Element], random: Random) -> None:
    element = random.choice(elements)
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _move(elements: list[etree._Element], random: Random) -> None:
    element, place = random.choice(elements), random.choice(elements)
    if element.getparent() is not None and element not in {place, *place.iterancestors()}:
        place.insert(random.randint(0, len(place)), element)


def _double(elements: list[etree._Element], random: Random) -> None:
    element, place = random.choice(elements), random.choice(elements)
    if len(elements) < 1000 and element.getparent() is not None:
        place.insert(random.randint(0, len(place)), deepcopy(element))


def _wrap(elements: list[etree._Element], random: Random) -> None:
    element = random.choice(elements)
    parent = element.getparent()
    if parent is not None:
        wrapper = etree.Element(random.choice(_WRAPPERS))
        parent.replace(element, wrapper)
        wrapper.append(element)


def _rename(elements: list[etree._Element], random: Random) -> None:
    random.choice(elements).tag = random.choice(elements).tag


def _say(elements: list[etree._Element], random: Random) -> None:
    texts = (random.choice(_TEXTS), random.choice(elements).text or "")
    random.choice(elements).text = random.choice(texts)


def _spoil(elements: list[etree._Element], random: Random) -> None:
    element = random.choice(elements)
    text = element.text or ""
    place = random.randint(0, len(text))
    element.text = text[:place] + random.choice(("", " ", "=", "A", "\n", "\u00e9")) + text[place + 1 :]


def _name(elements: list[etree._Element], random: Random) -> None:
    values = (random.choice(_TEXTS), *map(str, random.choice(elements).attrib.values()))
    random.choice(elements).set(random.choice(_NAMES), random.choice(values))


def _unname(elements: list[etree._Element], random: Random) -> None:
    attributes = random.choice(elements).attrib
    if attributes:
        del attributes[random.choice(list(attributes))]


def _interrupt(elements: list[etree._Element], random: Random) -> None:
    node = random.choice((etree.Comment(" "), etree.ProcessingInstruction("x", "y")))
    element = random.choice(elements)
    element.insert(random.randint(0, len(element)), node)


_TREE_STEPS: Final[tuple[_Step, ...]] = (
    *(_drop, _move, _double, _wrap, _rename, _say, _spoil, _name, _unname, _interrupt),
)

# ── PDF ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

_NUMBER: Final = re.compile(rb"\d{1,10}")
_PDF_NAME: Final = re.compile(rb"/[A-Za-z]{2,12}")
_OBJECT: Final = re.compile(rb"\d+ \d+ obj.{0,400}?endobj", re.DOTALL)


def mutated_pdf(octets: bytes, random: Random, limit: int) -> bytes:
    """Return the document with numbers or names exchanged for others as long, objects copied, or octets changed."""
    for _ in range(random.randint(1, _STEPS_MAX)):
        octets = random.choice(_PDF_STEPS)(octets, random)
    return octets[:limit]


def _renumber(octets: bytes, random: Random) -> bytes:
    found = _somewhere(_NUMBER, octets, random)
    if found is None:
        return octets
    width = len(found[0])
    other = random.choice((0, 1, 2, 10**width - 1, int(found[0]) + 1, int(found[0]) // 2)) % 10**width
    return octets[: found.start()] + str(other).zfill(width).encode() + octets[found.end() :]


def _exchange_names(octets: bytes, random: Random) -> bytes:
    found, other = (_somewhere(_PDF_NAME, octets, random) for _ in range(2))
    if found is None or other is None:
        return octets
    name = other[0][: len(found[0])].ljust(len(found[0]))
    return octets[: found.start()] + name + octets[found.end() :]


def _copy_object(octets: bytes, random: Random) -> bytes:
    found, other = (_somewhere(_OBJECT, octets, random) for _ in range(2))
    if found is None or other is None:
        return octets
    if len(other[0]) <= len(found[0]):
        return octets[: found.start()] + other[0].ljust(len(found[0])) + octets[found.end() :]
    return octets + other[0]


def _append_again(octets: bytes, random: Random) -> bytes:
    start = octets.rfind(b"obj", 0, random.randint(0, len(octets)) or 1)
    return octets + octets[max(start, 0) :]


def _change_octets(octets: bytes, random: Random) -> bytes:
    return mutated_octets(octets, random, len(octets) + 256)


def _flip(octets: bytes, random: Random) -> bytes:
    if not octets:
        return b"%PDF-1.7"
    place = random.randrange(len(octets))
    return octets[:place] + bytes([octets[place] ^ 1 << random.randrange(8)]) + octets[place + 1 :]


def _somewhere(pattern: re.Pattern[bytes], octets: bytes, random: Random) -> re.Match[bytes] | None:
    start = random.randint(0, len(octets))
    return pattern.search(octets, start) or pattern.search(octets)


_PDF_STEPS: Final[tuple[Callable[[bytes, Random], bytes], ...]] = (
    *(_renumber, _renumber, _renumber, _exchange_names, _copy_object, _append_again, _flip, _flip, _change_octets),
)
