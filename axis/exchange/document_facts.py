"""What a package's documents are worth: in the words of evidence, and as an event carries it until it is sealed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from axis.exchange.attested import signing_certificate, whole
from axis.exchange.documents import JudgedDocument, JudgedFile
from envelopes.evidence_facts import Digest, DigestMethod, carriable
from envelopes.evidence_signatures import (
    DocumentSummary,
    DocumentWorth,
    FileSignature,
    FileVerdict,
    RevocationState,
    SignatureIndication,
    SigningCertificate,
)
from signing.pdf.verdict import PdfSignature
from storage.records import JsonObject


def summary_of(document: JudgedDocument, *, at: datetime) -> DocumentSummary:
    """Return what was judged at `at`, every file in its place."""
    return DocumentSummary(
        whole(at), DocumentWorth(document.authenticity.verdict.value), tuple(_file(one) for one in document.files)
    )


def details_of(summary: DocumentSummary) -> JsonObject:
    """Return a summary as an event carries it."""
    return {
        "time": summary.time.isoformat(),
        "worth": summary.worth.value,
        "verdict": summary.verdict,
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
    """Return the summary an event carries; those of earlier versions carry no doubts.

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
        failure.code.value if failure else None,
        tuple(_told(one) for one in file.judged.signatures),
        doubts,
    )


def _told(signature: PdfSignature) -> FileSignature:
    return FileSignature(
        field=carriable(signature.field) or "-",
        indication=SignatureIndication(signature.indication.value),
        sub_indication=signature.sub_indication.value if signature.sub_indication else None,
        verdict=signature.code.value if signature.code else None,
        certificate=signing_certificate(signature.certificate) if signature.certificate else None,
        claimed_at=whole(signature.claimed_at) if signature.claimed_at else None,
        stamped_at=whole(signature.stamped_at) if signature.stamped_at else None,
        revocation=RevocationState(signature.revocation.value) if signature.path else None,
    )


def _document(signature: FileSignature) -> JsonObject:
    certificate = signature.certificate
    return {
        "field": signature.field,
        "indication": signature.indication.value,
        "sub_indication": signature.sub_indication,
        "verdict": signature.verdict,
        "certificate": None
        if certificate is None
        else [certificate.digest.value.hex(), certificate.issuer, str(certificate.serial)],
        "claimed_at": signature.claimed_at.isoformat() if signature.claimed_at else None,
        "stamped_at": signature.stamped_at.isoformat() if signature.stamped_at else None,
        "revocation": signature.revocation.value if signature.revocation else None,
    }


def _signature(stated: Mapping[str, Any]) -> FileSignature:
    def moment(name: str) -> datetime | None:
        return datetime.fromisoformat(stated[name]) if stated[name] else None

    certificate = stated["certificate"]
    return FileSignature(
        field=stated["field"],
        indication=SignatureIndication(stated["indication"]),
        sub_indication=stated["sub_indication"],
        verdict=stated["verdict"],
        certificate=None
        if certificate is None
        else SigningCertificate(
            Digest(DigestMethod.SHA256, bytes.fromhex(certificate[0])), certificate[1], int(certificate[2])
        ),
        claimed_at=moment("claimed_at"),
        stamped_at=moment("stamped_at"),
        revocation=RevocationState(stated["revocation"]) if stated["revocation"] else None,
    )
