"""`axis delivery retry`: what waits for a webhook is tried at once, one or many, with a reason and an event each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from axis.cli.exits import ExitCode
from axis.clock import SystemClock
from axis.demo.keys import KeyRing
from routing.backoff import BREAKER_AFTER
from routing.lifecycle import DeliveryState as S
from routing.webhooks import WebhookMode
from tests.axis.cli.conftest import Axis
from tests.axis.exchange.hooked import TAKER, Hooked, hooked
from tests.fixtures.receiver import echo

REASON = ("--reason", "Bên nhận đã khắc phục máy chủ")


@pytest.fixture
def hook(engine: Engine, key_ring: KeyRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hooked]:
    """An axis at the moment of this machine, as the command line is."""
    with hooked(engine, key_ring, tmp_path, mode=WebhookMode.PACKAGE) as made:
        made.receiver.reply = echo
        made.exchange.clock.set(SystemClock().now())
        url = made.exchange.axis.settings.database.url
        assert url is not None
        monkeypatch.setenv("AXIS_DATABASE__URL", url.get_secret_value())
        yield made


def carry(hook: Hooked) -> None:
    hook.exchange.clock.set(SystemClock().now())
    while hook.courier.carry_due():
        pass


def test_all_to_one_agency_are_tried_at_once(axis: Axis, hook: Hooked) -> None:
    hook.receiver.answer = lambda _number: 503
    sent = [hook.send() for _ in range(BREAKER_AFTER)]
    carry(hook)
    listed = axis("delivery", "list", "--recipient", TAKER, "--json").document["deliveries"]
    assert [(one["state"], one["attempts"]) for one in listed] == [("deferred", 1)] * BREAKER_AFTER
    hook.receiver.answer = lambda _number: 204
    carry(hook)
    assert {hook.delivery_of(one).state for one in sent} == {S.DEFERRED}
    ran = axis("delivery", "retry", "--recipient", TAKER, "--state", "deferred", *REASON, "--dry-run", "--json")
    assert len(ran.document["deliveries"]) == BREAKER_AFTER
    ran = axis("delivery", "retry", "--recipient", TAKER, "--state", "deferred", *REASON, "--lang", "vi")
    assert f"Cho thử lại ngay {BREAKER_AFTER} lượt chuyển phát." in ran.out
    carry(hook)
    assert {hook.delivery_of(one).state for one in sent} == {S.CONSIGNED}
    assert [hook.history(one).count("delivery.retried") for one in sent] == [1] * BREAKER_AFTER


def test_one_is_tried_and_what_waits_for_nobody_is_passed_over(axis: Axis, hook: Hooked) -> None:
    hook.receiver.answer = lambda _number: 503
    envelope_id = hook.send()
    carry(hook)
    delivery_id = hook.delivery_of(envelope_id).delivery_id
    ran = axis("delivery", "retry", delivery_id, *REASON, "--json")
    assert [one["delivery_id"] for one in ran.document["changed"]] == [str(delivery_id)]
    ran = axis("delivery", "retry", "--envelope", envelope_id, "--state", "consigned", *REASON, "--json")
    assert (ran.document["changed"], len(ran.document["passed_over"])) == ([], 2)


def test_why_something_is_held_is_shown(axis: Axis, hook: Hooked) -> None:
    envelope_id = hook.send()
    delivery_id = hook.delivery_of(envelope_id).delivery_id
    axis("delivery", "hold", delivery_id, "--reason", "Chờ cơ quan nhận xác nhận", "--actor", "Phòng vận hành")
    shown = axis("delivery", "list", delivery_id, "--json").document["deliveries"][0]
    assert (shown["held_by"], shown["held_because"]) == ("Phòng vận hành", "Chờ cơ quan nhận xác nhận")
    ran = axis("delivery", "retry", delivery_id, *REASON, "--json")
    assert ran.document["changed"] == [], "an operator's hold is ended by resume"


def test_nobody_means_everything(axis: Axis, hook: Hooked) -> None:
    assert axis("delivery", "retry", *REASON).code is ExitCode.INPUT
    assert axis("delivery", "retry", "--state", "held", *REASON).code is ExitCode.DONE
