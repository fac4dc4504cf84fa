"""The library that builds our certificate paths, made to require revocation evidence, agrees about everybody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from asn1crypto import crl, ocsp, x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import InsufficientRevinfoError, RevokedError, StaleRevinfoError

from axis.demo.pki.authorities import Authorities
from signing.certificates import Certificate
from signing.paths import completed
from tests.fixtures.postgres import MOMENT

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

REFUSED = [
    ("revoked-before", MOMENT, RevokedError),
    ("revoked-before", MOMENT - 30 * DAY + HOUR, RevokedError),
    ("on-hold", MOMENT, RevokedError),
    ("revoked-after", MOMENT + DAY + HOUR, RevokedError),
    ("revoked-person", MOMENT, RevokedError),
    ("revoked-issuer", MOMENT, RevokedError),
    ("tsa-revoked", MOMENT, RevokedError),
]


@pytest.mark.parametrize("name", ["H51.15", "H41.21", "H26.18", "G22", "director", "clerk", "tsa", "direct-responder"])
def test_the_good_ones_are_good_by_either_evidence(authorities: Authorities, name: str) -> None:
    by_crl(authorities, name, at=MOMENT)
    by_ocsp(authorities, name, at=MOMENT)


def test_before_its_revocation_a_certificate_is_good(authorities: Authorities) -> None:
    for name, at in (("revoked-before", MOMENT - 31 * DAY), ("revoked-after", MOMENT), ("on-hold", MOMENT - 31 * DAY)):
        by_crl(authorities, name, at=at)
        by_ocsp(authorities, name, at=at)


@pytest.mark.parametrize(("name", "at", "error"), REFUSED)
def test_the_revoked_are_refused_by_either_evidence(
    authorities: Authorities, name: str, at: datetime, error: type[Exception]
) -> None:
    with pytest.raises(error):
        by_crl(authorities, name, at=at)
    with pytest.raises(error):
        by_ocsp(authorities, name, at=at)


def test_a_crl_that_is_out_of_date_decides_nothing(authorities: Authorities) -> None:
    with pytest.raises(StaleRevinfoError):
        by_crl(authorities, "stale-crl", at=MOMENT)


def test_where_nothing_is_named_nothing_is_known(authorities: Authorities) -> None:
    with pytest.raises(InsufficientRevinfoError):
        by_crl(authorities, "no-status", at=MOMENT)


@pytest.mark.parametrize("name", ["checked-responder", "revoked-responder", "unfit-responder"])
def test_the_answer_of_a_responder_that_is_not_known_to_be_good_decides_nothing(
    authorities: Authorities, name: str
) -> None:
    with pytest.raises(InsufficientRevinfoError):
        by_ocsp(authorities, name, at=MOMENT)


def by_crl(authorities: Authorities, name: str, *, at: datetime) -> None:
    """Build the path of a holder with the CRLs of that moment as the only evidence; raises what the library raises."""
    _judge(authorities, name, crls=[authorities.crl(one, at=at) for one in ("root", authorities[name].issuer)], at=at)


def by_ocsp(authorities: Authorities, name: str, *, at: datetime) -> None:
    """The same with an OCSP answer about the holder and another about its issuer."""
    issuer = authorities[name].issuer
    _judge(authorities, name, answers=[authorities.ocsp(one, at=at) for one in (name, issuer)], at=at)


def _judge(
    authorities: Authorities, name: str, *, at: datetime, crls: Sequence[bytes] = (), answers: Sequence[bytes] = ()
) -> None:
    holder = authorities[name]
    context = ValidationContext(
        trust_roots=[_library(one) for one in authorities.anchors],
        other_certs=[_library(one) for one in holder.chain],
        moment=at,
        allow_fetching=False,
        revocation_mode="require",
        crls=[crl.CertificateList.load(one) for one in crls],
        ocsps=[ocsp.OCSPResponse.load(one) for one in answers],
        time_tolerance=timedelta(0),
    )
    validator = CertificateValidator(_library(holder.certificate), validation_context=context)
    completed(validator.async_validate_path())


def _library(certificate: Certificate) -> x509.Certificate:
    return x509.Certificate.load(certificate.der)
