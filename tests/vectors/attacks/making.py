"""What attacks on packages are made from: an honest letter, the keys around it, and small tools to change a tree."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from lxml import etree

from axis.demo.authority import Credential
from envelopes.parser import SIGNATURE_PARENT, parse
from signing.xml.sign import XmlSigner
from tests.signing.pki import signer
from tests.signing.xml.packages import one
from tests.signing.xml.workshop import Draft, make

ROOT_ID: Final = "goi-tin"
HEADER_ID: Final = "thong-tin"
SIGNATURE: Final = "Signature"
"""Where a finding about the signature points."""

POSITION: Final = "line:column"
"""Where a finding points that a parser made before there were elements."""

_CLASSES: Final = {"T": "message/wrong-kind", "M": "message/not-allowed"}
_POSITION: Final = re.compile(r"\d+:\d+")


@dataclass(frozen=True, slots=True)
class Lure:
    """A file and an address (`host:port`) that nobody is to touch; attacks name them where they write braces."""

    file: str = "/nowhere/canary.xml"
    address: str = "127.0.0.1:9"

    def put(self, text: str) -> str:
        """The text with the file's path and the address in their places."""
        return text.replace("{file}", self.file).replace("{address}", self.address)


@dataclass(frozen=True, slots=True)
class Original:
    """An honest letter and status of one agency, and what an attacker has besides.

    `sender` is the agency's own key: some attacks come from its software. `other` is another registered agency's, and
    `third` the id of an agency that would get the letter if it could be made to.
    """

    letter: bytes
    report: bytes
    sender: Credential
    other: Credential
    third: str
    at: datetime
    lure: Lure

    @property
    def signed(self) -> bytes:
        """The letter as the product signs it: one reference to the whole, one to its XAdES properties."""
        return self.sign(self.letter)

    def sign(self, octets: bytes) -> bytes:
        """A document as the product signs it, by the sender."""
        return XmlSigner(parse, SIGNATURE_PARENT, signer(self.sender)).sign(octets, at=self.at)

    @property
    def identified(self) -> bytes:
        """The letter with identifiers on its root and its message header."""
        named = self.letter.replace(b"<edXML xmlns", f'<edXML Id="{ROOT_ID}" xmlns'.encode(), 1)
        return named.replace(b"<edXML:MessageHeader>", f'<edXML:MessageHeader Id="{HEADER_ID}">'.encode(), 1)

    def draft(self, draft: Draft, holder: Credential | None = None) -> bytes:
        """A signature of any shape by the sender's key, mathematically right."""
        return make(draft, holder or self.sender)


Make = Callable[[Original], bytes]


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack and how it is refused: the stable code, the place the finding names, and what it quotes if it does.

    `fools` is true where a verifier that asks the mathematics alone believes it (`gullible.py`).
    """

    make: Make
    code: str
    place: str = SIGNATURE
    value: str | None = None
    fools: bool = False

    @property
    def name(self) -> str:
        """The function's name, with what it is given."""
        if not isinstance(self.make, partial):
            return self.make.__name__
        given = (getattr(one, "__name__", str(one)) for one in self.make.keywords.values())
        return f"{self.make.func.__name__}-{'-'.join(given)}"

    @property
    def tries(self) -> str:
        """What it tries, in one line."""
        function = self.make.func if isinstance(self.make, partial) else self.make
        return function.__doc__ or ""

    def is_at(self, path: str) -> bool:
        """Return whether a finding points where it should; parsers point at a line and a column."""
        return path == self.place or (self.place == POSITION and _POSITION.fullmatch(path) is not None)

    @property
    def problem(self) -> str:
        """The code of the problem it is answered with: rules of the format have one for each class."""
        return _CLASSES.get(self.code.partition(".")[0], self.code)

    @property
    def is_unreadable(self) -> bool:
        """Whether it is refused as no message at all, before any signature is judged."""
        return self.code.startswith("package/")


def header(root: etree._Element) -> etree._Element:
    """The element that holds the signature."""
    return one(root, "/e:edXML/e:edXMLEnvelope/e:edXMLHeader")


def edited(octets: bytes, old: bytes, new: bytes) -> bytes:
    """The octets with one place replaced; it must be there."""
    assert old in octets, old
    return octets.replace(old, new, 1)
