"""The judgement of a PDF: one verdict for each signature in it, in the words of EN 319 102-1."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from signing.certificates import Certificate
from signing.verdict import (
    DETAIL_MAX,
    CertificatePath,
    FailureCode,
    Indication,
    RevocationFindings,
    SubIndication,
    outcome_of,
)


class PdfFailureCode(StrEnum):
    """Every reason of its own for which a PDF or a signature in it is refused. Stable, like `FailureCode`."""

    UNREADABLE = "pdf/unreadable"
    TOO_LARGE = "pdf/too-large"
    TOO_DEEP = "pdf/too-deep"
    SWELLS = "pdf/swells"
    TOO_MANY_PAGES = "pdf/too-many-pages"
    TOO_MANY_REVISIONS = "pdf/too-many-revisions"
    TOO_MANY_SIGNATURES = "pdf/too-many-signatures"
    PAGE_TREE = "pdf/page-tree"
    ENCRYPTED = "pdf/encrypted"
    HYBRID = "pdf/hybrid-references"
    ACTIVE = "pdf/active-content"
    TOO_LONG = "pdf/too-long"
    LOST = "pdf/lost"
    SUBFILTER_FORBIDDEN = "pdf/subfilter-forbidden"
    INCOMPLETE = "pdf/signature-incomplete"
    SHARED = "pdf/signature-shared"
    BYTE_RANGE = "pdf/byte-range"
    REPEATED_KEY = "pdf/repeated-key"
    CONTENTS = "pdf/contents"
    SIGNER_COUNT = "pdf/signer-count"
    NOT_DETACHED = "pdf/not-detached"
    ATTRIBUTES = "pdf/signed-attributes"
    NOT_COVERING = "pdf/not-covering"
    CHANGED = "pdf/changed"
    CHANGES_FORBIDDEN = "pdf/changes-forbidden"
    CHANGED_UNSIGNED = "pdf/changed-unsigned"
    CERTIFICATE_REVOKED = "pdf/certificate-revoked"
    CERTIFICATE_ON_HOLD = "pdf/certificate-on-hold"
    AUTHORITY_REVOKED = "pdf/authority-revoked"
    TIME_STAMP = "pdf/time-stamp"


_TOTAL_FAILED = (Indication.TOTAL_FAILED, SubIndication.FORMAT_FAILURE)
_CONSTRAINTS = (Indication.INDETERMINATE, SubIndication.SIG_CONSTRAINTS_FAILURE)
_OUTCOMES = {
    PdfFailureCode.SUBFILTER_FORBIDDEN: _CONSTRAINTS,
    PdfFailureCode.ENCRYPTED: _CONSTRAINTS,
    PdfFailureCode.HYBRID: _CONSTRAINTS,
    PdfFailureCode.ACTIVE: _CONSTRAINTS,
    PdfFailureCode.TOO_LARGE: _CONSTRAINTS,
    PdfFailureCode.TOO_MANY_PAGES: _CONSTRAINTS,
    PdfFailureCode.TOO_MANY_REVISIONS: _CONSTRAINTS,
    PdfFailureCode.TOO_MANY_SIGNATURES: _CONSTRAINTS,
    PdfFailureCode.TOO_LONG: _CONSTRAINTS,
    PdfFailureCode.LOST: _CONSTRAINTS,
    PdfFailureCode.NOT_COVERING: (Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE),
    PdfFailureCode.CHANGED: (Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE),
    PdfFailureCode.CHANGES_FORBIDDEN: (Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE),
    PdfFailureCode.CHANGED_UNSIGNED: (Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE),
    PdfFailureCode.CERTIFICATE_REVOKED: (Indication.INDETERMINATE, SubIndication.REVOKED_NO_POE),
    PdfFailureCode.CERTIFICATE_ON_HOLD: (Indication.INDETERMINATE, SubIndication.TRY_LATER),
    PdfFailureCode.AUTHORITY_REVOKED: (Indication.INDETERMINATE, SubIndication.REVOKED_CA_NO_POE),
    PdfFailureCode.TIME_STAMP: _CONSTRAINTS,
}

UNFINISHED: Final = frozenset({PdfFailureCode.TOO_LONG, PdfFailureCode.LOST})
"""Judgements that came to no end: they may say more of the machine than of the file, which another try shows."""


def pdf_outcome_of(code: FailureCode | PdfFailureCode) -> tuple[Indication, SubIndication]:
    """Return the indication and sub-indication that stand for a failure; all structural ones are FORMAT_FAILURE."""
    return outcome_of(code) if isinstance(code, FailureCode) else _OUTCOMES.get(code, _TOTAL_FAILED)


class SignatureKind(StrEnum):
    """What a signature field holds: somebody's signature, or a time stamp on the whole document."""

    SIGNATURE = "signature"
    TIME_STAMP = "time-stamp"


class Coverage(StrEnum):
    """What of the file a signature was made over."""

    WHOLE_FILE = "whole-file"
    REVISION = "revision"
    """The file as it was then; something was appended later, and `Changes` says what."""
    UNCLEAR = "unclear"


class Changes(StrEnum):
    """What was done to the file after a signature, in rising order, as pyHanko's difference policy names it.

    It calls more an update of proof than `signing/pdf/revisions.py` does, and has no word of its own for signatures.
    """

    NONE = "NONE"
    LTA_UPDATES = "LTA_UPDATES"
    SIGNATURES = "SIGNATURES"
    """Further signatures and what shows them, each judged and told; nothing else was filled in."""
    FORM_FILLING = "FORM_FILLING"
    ANNOTATIONS = "ANNOTATIONS"
    OTHER = "OTHER"


class DocMdp(StrEnum):
    """Which later changes a signature permits (ISO 32000-2 table 257, `P`)."""

    NO_CHANGES = "NO_CHANGES"
    FILL_FORMS = "FILL_FORMS"
    ANNOTATE = "ANNOTATE"


class Revocation(StrEnum):
    """What the evidence at hand says about the certificates of a path. UNKNOWN marks a signature and refuses none."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


class StampState(StrEnum):
    """Whether a time stamp on the signature value proves its time."""

    ABSENT = "absent"
    TRUSTED = "trusted"
    UNPROVED = "unproved"
    """Its authority is not trusted, or it does not hold: it proves nothing and refuses nothing."""


@dataclass(frozen=True, slots=True)
class RevocationEvidence:
    """CRLs (RFC 5280) and OCSP answers (RFC 6960) in DER, as they were fetched. They may be empty."""

    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class PdfFailure:
    """Why a PDF or a signature in it did not pass: a stable code and the offending identifier, cut and printable."""

    code: FailureCode | PdfFailureCode
    detail: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", printable(self.detail, DETAIL_MAX))


@dataclass(frozen=True, slots=True)
class PdfSignature:
    """The verdict on one signature. What is known of a refused one is told too, as far as the judgement came.

    `failure` is absent where nothing speaks against it; `mark` then says what is not known yet, and the indication is
    INDETERMINATE: whoever asks decides whether that will do, as with packages. `path` is there where the certificate
    has one to an anchor. `claimed_at` is the signer's word, `stamped_at` is proved by a trusted time stamp, along
    `stamp_path`; both are aware. `rests_on_stamp` is True where the signature would not pass at the moment of
    judgement: its certificate expired, or its authority was given up. `algorithm` is as asn1crypto names it, such as
    `sha256_ecdsa`. `changes` is None where the coverage already was no revision's.
    """

    field: str
    kind: SignatureKind
    indication: Indication
    sub_indication: SubIndication | None
    failure: PdfFailure | None = None
    subfilter: str = ""
    revision: int = 0
    algorithm: str = ""
    certificate: Certificate | None = None
    path: CertificatePath | None = None
    claimed_at: datetime | None = None
    stamped_at: datetime | None = None
    stamp: StampState = StampState.ABSENT
    stamp_path: CertificatePath | None = None
    rests_on_stamp: bool = False
    coverage: Coverage = Coverage.UNCLEAR
    changes: Changes | None = None
    docmdp: DocMdp | None = None
    revocation: Revocation = Revocation.UNKNOWN
    stamp_revocation: Revocation = Revocation.UNKNOWN
    mark: FailureCode | None = None
    is_held: bool = False
    """It failed because a certificate is on hold, which may come back: the failure is not the last word."""
    findings: RevocationFindings | None = None
    """The states of its path that were known when it was judged; None where nobody looked."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "field", printable(self.field, DETAIL_MAX))
        passed = self.indication is Indication.TOTAL_PASSED
        if passed != (self.code is None) or passed != (self.sub_indication is None):
            raise ValueError("a signature either passed, or says why not")
        if self.failure is None and self.path is None:
            raise ValueError("a signature that nothing speaks against knows its signer")
        if self.failure is not None and self.mark is not None:
            raise ValueError("a signature that failed is not marked: nobody needs to know more")

    @property
    def code(self) -> FailureCode | PdfFailureCode | None:
        """The stable code of what is wrong or unknown; None where the signature passed."""
        return self.mark if self.failure is None else self.failure.code


@dataclass(frozen=True, slots=True)
class PdfVerdict:
    """The judgement of one PDF at one moment: why it could not be judged at all, or its signatures in signing order."""

    judged_at: datetime
    policy: str
    failure: PdfFailure | None = None
    signatures: tuple[PdfSignature, ...] = ()

    def __post_init__(self) -> None:
        if self.judged_at.tzinfo is None:
            raise ValueError("signatures are judged at an aware moment")
        if self.failure is not None and self.signatures:
            raise ValueError("a document that could not be judged has no judged signatures")


class PdfRefused(Exception):
    """Ends the judgement of a document or of one signature, at the step that decided it."""

    def __init__(self, code: FailureCode | PdfFailureCode, detail: str = "") -> None:
        super().__init__(code)
        self.failure = PdfFailure(code, detail)


def printable(text: str, most: int) -> str:
    """Return a text of the file's maker cut to `most` characters, with U+FFFD for what cannot be printed."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text[:most])
