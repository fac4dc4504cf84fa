"""`kill -9` while documents and certificates are judged afterwards: each judgement is told once, with one evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from axis import wiring
from axis.clock import SettableClock
from axis.demo.journey import issued_by
from axis.demo.keys import KeyRing
from axis.demo.letters import FIRST, compose
from axis.demo.pki.authorities import Authorities
from axis.demo.pki.server import serving
from axis.sdk import sign_package
from tests.fixtures.exchange import RECIPIENTS, SENDER
from tests.fixtures.receiver import NETWORKS
from tests.fixtures.running import eventually
from tests.journey.crash_points import CrashPoint, chosen
from tests.journey.ending import all_ends_well
from tests.journey.mortal import ClockAhead, Life, More, life, short_life
from tests.journey.survivor import Survivor
from tests.signing.pdf_making import signed

LATER: Final = timedelta(minutes=20)
"""What a dead worker had in hand is another's after ten, and an authority that was silent is asked again after two."""

A_WEEK: Final = timedelta(days=7)

DOCUMENTS: Final = (
    CrashPoint.CHECK_TAKE_WRITTEN,
    CrashPoint.CHECK_TAKEN,
    CrashPoint.DOCUMENTS_JUDGED,
    CrashPoint.CONCLUSION_WRITTEN,
    CrashPoint.CONCLUDED,
)
CERTIFICATES: Final = (
    CrashPoint.CERTIFICATE_TAKE_WRITTEN,
    CrashPoint.CERTIFICATE_TAKEN,
    CrashPoint.STATE_WRITTEN,
    CrashPoint.STATE_KEPT,
    CrashPoint.COMPLETION_WRITTEN,
    CrashPoint.COMPLETED,
)
DECISION: Final = (CrashPoint.DECISION_WRITTEN, CrashPoint.DECIDED)
PUT_OFF: Final = (CrashPoint.CHECK_PUT_OFF_WRITTEN,)
GIVING_UP: Final = (CrashPoint.GIVING_UP_WRITTEN, CrashPoint.GIVEN_UP)

pytestmark = pytest.mark.slow


@dataclass(slots=True)
class World:
    """Authorities that answer for the moment that the axis has, and agencies with certificates of theirs."""

    authorities: Authorities
    clock: SettableClock
    survivor: Survivor

    def settings(self, *, may_ask: bool = True, documents: str = "off") -> More:
        """Return what an axis runs with; one that may not ask takes the authorities for out of reach."""
        place = urlsplit(self.authorities.url).netloc
        networks = ["127.0.0.0/8"] if may_ask else []
        asked = {"hosts": [place], "networks": networks, "seconds": 5}
        return {**NETWORKS, "authorities": asked, "documents": {"mode": documents}}

    def signed_document(self) -> bytes:
        """Return a letter whose document bears a person's signature."""
        people, now = self.survivor.people, self.survivor.clock.now()
        person = self.authorities["director"].credential
        recipients = [people[one] for one in RECIPIENTS]
        letter = compose(
            FIRST, people[SENDER], recipients=recipients, at=now, signed=lambda octets: signed(octets, person)
        )
        return sign_package(letter, people[SENDER].signer, at=now)

    def go_on(self, by: timedelta = LATER) -> timedelta:
        """Return how far ahead everybody's clock is from now on."""
        self.survivor.ahead += by
        self.clock.set(self.survivor.clock.now().replace(microsecond=0))
        return self.survivor.ahead


@dataclass(frozen=True, slots=True)
class Asked:
    """Waits until the state of a certificate is known."""

    fingerprint: bytes

    def __call__(self, parts: wiring.Axis) -> None:
        query = text("SELECT state FROM certificate_statuses WHERE fingerprint = :fingerprint AND state != 'unknown'")

        def look() -> str | None:
            with parts.premises.transactions.read() as session:
                found = session.scalar(query, {"fingerprint": self.fingerprint})
            return None if found is None else str(found)

        eventually(look)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    now = ClockAhead(timedelta()).now().replace(microsecond=0)
    clock = SettableClock(now)
    with serving(tmp_path / "authorities", clock) as authorities:
        ring = KeyRing(tmp_path / "keys", now, issued=issued_by(authorities))
        yield World(authorities, clock, Survivor(ring, ring.participants()))


def judged(world: World, axis: Life, tag: str) -> None:
    """Return once each letter was judged; then it was judged once, and everything has its evidence."""
    survivor = world.survivor
    with survivor.client(axis) as client:
        for receipt in survivor.receipts.values():

            def happened(envelope_id: object = receipt.envelope_id) -> int | None:
                return Counter(one["tag"] for one in client.trace(envelope_id)["events"])[tag] or None  # type: ignore[arg-type]

            assert eventually(happened) == 1
        all_ends_well(survivor, axis)
        survivor.can_prove_everything(client)


def send_one(world: World, folder: Path, more: More) -> None:
    """Have one letter accepted whose certificates nobody could be asked about."""
    survivor = world.survivor
    with life(folder, survivor.ahead, more=more) as axis, survivor.client(axis) as client:
        survivor.send(client, survivor.package())


def test_killed_while_documents_are_judged(world: World, tmp_path: Path) -> None:
    more = world.settings(documents="follow")
    for point in chosen(DOCUMENTS):
        with life(tmp_path, world.survivor.ahead, more=more) as axis, world.survivor.client(axis) as client:
            axis.will_die(point)
            world.survivor.send(client, world.survivor.package())
            axis.has_died()
        world.go_on()
    with life(tmp_path, world.survivor.ahead, more=more) as axis:
        with world.survivor.client(axis) as client:
            world.survivor.send_again(client)
        judged(world, axis, "document.judged")


def test_killed_while_documents_wait_for_their_signers_state(world: World, tmp_path: Path) -> None:
    """They are looked at again, and told once, when it is known."""
    survivor, silent = world.survivor, world.settings(may_ask=False, documents="follow")
    for point in chosen(PUT_OFF):
        with life(tmp_path, survivor.ahead, more=silent) as axis, survivor.client(axis) as client:
            axis.will_die(point)
            survivor.send(client, world.signed_document())
            axis.has_died()
        world.go_on()
    answering = world.settings(documents="follow")
    with life(tmp_path, world.go_on(), more=answering) as axis:
        axis.do(Asked(bytes.fromhex(world.authorities["director"].certificate.fingerprint)))
    with life(tmp_path, world.go_on(), more=answering) as axis:
        with survivor.client(axis) as client:
            survivor.send_again(client)
        judged(world, axis, "document.judged")


def test_killed_while_authorities_are_asked(world: World, tmp_path: Path) -> None:
    """What they said is kept once, and the verdict that waited for it is completed once."""
    for point in chosen(CERTIFICATES):
        send_one(world, tmp_path, world.settings(may_ask=False))
        short_life(tmp_path, point, world.go_on(), more=world.settings())
    with life(tmp_path, world.go_on(), more=world.settings()) as axis:
        judged(world, axis, "signature.judged")


def test_killed_while_a_verdict_is_completed_that_nobody_came_past(world: World, tmp_path: Path) -> None:
    send_one(world, tmp_path, world.settings(may_ask=False))
    for point in chosen(DECISION):
        short_life(tmp_path, point, world.go_on(), more=world.settings())
    with life(tmp_path, world.go_on(), more=world.settings()) as axis:
        judged(world, axis, "signature.judged")


def test_killed_while_verdicts_are_given_up(world: World, tmp_path: Path) -> None:
    silent = world.settings(may_ask=False)
    send_one(world, tmp_path, silent)
    world.go_on(A_WEEK)
    for point in chosen(GIVING_UP):
        short_life(tmp_path, point, world.go_on(), more=silent)
    with life(tmp_path, world.go_on(), more=silent) as axis:
        judged(world, axis, "signature.judged")
