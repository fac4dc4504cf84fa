"""How signatures were judged, in the words of evidence (EN 319 102-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from envelopes.errors import InvalidModel
from envelopes.evidence_facts import Digest, check_moment
from envelopes.texts import VIETNAM, check_texts


class SignatureIndication(StrEnum):
    """The main status of a validated signature (EN 319 102-1 clause 5.1.3)."""

    TOTAL_PASSED = "TOTAL-PASSED"
    TOTAL_FAILED = "TOTAL-FAILED"
    INDETERMINATE = "INDETERMINATE"


@dataclass(frozen=True, slots=True)
class SigningCertificate:
    """A certificate by its SHA-256 digest, issuer name (RFC 4514) and serial number."""

    digest: Digest
    issuer: str
    serial: int

    def __post_init__(self) -> None:
        check_texts(self)


@dataclass(frozen=True, slots=True)
class SenderSignature:
    """The sender's signature as it was judged.

    `verdict` is the stable code of a failure. `claimed_signing_time` is the signer's own words, unproved, as written.
    `report` is the digest of a validation report, where one is kept. `level` is the baseline level that was verified,
    and `proven_at` the moment a time stamp proves that the signature was there.
    """

    indication: SignatureIndication
    sub_indication: str | None = None
    verdict: str | None = None
    algorithm: str | None = None
    certificate: SigningCertificate | None = None
    claimed_signing_time: str | None = None
    report: Digest | None = None
    level: str | None = None
    proven_at: datetime | None = None

    def __post_init__(self) -> None:
        check_texts(self)
        check_moment(self.proven_at)
        if (self.indication is SignatureIndication.TOTAL_PASSED) != (self.verdict is None):
            raise InvalidModel("a signature that did not pass, and no other, has a failure code")

    @property
    def claimed_at(self) -> datetime | None:
        """The moment that the signer claims, aware UTC; None where what is written names none in Vietnam's calendar."""
        try:
            claimed = datetime.fromisoformat(self.claimed_signing_time or "")
            claimed.astimezone(VIETNAM)
            return None if claimed.utcoffset() is None else claimed.astimezone(UTC)
        except (ValueError, OverflowError):
            return None


class RevocationState(StrEnum):
    """What was known of a certificate's revocation (RFC 6960 §2.2)."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class RevocationSource(StrEnum):
    """The kind of evidence a state rests on."""

    OCSP = "ocsp"
    CRL = "crl"


@dataclass(frozen=True, slots=True)
class CertificateStatus:
    """What was known of one certificate, by its digest, and the evidence that rests on.

    `this_update` and `next_update` are the evidence's own times and `evidence` its digest.
    `revoked_at` is there where it was revoked. `reason` is why it was, or why nothing certain was known.
    `is_supplied` says that the evidence came with the signature: whoever signed chose which valid answer to bring.
    """

    certificate: Digest
    state: RevocationState
    source: RevocationSource | None = None
    this_update: datetime | None = None
    next_update: datetime | None = None
    revoked_at: datetime | None = None
    reason: str | None = None
    evidence: Digest | None = None
    is_supplied: bool = False

    def __post_init__(self) -> None:
        check_texts(self)
        for moment in (self.this_update, self.next_update, self.revoked_at):
            check_moment(moment)


@dataclass(frozen=True, slots=True)
class SignatureTimestamp:
    """A time stamp on the signature that was verified (RFC 3161).

    `time` is its own, and `token` its digest. `statuses` say what was known of its authority when it was validated: one
    for each certificate of that path but the anchor, none where nobody was asked. `is_relied_on` says that the
    signature would not have passed without it, while one of these states was not known.
    """

    time: datetime
    token: Digest
    statuses: tuple[CertificateStatus, ...] = ()
    is_relied_on: bool = False

    def __post_init__(self) -> None:
        check_moment(self.time)


class UnknownRule(StrEnum):
    """What an unknown state means for a submission: refused, accepted with a warning, or accepted; always marked."""

    REQUIRE = "require"
    WARN = "warn"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True)
class ValidationSummary:
    """How the signature was judged, so that it can be judged again.

    `time` is the moment of judgement; `revocation` says in a word what was known: `not-judged`, or the least certain of
    `statuses`, which has one entry for each certificate of the path but the anchor. `rule` is what held for the sender
    where a state was unknown. `timestamps` are those that were verified; the one that `proven_at` names is the proof.
    """

    time: datetime
    policy: str
    revocation: str
    anchor: Digest | None = None
    statuses: tuple[CertificateStatus, ...] = ()
    rule: UnknownRule | None = None
    timestamps: tuple[SignatureTimestamp, ...] = ()

    def __post_init__(self) -> None:
        check_texts(self)
        check_moment(self.time)


class DocumentWorth(StrEnum):
    """What a document is worth by its signatures (QĐ 28/2018 Art. 4, NĐ 30/2020 Art. 5); the first replaces paper."""

    PERSON_AND_AGENCY = "person_and_agency"
    AGENCY_ONLY = "agency_only"
    PERSON_ONLY = "person_only"
    UNSIGNED = "unsigned"
    BROKEN = "broken"
    NOT_JUDGED = "not_judged"


class FileSignatureKind(StrEnum):
    """What a signature field of a file holds."""

    SIGNATURE = "signature"
    TIME_STAMP = "time-stamp"


@dataclass(frozen=True, slots=True)
class FileSignature:
    """One signature inside a file, as it was judged. Of earlier versions there is nothing from `kind` on.

    `field` is its place in the file, `verdict` the stable code of a failure or of what is not known; `claimed_at` is
    the signer's word and `stamped_at` proved by a time stamp, whose state is `stamp` and whose authority
    `stamp_authority`. `signer` is the name on a certificate that leads to `anchor`: on any other it is a stranger's
    word. `subfilter`, `coverage`, `changes` and `docmdp` are ISO 32000-2's encoding, what of the file it covers, what
    was done to the file since and what of that it permits. `statuses` are those of its path at `existed_at`.
    """

    field: str
    indication: SignatureIndication
    sub_indication: str | None = None
    verdict: str | None = None
    certificate: SigningCertificate | None = None
    claimed_at: datetime | None = None
    stamped_at: datetime | None = None
    revocation: RevocationState | None = None
    kind: FileSignatureKind | None = None
    signer: str | None = None
    subfilter: str | None = None
    algorithm: str | None = None
    coverage: str | None = None
    changes: str | None = None
    docmdp: str | None = None
    stamp: str | None = None
    stamp_authority: SigningCertificate | None = None
    stamp_revocation: RevocationState | None = None
    anchor: Digest | None = None
    existed_at: datetime | None = None
    statuses: tuple[CertificateStatus, ...] = ()

    def __post_init__(self) -> None:
        check_texts(self)
        for moment in (self.claimed_at, self.stamped_at, self.existed_at):
            check_moment(moment)


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """One attachment by its number (from 1), what it is worth, and why it could not be judged where that is so.

    `doubts` are codes of what a clerk should look at.
    """

    number: int
    worth: DocumentWorth
    verdict: str | None = None
    signatures: tuple[FileSignature, ...] = ()
    doubts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_texts(self)
        if self.number < 1:
            raise InvalidModel("files are counted from 1")


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """What a package's documents are worth together, when they were judged, and each file in its place.

    `verdict` is the code of why none of them was judged, where that is so; `policy` is what they were judged by.
    """

    time: datetime
    worth: DocumentWorth
    files: tuple[FileVerdict, ...] = ()
    verdict: str | None = None
    policy: str | None = None

    def __post_init__(self) -> None:
        check_texts(self)
        check_moment(self.time)
