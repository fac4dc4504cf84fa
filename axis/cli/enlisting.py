"""What whoever registers a certificate should know of it before packages signed with it are refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from axis.cli.failures import failure_findings, failure_of
from axis.cli.output import Label, local
from axis.cli.trust_opening import judge_chain, open_store
from axis.cli.words import CliCode, filled
from axis.enrolment.registrar import Registrar
from axis.errors import NotFound, Refused
from axis.settings import SettingsRefused
from envelopes.errors import Finding, Severity
from envelopes.identifiers import IdentifierError, OrganId
from signing.certificates import Certificate
from signing.errors import TrustUnusable
from signing.purposes import Purpose


def facts(certificate: Certificate) -> dict[str, object]:
    """Return what a person compares a certificate by, for programs."""
    return {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "not_before": certificate.not_before,
        "not_after": certificate.not_after,
    }


def facts_shown(certificate: Certificate) -> list[Label | str]:
    """Return the same for people, with the fingerprint."""
    valid = f"{local(certificate.not_before)} – {local(certificate.not_after)}"
    return [
        (f"Chủ thể: {certificate.subject}", f"Subject: {certificate.subject}"),
        (f"Tổ chức cấp: {certificate.issuer}", f"Issuer: {certificate.issuer}"),
        (f"Có hiệu lực: {valid}", f"Valid: {valid}"),
        f"SHA-256 {certificate.fingerprint}",
    ]


def misgivings(
    certificate: Certificate, registrar: Registrar, *, organ_id: OrganId, place: str, at: datetime
) -> tuple[Finding, ...]:
    """Return why packages signed with a certificate would be refused at `at` (aware), and whom else it may belong to.

    All are warnings at `place`: who registers it may know better, or bring in its authority afterwards.
    """
    return (
        *_distrust(certificate, place=place, at=at),
        *_others(certificate, registrar, organ_id=organ_id, place=place),
    )


def _distrust(certificate: Certificate, *, place: str, at: datetime) -> Iterator[Finding]:
    try:
        opened = open_store(None, at=at)
    except (Refused, SettingsRefused, TrustUnusable) as error:
        why = failure_findings(failure_of(error))[0]
        said = (why.words.vi.rstrip("."), why.words.en.rstrip("."))
        yield Finding(
            CliCode.CERTIFICATE_UNJUDGED.value,
            place,
            Severity.WARNING,
            filled(CliCode.CERTIFICATE_UNJUDGED, {"fault": said}),
            why.code,
        )
        return
    for one in judge_chain(opened, (certificate,), purposes=(Purpose.PACKAGE,), at=at):
        if one.finding is not None:
            words = replace(one.finding.words, do_vi=_REGISTERED[0], do_en=_REGISTERED[1])
            yield replace(one.finding, severity=Severity.WARNING, path=one.finding.path and place, words=words)


def _others(certificate: Certificate, registrar: Registrar, *, organ_id: OrganId, place: str) -> Iterator[Finding]:
    """Yield that a certificate names another agency of the directory as its subject, where it does."""
    named = certificate.organization_identifier
    try:
        own = registrar.agency(organ_id).agency.organ_id
        found = None if named is None else registrar.agency(OrganId(named)).agency.organ_id
    except (IdentifierError, NotFound):
        return
    if found is not None and found != own:
        names = {"name": str(found), "owner": str(own)}
        words = filled(CliCode.CERTIFICATE_OF_ANOTHER, names)
        yield Finding(CliCode.CERTIFICATE_OF_ANOTHER.value, place, Severity.WARNING, words, str(found))


_REGISTERED: Final[Label] = (
    "Đã đăng ký, nhưng gói tin ký bằng chứng thư số này bị từ chối cho đến khi khắc phục; xem `axis trust check`.",
    "It is registered, but packages signed with it are refused until this is mended; see `axis trust check`.",
)
