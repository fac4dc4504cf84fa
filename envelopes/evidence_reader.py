"""Octets to evidence: total, and only what the writer of this version would write again byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from lxml import etree

from envelopes.errors import Finding, Severity, UnreadableMessage, Words
from envelopes.evidence import ERDS_NAMESPACE, SIGNATURE_PARENT, Evidence, EvidenceType
from envelopes.evidence_elements import (
    PREFIXES,
    Unexpected,
    attribute_of,
    digest_of,
    enum_of,
    known_delivery,
    known_digest,
    known_moment,
    known_organ,
    known_text,
    moment_of,
    octets_of,
    one,
    text_of,
    truth_of,
)
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
from envelopes.evidence_signature_reader import read_documents, read_signature, read_validation
from envelopes.evidence_writer import write_evidence
from envelopes.identifiers import DocumentId, EnvelopeId, EvidenceId, OrganId, SystemId
from envelopes.parser import XMLDSIG_NAMESPACE, parse

_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_OUTSIDE: Final = (f"{{{XMLDSIG_NAMESPACE}}}Signature", f"{{{ERDS_NAMESPACE}}}TransactionLogInformation")
"""Children of the root that are no part of the model: the seal, and the log position a later version may add."""


def read_evidence(octets: bytes) -> Evidence:
    """Return the evidence in `octets`, sealed or not; whoever trusts it verifies the seal first.

    Total: raises `UnreadableMessage` for everything `write_evidence` would not write again, byte for byte, once the
    seal is taken away. So nothing can stand in an evidence that a reader overlooks.
    """
    root = parse(octets)
    if root.tag != SIGNATURE_PARENT[0]:
        raise _unreadable("Evidence")
    for tag in _OUTSIDE:
        for child in root.findall(tag):
            root.remove(child)
    try:
        evidence = _read(root)
    except Unexpected as error:
        raise _unreadable(str(error)) from error
    except (ValueError, OverflowError) as error:
        raise _unreadable("Evidence") from error
    if write_evidence(evidence) != etree.tostring(root, method="c14n", exclusive=True, with_comments=True):
        raise _unreadable("Evidence")
    return evidence


def _read(root: etree._Element) -> Evidence:
    facts = one(root, "erd:Extensions/erd:Extension/axis:Facts")
    return Evidence(
        identifier=EvidenceId(UUID(text_of(root, "erd:EvidenceIdentifier"))),
        type=EvidenceType.from_uri(text_of(root, "erd:ERDSEventId")),
        event_time=moment_of(text_of(root, "EventTime")),
        issue_time=moment_of(text_of(facts, "axis:IssueTime")),
        issuer=_issuer(root, facts),
        policy=IssuerPolicy(
            text_of(root, "erd:EvidenceIssuerPolicyID/PolicyID"), known_digest(facts, "axis:PolicyDigest")
        ),
        environment=_environment(one(facts, "axis:Environment")),
        sender=_party(text_of(root, "erd:SenderDetails/Identifier"), one(facts, "axis:Sender")),
        message=_message(root, one(facts, "axis:Message")),
        recipients=tuple(_recipients(root, facts)),
        reasons=tuple(_reasons(root, facts)),
        submission_time=known_moment(root, "erd:SubmissionTime"),
        content=_content(root, facts),
        sender_signature=read_signature(facts.find("axis:SenderSignature", PREFIXES)),
        validation=read_validation(facts.find("axis:Validation", PREFIXES)),
        documents=read_documents(facts.find("axis:Documents", PREFIXES)),
        previous=_previous(facts.find("axis:PreviousEvidence", PREFIXES)),
        acknowledgement=_acknowledgement(facts.find("axis:Acknowledgement", PREFIXES)),
    )


def _issuer(root: etree._Element, facts: etree._Element) -> Issuer:
    return Issuer(
        identifier=text_of(root, "erd:EvidenceIssuerDetails/Identifier"),
        seal_certificate=known_digest(facts, "axis:SealCertificate"),
        software_version=known_text(facts, "axis:SoftwareVersion"),
    )


def _environment(element: etree._Element) -> Environment:
    return Environment(enum_of(EnvironmentKind, element, attribute="kind"), element.text or "")


def _message(root: etree._Element, element: etree._Element) -> Message:
    envelope = known_text(root, "erd:MessageIdentifier")
    document = known_text(element, "axis:DocumentId")
    return Message(
        kind=enum_of(MessageKind, element, attribute="kind"),
        code=known_text(element, "axis:Code"),
        envelope_id=None if envelope is None else EnvelopeId(UUID(envelope)),
        document_id=None if document is None else DocumentId(document),
        delivery_id=known_delivery(element),
    )


def _party(organ_id: str, element: etree._Element) -> Party:
    system = known_text(element, "axis:System")
    return Party(
        organ_id=OrganId(organ_id),
        named_as=known_organ(element, "axis:NamedAs"),
        name=known_text(element, "axis:Name"),
        system=None if system is None else SystemId(system),
        delegate=known_organ(element, "axis:Delegate"),
    )


def _recipients(root: etree._Element, facts: etree._Element) -> Iterator[Recipient]:
    """Yield the recipients: the n-th `RecipientDetails` says who, the n-th `axis:Recipient` all else."""
    details = root.findall("erd:RecipientDetails[Identifier]", PREFIXES)
    for detail, element in _paired(details, facts.findall("axis:Recipient", PREFIXES), path="erd:RecipientDetails"):
        decision = element.find("axis:Decision", PREFIXES)
        party = _party(text_of(detail, "Identifier"), element)
        yield Recipient(party, None if decision is None else _decision(decision))


def _decision(element: etree._Element) -> RecipientDecision:
    reason = element.find("axis:Reason", PREFIXES)
    return RecipientDecision(
        decision=enum_of(Decision, element, attribute="outcome"),
        delivery_id=known_delivery(element),
        reason=None if reason is None else _reason(reason, reason, prefix="axis:"),
        successor=known_organ(element, "axis:Successor"),
    )


def _reasons(root: etree._Element, facts: etree._Element) -> Iterator[Reason]:
    """Yield the event's reasons: the n-th `EventReason` says why, the n-th `axis:Reason` all else."""
    reasons = root.findall("erd:EventReasons/erd:EventReason", PREFIXES)
    for element, note in _paired(reasons, facts.findall("axis:Reason", PREFIXES), path="erd:EventReasons"):
        yield _reason(element, note, prefix="")


def _reason(element: etree._Element, note: etree._Element, *, prefix: str) -> Reason:
    words = {details.get(_LANG): details.text or "" for details in element.findall(f"{prefix}Details", PREFIXES)}
    if words.keys() != {"vi", "en"}:
        raise Unexpected(f"{prefix}Details")
    return Reason(
        code=text_of(element, f"{prefix}Code"),
        vi=words["vi"],
        en=words["en"],
        retryable=truth_of(note, "retryable"),
        place=known_text(note, "axis:Place"),
    )


def _content(root: etree._Element, facts: etree._Element) -> Content | None:
    parts = root.findall("erd:UserContentInfo/erd:PartsInfo/erd:PartInfo", PREFIXES)
    element = facts.find("axis:Content", PREFIXES)
    if element is None or not parts:
        return None
    package, *files = parts
    names = element.findall("axis:Attachment", PREFIXES)
    return Content(
        raw=_part_digest(package),
        size=int(attribute_of(element, "size")),
        canonical=known_digest(element, "axis:ContentDigest"),
        media_type=text_of(package, "ContentType"),
        attachments=tuple(_attachment(part, name) for part, name in _paired(files, names, path="axis:Attachment")),
        references=tuple(
            CoveredReference(attribute_of(reference, "uri"), digest_of(reference))
            for reference in element.findall("axis:Reference", PREFIXES)
        ),
    )


def _attachment(part: etree._Element, name: etree._Element) -> AttachmentDigest:
    return AttachmentDigest(
        content_id=text_of(part, "Identifier").removeprefix("cid:"),
        name=name.text or "",
        size=int(attribute_of(name, "size")),
        media_type=text_of(part, "ContentType"),
        digest=_part_digest(part),
    )


def _part_digest(part: etree._Element) -> Digest:
    method = enum_of(DigestMethod, one(part, "ds:DigestMethod"), attribute="Algorithm")
    return Digest(method, octets_of(text_of(part, "ds:DigestValue")))


def _previous(element: etree._Element | None) -> PreviousEvidence | None:
    if element is None:
        return None
    return PreviousEvidence(EvidenceId(UUID(attribute_of(element, "identifier"))), digest_of(element))


def _acknowledgement(element: etree._Element | None) -> KeptAcknowledgement | None:
    return None if element is None else KeptAcknowledgement(element.text)


def _paired(
    first: list[etree._Element], second: list[etree._Element], *, path: str
) -> Iterator[tuple[etree._Element, etree._Element]]:
    if len(first) != len(second):
        raise Unexpected(path)
    return zip(first, second, strict=True)


def _unreadable(path: str) -> UnreadableMessage:
    return UnreadableMessage(Finding("evidence/unreadable", path, Severity.ERROR, _WORDS))


_WORDS: Final = Words(
    vi="Tệp này không phải là chứng cứ của Trục, hoặc đã bị thay đổi.",
    en="This is no evidence issued by an axis, or it was changed.",
    do_vi="Tải lại chứng cứ từ Trục và giữ nguyên từng byte.",
    do_en="Fetch the evidence from the axis again and keep it byte for byte.",
)
