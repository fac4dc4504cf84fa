"""Reads what an evidence says about signatures."""

from __future__ import annotations

from typing import Final

from lxml import etree

from envelopes.evidence_elements import (
    PREFIXES,
    attribute_of,
    digest_of,
    enum_of,
    known_digest,
    known_text,
    moment_of,
    one,
    text_of,
    truth_of,
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

_STATUS_TIMES: Final = frozenset({"thisUpdate", "nextUpdate", "revokedAt"})
_SIGNING_TIMES: Final = frozenset({"claimedAt", "stampedAt", "existedAt"})


def read_signature(element: etree._Element | None) -> SenderSignature | None:
    """Return `SenderSignature`, where it is there."""
    if element is None:
        return None
    return SenderSignature(
        indication=enum_of(SignatureIndication, element, attribute="indication"),
        sub_indication=known_text(element, "axis:SubIndication"),
        verdict=known_text(element, "axis:Verdict"),
        algorithm=known_text(element, "axis:Algorithm"),
        certificate=_certificate(element.find("axis:Certificate", PREFIXES)),
        claimed_signing_time=known_text(element, "axis:ClaimedSigningTime"),
        report=known_digest(element, "axis:ValidationReport"),
        level=element.get("level"),
        proven_at=moment_of(attribute_of(element, "provenAt")) if "provenAt" in element.attrib else None,
    )


def _certificate(element: etree._Element | None) -> SigningCertificate | None:
    if element is None:
        return None
    return SigningCertificate(
        digest=digest_of(one(element, "axis:CertificateDigest")),
        issuer=text_of(element, "axis:IssuerName"),
        serial=int(text_of(element, "axis:SerialNumber")),
    )


def read_documents(element: etree._Element | None) -> DocumentSummary | None:
    """Return `Documents`, where it is there."""
    if element is None:
        return None
    return DocumentSummary(
        time=moment_of(attribute_of(element, "time")),
        worth=enum_of(DocumentWorth, element, attribute="worth"),
        files=tuple(map(_file, element.iterfind("axis:File", PREFIXES))),
        verdict=known_text(element, "axis:Verdict"),
        policy=known_text(element, "axis:Policy"),
    )


def _file(element: etree._Element) -> FileVerdict:
    return FileVerdict(
        number=int(attribute_of(element, "number")),
        worth=enum_of(DocumentWorth, element, attribute="worth"),
        verdict=known_text(element, "axis:Verdict"),
        signatures=tuple(map(_file_signature, element.iterfind("axis:FileSignature", PREFIXES))),
        doubts=tuple(one.text or "" for one in element.iterfind("axis:Doubt", PREFIXES)),
    )


def _file_signature(element: etree._Element) -> FileSignature:
    times = {name: moment_of(attribute_of(element, name)) for name in _SIGNING_TIMES if name in element.attrib}
    return FileSignature(
        field=text_of(element, "axis:Field"),
        indication=enum_of(SignatureIndication, element, attribute="indication"),
        sub_indication=known_text(element, "axis:SubIndication"),
        verdict=known_text(element, "axis:Verdict"),
        certificate=_certificate(element.find("axis:Certificate", PREFIXES)),
        claimed_at=times.get("claimedAt"),
        stamped_at=times.get("stampedAt"),
        revocation=_known_state(element, "revocation"),
        kind=enum_of(FileSignatureKind, element, attribute="kind") if "kind" in element.attrib else None,
        signer=known_text(element, "axis:Signer"),
        subfilter=known_text(element, "axis:SubFilter"),
        algorithm=known_text(element, "axis:Algorithm"),
        coverage=known_text(element, "axis:Coverage"),
        changes=known_text(element, "axis:Changes"),
        docmdp=known_text(element, "axis:DocMdp"),
        stamp=known_text(element, "axis:Stamp"),
        stamp_authority=_certificate(element.find("axis:StampAuthority/axis:Certificate", PREFIXES)),
        stamp_revocation=_known_state(element, "stampRevocation"),
        anchor=known_digest(element, "axis:TrustAnchor"),
        existed_at=times.get("existedAt"),
        statuses=tuple(map(_status, element.iterfind("axis:CertificateStatus", PREFIXES))),
    )


def _known_state(element: etree._Element, name: str) -> RevocationState | None:
    return enum_of(RevocationState, element, attribute=name) if name in element.attrib else None


def read_validation(element: etree._Element | None) -> ValidationSummary | None:
    """Return `Validation`, where it is there."""
    if element is None:
        return None
    return ValidationSummary(
        time=moment_of(attribute_of(element, "time")),
        policy=text_of(element, "axis:Policy"),
        revocation=text_of(element, "axis:Revocation"),
        anchor=known_digest(element, "axis:TrustAnchor"),
        statuses=_statuses(element),
        rule=enum_of(UnknownRule, element, attribute="rule") if "rule" in element.attrib else None,
        timestamps=tuple(map(_timestamp, element.iterfind("axis:TimeStamp", PREFIXES))),
    )


def _known_truth(element: etree._Element, attribute: str) -> bool:
    """Return whether an attribute says true; evidence that was sealed before there was the word does not have it."""
    return attribute in element.attrib and truth_of(element, attribute)


def _timestamp(element: etree._Element) -> SignatureTimestamp:
    return SignatureTimestamp(
        time=moment_of(attribute_of(element, "time")),
        token=digest_of(one(element, "axis:TokenDigest")),
        statuses=_statuses(element),
        is_relied_on=_known_truth(element, "reliedOn"),
    )


def _statuses(element: etree._Element) -> tuple[CertificateStatus, ...]:
    return tuple(map(_status, element.iterfind("axis:CertificateStatus", PREFIXES)))


def _status(element: etree._Element) -> CertificateStatus:
    times = {name: moment_of(attribute_of(element, name)) for name in _STATUS_TIMES if name in element.attrib}
    return CertificateStatus(
        certificate=digest_of(one(element, "axis:CertificateDigest")),
        state=enum_of(RevocationState, element, attribute="state"),
        source=enum_of(RevocationSource, element, attribute="source") if "source" in element.attrib else None,
        this_update=times.get("thisUpdate"),
        next_update=times.get("nextUpdate"),
        revoked_at=times.get("revokedAt"),
        reason=known_text(element, "axis:Reason"),
        evidence=known_digest(element, "axis:EvidenceDigest"),
        is_supplied=_known_truth(element, "suppliedBySigner"),
    )
