"""Whether a message may speak in the name of the agency in `From`: the agency, the certificate, the calling system."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from envelopes import paths
from envelopes.errors import Finding
from envelopes.identifiers import OrganId
from envelopes.parser import Tag
from routing.agencies import Agency, Standing
from routing.authority import Caller, CertificateStanding, judge_certificate, may_act_for
from routing.directory import Directory
from routing.reasons import ReasonCode, found
from routing.succession import find_successors, name_successors

_FROM_PATH: Final = paths.inside(paths.FROM, Tag.ORGAN_ID)
_SIGNATURE_PATH: Final = paths.inside(paths.HEADER, Tag.SIGNATURE)

_CERTIFICATES: Final = {
    CertificateStanding.NOT_REGISTERED: ReasonCode.SENDER_CERTIFICATE_NOT_REGISTERED,
    CertificateStanding.NOT_OWNER: ReasonCode.SENDER_NOT_OWNER,
    CertificateStanding.OUT_OF_WINDOW: ReasonCode.SENDER_CERTIFICATE_OUT_OF_WINDOW,
    CertificateStanding.SUSPENDED: ReasonCode.SENDER_CERTIFICATE_SUSPENDED,
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a message came with.

    `certificate` is the SHA-256 (lower-case hexadecimal) of the certificate that verified its signature.
    """

    certificate: str
    caller: Caller


@dataclass(frozen=True, slots=True)
class SenderJudgement:
    """The agency in `From`, None where it is unknown, and everything that keeps the message from speaking for it."""

    agency: Agency | None
    findings: tuple[Finding, ...]

    @property
    def proven(self) -> Agency | None:
        """The agency, where its signature, its system and its standing are all in order."""
        return None if self.findings else self.agency


def judge_sender(
    directory: Directory, organ_id: OrganId | None, *, credentials: Credentials, moment: datetime
) -> SenderJudgement:
    """Return the agency that `From` names and all that speaks against it."""
    agency = None if organ_id is None else directory.resolve(organ_id)
    if agency is None:
        return SenderJudgement(None, tuple(_judge_nobody(directory, organ_id, credentials=credentials)))
    return SenderJudgement(agency, tuple(_judge(directory, agency, credentials=credentials, moment=moment)))


def _judge_nobody(directory: Directory, organ_id: OrganId | None, *, credentials: Credentials) -> Iterator[Finding]:
    yield found(ReasonCode.SENDER_UNKNOWN, _FROM_PATH, value=organ_id)
    if directory.certificate(credentials.certificate) is None:
        yield found(ReasonCode.SENDER_CERTIFICATE_NOT_REGISTERED, _SIGNATURE_PATH, value=credentials.certificate)


def _judge(directory: Directory, agency: Agency, *, credentials: Credentials, moment: datetime) -> Iterator[Finding]:
    standing = agency.standing_on(moment)
    if standing is Standing.CLOSED:
        names = name_successors(find_successors(directory, agency, moment=moment))
        yield found(ReasonCode.SENDER_CLOSED, _FROM_PATH, value=agency.organ_id, names=names)
    elif standing is Standing.NOT_YET_OPEN:
        yield found(ReasonCode.SENDER_NOT_YET_OPEN, _FROM_PATH, value=agency.organ_id)
    certificate = judge_certificate(directory, credentials.certificate, agency=agency, moment=moment)
    if certificate is not CertificateStanding.IN_FORCE:
        yield found(_CERTIFICATES[certificate], _SIGNATURE_PATH, value=credentials.certificate)
    if not may_act_for(directory, credentials.caller, organ_id=agency.organ_id):
        yield found(ReasonCode.SENDER_SYSTEM_MAY_NOT_ACT, _FROM_PATH, value=credentials.caller.system.system_id)
