"""Where an axis can be killed on the way of one envelope: every point by name, with its step in docs/walk.md.

They are armed from here, in a process that a test owns: the program itself has no such place, neither in production
nor elsewhere.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, Final, Self

from starlette.types import Send

from axis.channels import bell
from axis.exchange import (
    attestor,
    carriage,
    courier,
    courier_turns,
    deadlines,
    handover,
    intake,
    interventions,
    operations,
    redirections,
    uploads,
)
from axis.exchange.acknowledging import Acknowledgements
from axis.exchange.attestor import Attestor
from axis.exchange.carriage import Carriage
from axis.exchange.courier import Courier
from axis.exchange.courier_turns import CourierTurns
from axis.exchange.deadlines import Deadlines
from axis.exchange.forwarding import Forwarding
from axis.exchange.gate import Gate
from axis.exchange.handover import Handover
from axis.exchange.intake import Intake
from axis.exchange.interventions import Interventions
from axis.exchange.notary import Notary
from axis.exchange.operations import Done, Operation
from axis.exchange.settlement import Settlement
from axis.exchange.uploads import Uploads
from axis.metrics import Metrics
from axis.web.api.contents import ContentAnswer
from axis.wiring import AssertionBook
from storage.blobs.filesystem import FilesystemBlobs, FilesystemShelf
from storage.blobs.staging import Staging
from storage.database.transactions import Transactions

CHOSEN_VARIABLE: Final = "AXIS_TEST_CRASH_POINTS"
"""Names of points, with commas between: the only ones that are tried. Production refuses to start with it."""

_CHOSEN: Final = os.environ.get(CHOSEN_VARIABLE)

Arm = Callable[[], None]


def die() -> None:
    """End this process as a power cut would: no shutdown, no `finally`, just gone."""
    os.kill(os.getpid(), signal.SIGKILL)


def _before(owner: Any, name: str) -> Arm:
    def arm() -> None:
        setattr(owner, name, lambda *_args, **_named: die())

    return arm


def _after(owner: Any, name: str, *, is_something: bool = False) -> Arm:
    """Dies after a deed; where `is_something`, only after one that came to anything: a sweep looks again and again."""

    def arm() -> None:
        deed = getattr(owner, name)

        def last(*args: Any, **named: Any) -> Any:
            done = deed(*args, **named)
            if is_something and not done:
                return done
            return die()

        setattr(owner, name, last)

    return arm


def _inside(owner: Any, name: str, *, of: Any, deed: str) -> Arm:
    """Dies after a deed of a module, but only where it is done inside another one."""

    def arm() -> None:
        outer = getattr(owner, name)

        def armed(*args: Any, **named: Any) -> Any:
            _after(of, deed)()
            return outer(*args, **named)

        setattr(owner, name, armed)

    return arm


def _with_something_in_hand() -> None:
    begin = Courier._begin

    def last(*args: Any, **named: Any) -> Any:
        done = begin(*args, **named)
        return die() if done[1].notices else done

    Courier._begin = last  # type: ignore[method-assign]


def _after_the_settlement() -> None:
    """Dies once an acceptance is durable; a worker that judges documents runs transactions of its own beside it."""
    run = Transactions.run

    def last(self: Transactions, *args: Any, **named: Any) -> Any:
        done = run(self, *args, **named)
        return die() if isinstance(done, Done) else done

    Transactions.run = last  # type: ignore[method-assign]


def _in_the_middle_of_the_octets() -> None:
    async def half(self: ContentAnswer, send: Send, gone: object) -> None:
        octets = self._download.read()
        await send({"type": "http.response.body", "body": octets[: len(octets) // 2], "more_body": True})
        die()

    ContentAnswer._send_octets = half  # type: ignore[method-assign]


class CrashPoint(StrEnum):
    """A moment at which the process is gone, and how to make sure of it. `step` is the one of docs/walk.md."""

    step: int
    arm: Arm

    def __new__(cls, value: str, step: int, arm: Arm) -> Self:
        """Return the member with its step and its trap."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.step = step
        member.arm = arm
        return member

    ASSERTION_USED = "assertion-used", 1, _after(AssertionBook, "claim")
    RECEIVED = "received", 2, _before(Intake, "submit")
    HASHED = "hashed", 3, _after(Gate, "inspect")
    JUDGED = "judged", 5, _before(FilesystemBlobs, "put")
    REFUSAL_WRITTEN = "refusal-written", 5, _after(intake, "_keep_refusal")
    REFUSED = "refused", 5, _after(Transactions, "run")
    OBJECT_WRITTEN = "object-written", 6, _before(FilesystemShelf, "_make_fan_out")
    OBJECT_PUT = "object-put", 6, _after(FilesystemBlobs, "put")
    SEALED = "sealed", 7, _after(Notary, "seal")
    SETTLEMENT_WRITTEN = "settlement-written", 8, _after(Settlement, "write")
    OPERATION_WRITTEN = "operation-written", 8, _after(Operation, "carry_out")
    ANSWER_WRITTEN = "answer-written", 8, _after(operations, "settle_demand")
    COMMITTED = "committed", 8, _after_the_settlement
    CHUNK_KEPT = "chunk-kept", 2, _after(Staging, "put")
    CHUNK_WRITTEN = "chunk-written", 2, _after(uploads, "append_chunk")
    CHUNK_UNANSWERED = "chunk-unanswered", 2, _after(Uploads, "append")
    PUT_TOGETHER = "put-together", 2, _after(Uploads, "_put_together")
    UPLOAD_SETTLED = "upload-settled", 9, _after(uploads, "settle_upload")
    UPLOAD_ENDED = "upload-ended", 9, _before(Staging, "clear")
    UNANSWERED = "unanswered", 9, _after(Intake, "submit")
    RUNG = "rung", 10, _after(bell._Striker, "_strike_once")
    LEASE_WRITTEN = "lease-written", 11, _after(handover, "find_envelopes")
    LEASED = "leased", 11, _after(Handover, "lease")
    RELEASE_WRITTEN = "release-written", 11, _after(handover, "release_lease")
    RELEASED = "released", 11, _after(Handover, "release")
    LEASE_RETURNED = "lease-returned", 11, _after(Deadlines, "return_leases")
    FETCH_WRITTEN = "fetch-written", 12, _after(handover, "append_events")
    FETCHED = "fetched", 12, _after(Handover, "content")
    CARRIED = "carried", 12, _in_the_middle_of_the_octets
    CARRIAGE_WRITTEN = "carriage-written", 12, _after(Carriage, "take", is_something=True)
    CARRIAGE_TAKEN = "carriage-taken", 12, _with_something_in_hand
    OBJECT_OPENED = "object-opened", 12, _before(Carriage, "_depart")
    DEPARTURE_WRITTEN = "departure-written", 12, _inside(Carriage, "_depart", of=carriage, deed="append_events")
    DEPARTED = "departed", 12, _after(Carriage, "_depart")
    CALLED = "called", 12, _after(Carriage, "call")
    LANDING_WRITTEN = "landing-written", 12, _after(Carriage, "settle")
    LANDED = "landed", 12, _before(Carriage, "tell")
    TURN_OVER_WRITTEN = "turn-over-written", 12, _inside(Carriage, "turn_over", of=carriage, deed="append_events")
    TURNED_OVER = "turned-over", 12, _after(Carriage, "turn_over", is_something=True)
    NOTICE_TAKEN = "notice-taken", 10, _with_something_in_hand
    NOTICE_TOLD = "notice-told", 10, _after(Courier, "_tell")
    NOTICE_WRITTEN = "notice-written", 10, _after(Courier, "_settle")
    NOTICE_NOTED = "notice-noted", 10, _after(Courier, "_tell_of")
    TURN_END_WRITTEN = "turn-end-written", 12, _after(courier_turns, "free_receiver")
    TURN_ENDED = "turn-ended", 12, _after(CourierTurns, "end")
    GIVEN_BACK_WRITTEN = "given-back-written", 12, _after(Carriage, "give_back")
    GIVEN_BACK = "given-back", 12, _after(CourierTurns, "abandon")
    SET_ASIDE_WRITTEN = "set-aside-written", 12, _after(Carriage, "set_aside", is_something=True)
    SET_ASIDE = "set-aside", 12, _before(Metrics, "count_set_aside")
    OVERDUE_WRITTEN = "overdue-written", 10, _inside(Courier, "end_overdue", of=courier, deed="settle")
    OVERDUE = "overdue", 10, _after(Courier, "end_overdue", is_something=True)
    HAND_WRITTEN = "hand-written", 14, _after(interventions, "append_events")
    HAND_DONE = "hand-done", 14, _after(Interventions, "_by_batches")
    ACKNOWLEDGEMENT_WRITTEN = "acknowledgement-written", 13, _after(Acknowledgements, "_settle")
    ACKNOWLEDGED = "acknowledged", 13, _after(Acknowledgements, "acknowledge")
    EVIDENCE_TAKEN = "evidence-taken", 14, _after(Attestor, "_take", is_something=True)
    EVIDENCE_SEALED = "evidence-sealed", 14, _after(Attestor, "_seal")
    EVIDENCE_WRITTEN = "evidence-written", 14, _after(attestor, "discharge")
    EVIDENCE_STORED = "evidence-stored", 14, _after(Attestor, "_attest")
    END_WRITTEN = "end-written", 14, _after(deadlines, "owe")
    ENDED = "ended", 14, _after(Deadlines, "end_due")
    DELAY_WRITTEN = "delay-written", 14, _inside(Deadlines, "raise_alarms", of=deadlines, deed="settle_delivery")
    DELAYED = "delayed", 14, _after(Deadlines, "raise_alarms", is_something=True)
    ALARM_WRITTEN = "alarm-written", 14, _after(deadlines, "settle_demand")
    ALARMED = "alarmed", 14, _after(Deadlines, "tell_unanswered", is_something=True)
    REDIRECT_WRITTEN = "redirect-written", 14, _after(redirections, "_write")
    FORWARDED = "forwarded", 14, _after(Forwarding, "forward_due", is_something=True)


def chosen(points: Iterable[CrashPoint]) -> list[CrashPoint]:
    """Return those of the points that are tried: all, unless the environment names some."""
    return [point for point in points if _CHOSEN is None or point in _CHOSEN.split(",")]
