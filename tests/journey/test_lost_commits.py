"""The connection to the database is lost over a commit: 503, and asking again finds out what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import pytest
from pydantic import SecretStr

from axis.clock import SettableClock
from axis.embedded import Plan
from axis.sdk import Offer, ProblemReported
from axis.wiring import Axis
from axis.workers.rounds import rounds_of
from envelopes.evidence import EvidenceType
from envelopes.identifiers import EnvelopeId, OrganId
from storage.errors import DatabaseUnavailable
from tests.fixtures.postgres import MOMENT
from tests.fixtures.running import UNLIMITED, RunningAxis, Station, started
from tests.journey.door import Door, comes_again, door_of
from tests.journey.line import Line, Loss

ACCEPTED: Final = {
    "envelopes": 1,
    "deliveries": 1,
    "events": 2,
    "evidences": 1,
    "owed_evidences": 1,
    "submission_keys": 1,
    "document_numbers": 1,
}
"""What one letter to one recipient leaves."""

LEASE: Final = timedelta(minutes=5)


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAxis]:
    """An axis whose worker works when it is told to, and whose time passes when somebody says so."""
    plan = Plan(is_throwaway=True, has_worker=False, limits={"requests_per_minute": UNLIMITED})
    with started(tmp_path_factory.mktemp("silent"), clock=SettableClock(MOMENT), plan=plan) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Remote:
    """Another door of the axis, and the line by which it reaches the database."""

    door: Door
    line: Line

    @property
    def first(self) -> RunningAxis:
        return self.door.first

    @property
    def axis(self) -> Axis:
        return self.door.axis

    def loses(self, loss: Loss, deed: Callable[[], object]) -> None:
        """Do what ends in a commit that is lost: it is answered with a request to come again."""
        self.line.will_lose(loss)
        comes_again(deed)
        self.line.has_lost()

    def pass_time(self, span: timedelta) -> None:
        assert isinstance(self.first.clock, SettableClock)
        self.first.clock.advance(span)


@pytest.fixture
def remote(silent: RunningAxis) -> Iterator[Remote]:
    with Line(silent.embedded.database_url) as line:
        database = silent.embedded.axis.settings.database.model_copy(update={"url": SecretStr(line.url)})
        with door_of(silent, database=database) as door:
            yield Remote(door, line)


def grown(running: RunningAxis, before: Mapping[str, int]) -> dict[str, int]:
    """Return of which tables there are how many more rows, tokens left out."""
    now = running.rows()
    return {name: now[name] - before[name] for name in now if now[name] != before[name] and name != "used_assertions"}


def events_of(station: Station, envelope_id: EnvelopeId) -> Counter[str]:
    (own,) = station.sdk.trace(envelope_id)["deliveries"]
    return Counter(event["tag"] for event in own["events"])


def kinds(station: Station, envelope_id: EnvelopeId) -> Counter[EvidenceType]:
    return Counter(evidence.type for evidence, _ in station.sdk.evidences(envelope_id))


def offered(remote: Remote) -> tuple[Station, Station, Offer]:
    """Return a sender, a recipient, and the letter that the recipient has leased."""
    sender, recipient = remote.first.agencies(2)
    sender.sdk.send(remote.first.package(sender, recipient))
    (offer,) = recipient.sdk.lease().offers
    return sender, recipient, offer


@pytest.mark.parametrize("loss", Loss)
def test_a_submission_gets_its_very_receipt_by_asking_again(remote: Remote, loss: Loss) -> None:
    sender, recipient = remote.first.agencies(2)
    client, package = remote.door.client(sender), remote.first.package(sender, recipient)
    before = remote.first.rows()
    remote.loses(loss, lambda: client.send(package))
    was_committed = loss is Loss.ANSWER
    assert grown(remote.first, before) == (ACCEPTED if was_committed else {})
    kept = [sender.sdk.evidences(EnvelopeId(one["envelope_id"])) for one in sender.sdk.sent()["items"]]
    receipt = client.send(package)
    assert receipt.is_repeat is was_committed
    assert [octets for ((_, octets),) in kept] == [receipt.octets] * was_committed
    repeated = {"events": ACCEPTED["events"] + was_committed}
    assert grown(remote.first, before) == ACCEPTED | repeated
    assert client.send(package).octets == receipt.octets


@pytest.mark.parametrize("loss", Loss)
def test_a_refusal_is_given_again(remote: Remote, loss: Loss) -> None:
    sender, other = remote.first.agencies(2)
    nobody = replace(other, participant=replace(other.participant, organ_id=OrganId("X99")))
    client, package = remote.door.client(sender), remote.first.package(sender, nobody)
    before = remote.first.rows()
    remote.loses(loss, lambda: client.send(package))
    left = {"events": 1, "evidences": 1} if loss is Loss.ANSWER else {}
    assert grown(remote.first, before) == left
    with pytest.raises(ProblemReported) as refused:
        client.send(package)
    assert (refused.value.problem.code, refused.value.evidence is not None) == ("recipient/none-left", True)


@pytest.mark.parametrize("loss", Loss)
def test_a_lease_that_nobody_was_told_of_runs_out(remote: Remote, loss: Loss) -> None:
    sender, recipient = remote.first.agencies(2)
    client = remote.door.client(recipient)
    envelope_id = sender.sdk.send(remote.first.package(sender, recipient)).envelope_id
    remote.loses(loss, client.lease)
    was_committed = loss is Loss.ANSWER
    assert events_of(recipient, envelope_id)["delivery.leased"] == was_committed
    assert len(client.lease().offers) == (not was_committed)
    remote.pass_time(LEASE)
    client = remote.door.client(recipient)
    assert [offer.envelope_id for offer in client.lease().offers] == [envelope_id]


@pytest.mark.parametrize("loss", Loss)
def test_no_octet_leaves_before_the_fetch_is_known_to_be_recorded(remote: Remote, loss: Loss) -> None:
    _, recipient, offer = offered(remote)
    client = remote.door.client(recipient)
    remote.loses(loss, lambda: client.fetch(offer))
    assert events_of(recipient, offer.envelope_id)["delivery.fetched"] == (loss is Loss.ANSWER)
    assert client.fetch(offer)
    assert events_of(recipient, offer.envelope_id)["delivery.fetched"] == 1


@pytest.mark.parametrize("loss", Loss)
def test_a_statement_is_made_again_and_the_delivery_ends_once(remote: Remote, loss: Loss) -> None:
    sender, recipient, offer = offered(remote)
    client = remote.door.client(recipient)
    client.fetch(offer)
    remote.loses(loss, lambda: client.acknowledge(offer, recipient.signer))
    answer = client.acknowledge(offer, recipient.signer)
    assert (answer["state"], answer["repeat"]) == ("handed_over", loss is Loss.ANSWER)
    assert events_of(recipient, offer.envelope_id)["delivery.handed_over"] == 1
    rounds_of(remote.axis).attest()
    assert kinds(sender, offer.envelope_id)[EvidenceType.CONTENT_HANDOVER] == 1


@pytest.mark.parametrize("loss", Loss)
def test_an_assertion_that_was_used_up_for_nothing_is_followed_by_another(remote: Remote, loss: Loss) -> None:
    client = remote.door.stranger(remote.first.agency())
    remote.loses(loss, client.bearer)
    assert client.bearer()


@pytest.mark.parametrize("commits_before", [0, 1], ids=["taken", "stored"])
@pytest.mark.parametrize("loss", Loss)
def test_owed_evidence_is_sealed_once(remote: Remote, loss: Loss, commits_before: int) -> None:
    sender, recipient = remote.first.agencies(2)
    rounds_of(remote.axis).attest()
    envelope_id = sender.sdk.send(remote.first.package(sender, recipient)).envelope_id
    remote.line.will_lose(loss, after=commits_before)
    with pytest.raises(DatabaseUnavailable):
        remote.axis.attestor.attest_due()
    remote.line.has_lost()
    remote.pass_time(timedelta(minutes=1))
    rounds_of(remote.axis).attest()
    expected = {EvidenceType.SUBMISSION_ACCEPTANCE: 1, EvidenceType.CONTENT_CONSIGNMENT: 1}
    assert kinds(remote.first.station(sender.participant), envelope_id) == expected
