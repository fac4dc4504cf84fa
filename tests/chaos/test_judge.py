"""The judge of the run under trouble sees each thing that must never be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.chaos.journal import Deed, Journal
from tests.chaos.judge import judge
from tests.chaos.people import Place, Shared


def _sent(folder: Path, *recipients: str, digest: str = "d1") -> None:
    journal = Journal(folder, "S")
    journal.write(Deed.SENDING, digest=digest, recipients=recipients)
    journal.write(Deed.RECEIPT, digest=digest, envelope="e1", evidence="x1", repeat=False)


def _taken(folder: Path, recipient: str, *, delivery: str, digest: str = "d1") -> None:
    journal = Journal(folder, recipient)
    journal.write(Deed.OFFERED, delivery=delivery, digest=digest)
    journal.write(Deed.TAKEN, delivery=delivery, digest=digest)


def _nothing(folder: Path) -> None:
    _taken(folder, "B", delivery="b")


def _lost(_: Path) -> None:
    """Leave B without what was sent to it."""


def _twice_by_two(folder: Path) -> None:
    _taken(folder, "B", delivery="b")
    _taken(folder, "B", delivery="c")


def _twice_by_one(folder: Path) -> None:
    _taken(folder, "B", delivery="b")
    Journal(folder, "B").write(Deed.OFFERED, delivery="b", digest="d1")


def _other_octets(folder: Path) -> None:
    _taken(folder, "B", delivery="b", digest="d2")


def _never_answered(folder: Path) -> None:
    _taken(folder, "B", delivery="b")
    Journal(folder, "S").write(Deed.SENDING, digest="d3", recipients=["A"])


def _refused(folder: Path) -> None:
    _taken(folder, "B", delivery="b")
    Journal(folder, "S").write(Deed.REFUSED, digest="d1", code="signature/altered")


def _differs(folder: Path) -> None:
    _taken(folder, "B", delivery="b")
    Journal(folder, "B").write(Deed.DIFFERS, delivery="b")


@pytest.mark.parametrize(
    ("happens", "told"),
    [
        (_nothing, []),
        (_lost, ["B took d1 0 times"]),
        (_twice_by_two, ["B took d1 2 times"]),
        (_twice_by_one, ["B was offered b after it had taken it"]),
        (_other_octets, ["B took d1 0 times", "B took d2, which nobody sent it"]),
        (_never_answered, ["d3 was sent and never answered"]),
        (_refused, ["S: {'deed': 'refused', 'digest': 'd1', 'code': 'signature/altered'}"]),
        (_differs, ["B: {'deed': 'differs', 'delivery': 'b'}"]),
    ],
)
def test_what_must_never_be_is_seen(tmp_path: Path, happens: Callable[[Path], None], told: Sequence[str]) -> None:
    _sent(tmp_path, "A", "B")
    _taken(tmp_path, "A", delivery="a")
    happens(tmp_path)
    place = Place("http://127.0.0.1:9", (), tmp_path, Shared())
    assert list(judge(tmp_path, (), place, sample=0).wrong) == told
