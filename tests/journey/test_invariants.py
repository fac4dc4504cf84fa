"""What holds whatever agencies do (the invariants of docs/threat-model.md), after a long and aimless walk."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import Row, select

from axis.clock import SettableClock
from axis.sdk import ReceiptVerifier
from axis.workers.rounds import rounds_of
from envelopes.acknowledgement import ACKNOWLEDGEMENT_TYPE
from envelopes.evidence import Evidence, EvidenceType
from routing.lifecycle import FINAL_STATES, DeliveryState
from signing.jws import verify_jws
from storage.database.tables import Base, DeliveryRow, DemandRow, EnvelopeRow, EventRow, EvidenceRow, table_of
from tests.fixtures.postgres import MOMENT
from tests.fixtures.running import RunningAxis, Station, started
from tests.journey.walk import Walk

STEPS: Final = 120
OUTCOMES: Final = 18
"""Different ends that a walk must come to, or it was no walk."""

A_MONTH: Final = timedelta(days=31)
ENDS: Final = {
    DeliveryState.HANDED_OVER: EvidenceType.CONTENT_HANDOVER,
    DeliveryState.REFUSED: EvidenceType.CONTENT_HANDOVER_FAILURE,
    DeliveryState.EXPIRED: EvidenceType.CONTENT_HANDOVER_FAILURE,
    DeliveryState.WITHDRAWN: EvidenceType.CONTENT_WITHDRAWAL,
}


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that is kept about messages, read from the tables; evidence by its own words, its seal verified."""

    envelopes: dict[UUID, Row[Any]]
    deliveries: dict[UUID, Row[Any]]
    events: tuple[Row[Any], ...]
    evidences: dict[UUID, tuple[Row[Any], Evidence]]
    demands: tuple[Row[Any], ...]

    def events_of(self, delivery_id: UUID) -> list[Row[Any]]:
        """Return what happened to one delivery."""
        return [one for one in self.events if one.delivery_id == delivery_id]


def books_of(running: RunningAxis) -> Books:
    verifier = ReceiptVerifier.pinned(running.ring.seal)

    def rows(kind: type[Base]) -> list[Row[Any]]:
        with running.embedded.axis.engine.connect() as connection:
            return list(connection.execute(select(table_of(kind))))

    return Books(
        {row.id: row for row in rows(EnvelopeRow)},
        {row.id: row for row in rows(DeliveryRow)},
        tuple(rows(EventRow)),
        {row.id: (row, verifier.verify(row.octets, at=running.clock.now())) for row in rows(EvidenceRow)},
        tuple(rows(DemandRow)),
    )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAxis]:
    """An axis whose time passes when somebody says so."""
    with started(tmp_path_factory.mktemp("world"), clock=SettableClock(MOMENT)) as running:
        yield running


@pytest.mark.slow
@pytest.mark.parametrize("seed", [102, 2016])
def test_after_a_long_walk_every_invariant_holds(world: RunningAxis, seed: int) -> None:
    assert isinstance(world.clock, SettableClock)
    walk = Walk(world, world.clock, world.agencies(4), Random(seed))
    walk.go(STEPS)
    assert len(walk.done) >= OUTCOMES
    receipts_stay_what_they_were(walk)
    everybody_reads_only_their_own(walk, books_of(world))
    a_month_passes(world, world.clock)
    books = books_of(world)
    nothing_changed_without_a_signature(world, books)
    each_message_has_one_receipt_for_what_is_kept(world, books)
    no_receipt_without_message(books)
    everything_came_to_an_end(books)
    what_was_taken_back_stays_taken_back(walk, books)
    what_was_given_away_is_somebody_elses(books)
    assert not any(status >= 500 for _, status in world.answers)


def a_month_passes(world: RunningAxis, clock: SettableClock) -> None:
    """Let everything end that nobody came for, and seal what is owed for that."""
    clock.advance(A_MONTH)
    rounds = rounds_of(world.embedded.axis)
    while rounds.make():
        pass
    world.settle()


def nothing_changed_without_a_signature(world: RunningAxis, books: Books) -> None:
    """I1: each message was signed with a certificate of its sender, each acknowledgement with one of the recipient."""
    directory = world.embedded.axis.atlas.refresh()
    for envelope in books.envelopes.values():
        judged = (envelope.verdict["indication"], envelope.verdict["revocation"])
        assert judged == ("INDETERMINATE", "unknown"), "these certificates name nobody to ask"
        registered = directory.certificate(envelope.verdict["certificate"])
        assert registered is not None
        assert str(registered.organ_id) == envelope.sender
    spoken = [one for one in books.events if one.tag in {"delivery.handed_over", "delivery.refused"}]
    ended = [one for one in books.deliveries.values() if one.state in {"handed_over", "refused"}]
    assert {one.delivery_id for one in spoken} == {one.id for one in ended}
    assert len(spoken) == len(ended)
    for event in spoken:
        said = verify_jws(event.details["jws"], world.certificate, kind=ACKNOWLEDGEMENT_TYPE)
        owner = directory.certificate(said.signer.fingerprint)
        assert owner is not None
        assert str(owner.organ_id) == books.deliveries[event.delivery_id].recipient


def each_message_has_one_receipt_for_what_is_kept(world: RunningAxis, books: Books) -> None:
    """I2: exactly one acceptance for each message, and what it names is what is in the store, bit for bit."""
    blobs = world.embedded.axis.premises.blobs
    for envelope in books.envelopes.values():
        (receipt,) = (
            one
            for row, one in books.evidences.values()
            if row.envelope_id == envelope.id and one.type is EvidenceType.SUBMISSION_ACCEPTANCE
        )
        assert receipt.content is not None
        octets = blobs.get(envelope.raw_digest)
        assert hashlib.sha256(octets).digest() == envelope.raw_digest == receipt.content.raw.value
        assert receipt.content.size == len(octets) == envelope.size


def no_receipt_without_message(books: Books) -> None:
    """I3: whatever evidence speaks of is there; only a rejection speaks of nothing."""
    for row, evidence in books.evidences.values():
        if evidence.type is EvidenceType.SUBMISSION_REJECTION:
            assert (row.envelope_id, row.delivery_id) == (None, None)
            continue
        assert row.envelope_id in books.envelopes
        assert row.delivery_id is None or books.deliveries[row.delivery_id].envelope_id == row.envelope_id
        assert row.digest == hashlib.sha256(row.octets).digest()


def everything_came_to_an_end(books: Books) -> None:
    """I4: each delivery is handed over, or its sender holds signed evidence that it was not. Statuses owe none."""
    attested = {(row.delivery_id, one.type) for row, one in books.evidences.values()}
    for delivery in books.deliveries.values():
        state = DeliveryState(delivery.state)
        assert state in FINAL_STATES
        if books.envelopes[delivery.envelope_id].status_code is None:
            assert (delivery.id, ENDS[state]) in attested
            was_at_disposal = any(one.tag == "delivery.consigned" for one in books.events_of(delivery.id))
            assert was_at_disposal or state is DeliveryState.WITHDRAWN
            assert ((delivery.id, EvidenceType.CONTENT_CONSIGNMENT) in attested) is was_at_disposal


def what_was_taken_back_stays_taken_back(walk: Walk, books: Books) -> None:
    """Nothing that left is called withdrawn, nothing that was given back is given out, and no question stays open."""
    agreed = {one.original_id: set[str]() for one in books.demands}
    for demand in books.demands:
        assert demand.due_at is None
        assert (demand.state == "asked") <= (demand.alarmed_at is not None)
        if demand.state == "agreed" and demand.kind != "update":
            agreed[demand.original_id].add(demand.recipient)
    clients = {str(one.organ_id): one for one in walk.stations}
    told = defaultdict[UUID, set[tuple[str, str]]](set)
    for event in books.events:
        told[event.envelope_id].add((event.tag, event.organ_id))
    for delivery in books.deliveries.values():
        happened = [one.tag for one in books.events_of(delivery.id)]
        if delivery.state == "withdrawn":
            assert delivery.fetched_at is None
            assert "delivery.fetched" not in happened
        given_back = delivery.recipient in agreed.get(delivery.envelope_id, ())
        assert given_back is (delivery.recalled_at is not None)
        assert given_back is (("recall.agreed", delivery.recipient) in told[delivery.envelope_id])
        if delivery.recipient in clients and (given_back or delivery.state == "withdrawn"):
            answers(clients[delivery.recipient], f"/v1/deliveries/{delivery.id}/content", 410)


def what_was_given_away_is_somebody_elses(books: Books) -> None:
    """Each delivery that was made instead of another one has it, withdrawn, of the same message; nobody has two."""
    live = {(one.envelope_id, one.recipient) for one in books.deliveries.values() if one.state == "handed_over"}
    assert len(live) == sum(one.state == "handed_over" for one in books.deliveries.values())
    for delivery in books.deliveries.values():
        happened = [one.tag for one in books.events_of(delivery.id)]
        if delivery.redirected_from is None:
            continue
        former = books.deliveries[delivery.redirected_from]
        assert (former.state, former.envelope_id, former.asked_as) == (
            "withdrawn",
            delivery.envelope_id,
            delivery.asked_as,
        )
        assert former.recipient != delivery.recipient != books.envelopes[delivery.envelope_id].sender
        assert "delivery.consigned" in happened
        assert "delivery.redirected" in [one.tag for one in books.events_of(former.id)]


def everybody_reads_only_their_own(walk: Walk, books: Books) -> None:
    """I5: sender and recipients of a message see it, each its own side; for everybody else there is nothing."""
    ours = {str(one.organ_id) for one in walk.stations}
    recipients: dict[UUID, set[str]] = {}
    for delivery in books.deliveries.values():
        recipients.setdefault(delivery.envelope_id, set()).add(delivery.recipient)
    for station in walk.stations:
        me = str(station.organ_id)
        for envelope in books.envelopes.values():
            if envelope.sender in ours:
                answers(
                    station,
                    f"/v1/envelopes/{envelope.id}",
                    seen(envelope.sender == me or me in recipients[envelope.id]),
                )
        for delivery in books.deliveries.values():
            if delivery.recipient in ours:
                answers(station, f"/v1/deliveries/{delivery.id}", seen(delivery.recipient == me))
        for row, _ in books.evidences.values():
            if row.envelope_id is not None and books.envelopes[row.envelope_id].sender in ours:
                own = row.delivery_id is not None and books.deliveries[row.delivery_id].recipient == me
                is_sender = books.envelopes[row.envelope_id].sender == me
                answers(station, f"/v1/evidences/{row.id}", seen(is_sender or own))


def seen(is_own: bool) -> int:  # noqa: FBT001 what is asked
    """Return the answer to who asks for something."""
    return 200 if is_own else 404


def answers(station: Station, address: str, status: int) -> None:
    assert station.http.get(address).status_code == status, (str(station.organ_id), address)


def receipts_stay_what_they_were(walk: Walk) -> None:
    """A receipt that somebody holds is what the axis gives out for ever after."""
    for known in walk.accepted:
        kept = known.sender.http.get(f"/v1/evidences/{known.receipt.evidence.identifier}")
        assert kept.content == known.receipt.octets
        assert known.sender.http.get(f"/v1/envelopes/{known.receipt.envelope_id}/content").content == known.package
