"""`kill -9` over what is only written down, and over evidence that waits for another: each stands once or never."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from axis.sdk import Axis, AxisUnreachable
from envelopes.identifiers import EnvelopeId
from routing.events import EventTag
from tests.journey.crash_points import CrashPoint, chosen
from tests.journey.ending import all_ends_well
from tests.journey.mortal import life
from tests.journey.survivor import TAKER, Survivor

LATER: Final = timedelta(minutes=20)
REPEAT: Final = {CrashPoint.REPEAT_WRITTEN: 0, CrashPoint.REPEATED: 1}
"""Where it dies over a repeat, and how many repeats are recorded by that."""

REFUSED: Final = {CrashPoint.REMARK_WRITTEN: 0, CrashPoint.REMARKED: 1}
"""Where it dies over an acknowledgement that does not count, and how many of those are recorded by that."""

PUT_BACK: Final = (CrashPoint.EVIDENCE_PUT_BACK_WRITTEN, CrashPoint.EVIDENCE_PUT_BACK)

pytestmark = pytest.mark.slow


def happened(client: Axis, envelope_id: EnvelopeId) -> Counter[str]:
    """Return how often what happened to a message and to its deliveries that the caller may see."""
    trace = client.trace(envelope_id)
    events = [*trace["events"], *(one for each in trace["deliveries"] for one in each["events"])]
    return Counter(one["tag"] for one in events)


def test_killed_while_a_letter_is_answered_that_was_accepted_before(survivor: Survivor, tmp_path: Path) -> None:
    with life(tmp_path) as axis, survivor.client(axis) as sender:
        survivor.send(sender, survivor.package())
    ((package, receipt),) = survivor.receipts.items()
    recorded = 0
    for point in chosen(REPEAT):
        with life(tmp_path) as axis, survivor.client(axis) as sender:
            axis.will_die(point)
            with pytest.raises(AxisUnreachable):
                sender.send(package)
            axis.has_died()
        recorded += REPEAT[point]
        with life(tmp_path) as axis, survivor.client(axis) as sender:
            assert happened(sender, receipt.envelope_id)[EventTag.ENVELOPE_REPEATED] == recorded, point
    survivor.ahead = LATER
    with life(tmp_path, LATER) as axis, survivor.client(axis) as sender:
        survivor.can_prove_everything(sender)
        all_ends_well(survivor, axis)


def test_killed_while_an_acknowledgement_is_refused(survivor: Survivor, tmp_path: Path) -> None:
    """Of what nobody has fetched nobody is believed to have it; and then it is taken over as usual."""
    with life(tmp_path) as axis, survivor.client(axis) as sender, survivor.client(axis, TAKER) as taker:
        survivor.send(sender, survivor.package())
        (offer,) = taker.lease().offers
    recorded = 0
    for point in chosen(REFUSED):
        with life(tmp_path) as axis, survivor.client(axis, TAKER) as taker:
            axis.will_die(point)
            with pytest.raises(AxisUnreachable):
                taker.acknowledge(offer, survivor.people[TAKER].signer)
            axis.has_died()
        recorded += REFUSED[point]
        with life(tmp_path) as axis, survivor.client(axis, TAKER) as taker:
            assert happened(taker, offer.envelope_id)[EventTag.ACKNOWLEDGEMENT_REFUSED] == recorded, point
    survivor.ahead = LATER
    with life(tmp_path, LATER) as axis:
        all_ends_well(survivor, axis)


def test_killed_while_evidence_is_put_back_that_waits_for_another(survivor: Survivor, tmp_path: Path) -> None:
    """A handover whose consignment a dead worker had in hand is attested after that, once."""
    for point in chosen(PUT_BACK):
        with life(tmp_path, survivor.ahead) as axis, survivor.client(axis) as sender:
            axis.will_die(CrashPoint.EVIDENCE_TAKEN)
            survivor.send(sender, survivor.package([survivor.people[TAKER]]))
            axis.has_died()
        with life(tmp_path, survivor.ahead) as axis, survivor.client(axis, TAKER) as taker:
            (offer,) = taker.lease().offers
            taker.fetch(offer)
            axis.will_die(point)
            taker.acknowledge(offer, survivor.people[TAKER].signer)
            axis.has_died()
        survivor.ahead += LATER
    with life(tmp_path, survivor.ahead) as axis, survivor.client(axis) as sender:
        survivor.send_again(sender)
        all_ends_well(survivor, axis)
