"""Who is calling: tokens for systems that prove themselves, and the caller behind each token."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

from axis.caller import Caller
from axis.clock import Clock
from axis.logs import LogEvent, logger
from axis.web.access_tokens import ROOTS_MAX, AccessClaims, AccessTokens
from axis.web.assertions import Assertion, verify_assertion
from axis.web.limits import RateLimiter
from axis.web.ports import AssertionLedger, CurrentDirectory, Timekeeping
from axis.web.problem_codes import ProblemCode
from axis.web.reports import Detail, Problem
from envelopes.identifiers import IdentifierError, OrganId
from routing.agencies import System
from routing.directory import Directory
from signing.assertions import ASSERTION_TYPE

TOKEN_PATH: Final = "/v1/token"  # noqa: S105 an address

GRANT_TYPE: Final = "client_credentials"

_FIELDS_MAX: Final = 20
"""Fields of the form; four mean something, and others are ignored (RFC 6749 §3.2)."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A token as it is handed out, with the roots it is good for and its lifetime in seconds."""

    access_token: str
    roots: tuple[OrganId, ...]
    lifetime: int


@dataclass(frozen=True, slots=True)
class Identity:
    """Turns assertions into tokens and tokens into callers, always against the directory in effect.

    By a clock that is astray nobody is judged: everything here raises `ClockAstray` then.
    """

    tokens: AccessTokens
    atlas: CurrentDirectory
    ledger: AssertionLedger
    limiter: RateLimiter
    clock: Clock
    timekeeper: Timekeeping
    public_url: str

    def grant(self, form: Mapping[str, str]) -> Grant:
        """Return a token for a token request (RFC 6749 §4.4, RFC 7523 §2.2); raises `Problem`. Blocks on the ledger.

        An assertion that verified is used up, whatever becomes of the rest of the request.
        """
        self.timekeeper.require()
        _check_form(form)
        now = self.clock.now()
        directory = self.atlas.directory()
        assertion = verify_assertion(form["client_assertion"], directory, audiences=self._audiences(), now=now)
        system = assertion.system
        if form.get("client_id", str(system.system_id)) != str(system.system_id):
            raise Problem.of(ProblemCode.CLIENT_INVALID)
        self.limiter.admit(system.system_id)
        if not self.ledger.claim(system.system_id, assertion.jti, expires_at=assertion.expires_at):
            raise Problem.of(ProblemCode.ASSERTION_USED)
        roots = _roots(form.get("scope", ""), system, directory=directory)
        token = self._issue(assertion, roots, now=now)
        logger.info(LogEvent.TOKEN_ISSUED, system=system.system_id, key_id=assertion.key.kid, roots=roots)
        return Grant(token, roots, self.tokens.lifetime)

    def caller(self, authorization: str | None) -> Caller:
        """Return who stands behind an Authorization header, counting the request; raises `Problem`.

        System and key are looked up in the directory in effect, so that a suspension works within seconds.
        """
        caller = self.again(authorization)
        self.limiter.admit(caller.system.system_id)
        return caller

    def again(self, authorization: str | None) -> Caller:
        """Return who stands behind the header at present, for a request that was counted and takes long.

        A body may be minutes on its way, and a system be suspended meanwhile.
        """
        claims = self._claims(authorization)
        directory = self.atlas.directory()
        system = self._in_force(claims, directory)
        if system is None:
            raise Problem.of(ProblemCode.REVOKED)
        return Caller(system, directory, narrowed_to=claims.roots)

    def standing(self, authorization: str | None) -> Callable[[], bool]:
        """Return what tells whether system and key are in force, for an answer that takes long; raises `Problem`.

        The token counts now and may expire before the answer is over. What is returned may block, as the directory
        does: for the thread pool.
        """
        claims = self._claims(authorization)
        return lambda: self._in_force(claims, self.atlas.directory()) is not None

    def _claims(self, authorization: str | None) -> AccessClaims:
        """Return what the token behind the header says, where it counts at present."""
        self.timekeeper.require()
        return self.tokens.read(_bearer(authorization), now=self.clock.now())

    def _in_force(self, claims: AccessClaims, directory: Directory) -> System | None:
        """Return the system behind a token where it, and the key it proved itself with, may connect at present."""
        system = directory.system(claims.system_id)
        return system if system is not None and system.key(claims.key_id, self.clock.now()) is not None else None

    def _audiences(self) -> frozenset[str]:
        return frozenset({self.public_url, self.public_url + TOKEN_PATH})

    def _issue(self, assertion: Assertion, roots: tuple[OrganId, ...], *, now: datetime) -> str:
        claims = AccessClaims(assertion.system.system_id, assertion.key.kid, roots)
        return self.tokens.issue(claims, jti=str(self.clock.mint()), now=now)


def read_form(octets: bytes) -> Mapping[str, str]:
    """Return the fields of a form; raises `Problem` for one that cannot be read or repeats a field (RFC 6749 §3.2)."""
    try:
        fields = parse_qsl(octets.decode("ascii"), strict_parsing=True, max_num_fields=_FIELDS_MAX, errors="strict")
    except ValueError as error:
        raise Problem.of(ProblemCode.GRANT_MALFORMED) from error
    form = dict(fields)
    if len(form) != len(fields):
        raise Problem.of(ProblemCode.GRANT_MALFORMED)
    return form


def _check_form(form: Mapping[str, str]) -> None:
    if "grant_type" not in form:
        raise Problem.of(ProblemCode.GRANT_MALFORMED)
    if form["grant_type"] != GRANT_TYPE:
        raise Problem.of(ProblemCode.GRANT_TYPE)
    if form.get("client_assertion_type") != ASSERTION_TYPE or "client_assertion" not in form:
        raise Problem.of(ProblemCode.GRANT_MALFORMED)
    if "client_secret" in form:
        raise Problem.of(ProblemCode.GRANT_MALFORMED)


def _bearer(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Problem.of(ProblemCode.TOKEN_MISSING)
    return token.strip()


def _roots(scope: str, system: System, *, directory: Directory) -> tuple[OrganId, ...]:
    """Return the canonical roots of a token: those asked for, or all that the system was granted."""
    roots = tuple(_asked(scope.split(), system, directory=directory)) or (*system.scopes, *system.exact_scopes)
    canonical = tuple(dict.fromkeys(_canonical(root, directory) for root in roots))
    if len(canonical) > ROOTS_MAX:
        detail = Detail(
            f"A token holds at most {ROOTS_MAX} agencies; ask for some of them with scope.",
            f"Một mã truy cập chứa tối đa {ROOTS_MAX} cơ quan; hãy chọn bằng scope.",
        )
        raise Problem.of(ProblemCode.SCOPE_INVALID, detail)
    return canonical


def _asked(texts: Iterable[str], system: System, *, directory: Directory) -> Iterable[OrganId]:
    for text in texts:
        try:
            organ_id = OrganId(text)
        except IdentifierError as error:
            raise Problem.of(ProblemCode.SCOPE_INVALID) from error
        if not directory.may_act_for(system, organ_id):
            raise Problem.of(ProblemCode.SCOPE_INVALID)
        yield organ_id


def _canonical(root: OrganId, directory: Directory) -> OrganId:
    agency = directory.resolve(root)
    return root if agency is None else agency.organ_id
