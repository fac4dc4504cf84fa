"""Critical extensions that nobody here knows: the library looks for some of them alone."""

from __future__ import annotations

from typing import Final

from asn1crypto import crl, ocsp
from cryptography import x509
from cryptography.x509.oid import CRLEntryExtensionOID
from pyhanko_certvalidator.revinfo.constants import KNOWN_CRL_EXTENSIONS

_OF_ENTRIES: Final = frozenset(
    {CRLEntryExtensionOID.CRL_REASON, CRLEntryExtensionOID.INVALIDITY_DATE, CRLEntryExtensionOID.CERTIFICATE_ISSUER}
)
"""RFC 5280 §5.3."""

_OF_ANSWERS: Final = frozenset({"nonce", "extended_revoke"})
_OF_SINGLES: Final = frozenset({"crl", "archive_cutoff", "crl_reason", "invalidity_date"})
"""RFC 6960 §4.4. A certificate's issuer, which may stand there too, is not known: nothing follows from it here."""

_CRITICAL: Final = b"\x01\x01\xff\x04"
"""A flag that is true, and the tag of the value after it (DER: only a flag that is true is written)."""


class ExtensionUnknown(ValueError):
    """A critical extension whose meaning is not known here, so that the evidence is not believed."""


def refuse_unknown_in_answer(response: ocsp.OCSPResponse) -> None:
    """Raise `ExtensionUnknown` for an OCSP answer with a critical extension beyond those of RFC 6960 §4.4."""
    unknown = response.critical_extensions - _OF_ANSWERS
    for said in response.response_data["responses"]:
        unknown |= said.critical_extensions - _OF_SINGLES
    if unknown:
        raise ExtensionUnknown(str(sorted(unknown)))


def refuse_unknown_in_list(listed: crl.CertificateList) -> None:
    """Raise `ExtensionUnknown` for a CRL that has itself a critical extension the library does not know (§5.2).

    Of a delta it would silently take the list without.
    """
    unknown = listed.critical_extensions - KNOWN_CRL_EXTENSIONS
    if unknown:
        raise ExtensionUnknown(str(sorted(unknown)))


def refuse_unknown_in_entries(listed: x509.CertificateRevocationList, entries: bytes) -> None:
    """Raise `ExtensionUnknown` for a CRL where any entry has a critical extension beyond those of RFC 5280 §5.3.

    Such a list says nothing of any certificate. `entries` are the octets they stand in: of a hundred thousand without a
    critical extension none is looked at.
    """
    if _CRITICAL not in entries:
        return
    for entry in listed:
        for one in entry.extensions:
            if one.critical and one.oid not in _OF_ENTRIES:
                raise ExtensionUnknown(one.oid.dotted_string)
