"""Fuzzes the reader: whatever comes in, a message that survives a rewrite, or a refusal by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from envelopes.errors import Severity, UnreadableMessage
from envelopes.obstacles import Obstacle
from envelopes.reader import read
from envelopes.texts import VIETNAM
from envelopes.validation import validate
from envelopes.writer import write
from tests.fuzz.mutations import mutated_xml as mutated
from tests.fuzz.surprise import Surprise
from tests.signing.pki import MOMENT
from tests.vectors import vector
from tests.vectors.attacks.samples import original
from tests.vectors.attacks.table import ATTACKS
from tests.vectors.variations import document_variations, multipart, status_variations

__all__ = ["look", "mutated", "seeds"]

_NAMES: Final = frozenset(Obstacle)
_TODAY: Final = MOMENT.astimezone(VIETNAM).date()


def seeds() -> Iterator[bytes]:
    """Yield every variation of the format, and every attack."""
    yield from (one.octets for one in (*document_variations(), *status_variations()))
    yield from (vector(name) for name in ("flat.xml", "edoc.xml", "security-monitoring.xml"))
    yield from (multipart(binary=binary, headers=headers) for binary in (False, True) for headers in (False, True))
    yield from (attack.make(original()) for attack in ATTACKS)


def look(octets: bytes) -> None:
    """Raise `Surprise`, or whatever goes wrong, unless the octets are read or refused as they should be.

    1. What is refused is refused by a name that is listed.
    2. The rules can be applied to whatever was read.
    3. What was read without errors and keeps the rules is written, read again and the same.
    """
    try:
        reading = read(octets)
    except UnreadableMessage as refusal:
        if refusal.finding.code not in _NAMES:
            raise Surprise(refusal.finding.code) from refusal
        return
    rules = validate(reading.message, today=_TODAY)
    is_whole = all(finding.severity is Severity.WARNING for finding in (*reading.findings, *rules))
    if is_whole and read(write(reading.message)).message != reading.message:
        raise Surprise("what was written is not what was read")
