"""What RFC 5280 demands of certificates and the path library lets pass, as data: a demand, its clause, the reason.

Only what the standard says an issuer MUST do. That constraints of policies are critical is not asked for: older
authorities, as RFC 3280 let them, leave it out, and the path library heeds those constraints either way. An anchor is
not linted: its certificate is read for name and key, and the operator vouched for it. A lint that a real authority
fails is switched off for that authority alone, by `tolerates` in the trust store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from asn1crypto import x509

SERIAL_OCTETS_MAX: Final = 20
"""Octets of a serial number (RFC 5280 clause 4.1.2.2)."""

_NEVER_CRITICAL: Final = frozenset({"authority_key_identifier", "key_identifier"})

Demand = Callable[[x509.Certificate], bool]


@dataclass(frozen=True, slots=True)
class Lint:
    """A demand on every certificate of a path below its anchor; `holds` says whether one meets it."""

    code: str
    clause: str
    demand: str
    reason: str
    holds: Demand


def _extensions(certificate: x509.Certificate) -> dict[str, Any]:
    return {one["extn_id"].native: one for one in certificate["tbs_certificate"]["extensions"]}


def _body(certificate: x509.Certificate) -> Any:
    return certificate["tbs_certificate"]


def _is_critical(certificate: x509.Certificate, name: str) -> bool:
    return name in certificate.critical_extensions


def _signs_certificates(certificate: x509.Certificate) -> bool:
    usage = certificate.key_usage_value
    return usage is not None and "key_cert_sign" in usage.native


def _has_version(certificate: x509.Certificate) -> bool:
    return not _extensions(certificate) or _body(certificate)["version"].native == "v3"


def _names_issuers_key(certificate: x509.Certificate) -> bool:
    if certificate.subject == certificate.issuer:
        return True
    named = certificate.authority_key_identifier_value
    return named is not None and named["key_identifier"].native is not None


def _has_short_path_length(certificate: x509.Certificate) -> bool:
    constraints = certificate.basic_constraints_value
    if constraints is None or constraints["path_len_constraint"].native is None:
        return True
    return bool(certificate.ca) and _signs_certificates(certificate)


def _has_modulus(certificate: x509.Certificate) -> bool:
    key = certificate.public_key
    if key.algorithm != "rsa":
        return True
    numbers = key["public_key"].parsed
    return bool(numbers["modulus"].native > 0 and numbers["public_exponent"].native > 0)


LINTS: Final = (
    Lint(
        "version",
        "4.1.2.1",
        "a certificate with extensions is of version 3",
        "readers of older versions skip the extensions, and see no constraint",
        _has_version,
    ),
    Lint(
        "serial-positive",
        "4.1.2.2",
        "the serial number is positive",
        "lists of revoked certificates name it, and programs differ in how they read a negative one",
        lambda one: _body(one)["serial_number"].native > 0,
    ),
    Lint(
        "serial-length",
        "4.1.2.2",
        "the serial number has at most 20 octets",
        "the same: some programs cut it",
        lambda one: len(_body(one)["serial_number"].contents) <= SERIAL_OCTETS_MAX,
    ),
    Lint(
        "same-algorithm",
        "4.1.1.2",
        "the algorithm outside of what is signed is the one inside",
        "otherwise whoever forwards it chooses which algorithm is believed",
        lambda one: one["signature_algorithm"].dump() == _body(one)["signature"].dump(),
    ),
    Lint(
        "issuer-named",
        "4.1.2.4",
        "the issuer has a name",
        "paths are built by names",
        lambda one: len(one.issuer.chosen) > 0,
    ),
    Lint(
        "validity-order",
        "4.1.2.5",
        "the validity ends after it begins",
        "it is a period",
        lambda one: one.not_valid_before <= one.not_valid_after,
    ),
    Lint(
        "subject-named",
        "4.1.2.6",
        "the subject has a name, or a critical alternative one and is no authority",
        "nobody can say whose certificate it is",
        lambda one: len(one.subject.chosen) > 0 or (not one.ca and _is_critical(one, "subject_alt_name")),
    ),
    Lint(
        "modulus",
        "4.1.2.7",
        "modulus and exponent of an RSA key are positive (RFC 8017 clause 3.1)",
        "programs disagree about what such a key verifies",
        _has_modulus,
    ),
    Lint(
        "issuers-key-identified",
        "4.2.1.1",
        "the issuer's key is identified",
        "authorities that look alike make path building exponential",
        _names_issuers_key,
    ),
    Lint(
        "own-key-identified",
        "4.2.1.2",
        "an authority's own key is identified",
        "the same",
        lambda one: not one.ca or one.key_identifier is not None,
    ),
    Lint(
        "identifiers-not-critical",
        "4.2.1.1, 4.2.1.2",
        "key identifiers are not critical",
        "they only help to find",
        lambda one: one.critical_extensions.isdisjoint(_NEVER_CRITICAL),
    ),
    Lint(
        "authority-usage",
        "4.2.1.3",
        "an authority's key usage is there and has keyCertSign",
        "a key for something else could issue certificates",
        lambda one: not one.ca or _signs_certificates(one),
    ),
    Lint(
        "usage-of-others",
        "4.2.1.9",
        "only an authority's key usage has keyCertSign",
        "it says of itself that it is no authority",
        lambda one: bool(one.ca) or not _signs_certificates(one),
    ),
    Lint(
        "constraints-critical",
        "4.2.1.9",
        "basicConstraints of an authority are critical",
        "a reader that does not know them would take any certificate for an authority's",
        lambda one: not one.ca or _is_critical(one, "basic_constraints"),
    ),
    Lint(
        "path-length-of-others",
        "4.2.1.9",
        "only an authority that signs certificates limits the length of paths",
        "it is about paths that cannot be",
        _has_short_path_length,
    ),
    Lint(
        "names-of-others",
        "4.2.1.10",
        "only an authority constrains names",
        "the same",
        lambda one: bool(one.ca) or one.name_constraints_value is None,
    ),
    Lint(
        "name-limits-critical",
        "4.2.1.10",
        "constraints of names are critical",
        "a reader that does not know them would go beyond them",
        lambda one: one.name_constraints_value is None or _is_critical(one, "name_constraints"),
    ),
)
"""All lints, in the order of the standard's clauses."""

LINT_CODES: Final = frozenset(one.code for one in LINTS)


def failed_lints(certificate: x509.Certificate) -> Iterator[Lint]:
    """Yield the demands that a certificate, as the path library reads it, does not meet."""
    for lint in LINTS:
        if not lint.holds(certificate):
            yield lint
