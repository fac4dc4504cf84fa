"""The parts of an evidence: parties, reasons and content."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from envelopes.errors import InvalidModel
from envelopes.identifiers import DeliveryId, DocumentId, EnvelopeId, EvidenceId, OrganId, SystemId
from envelopes.limits import ACKNOWLEDGEMENT_BYTES_MAX, TEXT_MAX
from envelopes.texts import check_texts, is_carried_unchanged

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}")
_JWS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_SIZE_MAX: Final = 2**53
"""Octets of a content or a file: the largest number every reader, JavaScript included, keeps exactly."""


class DigestMethod(StrEnum):
    """How a digest was made; the value is the identifier of XML Signature (RFC 9231)."""

    SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
    SHA384 = "http://www.w3.org/2001/04/xmldsig-more#sha384"
    SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"

    @property
    def width(self) -> int:
        """Octets of a digest of this kind."""
        return int(self.name.removeprefix("SHA")) // 8


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest and how it was made."""

    method: DigestMethod
    value: bytes

    def __post_init__(self) -> None:
        if len(self.value) != self.method.width:
            raise InvalidModel("a digest has the length its method gives")

    @classmethod
    def sha256(cls, octets: bytes) -> Self:
        """Return the SHA-256 digest of `octets`."""
        return cls(DigestMethod.SHA256, hashlib.sha256(octets).digest())

    def __str__(self) -> str:
        return self.value.hex()


class EnvironmentKind(StrEnum):
    """Whether an axis carries real documents."""

    PRODUCTION = "production"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Environment:
    """Which axis speaks, and whether in earnest: test evidence can never be shown as real."""

    kind: EnvironmentKind
    instance: str

    def __post_init__(self) -> None:
        check_texts(self)


@dataclass(frozen=True, slots=True)
class IssuerPolicy:
    """The policy evidence is issued under, by its OID or address, and the digest of its text."""

    identifier: str
    digest: Digest | None = None

    def __post_init__(self) -> None:
        check_texts(self)


@dataclass(frozen=True, slots=True)
class Issuer:
    """The axis that issues: its identifier, the certificate that seals, the software's version."""

    identifier: str
    seal_certificate: Digest | None = None
    software_version: str | None = None

    def __post_init__(self) -> None:
        check_texts(self)


@dataclass(frozen=True, slots=True)
class Party:
    """An agency and who acted for it.

    `organ_id` is the canonical id of the directory, or the id as written where the directory knows none;
    `named_as` is the id the message used, where it is another: an alias, or that of the closed agency whose mail this
    one gets, or of the recipient whose delivery it was given. `delegate` is the agency whose system acted, where
    it was another. `name` is the agency's official name at the time.
    """

    organ_id: OrganId
    named_as: OrganId | None = None
    name: str | None = None
    system: SystemId | None = None
    delegate: OrganId | None = None

    def __post_init__(self) -> None:
        check_texts(self)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something happened: a stable code, words in both languages, and whether trying again can help.

    `place` is where in the message (`MessageHeader.To[2].OrganId`), if the reason lies in one place of it.
    """

    code: str
    vi: str
    en: str
    retryable: bool = False
    place: str | None = None

    def __post_init__(self) -> None:
        check_texts(self)
        if not _CODE.fullmatch(self.code):
            raise InvalidModel("not a reason code")


class Decision(StrEnum):
    """What was decided for one recipient of a submission."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    MERGED = "merged"
    """Named twice; the first naming counts."""


@dataclass(frozen=True, slots=True)
class RecipientDecision:
    """The decision for one recipient: the delivery it got, or why not, and who took its place.

    With an accepted recipient, `successor` says that the one the message names has closed, and who got it instead.
    """

    decision: Decision
    delivery_id: DeliveryId | None = None
    reason: Reason | None = None
    successor: OrganId | None = None

    def __post_init__(self) -> None:
        if (self.decision is Decision.ACCEPTED) != (self.delivery_id is not None):
            raise InvalidModel("an accepted recipient, and no other, has a delivery")
        if self.decision is Decision.REFUSED and self.reason is None:
            raise InvalidModel("a refused recipient is told why")


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient; `decision` stands in submission evidence only."""

    party: Party
    decision: RecipientDecision | None = None


class MessageKind(StrEnum):
    """What kind of message the evidence is about: the wire's `messagetype`, where it may be believed."""

    DOCUMENT = "edoc"
    STATUS = "status"
    UNVERIFIED = "unverified"
    """A message whose signature did not pass, so that what it says it is was never read."""


@dataclass(frozen=True, slots=True)
class Message:
    """The message by its identifiers.

    `code` is `BussinessDocType` or `StatusCode` as written. A refused message has no `envelope_id`; one so damaged that
    its id cannot be read, no `document_id` either.
    """

    kind: MessageKind
    code: str | None = None
    envelope_id: EnvelopeId | None = None
    document_id: DocumentId | None = None
    delivery_id: DeliveryId | None = None

    def __post_init__(self) -> None:
        check_texts(self)
        if self.kind is MessageKind.UNVERIFIED and (self.code or self.document_id):
            raise InvalidModel("nothing is known of what an unverified message says")


@dataclass(frozen=True, slots=True)
class AttachmentDigest:
    """One attachment, decoded: enough to recognise the file without the package."""

    content_id: str
    name: str
    size: int
    media_type: str
    digest: Digest

    def __post_init__(self) -> None:
        check_texts(self)
        _check_size(self.size)


@dataclass(frozen=True, slots=True)
class CoveredReference:
    """One `ds:Reference` copied from the sender's verified SignedInfo (`""` is the whole message)."""

    uri: str
    digest: Digest

    def __post_init__(self) -> None:
        if self.uri:
            check_texts(self)


@dataclass(frozen=True, slots=True)
class Content:
    """What was submitted.

    `raw` and `size` (octets) are of the package exactly as received; `canonical` is the content digest, which a client
    that rebuilds its package gets again; None where the message could not be read.
    """

    raw: Digest
    size: int
    canonical: Digest | None = None
    media_type: str = "application/xml"
    attachments: tuple[AttachmentDigest, ...] = ()
    references: tuple[CoveredReference, ...] = ()

    def __post_init__(self) -> None:
        check_texts(self)
        _check_size(self.size)


@dataclass(frozen=True, slots=True)
class PreviousEvidence:
    """The evidence before this one about the same delivery: an omission in the row shows."""

    identifier: EvidenceId
    digest: Digest


@dataclass(frozen=True, slots=True)
class KeptAcknowledgement:
    """What the recipient itself said at the handover.

    `jws` is its signed statement (RFC 7515, compact); None where an old client could not sign, and the handover then
    rests on the axis's word alone.
    """

    jws: str | None

    def __post_init__(self) -> None:
        if self.jws is None:
            return
        if len(self.jws) > ACKNOWLEDGEMENT_BYTES_MAX or not _JWS.fullmatch(self.jws):
            raise InvalidModel("not a JWS in compact form")


def check_moment(moment: datetime | None) -> None:
    """Raise `InvalidModel` unless the moment is aware and in whole milliseconds, the precision of evidence."""
    if moment is not None and (moment.utcoffset() is None or moment.microsecond % 1000):
        raise InvalidModel("times are aware and in whole milliseconds")


def carriable(foreign: str) -> str | None:
    """Return a text from outside (a certificate's name, a claimed time) as evidence can carry it, or None.

    Characters XML cannot carry become U+FFFD, blanks at the ends go, what is too long is cut, and None stands for
    nothing left. So a hostile certificate cannot prevent the evidence of its own rejection.
    """
    text = "".join(
        character if is_carried_unchanged(f"|{character}|") else "\ufffd" for character in foreign[:TEXT_MAX]
    )
    return text.strip() or None


def _check_size(size: int) -> None:
    if not 0 <= size <= _SIZE_MAX:
        raise InvalidModel("sizes are 0 to 2^53 octets")
