"""Hypothesis strategies for evidence: everything the model admits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from hypothesis import strategies as st

from envelopes.evidence import Evidence, EvidenceType
from envelopes.evidence_facts import (
    AttachmentDigest,
    Content,
    CoveredReference,
    Decision,
    Digest,
    DigestMethod,
    Environment,
    EnvironmentKind,
    Issuer,
    IssuerPolicy,
    KeptAcknowledgement,
    Message,
    MessageKind,
    Party,
    PreviousEvidence,
    Reason,
    Recipient,
    RecipientDecision,
)
from envelopes.evidence_signatures import (
    CertificateStatus,
    DocumentSummary,
    DocumentWorth,
    FileSignature,
    FileSignatureKind,
    FileVerdict,
    RevocationSource,
    RevocationState,
    SenderSignature,
    SignatureIndication,
    SignatureTimestamp,
    SigningCertificate,
    UnknownRule,
    ValidationSummary,
)
from envelopes.identifiers import DeliveryId, DocumentId, EnvelopeId, EvidenceId, OrganId, SystemId
from envelopes.texts import is_carried_unchanged

_LETTERS = st.characters(exclude_categories=["Cs"])
_ASCII = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

texts = st.text(_LETTERS, min_size=1, max_size=12).filter(is_carried_unchanged)
known_texts = st.none() | texts
organ_ids = st.from_regex(r"[A-Y]\d{2}(\.\d{1,3}){0,3}", fullmatch=True, alphabet=_ASCII + ".").map(OrganId)
system_ids = st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,8}[a-z0-9])?", fullmatch=True, alphabet=_ASCII + ".-").map(SystemId)
document_ids = st.text(_LETTERS, min_size=1, max_size=12).filter(
    lambda text: is_carried_unchanged(text) and text.isprintable()
)
codes = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,20}", fullmatch=True, alphabet=_ASCII + "._:/-")
sizes = st.integers(0, 2**53)


@st.composite
def moments(draw: st.DrawFn) -> datetime:
    """Aware moments in whole milliseconds, in any offset."""
    offset = draw(st.sampled_from((UTC, timezone(timedelta(hours=7)), timezone(-timedelta(hours=3, minutes=30)))))
    moment = draw(st.datetimes(datetime(1975, 1, 1), datetime(9998, 1, 1)))  # noqa: DTZ001
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=offset)


@st.composite
def uuids(draw: st.DrawFn) -> UUID:
    """UUIDs of version 7, of any moment."""
    bits = draw(st.integers(0, 2**128 - 1))
    return UUID(int=bits & ~(0xF << 76) & ~(0b11 << 62) | 0x7 << 76 | 0b10 << 62)


@st.composite
def digests(draw: st.DrawFn) -> Digest:
    """Digests of the three kinds."""
    method = draw(st.sampled_from(DigestMethod))
    return Digest(method, draw(st.binary(min_size=method.width, max_size=method.width)))


parties = st.builds(
    Party,
    organ_id=organ_ids,
    named_as=st.none() | organ_ids,
    name=known_texts,
    system=st.none() | system_ids,
    delegate=st.none() | organ_ids,
)
reasons = st.builds(Reason, code=codes, vi=texts, en=texts, retryable=st.booleans(), place=known_texts)
delivery_ids = uuids().map(DeliveryId)


@st.composite
def decisions(draw: st.DrawFn) -> RecipientDecision:
    """What was decided for one recipient."""
    decision = draw(st.sampled_from(Decision))
    return RecipientDecision(
        decision=decision,
        delivery_id=draw(delivery_ids) if decision is Decision.ACCEPTED else None,
        reason=draw(reasons if decision is Decision.REFUSED else st.none() | reasons),
        successor=draw(st.none() | organ_ids),
    )


@st.composite
def messages(draw: st.DrawFn, *, is_complete: bool = False) -> Message:
    """Messages; a complete one has every identifier."""
    maybe = st.just(value=True) if is_complete else st.booleans()
    kind = draw(st.sampled_from(MessageKind))
    is_read = kind is not MessageKind.UNVERIFIED
    return Message(
        kind=kind,
        code=draw(known_texts) if is_read else None,
        envelope_id=EnvelopeId(draw(uuids())) if draw(maybe) else None,
        document_id=DocumentId(draw(document_ids)) if is_read and draw(maybe) else None,
        delivery_id=draw(delivery_ids) if draw(maybe) else None,
    )


attachments = st.builds(AttachmentDigest, content_id=texts, name=texts, size=sizes, media_type=texts, digest=digests())
references = st.builds(CoveredReference, uri=st.just("") | texts, digest=digests())
contents = st.builds(
    Content,
    raw=digests(),
    size=sizes,
    canonical=st.none() | digests(),
    media_type=texts,
    attachments=st.lists(attachments, max_size=3).map(tuple),
    references=st.lists(references, max_size=3).map(tuple),
)


@st.composite
def signatures(draw: st.DrawFn) -> SenderSignature:
    """Judged signatures."""
    indication = draw(st.sampled_from(SignatureIndication))
    certificate = st.builds(SigningCertificate, digest=digests(), issuer=texts, serial=st.integers(-(2**160), 2**160))
    return SenderSignature(
        indication=indication,
        sub_indication=draw(known_texts),
        verdict=None if indication is SignatureIndication.TOTAL_PASSED else draw(texts),
        algorithm=draw(known_texts),
        certificate=draw(st.none() | certificate),
        claimed_signing_time=draw(known_texts),
        report=draw(st.none() | digests()),
        level=draw(known_texts),
        proven_at=draw(st.none() | moments()),
    )


statuses = st.builds(
    CertificateStatus,
    certificate=digests(),
    state=st.sampled_from(RevocationState),
    source=st.none() | st.sampled_from(RevocationSource),
    this_update=st.none() | moments(),
    next_update=st.none() | moments(),
    revoked_at=st.none() | moments(),
    reason=known_texts,
    evidence=st.none() | digests(),
    is_supplied=st.booleans(),
)
timestamps = st.builds(
    SignatureTimestamp,
    time=moments(),
    token=digests(),
    statuses=st.lists(statuses, max_size=1).map(tuple),
    is_relied_on=st.booleans(),
)
validations = st.builds(
    ValidationSummary,
    time=moments(),
    policy=texts,
    revocation=texts,
    anchor=st.none() | digests(),
    statuses=st.lists(statuses, max_size=2).map(tuple),
    rule=st.none() | st.sampled_from(UnknownRule),
    timestamps=st.lists(timestamps, max_size=1).map(tuple),
)
file_signatures = st.builds(
    FileSignature,
    field=texts,
    indication=st.sampled_from(SignatureIndication),
    sub_indication=known_texts,
    verdict=known_texts,
    certificate=st.none()
    | st.builds(SigningCertificate, digest=digests(), issuer=texts, serial=st.integers(1, 2**160)),
    revocation=st.none() | st.sampled_from(RevocationState),
    claimed_at=st.none() | moments(),
    stamped_at=st.none() | moments(),
    kind=st.none() | st.sampled_from(FileSignatureKind),
    signer=known_texts,
    subfilter=known_texts,
    algorithm=known_texts,
    coverage=known_texts,
    changes=known_texts,
    docmdp=known_texts,
    stamp=known_texts,
    stamp_authority=st.none()
    | st.builds(SigningCertificate, digest=digests(), issuer=texts, serial=st.integers(1, 2**160)),
    stamp_revocation=st.none() | st.sampled_from(RevocationState),
    anchor=st.none() | digests(),
    existed_at=st.none() | moments(),
    statuses=st.lists(statuses, max_size=2).map(tuple),
)
files = st.builds(
    FileVerdict,
    number=st.integers(1, 100),
    worth=st.sampled_from(DocumentWorth),
    verdict=known_texts,
    doubts=st.sampled_from(((), ("authenticity/other-name",), ("authenticity/file-unsigned", "cũng <&> thế"))),
    signatures=st.lists(file_signatures, max_size=2).map(tuple),
)
documents = st.builds(
    DocumentSummary,
    time=moments(),
    worth=st.sampled_from(DocumentWorth),
    files=st.lists(files, max_size=2).map(tuple),
    verdict=st.sampled_from((None, "signature/untrusted")),
    policy=st.sampled_from((None, "urn:axis:policy:document:1")),
)
acknowledgements = st.from_regex(
    r"[A-Za-z0-9_-]{1,9}\.[A-Za-z0-9_-]{1,9}\.[A-Za-z0-9_-]{1,9}", fullmatch=True, alphabet=_ASCII + "_-."
).map(KeptAcknowledgement) | st.just(KeptAcknowledgement(None))


@st.composite
def evidences(draw: st.DrawFn, *, types: st.SearchStrategy[EvidenceType] | None = None) -> Evidence:
    """Evidence of any type, with every combination of fields that type admits."""
    kind = draw(st.sampled_from(EvidenceType) if types is None else types)
    is_acceptance = kind is EvidenceType.SUBMISSION_ACCEPTANCE
    recipients = st.builds(Recipient, parties, decisions() if is_acceptance else st.none() | decisions())
    fewest, most = (1, 1) if kind.is_per_delivery else (int(is_acceptance), 3)
    handover = kind is EvidenceType.CONTENT_HANDOVER
    is_completion = kind is EvidenceType.SIGNATURE_VALIDATION
    previous = st.builds(PreviousEvidence, uuids().map(EvidenceId), digests())
    return Evidence(
        identifier=EvidenceId(draw(uuids())),
        type=kind,
        event_time=draw(moments()),
        issue_time=draw(moments()),
        issuer=draw(st.builds(Issuer, texts, st.none() | digests(), known_texts)),
        policy=draw(st.builds(IssuerPolicy, texts, st.none() | digests())),
        environment=draw(st.builds(Environment, st.sampled_from(EnvironmentKind), texts)),
        sender=draw(parties),
        message=draw(messages(is_complete=is_acceptance or kind.is_per_delivery)),
        recipients=tuple(draw(st.lists(recipients, min_size=fewest, max_size=most))),
        reasons=tuple(draw(st.lists(reasons, min_size=int(kind.is_negative), max_size=2))),
        submission_time=draw(moments() if is_acceptance else st.none() | moments()),
        content=draw(contents if is_acceptance else st.none() | contents),
        sender_signature=draw(st.none() | signatures()),
        validation=draw(validations if is_completion else st.none() | validations),
        documents=draw(st.none() | documents),
        previous=draw(previous if is_completion else st.none() | previous),
        acknowledgement=draw(acknowledgements if handover else st.none() | acknowledgements),
    )
