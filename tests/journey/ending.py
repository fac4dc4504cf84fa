"""How all that was begun ends: recipients take what is left, and each event has exactly the evidence that it owes."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack
from typing import Any, Final
from uuid import UUID

from axis.sdk import Axis
from envelopes.evidence import EvidenceType
from envelopes.evidence_facts import MessageKind
from envelopes.identifiers import EnvelopeId
from routing.events import EventTag, evidence_owed
from routing.leases import LEASE_COUNT_MAX
from routing.lifecycle import FINAL_STATES, DeliveryState
from tests.fixtures.running import eventually
from tests.journey.mortal import Life
from tests.journey.survivor import Survivor

Trace = Mapping[str, Any]
Account = Counter[tuple[EvidenceType, str | None]]
"""How many evidences there are of each kind about each delivery, or about the message itself."""

PATIENCE_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.5
"""Between two looks: nobody calls more often than a system may."""


def all_ends_well(survivor: Survivor, axis: Life, *, closed: Collection[str] = ()) -> None:
    """Return when everybody has taken what waits, and every event of every message has its evidence, and once.

    Whoever is `closed` takes nothing more. Turns of whoever died must have run out by now, or run out soon.
    """
    with ExitStack() as stack:
        people = [stack.enter_context(survivor.client(axis, one)) for one in survivor.people if one not in closed]
        sent = [(client, envelope_id) for client in people for envelope_id in _sent_by(client)]
        assert sent, "nothing was ever accepted"
        left, pause = list(sent), threading.Event()

        def have_ended() -> bool | None:
            for client in people:
                _take_all(survivor, client)
            left[:] = [(client, one) for client, one in left if not has_ended(client.trace(one))]
            return not left or pause.wait(LOOK_SECONDS) or None

        eventually(have_ended, seconds=PATIENCE_SECONDS)
        for client, envelope_id in sent:
            assert _attested(client, envelope_id) == owed(client.trace(envelope_id)), envelope_id


def _sent_by(client: Axis) -> Iterator[EnvelopeId]:
    after = None
    while True:
        page = client.sent(after=after, limit=200)
        yield from (EnvelopeId(UUID(one["envelope_id"])) for one in page["items"])
        after = page["next"]
        if after is None:
            return


def _take_all(survivor: Survivor, client: Axis) -> None:
    while offers := client.lease(limit=LEASE_COUNT_MAX).offers:
        for offer in offers:
            client.fetch(offer)
            client.acknowledge(offer, survivor.people[str(offer.recipient)].signer)


def has_ended(trace: Trace) -> bool:
    """Return whether every delivery is final or was given back by its recipient, and what happened has its evidence."""
    states = {DeliveryState(one["state"]) for one in trace["deliveries"] if one["recalled_at"] is None}
    return states <= FINAL_STATES and all(event["evidence_id"] for event, *_ in _owing(trace))


def owed(trace: Trace) -> Account:
    """Return what the events of a message owe, by the catalogue of events."""
    return Counter((kind, delivery) for _, kind, delivery in _owing(trace))


def _owing(trace: Trace) -> Iterator[tuple[Mapping[str, Any], EvidenceType, str | None]]:
    """Yield each event that owes an evidence, with its kind and the delivery that it is about."""
    is_status = trace["envelope"]["kind"] == MessageKind.STATUS
    happened = [(one, None) for one in trace["events"]]
    happened += [(one, each["delivery_id"]) for each in trace["deliveries"] for one in each["events"]]
    for event, delivery in happened:
        kind = evidence_owed(EventTag(event["tag"]), is_status=is_status)
        if kind is not None:
            yield event, kind, delivery


def _attested(client: Axis, envelope_id: EnvelopeId) -> Account:
    """Return what is attested of a message, each evidence verified."""
    found = [one for one, _ in client.evidences(envelope_id)]
    return Counter(
        (one.type, None if one.message.delivery_id is None else str(one.message.delivery_id)) for one in found
    )
