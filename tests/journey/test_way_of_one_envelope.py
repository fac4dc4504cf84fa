"""The way of one envelope, step by step, over HTTP: from enrolment to the last evidence."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from axis.demo.letters import report
from axis.sdk import Lease, Offer, Receipt, check_package
from envelopes.acknowledgement import ACKNOWLEDGEMENT_TYPE
from envelopes.codes import StatusCode
from envelopes.evidence import Evidence, EvidenceType
from envelopes.identifiers import EnvelopeId
from envelopes.model import Envelope
from signing.jws import verify_jws
from signing.trust import TrustStore
from tests.fixtures.running import RunningAxis, Station, eventually

DONE = (StatusCode.ARRIVED, StatusCode.RECEIVED, StatusCode.COMPLETED)
REASON = "Văn bản không đúng thẩm quyền giải quyết"
WAIT_SECONDS = 20


def test_the_way_of_one_envelope(running: RunningAxis, tmp_path: Path) -> None:
    sender, commune, office, refuser, stranger = running.agencies(5)
    recipients = (commune, office, refuser)
    is_enrolled(sender)
    has_a_token(sender)

    letter = running.letter(sender, recipients)
    package = running.signed(letter, sender)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(commune.sdk.lease, wait=WAIT_SECONDS)
        receipt = sender.sdk.send(package)
        woken = waiting.result(WAIT_SECONDS - 5)
    is_receipted(receipt, package, letter, recipients)
    is_believed_by_others(running, receipt.octets, tmp_path)
    repeats(running, sender, letter, receipt=receipt)

    for recipient, lease in ((commune, woken), (office, office.sdk.lease()), (refuser, refuser.sdk.lease())):
        takes_over(running, recipient, lease, package)
    for recipient in (commune, office):
        for code in DONE:
            says(running, recipient, letter, code)
    says(running, refuser, letter, StatusCode.REFUSED, REASON)
    hears(sender, [*DONE, *DONE, StatusCode.REFUSED])

    evidences = attested(sender, receipt.envelope_id, recipients)
    is_a_chain(evidences, receipt)
    keeps_statements(evidences, recipients)
    for _, octets in evidences:
        is_believed_by_others(running, octets, tmp_path)
    is_traced(sender, receipt.envelope_id, recipients)
    sees_only_itself(office, receipt.envelope_id)
    finds_nothing(stranger, receipt, woken.offers[0])


# ── 1. identify ───────────────────────────────────────────────────────────────────────────────────────────────────────


def is_enrolled(station: Station) -> None:
    """The directory, which every system may ask, knows the agency."""
    found = station.http.get(f"/v1/directory/agencies/{station.organ_id}").json()
    assert (found["organ_id"], found["is_receiving"]) == (str(station.organ_id), True)


def has_a_token(station: Station) -> None:
    """The system proved itself with its key; without the token there is nothing to see."""
    assert station.sdk.bearer().count(".") == 2
    refused = station.http.get("/v1/envelopes", headers={"Authorization": ""})
    assert (refused.status_code, refused.json()["code"]) == (401, "access/token-missing")


# ── 2–10. submit, and the receipt ─────────────────────────────────────────────────────────────────────────────────────


def is_receipted(receipt: Receipt, package: bytes, letter: Envelope, recipients: Sequence[Station]) -> None:
    """The SDK verified the seal; what it seals is this package, for these recipients."""
    evidence, answer = receipt.evidence, receipt.answer
    assert evidence.type is EvidenceType.SUBMISSION_ACCEPTANCE
    assert evidence.content is not None
    assert str(evidence.content.raw) == answer["raw_digest"] == hashlib.sha256(package).hexdigest()
    assert evidence.message.envelope_id == receipt.envelope_id
    assert evidence.message.document_id == letter.document_id
    assert [one.party.organ_id for one in evidence.recipients] == [one.organ_id for one in recipients]
    assert len(evidence.content.attachments) == len(letter.attachments)


def is_believed_by_others(running: RunningAxis, octets: bytes, folder: Path) -> None:
    """A tool that we did not write verifies the seal against the root, and not once a letter is changed."""
    if shutil.which("xmlsec1") is None:
        return  # said once, at the end of the run
    anchor, file = folder / "anchor.pem", folder / "evidence.xml"
    anchor.write_bytes(running.ring.anchors[0].pem)
    properties = "--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties"
    command = ["xmlsec1", "--verify", "--trusted-pem", str(anchor), *properties, str(file)]
    for content, is_genuine in ((octets, True), (octets.replace(b"K07.", b"K08.", 1), False)):
        file.write_bytes(content)
        assert (subprocess.run(command, capture_output=True, check=False).returncode == 0) is is_genuine


def repeats(running: RunningAxis, sender: Station, letter: Envelope, *, receipt: Receipt) -> None:
    """The same letter, signed again by a client that forgot it, gets the first receipt: as JSON and as it is."""
    again = sender.sdk.send(running.signed(letter, sender))
    assert again.is_repeat
    assert again.octets == receipt.octets
    bare = sender.post(running.signed(letter, sender), Accept="application/xml")
    assert (bare.status_code, bare.headers["Axis-Repeat"], bare.content) == (200, "true", receipt.octets)
    assert bare.headers["Location"] == f"/v1/envelopes/{receipt.envelope_id}"


# ── 13. hand over ─────────────────────────────────────────────────────────────────────────────────────────────────────


def takes_over(running: RunningAxis, recipient: Station, lease: Lease, package: bytes) -> None:
    """The recipient fetches what the sender signed, bit for bit, judges it itself, and signs for it."""
    (offer,) = lease.offers
    assert lease.until is not None
    octets = recipient.sdk.fetch(offer)
    assert octets == package
    checked = check_package(octets, TrustStore(running.ring.anchors), at=running.clock.now())
    assert isinstance(checked.message, Envelope)
    assert checked.message.recipients[0].organ_id is not None
    done, again = (recipient.sdk.acknowledge(offer, recipient.signer) for _ in range(2))
    assert (done["state"], done["repeat"], again["repeat"]) == ("handed_over", False, True)
    assert recipient.sdk.lease().offers == ()


# ── 14. statuses ──────────────────────────────────────────────────────────────────────────────────────────────────────


def says(
    running: RunningAxis, speaker: Station, letter: Envelope, code: StatusCode, description: str | None = None
) -> None:
    """A recipient reports; its report is a message with a receipt of its own, and harmless to repeat."""
    told = replace(report(letter, speaker.participant, code=code, at=running.clock.now()), description=description)
    receipt, again = (speaker.sdk.send(running.signed(told, speaker)) for _ in range(2))
    assert receipt.evidence.message.code == code.value
    assert again.octets == receipt.octets
    events = speaker.sdk.trace(receipt.envelope_id)["events"]
    assert [event["tag"] for event in events] == ["status.accepted", "status.repeated"]


def hears(sender: Station, expected: Sequence[StatusCode]) -> None:
    """The sender pulls what was reported, like any message, each in the order it was accepted."""
    lease = sender.sdk.lease(limit=100)
    assert {offer.kind for offer in lease.offers} == {"status"}
    codes = [sender.http.get(f"/v1/deliveries/{one.delivery_id}").json()["status_code"] for one in lease.offers]
    assert codes == [code.value for code in expected]
    for offer in lease.offers:
        assert b"StatusCode" in sender.sdk.fetch(offer)
        sender.sdk.acknowledge(offer, sender.signer)


# ── 15. evidence and trace ────────────────────────────────────────────────────────────────────────────────────────────


def attested(
    sender: Station, envelope_id: EnvelopeId, recipients: Sequence[Station]
) -> tuple[tuple[Evidence, bytes], ...]:
    """All evidence, once the worker has sealed it: one acceptance, then two for each recipient."""
    number = 1 + 2 * len(recipients)

    def look() -> tuple[tuple[Evidence, bytes], ...] | None:
        found = sender.sdk.evidences(envelope_id)
        return found if len(found) == number else None

    return eventually(look)


def is_a_chain(evidences: Sequence[tuple[Evidence, bytes]], receipt: Receipt) -> None:
    """Each evidence names the one before it by its digest, back to the receipt that the sender holds."""
    octets = {evidence.identifier: content for evidence, content in evidences}
    assert evidences[0][1] == receipt.octets
    for evidence, _ in evidences[1:]:
        assert evidence.previous is not None
        assert evidence.previous.digest.value == hashlib.sha256(octets[evidence.previous.identifier]).digest()
    handovers = [one for one, _ in evidences if one.type is EvidenceType.CONTENT_HANDOVER]
    consigned = {one.identifier for one, _ in evidences if one.type is EvidenceType.CONTENT_CONSIGNMENT}
    assert {one.previous.identifier for one in handovers if one.previous} == consigned


def keeps_statements(evidences: Sequence[tuple[Evidence, bytes]], recipients: Sequence[Station]) -> None:
    """The handover rests on the recipient's own signed word."""
    certificates = {one.signer.certificate.fingerprint: one.signer.certificate for one in recipients}
    owners = {one.signer.certificate.fingerprint: one.organ_id for one in recipients}
    handovers = [one for one, _ in evidences if one.type is EvidenceType.CONTENT_HANDOVER]
    for evidence in handovers:
        assert evidence.acknowledgement is not None
        assert evidence.acknowledgement.jws is not None
        said = verify_jws(evidence.acknowledgement.jws, certificates.get, kind=ACKNOWLEDGEMENT_TYPE)
        assert owners[said.signer.fingerprint] == evidence.recipients[0].party.organ_id
        assert evidence.content is not None
        assert str(evidence.content.raw).encode() in said.payload


def is_traced(sender: Station, envelope_id: EnvelopeId, recipients: Sequence[Station]) -> None:
    """The sender sees for each recipient what happened, in order, and what it said last."""
    traced = sender.sdk.trace(envelope_id)
    by_recipient = {one["recipient"]: one for one in traced["deliveries"]}
    assert list(by_recipient) == [str(one.organ_id) for one in recipients]
    for one in by_recipient.values():
        assert one["state"] == "handed_over"
        tags = [event["tag"] for event in one["events"]]
        assert tags == ["delivery.consigned", "delivery.leased", "delivery.fetched", "delivery.handed_over"]
        assert [bool(event["evidence_id"]) for event in one["events"]] == [True, False, False, True]
    current = [one["current"] for one in by_recipient.values()]
    assert [one["code"] for one in current] == ["06", "06", "02"]
    assert current[-1]["description"] == REASON
    assert [event["tag"] for event in traced["events"]][:2] == ["envelope.accepted", "envelope.repeated"]


def sees_only_itself(recipient: Station, envelope_id: EnvelopeId) -> None:
    """A recipient sees its own trace and the evidence about its own delivery, and nobody else's."""
    (own,) = recipient.sdk.trace(envelope_id)["deliveries"]
    assert own["recipient"] == str(recipient.organ_id)
    found = recipient.sdk.evidences(envelope_id)
    assert [one.type for one, _ in found] == [EvidenceType.CONTENT_CONSIGNMENT, EvidenceType.CONTENT_HANDOVER]
    assert {str(one.recipients[0].party.organ_id) for one, _ in found} == {str(recipient.organ_id)}
    assert recipient.http.get(f"/v1/envelopes/{envelope_id}/content").status_code == 404


def finds_nothing(stranger: Station, receipt: Receipt, offer: Offer) -> None:
    """For everybody else there is nothing at all, and the answers are those for ids that nobody has."""
    envelope, evidence = f"/v1/envelopes/{receipt.envelope_id}", f"/v1/evidences/{receipt.evidence.identifier}"
    addresses = [envelope, f"{envelope}/trace", f"{envelope}/content", f"{envelope}/evidences", evidence]
    addresses += [f"/v1/deliveries/{offer.delivery_id}", f"/v1/deliveries/{offer.delivery_id}/content"]
    answers: list[Mapping[str, Any]] = []
    for address in addresses:
        answer = stranger.http.get(address)
        assert answer.status_code == 404
        answers.append(answer.json())
    assert {one["code"] for one in answers} == {"resource/not-found"}
    assert stranger.sdk.sent()["items"] == []
    assert stranger.sdk.lease().offers == ()
