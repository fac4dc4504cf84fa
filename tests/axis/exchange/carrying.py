"""What systems answer to packages, and what operators do meanwhile."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from axis.exchange.desk import Repetition
from axis.exchange.interventions import Interventions, Word
from envelopes.acknowledgement import (
    ACKNOWLEDGEMENT_BODY,
    ACKNOWLEDGEMENT_TYPE,
    Acknowledgement,
    AckOutcome,
    write_acknowledgement,
)
from envelopes.identifiers import OrganId
from routing.leases import LEASE_TIME_DEFAULT
from signing.jws import sign_jws
from tests.axis.exchange.hooked import TAKER, Hooked
from tests.fixtures.receiver import Told, echo

CARRIED = ["carriage.leased", "delivery.fetched", "delivery.consigned"]
WORD = Word("tests", "máy chủ nhận đã sửa xong")


def acknowledging(hook: Hooked, by: str = TAKER, **changes: Any) -> Any:
    """A reply that brings an agency's signed acknowledgement, with changes."""

    def reply(told: Told) -> tuple[Mapping[str, str], bytes]:
        return {**echo(told)[0], "Content-Type": ACKNOWLEDGEMENT_BODY}, statement(hook, told, by, **changes).encode()

    return reply


def statement(hook: Hooked, told: Told, by: str = TAKER, **changes: Any) -> str:
    """An agency's signed acknowledgement of a package."""
    consigned = told.event.consigned
    assert consigned is not None
    digest = hashlib.sha256(told.body).hexdigest()
    said = Acknowledgement(
        consigned.delivery_id, consigned.recipient, digest, AckOutcome.DONE, hook.exchange.clock.now()
    )
    octets = write_acknowledgement(replace(said, **changes))
    return sign_jws(octets, hook.exchange.people[by].signer, kind=ACKNOWLEDGEMENT_TYPE)


def interventions(hook: Hooked) -> Interventions:
    return Interventions(hook.transactions, hook.exchange.clock, timekeeper=hook.exchange.axis.timekeeper)


def again(hook: Hooked) -> None:
    """Have everything of the last hour carried once more, as soon as nobody has a turn at it."""
    hook.exchange.clock.advance(LEASE_TIME_DEFAULT)
    now = hook.exchange.clock.now()
    span = (now - timedelta(hours=1), now + timedelta(hours=1))
    assert hook.desk.repeat(Repetition(hook.system_id, OrganId(TAKER), span, "tests", "khôi phục dữ liệu")) == 1
