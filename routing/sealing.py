"""Whose the certificates are that signed a document: the sender's, another agency's, or a person's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from envelopes.identifiers import OrganId
from routing.authority import CertificateStanding, judge_certificate
from routing.directory import Directory
from signing.certificates import Certificate
from signing.pdf.verdict import PdfVerdict


def owners_of(
    directory: Directory, sender: OrganId | None, *, verdicts: Iterable[PdfVerdict], moment: datetime
) -> Mapping[str, bool]:
    """Return the fingerprints of agencies' certificates in these verdicts, True for the sender's own, in force.

    An agency's certificate is one the directory has, or one that names an organisation and nobody else: of an agency
    that is not registered it must not pass for a person's.
    """
    agency = None if sender is None else directory.resolve(sender)
    owners: dict[str, bool] = {}
    for certificate in _certificates(verdicts):
        standing = (
            CertificateStanding.NOT_REGISTERED
            if agency is None
            else judge_certificate(directory, certificate.fingerprint, agency=agency, moment=moment)
        )
        if standing is CertificateStanding.IN_FORCE:
            owners[certificate.fingerprint] = True
        elif directory.certificate(certificate.fingerprint) is not None or certificate.names_organization:
            owners[certificate.fingerprint] = False
    return owners


def _certificates(verdicts: Iterable[PdfVerdict]) -> Iterable[Certificate]:
    every = (one.certificate for verdict in verdicts for one in verdict.signatures)
    return dict.fromkeys(one for one in every if one is not None)
