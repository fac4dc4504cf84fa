"""What clients wrote down, put together, and what is wrong by that alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from axis.sdk.errors import WebhookFault
from tests.chaos.journal import Deed, read_journals

APART: Final = 60.0
"""Seconds that a time in a receipt may be from its client's clock. The clocks that go wrong do so by an hour."""

ASTRAY: Final = 5.0
"""Seconds that a clock of the axis may be wrong without being found astray: a turn may end so much earlier."""

TIME: Final = WebhookFault.TIME
"""Why a call is not believed whose signature is of another time: a worker's clock is wrong, and it commits nothing."""

Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """A document as its sender sent it, for the first time `at`."""

    recipients: tuple[str, ...]
    at: float


@dataclass(frozen=True, slots=True)
class Held:
    """A receipt: of which envelope, and the digest of its octets."""

    envelope: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery that a recipient took, and when it had the answer."""

    delivery: str
    at: float


@dataclass(slots=True)
class Memory:
    """Documents are named by the SHA-256 of their packages."""

    sent: dict[str, Sent] = field(default_factory=dict)
    receipts: dict[str, dict[str, Held]] = field(default_factory=lambda: defaultdict(dict))
    """By sender and document."""

    taken: dict[tuple[str, str], list[Taken]] = field(default_factory=lambda: defaultdict(list))
    """By recipient and document."""

    deeds: Counter[Deed] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    """What must never be, in words."""

    failures: int = 0
    repeats: int = 0
    dropped: int = 0
    """Takings that the axis called repeats, of deliveries that the same recipient had taken."""

    _done: set[tuple[str, str]] = field(default_factory=set)
    _repeated: set[tuple[str, str]] = field(default_factory=set)
    """What was taken by an answer that said it is a repeat: the first one was lost on its way, or comes still."""

    _turns: dict[tuple[str, str], float] = field(default_factory=dict)
    """Until when a recipient has its turn at a delivery that it has not taken."""

    _told: dict[tuple[str, str], str] = field(default_factory=dict)
    """The event that a webhook took about a delivery."""

    def note(self, name: str, line: Line) -> None:
        """Add a line of a client's journal; they come in the order in which it wrote them."""
        deed = Deed(line["deed"])
        self.deeds[deed] += 1
        self.failures += line.get("failures", 0)
        _NOTES[deed](self, name, line)

    def _note_sending(self, _: str, line: Line) -> None:
        self.sent[line["digest"]] = Sent(tuple(line["recipients"]), line["at"])

    def _note_receipt(self, name: str, line: Line) -> None:
        self.receipts[name][line["digest"]] = Held(line["envelope"], line["evidence"])
        self.repeats += line["repeat"]
        earliest, latest = self.sent[line["digest"]].at - APART, line["at"] + APART
        if not all(earliest <= moment <= latest for moment in line["sealed"]):
            self.wrong.append(f"{line['envelope']} has a receipt of another time")

    def _note_offered(self, name: str, line: Line) -> None:
        key = name, line["delivery"]
        if key in self._done:
            self.wrong.append(f"{name} was offered {line['delivery']} after it had taken it")
        elif line["at"] < self._turns.get(key, 0):
            self.wrong.append(f"{name} was offered {line['delivery']} during a turn at it")
        elif line["at"] < line["until"]:
            self._turns[key] = line["until"]

    def _note_taken(self, name: str, line: Line) -> None:
        """Note that a recipient took a delivery over.

        Of several answers about one delivery all but one must say that they are repeats: whoever goes on with what it
        was given, while another of its own house has it by now, is told so and drops it.
        """
        key, is_repeat = (name, line["delivery"]), line["repeat"]
        self._turns.pop(key, None)
        if key in self._done and (is_repeat or key in self._repeated):
            self._repeated -= set() if is_repeat else {key}
            self.dropped += 1
            return
        self._done.add(key)
        self._repeated |= {key} if is_repeat else set()
        self.taken[name, line["digest"]].append(Taken(line["delivery"], line["at"]))

    def _note_lost_turn(self, name: str, line: Line) -> None:
        """Note that a turn is over by the axis's word; by its own it stays until its end, whoever else has it now."""
        if line["at"] < self._turns.get((name, line["delivery"]), 0) - ASTRAY:
            self.wrong.append(f"{name} lost its turn at {line['delivery']} before its end")

    def _note_wrong(self, name: str, line: Line) -> None:
        facts = " ".join(str(fact) for key, fact in line.items() if key not in {"deed", "at"})
        self.wrong.append(f"{name} {line['deed']}: {facts}")

    def _note_told(self, name: str, line: Line) -> None:
        key, event = (name, line["delivery"]), line["event"]
        first = self._told.get(key)
        if first not in (None, event):
            self.wrong.append(f"{name} was told of {line['delivery']} anew after it had taken that")
        if line["status"] in range(200, 300):
            self._told.setdefault(key, event)

    def _note_mistold(self, name: str, line: Line) -> None:
        if line["fault"] != TIME:
            self.wrong.append(f"{name} was called by somebody else: {line['fault']}")


_NOTES: Final[Mapping[Deed, Callable[[Memory, str, Line], None]]] = {
    Deed.SENDING: Memory._note_sending,
    Deed.RECEIPT: Memory._note_receipt,
    Deed.OFFERED: Memory._note_offered,
    Deed.TAKEN: Memory._note_taken,
    Deed.LOST_TURN: Memory._note_lost_turn,
    Deed.DIFFERS: Memory._note_wrong,
    Deed.REFUSED: Memory._note_wrong,
    Deed.TOLD: Memory._note_told,
    Deed.MISTOLD: Memory._note_mistold,
}


def remember(folder: Path) -> Memory:
    """Return what the clients wrote down, and what is wrong by that alone."""
    memory = Memory()
    for name, line in read_journals(folder):
        memory.note(name, line)
    return memory
