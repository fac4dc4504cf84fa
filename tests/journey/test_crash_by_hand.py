"""`kill -9` under an operator's hand: what was told to deliveries happened whole or not at all, and once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from axis import wiring
from axis.exchange.interventions import Interventions, Word
from axis.exchange.redirecting import ToAgency
from envelopes.evidence import EvidenceType
from envelopes.identifiers import EnvelopeId, OrganId
from routing.events import EventTag
from storage.records import DeliveryFilter
from tests.fixtures.exchange import RECIPIENTS
from tests.fixtures.operator import redirecting
from tests.fixtures.receiver import receiving
from tests.fixtures.running import eventually
from tests.journey.crash_points import CrashPoint, chosen
from tests.journey.ending import all_ends_well
from tests.journey.mortal import Hook, life
from tests.journey.survivor import TAKER, Survivor

LATER: Final = timedelta(minutes=20)
WORD: Final = Word("tests", "a test asks for it")
HAND: Final = {CrashPoint.HAND_WRITTEN: False, CrashPoint.HAND_DONE: True}
"""Where a deed of an operator dies, and whether it is done by then."""

REDIRECT: Final = {CrashPoint.REDIRECT_WRITTEN: 0, CrashPoint.REDIRECTED: 1}
"""Where an operator's redirect dies, and how many deliveries were made by then."""

HEIR: Final = RECIPIENTS[2]

pytestmark = pytest.mark.slow


def hand_of(parts: wiring.Axis) -> Interventions:
    return Interventions(parts.premises.transactions, parts.clock, timekeeper=parts.timekeeper)


def hold_all(parts: wiring.Axis) -> None:
    hand_of(parts).hold(hand_of(parts).choose(DeliveryFilter()), WORD)


def resume_all(parts: wiring.Axis) -> None:
    hand_of(parts).resume(hand_of(parts).choose(DeliveryFilter()), WORD)


def retry_all(parts: wiring.Axis) -> None:
    hand_of(parts).retry(hand_of(parts).choose(DeliveryFilter()), WORD)


def redirect_all(parts: wiring.Axis) -> None:
    """Give all that waits to another agency."""
    hand = redirecting(parts)
    target = hand.find_target(OrganId(HEIR), path="--to")
    hand.redirect(hand.choose(DeliveryFilter()), ToAgency(target, WORD))


def end_all(parts: wiring.Axis) -> None:
    hand_of(parts).end(hand_of(parts).choose(DeliveryFilter()), WORD)


DEEDS: Final[tuple[tuple[Callable[[wiring.Axis], None], EventTag, str], ...]] = (
    (hold_all, EventTag.DELIVERY_HELD, "held"),
    (resume_all, EventTag.DELIVERY_RESUMED, "consigned"),
    (end_all, EventTag.DELIVERY_ENDED, "expired"),
)
"""What an operator does one after the other, the event of it, and where deliveries are then."""


def test_killed_under_the_hand_of_an_operator(survivor: Survivor, tmp_path: Path) -> None:
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
    survivor.ahead = LATER
    with life(tmp_path, LATER) as axis, survivor.client(axis) as sender:
        kind = EvidenceType.CONTENT_HANDOVER_FAILURE
        found = eventually(
            lambda: [one for one, _ in sender.evidences(receipt.envelope_id) if one.type is kind] or None
        )
        assert len(found) == 1
        assert sender.send(package).is_repeat
        all_ends_well(survivor, axis)


def test_killed_while_an_operator_redirects(survivor: Survivor, tmp_path: Path) -> None:
    """What was to be given away is, once, or it still waits where it was."""
    for point in chosen(REDIRECT):
        with life(tmp_path) as axis, survivor.client(axis) as sender:
            survivor.send(sender, package := survivor.package([survivor.people[TAKER]]))
            axis.will_die(point)
            axis.dies_doing(redirect_all)
        with life(tmp_path) as axis, survivor.client(axis) as sender:
            former, *made = sender.trace(survivor.receipts[package].envelope_id)["deliveries"]
            happened = [one["tag"] for one in former["events"]]
            assert (len(made), happened.count(EventTag.DELIVERY_REDIRECTED)) == (REDIRECT[point], REDIRECT[point])
    survivor.ahead = LATER
    with life(tmp_path, LATER) as axis:
        axis.do(redirect_all)
        all_ends_well(survivor, axis)


def test_killed_while_an_operator_tries_again_what_was_not_told(survivor: Survivor, tmp_path: Path) -> None:
    """Each try that was written is told of, once; and the notice is told once."""
    with receiving(lambda _number: 503) as receiver:
        hook = Hook(TAKER, receiver.url)
        for point in chosen(HAND):
            with life(tmp_path, survivor.ahead, hook) as axis, survivor.client(axis) as sender:
                survivor.send(sender, package := survivor.package([survivor.people[TAKER]]))
                letter, told = survivor.receipts[package].envelope_id, len(receiver.told)
                assert eventually(lambda told=told: len(receiver.told) > told or None)  # type: ignore[misc]
                axis.will_die(point)
                axis.dies_doing(retry_all)
            with life(tmp_path, survivor.ahead, hook) as axis, survivor.client(axis) as sender:
                (delivery,) = sender.trace(letter)["deliveries"]
                tags = [one["tag"] for one in delivery["events"]]
                assert tags.count(EventTag.DELIVERY_RETRIED) == HAND[point], point
            survivor.ahead += LATER
        receiver.answer = lambda _number: 204
        with life(tmp_path, survivor.ahead, hook) as axis, survivor.client(axis) as sender:
            for receipt in survivor.receipts.values():

                def look(envelope_id: EnvelopeId = receipt.envelope_id) -> bool | None:
                    kinds = {one.type for one, _ in sender.evidences(envelope_id)}
                    return EvidenceType.CONSIGNMENT_NOTIFICATION in kinds or None

                assert eventually(look)
            all_ends_well(survivor, axis)
