"""What an entry of the directory reads after a change, or why it may not change so; pure: time comes in as a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from axis.enrolment.credentials import PublicKey, Window
from axis.enrolment.reasons import EnrolmentCode, found
from axis.errors import Refused
from envelopes.identifiers import OrganId, SystemId
from routing.agencies import NAME_MAX, Agency, RegisteredCertificate, System, SystemKey, SystemState
from routing.directory import Directory
from routing.errors import InvalidEntry
from routing.reasons import ReasonCode
from routing.reasons import found as directory_finding
from routing.webhooks import WebhookAddress, WebhookMode

OVERLAP_MAX: Final = timedelta(days=90)
"""How long an old key may go on beside the new one: the slowest update of agency software takes a quarter."""

_MOMENT: Final = timedelta(milliseconds=1)
"""The shortest window a key can have; our times have no finer grain."""


@dataclass(frozen=True, slots=True)
class SystemApplication:
    """What is asked for a new system; ids may be aliases. `exact_scopes` are agencies without those below them."""

    system_id: SystemId
    organ_id: OrganId
    name: str
    scopes: tuple[OrganId, ...] = ()
    exact_scopes: tuple[OrganId, ...] = ()


def known_agency(directory: Directory, organ_id: OrganId) -> Agency:
    """Return the agency with this id or alias; raises `Refused` where there is none."""
    agency = directory.resolve(organ_id)
    if agency is None:
        names = {"missing": str(organ_id)}
        raise Refused((directory_finding(ReasonCode.DIRECTORY_UNKNOWN_AGENCY, "", value=organ_id, names=names),))
    return agency


def known_system(directory: Directory, system_id: SystemId) -> System:
    """Return the system with this id, in whatever state; raises `Refused` where there is none."""
    system = directory.system(system_id)
    if system is None:
        raise _refused(EnrolmentCode.SYSTEM_UNKNOWN, system_id)
    return system


def closed(agency: Agency, on: date, *, successors: tuple[OrganId, ...]) -> Agency:
    """Return the agency as it reads when it no longer exists from the day `on`; without successors, its own stay."""
    if agency.valid_to is not None and agency.valid_to != on:
        raise _refused(EnrolmentCode.ALREADY_CLOSED, agency.organ_id, closed=agency.valid_to.isoformat())
    if agency.valid_from is not None and on <= agency.valid_from:
        raise _refused(EnrolmentCode.CLOSES_BEFORE_OPENING, agency.organ_id, opens=agency.valid_from.isoformat())
    return _with_successors(replace(agency, valid_to=on), successors or agency.successors)


def succeeded(agency: Agency, successors: tuple[OrganId, ...]) -> Agency:
    """Return the agency with these successors in place of those it had."""
    if not successors:
        raise _refused(EnrolmentCode.NO_SUCCESSOR, agency.organ_id)
    return _with_successors(agency, successors)


def canonical(directory: Directory, organ_ids: Iterable[OrganId]) -> tuple[OrganId, ...]:
    """Return the canonical ids of agencies; one that the directory does not know stays as it is written."""
    resolved = ((directory.resolve(one), one) for one in organ_ids)
    return tuple(one if agency is None else agency.organ_id for agency, one in resolved)


def forwarding(directory: Directory, agency: Agency, *, to: OrganId | None) -> Agency:
    """Return the agency as it reads when its mail goes to a successor once it is closed.

    Without `to` it is the only one; which of several it is has to be said.
    """
    if to is None and len(agency.successors) != 1:
        code = EnrolmentCode.FORWARDS_TO_WHOM if agency.successors else EnrolmentCode.NO_SUCCESSOR
        raise _refused(code, agency.organ_id)
    wanted = known_agency(directory, agency.successors[0] if to is None else to)
    heir = next((one for one in agency.successors if directory.resolve(one) is wanted), None)
    if heir is None:
        raise _refused(EnrolmentCode.NOT_A_SUCCESSOR, wanted.organ_id, closed=str(agency.organ_id))
    return replace(agency, forwards_to=heir)


def refusing(agency: Agency) -> Agency:
    """Return the agency as it reads when mail to it is refused once it is closed, naming its successors."""
    return replace(agency, forwards_to=None)


def registered(directory: Directory, organ_id: OrganId, *, fingerprint: str, window: Window) -> RegisteredCertificate:
    """Return the registration of a certificate for an agency, or the present one with another window."""
    agency = known_agency(directory, organ_id)
    present = directory.certificate(fingerprint)
    if present is not None and directory.resolve(present.organ_id) is not agency:
        raise _refused(EnrolmentCode.CERTIFICATE_OF_ANOTHER, fingerprint, owner=str(present.organ_id))
    if present is not None and present.suspended_at is not None:
        raise _refused(EnrolmentCode.CERTIFICATE_SUSPENDED, fingerprint)
    return RegisteredCertificate(fingerprint, agency.organ_id, window.start, window.end)


def suspended_certificate(directory: Directory, fingerprint: str, *, moment: datetime) -> RegisteredCertificate:
    """Return the registration, suspended from `moment` on, or as it is where it was suspended before."""
    present = directory.certificate(fingerprint)
    if present is None:
        raise _refused(EnrolmentCode.CERTIFICATE_UNKNOWN, fingerprint)
    return present if present.suspended_at is not None else replace(present, suspended_at=moment)


def restored_certificate(directory: Directory, fingerprint: str) -> RegisteredCertificate:
    """Return the registration as it reads without a suspension."""
    present = directory.certificate(fingerprint)
    if present is None:
        raise _refused(EnrolmentCode.CERTIFICATE_UNKNOWN, fingerprint)
    return replace(present, suspended_at=None)


def enrolled(directory: Directory, application: SystemApplication, *, keys: tuple[SystemKey, ...]) -> System:
    """Return the new system, its agencies under their canonical ids."""
    if directory.system(application.system_id) is not None:
        raise _refused(EnrolmentCode.SYSTEM_EXISTS, application.system_id)
    if not application.scopes and not application.exact_scopes:
        raise _refused(EnrolmentCode.SYSTEM_WITHOUT_SCOPE, application.system_id)
    try:
        return System(
            system_id=application.system_id,
            organ_id=known_agency(directory, application.organ_id).organ_id,
            name=application.name,
            scopes=_canonical(directory, application.scopes),
            exact_scopes=_canonical(directory, application.exact_scopes),
            keys=keys,
        )
    except InvalidEntry as error:
        raise _refused(EnrolmentCode.SYSTEM_NAME, application.system_id, limit=str(NAME_MAX)) from error


def moved(system: System, state: SystemState) -> System:
    """Return the system in another state; what was removed stays so."""
    if system.state is SystemState.REMOVED and state is not SystemState.REMOVED:
        raise _refused(EnrolmentCode.SYSTEM_REMOVED, system.system_id)
    return replace(system, state=state)


def rekeyed(system: System, key: PublicKey, *, moment: datetime, overlap: timedelta) -> System:
    """Return the system with a new key from `moment` on; its former keys end `overlap` later at the latest."""
    if system.state is SystemState.REMOVED:
        raise _refused(EnrolmentCode.SYSTEM_REMOVED, system.system_id)
    if not timedelta() <= overlap <= OVERLAP_MAX:
        raise _refused(EnrolmentCode.OVERLAP, system.system_id, limit=str(int(OVERLAP_MAX.total_seconds()) // 3600))
    if any(former.kid == key.kid for former in system.keys):
        raise _refused(EnrolmentCode.KEY_REPEATED, key.kid)
    former = tuple(_ending(one, moment + overlap) for one in system.keys)
    return replace(system, keys=(*former, key.from_moment(moment)))


def told_at(system: System, webhook: WebhookAddress | None, *, mode: WebhookMode | None) -> System:
    """Return the system with this webhook, or without one; who was removed is told nothing.

    It gets there what it got before, where no other `mode` is given.
    """
    if webhook is not None and system.state is SystemState.REMOVED:
        raise _refused(EnrolmentCode.SYSTEM_REMOVED, system.system_id)
    if webhook is None:
        return replace(system, webhook=None, webhook_mode=WebhookMode.EVENT)
    return replace(system, webhook=webhook, webhook_mode=mode or system.webhook_mode)


def _ending(key: SystemKey, end: datetime) -> SystemKey:
    if key.valid_to is not None and key.valid_to <= end:
        return key
    return replace(key, valid_to=max(end, key.valid_from + _MOMENT))


def _canonical(directory: Directory, organ_ids: tuple[OrganId, ...]) -> tuple[OrganId, ...]:
    return _each_once(tuple(known_agency(directory, organ_id).organ_id for organ_id in organ_ids))


def _with_successors(agency: Agency, successors: tuple[OrganId, ...]) -> Agency:
    """Return the agency with these successors; its mail must not go to one who is none any more."""
    named = _each_once(successors)
    heir = agency.forwards_to
    if heir is not None and heir.key not in {one.key for one in named}:
        raise _refused(EnrolmentCode.FORWARDS_ELSEWHERE, agency.organ_id, other=str(heir))
    return replace(agency, successors=named)


def _each_once(organ_ids: tuple[OrganId, ...]) -> tuple[OrganId, ...]:
    return tuple({organ_id.key: organ_id for organ_id in organ_ids}.values())


def _refused(code: EnrolmentCode, value: object, **names: str) -> Refused:
    filled: Mapping[str, str] | None = names or None
    return Refused((found(code, "", value=value, names=filled),))
