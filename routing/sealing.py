"""Whose the certificates are that signed a document: the sender's, another agency's, or a person's."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from envelopes.identifiers import OrganId
from routing.agencies import Agency
from routing.authority import CertificateStanding, judge_certificate
from routing.directory import Directory
from signing.certificates import Certificate
from signing.pdf.verdict import PdfSignature, PdfVerdict

_AGENCY: Final = re.compile(
    r"(?:ubnd|hđnd|ủy ban|uỷ ban|hội đồng|văn phòng|sở|bộ|cục|chi cục|tổng cục|vụ|ban|phòng|trung tâm|viện|trường"
    r"|học viện|thanh tra|công an|kho bạc|bảo hiểm xã hội|tòa án|toà án|tỉnh ủy|thành ủy|huyện ủy|đảng ủy|cơ quan"
    r"|công ty|tổng công ty|tập đoàn|ngân hàng|bệnh viện|tỉnh|thành phố|quận|huyện|xã|phường|thị trấn|thị xã)\b"
)
"""What the names of agencies and other organisations begin with, in small letters: a department's certificate, whose
common name is not its organisation's, has often no other sign. Names of persons begin with other syllables; one
that does not is known for a person's by an attribute."""

_LAPSED: Final = frozenset({CertificateStanding.OUT_OF_WINDOW, CertificateStanding.SUSPENDED})


@dataclass(frozen=True, slots=True)
class Owners:
    """The agencies' certificates among those that signed, by fingerprint; any other is a person's.

    `agencies` says True for the sender's own that were in force. `lapsed` are the sender's own that were not: they
    count as little as another agency's, and are not called one.
    """

    agencies: Mapping[str, bool]
    lapsed: frozenset[str] = frozenset()


def owners_of(
    directory: Directory, sender: OrganId | None, *, verdicts: Iterable[PdfVerdict], moment: datetime
) -> Owners:
    """Return whose the certificates in these verdicts are; `moment` is that of acceptance.

    An agency's certificate is one the directory has, or one that names an organisation and nobody else, by an attribute
    or in the words that agencies' names begin with: of an agency that is not registered it must not pass for a
    person's. The sender's own counts where it was in force at the moment that a time stamp proves, or is at acceptance:
    a seal that was replaced since has signed, and one that was not registered yet is known for the agency's now. One
    that signed several times counts where each of them does.
    """
    agency = None if sender is None else directory.resolve(sender)
    agencies: dict[str, bool] = {}
    lapsed: set[str] = set()
    for certificate, moments in _signed(verdicts, moment):
        fingerprint = certificate.fingerprint
        standing = _standing(directory, fingerprint, agency=agency, moments=moments)
        if standing is CertificateStanding.IN_FORCE:
            agencies.setdefault(fingerprint, True)
        elif directory.certificate(fingerprint) is not None or _is_agencys(certificate):
            agencies[fingerprint] = False
        if standing in _LAPSED:
            lapsed.add(fingerprint)
    return Owners(agencies, frozenset(lapsed))


def _is_agencys(certificate: Certificate) -> bool:
    """Return whether a certificate names an agency and no person, by its attributes or else by its common name."""
    if certificate.names_organization:
        return True
    name = unicodedata.normalize("NFC", certificate.common_name or "").casefold()
    return not certificate.names_person and _AGENCY.match(name) is not None


def _standing(
    directory: Directory, fingerprint: str, *, agency: Agency | None, moments: Sequence[datetime]
) -> CertificateStanding:
    """Return the certificate's best standing at one of the moments, the first of which is that of signing."""
    if agency is None:
        return CertificateStanding.NOT_REGISTERED
    standings = [judge_certificate(directory, fingerprint, agency=agency, moment=one) for one in moments]
    return CertificateStanding.IN_FORCE if CertificateStanding.IN_FORCE in standings else standings[0]


def _signed(verdicts: Iterable[PdfVerdict], moment: datetime) -> Iterator[tuple[Certificate, Sequence[datetime]]]:
    """Yield each signer's certificate with the moments it counts at: that a stamp proves, and that of acceptance."""
    for one in _signatures(verdicts):
        if one.certificate is not None:
            yield one.certificate, (moment,) if one.stamped_at is None else (one.stamped_at, moment)


def _signatures(verdicts: Iterable[PdfVerdict]) -> Iterator[PdfSignature]:
    return (one for verdict in verdicts for one in verdict.signatures)
