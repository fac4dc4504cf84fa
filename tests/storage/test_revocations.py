"""Certificates that are watched, what is known of them, and the verdicts that wait: what each row decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest
from sqlalchemy import text

from envelopes.identifiers import EnvelopeId
from storage.database.revocations import (
    completable,
    find_statuses,
    forget_expired,
    keep_status,
    lock_verdicts,
    open_verdicts,
    take_due,
    waiting_counts,
    watch,
)
from storage.database.transactions import Transactions, WriteSession
from storage.records import KeptStatus, OpenVerdict, SeenCertificate, WatchedCertificate
from tests.fixtures.postgres import MOMENT
from tests.storage.records import new_id

DAY: Final = timedelta(days=1)
MINUTE: Final = timedelta(minutes=1)
SIGNER, ISSUER, OTHER = (bytes([number]) * 32 for number in (1, 2, 3))
GOOD: Final = KeptStatus("good", MOMENT, "ocsp", MOMENT, MOMENT + DAY, bytes(32))
REVOKED: Final = KeptStatus(
    "revoked", MOMENT, "crl", MOMENT, MOMENT + DAY, bytes(32), MOMENT - DAY, reason="key_compromise"
)


def seen(
    fingerprint: bytes, *, not_after: datetime = MOMENT + 365 * DAY, chain: tuple[bytes, ...] = ()
) -> SeenCertificate:
    return SeenCertificate(fingerprint, b"certificate", not_after, chain)


def watched(session: WriteSession, fingerprint: bytes) -> WatchedCertificate:
    """Return a certificate as a worker takes it whose turn it is."""
    session.execute(text("UPDATE certificate_statuses SET due_at = :now"), {"now": MOMENT})
    taken = take_due(session, MOMENT, until=MOMENT, limit=100)
    (one,) = [each for each in taken if each.fingerprint == fingerprint]
    return one


def learn(session: WriteSession, states: Mapping[bytes, KeptStatus]) -> None:
    watch(session, [seen(one) for one in states], now=MOMENT)
    for fingerprint, status in states.items():
        assert keep_status(session, watched(session, fingerprint), status=status, due_at=MOMENT + DAY)


def wait(session: WriteSession, *fingerprints: bytes) -> EnvelopeId:
    """Return a message whose verdict waits for these certificates."""
    envelope_id = EnvelopeId(new_id())
    open_verdicts(session, [OpenVerdict(envelope_id, one, MOMENT, MOMENT) for one in fingerprints])
    return envelope_id


@pytest.mark.parametrize(
    ("status", "decides"),
    [
        (GOOD, True),
        (REVOKED, True),
        (replace(REVOKED, reason=None), True),
        (replace(REVOKED, reason="certificate_hold"), False),
        (replace(REVOKED, reason="certificate_hold", revoked_at=MOMENT + MINUTE), True),
        (replace(GOOD, next_update=MOMENT - DAY, this_update=MOMENT - 2 * DAY), False),
        (replace(GOOD, next_update=None, this_update=MOMENT - 2 * DAY), False),
    ],
    ids=["good", "revoked", "no reason", "on hold", "held later", "out of date", "undated"],
)
def test_what_decides_a_verdict(transactions: Transactions, status: KeptStatus, *, decides: bool) -> None:
    with transactions.begin() as session:
        learn(session, {SIGNER: status})
        message = wait(session, SIGNER)
        assert completable(session, limit=9) == ((message,) if decides else ())


def test_a_verdict_waits_for_all_its_certificates_but_not_once_one_is_revoked(transactions: Transactions) -> None:
    with transactions.begin() as session:
        learn(session, {ISSUER: GOOD})
        message = wait(session, SIGNER, ISSUER)
        assert completable(session, limit=9) == ()
        learn(session, {SIGNER: REVOKED})
        doomed = wait(session, SIGNER, OTHER)
        assert set(completable(session, limit=9)) == {message, doomed}
        assert completable(session, ISSUER, limit=9) == (message,)


def test_what_waits_for_somebody_silent_keeps_nobody_else_waiting(transactions: Transactions) -> None:
    """However many wait for a signer whose authority is down, what waits for the issuer alone is found at once."""
    with transactions.begin() as session:
        learn(session, {ISSUER: GOOD})
        for _ in range(5):
            wait(session, ISSUER, OTHER)
        ready = wait(session, ISSUER)
        assert completable(session, ISSUER, limit=1) == (ready,)
        assert completable(session, limit=1) == (ready,)
        (locked,) = lock_verdicts(session, (ready,))
        assert (locked.envelope_id, locked.fingerprint) == (ready, ISSUER)
        assert waiting_counts(session, MOMENT) == (11, 0)
        assert waiting_counts(session, MOMENT + 2 * DAY) == (11, 1)


def test_an_older_answer_counts_once_the_newer_one_is_out_of_date(transactions: Transactions) -> None:
    """A responder said `good` at noon for ten minutes; the list of the morning says so for the whole day."""
    noon = replace(GOOD, next_update=MOMENT + 10 * MINUTE)
    morning = replace(GOOD, source="crl", this_update=MOMENT - MINUTE * 200, next_update=MOMENT + DAY)
    with transactions.begin() as session:
        learn(session, {SIGNER: noon})
        early = replace(morning, judged_at=MOMENT + 5 * MINUTE)
        assert not keep_status(session, watched(session, SIGNER), status=early, due_at=MOMENT)
        late = replace(morning, judged_at=MOMENT + 60 * MINUTE)
        assert keep_status(session, watched(session, SIGNER), status=late, due_at=MOMENT)
        assert find_statuses(session, [SIGNER])[SIGNER].source == "crl"


def test_no_older_answer_lifts_a_hold(transactions: Transactions) -> None:
    held = replace(REVOKED, reason="certificate_hold", next_update=MOMENT + MINUTE)
    older = replace(GOOD, this_update=MOMENT - MINUTE, judged_at=MOMENT + DAY, next_update=MOMENT + 2 * DAY)
    with transactions.begin() as session:
        learn(session, {SIGNER: held})
        assert not keep_status(session, watched(session, SIGNER), status=older, due_at=MOMENT)


@pytest.mark.parametrize("reason", ["key_compromise", None])
def test_nothing_replaces_a_revocation_for_good(transactions: Transactions, reason: str | None) -> None:
    newer = replace(GOOD, this_update=MOMENT + DAY, next_update=MOMENT + 2 * DAY)
    with transactions.begin() as session:
        learn(session, {SIGNER: replace(REVOKED, reason=reason)})
        assert not keep_status(session, watched(session, SIGNER), status=newer, due_at=MOMENT)


def test_who_watches_what_is_watched_locks_nothing(transactions: Transactions) -> None:
    """An acceptance and a worker that met the same issuer do not wait for each other's commits."""
    with transactions.begin() as session:
        watch(session, [seen(ISSUER, chain=(b"root",)), seen(SIGNER, chain=(b"root",))], now=MOMENT)
    with transactions.begin() as first:
        watch(first, [seen(ISSUER, chain=(b"root",))], now=MOMENT + DAY)
        with transactions.begin() as second:
            second.execute(text("SET LOCAL lock_timeout = '200ms'"))
            second.execute(text("SELECT 1 FROM certificate_statuses FOR UPDATE NOWAIT"))


def test_a_certificate_that_was_watched_without_its_intermediates_gets_them_once(transactions: Transactions) -> None:
    with transactions.begin() as session:
        watch(session, [seen(SIGNER)], now=MOMENT)
        watch(session, [seen(SIGNER, chain=(b"one",)), seen(SIGNER, chain=(b"one",))], now=MOMENT)
        watch(session, [seen(SIGNER, chain=(b"two",))], now=MOMENT)
        assert watched(session, SIGNER).chain == (b"one",)


def test_only_what_expired_and_nobody_needs_is_forgotten(transactions: Transactions) -> None:
    expired, waited_for, revoked, fresh = (bytes([number]) * 32 for number in range(10, 14))
    with transactions.begin() as session:
        watch(session, [seen(one, not_after=MOMENT - DAY) for one in (expired, waited_for, revoked)], now=MOMENT)
        learn(session, {fresh: GOOD, expired: GOOD, revoked: replace(REVOKED, reason=None)})
        wait(session, waited_for)
        assert forget_expired(session, MOMENT - 2 * DAY) == 0
        assert forget_expired(session, MOMENT) == 1
        left = set(session.scalars(text("SELECT fingerprint FROM certificate_statuses")))
    assert left == {waited_for, revoked, fresh}
