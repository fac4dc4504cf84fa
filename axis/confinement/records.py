"""Questions and answers of a cell as JSON. Answers are parsed as a stranger's: what is not exactly one, is none."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from signing.certificates import Certificate
from signing.errors import CertificateUnreadable
from signing.pdf.verdict import (
    Changes,
    Coverage,
    DocMdp,
    PdfFailure,
    PdfFailureCode,
    PdfSignature,
    PdfVerdict,
    Revocation,
    RevocationEvidence,
    SignatureKind,
    StampState,
)
from signing.policy import (
    DOCUMENT_POLICY,
    PACKAGE_POLICY,
    SEAL_POLICY,
    STAMPED_PACKAGE_POLICY,
    TIMESTAMP_POLICY,
    SignaturePolicy,
)
from signing.purposes import Purpose, TrustedAuthority
from signing.verdict import CertificatePath, Failure, FailureCode, Indication, SubIndication

Json = dict[str, Any]

POLICIES: Final[Mapping[str, SignaturePolicy]] = MappingProxyType(
    {one.name: one for one in (PACKAGE_POLICY, STAMPED_PACKAGE_POLICY, DOCUMENT_POLICY, SEAL_POLICY, TIMESTAMP_POLICY)}
)
"""The policies a cell judges by, which go by their names."""

_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, binascii.Error, CertificateUnreadable)
"""What parsing raises for an answer that is none."""


class AnswerBroken(Exception):
    """The answer is none that a cell of ours gives."""


def octets_out(many: Iterable[bytes]) -> list[str]:
    """Return octets as base64 texts."""
    return [base64.b64encode(one).decode("ascii") for one in many]


def octets_in(texts: Iterable[str]) -> tuple[bytes, ...]:
    """Return octets of base64 texts; raises `ValueError`."""
    return tuple(base64.b64decode(one, validate=True) for one in texts)


def certificates_out(certificates: Iterable[Certificate]) -> list[str]:
    """Return certificates as base64 of their DER."""
    return octets_out(one.der for one in certificates)


def certificates_in(texts: Iterable[str]) -> tuple[Certificate, ...]:
    """Return certificates of base64 texts; raises `ValueError` and `CertificateUnreadable`."""
    return tuple(Certificate(one) for one in octets_in(texts))


def authorities_out(authorities: Iterable[TrustedAuthority]) -> list[Json]:
    """Return authorities as JSON, with all that is judged by; their names and kinds are for people."""
    return [
        {
            "certificate": certificates_out([one.certificate])[0],
            "anchor": one.is_anchor,
            "purposes": sorted(one.purposes),
            "from": _moment_out(one.trusted_from),
            "until": _moment_out(one.trusted_until),
            "tolerates": sorted(one.tolerates),
        }
        for one in authorities
    ]


def authorities_in(records: Iterable[Mapping[str, Any]]) -> tuple[TrustedAuthority, ...]:
    """Return authorities of JSON; raises `ValueError` and `CertificateUnreadable`."""
    return tuple(
        TrustedAuthority(
            certificates_in([one["certificate"]])[0],
            is_anchor=bool(one["anchor"]),
            purposes=frozenset(Purpose(purpose) for purpose in one["purposes"]),
            trusted_from=_moment_in(one["from"]),
            trusted_until=_moment_in(one["until"]),
            tolerates=frozenset(one["tolerates"]),
        )
        for one in records
    )


def evidence_out(evidence: RevocationEvidence) -> Json:
    """Return revocation evidence as JSON."""
    return {"crls": octets_out(evidence.crls), "ocsps": octets_out(evidence.ocsps)}


def evidence_in(record: Mapping[str, Any]) -> RevocationEvidence:
    """Return revocation evidence of JSON."""
    return RevocationEvidence(octets_in(record["crls"]), octets_in(record["ocsps"]))


def verdict_out(verdict: PdfVerdict) -> Json:
    """Return a verdict as JSON, complete."""
    return {
        "judged_at": verdict.judged_at.isoformat(),
        "policy": verdict.policy,
        "failure": _failure_out(verdict.failure),
        "signatures": [_signature_out(one) for one in verdict.signatures],
    }


def verdict_in(record: Mapping[str, Any]) -> PdfVerdict:
    """Return the verdict of an answer; raises `AnswerBroken`."""
    try:
        return PdfVerdict(
            judged_at=datetime.fromisoformat(record["judged_at"]),
            policy=str(record["policy"]),
            failure=_failure_in(record["failure"]),
            signatures=tuple(_signature_in(one) for one in record["signatures"]),
        )
    except _MALFORMED as error:
        raise AnswerBroken("no verdict") from error


def path_out(judged: CertificatePath | Failure) -> Json:
    """Return a judgement of a path as JSON."""
    if isinstance(judged, Failure):
        return {"code": judged.code, "detail": judged.detail}
    return {"path": certificates_out(judged.certificates)}


def path_in(record: Mapping[str, Any]) -> CertificatePath | Failure:
    """Return the judgement of a path of an answer; raises `AnswerBroken`."""
    try:
        if "code" in record:
            return Failure(FailureCode(record["code"]), str(record["detail"]))
        return CertificatePath(_path(record["path"]))
    except _MALFORMED as error:
        raise AnswerBroken("no path") from error


def _path(texts: Iterable[str]) -> tuple[Certificate, ...]:
    certificates = certificates_in(texts)
    if not certificates:
        raise ValueError("a path without certificates")
    return certificates


def _path_or_none(texts: Iterable[str] | None) -> CertificatePath | None:
    return None if texts is None else CertificatePath(_path(texts))


def _failure_out(failure: PdfFailure | None) -> Json | None:
    return None if failure is None else {"code": failure.code, "detail": failure.detail}


def _failure_in(record: Mapping[str, Any] | None) -> PdfFailure | None:
    if record is None:
        return None
    code = str(record["code"])
    known: FailureCode | PdfFailureCode = FailureCode(code) if code in set(FailureCode) else PdfFailureCode(code)
    return PdfFailure(known, str(record["detail"]))


def _signature_out(signature: PdfSignature) -> Json:
    return {
        "field": signature.field,
        "kind": signature.kind,
        "indication": signature.indication,
        "sub_indication": signature.sub_indication,
        "failure": _failure_out(signature.failure),
        "subfilter": signature.subfilter,
        "revision": signature.revision,
        "algorithm": signature.algorithm,
        "certificate": None if signature.certificate is None else certificates_out([signature.certificate])[0],
        "path": None if signature.path is None else certificates_out(signature.path.certificates),
        "claimed_at": _moment_out(signature.claimed_at),
        "stamped_at": _moment_out(signature.stamped_at),
        "stamp": signature.stamp,
        "stamp_path": None if signature.stamp_path is None else certificates_out(signature.stamp_path.certificates),
        "rests_on_stamp": signature.rests_on_stamp,
        "coverage": signature.coverage,
        "changes": signature.changes,
        "docmdp": signature.docmdp,
        "revocation": signature.revocation,
        "stamp_revocation": signature.stamp_revocation,
    }


def _signature_in(record: Mapping[str, Any]) -> PdfSignature:
    certificate, path, sub_indication = record["certificate"], record["path"], record["sub_indication"]
    changes, docmdp = record["changes"], record["docmdp"]
    return PdfSignature(
        field=str(record["field"]),
        kind=SignatureKind(record["kind"]),
        indication=Indication(record["indication"]),
        sub_indication=None if sub_indication is None else SubIndication(sub_indication),
        failure=_failure_in(record["failure"]),
        subfilter=str(record["subfilter"]),
        revision=int(record["revision"]),
        algorithm=str(record["algorithm"]),
        certificate=None if certificate is None else certificates_in([certificate])[0],
        path=_path_or_none(path),
        claimed_at=_moment_in(record["claimed_at"]),
        stamped_at=_moment_in(record["stamped_at"]),
        stamp=StampState(record["stamp"]),
        stamp_path=_path_or_none(record["stamp_path"]),
        rests_on_stamp=bool(record["rests_on_stamp"]),
        coverage=Coverage(record["coverage"]),
        changes=None if changes is None else Changes(changes),
        docmdp=None if docmdp is None else DocMdp(docmdp),
        revocation=Revocation(record["revocation"]),
        stamp_revocation=Revocation(record["stamp_revocation"]),
    )


def _moment_out(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment_in(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
