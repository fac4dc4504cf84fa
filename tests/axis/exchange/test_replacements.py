"""Replacements: two documents that know of each other, for those who got both; nothing is taken away."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from axis.demo.letters import FIRST
from axis.errors import NotFound
from axis.exchange.links import Link, Links
from axis.exchange.outcomes import Acceptance
from envelopes.identifiers import DocumentId, EnvelopeId
from envelopes.model import Envelope
from routing.lifecycle import DeliveryState
from tests.fixtures.exchange import SENDER, Exchange
from tests.fixtures.operations import recall_of, replacement_of, update_of


def letter(exchange: Exchange, number: int, *to: str) -> Envelope:
    return exchange.letter(replace(FIRST, number=number), to=to or ("G22",))


def seen(exchange: Exchange, accepted: Acceptance, by: str = SENDER) -> Links:
    return exchange.axis.tracer.envelope(accepted.envelope_id, exchange.caller(by)).links


def ids(links: Iterable[Link]) -> list[EnvelopeId]:
    return [one.envelope_id for one in links]


def test_the_old_names_the_new_and_the_new_the_old_in_every_view(exchange: Exchange) -> None:
    old = letter(exchange, 1)
    before = exchange.accept(old)
    after = exchange.accept(replacement_of(letter(exchange, 2), old))
    caller = exchange.caller("G22")
    for by in (SENDER, "G22"):
        assert ids(seen(exchange, before, by).replaced_by) == [after.envelope_id]
        assert ids(seen(exchange, after, by).replaces) == [before.envelope_id]
        traced = exchange.axis.tracer.trace(after.envelope_id, exchange.caller(by))
        assert ids(traced.envelope.links.replaces) == [before.envelope_id]
    offers = {one.envelope_id: one for one in exchange.lease("G22").offers}
    assert ids(offers[before.envelope_id].links.replaced_by) == [after.envelope_id]
    assert ids(offers[after.envelope_id].links.replaces) == [before.envelope_id]
    view = exchange.axis.handover.delivery(offers[before.envelope_id].delivery_id, caller)
    (link,) = view.offer.links.replaced_by
    assert (link.number, link.notation) == ("2", "SNV-VP")
    sent = exchange.axis.tracer.sent(exchange.caller(SENDER), document_id=None, after=None, limit=10)
    assert [ids(one.links.replaces) for one in sent.items] == [[before.envelope_id], []]
    found = exchange.axis.tracer.sent(exchange.caller(SENDER), document_id=old.document_id, after=None, limit=10)
    assert [ids(one.links.replaced_by) for one in found.items] == [[after.envelope_id]]


def test_a_replacement_takes_nothing_away_and_asks_nothing(exchange: Exchange) -> None:
    old = letter(exchange, 1)
    before = exchange.accept(old)
    exchange.accept(replacement_of(letter(exchange, 2), old))
    (way,) = exchange.axis.tracer.trace(before.envelope_id, exchange.caller(SENDER)).deliveries
    assert (way.state, way.demands) == (DeliveryState.CONSIGNED, ())
    for offer in exchange.lease("G22").offers:
        exchange.hand_over(offer, "G22")


def test_one_document_replaces_several_and_is_replaced_in_turn(exchange: Exchange) -> None:
    first, second = letter(exchange, 1), letter(exchange, 2)
    accepted = [exchange.accept(first), exchange.accept(second)]
    both = replacement_of(letter(exchange, 3), first, second)
    third = exchange.accept(both)
    fourth = exchange.accept(replacement_of(letter(exchange, 4), both))
    assert ids(seen(exchange, third).replaces) == [one.envelope_id for one in accepted]
    assert ids(seen(exchange, third).replaced_by) == [fourth.envelope_id]
    assert {tuple(ids(seen(exchange, one).replaced_by)) for one in accepted} == {(third.envelope_id,)}


def test_who_got_one_of_the_two_does_not_hear_of_the_other(exchange: Exchange) -> None:
    old = letter(exchange, 1, "G22", "H26.18")
    before = exchange.accept(old)
    after = exchange.accept(replacement_of(letter(exchange, 2, "G22", "H41.21"), old))
    assert seen(exchange, before, "H26.18") == Links()
    assert seen(exchange, after, "H41.21") == Links()
    assert ids(seen(exchange, after, "G22").replaces) == [before.envelope_id]
    with pytest.raises(NotFound):
        exchange.axis.tracer.envelope(after.envelope_id, exchange.caller("H26.18"))


@pytest.mark.parametrize(("only", "sees"), [(("G22",), True), (("H26.18",), False), (("K99",), False)])
def test_a_replacement_is_for_those_it_lists(exchange: Exchange, only: tuple[str, ...], sees: bool) -> None:  # noqa: FBT001
    old = letter(exchange, 1, "G22", "H26.18")
    before = exchange.accept(old)
    exchange.accept(replacement_of(letter(exchange, 2, "G22", "H26.18"), old, only=only))
    assert bool(seen(exchange, before, "G22").replaced_by) is sees
    assert seen(exchange, before).replaced_by


def test_what_replaces_may_be_recalled_and_the_link_stays(exchange: Exchange) -> None:
    old = letter(exchange, 1)
    before = exchange.accept(old)
    new = replacement_of(letter(exchange, 2), old)
    after = exchange.accept(new)
    exchange.accept(recall_of(new))
    assert ids(seen(exchange, before).replaced_by) == [after.envelope_id]


def test_a_recall_or_an_update_is_not_replaced(exchange: Exchange) -> None:
    old = letter(exchange, 1)
    exchange.accept(old)
    update = replace(update_of(old), document_id=DocumentId("H51.15-CN-1"))
    exchange.accept(update)
    assert "business/not-a-document" in exchange.refuse(replacement_of(letter(exchange, 2), update))
