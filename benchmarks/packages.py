"""Distinct signed packages of about 10 KB, made before anything is timed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from axis.demo.keys import Participant
from axis.demo.letters import FIRST, compose
from axis.sdk import sign_package
from envelopes.identifiers import DocumentId, OrganId
from envelopes.model import Attachment, Envelope, Organization

PACKAGE_BYTES: Final = 10_000
"""What a package is to weigh: a letter of one page without pictures."""

_OVERHEAD: Final = 6_000
"""Octets of metadata and signature around the file, in a package to one recipient."""


def make(sender: Participant, recipients: Sequence[OrganId], *, count: int, at: datetime) -> tuple[bytes, ...]:
    """Return `count` signed packages, no two alike: another id, number and file each."""
    letter = _letter(sender, recipients, at=at)
    return tuple(sign_package(one, sender.signer, at=at) for one in _variants(letter, count, at=at))


def _letter(sender: Participant, recipients: Sequence[OrganId], *, at: datetime) -> Envelope:
    letter = compose(FIRST, sender, recipients=(), at=at)
    return replace(letter, recipients=tuple(Organization(one, name=f"Cơ quan {one}") for one in recipients))


def _variants(letter: Envelope, count: int, *, at: datetime) -> Iterator[Envelope]:
    series = f"{at:%H%M%S%f}"
    for number in range(count):
        seed = f"{series}-{len(letter.recipients)}-{number}"
        code = replace(letter.code, number=str(number % 10_000))
        yield replace(
            letter,
            document_id=DocumentId(f"bench-{seed}"),
            code=replace(code, notation=f"B{series[-6:]}"),
            attachments=(Attachment("file-1", "van-ban.pdf", _file(seed), "application/pdf"),),
        )


def _file(seed: str) -> bytes:
    """Return a file that does not compress and fills a package up to its weight once it is in base64."""
    size = (PACKAGE_BYTES - _OVERHEAD) * 3 // 4
    octets, block = b"%PDF-1.4\n", seed.encode()
    while len(octets) < size:
        block = hashlib.sha256(block).digest()
        octets += block
    return octets[:size]
