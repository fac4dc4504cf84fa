"""The receiving side: what is believed to be an event of the axis, what is not, and what was seen before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from axis.clock import SettableClock
from axis.demo.keys import KeyRing
from axis.exchange.notices import Herald
from axis.sdk import Notification, NotificationKind, Remembered, WebhookRefused, WebhookVerifier
from axis.sdk import webhooks as module
from axis.sdk.errors import WebhookFault
from envelopes.acknowledgement import ACKNOWLEDGEMENT_TYPE, AckOutcome, read_acknowledgement
from envelopes.identifiers import DeliveryId, EnvelopeId, EventId, OrganId, SystemId
from envelopes.notification import NOTIFICATION_BYTES_MAX, NotificationUnreadable, read_notification
from routing.webhooks import WebhookAddress
from signing.errors import TrustUnusable
from signing.http_signatures import content_digest, read_digest_field
from signing.jws import verify_jws
from signing.keys import Signer, load_pem
from storage.records import Notice
from tests.fixtures.postgres import MOMENT
from tests.storage.records import envelope

TARGET = "https://qlvb.example.vn/axis"
EVENT = UUID("019aa5f0-7c12-7d04-9b6a-2f1d8c3e4b55")
NOTICE = Notice(
    notice_id=EventId(EVENT),
    system_id=SystemId("qlvb"),
    envelope_id=EnvelopeId(UUID("019aa5f0-7c11-7a52-8f3e-5d0c2b1e9a77")),
    delivery_id=DeliveryId(UUID("019aa5f0-7c12-7d04-9b6a-2f1d8c3e4b56")),
    recipient=OrganId("H51.15"),
    priority_rank=3,
    is_status=False,
    consigned_at=MOMENT,
    expires_at=MOMENT + timedelta(days=12),
    due_at=MOMENT,
)


@pytest.fixture(scope="module")
def seal(key_ring: KeyRing) -> Signer:
    files = key_ring.files
    return load_pem(files.seal_key.read_bytes(), files.seal_certificate.read_bytes())


@pytest.fixture
def verifier(key_ring: KeyRing) -> WebhookVerifier:
    return WebhookVerifier.pinned(TARGET, key_ring.seal, clock=SettableClock(MOMENT))


def call(signer: Signer, body: bytes | None = None, **changes: str) -> tuple[Mapping[str, str], bytes]:
    """The headers and the body of a call, with changes to the headers."""
    herald = Herald(signer, "https://axis.example.vn")
    octets = herald.event(NOTICE) if body is None else body
    fields = herald.signed(WebhookAddress(TARGET), octets, at=MOMENT)
    return {name.title(): value for name, value in {**fields, **changes}.items()}, octets


def fault_of(verifier: WebhookVerifier, headers: Mapping[str, str], body: bytes) -> WebhookFault:
    with pytest.raises(WebhookRefused) as raised:
        verifier.verify(headers, body)
    return raised.value.fault


def test_an_event_says_what_waits_for_whom(verifier: WebhookVerifier, seal: Signer) -> None:
    event = verifier.verify(*call(seal))
    assert (event.event_id, event.kind, event.time) == (EVENT, NotificationKind.DELIVERY_CONSIGNED, MOMENT)
    told = event.consigned
    assert told is not None
    assert (told.delivery_id, told.envelope_id) == (NOTICE.delivery_id, NOTICE.envelope_id)
    assert (told.recipient, told.priority_rank, told.is_status) == (OrganId("H51.15"), 3, False)
    assert told.link == f"https://axis.example.vn/v1/deliveries/{NOTICE.delivery_id}"


def test_an_event_is_a_cloudevent(seal: Signer) -> None:
    headers, body = call(seal)
    assert headers["Content-Type"] == "application/cloudevents+json"
    document = json.loads(body)
    assert {"specversion", "id", "source", "type", "time", "subject", "datacontenttype", "data"} == set(document)
    assert document["specversion"] == "1.0"


def test_what_was_changed_on_the_way_is_refused(verifier: WebhookVerifier, seal: Signer) -> None:
    headers, body = call(seal)
    assert fault_of(verifier, headers, body.replace(b"H51.15", b"H51.16")) is WebhookFault.DIGEST
    altered = body.replace(b"H51.15", b"H51.16")
    assert fault_of(verifier, {**headers, "Content-Digest": content_digest(altered)}, altered) is WebhookFault.SIGNATURE
    assert fault_of(verifier, {**headers, "Content-Type": "text/plain"}, body) is WebhookFault.SIGNATURE
    assert fault_of(verifier, {}, body) is WebhookFault.SIGNATURE
    assert fault_of(replace(verifier, target="https://other.example.vn/axis"), headers, body) is WebhookFault.SIGNATURE


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_what_was_recorded_and_sent_again_is_refused(key_ring: KeyRing, seal: Signer, seconds: int) -> None:
    clock = SettableClock(MOMENT + timedelta(seconds=seconds))
    late = WebhookVerifier.pinned(TARGET, key_ring.seal, clock=clock)
    assert fault_of(late, *call(seal)) is WebhookFault.TIME


def test_an_agencys_key_of_the_same_authority_is_no_seal(verifier: WebhookVerifier, key_ring: KeyRing) -> None:
    agency = key_ring.participants()["H51.15"].signer
    assert fault_of(verifier, *call(agency)) is WebhookFault.OTHER_KEY
    pretending, body = call(agency)
    named = {**pretending}
    (seal,) = verifier.seals
    named["Signature-Input"] = named["Signature-Input"].replace(agency.certificate.fingerprint, seal)
    assert fault_of(verifier, named, body) is WebhookFault.SIGNATURE


def test_a_seal_that_has_ended_is_refused(key_ring: KeyRing, seal: Signer) -> None:
    end = seal.certificate.x509.not_valid_after_utc + timedelta(days=1)
    herald = Herald(seal, "https://axis.example.vn")
    body = herald.event(NOTICE)
    headers = herald.signed(WebhookAddress(TARGET), body, at=end)
    late = WebhookVerifier.pinned(TARGET, key_ring.seal, clock=SettableClock(end))
    assert fault_of(late, headers, body) is WebhookFault.UNTRUSTED


def test_without_a_seal_nothing_can_be_judged(key_ring: KeyRing) -> None:
    with pytest.raises(TrustUnusable):
        WebhookVerifier.pinned(TARGET, [one for one in key_ring.seal if one.is_authority])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 5_000,
        b'{"specversion":"0.3","id":"1"}',
        b'{"specversion":"1.0","id":"1","type":"x","source":"s","time":"2026-11-21T08:30:00Z"}',
        (
            b'{"specversion":"1.0","id":"019aa5f0-7c12-7d04-9b6a-2f1d8c3e4b55","type":"axis.delivery.consigned",'
            b'"source":"s","time":"2026-11-21T08:30:00Z","data":[]}'
        ),
        b" " * (NOTIFICATION_BYTES_MAX + 1),
    ],
)
def test_what_is_no_event_is_refused_although_it_is_signed(
    verifier: WebhookVerifier, seal: Signer, body: bytes
) -> None:
    assert fault_of(verifier, *call(seal, body)) is WebhookFault.UNREADABLE
    with pytest.raises(NotificationUnreadable):
        read_notification(body)


def test_a_kind_that_comes_later_is_passed_on(verifier: WebhookVerifier, seal: Signer) -> None:
    body = (
        b'{"specversion":"1.0","id":"019aa5f0-7c12-7d04-9b6a-2f1d8c3e4b55","type":"axis.delivery.recalled",'
        b'"source":"s","time":"2026-11-21T08:30:00Z","data":{"more":1},"extra":true}'
    )
    event = verifier.verify(*call(seal, body))
    assert event == Notification(EVENT, "axis.delivery.recalled", "s", MOMENT)


def test_an_event_is_the_first_of_its_id_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 2)
    seen = Remembered()
    ids = [UUID(int=number) for number in range(3)]
    assert [seen.is_first(one) for one in (ids[0], ids[0], ids[1])] == [True, False, True]
    assert seen.is_first(ids[2])
    assert seen.is_first(ids[0]), "only the latest are remembered"


PACKAGE = b"<edXML/>"


def carried(signer: Signer, octets: bytes = PACKAGE, **changes: str) -> tuple[Mapping[str, str], bytes]:
    """The headers and the body of a call with a package, with changes to the headers."""
    record = replace(envelope(), raw_digest=hashlib.sha256(PACKAGE).digest(), size=len(PACKAGE))
    address = WebhookAddress(TARGET)
    herald = Herald(signer, "https://axis.example.vn")
    fields = herald.package(NOTICE, record, media_type="application/xml", address=address, at=MOMENT)
    return {name.title(): value for name, value in {**fields, **changes}.items()}, octets


def test_a_package_is_believed_with_everything_that_says_what_it_is(verifier: WebhookVerifier, seal: Signer) -> None:
    event = verifier.verify(*carried(seal))
    assert (event.kind, event.event_id) == (NotificationKind.DELIVERY_CARRIED, EVENT)
    assert event.consigned is not None
    assert event.consigned.delivery_id == NOTICE.delivery_id
    assert event.consigned.envelope_id == NOTICE.envelope_id
    assert (event.consigned.recipient, event.consigned.priority_rank) == (NOTICE.recipient, 3)
    assert event.time == MOMENT


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"ce-id": str(UUID(int=1))}, WebhookFault.SIGNATURE),
        ({"ce-subject": str(UUID(int=1))}, WebhookFault.SIGNATURE),
        ({"ce-recipient": "H51.16"}, WebhookFault.SIGNATURE),
        ({"ce-envelopeid": str(UUID(int=1))}, WebhookFault.SIGNATURE),
        ({"ce-priorityrank": "0"}, WebhookFault.SIGNATURE),
        ({"content-digest": content_digest(b"other")}, WebhookFault.SIGNATURE),
        ({"content-type": "application/cloudevents+json"}, WebhookFault.SIGNATURE),
    ],
)
def test_a_package_under_another_name_is_not_believed(
    verifier: WebhookVerifier, seal: Signer, changes: Any, fault: WebhookFault
) -> None:
    with pytest.raises(WebhookRefused) as refused:
        verifier.verify(*carried(seal, **changes))
    assert refused.value.fault is fault


def test_other_octets_are_not_the_package(verifier: WebhookVerifier, seal: Signer) -> None:
    with pytest.raises(WebhookRefused) as refused:
        verifier.verify(*carried(seal, b"<edXML>x</edXML>"))
    assert refused.value.fault is WebhookFault.DIGEST


def test_an_answer_names_the_digest_and_may_bring_the_acknowledgement(
    verifier: WebhookVerifier, seal: Signer, key_ring: KeyRing
) -> None:
    event = verifier.verify(*carried(seal))
    answer = verifier.answer(event, PACKAGE)
    assert read_digest_field(answer.headers["axis-received-digest"]) == hashlib.sha256(PACKAGE).digest()
    assert answer.body == b""
    signer = key_ring.participants()["H41.21"].signer
    certificate = signer.certificate
    signed = verifier.answer(event, PACKAGE, signer=signer, failure="Không mở được tệp ")
    assert signed.headers["content-type"] == "application/jose"
    verified = verify_jws(signed.body.decode(), {certificate.fingerprint: certificate}.get, kind=ACKNOWLEDGEMENT_TYPE)
    said = read_acknowledgement(verified.payload)
    assert (said.delivery, said.recipient) == (NOTICE.delivery_id, NOTICE.recipient)
    assert (said.outcome, said.reason, said.time) == (AckOutcome.FAIL, "Không mở được tệp", MOMENT)
    assert said.digest == hashlib.sha256(PACKAGE).hexdigest()
    tested = verifier.verify(*call(seal, Herald(seal, "https://axis.example.vn").test(EventId(EVENT), at=MOMENT)))
    with pytest.raises(ValueError, match="delivery"):
        verifier.answer(tested, PACKAGE)
