"""Seals of one axis, one after the other, and the endorsements between them, true and false."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from axis.demo.authority import Authority, Credential, Validity
from axis.sdk.seals import PublishedSeal
from envelopes.endorsement import ENDORSEMENT_TYPE, SealEndorsement, write_endorsement
from envelopes.evidence_facts import Environment, EnvironmentKind
from signing.certificates import Certificate
from signing.jws import sign_jws
from tests.signing.pki import MOMENT, VALID, certificate, chain, hierarchy, signer

HERE = Environment(EnvironmentKind.TEST, "axis-test")


@cache
def seal(name: str, validity: Validity = VALID, issuer: Authority | None = None) -> Credential:
    """A seal of the axis; the same one whenever the same is asked for."""
    return (issuer or hierarchy().intermediate).issue_seal(f"Trục {name}", validity)


def chain_of(holder: Credential) -> tuple[Certificate, ...]:
    """The certificate and its intermediates."""
    return (certificate(holder), *chain(holder))


def endorsed(
    by: Credential,
    following: Credential,
    *,
    signed_by: Credential | None = None,
    origin: Environment = HERE,
    at: datetime = MOMENT,
) -> str:
    """What one seal says of the next; signed by itself unless somebody else does."""
    said = SealEndorsement(origin, certificate(by).fingerprint, certificate(following).fingerprint, at)
    return sign_jws(write_endorsement(said), signer(signed_by or by), kind=ENDORSEMENT_TYPE)


def published(following: Credential, endorsement: str | None = None) -> PublishedSeal:
    """A seal as an axis publishes it."""
    return PublishedSeal(chain_of(following), endorsement)
