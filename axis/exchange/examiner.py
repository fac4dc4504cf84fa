"""Asks authorities about certificates ahead of time, keeps what they say, and completes the verdicts that waited."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from axis.channels.authorities import Authorities, AuthorityUnreachable
from axis.exchange.pending import PendingVerdicts
from axis.exchange.premises import Premises
from axis.exchange.turns import Turn
from axis.exchange.watching import seen_on
from axis.logs import LogEvent, logger
from axis.seam import survive
from axis.standings import kept_from
from routing.backoff import doubled
from signing.certificates import Certificate
from signing.errors import CertificateUnreadable
from signing.revocation.judge import answers_nonce, revocation_of
from signing.revocation.requests import SOURCES_MAX, Sources, ocsp_request, sources_of
from signing.statuses import Doubt, RevocationEvidence, RevocationState, RevocationStatus, Source
from signing.trust import CurrentTrust
from signing.verdict import CertificatePath
from storage.database.revocations import (
    adopt_registered,
    give_back_due,
    keep_evidence,
    keep_status,
    put_off,
    take_due,
    watch,
)
from storage.database.transactions import WriteSession
from storage.records import (
    RevocationSource,
    SeenCertificate,
    WatchedCertificate,
)

BATCH: Final = 10
"""Certificates in one turn: each costs an exchange or two, and a silent authority costs its whole time limit."""

EXCHANGES_MAX: Final = 2 * SOURCES_MAX
"""Exchanges about one certificate: three responders and three lists."""

SPARE: Final = timedelta(minutes=1)
"""What a worker has for a batch beyond the time that its authorities may take; then another may take it."""

ASKED_AGAIN_MIN: Final = timedelta(minutes=10)
"""Shortest pause between two questions about one certificate, whatever `nextUpdate` says."""

ASKED_AGAIN_MAX: Final = timedelta(hours=12)
"""Longest pause: authorities publish lists for a week ahead, and a revocation should not wait that long."""

RETRY_FIRST: Final = timedelta(minutes=1)
"""First pause before an authority that did not answer is asked again; doubled each time."""

RETRY_MAX: Final = timedelta(hours=1)
"""Longest pause before an authority that did not answer is asked again."""

NEVER: Final = timedelta(days=3650)
"""When one that was revoked for good is looked at again."""

IDLE: Final = timedelta(days=1)
"""When a certificate that names nobody to ask is looked at again: an anchor may become an intermediate."""


@dataclass(frozen=True, slots=True)
class _Fetched:
    evidence: RevocationEvidence
    address: str


@dataclass(frozen=True, slots=True)
class _Examined:
    """What came of asking about one certificate. `path` is None where there is no path to ask along."""

    watched: WatchedCertificate
    status: RevocationStatus
    fetched: tuple[_Fetched, ...]
    path: CertificatePath | None
    at: datetime


class Examiner:
    """Works through watched certificates; any number may run at once. Fetches outside of every transaction."""

    def __init__(self, premises: Premises, trust: CurrentTrust, *, authorities: Authorities) -> None:
        self._transactions = premises.transactions
        self._blobs = premises.blobs
        self._clock = premises.clock
        self._trust = trust
        self._authorities = authorities
        self._pending = PendingVerdicts(premises)
        self._turn = Turn[WatchedCertificate]("examine", self._give_back)

    @property
    def _longest(self) -> timedelta:
        """How long a batch may take at the most, and nobody else is given its certificates."""
        return BATCH * EXCHANGES_MAX * timedelta(seconds=self._authorities.reach.seconds) + SPARE

    def adopt(self) -> int:
        """Return how many certificates of the directory are watched from now on that were not."""
        with self._transactions.begin() as session:
            return adopt_registered(session, self._clock.now())

    def examine_due(self) -> int:
        """Return how many certificates were asked about; 0 when none was due.

        1. A batch is taken, longest due first, and put off so that no other worker asks too.
        2. For each: its path is built, its authority asked (OCSP, then CRLs), and what came is judged. Nothing is open
           meanwhile.
        3. What the state rests on goes to the object store, all of it, then state and source into the database; where
           nothing certain came, what was known before stays, and it is asked again soon.
        4. Verdicts that waited for it and for nothing else are completed: an event, and evidence owed for it.
        5. What was not looked at when the process was told to stop is due again at once.
        """
        now = self._clock.now()
        with self._transactions.begin() as session:
            taken = take_due(session, now, until=now + self._longest, limit=BATCH)
        lists: dict[str, bytes] = {}
        for watched in self._turn.each(taken):
            survive("examine", partial(self._examine_one, watched, lists), otherwise=None)
        return len(taken)

    def stop(self) -> None:
        """Begin no further certificate; those of a batch that were not looked at go back."""
        self._turn.stop()

    def abandon(self) -> None:
        """Give back what is in hand, for the end of a process that waits no longer for an authority."""
        self._turn.abandon()

    def _give_back(self, taken: Sequence[WatchedCertificate]) -> None:
        now = self._clock.now()

        def write(session: WriteSession) -> None:
            for watched in taken:
                give_back_due(session, watched, due_at=now)

        self._transactions.run(write)

    def finish(self) -> int:
        """Return how many verdicts were completed that nobody came past, or given up after a week."""
        return self._pending.complete_decided() + self._pending.give_up()

    def _examine_one(self, watched: WatchedCertificate, lists: dict[str, bytes]) -> None:
        """Examine one certificate; whatever it brings about is its own matter, and it is due again after a while."""
        self._keep(self._examine(watched, lists))

    def _examine(self, watched: WatchedCertificate, lists: dict[str, bytes]) -> _Examined:
        at = self._clock.now()
        path = self._path(watched, at)
        if path is None:
            # An intermediate is missing that a package may bring along, or the trust store may learn.
            return _Examined(watched, RevocationStatus.unknown(Doubt.NO_PATH), (), None, at)
        if len(path.certificates) == 1:
            return _Examined(watched, RevocationStatus.unknown(Doubt.NO_SOURCE), (), None, at)
        sources = sources_of(path.signer)
        if not sources:
            return _Examined(watched, RevocationStatus.unknown(Doubt.NO_SOURCE), (), path, at)
        fetched: list[_Fetched] = []
        status = RevocationStatus.unknown(Doubt.NO_EVIDENCE)
        for one in self._ask(path, sources, lists=lists):
            fetched.append(one)
            others = (*self._trust().intermediates, *path.certificates)
            at = self._clock.now()  # after the answer, which may have taken minutes and is dated when it was made
            status = revocation_of(path, [each.evidence for each in fetched], at=at, others=others)
            if status.state is not RevocationState.UNKNOWN:
                break
        return _Examined(watched, status, tuple(fetched), path, at)

    def _path(self, watched: WatchedCertificate, at: datetime) -> CertificatePath | None:
        """Return the path of a certificate, an authority's too: whether it may sign documents is not asked here."""
        try:
            certificate, *chain = (Certificate(der) for der in (watched.der, *watched.chain))
        except CertificateUnreadable:
            return None
        built = self._trust().path_of(certificate, chain, at=at)
        return built if isinstance(built, CertificatePath) else None

    def _ask(self, path: CertificatePath, sources: Sources, *, lists: dict[str, bytes]) -> Iterator[_Fetched]:
        """Yield what the authorities say, the most current first; who does not answer is passed over."""
        for address in sources.ocsp:
            request = ocsp_request(path.signer, path.certificates[1])
            answer = self._reached(partial(self._authorities.ask_ocsp, address, request.octets))
            if answer is not None and answers_nonce(answer, request.nonce):
                yield _Fetched(RevocationEvidence(Source.OCSP, answer), address)
        for address in sources.crl:
            if address not in lists:
                found = self._reached(partial(self._authorities.get_crl, address))
                if found is None:
                    continue
                lists[address] = found
            yield _Fetched(RevocationEvidence(Source.CRL, lists[address]), address)

    def _reached(self, ask: Callable[[], bytes]) -> bytes | None:
        try:
            return ask()
        except AuthorityUnreachable as error:
            logger.warning(LogEvent.AUTHORITY_UNREACHABLE, host=error.host, cause=error.cause)
            return None

    def _keep(self, examined: _Examined) -> None:
        """Write what was found out, and what follows from it, in one transaction; the evidence is durable before."""
        kept = [one for one in examined.fetched if one.evidence.digest in examined.status.rests_on]
        for one in kept:
            self._blobs.put(one.evidence.digest, io.BytesIO(one.evidence.octets))
        self._transactions.run(lambda session: self._write(session, examined, kept=kept))

    def _write(self, session: WriteSession, examined: _Examined, *, kept: Sequence[_Fetched]) -> None:
        watched, status, at = examined.watched, examined.status, examined.at
        if examined.path is not None:
            watch(session, _authorities_of(examined.path), now=at)
        is_known = status.state is not RevocationState.UNKNOWN
        if is_known or watched.status.state == RevocationState.UNKNOWN.value:
            keep_evidence(session, [_source(one, at=at) for one in kept])
            # Of now: whoever looks for what is new must find what took long to find out.
            written = kept_from(status, judged_at=self._clock.now())
            if keep_status(session, watched, status=written, due_at=_due(examined)):
                self._pending.complete(session, watched.fingerprint)
                return
        put_off(session, watched, due_at=_again(examined) if is_known else _due(examined))


def _authorities_of(path: CertificatePath) -> Iterator[SeenCertificate]:
    """Return the path's authorities but the anchor: their revocation is asked about too."""
    return seen_on(path, lambda one: one is not path.signer)


def _source(fetched: _Fetched, *, at: datetime) -> RevocationSource:
    evidence = fetched.evidence
    return RevocationSource(evidence.digest, evidence.source.value, fetched.address, at, len(evidence.octets))


def _due(examined: _Examined) -> datetime:
    """Return when the authority is asked again."""
    status, at = examined.status, examined.at
    if status.is_final:
        return at + NEVER
    if status.doubt is Doubt.NO_SOURCE:
        return at + IDLE
    if status.state is RevocationState.UNKNOWN:
        return _again(examined)
    left = (status.relied_on_until or at) - at
    return at + min(max(left / 2, ASKED_AGAIN_MIN), RETRY_MAX if _is_makeshift(examined) else ASKED_AGAIN_MAX)


def _is_makeshift(examined: _Examined) -> bool:
    """Return whether a list spoke where a responder, which tells of a revocation sooner, was silent."""
    path = examined.path
    return examined.status.source is Source.CRL and path is not None and bool(sources_of(path.signer).ocsp)


def _again(examined: _Examined) -> datetime:
    """Return when the authority is asked again that told nothing certain, or nothing newer than is known."""
    return examined.at + doubled(RETRY_FIRST, examined.watched.attempts, longest=RETRY_MAX)
