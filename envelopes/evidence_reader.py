"""Octets to evidence: total, and only what the writer of this version would write again byte for byte."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, TypeVar
from uuid import UUID

from lxml import etree

from envelopes.errors import Finding, InvalidModel, Severity, UnreadableMessage, Words
from envelopes.evidence import AXIS_NAMESPACE, ERDS_NAMESPACE, SIGNATURE_PARENT, Evidence, EvidenceType
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
    RevocationSource,
    RevocationState,
    SenderSignature,
    SignatureIndication,
    SigningCertificate,
    ValidationSummary,
)
from envelopes.evidence_writer import write_evidence
from envelopes.identifiers import DeliveryId, DocumentId, EnvelopeId, EvidenceId, OrganId, SystemId
from envelopes.parser import XMLDSIG_NAMESPACE, parse

_PREFIXES: Final = {"erd": ERDS_NAMESPACE, "axis": AXIS_NAMESPACE, "ds": XMLDSIG_NAMESPACE}
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_OUTSIDE: Final = (f"{{{XMLDSIG_NAMESPACE}}}Signature", f"{{{ERDS_NAMESPACE}}}TransactionLogInformation")
"""Children of the root that are no part of the model: the seal, and the log position a later version may add."""

_STATUS_TIMES: Final = frozenset({"thisUpdate", "nextUpdate", "revokedAt"})

_Name = TypeVar("_Name", bound=StrEnum)


class _Unexpected(ValueError):
    """An element or an attribute is missing; the message is its path."""


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
    except _Unexpected as error:
        raise _unreadable(str(error)) from error
    except (ValueError, OverflowError) as error:
        raise _unreadable("Evidence") from error
    if write_evidence(evidence) != etree.tostring(root, method="c14n", exclusive=True, with_comments=True):
        raise _unreadable("Evidence")
    return evidence


def _read(root: etree._Element) -> Evidence:
    facts = _one(root, "erd:Extensions/erd:Extension/axis:Facts")
    return Evidence(
        identifier=EvidenceId(UUID(_text(root, "erd:EvidenceIdentifier"))),
        type=EvidenceType.from_uri(_text(root, "erd:ERDSEventId")),
        event_time=_moment(_text(root, "EventTime")),
        issue_time=_moment(_text(facts, "axis:IssueTime")),
        issuer=_issuer(root, facts),
        policy=IssuerPolicy(
            _text(root, "erd:EvidenceIssuerPolicyID/PolicyID"), _known_digest(facts, "axis:PolicyDigest")
        ),
        environment=_environment(_one(facts, "axis:Environment")),
        sender=_party(_text(root, "erd:SenderDetails/Identifier"), _one(facts, "axis:Sender")),
        message=_message(root, _one(facts, "axis:Message")),
        recipients=tuple(_recipients(root, facts)),
        reasons=tuple(_reasons(root, facts)),
        submission_time=_known_moment(root, "erd:SubmissionTime"),
        content=_content(root, facts),
        sender_signature=_signature(facts.find("axis:SenderSignature", _PREFIXES)),
        validation=_validation(facts.find("axis:Validation", _PREFIXES)),
        previous=_previous(facts.find("axis:PreviousEvidence", _PREFIXES)),
        acknowledgement=_acknowledgement(facts.find("axis:Acknowledgement", _PREFIXES)),
    )


def _issuer(root: etree._Element, facts: etree._Element) -> Issuer:
    return Issuer(
        identifier=_text(root, "erd:EvidenceIssuerDetails/Identifier"),
        seal_certificate=_known_digest(facts, "axis:SealCertificate"),
        software_version=_known_text(facts, "axis:SoftwareVersion"),
    )


def _environment(element: etree._Element) -> Environment:
    return Environment(_enum(EnvironmentKind, element, attribute="kind"), element.text or "")


def _message(root: etree._Element, element: etree._Element) -> Message:
    envelope = _known_text(root, "erd:MessageIdentifier")
    document = _known_text(element, "axis:DocumentId")
    return Message(
        kind=_enum(MessageKind, element, attribute="kind"),
        code=_known_text(element, "axis:Code"),
        envelope_id=None if envelope is None else EnvelopeId(UUID(envelope)),
        document_id=None if document is None else DocumentId(document),
        delivery_id=_known_delivery(element),
    )


def _party(organ_id: str, element: etree._Element) -> Party:
    system = _known_text(element, "axis:System")
    return Party(
        organ_id=OrganId(organ_id),
        named_as=_known_organ(element, "axis:NamedAs"),
        name=_known_text(element, "axis:Name"),
        system=None if system is None else SystemId(system),
        delegate=_known_organ(element, "axis:Delegate"),
    )


def _recipients(root: etree._Element, facts: etree._Element) -> Iterator[Recipient]:
    """Yield the recipients: the n-th `RecipientDetails` says who, the n-th `axis:Recipient` all else."""
    details = root.findall("erd:RecipientDetails[Identifier]", _PREFIXES)
    for detail, element in _paired(details, facts.findall("axis:Recipient", _PREFIXES), path="erd:RecipientDetails"):
        decision = element.find("axis:Decision", _PREFIXES)
        party = _party(_text(detail, "Identifier"), element)
        yield Recipient(party, None if decision is None else _decision(decision))


def _decision(element: etree._Element) -> RecipientDecision:
    reason = element.find("axis:Reason", _PREFIXES)
    return RecipientDecision(
        decision=_enum(Decision, element, attribute="outcome"),
        delivery_id=_known_delivery(element),
        reason=None if reason is None else _reason(reason, reason, prefix="axis:"),
        successor=_known_organ(element, "axis:Successor"),
    )


def _reasons(root: etree._Element, facts: etree._Element) -> Iterator[Reason]:
    """Yield the event's reasons: the n-th `EventReason` says why, the n-th `axis:Reason` all else."""
    reasons = root.findall("erd:EventReasons/erd:EventReason", _PREFIXES)
    for element, note in _paired(reasons, facts.findall("axis:Reason", _PREFIXES), path="erd:EventReasons"):
        yield _reason(element, note, prefix="")


def _reason(element: etree._Element, note: etree._Element, *, prefix: str) -> Reason:
    words = {details.get(_LANG): details.text or "" for details in element.findall(f"{prefix}Details", _PREFIXES)}
    if words.keys() != {"vi", "en"}:
        raise _Unexpected(f"{prefix}Details")
    return Reason(
        code=_text(element, f"{prefix}Code"),
        vi=words["vi"],
        en=words["en"],
        retryable=_truth(note, "retryable"),
        place=_known_text(note, "axis:Place"),
    )


def _content(root: etree._Element, facts: etree._Element) -> Content | None:
    parts = root.findall("erd:UserContentInfo/erd:PartsInfo/erd:PartInfo", _PREFIXES)
    element = facts.find("axis:Content", _PREFIXES)
    if element is None or not parts:
        return None
    package, *files = parts
    names = element.findall("axis:Attachment", _PREFIXES)
    return Content(
        raw=_part_digest(package),
        size=int(_attribute(element, "size")),
        canonical=_known_digest(element, "axis:ContentDigest"),
        media_type=_text(package, "ContentType"),
        attachments=tuple(_attachment(part, name) for part, name in _paired(files, names, path="axis:Attachment")),
        references=tuple(
            CoveredReference(_attribute(reference, "uri"), _digest(reference))
            for reference in element.findall("axis:Reference", _PREFIXES)
        ),
    )


def _attachment(part: etree._Element, name: etree._Element) -> AttachmentDigest:
    return AttachmentDigest(
        content_id=_text(part, "Identifier").removeprefix("cid:"),
        name=name.text or "",
        size=int(_attribute(name, "size")),
        media_type=_text(part, "ContentType"),
        digest=_part_digest(part),
    )


def _part_digest(part: etree._Element) -> Digest:
    method = _enum(DigestMethod, _one(part, "ds:DigestMethod"), attribute="Algorithm")
    return Digest(method, _octets(_text(part, "ds:DigestValue")))


def _signature(element: etree._Element | None) -> SenderSignature | None:
    if element is None:
        return None
    return SenderSignature(
        indication=_enum(SignatureIndication, element, attribute="indication"),
        sub_indication=_known_text(element, "axis:SubIndication"),
        verdict=_known_text(element, "axis:Verdict"),
        algorithm=_known_text(element, "axis:Algorithm"),
        certificate=_certificate(element.find("axis:Certificate", _PREFIXES)),
        claimed_signing_time=_known_text(element, "axis:ClaimedSigningTime"),
        report=_known_digest(element, "axis:ValidationReport"),
    )


def _certificate(element: etree._Element | None) -> SigningCertificate | None:
    if element is None:
        return None
    return SigningCertificate(
        digest=_digest(_one(element, "axis:CertificateDigest")),
        issuer=_text(element, "axis:IssuerName"),
        serial=int(_text(element, "axis:SerialNumber")),
    )


def _validation(element: etree._Element | None) -> ValidationSummary | None:
    if element is None:
        return None
    return ValidationSummary(
        time=_moment(_attribute(element, "time")),
        policy=_text(element, "axis:Policy"),
        revocation=_text(element, "axis:Revocation"),
        anchor=_known_digest(element, "axis:TrustAnchor"),
        statuses=tuple(map(_status, element.iterfind("axis:CertificateStatus", _PREFIXES))),
    )


def _status(element: etree._Element) -> CertificateStatus:
    times = {name: _moment(_attribute(element, name)) for name in _STATUS_TIMES if name in element.attrib}
    return CertificateStatus(
        certificate=_digest(_one(element, "axis:CertificateDigest")),
        state=_enum(RevocationState, element, attribute="state"),
        source=_enum(RevocationSource, element, attribute="source") if "source" in element.attrib else None,
        this_update=times.get("thisUpdate"),
        next_update=times.get("nextUpdate"),
        revoked_at=times.get("revokedAt"),
        reason=_known_text(element, "axis:Reason"),
        evidence=_known_digest(element, "axis:EvidenceDigest"),
    )


def _previous(element: etree._Element | None) -> PreviousEvidence | None:
    if element is None:
        return None
    return PreviousEvidence(EvidenceId(UUID(_attribute(element, "identifier"))), _digest(element))


def _acknowledgement(element: etree._Element | None) -> KeptAcknowledgement | None:
    return None if element is None else KeptAcknowledgement(element.text)


def _paired(
    first: list[etree._Element], second: list[etree._Element], *, path: str
) -> Iterator[tuple[etree._Element, etree._Element]]:
    if len(first) != len(second):
        raise _Unexpected(path)
    return zip(first, second, strict=True)


def _one(parent: etree._Element, path: str) -> etree._Element:
    found = parent.find(path, _PREFIXES)
    if found is None:
        raise _Unexpected(path)
    return found


def _text(parent: etree._Element, path: str) -> str:
    return _one(parent, path).text or ""


def _known_text(parent: etree._Element, path: str) -> str | None:
    found = parent.find(path, _PREFIXES)
    return None if found is None else found.text


def _attribute(element: etree._Element, name: str) -> str:
    value = element.get(name)
    if value is None:
        raise _Unexpected(f"@{name}")
    return value


def _enum(names: type[_Name], element: etree._Element, *, attribute: str) -> _Name:
    return names(_attribute(element, attribute))


def _truth(element: etree._Element, attribute: str) -> bool:
    return _attribute(element, attribute) == "true"


def _known_organ(parent: etree._Element, path: str) -> OrganId | None:
    text = _known_text(parent, path)
    return None if text is None else OrganId(text)


def _known_delivery(parent: etree._Element) -> DeliveryId | None:
    text = _known_text(parent, "axis:DeliveryIdentifier")
    return None if text is None else DeliveryId(UUID(text))


def _known_moment(parent: etree._Element, path: str) -> datetime | None:
    text = _known_text(parent, path)
    return None if text is None else _moment(text)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _known_digest(parent: etree._Element, path: str) -> Digest | None:
    found = parent.find(path, _PREFIXES)
    return None if found is None else _digest(found)


def _digest(element: etree._Element) -> Digest:
    return Digest(_enum(DigestMethod, element, attribute="method"), _octets(element.text or ""))


def _octets(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise InvalidModel("not base64") from error


def _unreadable(path: str) -> UnreadableMessage:
    return UnreadableMessage(Finding("evidence/unreadable", path, Severity.ERROR, _WORDS))


_WORDS: Final = Words(
    vi="Tệp này không phải là chứng cứ của Trục, hoặc đã bị thay đổi.",
    en="This is no evidence issued by an axis, or it was changed.",
    do_vi="Tải lại chứng cứ từ Trục và giữ nguyên từng byte.",
    do_en="Fetch the evidence from the axis again and keep it byte for byte.",
)
