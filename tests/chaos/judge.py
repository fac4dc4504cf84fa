"""Says what became of everything, from what clients sent and received alone, and from what they may ask the axis."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import Final

from envelopes.evidence import EvidenceType
from tests.chaos.asking import Attested, Witness
from tests.chaos.journal import Deed
from tests.chaos.memory import APART, Held, Memory, remember

EACH: Final = (EvidenceType.CONTENT_CONSIGNMENT, EvidenceType.CONTENT_HANDOVER)
"""What there is exactly once for each delivery; and of each document there is one acceptance."""

NOTIFICATIONS: Final = frozenset({EvidenceType.CONSIGNMENT_NOTIFICATION, EvidenceType.CONSIGNMENT_NOTIFICATION_FAILURE})
"""Of which there may be one for a delivery, whose recipient has a webhook. Anything else must never be."""

READING_SECONDS: Final = 180.0
"""For how long evidence is read, of documents in a drawn order: one of eight recipients takes an eighth of a second."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome: what was counted, and everything that is wrong."""

    figures: Mapping[str, int]
    wrong: Sequence[str]


def judge(
    folder: Path, axis: Mapping[str, Witness], *, objects: int, reading_seconds: float = READING_SECONDS
) -> Verdict:
    """Return the outcome; `axis` is asked for each sender, and its store keeps so many `objects`.

    1. Nothing is lost: each recipient of each document with a receipt took its octets, those that were sent.
    2. Nothing came twice as new: neither by one delivery nor by two, nor to two at once, nor by two events.
    3. No receipt without a stored package: the axis gives it back, bit for bit, and the same receipt; and there are no
       fewer objects than receipts. A crash may leave one that nobody has a receipt for: those are counted.
    4. No stored package without a receipt: what the axis says that a sender sent is what that has receipts for.
    5. Each event has exactly one evidence, about the right package and recipient, and nothing else is attested; judged
       of as many documents as can be read in `reading_seconds`, drawn at random. All else is judged of every one.
    6. Each time in a receipt is that of its client's clock, nearly.
    """
    memory = remember(folder)
    accepted = {digest for known in memory.receipts.values() for digest in known}
    memory.wrong += [f"{digest} was sent and never answered" for digest in memory.sent.keys() - accepted]
    memory.wrong += _of_takings(memory, accepted)
    for sender, known in memory.receipts.items():
        memory.wrong += _of_packages(axis[sender], known)
    documents, evidence = _read_evidence(memory, axis, seconds=reading_seconds)
    if objects < len(accepted):
        memory.wrong.append(f"the store keeps {objects} objects for {len(accepted)} receipts")
    figures = {
        "documents": len(accepted),
        "deliveries": sum(len(memory.sent[digest].recipients) for digest in accepted),
        "documents whose evidence was verified": documents,
        "evidence verified": evidence,
        "objects that nobody has a receipt for": max(0, objects - len(accepted)),
        "receipts that came by a repeat": memory.repeats,
        "failed calls that clients repeated": memory.failures,
        "takings that the axis called repeats of one's own": memory.dropped,
        "turns that ran out": memory.deeds[Deed.LOST_TURN],
        "calls of webhooks": memory.deeds[Deed.TOLD],
        "calls of webhooks by a clock that is wrong": memory.deeds[Deed.MISTOLD],
    }
    return Verdict(figures, tuple(memory.wrong))


def _of_takings(memory: Memory, accepted: set[str]) -> Iterator[str]:
    owed = {(recipient, digest) for digest in accepted for recipient in memory.sent[digest].recipients}
    for recipient, digest in sorted(owed):
        times = len(memory.taken.get((recipient, digest), ()))
        if times != 1:
            yield f"{recipient} took {digest} {times} times"
    for recipient, digest in memory.taken.keys() - owed:
        yield f"{recipient} took {digest}, which nobody sent it"


def _of_packages(axis: Witness, known: Mapping[str, Held]) -> Iterator[str]:
    """Yield what is wrong with what the axis has of a sender, beside the evidence."""
    ours, sent = {held.envelope for held in known.values()}, axis.sent()
    for envelope in sorted(sent - ours):
        yield f"{envelope} is stored without a receipt"
    for digest, held in known.items():
        if held.envelope not in sent:
            yield f"{held.envelope} has a receipt and is not there"
        elif axis.content(held.envelope) != digest:
            yield f"{held.envelope} is kept as other octets"


def _read_evidence(memory: Memory, axis: Mapping[str, Witness], *, seconds: float) -> tuple[int, int]:
    """Return of how many documents all evidence was read and judged, and how many evidence that was."""
    drawn = [(sender, digest) for sender, known in memory.receipts.items() for digest in known]
    SystemRandom().shuffle(drawn)
    deadline = time.monotonic() + seconds
    documents = evidence = 0
    for sender, digest in drawn:
        if time.monotonic() >= deadline:
            break
        held = memory.receipts[sender][digest]
        found = axis[sender].evidence(held.envelope)
        memory.wrong += [f"{held.envelope} {fault}" for fault in _of_evidence(memory, digest, held=held, found=found)]
        documents, evidence = documents + 1, evidence + len(found)
    return documents, evidence


def _of_evidence(memory: Memory, digest: str, *, held: Held, found: Sequence[Attested]) -> Iterator[str]:
    """Yield what is wrong with the evidence of one document."""
    sent = memory.sent[digest]
    takers = {
        taken.delivery: (recipient, taken.at)
        for recipient in sent.recipients
        for taken in memory.taken.get((recipient, digest), ())
    }
    yield from _of_counts(Counter((one.type, one.delivery) for one in found), takers.keys())
    for one in found:
        if one.type is EvidenceType.SUBMISSION_ACCEPTANCE:
            yield from _of_receipt(one, held, sent.recipients)
        if one.content != digest:
            yield f"has {one.type} about other octets"
        if one.delivery not in takers:
            continue
        recipient, taken_at = takers[one.delivery]
        if one.recipients != (recipient,):
            yield f"has {one.type} of {one.delivery} about another recipient"
        if one.type in EACH and not sent.at - APART <= one.at <= taken_at + APART:
            yield f"has {one.type} of {one.delivery} at another time"


def _of_receipt(found: Attested, held: Held, recipients: Sequence[str]) -> Iterator[str]:
    if found.digest != held.evidence:
        yield "has another receipt now"
    if sorted(found.recipients) != sorted(recipients):
        yield "was accepted for others"


def _of_counts(counted: Counter[tuple[EvidenceType, str | None]], deliveries: AbstractSet[str]) -> Iterator[str]:
    """Yield what there is not once, and what there is and must not be, by kind of evidence and delivery."""
    owed = [(EvidenceType.SUBMISSION_ACCEPTANCE, None), *((kind, one) for one in deliveries for kind in EACH)]
    for kind, delivery in owed:
        if counted[kind, delivery] != 1:
            yield f"has {counted[kind, delivery]} of {kind} of {delivery or 'itself'}"
    told = Counter[str | None]()
    for kind, delivery in counted.keys() - set(owed):
        if kind in NOTIFICATIONS and delivery in deliveries:
            told[delivery] += counted[kind, delivery]
        else:
            yield f"has {kind} of {delivery or 'itself'}, which nothing owes"
    yield from (f"has {times} notifications of {delivery}" for delivery, times in told.items() if times > 1)
