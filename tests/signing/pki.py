"""The ordinary public-key infrastructure of these tests: made once per process by the demo's own authority."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from axis.demo.authority import Authority, Credential, Hierarchy, KeyKind, Subject, Usage, Validity
from signing.allowances import Use
from signing.certificates import Certificate
from signing.digests import DigestAlgorithm
from signing.keys import SoftwareSigner, load_pem
from signing.policy import PACKAGE_POLICY
from signing.trust import TrustStore

MOMENT: Final = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)
"""When everything here is judged, unless a test is about time."""

VALID: Final = Validity(MOMENT - timedelta(days=1), MOMENT + timedelta(days=730))


@cache
def hierarchy() -> Hierarchy:
    """The root and the intermediate everybody trusts."""
    return Hierarchy.found(MOMENT)


def credential(name: str = "A", kind: KeyKind = KeyKind.ECDSA_P256, usage: Usage = Usage.SIGNATURE) -> Credential:
    """A leaf of the trusted intermediate; the same one whenever the same is asked for."""
    return _credential(name, kind, usage)


@cache
def _credential(name: str, kind: KeyKind, usage: Usage) -> Credential:
    return hierarchy().intermediate.issue(Subject(f"Cơ quan {name}"), VALID, kind=kind, usage=usage)


@cache
def expired(name: str = "cũ") -> Credential:
    """A leaf of the trusted intermediate that expired a day before MOMENT."""
    past = Validity(datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 11, 20, 8, 30, tzinfo=UTC))
    return hierarchy().intermediate.issue(Subject(f"Cơ quan {name}"), past)


@cache
def future() -> Credential:
    """A leaf of the trusted intermediate that becomes valid a day after MOMENT."""
    later = Validity(datetime(2026, 11, 22, 8, 30, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
    return hierarchy().intermediate.issue(Subject("Cơ quan mới"), later)


@cache
def stranger() -> Credential:
    """A leaf of an infrastructure nobody here trusts, though its authorities carry the trusted ones' names."""
    rogue = Hierarchy.found(MOMENT)
    return rogue.intermediate.issue(Subject("Cơ quan A"), VALID)


@cache
def trust() -> TrustStore:
    """A store that trusts the root; the intermediate travels with the signatures."""
    return TrustStore([certificate(hierarchy().root)])


def certificate(holder: Authority | Credential | x509.Certificate) -> Certificate:
    """The holder's certificate as the product's value."""
    if isinstance(holder, Authority):
        holder = holder.credential
    parsed = holder.certificate if isinstance(holder, Credential) else holder
    return Certificate(parsed.public_bytes(Encoding.DER))


def chain(holder: Credential) -> tuple[Certificate, ...]:
    """The intermediates that travel with the holder's signatures."""
    return tuple(certificate(one) for one in holder.chain)


def signer(holder: Credential) -> SoftwareSigner:
    """The holder's key as the product loads it."""
    return load_pem(holder.key_pem(), holder.certificates_pem)


ALLOWED_DIGESTS: Final = tuple(
    one for one in DigestAlgorithm if PACKAGE_POLICY.admits(Use.DIGEST, one.value, at=MOMENT)
)
"""The digests that a signature may use at MOMENT."""
