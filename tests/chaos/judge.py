"""Says what became of everything, from what clients sent and received alone, and from what they may ask the axis."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from axis.demo.keys import Participant
from envelopes.evidence import Evidence, EvidenceType
from envelopes.identifiers import EnvelopeId
from tests.chaos.journal import Deed, read_journals
from tests.chaos.people import Place, client

EVIDENCE: Mapping[EvidenceType, bool] = {
    EvidenceType.SUBMISSION_ACCEPTANCE: False,
    EvidenceType.CONTENT_CONSIGNMENT: True,
    EvidenceType.CONTENT_HANDOVER: True,
}
"""What there is exactly once: for a document, or (True) for each of its deliveries."""


@dataclass(slots=True)
class Memory:
    """What the clients wrote down, put together; documents are named by the SHA-256 of their packages."""

    sent: dict[str, list[str]] = field(default_factory=dict)
    """The recipients of each document."""

    receipts: dict[str, dict[str, tuple[str, str]]] = field(default_factory=lambda: defaultdict(dict))
    """By sender and document: the envelope, and the digest of the receipt."""

    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often each recipient took each document."""

    deeds: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    """What must never be, in words."""

    failures: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome: what was counted, and everything that is wrong."""

    figures: Mapping[str, int]
    wrong: Sequence[str]


def remember(folder: Path) -> Memory:
    """Return what the clients wrote down, and what is wrong by that alone."""
    memory = Memory()
    done: dict[tuple[str, str], str] = {}
    for name, line in read_journals(folder):
        deed = Deed(line["deed"])
        memory.deeds[deed.value] += 1
        memory.failures += line.get("failures", 0)
        match deed:
            case Deed.SENDING:
                memory.sent[line["digest"]] = line["recipients"]
            case Deed.RECEIPT:
                memory.receipts[name][line["digest"]] = line["envelope"], line["evidence"]
            case Deed.OFFERED if (name, line["delivery"]) in done:
                memory.wrong.append(f"{name} was offered {line['delivery']} after it had taken it")
            case Deed.TAKEN:
                done[name, line["delivery"]] = line["digest"]
                memory.taken[name, line["digest"]] += 1
            case Deed.DIFFERS | Deed.REFUSED:
                memory.wrong.append(f"{name}: {line}")
            case _:
                pass
    return memory


def judge(folder: Path, senders: Sequence[Participant], place: Place, *, sample: int) -> Verdict:
    """Return the outcome; the evidence of `sample` documents is read and verified, all else is judged of every one.

    1. Nothing is lost: each recipient of each document with a receipt took its octets, those that were sent.
    2. Nothing came twice as new: neither by one delivery nor by two.
    3. No receipt without a stored package: the axis gives it back, bit for bit, and the same receipt.
    4. No stored package without a receipt: what the axis says that a sender sent is what that has receipts for.
    5. Each event has exactly one evidence.
    """
    memory = remember(folder)
    accepted = {digest for known in memory.receipts.values() for digest in known}
    memory.wrong += [f"{digest} was sent and never answered" for digest in memory.sent.keys() - accepted]
    for digest in accepted:
        for recipient in memory.sent[digest]:
            times = memory.taken.pop((recipient, digest), 0)
            if times != 1:
                memory.wrong.append(f"{recipient} took {digest} {times} times")
    memory.wrong += [f"{recipient} took {digest}, which nobody sent it" for recipient, digest in memory.taken]
    looked_into = 0
    for sender in senders:
        looked_into += _ask(sender, place, memory, sample=sample // len(senders))
    deliveries = sum(len(memory.sent[digest]) for digest in accepted)
    figures = {
        "documents": len(accepted),
        "deliveries": deliveries,
        "evidence of documents verified": looked_into,
        "receipts that came by a repeat": _repeats(folder),
        "failed calls that clients repeated": memory.failures,
        "turns that ended too early": memory.deeds[Deed.LOST_TURN],
        "calls of webhooks": memory.deeds[Deed.TOLD],
    }
    return Verdict(figures, tuple(memory.wrong))


def _repeats(folder: Path) -> int:
    return sum(line["deed"] == Deed.RECEIPT and line["repeat"] for _, line in read_journals(folder))


def _ask(sender: Participant, place: Place, memory: Memory, *, sample: int) -> int:
    """Return of how many of a sender's documents the evidence was verified."""
    known = memory.receipts[str(sender.organ_id)]
    with client(sender, place) as one:
        sent, after = set[str](), None
        while True:
            page = one.sdk.sent(after=after, limit=200)
            sent |= {str(item["envelope_id"]) for item in page["items"]}
            after = page.get("next")
            if not after:
                break
        ours = {envelope for envelope, _ in known.values()}
        memory.wrong += [f"{envelope} is stored without a receipt" for envelope in sent - ours]
        memory.wrong += [f"{envelope} has a receipt and is not there" for envelope in ours - sent]
        for digest, (envelope, _) in known.items():
            octets = one.sdk._call("GET", f"/v1/envelopes/{envelope}/content").content
            if hashlib.sha256(octets).hexdigest() != digest:
                memory.wrong.append(f"{envelope} is kept as other octets")
        step = max(1, len(known) // sample)
        chosen = list(known.items())[::step]
        for digest, (envelope, receipt) in chosen:
            found = one.sdk.evidences(EnvelopeId(UUID(envelope)))
            memory.wrong += _judge_evidence(envelope, found, receipt, recipients=memory.sent[digest])
    return len(chosen)


def _judge_evidence(
    envelope: str, found: Sequence[tuple[Evidence, bytes]], receipt: str, *, recipients: Sequence[str]
) -> list[str]:
    """Return what is wrong with the evidence of one document."""
    counted: Counter[EvidenceType] = Counter(one.type for one, _ in found)
    wrong = []
    for kind, is_for_each in EVIDENCE.items():
        expected = len(recipients) if is_for_each else 1
        if counted[kind] != expected:
            wrong.append(f"{envelope} has {counted[kind]} of {kind}, not {expected}")
    if receipt not in {hashlib.sha256(octets).hexdigest() for _, octets in found}:
        wrong.append(f"{envelope} has another receipt now")
    return wrong
