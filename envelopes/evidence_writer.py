"""Evidence to octets: exclusive C14N of the whole document, so that equal evidence is the same bytes everywhere."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from envelopes.evidence import AXIS_NAMESPACE, ERDS_NAMESPACE, SCHEMA_VERSION, Evidence
from envelopes.evidence_facts import (
    Content,
    Digest,
    KeptAcknowledgement,
    Message,
    Party,
    Reason,
    Recipient,
    RecipientDecision,
)
from envelopes.evidence_signatures import (
    CertificateStatus,
    DocumentSummary,
    FileSignature,
    SenderSignature,
    SignatureTimestamp,
    SigningCertificate,
    ValidationSummary,
)
from envelopes.parser import XMLDSIG_NAMESPACE

_PREFIXES: Final = {"erd": ERDS_NAMESPACE, "axis": AXIS_NAMESPACE, "ds": XMLDSIG_NAMESPACE}
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_PACKAGE_PART: Final = "package"
"""`PartInfo/Identifier` of the message as a whole; its attachments are `cid:` and their content id."""


def write_evidence(evidence: Evidence) -> bytes:
    """Return the evidence as canonical UTF-8 octets without XML declaration, unsigned.

    The same evidence gives the same octets. A seal goes in as the last child of the root (`SIGNATURE_PARENT`).
    """
    root = etree.Element(_erds("Evidence"), nsmap=_PREFIXES)
    root.set("version", SCHEMA_VERSION)
    _add(root, _erds("EvidenceIdentifier"), text=str(evidence.identifier))
    _add(root, _erds("ERDSEventId"), text=evidence.type.uri)
    _add_event_reasons(root, evidence.reasons)
    _add(root, "EventTime", text=_time(evidence.event_time))
    _add(_add(root, _erds("EvidenceIssuerPolicyID")), "PolicyID", text=evidence.policy.identifier)
    _add(_add(root, _erds("EvidenceIssuerDetails")), "Identifier", text=evidence.issuer.identifier)
    _add(_add(root, _erds("SenderDetails")), "Identifier", text=str(evidence.sender.organ_id))
    _add_recipient_details(root, evidence.recipients)
    if evidence.submission_time is not None:
        _add(root, _erds("SubmissionTime"), text=_time(evidence.submission_time))
    if evidence.message.envelope_id is not None:
        _add(root, _erds("MessageIdentifier"), text=str(evidence.message.envelope_id))
    if evidence.content is not None:
        _add_user_content(root, evidence.content)
    _add_extension(root, evidence)
    return etree.tostring(root, method="c14n", exclusive=True, with_comments=False)


def _add_event_reasons(root: etree._Element, reasons: tuple[Reason, ...]) -> None:
    if not reasons:
        return
    holder = _add(root, _erds("EventReasons"))
    for reason in reasons:
        element = _add(holder, _erds("EventReason"))
        _add(element, "Code", text=reason.code)
        _add(element, "Details", text=reason.vi).set(_LANG, "vi")
        _add(element, "Details", text=reason.en).set(_LANG, "en")


def _add_recipient_details(root: etree._Element, recipients: tuple[Recipient, ...]) -> None:
    """Add one `RecipientDetails` for each; the schema wants at least one, so nobody is an empty one."""
    for recipient in recipients:
        _add(_add(root, _erds("RecipientDetails")), "Identifier", text=str(recipient.party.organ_id))
    if not recipients:
        _add(root, _erds("RecipientDetails"))


def _add_user_content(root: etree._Element, content: Content) -> None:
    holder = _add(root, _erds("UserContentInfo"))
    _add(holder, "ComposingParts", text=str(1 + len(content.attachments)))
    parts = _add(holder, _erds("PartsInfo"))
    _add_part(parts, _PACKAGE_PART, media_type=content.media_type, digest=content.raw)
    for attachment in content.attachments:
        _add_part(parts, f"cid:{attachment.content_id}", media_type=attachment.media_type, digest=attachment.digest)


def _add_part(parts: etree._Element, identifier: str, *, media_type: str, digest: Digest) -> None:
    part = _add(parts, _erds("PartInfo"))
    _add(part, "Identifier", text=identifier)
    _add(part, "ContentType", text=media_type)
    _add(part, _dsig("DigestMethod")).set("Algorithm", digest.method.value)
    _add(part, _dsig("DigestValue"), text=_base64(digest))


def _add_extension(root: etree._Element, evidence: Evidence) -> None:
    """Add what EN 319 522 has no place for, in the order of the schema `axis-evidence.xsd`."""
    extension = _add(_add(root, _erds("Extensions")), _erds("Extension"))
    extension.set("isCritical", "false")
    axis = _add(extension, _axis("Facts"))
    environment = _add(axis, _axis("Environment"), text=evidence.environment.instance)
    environment.set("kind", evidence.environment.kind.value)
    _add(axis, _axis("IssueTime"), text=_time(evidence.issue_time))
    _add_known_digest(axis, "PolicyDigest", digest=evidence.policy.digest)
    _add_known_digest(axis, "SealCertificate", digest=evidence.issuer.seal_certificate)
    _add_text(axis, "SoftwareVersion", value=evidence.issuer.software_version)
    _add_message(axis, evidence.message)
    _add_party(_add(axis, _axis("Sender")), evidence.sender)
    for recipient in evidence.recipients:
        _add_recipient(axis, recipient)
    for reason in evidence.reasons:
        _add_reason_note(axis, reason)
    if evidence.content is not None:
        _add_content(axis, evidence.content)
    if evidence.sender_signature is not None:
        _add_signature(axis, evidence.sender_signature)
    if evidence.validation is not None:
        _add_validation(axis, evidence.validation)
    if evidence.documents is not None:
        _add_documents(axis, evidence.documents)
    if evidence.previous is not None:
        previous = _add_digest(axis, "PreviousEvidence", digest=evidence.previous.digest)
        previous.set("identifier", str(evidence.previous.identifier))
    if evidence.acknowledgement is not None:
        _add_acknowledgement(axis, evidence.acknowledgement)


def _add_message(axis: etree._Element, message: Message) -> None:
    element = _add(axis, _axis("Message"))
    element.set("kind", message.kind.value)
    _add_text(element, "Code", value=message.code)
    _add_text(element, "DocumentId", value=message.document_id)
    _add_text(element, "DeliveryIdentifier", value=message.delivery_id)


def _add_party(element: etree._Element, party: Party) -> None:
    _add_text(element, "NamedAs", value=party.named_as)
    _add_text(element, "Name", value=party.name)
    _add_text(element, "System", value=party.system)
    _add_text(element, "Delegate", value=party.delegate)


def _add_recipient(axis: etree._Element, recipient: Recipient) -> None:
    element = _add(axis, _axis("Recipient"))
    _add_party(element, recipient.party)
    if recipient.decision is not None:
        _add_decision(element, recipient.decision)


def _add_decision(parent: etree._Element, decision: RecipientDecision) -> None:
    element = _add(parent, _axis("Decision"))
    element.set("outcome", decision.decision.value)
    _add_text(element, "DeliveryIdentifier", value=decision.delivery_id)
    if decision.reason is not None:
        reason = _add_reason_note(element, decision.reason)
        _add_text(reason, "Code", value=decision.reason.code)
        _add(reason, _axis("Details"), text=decision.reason.vi).set(_LANG, "vi")
        _add(reason, _axis("Details"), text=decision.reason.en).set(_LANG, "en")
    _add_text(element, "Successor", value=decision.successor)


def _add_reason_note(parent: etree._Element, reason: Reason) -> etree._Element:
    """Add what `EventReason` has no place for; the n-th note belongs to the n-th reason."""
    element = _add(parent, _axis("Reason"))
    element.set("retryable", "true" if reason.retryable else "false")
    _add_text(element, "Place", value=reason.place)
    return element


def _add_content(axis: etree._Element, content: Content) -> None:
    element = _add(axis, _axis("Content"))
    element.set("size", str(content.size))
    _add_known_digest(element, "ContentDigest", digest=content.canonical)
    for attachment in content.attachments:
        _add(element, _axis("Attachment"), text=attachment.name).set("size", str(attachment.size))
    for reference in content.references:
        _add_digest(element, "Reference", digest=reference.digest).set("uri", reference.uri)


def _add_signature(axis: etree._Element, signature: SenderSignature) -> None:
    element = _add(axis, _axis("SenderSignature"))
    element.set("indication", signature.indication.value)
    if signature.level is not None:
        element.set("level", signature.level)
    if signature.proven_at is not None:
        element.set("provenAt", _time(signature.proven_at))
    _add_text(element, "SubIndication", value=signature.sub_indication)
    _add_text(element, "Verdict", value=signature.verdict)
    _add_text(element, "Algorithm", value=signature.algorithm)
    if signature.certificate is not None:
        _add_certificate(element, signature.certificate)
    _add_text(element, "ClaimedSigningTime", value=signature.claimed_signing_time)
    _add_known_digest(element, "ValidationReport", digest=signature.report)


def _add_certificate(parent: etree._Element, certificate: SigningCertificate) -> None:
    element = _add(parent, _axis("Certificate"))
    _add_digest(element, "CertificateDigest", digest=certificate.digest)
    _add_text(element, "IssuerName", value=certificate.issuer)
    _add_text(element, "SerialNumber", value=certificate.serial)


def _add_validation(axis: etree._Element, validation: ValidationSummary) -> None:
    element = _add(axis, _axis("Validation"))
    element.set("time", _time(validation.time))
    if validation.rule is not None:
        element.set("rule", validation.rule.value)
    _add_text(element, "Policy", value=validation.policy)
    _add_text(element, "Revocation", value=validation.revocation)
    _add_known_digest(element, "TrustAnchor", digest=validation.anchor)
    for status in validation.statuses:
        _add_status(element, status)
    for stamp in validation.timestamps:
        _add_timestamp(element, stamp)


def _add_timestamp(validation: etree._Element, stamp: SignatureTimestamp) -> None:
    element = _add(validation, _axis("TimeStamp"))
    element.set("time", _time(stamp.time))
    if stamp.is_relied_on:
        element.set("reliedOn", "true")
    _add_digest(element, "TokenDigest", digest=stamp.token)
    for status in stamp.statuses:
        _add_status(element, status)


def _add_status(parent: etree._Element, status: CertificateStatus) -> None:
    element = _add(parent, _axis("CertificateStatus"))
    element.set("state", status.state.value)
    if status.source is not None:
        element.set("source", status.source.value)
    moments = {"thisUpdate": status.this_update, "nextUpdate": status.next_update, "revokedAt": status.revoked_at}
    for name, moment in moments.items():
        if moment is not None:
            element.set(name, _time(moment))
    if status.is_supplied:
        element.set("suppliedBySigner", "true")
    _add_digest(element, "CertificateDigest", digest=status.certificate)
    if status.reason is not None:
        _add_text(element, "Reason", value=status.reason)
    _add_known_digest(element, "EvidenceDigest", digest=status.evidence)


def _add_documents(axis: etree._Element, documents: DocumentSummary) -> None:
    element = _add(axis, _axis("Documents"))
    element.set("time", _time(documents.time))
    element.set("worth", documents.worth.value)
    _add_text(element, "Verdict", value=documents.verdict)
    _add_text(element, "Policy", value=documents.policy)
    for file in documents.files:
        judged = _add(element, _axis("File"))
        judged.set("number", str(file.number))
        judged.set("worth", file.worth.value)
        if file.verdict is not None:
            _add_text(judged, "Verdict", value=file.verdict)
        for code in file.doubts:
            _add_text(judged, "Doubt", value=code)
        for signature in file.signatures:
            _add_file_signature(judged, signature)


def _add_file_signature(file: etree._Element, signature: FileSignature) -> None:
    element = _add(file, _axis("FileSignature"))
    element.set("indication", signature.indication.value)
    words = {"kind": signature.kind, "revocation": signature.revocation, "stampRevocation": signature.stamp_revocation}
    for name, word in words.items():
        if word is not None:
            element.set(name, word.value)
    moments = {
        "claimedAt": signature.claimed_at,
        "stampedAt": signature.stamped_at,
        "existedAt": signature.existed_at,
    }
    for name, moment in moments.items():
        if moment is not None:
            element.set(name, _time(moment))
    _add_text(element, "Field", value=signature.field)
    _add_text(element, "SubIndication", value=signature.sub_indication)
    _add_text(element, "Verdict", value=signature.verdict)
    if signature.certificate is not None:
        _add_certificate(element, signature.certificate)
    _add_file_facts(element, signature)


def _add_file_facts(element: etree._Element, signature: FileSignature) -> None:
    """Add how a signature inside a file was made, what it covers and what its judgement rests on."""
    _add_text(element, "Signer", value=signature.signer)
    _add_text(element, "SubFilter", value=signature.subfilter)
    _add_text(element, "Algorithm", value=signature.algorithm)
    _add_text(element, "Coverage", value=signature.coverage)
    _add_text(element, "Changes", value=signature.changes)
    _add_text(element, "DocMdp", value=signature.docmdp)
    _add_text(element, "Stamp", value=signature.stamp)
    if signature.stamp_authority is not None:
        _add_certificate(_add(element, _axis("StampAuthority")), signature.stamp_authority)
    _add_known_digest(element, "TrustAnchor", digest=signature.anchor)
    for status in signature.statuses:
        _add_status(element, status)


def _add_acknowledgement(axis: etree._Element, acknowledgement: KeptAcknowledgement) -> None:
    element = _add(axis, _axis("Acknowledgement"), text=acknowledgement.jws)
    element.set("signed", "false" if acknowledgement.jws is None else "true")


def _add(parent: etree._Element, tag: str, *, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, tag)
    element.text = text
    return element


def _add_text(parent: etree._Element, name: str, *, value: object | None) -> None:
    """Add an element of ours with the text of an identifier, a number or a string; nothing for None."""
    if value is not None:
        _add(parent, _axis(name), text=str(value))


def _add_digest(parent: etree._Element, name: str, *, digest: Digest) -> etree._Element:
    element = _add(parent, _axis(name), text=_base64(digest))
    element.set("method", digest.method.value)
    return element


def _add_known_digest(parent: etree._Element, name: str, *, digest: Digest | None) -> None:
    if digest is not None:
        _add_digest(parent, name, digest=digest)


def _base64(digest: Digest) -> str:
    return base64.b64encode(digest.value).decode("ascii")


def _time(moment: datetime) -> str:
    """Return a moment as evidence writes it: UTC, three decimals, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _erds(name: str) -> str:
    return f"{{{ERDS_NAMESPACE}}}{name}"


def _axis(name: str) -> str:
    return f"{{{AXIS_NAMESPACE}}}{name}"


def _dsig(name: str) -> str:
    return f"{{{XMLDSIG_NAMESPACE}}}{name}"
