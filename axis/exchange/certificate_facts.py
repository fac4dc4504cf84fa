"""What was known of a certificate's revocation, as an event carries it until evidence of it is sealed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from envelopes.evidence_facts import Digest, DigestMethod
from envelopes.evidence_signatures import CertificateStatus, RevocationSource, RevocationState
from storage.records import JsonObject


def status_details(status: CertificateStatus) -> JsonObject:
    """Return what was known of one certificate as an event carries it."""
    times = {"this_update": status.this_update, "next_update": status.next_update, "revoked_at": status.revoked_at}
    return {
        "certificate": status.certificate.value.hex(),
        "state": status.state.value,
        "source": status.source.value if status.source else None,
        "reason": status.reason,
        "evidence": status.evidence.value.hex() if status.evidence else None,
        **{name: moment.isoformat() if moment else None for name, moment in times.items()},
    }


def status_from_details(stated: Mapping[str, Any]) -> CertificateStatus:
    """Return what an event says of one certificate; raises `ValueError` or `LookupError` where it says nothing."""

    def moment(name: str) -> datetime | None:
        written = stated.get(name)
        return datetime.fromisoformat(written) if written else None

    source, evidence = stated.get("source"), stated.get("evidence")
    return CertificateStatus(
        certificate=sha256_of(stated["certificate"]),
        state=RevocationState(stated["state"]),
        source=RevocationSource(source) if source else None,
        this_update=moment("this_update"),
        next_update=moment("next_update"),
        revoked_at=moment("revoked_at"),
        reason=stated.get("reason"),
        evidence=sha256_of(evidence) if evidence else None,
    )


def sha256_of(hexadecimal: str) -> Digest:
    """Return a SHA-256 that is written in hexadecimal; raises `ValueError` for what is none."""
    return Digest(DigestMethod.SHA256, bytes.fromhex(hexadecimal))
