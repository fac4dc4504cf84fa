"""What tests of recalls do and look at."""

from __future__ import annotations

from datetime import timedelta

from axis.exchange.outcomes import Acceptance
from axis.inquiry.views import DeliveryTrace, DemandView
from envelopes.evidence import Evidence
from envelopes.evidence_reader import read_evidence
from envelopes.model import Envelope
from tests.fixtures.exchange import SENDER, Exchange
from tests.fixtures.operations import answer_to, take_back


def way(exchange: Exchange, accepted: Acceptance, organ_id: str = "G22", *, by: str = SENDER) -> DeliveryTrace:
    """Return the trace of one recipient."""
    trace = exchange.axis.tracer.trace(accepted.envelope_id, exchange.caller(by))
    (own,) = (one for one in trace.deliveries if str(one.recipient) == organ_id)
    return own


def tags(trace: DeliveryTrace) -> list[str]:
    return [event.tag.value for event in trace.events]


def outcome(exchange: Exchange, accepted: Acceptance, organ_id: str = "G22") -> DemandView:
    """Return the last thing a recipient was asked about a document."""
    return way(exchange, accepted, organ_id).demands[-1]


def answers(exchange: Exchange, letter: Envelope, by: str = "G22", *, agreed: bool = True) -> Acceptance:
    exchange.clock.advance(timedelta(seconds=1))
    return exchange.accept(answer_to(letter, exchange.people[by], agreed=agreed, at=exchange.clock.now()), by)


def refused_answer(exchange: Exchange, letter: Envelope, by: str = "G22", *, agreed: bool = True) -> tuple[str, ...]:
    exchange.clock.advance(timedelta(seconds=1))
    return exchange.refuse(answer_to(letter, exchange.people[by], agreed=agreed, at=exchange.clock.now()), by)


def asks_back(exchange: Exchange, letter: Envelope, of: str = "G22") -> Acceptance:
    return exchange.accept(take_back(letter, exchange.people[SENDER], of=of, at=exchange.clock.now()))


def evidences(exchange: Exchange, accepted: Acceptance) -> list[Evidence]:
    """Return all evidence about a message, once it is sealed."""
    exchange.attest()
    caller = exchange.caller(SENDER)
    found = exchange.axis.tracer.evidences(accepted.envelope_id, caller)
    return [read_evidence(exchange.axis.tracer.evidence(one.evidence_id, caller)) for one in found]


def fetched(exchange: Exchange, *to: str) -> tuple[Envelope, Acceptance]:
    """Return a letter that its recipients have fetched and acknowledged."""
    letter = exchange.letter(to=to or ("G22",))
    document = exchange.accept(letter)
    for organ_id in to or ("G22",):
        exchange.hand_over(exchange.lease(organ_id).offers[0], organ_id)
    return letter, document
