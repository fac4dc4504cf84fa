"""An agency that renews its certificate signs with the old one and the new one while both are registered."""

from __future__ import annotations

from dataclasses import replace

from axis.demo.authority import Validity
from tests.fixtures.running import WORD, RunningAxis, signer_of


def test_two_certificates_of_one_agency_overlap_and_both_count(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    participant = sender.participant
    validity = Validity.around(running.clock.now())
    renewed = running.country.intermediate.issue_agency(str(participant.organ_id), participant.name, validity=validity)
    registrar = running.embedded.axis.registrar
    registrar.add_certificate(participant.organ_id, renewed.certificates_pem, instruction=WORD)
    after = replace(sender, participant=replace(participant, signer=signer_of(renewed)))
    certificates = []
    for station in (sender, after, sender):
        receipt = station.sdk.send(running.package(station, recipient))
        assert receipt.evidence.sender_signature is not None
        assert receipt.evidence.sender_signature.certificate is not None
        certificates.append(receipt.evidence.sender_signature.certificate.digest.value.hex())
    old, new = sender.signer.certificate.fingerprint, after.signer.certificate.fingerprint
    assert old != new
    assert certificates == [old, new, old]


def test_the_recipient_acknowledges_with_either_of_its_certificates(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    participant = recipient.participant
    validity = Validity.around(running.clock.now())
    renewed = running.country.intermediate.issue_agency(str(participant.organ_id), participant.name, validity=validity)
    registrar = running.embedded.axis.registrar
    registrar.add_certificate(participant.organ_id, renewed.certificates_pem, instruction=WORD)
    for signer in (recipient.signer, signer_of(renewed)):
        sender.sdk.send(running.package(sender, recipient))
        (offer,) = recipient.sdk.lease().offers
        recipient.sdk.fetch(offer)
        assert recipient.sdk.acknowledge(offer, signer)["state"] == "handed_over"
