"""CRLs, read as far as they are about the certificates in question: those of a country have 100,000 entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from asn1crypto import crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509

from signing.nesting import element_at, refuse_nested
from signing.revocation.criticals import refuse_unknown_in_entries, refuse_unknown_in_list
from signing.statuses import CLOCK_TOLERANCE, UNDATED_FOR, RevocationEvidence

_ISSUER: Final = crl.CRLEntryExtensionId("certificate_issuer").dump()
"""The extension by which an entry says whose certificates it and those after it are (RFC 5280 §5.3.3)."""

_REMOVED: Final = "remove_from_crl"

Window = tuple[datetime, datetime | None]
"""When evidence was made, and when it ends."""


class RemovalOutOfPlace(ValueError):
    """A list that is no delta says that an entry is to be removed, so it is not believed (RFC 5280 §5.3.1)."""


@dataclass(frozen=True, slots=True)
class ReadList:
    """A CRL that can be read to the end, with the entries about the certificates in question."""

    evidence: RevocationEvidence
    read: crl.CertificateList
    entries: tuple[crl.RevokedCertificate, ...]
    window: Window

    @classmethod
    def of(cls, evidence: RevocationEvidence, about: Sequence[asn1_x509.Certificate]) -> Self:
        """Return the list as it concerns these certificates: whoever is asked about, and whoever may have signed it.

        1. It is not nested deep, and the fast library reads every octet of it. The other one reads lazily: what is
           looked at later is read now.
        2. Neither it nor any entry has a critical extension that is not known.
        3. `read` is signed as it came, and gives out the few entries alone: the library that judges it would read all
           of them, a second of work for each certificate.
        4. Nothing is to be removed from a list that is no delta.

        Raises what the libraries raise for octets they cannot read, or a `ValueError`.
        """
        refuse_nested(evidence.octets)
        fast = x509.load_der_x509_crl(evidence.octets)
        list(fast.extensions)
        read = crl.CertificateList.load(evidence.octets, strict=True)
        refuse_unknown_in_list(read)
        whole = read["tbs_cert_list"]["revoked_certificates"]
        octets = whole.contents or b""
        refuse_unknown_in_entries(fast, octets)
        entries = tuple(crl.RevokedCertificate.load(one) for one in _few(fast, octets, about=about))
        if octets:
            whole.children = list(entries)
        result = cls(evidence, read, entries, window_of(read["tbs_cert_list"]))
        _ = (read.signature, read.issuer.hashable, len(read.freshest_crl_value or ()))
        reasons = {_reason(one) for one in entries}
        if _REMOVED in reasons and not result.is_delta:
            raise RemovalOutOfPlace
        return result

    @property
    def is_delta(self) -> bool:
        """Whether it only says what changed since another list."""
        return self.read.delta_crl_indicator_value is not None

    @property
    def ends(self) -> datetime:
        """The moment until which it is relied on."""
        made, ends = self.window
        return ends or made + UNDATED_FOR

    def is_in_force(self, at: datetime) -> bool:
        """Return whether the aware moment lies between the list's own dates, as far as clocks agree."""
        made, ends = self.window
        left = at - CLOCK_TOLERANCE
        return made <= at + CLOCK_TOLERANCE and (left <= ends if ends is not None else left - UNDATED_FOR <= made)

    def follows(self, base: ReadList) -> bool:
        """Return whether this is a delta to a complete list that names one (RFC 5280 §5.2.4 (c) and (d)).

        Issuer and scope, (a) and (b), are compared by the library.
        """
        since, own, other = self.read.delta_crl_indicator_value, self.read.crl_number_value, base.read.crl_number_value
        if not base.read.freshest_crl_value or since is None or own is None or other is None:
            return False
        return bool(since.native <= other.native < own.native)

    def follows_all(self, lists: Iterable[ReadList]) -> bool:
        """Return whether this is a delta to every one of the lists that is of its issuer."""
        return all(self.follows(one) for one in lists if one.read.issuer == self.read.issuer)

    def is_reasoned(self, serial: int) -> bool:
        """Return whether an entry about this number states a reason."""
        return any(one["user_certificate"].native == serial and _reason(one) is not None for one in self.entries)


def window_of(dated: Any) -> Window:
    """Return when evidence was made and when it ends; raises `ValueError` for a year that no calendar has."""
    made, ends = dated["this_update"].native, dated["next_update"].native
    if not isinstance(made, datetime) or not isinstance(ends, datetime | None):
        raise ValueError("no moment")  # noqa: TRY004 - what a stranger wrote has no type
    return made, ends


def told_apart(lists: Iterable[ReadList]) -> list[ReadList]:
    """Return the lists that may be judged together: each once, and none that has its signature from another.

    The library takes a list for verified once it has verified one with the same signature.
    """
    once = {one.evidence.digest: one for one in lists}
    signatures = [one.read.signature for one in once.values()]
    return [one for one in once.values() if signatures.count(one.read.signature) == 1]


def _few(
    fast: x509.CertificateRevocationList, octets: bytes, *, about: Sequence[asn1_x509.Certificate]
) -> Iterator[bytes]:
    """Yield the entries with the certificates' numbers, and those that say whose the following ones are, in order."""
    names_issuers = _ISSUER in octets
    serials = {one.serial_number for one in about}
    if not names_issuers and serials.isdisjoint(one.serial_number for one in fast):
        return
    numbers = tuple(one["tbs_certificate"]["serial_number"].dump() for one in about)
    start = 0
    while start < len(octets):
        inside, end = element_at(octets, start, end=len(octets))
        if octets.startswith(numbers, inside) or (names_issuers and octets.find(_ISSUER, inside, end) >= 0):
            yield octets[start:end]
        start = end


def _reason(entry: crl.RevokedCertificate) -> str | None:
    stated = entry.crl_reason_value
    return None if stated is None else str(stated.native)
