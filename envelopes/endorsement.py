"""What one seal of an axis says about the next, as the JSON inside its signed endorsement."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from envelopes.evidence_facts import Environment, EnvironmentKind

ENDORSEMENT_TYPE: Final = "axis-seal-endorsement+jws"
"""The `typ` of the JWS: a token signed for another purpose endorses nothing (RFC 8725 §3.11)."""

_FIELDS: Final = {"environment", "instance", "seal", "successor", "time"}
_DIGEST_HEX_LENGTH: Final = 64
_INSTANCE_MAX: Final = 64
"""Characters: what the name of an instance may have."""


class EndorsementUnreadable(ValueError):
    """The payload is no endorsement."""


@dataclass(frozen=True, slots=True)
class SealEndorsement:
    """The word of a seal on the one that follows it: which axis both belong to, and since when it says so.

    `seal` and `successor` are the SHA-256 fingerprints of the two certificates, 64 lower-case hexadecimal digits.
    """

    origin: Environment
    seal: str
    successor: str
    time: datetime

    def __post_init__(self) -> None:
        for one in (self.seal, self.successor):
            if len(one) != _DIGEST_HEX_LENGTH or not set(one) <= set("0123456789abcdef"):
                raise EndorsementUnreadable("a fingerprint is 64 lower-case hexadecimal digits")
        if self.seal == self.successor:
            raise EndorsementUnreadable("a seal does not follow itself")
        if not 0 < len(self.origin.instance) <= _INSTANCE_MAX:
            raise EndorsementUnreadable("the name of an axis has 1 to 64 characters")
        if self.time.utcoffset() is None:
            raise EndorsementUnreadable("time carries an offset")


def write_endorsement(endorsement: SealEndorsement) -> bytes:
    """Return the JSON to sign."""
    document = {
        "environment": endorsement.origin.kind.value,
        "instance": endorsement.origin.instance,
        "seal": endorsement.seal,
        "successor": endorsement.successor,
        "time": endorsement.time.isoformat(),
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def read_endorsement(octets: bytes) -> SealEndorsement:
    """Return the endorsement in a verified payload; raises `EndorsementUnreadable` for anything else."""
    try:
        document: object = json.loads(octets)
    except (ValueError, RecursionError) as error:  # nested a thousand times deep
        raise EndorsementUnreadable("not JSON") from error
    if not isinstance(document, dict) or set(document) != _FIELDS:
        raise EndorsementUnreadable("other members than an endorsement has")
    if not all(isinstance(value, str) for value in document.values()):
        raise EndorsementUnreadable("members are texts")
    try:
        return SealEndorsement(
            origin=Environment(EnvironmentKind(document["environment"]), document["instance"]),
            seal=document["seal"],
            successor=document["successor"],
            time=datetime.fromisoformat(document["time"]),
        )
    except ValueError as error:
        raise EndorsementUnreadable("a member is malformed") from error
