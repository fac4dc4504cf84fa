"""What a package's documents are worth: in the words of evidence, and as an event carries it until it is sealed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from axis.exchange.attested import certificate_status, signing_certificate, whole
from axis.exchange.certificate_facts import sha256_of, status_details, status_from_details
from axis.exchange.documents import JudgedDocument, JudgedFile
from axis.exchange.inside_words import code_inside
from envelopes.evidence_facts import carriable
from envelopes.evidence_signatures import (
    DocumentSummary,
    DocumentWorth,
    FileSignature,
    FileSignatureKind,
    FileVerdict,
    RevocationState,
    SignatureIndication,
    SigningCertificate,
)
from signing.pdf.verdict import PdfSignature
from storage.records import JsonObject

Word = TypeVar("Word")

_TEXTS: Final = (
    "field",
    "sub_indication",
    "verdict",
    "signer",
    "subfilter",
    "algorithm",
    "coverage",
    "changes",
    "docmdp",
    "stamp",
)
_MOMENTS: Final = ("claimed_at", "stamped_at", "existed_at")
_WORDS: Final = ("indication", "revocation", "kind", "stamp_revocation")
_CERTIFICATES: Final = ("certificate", "stamp_authority")
"""Fields of a signature that an event carries as they are called, by what they hold."""


def summary_of(document: JudgedDocument, *, at: datetime) -> DocumentSummary:
    """Return what was judged at `at`, every file in its place."""
    policies = (one.judged.policy for one in document.files if one.judged is not None)
    return DocumentSummary(
        whole(at),
        DocumentWorth(document.authenticity.verdict.value),
        tuple(_file(one) for one in document.files),
        policy=next(policies, None),
    )


def details_of(summary: DocumentSummary) -> JsonObject:
    """Return a summary as an event carries it."""
    return {
        "time": summary.time.isoformat(),
        "worth": summary.worth.value,
        "verdict": summary.verdict,
        "policy": summary.policy,
        "files": [
            {
                "number": file.number,
                "worth": file.worth.value,
                "verdict": file.verdict,
                "doubts": list(file.doubts),
                "signatures": [_document(one) for one in file.signatures],
            }
            for file in summary.files
        ],
    }


def summary_from(details: Mapping[str, Any]) -> DocumentSummary:
    """Return the summary an event carries; those of earlier versions carry less.

    Raises `ValueError` or `LookupError` where it carries none.
    """
    return DocumentSummary(
        datetime.fromisoformat(details["time"]),
        DocumentWorth(details["worth"]),
        tuple(
            FileVerdict(
                file["number"],
                DocumentWorth(file["worth"]),
                file["verdict"],
                tuple(_signature(one) for one in file["signatures"]),
                tuple(file.get("doubts", ())),
            )
            for file in details["files"]
        ),
        details.get("verdict"),
        details.get("policy"),
    )


def _file(file: JudgedFile) -> FileVerdict:
    worth = DocumentWorth(file.authenticity.verdict.value)
    doubts = tuple(dict.fromkeys(one.code.value for one in file.authenticity.doubts))
    if file.judged is None:
        return FileVerdict(file.number, worth, doubts=doubts)
    failure = file.judged.failure
    return FileVerdict(
        file.number,
        worth,
        code_inside(failure.code) if failure else None,
        tuple(_told(one) for one in file.judged.signatures),
        doubts,
    )


def _told(signature: PdfSignature) -> FileSignature:
    findings, path = signature.findings, signature.path
    return FileSignature(
        field=carriable(signature.field) or "-",
        indication=SignatureIndication(signature.indication.value),
        sub_indication=signature.sub_indication.value if signature.sub_indication else None,
        verdict=code_inside(signature.code) if signature.code else None,
        certificate=signing_certificate(signature.certificate) if signature.certificate else None,
        claimed_at=whole(signature.claimed_at) if signature.claimed_at else None,
        stamped_at=whole(signature.stamped_at) if signature.stamped_at else None,
        revocation=RevocationState(signature.revocation.value) if path else None,
        kind=FileSignatureKind(signature.kind.value),
        signer=carriable(path.signer.common_name or "") if path else None,
        subfilter=carriable(signature.subfilter),
        algorithm=carriable(signature.algorithm),
        coverage=signature.coverage.value,
        changes=signature.changes.value if signature.changes else None,
        docmdp=signature.docmdp.value if signature.docmdp else None,
        stamp=signature.stamp.value,
        stamp_authority=signing_certificate(signature.stamp_path.signer) if signature.stamp_path else None,
        stamp_revocation=RevocationState(signature.stamp_revocation.value) if signature.stamp_path else None,
        anchor=sha256_of(path.anchor.fingerprint) if path else None,
        existed_at=whole(findings.existed_at) if findings else None,
        statuses=tuple(certificate_status(bytes.fromhex(one.fingerprint), known) for one, known in findings.statuses)
        if findings
        else (),
    )


def _document(signature: FileSignature) -> JsonObject:
    told: dict[str, Any] = {name: getattr(signature, name) for name in _TEXTS}
    told |= {name: _out(getattr(signature, name)) for name in _MOMENTS}
    told |= {name: _word(getattr(signature, name)) for name in _WORDS}
    told |= {name: _certificate_out(getattr(signature, name)) for name in _CERTIFICATES}
    anchor = None if signature.anchor is None else signature.anchor.value.hex()
    return {**told, "anchor": anchor, "statuses": [status_details(one) for one in signature.statuses]}


def _signature(stated: Mapping[str, Any]) -> FileSignature:
    """Return the signature an event tells of; what earlier versions did not write is not known of it."""

    def word(kind: Callable[[str], Word], name: str) -> Word | None:
        return kind(stated[name]) if stated.get(name) else None

    texts: dict[str, Any] = {name: stated.get(name) for name in _TEXTS}
    times = {name: word(datetime.fromisoformat, name) for name in _MOMENTS}
    certificates = {name: _certificate_in(stated.get(name)) for name in _CERTIFICATES}
    return FileSignature(
        **{**texts, "field": stated["field"], **times, **certificates},
        indication=SignatureIndication(stated["indication"]),
        revocation=word(RevocationState, "revocation"),
        kind=word(FileSignatureKind, "kind"),
        stamp_revocation=word(RevocationState, "stamp_revocation"),
        anchor=word(sha256_of, "anchor"),
        statuses=tuple(map(status_from_details, stated.get("statuses", ()))),
    )


def _out(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _word(word: StrEnum | None) -> str | None:
    return None if word is None else word.value


def _certificate_out(certificate: SigningCertificate | None) -> list[str] | None:
    if certificate is None:
        return None
    return [certificate.digest.value.hex(), certificate.issuer, str(certificate.serial)]


def _certificate_in(stated: Sequence[str] | None) -> SigningCertificate | None:
    return None if stated is None else SigningCertificate(sha256_of(stated[0]), stated[1], int(stated[2]))
