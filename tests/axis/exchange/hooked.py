"""An exchange whose recipients are told at a real webhook, and what tests ask of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from sqlalchemy import Engine, select

from axis.demo.keys import KeyRing
from axis.demo.letters import FIRST
from axis.enrolment.registrar import Instruction
from axis.exchange.courier import Courier
from axis.exchange.desk import WebhookDesk, WebhookStanding
from envelopes.evidence import EvidenceType
from envelopes.identifiers import DeliveryId, EnvelopeId, OrganId, SystemId
from routing.delivery import Delivery
from routing.webhooks import WebhookMode
from storage.database.deliveries import deliveries_of, get_delivery
from storage.database.events import events_of
from storage.database.evidences import evidences_of
from storage.database.tables import NoticeRow, table_of
from storage.database.transactions import Transactions
from tests.fixtures.exchange import Exchange, opened
from tests.fixtures.receiver import NETWORKS, Answer, Receiver, receiving

TAKER = "H41.21"
_numbers = count(1000)
WHY = Instruction("tests", "a test asks for it")


@dataclass(frozen=True, slots=True)
class Hooked:
    """The exchange, and the webhook of one recipient's system."""

    exchange: Exchange
    receiver: Receiver

    @property
    def system_id(self) -> SystemId:
        return self.exchange.people[TAKER].credentials.system_id

    @property
    def courier(self) -> Courier:
        return self.exchange.axis.courier

    @property
    def transactions(self) -> Transactions:
        return Transactions(self.exchange.axis.engine)

    @property
    def desk(self) -> WebhookDesk:
        return WebhookDesk(self.transactions, self.exchange.clock, timekeeper=self.exchange.axis.timekeeper)

    def send(self) -> EnvelopeId:
        """Return a letter to the recipient and two others, accepted; each is another one."""
        about = replace(FIRST, number=next(_numbers))
        return self.exchange.accept(self.exchange.letter(about)).envelope_id

    def standing(self) -> WebhookStanding:
        return self.desk.standing(self.system_id, calls=1000)

    def history(self, envelope_id: EnvelopeId) -> list[str]:
        """What happened to the recipient's delivery of a message, in its order."""
        delivery_id = self.delivery_of(envelope_id).delivery_id
        with self.transactions.read() as session:
            found = events_of(session, envelope_id, deliveries=(delivery_id,))
        return [one.tag.value for one in found]

    def proofs(self, envelope_id: EnvelopeId) -> list[EvidenceType]:
        """The evidence of the recipient's delivery, once everything owed is sealed."""
        self.exchange.attest()
        delivery_id = self.delivery_of(envelope_id).delivery_id
        with self.transactions.read() as session:
            found = evidences_of(session, envelope_id, deliveries=(delivery_id,))
        return [one.type for one in found]

    def delivery_of(self, envelope_id: EnvelopeId) -> Delivery:
        """The recipient's delivery of a message."""
        with self.transactions.read() as session:
            (found,) = deliveries_of(session, envelope_id, recipients=(OrganId(TAKER),))
        return found.delivery

    def outcomes(self) -> list[str]:
        """What became of the calls, oldest first."""
        return [one.outcome.value for one in reversed(self.standing().calls)]

    def events(self, envelope_id: EnvelopeId) -> list[str]:
        """The notifications in the history of a message."""
        with self.transactions.read() as session:
            found = events_of(session, envelope_id)
        return [one.tag.value for one in found if one.tag.startswith("notification.")]

    def evidence(self, envelope_id: EnvelopeId) -> list[EvidenceType]:
        """The evidence of notifications, once everything owed is sealed."""
        self.exchange.attest()
        with self.transactions.read() as session:
            found = evidences_of(session, envelope_id)
        return [one.type for one in found if "Notification" in one.type.value]

    def delivery(self) -> Delivery:
        """The delivery of the latest notice."""
        notices = table_of(NoticeRow)
        with self.transactions.read() as session:
            latest = select(notices.c.delivery_id).order_by(notices.c.id.desc()).limit(1)
            found = get_delivery(session, DeliveryId(session.scalars(latest).one()))
        assert found is not None
        return found

    def rehook(self, address: str | None, mode: WebhookMode | None = None) -> None:
        """Set or remove the webhook."""
        self.exchange.axis.registrar.set_webhook(self.system_id, address, instruction=WHY, mode=mode)
        self.exchange.axis.atlas.refresh()


@contextmanager
def hooked(
    engine: Engine,
    key_ring: KeyRing,
    folder: Path,
    *,
    answer: Answer = lambda _number: 204,
    mode: WebhookMode = WebhookMode.EVENT,
) -> Iterator[Hooked]:
    """Yield an exchange with a webhook that answers as it is told."""
    with receiving(answer) as receiver, opened(engine, key_ring, folder, more=NETWORKS) as exchange:
        made = Hooked(exchange, receiver)
        made.rehook(receiver.url, mode)
        yield made
