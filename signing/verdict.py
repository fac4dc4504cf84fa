"""The result of judging a signature, in the words of EN 319 102-1."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from signing.algorithms import SignatureAlgorithm
from signing.certificates import Certificate
from signing.digests import DigestAlgorithm
from signing.statuses import Doubt, RevocationState, RevocationStatus


class Indication(StrEnum):
    """The main status indication (EN 319 102-1 clause 5.1.3)."""

    TOTAL_PASSED = "TOTAL-PASSED"
    TOTAL_FAILED = "TOTAL-FAILED"
    INDETERMINATE = "INDETERMINATE"


class SubIndication(StrEnum):
    """Why a signature did not pass (EN 319 102-1 table 6)."""

    FORMAT_FAILURE = "FORMAT_FAILURE"
    HASH_FAILURE = "HASH_FAILURE"
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    SIG_CONSTRAINTS_FAILURE = "SIG_CONSTRAINTS_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
    CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
    CERTIFICATE_CHAIN_GENERAL_FAILURE = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    NO_SIGNING_CERTIFICATE_FOUND = "NO_SIGNING_CERTIFICATE_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    NOT_YET_VALID = "NOT_YET_VALID"
    OUT_OF_BOUNDS_NO_POE = "OUT_OF_BOUNDS_NO_POE"
    REVOKED_NO_POE = "REVOKED_NO_POE"
    REVOKED_CA_NO_POE = "REVOKED_CA_NO_POE"
    TRY_LATER = "TRY_LATER"


class FailureCode(StrEnum):
    """Every reason for which a signature is refused. Stable: documents, problem types and receipts name them."""

    MISSING = "signature/missing"
    REPEATED = "signature/repeated"
    MISPLACED = "signature/misplaced"
    MALFORMED = "signature/malformed"
    DUPLICATE_ID = "signature/duplicate-id"
    REFERENCE_FORBIDDEN = "signature/reference-forbidden"
    NOT_COVERING = "signature/not-covering"
    TRANSFORM_FORBIDDEN = "signature/transform-forbidden"
    ALGORITHM_FORBIDDEN = "signature/algorithm-forbidden"
    KEY_FORBIDDEN = "signature/key-forbidden"
    COMMENT_IN_TEXT = "signature/comment-in-text"
    CERTIFICATE_MISSING = "signature/certificate-missing"
    CERTIFICATE_UNREADABLE = "signature/certificate-unreadable"
    CERTIFICATE_MISMATCH = "signature/certificate-mismatch"
    TOO_MANY_CERTIFICATES = "signature/too-many-certificates"
    UNTRUSTED = "signature/untrusted"
    AUTHORITY_GIVEN_UP = "signature/authority-given-up"
    PATH_INVALID = "signature/path-invalid"
    PATH_TOO_COMPLEX = "signature/path-too-complex"
    CERTIFICATE_EXPIRED = "signature/certificate-expired"
    CERTIFICATE_NOT_YET_VALID = "signature/certificate-not-yet-valid"
    USAGE_FORBIDDEN = "signature/usage-forbidden"
    CERTIFICATE_REVOKED = "signature/certificate-revoked"
    CERTIFICATE_ON_HOLD = "signature/certificate-on-hold"
    AUTHORITY_REVOKED = "signature/authority-revoked"
    REVOCATION_UNKNOWN = "signature/revocation-unknown"
    ALTERED = "signature/altered"
    INVALID = "signature/invalid"
    SIGNING_TIME_IMPOSSIBLE = "signature/signing-time-impossible"

    TIMESTAMP_MISSING = "timestamp/missing"
    TIMESTAMP_REFUSED = "timestamp/refused"
    TIMESTAMP_TOO_LARGE = "timestamp/too-large"
    TIMESTAMP_MALFORMED = "timestamp/malformed"
    TIMESTAMP_ALGORITHM_FORBIDDEN = "timestamp/algorithm-forbidden"
    TIMESTAMP_OTHER_IMPRINT = "timestamp/other-imprint"
    TIMESTAMP_OTHER_NONCE = "timestamp/other-nonce"
    TIMESTAMP_OTHER_POLICY = "timestamp/other-policy"
    TIMESTAMP_CERTIFICATE_MISSING = "timestamp/certificate-missing"
    TIMESTAMP_CERTIFICATE_MISMATCH = "timestamp/certificate-mismatch"
    TIMESTAMP_UNTRUSTED = "timestamp/untrusted"
    TIMESTAMP_INVALID = "timestamp/invalid"
    TIMESTAMP_TIME_IMPOSSIBLE = "timestamp/time-impossible"


_OUTCOMES: dict[FailureCode, tuple[Indication, SubIndication]] = {
    FailureCode.ALGORITHM_FORBIDDEN: (Indication.INDETERMINATE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE),
    FailureCode.KEY_FORBIDDEN: (Indication.INDETERMINATE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE),
    FailureCode.TRANSFORM_FORBIDDEN: (Indication.INDETERMINATE, SubIndication.SIG_CONSTRAINTS_FAILURE),
    FailureCode.REFERENCE_FORBIDDEN: (Indication.INDETERMINATE, SubIndication.SIG_CONSTRAINTS_FAILURE),
    FailureCode.NOT_COVERING: (Indication.INDETERMINATE, SubIndication.SIG_CONSTRAINTS_FAILURE),
    FailureCode.TOO_MANY_CERTIFICATES: (Indication.INDETERMINATE, SubIndication.SIG_CONSTRAINTS_FAILURE),
    FailureCode.CERTIFICATE_MISSING: (Indication.INDETERMINATE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND),
    FailureCode.CERTIFICATE_UNREADABLE: (Indication.INDETERMINATE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND),
    FailureCode.CERTIFICATE_MISMATCH: (Indication.INDETERMINATE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND),
    FailureCode.UNTRUSTED: (Indication.INDETERMINATE, SubIndication.NO_CERTIFICATE_CHAIN_FOUND),
    FailureCode.AUTHORITY_GIVEN_UP: (Indication.INDETERMINATE, SubIndication.NO_CERTIFICATE_CHAIN_FOUND),
    FailureCode.PATH_TOO_COMPLEX: (Indication.INDETERMINATE, SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE),
    FailureCode.PATH_INVALID: (Indication.INDETERMINATE, SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE),
    FailureCode.CERTIFICATE_EXPIRED: (Indication.INDETERMINATE, SubIndication.OUT_OF_BOUNDS_NO_POE),
    FailureCode.CERTIFICATE_NOT_YET_VALID: (Indication.TOTAL_FAILED, SubIndication.NOT_YET_VALID),
    FailureCode.USAGE_FORBIDDEN: (Indication.INDETERMINATE, SubIndication.CHAIN_CONSTRAINTS_FAILURE),
    FailureCode.CERTIFICATE_REVOKED: (Indication.INDETERMINATE, SubIndication.REVOKED_NO_POE),
    FailureCode.CERTIFICATE_ON_HOLD: (Indication.INDETERMINATE, SubIndication.TRY_LATER),
    FailureCode.AUTHORITY_REVOKED: (Indication.INDETERMINATE, SubIndication.REVOKED_CA_NO_POE),
    FailureCode.REVOCATION_UNKNOWN: (Indication.INDETERMINATE, SubIndication.TRY_LATER),
    FailureCode.ALTERED: (Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE),
    FailureCode.INVALID: (Indication.TOTAL_FAILED, SubIndication.SIG_CRYPTO_FAILURE),
    FailureCode.SIGNING_TIME_IMPOSSIBLE: (Indication.INDETERMINATE, SubIndication.SIG_CONSTRAINTS_FAILURE),
}


ENDED_SINCE: Final = frozenset(
    {
        FailureCode.CERTIFICATE_EXPIRED,
        FailureCode.CERTIFICATE_REVOKED,
        FailureCode.CERTIFICATE_ON_HOLD,
        FailureCode.AUTHORITY_REVOKED,
        FailureCode.AUTHORITY_GIVEN_UP,
        FailureCode.UNTRUSTED,
        FailureCode.ALGORITHM_FORBIDDEN,
        FailureCode.KEY_FORBIDDEN,
        FailureCode.TIMESTAMP_UNTRUSTED,
        FailureCode.TIMESTAMP_ALGORITHM_FORBIDDEN,
    }
)
"""What a signature that passed may fail by later, though not an octet of it changed: a key, an authority or an
algorithm came to its end."""


def outcome_of(code: FailureCode) -> tuple[Indication, SubIndication]:
    """Return the indication and sub-indication that stand for a failure; all structural ones are FORMAT_FAILURE.

    A time stamp that a policy requires and that does not count is a constraint not met (EN 319 102-1 clause 5.2.8).
    """
    if code.value.startswith("timestamp/"):
        return Indication.INDETERMINATE, SubIndication.SIG_CONSTRAINTS_FAILURE
    return _OUTCOMES.get(code, (Indication.TOTAL_FAILED, SubIndication.FORMAT_FAILURE))


def revoked_code(*, is_signer: bool, is_hold: bool) -> FailureCode:
    """Return what a revoked certificate of a path stands for: the signer's, merely held or for good, or an authority's.

    That an authority is held makes no difference: nothing it issued counts while it is.
    """
    if not is_signer:
        return FailureCode.AUTHORITY_REVOKED
    return FailureCode.CERTIFICATE_ON_HOLD if is_hold else FailureCode.CERTIFICATE_REVOKED


@dataclass(frozen=True, slots=True)
class ReferenceDigest:
    """One `ds:Reference` as it stood in the verified SignedInfo."""

    uri: str
    algorithm: DigestAlgorithm
    value: bytes


@dataclass(frozen=True, slots=True)
class CertificatePath:
    """A validated path: the signer's certificate first, the trust anchor last."""

    certificates: tuple[Certificate, ...]

    @property
    def signer(self) -> Certificate:
        """The certificate the path was built for."""
        return self.certificates[0]

    @property
    def anchor(self) -> Certificate:
        """The trusted certificate at the path's end."""
        return self.certificates[-1]


DETAIL_MAX: Final = 200
"""Characters of a failure's detail: enough for any identifier that means something, and it is printed in receipts."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a signature did not pass: a stable code and the offending identifier (an algorithm, an element name).

    The identifier may be the attacker's own words: it is cut, and what cannot be printed becomes U+FFFD, so that it
    fits into receipts and logs whatever it was.
    """

    code: FailureCode
    detail: str = ""

    def __post_init__(self) -> None:
        shown = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in self.detail[:DETAIL_MAX])
        object.__setattr__(self, "detail", shown)


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A time stamp that was verified (RFC 3161): what it was made over existed at `moment`."""

    moment: datetime
    """`genTime`, aware UTC."""
    accuracy: timedelta | None
    """How far the authority says that its clock may be off, either way; None where it says nothing."""
    serial: int
    policy: str
    """The authority's own policy, a dotted object identifier."""
    path: CertificatePath
    digest: bytes
    """The SHA-256 of the whole token."""
    revocation: RevocationFindings | None = None
    """What was known of its authority's certificates at the judgement; None where nobody was asked about it."""

    @property
    def is_known(self) -> bool:
        """True where the state of each of those certificates was known, or nobody was asked."""
        return self.revocation is None or not self.revocation.unknown

    @property
    def is_doubtful(self) -> bool:
        """True where one of those states was not known and somebody could tell: it proves nothing for the moment."""
        return self.revocation is not None and self.revocation.is_askable


class SignatureLevel(StrEnum):
    """A baseline level (EN 319 132-1 clause 6): each holds what proves the one before for longer."""

    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    B_LTA = "B-LTA"


@dataclass(frozen=True, slots=True)
class EmbeddedValues:
    """Certificates, CRLs and OCSP answers that came with a signature, as DER octets: claims, nothing of them judged."""

    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsp_answers: tuple[bytes, ...] = ()
    left_out: int = 0
    """How many were no base64, or beyond the limits."""


@dataclass(frozen=True, slots=True)
class Additions:
    """What stands beside a signature without being signed: time stamps were judged, the rest are claims."""

    claimed_level: SignatureLevel | None = None
    """The level whose properties are there, whatever they are worth; None where no properties are signed."""
    timestamps: tuple[Timestamp | Failure, ...] = ()
    """Each time stamp on the signature in document order: verified, or why it is not counted."""
    embedded: EmbeddedValues = EmbeddedValues()
    unread: tuple[str, ...] = ()
    """Names of unsigned properties that are not read, such as `ArchiveTimeStamp`: nothing follows from them."""
    takes_doubtful: bool = False
    """A doubtful time stamp is taken for a proof all the same: the signature passes by none else, and is marked."""

    @property
    def counted(self) -> tuple[Timestamp, ...]:
        """The time stamps that were verified, doubtful ones among them."""
        return tuple(one for one in self.timestamps if isinstance(one, Timestamp))

    @property
    def proof_of_existence(self) -> Timestamp | None:
        """The earliest time stamp that proves a time (EN 319 102-1 clause 5.5.4, best-signature-time), or None."""
        proofs = [one for one in self.counted if self.takes_doubtful or not one.is_doubtful]
        return min(proofs, key=lambda one: one.moment, default=None)

    @property
    def verified_level(self) -> SignatureLevel | None:
        """B-T with a proof of existence, else B-B: embedded values are not judged here, nor archive time stamps."""
        if self.claimed_level is None:
            return None
        return SignatureLevel.B_T if self.proof_of_existence else SignatureLevel.B_B


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """What is known of a signature once its signer is: claims are marked as such, all else was verified."""

    algorithm: SignatureAlgorithm
    references: tuple[ReferenceDigest, ...]
    path: CertificatePath
    claimed_signing_time: str | None
    """`SigningTime` as written, an unproved claim of the signer (EN 319 132-1 clause 5.2.1)."""
    additions: Additions = Additions()
    proved_at: datetime | None = None
    """The moment of the proof of existence that algorithms and path were judged at, aware, because they do not hold any
    more at the judgement's own; None where they do."""
    is_timestamp_required: bool = False
    """The policy takes no signature without a time stamp that counts."""


@dataclass(frozen=True, slots=True)
class RevocationFindings:
    """What was known of the revocation of a path when it was judged: one state for each certificate but the anchor."""

    statuses: tuple[tuple[Certificate, RevocationStatus], ...]
    existed_at: datetime
    """The moment they are judged for: when the signature is proved to have existed, aware."""

    @property
    def unknown(self) -> tuple[Certificate, ...]:
        """The certificates of which nothing certain was known."""
        return tuple(one for one, status in self.statuses if status.state is RevocationState.UNKNOWN)

    @property
    def is_askable(self) -> bool:
        """True where something is unknown that an authority could tell: it names somebody to ask."""
        return any(status.doubt not in {None, Doubt.NO_SOURCE} for _, status in self.statuses)

    @property
    def is_stale(self) -> bool:
        """True where every state was known once, and what is unknown is so because its evidence is out of date."""
        return all(status.doubt in {None, Doubt.STALE} for _, status in self.statuses)

    @property
    def unknown_to_book(self) -> tuple[Certificate, ...]:
        """The certificates to ask about: nothing certain is known, or only by what came with the signature."""
        return tuple(
            one for one, status in self.statuses if status.is_brought or status.state is RevocationState.UNKNOWN
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one signature at one moment. Never a bool: ask for `covered`.

    Exactly one of `failure` and `covered` is present. `covered` are the canonical octets the signature was made over,
    without the signature itself; everything downstream reads these and nothing else. `mark` accompanies `covered` where
    nothing speaks against the signature but not all is known yet: the indication is then INDETERMINATE, and whoever
    asks decides whether that will do. `revocation` is None where nobody was asked about it. `rests_on` is a time
    stamp without which the signature would not pass, while nothing certain is known of its authority's revocation.
    """

    indication: Indication
    sub_indication: SubIndication | None
    judged_at: datetime
    policy: str
    failure: Failure | None = None
    covered: bytes | None = None
    facts: SignatureFacts | None = None
    revocation: RevocationFindings | None = None
    mark: FailureCode | None = None
    rests_on: Timestamp | None = None

    def __post_init__(self) -> None:
        if self.judged_at.tzinfo is None:
            raise ValueError("signatures are judged at an aware moment")
        if (self.covered is None) == (self.failure is None):
            raise ValueError("a verdict either covers octets, or says why not")
        passed = self.indication is Indication.TOTAL_PASSED
        if passed != (self.covered is not None and self.mark is None) or passed != (self.sub_indication is None):
            raise ValueError("a verdict that passed is without a mark, any other has a sub-indication")
        if self.covered is not None and self.facts is None:
            raise ValueError("a verdict that covers octets knows its signer")

    @property
    def relied_on(self) -> tuple[RevocationFindings, ...]:
        """What the verdict rests on: the path's states, and those of the authority of a stamp that carries it alone."""
        stamp = self.rests_on.revocation if self.rests_on else None
        return tuple(one for one in (self.revocation, stamp) if one is not None)

    @property
    def is_stale(self) -> bool:
        """True where every state it rests on was known once."""
        return all(one.is_stale for one in self.relied_on)

    @property
    def revocation_word(self) -> str:
        """`not-judged`, or the least certain state of what it rests on: `revoked`, `unknown` or `good`.

        Of a revoked authority whose stamps from before are valid all the same nothing is said here.
        """
        if self.revocation is None:
            return "not-judged"
        states = {status.state for _, status in self.revocation.statuses}
        if self.rests_on is not None:
            states.add(RevocationState.UNKNOWN)
        order = (RevocationState.REVOKED, RevocationState.UNKNOWN)
        return next((one for one in order if one in states), RevocationState.GOOD).value

    @property
    def code(self) -> FailureCode | None:
        """The stable code of what is wrong or unknown; None where the signature passed."""
        return self.mark if self.failure is None else self.failure.code
