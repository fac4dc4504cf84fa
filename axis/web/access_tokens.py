"""Access tokens: short JWTs (RFC 9068) that name a system, the key it proved, and the agencies it asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from joserfc import jwt
from joserfc.errors import JoseError

from axis.web.problem_codes import ProblemCode
from axis.web.reports import Problem
from envelopes.identifiers import IdentifierError, OrganId, SystemId
from signing.assertions import AssertionKey

TOKEN_TYPE: Final = "at+jwt"  # noqa: S105 a media type
"""`typ` (RFC 9068 §2.1): nothing else that is signed with this key is an access token."""

TOKEN_BYTES_MAX: Final = 16 * 1024
"""An access token, in characters: one with the most roots stays under 10,000."""

ROOTS_MAX: Final = 200
"""Roots in one token: with more, the header that carries it would not pass proxies, which allow 8 to 16 KB."""

KNOWN_MAX: Final = 2_000
"""Tokens remembered as genuine: one for each system that called lately. When there are more, all are forgotten at once
and each is verified anew when it comes again, which costs less than keeping count of who came last."""

_ALGORITHM: Final = "ES256"


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a token says: the system, the id of the key it proved itself with, and the roots it may act below."""

    system_id: SystemId
    key_id: str
    roots: tuple[OrganId, ...]


@dataclass(frozen=True, slots=True)
class _Genuine:
    """A token whose signature was verified."""

    claims: AccessClaims
    expires_at: datetime


class AccessTokens:
    """Issues tokens and reads its own, with one key, under one issuer. Another process with the same key reads them."""

    def __init__(self, key: AssertionKey, *, issuer: str, lifetime: int) -> None:
        """`lifetime` in seconds; the key is ECDSA P-256."""
        if key.algorithm != _ALGORITHM:
            raise ValueError("access tokens are signed with ECDSA P-256")
        self.lifetime = lifetime
        self._key = key
        self._issuer = issuer
        self._known: dict[str, _Genuine] = {}

    def issue(self, claims: AccessClaims, *, jti: str, now: datetime) -> str:
        """Return a token valid from now on."""
        header = {"alg": _ALGORITHM, "typ": TOKEN_TYPE, "kid": self._key.kid}
        system_id = str(claims.system_id)
        members: dict[str, object] = {
            "iss": self._issuer,
            "aud": self._issuer,
            "sub": system_id,
            "client_id": system_id,
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(seconds=self.lifetime)).timestamp()),
            "jti": jti,
            "ckid": claims.key_id,
            "agencies": [str(root) for root in claims.roots],
        }
        return jwt.encode(header, members, self._key.key, [_ALGORITHM])

    def read(self, token: str, *, now: datetime) -> AccessClaims:
        """Return what a token of ours says; raises `Problem` for any other, and for one that has expired.

        A token comes with every call of its system, and its signature says the same each time: it is verified once.
        """
        genuine = self._known.get(token) or self._verify(token)
        if genuine.expires_at <= now:
            raise Problem.of(ProblemCode.TOKEN_EXPIRED)
        return genuine.claims

    def _verify(self, token: str) -> _Genuine:
        if len(token) > TOKEN_BYTES_MAX:
            raise Problem.of(ProblemCode.TOKEN_INVALID)
        try:
            genuine = self._genuine(jwt.decode(token, self._key.key, [_ALGORITHM]))
        except (JoseError, IdentifierError, KeyError, TypeError, ValueError) as error:
            raise Problem.of(ProblemCode.TOKEN_INVALID) from error
        if len(self._known) >= KNOWN_MAX:
            self._known.clear()
        self._known[token] = genuine
        return genuine

    def _genuine(self, decoded: jwt.Token) -> _Genuine:
        claims = decoded.claims
        if decoded.header.get("typ") != TOKEN_TYPE or claims["iss"] != self._issuer or claims["aud"] != self._issuer:
            raise Problem.of(ProblemCode.TOKEN_INVALID)
        roots = tuple(OrganId(root) for root in claims["agencies"])
        if not roots:
            raise Problem.of(ProblemCode.TOKEN_INVALID)
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        return _Genuine(AccessClaims(SystemId(claims["sub"]), claims["ckid"], roots), expires_at)
