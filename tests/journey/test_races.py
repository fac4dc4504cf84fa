"""Everybody at once, over HTTP: one envelope, one delivery, one event, however many ask."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

from axis.sdk import Axis, Lease, Offer, ProblemReported, Receipt
from axis.web.downloads import DOWNLOADS_PER_SYSTEM
from tests.fixtures.running import RunningAxis, Station

TWENTY = 20

Result = TypeVar("Result")


def at_once(running: RunningAxis, station: Station, deed: Callable[[Axis], Result], times: int) -> Sequence[Result]:
    """Return what each of several connections of one system got, all of which asked at the same moment."""
    start = threading.Barrier(times)
    connections = [running.station(station.participant).sdk for _ in range(times)]
    for one in connections:
        one.bearer()

    def do(connection: Axis) -> Result:
        start.wait(30)
        return deed(connection)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(do, connections))


def offered(running: RunningAxis) -> tuple[Station, Offer]:
    """Return a recipient that has fetched what it was offered."""
    sender, recipient = running.agencies(2)
    sender.sdk.send(running.package(sender, recipient))
    (offer,) = recipient.sdk.lease().offers
    recipient.sdk.fetch(offer)
    return recipient, offer


def events_of(recipient: Station, offer: Offer) -> list[str]:
    (own,) = recipient.sdk.trace(offer.envelope_id)["deliveries"]
    return [event["tag"] for event in own["events"]]


def test_one_submission_twenty_times_at_once_gives_one_envelope_and_twenty_equal_receipts(
    running: RunningAxis,
) -> None:
    sender, recipient = running.agencies(2)
    before = running.rows()
    package = running.package(sender, recipient)
    receipts: Sequence[Receipt] = at_once(running, sender, lambda one: one.send(package), TWENTY)
    assert len({one.octets for one in receipts}) == 1
    assert len({one.envelope_id for one in receipts}) == 1
    assert sorted(one.is_repeat for one in receipts) == [False] + [True] * (TWENTY - 1)
    grown = {name: number - before[name] for name, number in running.rows().items()}
    assert (grown["envelopes"], grown["deliveries"], grown["submission_keys"]) == (1, 1, 1)
    traced = sender.sdk.trace(receipts[0].envelope_id)
    assert [event["tag"] for event in traced["events"]] == ["envelope.accepted"] + ["envelope.repeated"] * (TWENTY - 1)


def test_two_letters_under_one_document_id_at_once_give_one_acceptance_and_one_conflict(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    letter = running.letter(sender, [recipient])
    package = running.signed(letter, sender)
    other = running.signed(replace(letter, subject="V/v việc khác"), sender)
    packages = iter([package, other])
    lock = threading.Lock()

    def send(connection: Axis) -> str:
        with lock:
            mine = next(packages)
        try:
            return connection.send(mine).evidence.type.value
        except ProblemReported as reported:
            return reported.problem.code

    outcomes = at_once(running, sender, send, 2)
    assert sorted(outcomes) == ["SubmissionAcceptance", "document/conflict"]
    assert len(sender.sdk.sent()["items"]) == 1


def test_two_pullers_at_once_never_get_the_same_delivery(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    sender.sdk.send(running.package(sender, recipient))
    leases: Sequence[Lease] = at_once(running, recipient, lambda one: one.lease(), 2)
    assert sorted(len(one.offers) for one in leases) == [0, 1]


def test_many_pullers_share_many_deliveries_without_overlap(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    for _ in range(8):
        sender.sdk.send(running.package(sender, recipient))
    leases = at_once(running, recipient, lambda one: one.lease(limit=3), 4)
    taken = [offer.delivery_id for lease in leases for offer in lease.offers]
    taken += [offer.delivery_id for offer in recipient.sdk.lease().offers]
    assert len(taken) == len(set(taken)) == 8


def test_an_acknowledgement_twice_at_once_gives_one_event(running: RunningAxis) -> None:
    recipient, offer = offered(running)
    answers = at_once(running, recipient, lambda one: one.acknowledge(offer, recipient.signer), 2)
    assert sorted(one["repeat"] for one in answers) == [False, True]
    assert {one["state"] for one in answers} == {"handed_over"}
    assert events_of(recipient, offer).count("delivery.handed_over") == 1


def test_done_and_fail_at_once_give_one_end(running: RunningAxis) -> None:
    recipient, offer = offered(running)
    reasons = iter([None, "Tệp không mở được"])
    lock = threading.Lock()

    def acknowledge(connection: Axis) -> str:
        with lock:
            failure = next(reasons)
        try:
            return str(connection.acknowledge(offer, recipient.signer, failure=failure)["state"])
        except ProblemReported as reported:
            return reported.problem.code

    first, second = sorted(at_once(running, recipient, acknowledge, 2))
    assert first == "acknowledgement/already-final"
    assert second in {"handed_over", "refused"}
    ends = [tag for tag in events_of(recipient, offer) if tag in {"delivery.handed_over", "delivery.refused"}]
    assert ends == [f"delivery.{second}"]


def test_content_fetched_as_often_at_once_as_may_be_is_one_event_and_the_same_octets(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    package = running.package(sender, recipient)
    sender.sdk.send(package)
    (offer,) = recipient.sdk.lease().offers
    assert set(at_once(running, recipient, lambda one: one.fetch(offer), DOWNLOADS_PER_SYSTEM)) == {package}
    assert events_of(recipient, offer).count("delivery.fetched") == 1
