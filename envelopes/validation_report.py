"""What an evidence says of signatures, as a report with names and fields of ETSI TS 119 102-2.

One SignatureValidationReport for the signature of the package, one for each signature inside a document, and every
certificate, CRL and OCSP answer that they rest on as a validation object, by its digest. The report says what the
evidence says and nothing else, and is not sealed: the evidence is what proves it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from lxml import etree

from envelopes.errors import InvalidModel
from envelopes.evidence import Evidence
from envelopes.evidence_facts import Content, Digest
from envelopes.evidence_signatures import (
    CertificateStatus,
    DocumentSummary,
    FileSignature,
    FileVerdict,
    RevocationSource,
    SenderSignature,
    SignatureIndication,
    SigningCertificate,
    ValidationSummary,
)
from envelopes.validation_report_elements import (
    PREFIXES,
    Known,
    ObjectKind,
    Objects,
    add,
    add_constraints,
    add_digest,
    add_issuer,
    add_object,
    add_report_data,
    add_revocation,
    add_status,
    add_time_info,
    refer,
    report,
    written,
)

_PACKAGE: Final = "edXMLHeader/Signature"
"""The package's signature as the axis identifies it (`DAIdentifier`); those in files are `Attachment[1]/field`.
A file that signatures cannot be judged in, `Attachment[1]`, and all of them, `Attachment`, have reports of their own.
"""


def write_report(evidence: Evidence) -> bytes:
    """Return the report as UTF-8 octets with an XML declaration; the same evidence gives the same octets.

    Follows the schema `validation-report.xsd`. Raises `InvalidModel` for evidence that says nothing of how signatures
    were judged: only an acceptance, a rejection and a completed verdict do.
    """
    signature, validation = evidence.sender_signature, evidence.validation
    if not evidence.type.is_judgement or signature is None or validation is None:
        raise InvalidModel("only evidence of judged signatures is reported")
    root = etree.Element(report("ValidationReport"), nsmap=PREFIXES)
    objects = _objects(signature, validation, documents=evidence.documents)
    _add_package(root, evidence, signature=signature, validation=validation, objects=objects)
    if evidence.documents is not None:
        _add_documents(root, evidence.documents, content=evidence.content, objects=objects)
    if objects:
        holder = add(root, "SignatureValidationObjects")
        for (kind, digest), name in objects.items():
            add_object(holder, kind, digest=digest, name=name)
    add_issuer(root, evidence.issuer)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _objects(
    signature: SenderSignature, validation: ValidationSummary, *, documents: DocumentSummary | None
) -> Mapping[tuple[ObjectKind, Digest], str]:
    """Return the name of every object that reports refer to, in the order in which they do first."""
    names: dict[tuple[ObjectKind, Digest], str] = {}
    for one in _mentioned(signature, validation, documents=documents):
        names.setdefault(one, f"object-{len(names) + 1}")
    return names


def _mentioned(
    signature: SenderSignature, validation: ValidationSummary, *, documents: DocumentSummary | None
) -> Iterator[tuple[ObjectKind, Digest]]:
    if signature.certificate is not None:
        yield ObjectKind.CERTIFICATE, signature.certificate.digest
    yield from _mentioned_by(validation.statuses)
    for stamp in validation.timestamps:
        yield ObjectKind.TIMESTAMP, stamp.token
        yield from _mentioned_by(stamp.statuses)
    if validation.anchor is not None:
        yield ObjectKind.CERTIFICATE, validation.anchor
    for file in () if documents is None else documents.files:
        for inside in file.signatures:
            yield from _mentioned_inside(inside)


def _mentioned_inside(inside: FileSignature) -> Iterator[tuple[ObjectKind, Digest]]:
    for certificate in (inside.certificate, inside.stamp_authority):
        if certificate is not None:
            yield ObjectKind.CERTIFICATE, certificate.digest
    for status in inside.statuses:
        yield ObjectKind.CERTIFICATE, status.certificate
        if status.evidence is not None:
            yield _kind_of(status.source), status.evidence
    if inside.anchor is not None:
        yield ObjectKind.CERTIFICATE, inside.anchor


def _mentioned_by(statuses: Iterable[CertificateStatus]) -> Iterator[tuple[ObjectKind, Digest]]:
    for status in statuses:
        yield ObjectKind.CERTIFICATE, status.certificate
        if status.evidence is not None:
            yield _kind_of(status.source), status.evidence


def _kind_of(source: RevocationSource | None) -> ObjectKind:
    match source:
        case RevocationSource.OCSP:
            return ObjectKind.OCSP
        case RevocationSource.CRL:
            return ObjectKind.CRL
    return ObjectKind.OTHER


def _add_package(
    root: etree._Element,
    evidence: Evidence,
    *,
    signature: SenderSignature,
    validation: ValidationSummary,
    objects: Objects,
) -> None:
    """Add the report on the package's signature, in the order of TS 119 102-2 clause 4.3."""
    parent = _add_report(root, _PACKAGE)
    known = Known(signature.indication, signature.sub_indication, signature.verdict)
    add_constraints(parent, known, policy=validation.policy)
    seen_at = evidence.submission_time or validation.time
    add_time_info(parent, validation.time, best=min(signature.proven_at or seen_at, seen_at))
    if evidence.content is not None:
        add_digest(add(parent, "SignersDocument"), evidence.content.raw)
    _add_attributes(
        parent, signature.certificate, claimed=None if signature.claimed_at is None else written(signature.claimed_at)
    )
    _add_signer(parent, signature.certificate, objects=objects, name=evidence.sender.name)
    details = add_status(parent, known)
    if validation.anchor is not None:
        refer(add(details, "TrustAnchor"), objects[ObjectKind.CERTIFICATE, validation.anchor])
    _add_statuses(details, validation, objects=objects)
    add_report_data(details, "evidence", value=str(evidence.identifier))
    add_report_data(details, "revocation", value=validation.revocation)
    if signature.level is not None:
        add_report_data(details, "level", value=signature.level)


def _add_statuses(details: etree._Element, validation: ValidationSummary, *, objects: Objects) -> None:
    """Add what each certificate's state rests on, then those that were revoked, as the schema has them in turn.

    Certificates of time-stamping authorities stand among them; only what is told of the states names their stamp.
    """
    stamps = validation.timestamps
    for stamp in stamps:
        refer(add(details, "RelatedValidationObject"), objects[ObjectKind.TIMESTAMP, stamp.token])
    statuses = (*validation.statuses, *(status for stamp in stamps for status in stamp.statuses))
    for status in statuses:
        if status.evidence is not None:
            name = objects[_kind_of(status.source), status.evidence]
            refer(add(details, "RelatedValidationObject"), name)
    for status in statuses:
        if status.revoked_at is not None:
            rests_on = None if status.evidence is None else objects[_kind_of(status.source), status.evidence]
            certificate = objects[ObjectKind.CERTIFICATE, status.certificate]
            add_revocation(details, status, certificate=certificate, rests_on=rests_on)
    for status in validation.statuses:
        _add_state(details, status, objects=objects)
    for stamp in stamps:
        name = objects[ObjectKind.TIMESTAMP, stamp.token]
        add_report_data(
            details,
            "time-stamp",
            value=written(stamp.time),
            attributes={"timestamp": name} | ({"reliedOn": "true"} if stamp.is_relied_on else {}),
        )
        for status in stamp.statuses:
            _add_state(details, status, objects=objects, stamp=name)


def _add_state(
    details: etree._Element, status: CertificateStatus, *, objects: Objects, stamp: str | None = None
) -> None:
    times = {"thisUpdate": status.this_update, "nextUpdate": status.next_update}
    told = {name: written(moment) for name, moment in times.items() if moment is not None}
    named = {"certificate": objects[ObjectKind.CERTIFICATE, status.certificate], "state": status.state.value}
    if status.reason is not None:
        told["reason"] = status.reason
    if status.is_supplied:
        told["suppliedBySigner"] = "true"
    if stamp is not None:
        named["timestamp"] = stamp
    add_report_data(details, "certificate-status", value=status.state.value, attributes=named | told)


def _add_documents(
    root: etree._Element,
    documents: DocumentSummary,
    *,
    content: Content | None,
    objects: Objects,
) -> None:
    """Add one report for each signature in each file, and for each file that signatures could not be judged in.

    What documents are worth together stands with each of them.
    """
    attachments = () if content is None else content.attachments
    if documents.verdict is not None:
        _add_failure(root, "Attachment", code=documents.verdict, documents=documents)
    for file in documents.files:
        digest = attachments[file.number - 1].digest if file.number <= len(attachments) else None
        if file.verdict is not None:
            place = f"Attachment[{file.number}]"
            _add_failure(root, place, code=file.verdict, documents=documents, file=file)
        for inside in file.signatures:
            parent = _add_report(root, f"Attachment[{file.number}]/{inside.field}")
            known = Known(inside.indication, inside.sub_indication, inside.verdict)
            add_constraints(parent, known, policy=documents.policy)
            best = inside.existed_at or inside.stamped_at or documents.time
            add_time_info(parent, documents.time, best=min(best, documents.time))
            if digest is not None:
                add_digest(add(parent, "SignersDocument"), digest)
            _add_inside(parent, inside, file=file, documents=documents, objects=objects)


def _add_failure(
    root: etree._Element, place: str, *, code: str, documents: DocumentSummary, file: FileVerdict | None = None
) -> None:
    """Add that signatures could not be judged in a file, or in all of them, and why: none of them is known."""
    parent = _add_report(root, place)
    known = Known(SignatureIndication.INDETERMINATE, None, code)
    add_constraints(parent, known, policy=documents.policy)
    add_time_info(parent, documents.time, best=documents.time)
    _add_worth(add_status(parent, known), documents=documents, file=file)


def _add_inside(
    parent: etree._Element, inside: FileSignature, *, file: FileVerdict, documents: DocumentSummary, objects: Objects
) -> None:
    claimed = None if inside.claimed_at is None else written(inside.claimed_at)
    _add_attributes(parent, inside.certificate, claimed=claimed)
    _add_signer(parent, inside.certificate, objects=objects, name=inside.signer)
    details = add_status(parent, Known(inside.indication, inside.sub_indication, inside.verdict))
    if inside.anchor is not None:
        refer(add(details, "TrustAnchor"), objects[ObjectKind.CERTIFICATE, inside.anchor])
    word = "not-judged" if inside.revocation is None else inside.revocation.value
    states = ValidationSummary(documents.time, documents.policy or "-", word, statuses=inside.statuses)
    _add_statuses(details, states, objects=objects)
    _add_worth(details, documents=documents, file=file)
    for name, value in _facts(inside).items():
        if value is not None:
            add_report_data(details, name, value=value)
    if inside.stamp_authority is not None:
        name = objects[ObjectKind.CERTIFICATE, inside.stamp_authority.digest]
        add_report_data(details, "stamp-authority", value=inside.stamp or "-", attributes={"certificate": name})


def _facts(inside: FileSignature) -> Mapping[str, str | None]:
    """Return what the standard has no place for, under names of our own."""
    return {
        "kind": None if inside.kind is None else inside.kind.value,
        "revocation": None if inside.revocation is None else inside.revocation.value,
        "subfilter": inside.subfilter,
        "algorithm": inside.algorithm,
        "coverage": inside.coverage,
        "changes": inside.changes,
        "docmdp": inside.docmdp,
        "stamp": inside.stamp,
        "stamp-revocation": None if inside.stamp_revocation is None else inside.stamp_revocation.value,
    }


def _add_worth(details: etree._Element, *, documents: DocumentSummary, file: FileVerdict | None) -> None:
    add_report_data(details, "document-worth", value=documents.worth.value)
    if file is None:
        return
    add_report_data(details, "file-worth", value=file.worth.value)
    for code in file.doubts:
        add_report_data(details, "file-doubt", value=code)


def _add_report(root: etree._Element, identifier: str) -> etree._Element:
    parent = add(root, "SignatureValidationReport")
    element = add(parent, "SignatureIdentifier")
    add(element, "HashOnly", text="false")
    add(element, "DocHashOnly", text="false")
    add(element, "DAIdentifier", text=identifier)
    return parent


def _add_attributes(parent: etree._Element, certificate: SigningCertificate | None, *, claimed: str | None) -> None:
    """Add what the signer signed beside the document; nothing where neither a time nor a certificate is known."""
    if certificate is None and claimed is None:
        return
    attributes = add(parent, "SignatureAttributes")
    if claimed is not None:
        signing_time = add(attributes, "SigningTime")
        signing_time.set("Signed", "true")
        add(signing_time, "Time", text=claimed)
    if certificate is not None:
        add_digest(add(add(attributes, "SigningCertificate"), "CertID"), certificate.digest, bare=True)


def _add_signer(
    parent: etree._Element, certificate: SigningCertificate | None, *, objects: Objects, name: str | None
) -> None:
    if certificate is None:
        return
    signer = add(parent, "SignerInformation")
    refer(add(signer, "SignerCertificate"), objects[ObjectKind.CERTIFICATE, certificate.digest])
    if name is not None:
        add(signer, "Signer", text=name)
