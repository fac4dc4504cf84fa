"""Whether a calling system, and a certificate, speak for an agency at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from envelopes.identifiers import OrganId
from routing.agencies import Agency, System
from routing.directory import Directory


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated system. `narrowed_to` are the roots its token was limited to; empty means no limit."""

    system: System
    narrowed_to: tuple[OrganId, ...] = ()


class CertificateStanding(StrEnum):
    """What the directory says of a certificate that has signed in an agency's name."""

    IN_FORCE = "in-force"
    NOT_REGISTERED = "not-registered"
    NOT_OWNER = "not-owner"
    OUT_OF_WINDOW = "out-of-window"
    SUSPENDED = "suspended"


def may_act_for(directory: Directory, caller: Caller, *, organ_id: OrganId) -> bool:
    """Return whether both the system and its token reach this agency."""
    if not directory.may_act_for(caller.system, organ_id):
        return False
    return not caller.narrowed_to or any(directory.is_within(organ_id, root) for root in caller.narrowed_to)


def judge_certificate(
    directory: Directory, fingerprint: str, *, agency: Agency, moment: datetime
) -> CertificateStanding:
    """Return whether the certificate is registered for exactly this agency, in its window and not suspended.

    A certificate of the agency above or below is another agency's (threat 39). Its window and suspension are the
    owner's affair: `NOT_OWNER` comes first.
    """
    certificate = directory.certificate(fingerprint)
    if certificate is None:
        return CertificateStanding.NOT_REGISTERED
    if directory.resolve(certificate.organ_id) is not directory.resolve(agency.organ_id):
        return CertificateStanding.NOT_OWNER
    if certificate.is_suspended_at(moment):
        return CertificateStanding.SUSPENDED
    if not certificate.is_registered_at(moment):
        return CertificateStanding.OUT_OF_WINDOW
    return CertificateStanding.IN_FORCE
