"""Which signatures are acceptable at all: algorithms, keys, counts and usages, as data."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from signing.allowances import REVIEWED, TABLE, Allowance, Use, rows_for, rows_for_key
from signing.purposes import Purpose

CERTIFICATES_MAX: Final = 6
"""Certificates in one signature: path building is exponential in look-alikes, and real chains have at most four."""

CERTIFICATE_BYTES_MAX: Final = 64 * 1024
"""One certificate, in bytes: real ones stay under 4,000, and reading one takes a hundred times its size in memory."""

REFERENCES_MAX: Final = 16
"""References in one SignedInfo: the document, its properties, and room for builders that list attachments."""

TRANSFORMS_MAX: Final = 3
"""Transforms of one reference: enveloped and up to two canonicalisations occur in traffic."""

SWELL_MAX: Final = 64 * 1024 * 1024
"""Bytes a document may grow by in canonical form, for namespaces declared anew on every element and again for markup
written as references. A package to 20,000 recipients stays under 20 MB; without a limit, short tags with long
namespaces grow a hundredfold."""

SIGNING_TIME_TOLERANCE: Final = timedelta(days=1)
"""How far a claimed signing time may lie outside what is possible: local time labelled UTC is seven hours ahead."""

TIMESTAMP_BYTES_MAX: Final = 64 * 1024
"""One time-stamp token, in bytes: with a chain of four certificates it takes about 8,000."""

TIMESTAMPS_MAX: Final = 4
"""Time stamps on one signature: two authorities for safety occur, and each costs a signature and a path."""

TIMESTAMP_CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""How far an authority's clock may be from ours: machines that follow time servers differ by less than a second."""

TIMESTAMP_ACCURACY_MAX: Final = timedelta(minutes=1)
"""The worst accuracy that is still a time: the policy of EN 319 421 asks for one second."""

TIMESTAMP_DELAY_MAX: Final = timedelta(days=7)
"""How long after the claimed signing a stamp is still the signing's (EN 319 102-1 clause 5.5.4, time-stamp delay): an
office whose authority was out of reach catches up within days."""

EMBEDDED_MAX: Final = 32
"""Certificates, CRLs and OCSP answers read from one signature: a path of four and a stamp's of four take 16."""

EMBEDDED_BYTES_MAX: Final = 4 * 1024 * 1024
"""The same, in bytes together: a national authority's CRL takes up to one million."""

_DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
_MICROSOFT_DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.4.1.311.10.3.12")
_ADOBE_DOCUMENT_SIGNING = ObjectIdentifier("1.2.840.113583.1.1.5")


@dataclass(frozen=True, slots=True)
class SignaturePolicy:
    """The constraints a signature is judged by; `name` is printed in verdicts and receipts."""

    name: str = "urn:axis:policy:package:1"
    purpose: Purpose = Purpose.PACKAGE
    """What an authority must be trusted for, for its signers to be judged well."""
    table: tuple[Allowance, ...] = field(default=TABLE, hash=False, repr=False)
    """Algorithms and kinds of keys with their dates; what is not listed is never allowed."""
    extended_usages: frozenset[ObjectIdentifier] = frozenset(
        {
            ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
            ExtendedKeyUsageOID.EMAIL_PROTECTION,
            _DOCUMENT_SIGNING,
            _MICROSOFT_DOCUMENT_SIGNING,
            _ADOBE_DOCUMENT_SIGNING,
        }
    )
    """A certificate that lists extended usages must list one of these: keys of web servers sign no documents."""
    is_dedicated: bool = False
    """The key must be for this alone: the certificate's extended key usage is critical and the one usage listed here,
    and its key usage has no other bits than those of signatures (RFC 3161 clause 2.3)."""
    requires_timestamp: bool = False
    """Refuse a signature without a time stamp that counts (level B-T)."""

    def as_of(self, moment: datetime) -> SignaturePolicy:
        """Return the policy with the rows of an aware moment, none of which ends: for what is proved to be as old."""
        return replace(self, table=tuple(replace(one, until=None) for one in self.table if one.admits(moment)))

    def admits(self, use: Use, name: str, *, at: datetime) -> bool:
        """Return whether an algorithm, by its identifier, is allowed at the aware moment `at`."""
        return any(one.admits(at) for one in rows_for(self.table, use, name=name))

    def knows(self, use: Use, name: str) -> bool:
        """Return whether an algorithm is allowed at any time: whether to go on is then a question of when."""
        return bool(rows_for(self.table, use, name=name))

    def admits_key(self, key: object, *, at: datetime | None = None) -> bool:
        """Return whether a public key is of a kind and strength allowed at `at` (aware).

        Without a moment it is the day of the table's last review: for whoever takes a key in hand to sign with it.
        """
        return any(one.admits(at or REVIEWED) for one in rows_for_key(self.table, key))

    def changes_for_key(self, key: object) -> tuple[datetime, ...]:
        """Return the moments at which the answer about a key changes."""
        rows = rows_for_key(self.table, key)
        return tuple(moment for one in rows for moment in (one.since, one.until) if moment is not None)


PACKAGE_POLICY: Final = SignaturePolicy()
"""For packages agencies send."""

STAMPED_PACKAGE_POLICY: Final = SignaturePolicy(name="urn:axis:policy:package-timestamped:1", requires_timestamp=True)
"""For packages agencies send to an axis that takes level B-T alone."""

DOCUMENT_POLICY: Final = SignaturePolicy(name="urn:axis:policy:document:1", purpose=Purpose.DOCUMENT)
"""For signatures of persons and agencies inside the documents themselves."""

SEAL_POLICY: Final = SignaturePolicy(name="urn:axis:policy:seal:1", purpose=Purpose.SEAL)
"""For receipts the axis seals."""

TIMESTAMP_POLICY: Final = SignaturePolicy(
    name="urn:axis:policy:timestamp:1",
    purpose=Purpose.TIMESTAMP,
    extended_usages=frozenset({ExtendedKeyUsageOID.TIME_STAMPING}),
    is_dedicated=True,
)
"""For time-stamping authorities."""
