"""`kill -9` under an operator's hand: what was told to deliveries happened whole or not at all, and once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from axis import wiring
from axis.demo.keys import KeyRing
from axis.exchange.interventions import Interventions, Word
from envelopes.evidence import EvidenceType
from routing.events import EventTag
from storage.records import DeliveryFilter
from tests.fixtures.running import eventually
from tests.journey.crash_points import CrashPoint, chosen
from tests.journey.mortal import ClockAhead, life
from tests.journey.survivor import TAKER, Survivor

WORD: Final = Word("tests", "a test asks for it")
HAND: Final = {CrashPoint.HAND_WRITTEN: False, CrashPoint.HAND_DONE: True}
"""Where a deed of an operator dies, and whether it is done by then."""

pytestmark = pytest.mark.slow


def hand_of(parts: wiring.Axis) -> Interventions:
    return Interventions(parts.premises.transactions, parts.clock, timekeeper=parts.timekeeper)


def hold_all(parts: wiring.Axis) -> None:
    hand_of(parts).hold(hand_of(parts).choose(DeliveryFilter()), WORD)


def resume_all(parts: wiring.Axis) -> None:
    hand_of(parts).resume(hand_of(parts).choose(DeliveryFilter()), WORD)


def retry_all(parts: wiring.Axis) -> None:
    hand_of(parts).retry(hand_of(parts).choose(DeliveryFilter()), WORD)


def end_all(parts: wiring.Axis) -> None:
    hand_of(parts).end(hand_of(parts).choose(DeliveryFilter()), WORD)


DEEDS: Final[tuple[tuple[Callable[[wiring.Axis], None], EventTag, str], ...]] = (
    (hold_all, EventTag.DELIVERY_HELD, "held"),
    (resume_all, EventTag.DELIVERY_RESUMED, "consigned"),
    (end_all, EventTag.DELIVERY_ENDED, "expired"),
)
"""What an operator does one after the other, the event of it, and where deliveries are then."""


def test_killed_under_the_hand_of_an_operator(tmp_path: Path) -> None:
    survivor = Survivor(ring := KeyRing(tmp_path / "keys", ClockAhead(timedelta()).now()), ring.participants())
    with life(tmp_path) as axis, survivor.client(axis) as sender:
        survivor.send(sender, survivor.package([survivor.people[TAKER]]))
    ((package, receipt),) = survivor.receipts.items()
    before = "consigned"
    for deed, tag, after in DEEDS:
        for point in chosen(HAND):
            with life(tmp_path) as axis:
                axis.will_die(point)
                axis.dies_doing(deed)
            with life(tmp_path) as axis, survivor.client(axis) as sender:
                (delivery,) = sender.trace(receipt.envelope_id)["deliveries"]
                happened = [one["tag"] for one in delivery["events"]]
                expected = (after, 1) if HAND[point] else (before, 0)
                assert (delivery["state"], happened.count(tag)) == expected, (deed, point)
        before = after
    with life(tmp_path) as axis, survivor.client(axis) as sender:
        kind = EvidenceType.CONTENT_HANDOVER_FAILURE
        found = eventually(
            lambda: [one for one, _ in sender.evidences(receipt.envelope_id) if one.type is kind] or None
        )
        assert len(found) == 1
        assert sender.send(package).is_repeat
