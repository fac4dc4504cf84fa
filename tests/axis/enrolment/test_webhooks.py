"""Where a system is told: entered with its history, and refused where it would lead the axis astray."""

from __future__ import annotations

import pytest

from axis.clock import SettableClock
from axis.enrolment.amendments import SystemApplication
from axis.enrolment.registrar import Registrar
from axis.errors import Refused
from envelopes.identifiers import OrganId, SystemId
from routing.events import EventTag
from routing.webhooks import ADDRESS_MAX, WebhookAddress
from storage.database.tables import EventRow, table_of
from storage.database.transactions import Transactions
from storage.database.webhooks import get_receiver
from tests.axis.enrolment.conftest import WHY, public_jwk, registrar_of
from tests.fixtures.postgres import MOMENT

SYSTEM = SystemId("qlvb.h51")
HOOK = "https://qlvb.example.gov.vn/axis"


@pytest.fixture
def connected(peopled: Registrar) -> Registrar:
    """A registrar of a directory with one system."""
    application = SystemApplication(SYSTEM, OrganId("H51"), "Phần mềm văn thư", (OrganId("H51"),))
    peopled.add_system(application, public_jwk(), instruction=WHY)
    return peopled


def codes(registrar: Registrar, address: str) -> list[str]:
    with pytest.raises(Refused) as raised:
        registrar.set_webhook(SYSTEM, address, instruction=WHY)
    return [one.code for one in raised.value.findings]


def test_a_webhook_is_set_changed_and_removed_with_its_history(
    connected: Registrar, transactions: Transactions
) -> None:
    entered = connected.set_webhook(SYSTEM, HOOK, instruction=WHY)
    assert entered.is_change
    assert entered.entry.webhook == WebhookAddress(HOOK)
    assert not connected.set_webhook(SYSTEM, HOOK, instruction=WHY).is_change
    connected.set_webhook(SYSTEM, f"{HOOK}/new", instruction=WHY)
    connected.set_webhook(SYSTEM, None, instruction=WHY)
    system, history = connected.system(SYSTEM)
    assert system.webhook is None
    assert [one.after["webhook"] for one in history] == [None, HOOK, f"{HOOK}/new", None]
    assert history[-1].reason == WHY.reason
    events = table_of(EventRow)
    with transactions.read() as session:
        tags = [row.tag for row in session.execute(events.select().order_by(events.c.id))]
        receiver = get_receiver(session, SYSTEM)
    assert tags.count(EventTag.SYSTEM_WEBHOOK_CHANGED.value) == 3
    assert receiver is not None
    assert (receiver.failures, receiver.rests_until) == (0, MOMENT)


def test_other_changes_leave_the_webhook(connected: Registrar) -> None:
    connected.set_webhook(SYSTEM, HOOK, instruction=WHY)
    assert connected.rotate_key(SYSTEM, public_jwk("second"), instruction=WHY).entry.webhook is not None
    assert connected.suspend_system(SYSTEM, instruction=WHY).entry.webhook is not None


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("", "enrolment/webhook-address"),
        ("ftp://a.example.vn/", "enrolment/webhook-address"),
        ("http://qlvb.example.gov.vn/axis", "enrolment/webhook-address"),
        ("https://user:secret@qlvb.example.gov.vn/axis", "enrolment/webhook-address"),
        ("https://qlvb.example.gov.vn/axis?token=1", "enrolment/webhook-address"),
        ("https://qlvb.example.gov.vn/" + "a" * ADDRESS_MAX, "enrolment/webhook-address"),
        ("https://axis.example.vn/v1/envelopes", "enrolment/webhook-not-allowed"),
        ("http://127.0.0.1:9000/axis", "enrolment/webhook-not-allowed"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused_and_nothing_is_kept(
    connected: Registrar, address: str, code: str
) -> None:
    assert codes(connected, address) == [code]
    system, history = connected.system(SYSTEM)
    assert system.webhook is None
    assert len(history) == 1


@pytest.mark.parametrize("addresses", [("10.1.2.3",), ("169.254.169.254",), ("203.0.114.7", "127.0.0.1")])
def test_an_address_inside_is_refused(
    connected: Registrar, transactions: Transactions, clock: SettableClock, addresses: tuple[str, ...]
) -> None:
    inside = registrar_of(transactions, clock, None, *addresses)
    assert codes(inside, HOOK) == ["enrolment/webhook-private"]
    assert connected.system(SYSTEM)[0].webhook is None


def test_an_unknown_system_and_a_removed_one_get_none(connected: Registrar) -> None:
    with pytest.raises(Refused) as raised:
        connected.set_webhook(SystemId("nobody"), HOOK, instruction=WHY)
    assert raised.value.findings[0].code == "enrolment/system-unknown"
    connected.remove_system(SYSTEM, instruction=WHY)
    assert codes(connected, HOOK) == ["enrolment/system-removed"]
