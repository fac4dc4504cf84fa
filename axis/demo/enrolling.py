"""Fills the directory of a demonstration: agencies, certificates, systems. Harmless to repeat."""

from __future__ import annotations

from collections.abc import Sequence

from axis.demo.directory import agencies
from axis.demo.keys import Participant
from axis.enrolment.amendments import SystemApplication
from axis.enrolment.registrar import Instruction, Registrar
from envelopes.identifiers import OrganId
from routing.agencies import Agency
from signing.certificates import Certificate

_BY_DEMO = Instruction(actor="axis demo", reason="demonstration")


def enrol(registrar: Registrar, participants: Sequence[Participant]) -> int:
    """Return how many agencies the directory has, after entering the demonstration's and whoever takes part."""
    return enrol_agencies(registrar, agencies(), participants=participants)


def enter_certificate(registrar: Registrar, organ_id: OrganId, *, certificate: Certificate) -> None:
    """Register one more certificate for an agency."""
    registrar.add_certificate(organ_id, certificate.pem, instruction=_BY_DEMO)


def enter_webhook(registrar: Registrar, participant: Participant, *, address: str) -> None:
    """Have the system of one who takes part told at this address."""
    registrar.set_webhook(participant.credentials.system_id, address, instruction=_BY_DEMO)


def enrol_agencies(registrar: Registrar, entries: Sequence[Agency], *, participants: Sequence[Participant]) -> int:
    """Return how many agencies the directory has, after entering these and whoever takes part."""
    registrar.import_agencies(entries, _BY_DEMO)
    known = {system.system_id for system in registrar.systems()}
    for one in participants:
        registrar.add_certificate(one.organ_id, one.signer.certificate.pem, instruction=_BY_DEMO)
        system_id = one.credentials.system_id
        if system_id not in known:
            application = SystemApplication(system_id, one.organ_id, f"Hệ thống QLVB {one.organ_id}", (one.organ_id,))
            registrar.add_system(application, one.credentials.key.public_jwk().encode(), instruction=_BY_DEMO)
    return len(registrar.agencies())
