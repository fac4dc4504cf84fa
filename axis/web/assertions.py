"""Who is asking for a token: client assertions (RFC 7523 §3) judged against the directory."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from axis.web.problem_codes import ProblemCode
from axis.web.reports import Problem
from envelopes.identifiers import IdentifierError, SystemId
from routing.agencies import System, SystemKey
from routing.directory import Directory

ASSERTION_BYTES_MAX: Final = 8 * 1024
"""An assertion, in characters: one with an RSA-8192 signature stays under 2,000."""

ASSERTION_SECONDS_MAX: Final = 300
"""How far ahead `exp` may lie: what is used once needs no longer life, and the ledger forgets it after that."""

CLOCK_SKEW: Final = timedelta(seconds=30)
"""How far a caller's clock may differ: agencies' servers are synchronised, but not all of them well."""

JTI_MAX: Final = 255
"""Characters of `jti`: it is kept in an indexed column until the assertion expires."""

ALGORITHMS: Final = ("ES256", "ES384", "RS256")
"""What assertions are signed with: public-key algorithms only, so that no secret is shared."""

_TYPES: Final = frozenset({"", "jwt", "client-authentication+jwt"})
"""`typ` of an assertion. A token signed for another purpose is none (RFC 8725 §3.11)."""

_RSA_DUMMY_BITS: Final = 2048


@dataclass(frozen=True, slots=True)
class Assertion:
    """A verified assertion: the system that signed it, with which of its keys, and the id that makes it unique."""

    system: System
    key: SystemKey
    jti: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Claims:
    audience: str
    issued_at: datetime
    not_before: datetime | None
    expires_at: datetime
    jti: str


def verify_assertion(token: str, directory: Directory, *, audiences: frozenset[str], now: datetime) -> Assertion:
    """Return what a client assertion proves; raises `Problem`.

    Until the signature has verified, every failure gets the same answer in about the same time, so that nobody learns
    which systems and keys exist. After that, the one who holds the key is told what is wrong.

    1. Length, shape, type and algorithm are as expected.
    2. `iss` equals `sub` and names an active system that has the key `kid` in force.
    3. The signature verifies under that key.
    4. It was made for this axis, is valid now, and not for long.
    """
    header, payload = _open(token)
    algorithm = _algorithm(header)
    system, key = _claimed_signer(header, payload, directory=directory, now=now)
    try:
        jws.deserialize_compact(token, _public_key(key, algorithm), [algorithm])
    except (JoseError, KeyError, ValueError, TypeError) as error:
        raise _unknown_client() from error
    if system is None or key is None:
        raise _unknown_client()
    claims = _claims(payload)
    _check_times(claims, now)
    if claims.audience not in audiences:
        raise Problem.of(ProblemCode.ASSERTION_AUDIENCE)
    return Assertion(system, key, claims.jti, claims.expires_at + CLOCK_SKEW)


def _unknown_client() -> Problem:
    return Problem.of(ProblemCode.CLIENT_INVALID)


def _open(token: str) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """Return header and payload, not yet believed."""
    parts = token.split(".") if len(token) <= ASSERTION_BYTES_MAX else []
    if len(parts) != 3:
        raise _unknown_client()
    header, payload = (_object(part) for part in parts[:2])
    if "crit" in header or "b64" in header:
        raise _unknown_client()
    return header, payload


def _object(part: str) -> Mapping[str, object]:
    try:
        value: object = json.loads(base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError) as error:
        raise _unknown_client() from error
    if not isinstance(value, dict):
        raise _unknown_client()
    return value


def _algorithm(header: Mapping[str, object]) -> str:
    algorithm, kind = header.get("alg"), header.get("typ", "")
    if algorithm not in ALGORITHMS or not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise _unknown_client()
    return str(algorithm)


def _claimed_signer(
    header: Mapping[str, object], payload: Mapping[str, object], *, directory: Directory, now: datetime
) -> tuple[System | None, SystemKey | None]:
    kid, issuer = header.get("kid"), payload.get("iss")
    if not isinstance(kid, str) or not isinstance(issuer, str) or issuer != payload.get("sub"):
        return None, None
    try:
        system = directory.system(SystemId(issuer))
    except IdentifierError:
        return None, None
    return system, system.key(kid, now) if system else None


def _public_key(key: SystemKey | None, algorithm: str) -> ECKey | RSAKey:
    """Return the key to verify with; one that nobody holds where the client is unknown, so that both take as long."""
    if key is None:
        return _nobody(algorithm)
    kind = ECKey if algorithm.startswith("ES") else RSAKey
    return kind.import_key(json.loads(key.jwk))


@cache
def _nobody(algorithm: str) -> ECKey | RSAKey:
    if algorithm == "RS256":
        return RSAKey.generate_key(_RSA_DUMMY_BITS)
    return ECKey.generate_key("P-256" if algorithm == "ES256" else "P-384")


def _claims(payload: Mapping[str, object]) -> _Claims:
    """Return the claims of a payload whose signature verified."""
    audience = payload.get("aud")
    if isinstance(audience, list) and len(audience) == 1:
        audience = audience[0]
    jti = payload.get("jti")
    if not isinstance(audience, str) or not isinstance(jti, str):
        raise _unknown_client()
    if not 1 <= len(jti) <= JTI_MAX or not jti.isprintable():
        raise _unknown_client()
    early = payload.get("nbf")
    return _Claims(
        audience=audience,
        issued_at=_moment(payload.get("iat")),
        not_before=None if early is None else _moment(early),
        expires_at=_moment(payload.get("exp")),
        jti=jti,
    )


def _moment(value: object) -> datetime:
    """Return a NumericDate (RFC 7519 §2)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unknown_client()
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise _unknown_client() from error


def _check_times(claims: _Claims, now: datetime) -> None:
    if claims.expires_at + CLOCK_SKEW <= now:
        raise Problem.of(ProblemCode.ASSERTION_EXPIRED)
    if max(claims.issued_at, claims.not_before or claims.issued_at) > now + CLOCK_SKEW:
        raise Problem.of(ProblemCode.ASSERTION_EARLY)
    if claims.expires_at > now + timedelta(seconds=ASSERTION_SECONDS_MAX) + CLOCK_SKEW:
        raise Problem.of(ProblemCode.ASSERTION_LONG)
