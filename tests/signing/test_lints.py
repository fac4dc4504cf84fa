"""What RFC 5280 demands and the path library lets pass: each demand refuses the one certificate that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from asn1crypto import core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from axis.demo.authority import Validity
from signing.certificates import Certificate
from signing.errors import CertificateUnreadable
from signing.lints import LINT_CODES, LINTS, failed_lints
from signing.paths import readable
from signing.policy import PACKAGE_POLICY, TIMESTAMP_POLICY
from signing.purposes import TrustedAuthority
from signing.trust import TrustStore
from signing.verdict import CertificatePath, Failure, FailureCode
from tests.signing.forgery import AUTHORITY, LEAF, Forged, Forgery, altered, altered_der
from tests.signing.pki import MOMENT, hierarchy

ROOT = Forgery.authority("gốc").under(None)
GOOD = Forgery.authority("CA")
Change = Callable[[asn1_x509.Certificate], None]


@dataclass(frozen=True, slots=True)
class Chain:
    """A leaf and its authority, one of which breaks a demand."""

    leaf: Forged
    authority: Forged | None = None

    def judge(self, *tolerated: str) -> CertificatePath | Failure:
        """The verdict of a store that trusts the root and tolerates what is named."""
        anchor = TrustedAuthority(ROOT.certificate, tolerates=frozenset(tolerated))
        others = [self.authority.certificate] if self.authority else []
        store = TrustStore(authorities=[anchor])
        return store.judge(self.leaf.certificate, others, at=MOMENT, policy=PACKAGE_POLICY)


def leaf(change: Change | None = None, **fields: Any) -> Chain:
    """A leaf under the root, made by these fields and then changed."""
    made = replace(Forgery(), **fields).under(ROOT)
    return Chain(altered(made, change, ROOT) if change else made)


def below(change: Change | None = None, **fields: Any) -> Chain:
    """A good leaf below an authority made by these fields and then changed."""
    made = replace(GOOD, **fields).under(ROOT)
    authority = altered(made, change, ROOT) if change else made
    return Chain(Forgery().under(authority), authority)


def serial(number: int) -> Change:
    def change(parsed: asn1_x509.Certificate) -> None:
        parsed["tbs_certificate"]["serial_number"] = number

    return change


def algorithm_with_null(parsed: asn1_x509.Certificate) -> None:
    parsed["tbs_certificate"]["signature"] = {"algorithm": "sha256_ecdsa"}
    parsed["signature_algorithm"] = {"algorithm": "sha256_ecdsa", "parameters": core.Null()}


def critical(name: str, *, value: bool) -> Change:
    def change(parsed: asn1_x509.Certificate) -> None:
        for one in parsed["tbs_certificate"]["extensions"]:
            if one["extn_id"].native == name:
                one["critical"] = value

    return change


def without(name: str) -> Change:
    def change(parsed: asn1_x509.Certificate) -> None:
        extensions = parsed["tbs_certificate"]["extensions"]
        kept = [one for one in extensions if one["extn_id"].native != name]
        parsed["tbs_certificate"]["extensions"] = asn1_x509.Extensions(kept)

    return change


def nameless(parsed: asn1_x509.Certificate) -> None:
    parsed["tbs_certificate"]["subject"] = asn1_x509.Name.build({})


CONSTRAINTS = x509.NameConstraints([x509.DNSName("gov.vn")], None)

BROKEN: dict[str, Callable[[], Chain]] = {
    "serial-positive": lambda: leaf(serial(-5)),
    "serial-length": lambda: leaf(serial(1 << 160)),
    "subject-named": lambda: leaf(nameless),
    "issuers-key-identified": lambda: leaf(without("authority_key_identifier")),
    "own-key-identified": lambda: below(without("key_identifier")),
    "identifiers-not-critical": lambda: leaf(critical("key_identifier", value=True)),
    "authority-usage": lambda: below(usage=None),
    "usage-of-others": lambda: leaf(usage=(*LEAF, "key_cert_sign")),
    "constraints-critical": lambda: below(critical("basic_constraints", value=False)),
    "names-of-others": lambda: leaf(extensions=((CONSTRAINTS, True),)),
    "name-limits-critical": lambda: below(extensions=((CONSTRAINTS, False),)),
}
"""By lint: a chain that breaks this demand alone, and that the path library finds valid."""


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@pytest.mark.parametrize("code", BROKEN)
def test_a_broken_demand_refuses_under_its_name_and_nothing_else_is_wrong(code: str) -> None:
    chain = BROKEN[code]()
    lint = next(one for one in LINTS if one.code == code)
    assert chain.judge() == Failure(FailureCode.PATH_INVALID, f"{code} (RFC 5280 clause {lint.clause})")
    assert isinstance(chain.judge(code), CertificatePath)


def test_a_good_chain_breaks_nothing() -> None:
    assert isinstance(leaf().judge(), CertificatePath)
    assert isinstance(below().judge(), CertificatePath)
    assert not list(failed_lints(readable(hierarchy_intermediate())))


def hierarchy_intermediate() -> Certificate:
    return Certificate.from_pem(hierarchy().intermediate.credential.certificates_pem)


# What no certificate that we read at all can break: here the ASN.1 alone is asked.


def older(parsed: asn1_x509.Certificate) -> None:
    parsed["tbs_certificate"]["version"] = "v1"


def reversed_validity(parsed: asn1_x509.Certificate) -> None:
    validity = parsed["tbs_certificate"]["validity"]
    begin, end = validity["not_before"].copy(), validity["not_after"].copy()
    parsed["tbs_certificate"]["validity"] = {"not_before": end, "not_after": begin}


def issued_by_nobody(parsed: asn1_x509.Certificate) -> None:
    parsed["tbs_certificate"]["issuer"] = asn1_x509.Name.build({})


def modulus(number: int) -> Change:
    def change(parsed: asn1_x509.Certificate) -> None:
        parsed["tbs_certificate"]["subject_public_key_info"] = {
            "algorithm": {"algorithm": "rsa"},
            "public_key": {"modulus": number, "public_exponent": 65537},
        }

    return change


def path_length(parsed: asn1_x509.Certificate) -> None:
    for one in parsed["tbs_certificate"]["extensions"]:
        if one["extn_id"].native == "basic_constraints":
            value = asn1_x509.BasicConstraints({"ca": False, "path_len_constraint": 3})
            one["extn_value"] = core.ParsableOctetString(value.dump())


ALONE: dict[str, list[Change]] = {
    "version": [older],
    "same-algorithm": [algorithm_with_null],
    "issuer-named": [issued_by_nobody],
    "validity-order": [reversed_validity],
    "modulus": [modulus(0), modulus(-(1 << 2047) + 1)],
    "path-length-of-others": [path_length],
}


@pytest.mark.parametrize("code", ALONE)
def test_what_is_broken_is_found_in_the_certificate_itself(code: str) -> None:
    for change in ALONE[code]:
        parsed = asn1_x509.Certificate.load(altered_der(Forgery().under(ROOT), change, ROOT))
        assert code in {one.code for one in failed_lints(parsed)}


@pytest.mark.parametrize("code", ALONE)
def test_and_refuses_the_signature_one_way_or_another(code: str) -> None:
    store = TrustStore([ROOT.certificate])
    for change in ALONE[code]:
        der = altered_der(Forgery().under(ROOT), change, ROOT)
        try:
            certificate = Certificate(der)
        except CertificateUnreadable:
            continue
        assert isinstance(store.judge(certificate, [], at=MOMENT, policy=PACKAGE_POLICY), Failure)


def test_every_lint_is_shown_to_refuse() -> None:
    assert BROKEN.keys() | ALONE.keys() == LINT_CODES
    assert all(one.clause and one.demand and one.reason for one in LINTS)


# ── beyond single certificates ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("extended", "code"),
    [
        ((ExtendedKeyUsageOID.SERVER_AUTH,), FailureCode.USAGE_FORBIDDEN),
        ((ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.OCSP_SIGNING), FailureCode.USAGE_FORBIDDEN),
        ((ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.SERVER_AUTH), None),
        ((ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,), None),
    ],
)
def test_an_authority_for_other_uses_issues_to_no_signer(extended: tuple[Any, ...], code: FailureCode | None) -> None:
    judged = below(extended=extended).judge()
    assert (judged.code if isinstance(judged, Failure) else None) is code


def test_the_same_holds_for_the_anchor() -> None:
    root = Forgery("gốc", is_authority=True, usage=AUTHORITY, extended=(ExtendedKeyUsageOID.SERVER_AUTH,)).under(None)
    store = TrustStore([root.certificate])
    judged = store.judge(Forgery().under(root).certificate, [], at=MOMENT, policy=PACKAGE_POLICY)
    assert judged == Failure(FailureCode.USAGE_FORBIDDEN, "extended key usage of an authority")


def test_an_authority_of_time_stamps_issues_to_time_stamping_units_alone() -> None:
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    for extended, is_trusted in (
        ((ExtendedKeyUsageOID.TIME_STAMPING,), True),
        ((ExtendedKeyUsageOID.EMAIL_PROTECTION,), False),
    ):
        authority = replace(GOOD, extended=extended).under(ROOT)
        unit = Forgery("TSA", extensions=((usage, True),)).under(authority)
        store = TrustStore([ROOT.certificate])
        judged = store.judge(unit.certificate, [authority.certificate], at=MOMENT, policy=TIMESTAMP_POLICY)
        assert isinstance(judged, CertificatePath) is is_trusted


def test_a_certificate_that_ends_after_2049_is_read_in_its_own_notation() -> None:
    late = Validity(datetime(2020, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    for kind in (leaf(validity=late), below(validity=late)):
        assert isinstance(kind.judge(), CertificatePath)
