"""Everybody in the infrastructure is what it is said to be, by our own judge of paths and by what certificates hold."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from axis.demo.pki.authorities import Authorities
from signing.certificates import Certificate
from signing.errors import KeyUnusable
from signing.policy import PACKAGE_POLICY
from signing.trust import TrustStore
from signing.verdict import CertificatePath, Failure, FailureCode
from tests.fixtures.postgres import MOMENT

DAY = timedelta(days=1)

REFUSED = {
    "expired": FailureCode.CERTIFICATE_EXPIRED,
    "not-yet-valid": FailureCode.CERTIFICATE_NOT_YET_VALID,
    "wrong-key-usage": FailureCode.USAGE_FORBIDDEN,
    "wrong-extended-usage": FailureCode.USAGE_FORBIDDEN,
    "weak-key": FailureCode.KEY_FORBIDDEN,
    "rogue": FailureCode.UNTRUSTED,
    "missing-intermediate": FailureCode.UNTRUSTED,
    "expired-person": FailureCode.CERTIFICATE_EXPIRED,
    "tsa": FailureCode.USAGE_FORBIDDEN,
    "tsa-wrong-usage": FailureCode.USAGE_FORBIDDEN,
    "tsa-untrusted": FailureCode.USAGE_FORBIDDEN,
    "tsa-expired": FailureCode.USAGE_FORBIDDEN,
    "tsa-revoked": FailureCode.USAGE_FORBIDDEN,
    "responder": FailureCode.USAGE_FORBIDDEN,
    "responder-checked": FailureCode.USAGE_FORBIDDEN,
    "responder-revoked": FailureCode.USAGE_FORBIDDEN,
}
"""Why each holder signs no document whose certificates alone say so."""

REVOKED = {
    "revoked-before": MOMENT - 30 * DAY,
    "revoked-after": MOMENT + DAY,
    "on-hold": MOMENT - 30 * DAY,
    "revoked-person": MOMENT - 30 * DAY,
    "responder-revoked": MOMENT - 30 * DAY,
    "tsa-revoked": MOMENT - 30 * DAY,
}

RESPONDERS = {
    "responder": (True, True),
    "responder-checked": (True, False),
    "responder-revoked": (True, False),
    "responder-unfit": (False, False),
}
"""Whether each has the extended usage OCSPSigning, and `ocsp-nocheck`."""


def judged(authorities: Authorities, name: str, *, at: datetime = MOMENT) -> CertificatePath | Failure:
    """What our judge says about a holder's certificate and what travels with it."""
    holder = authorities[name]
    return TrustStore(authorities.anchors).judge(holder.certificate, holder.chain, at=at, policy=PACKAGE_POLICY)


def test_our_judge_finds_the_fault_that_each_holder_has_and_no_other(authorities: Authorities) -> None:
    found = {name: judged(authorities, name) for name in authorities.holders}
    assert {name: one.code for name, one in found.items() if isinstance(one, Failure)} == REFUSED


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("expired", MOMENT - 2 * DAY),
        ("expired-person", MOMENT - 2 * DAY),
        ("not-yet-valid", MOMENT + 2 * DAY),
    ],
)
def test_a_certificate_of_another_time_is_good_in_its_own(authorities: Authorities, name: str, at: datetime) -> None:
    assert isinstance(judged(authorities, name, at=at), CertificatePath)


def test_what_is_missing_makes_the_path_whole(authorities: Authorities) -> None:
    store = TrustStore(authorities.anchors, [authorities.certificate("hidden")])
    holder = authorities["missing-intermediate"]
    assert holder.chain == ()
    assert isinstance(store.judge(holder.certificate, (), at=MOMENT, policy=PACKAGE_POLICY), CertificatePath)


def test_the_rogue_is_told_from_the_agency_by_its_authorities_keys_alone(authorities: Authorities) -> None:
    rogue, agency = authorities["rogue"], authorities["H51.15"]
    store = TrustStore([authorities.certificate("rogue-root")])
    assert isinstance(store.judge(rogue.certificate, rogue.chain, at=MOMENT, policy=PACKAGE_POLICY), CertificatePath)
    assert (rogue.certificate.subject, rogue.certificate.issuer) == (
        agency.certificate.subject,
        agency.certificate.issuer,
    )
    assert authorities.certificate("rogue-root").subject == authorities.certificate("root").subject


def test_the_good_certificate_of_another_agency_names_another_agency(authorities: Authorities) -> None:
    names = {name: _organ_id(authorities[name].certificate) for name in ("H51.15", "other-agency", "expired", "rogue")}
    assert names == {"H51.15": "H51.15", "other-agency": "K09.01", "expired": "H51.15", "rogue": "H51.15"}


def test_keys_are_of_the_kinds_that_agencies_use_and_one_is_too_weak(authorities: Authorities) -> None:
    kinds = {name: _kind(authorities[name].certificate) for name in ("H51.15", "H41.21", "H26.18", "G22", "weak-key")}
    assert kinds == {
        "H51.15": "secp256r1",
        "H41.21": "rsa-2048",
        "H26.18": "secp384r1",
        "G22": "rsa-3072",
        "weak-key": "rsa-1024",
    }
    with pytest.raises(KeyUnusable):
        _ = authorities["weak-key"].signer


def test_every_other_holder_signs_with_the_key_of_its_certificate(authorities: Authorities) -> None:
    for name in authorities.holders.keys() - {"weak-key"}:
        assert authorities[name].signer.certificate == authorities[name].certificate


def test_each_holder_is_revoked_when_it_is_said_to_be(authorities: Authorities) -> None:
    told = {name: one.revoked_at for name, one in authorities.holders.items() if one.revoked_at is not None}
    assert told == REVOKED


@pytest.mark.parametrize("name", RESPONDERS)
def test_responders_have_the_usage_and_the_waiver_that_they_are_said_to_have(
    authorities: Authorities, name: str
) -> None:
    extensions = authorities.certificate(name).x509.extensions
    usages = [one for one in extensions if isinstance(one.value, x509.ExtendedKeyUsage)]
    waivers = [one for one in extensions if isinstance(one.value, x509.OCSPNoCheck)]
    for_status = any(ExtendedKeyUsageOID.OCSP_SIGNING in list(one.value) for one in usages)
    assert (for_status, bool(waivers)) == RESPONDERS[name]


def test_certificates_name_the_addresses_where_they_are_served(authorities: Authorities) -> None:
    extensions = authorities["H51.15"].certificate.x509.extensions
    access = extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    points = extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    issuer = f"{authorities.url}/pki/certs/issuing/ca.crt"
    assert [one.access_location.value for one in access] == [authorities.ocsp_url(), issuer]
    assert [name.value for one in points for name in one.full_name or ()] == [authorities.crl_url()]


def test_one_without_status_and_one_without_a_responder_are_told_so(authorities: Authorities) -> None:
    for name in ("no-status", "stale-crl", "missing-intermediate"):
        with pytest.raises(LookupError):
            authorities.responder_of(name)


def test_dates_stand_around_the_moment_the_infrastructure_is_opened_at(
    tmp_path: Path, authorities: Authorities
) -> None:
    later = Authorities(tmp_path, MOMENT + 365 * DAY)
    for name in ("H51.15", "expired", "root"):
        for one in ("not_before", "not_after"):
            earlier = getattr(authorities.certificate(name), one)
            assert getattr(later.certificate(name), one) == earlier + 365 * DAY


def test_keys_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    first = Authorities(tmp_path, MOMENT)["H51.15"].signer
    files = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert Authorities(tmp_path, MOMENT + DAY)["H51.15"].signer.key.private_numbers() == first.key.private_numbers()
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == files
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def _organ_id(certificate: Certificate) -> str:
    return str(certificate.x509.subject.get_attributes_for_oid(NameOID.ORGANIZATION_IDENTIFIER)[0].value)


def _kind(certificate: Certificate) -> str:
    key = certificate.x509.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"rsa-{key.key_size}"
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key.curve.name
