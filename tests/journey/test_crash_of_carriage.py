"""`kill -9` while systems are told and packages are carried: each ends once, with one evidence for each event."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from axis import wiring
from axis.sdk import Axis, AxisUnreachable, NotificationKind, WebhookVerifier
from envelopes.evidence import EvidenceType
from envelopes.identifiers import EnvelopeId
from routing.backoff import CRASHES_MAX
from routing.webhooks import TOLD_WITHIN, WebhookMode
from tests.fixtures.receiver import Told, receiving
from tests.fixtures.running import WORD, eventually
from tests.journey.crash_points import CrashPoint, chosen
from tests.journey.ending import all_ends_well
from tests.journey.mortal import Hook, life, short_life
from tests.journey.survivor import TAKER, Survivor
from tests.journey.test_crash_by_hand import retry_all

HANGS_SECONDS: Final = 60
LATER: Final = timedelta(minutes=20)
"""What a dead courier had in hand is another's after ten."""

CARRIAGE: Final = (
    CrashPoint.CARRIAGE_WRITTEN,
    CrashPoint.CARRIAGE_TAKEN,
    CrashPoint.OBJECT_OPENED,
    CrashPoint.DEPARTURE_WRITTEN,
    CrashPoint.DEPARTED,
    CrashPoint.CALLED,
    CrashPoint.LANDING_WRITTEN,
    CrashPoint.LANDED,
    CrashPoint.TURN_END_WRITTEN,
    CrashPoint.TURN_ENDED,
)
GIVEN_BACK: Final = (CrashPoint.GIVEN_BACK_WRITTEN, CrashPoint.GIVEN_BACK)
SET_ASIDE: Final = (CrashPoint.SET_ASIDE_WRITTEN, CrashPoint.SET_ASIDE)
OVERDUE: Final = {CrashPoint.OVERDUE_WRITTEN: 0, CrashPoint.OVERDUE: 1}
"""Where it dies that ends what could not be told, and how many evidences of that are owed by then."""

PULL: Final = (CrashPoint.LEASE_WRITTEN, CrashPoint.LEASED)
TURN_OVER: Final = (CrashPoint.TURN_OVER_WRITTEN, CrashPoint.TURNED_OVER)
LEAVING: Final = (CrashPoint.LEAVING_WRITTEN, CrashPoint.LEFT)
NOTICE: Final = (
    CrashPoint.RECEIVER_WRITTEN,
    CrashPoint.RECEIVER_TAKEN,
    CrashPoint.NOTICE_TAKEN,
    CrashPoint.NOTICE_TOLD,
    CrashPoint.NOTICE_WRITTEN,
    CrashPoint.NOTICE_NOTED,
)

pytestmark = pytest.mark.slow


class Office:
    """The recipient's system beside an axis that dies: it stores what it is given, and acts on each event once."""

    def __init__(self, survivor: Survivor) -> None:
        self.survivor = survivor
        self.url = ""
        self.seen: Counter[object] = Counter()
        self.packages: dict[object, bytes] = {}

    def reply(self, told: Told) -> tuple[Mapping[str, str], bytes]:
        verifier = WebhookVerifier.pinned(self.url, self.survivor.ring.seal, clock=self.survivor.clock)
        event = verifier.verify(told.headers, told.body)
        self.seen[event.event_id] += 1
        if event.kind is not NotificationKind.DELIVERY_CARRIED:
            return {}, b""
        assert self.packages.setdefault(event.event_id, told.body) == told.body
        answer = verifier.answer(event, told.body, signer=self.survivor.people[TAKER].signer)
        fields = {name: value for name, value in answer.headers.items() if name != "content-length"}
        return fields, answer.body


def own(client: Axis, envelope_id: EnvelopeId) -> tuple[str, Counter[str], Counter[EvidenceType]]:
    """Where the recipient's delivery of a letter is, what happened to it, and what is attested of it."""
    (delivery,) = client.trace(envelope_id)["deliveries"]
    evidences = Counter(one.type for one, _ in client.evidences(envelope_id))
    return delivery["state"], Counter(one["tag"] for one in delivery["events"]), evidences


def accepted(survivor: Survivor, client: Axis) -> list[EnvelopeId]:
    survivor.send_again(client)
    return [one.envelope_id for one in survivor.receipts.values()]


def test_killed_at_each_step_of_a_carriage(survivor: Survivor, tmp_path: Path) -> None:
    office = Office(survivor)
    with receiving(reply=office.reply) as receiver:
        office.url = receiver.url
        hook = Hook(TAKER, receiver.url, WebhookMode.PACKAGE)
        for point in chosen(CARRIAGE):
            with life(tmp_path, survivor.ahead, hook) as axis, survivor.client(axis) as client:
                all_arrived(survivor, client)
                axis.will_die(point)
                survivor.send(client, survivor.package())
                axis.has_died()
            survivor.ahead += LATER
        with life(tmp_path, survivor.ahead, hook) as axis, survivor.client(axis) as client:
            letters = all_arrived(survivor, client)
            survivor.can_prove_everything(client)
            survivor.awaits_all_evidence(client)
            with survivor.client(axis, TAKER) as taker:
                for envelope_id in letters:
                    ended_once(taker, envelope_id)
            all_ends_well(survivor, axis)
        assert len(office.packages) == len(letters)
        assert set(office.packages.values()) == set(survivor.receipts)
        assert max(office.seen.values()) == 2, "who died after the call has it made again, under the same id"


def ended_once(taker: Axis, envelope_id: EnvelopeId) -> None:
    eventually(lambda: own(taker, envelope_id)[2][EvidenceType.CONTENT_HANDOVER] or None)
    state, happened, evidences = own(taker, envelope_id)
    assert state == "handed_over"
    for tag in ("delivery.fetched", "delivery.consigned", "delivery.handed_over"):
        assert happened[tag] == 1, tag
    for kind in (EvidenceType.CONTENT_CONSIGNMENT, EvidenceType.CONTENT_HANDOVER):
        assert evidences[kind] == 1, kind


def all_arrived(survivor: Survivor, client: Axis) -> list[EnvelopeId]:
    """Return the letters sent so far, once the recipient has acknowledged all of them."""
    letters = accepted(survivor, client)

    def look() -> bool | None:
        ways = [one for letter in letters for one in client.trace(letter)["deliveries"] if one["recipient"] == TAKER]
        return all(one["state"] == "handed_over" for one in ways) or None

    assert eventually(look)
    return letters


def test_killed_while_what_nobody_carries_is_turned_over(survivor: Survivor, tmp_path: Path) -> None:
    with receiving(lambda _number: 503) as receiver:
        hook = Hook(TAKER, receiver.url, WebhookMode.PACKAGE)
        with life(tmp_path, hook=hook) as axis, survivor.client(axis) as client:
            survivor.send(client, survivor.package())
            assert eventually(lambda: len(receiver.told) or None)
            # Before the next life begins: it looks for such once as it begins, and then only every half a minute.
            axis.do(unhook)
        for point in chosen(TURN_OVER):
            survivor.ahead += LATER
            short_life(tmp_path, point, survivor.ahead)
    (letter,) = [one.envelope_id for one in survivor.receipts.values()]
    with life(tmp_path, survivor.ahead) as axis, survivor.client(axis, TAKER) as taker:
        offers = taker.lease().offers
        assert [one.envelope_id for one in offers] == [letter]
        assert own(taker, letter)[1]["delivery.consigned"] == 1
        for offer in offers:
            taker.fetch(offer)
            taker.acknowledge(offer, survivor.people[TAKER].signer)
        all_ends_well(survivor, axis)


def unhook(parts: wiring.Axis) -> None:
    """Remove the webhook of the recipient's system."""
    for system in parts.registrar.systems():
        if system.webhook is not None:
            parts.registrar.set_webhook(system.system_id, None, instruction=WORD)


def test_killed_while_a_worker_that_stops_gives_back_what_it_carries(survivor: Survivor, tmp_path: Path) -> None:
    office, called, may_answer = Office(survivor), threading.Event(), threading.Event()

    def hangs(_number: int) -> int:
        called.set()
        may_answer.wait(HANGS_SECONDS)
        return 503 if may_answer.is_set() else 500

    with receiving(hangs, reply=office.reply) as receiver:
        office.url = receiver.url
        hook = Hook(TAKER, receiver.url, WebhookMode.PACKAGE)
        for point in chosen(GIVEN_BACK):
            with life(tmp_path, survivor.ahead, hook) as axis, survivor.client(axis) as client:
                survivor.send(client, survivor.package())
                assert called.wait(HANGS_SECONDS)
                axis.will_die(point)
                axis.dies_doing(abandon)
            called.clear()
            survivor.ahead += LATER
        may_answer.set()
        receiver.answer = lambda _number: 204
        with life(tmp_path, survivor.ahead, hook) as axis, survivor.client(axis) as client:
            letters = all_arrived(survivor, client)
            with survivor.client(axis, TAKER) as taker:
                for envelope_id in letters:
                    ended_once(taker, envelope_id)
            all_ends_well(survivor, axis)
        assert len(office.packages) == len(letters) == len(GIVEN_BACK)


def abandon(parts: wiring.Axis) -> None:
    """Have the courier give everything back, as a process does that ends."""
    parts.courier.abandon()


def test_killed_while_what_killed_its_workers_is_set_aside(survivor: Survivor, tmp_path: Path) -> None:
    """It is held once, and goes on once an operator tries it again."""
    office = Office(survivor)
    with receiving(reply=office.reply) as receiver:
        office.url = receiver.url
        hook = Hook(TAKER, receiver.url, WebhookMode.PACKAGE)
        with life(tmp_path, hook=hook) as axis, survivor.client(axis) as client:
            axis.will_die(CrashPoint.OBJECT_OPENED)
            survivor.send(client, survivor.package())
            axis.has_died()
        for point in (*[CrashPoint.OBJECT_OPENED] * (CRASHES_MAX - 1), *chosen(SET_ASIDE)):
            survivor.ahead += LATER
            short_life(tmp_path, point, survivor.ahead, hook)
        survivor.ahead += LATER
        with life(tmp_path, survivor.ahead, hook) as axis, survivor.client(axis) as client:
            (letter,) = accepted(survivor, client)
            with survivor.client(axis, TAKER) as taker:
                state, happened, _ = own(taker, letter)
                assert (state, happened["delivery.held"], receiver.told) == ("held", 1, [])
                axis.do(retry_all)
                eventually(lambda: own(taker, letter)[0] == "handed_over" or None)
                ended_once(taker, letter)
            all_ends_well(survivor, axis)


def test_killed_while_somebody_pulls_what_could_not_be_pushed(survivor: Survivor, tmp_path: Path) -> None:
    """It is consigned once, whoever asks for it again."""
    with receiving(lambda _number: 503) as receiver:
        hook = Hook(TAKER, receiver.url, WebhookMode.PACKAGE)
        for point in chosen(PULL):
            told = len(receiver.told)
            with life(tmp_path, survivor.ahead, hook) as axis, survivor.client(axis) as client:
                survivor.send(client, survivor.package())
                assert eventually(lambda told=told: len(receiver.told) > told or None)  # type: ignore[misc]
                with survivor.client(axis, TAKER) as taker:
                    axis.will_die(point)
                    with pytest.raises(AxisUnreachable):
                        taker.lease()
                axis.has_died()
            survivor.ahead += LATER
        with life(tmp_path, survivor.ahead, Hook(TAKER, None)) as axis, survivor.client(axis, TAKER) as taker:
            assert eventually(lambda: took_all(survivor, taker))
            for receipt in survivor.receipts.values():
                ended_once(taker, receipt.envelope_id)
            all_ends_well(survivor, axis)


def took_all(survivor: Survivor, taker: Axis) -> bool | None:
    """Take over what is offered; return whether that was the last."""
    for offer in taker.lease().offers:
        taker.fetch(offer)
        taker.acknowledge(offer, survivor.people[TAKER].signer)
    letters = [one.envelope_id for one in survivor.receipts.values()]
    return all(own(taker, letter)[0] == "handed_over" for letter in letters) or None


def test_killed_while_what_could_not_be_told_is_ended(survivor: Survivor, tmp_path: Path) -> None:
    """It ends once, with one evidence, and the delivery is still there to be pulled."""
    with receiving(lambda _number: 503) as receiver:
        hook = Hook(TAKER, receiver.url)
        with life(tmp_path, hook=hook) as axis, survivor.client(axis) as client:
            survivor.send(client, survivor.package())
            assert eventually(lambda: len(receiver.told) or None)
        survivor.ahead = TOLD_WITHIN + LATER
        for point in chosen(OVERDUE):
            short_life(tmp_path, point, survivor.ahead, hook)
        (letter,) = [one.envelope_id for one in survivor.receipts.values()]
        with life(tmp_path, survivor.ahead, hook) as axis, survivor.client(axis, TAKER) as taker:
            kind = EvidenceType.CONSIGNMENT_NOTIFICATION_FAILURE
            eventually(lambda: own(taker, letter)[2][kind] or None)
            state, happened, evidences = own(taker, letter)
            assert (state, happened["notification.expired"], evidences[kind]) == ("consigned", 1, 1)
            all_ends_well(survivor, axis)


def test_killed_while_what_nobody_is_to_be_told_of_is_dropped(survivor: Survivor, tmp_path: Path) -> None:
    """Nobody is told, nothing is attested of that, and the delivery is there to be pulled."""
    for point in chosen(LEAVING):
        with (
            receiving(lambda _number: 503) as receiver,
            life(tmp_path, survivor.ahead, Hook(TAKER, receiver.url)) as axis,
            survivor.client(axis) as client,
        ):
            survivor.send(client, survivor.package())
            assert eventually(lambda receiver=receiver: len(receiver.told) or None)  # type: ignore[misc]
            axis.do(unhook)
        survivor.ahead += LATER
        short_life(tmp_path, point, survivor.ahead)
        survivor.ahead += LATER
    with life(tmp_path, survivor.ahead) as axis:
        all_ends_well(survivor, axis)
        with survivor.client(axis, TAKER) as taker:
            for receipt in survivor.receipts.values():
                assert not [kind for kind in own(taker, receipt.envelope_id)[2] if "Notification" in kind]


def test_killed_at_each_step_of_a_notice(survivor: Survivor, tmp_path: Path) -> None:
    office = Office(survivor)
    with receiving(reply=office.reply) as receiver:
        office.url = receiver.url
        hook = Hook(TAKER, receiver.url)
        for point in chosen(NOTICE):
            with life(tmp_path, survivor.ahead, hook) as axis, survivor.client(axis) as client:
                survivor.send_again(client)
                all_told(survivor, client)
                axis.will_die(point)
                survivor.send(client, survivor.package())
                axis.has_died()
            survivor.ahead += LATER
        with life(tmp_path, survivor.ahead, hook) as axis, survivor.client(axis) as client:
            survivor.send_again(client)
            all_told(survivor, client)
            all_ends_well(survivor, axis)
        assert len(office.seen) == len(survivor.receipts)
        assert max(office.seen.values()) == 2


def all_told(survivor: Survivor, client: Axis) -> None:
    """Return once one evidence says of each letter that the recipient was told, and never two."""
    for receipt in survivor.receipts.values():

        def look(envelope_id: EnvelopeId = receipt.envelope_id) -> int | None:
            found = Counter(one.type for one, _ in client.evidences(envelope_id))
            return found[EvidenceType.CONSIGNMENT_NOTIFICATION] or None

        assert eventually(look) == 1
