"""Everything that waits: until when, which step of a worker ends it, and why so long. One table for all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from axis.exchange import appraiser, attestor, courier, examiner, forwarding, pending
from axis.exchange.carriage import TURN_OVER_EVERY
from routing import backoff
from routing.carriage import CARRIED_WITHIN, LOOK_AGAIN
from routing.demands import ANSWER_WITHIN, DemandState
from routing.leases import LEASE_TIME_MAX, LEASE_TIME_MIN
from routing.lifecycle import DEADLINES, DeliveryState
from routing.uploads import CLEARED_AFTER, UPLOAD_LASTS, UploadState
from routing.webhooks import TOLD_WITHIN, NoticeState
from storage.database.partitions import MONTHS_AHEAD

State = DeliveryState | DemandState | NoticeState | UploadState


class Step(StrEnum):
    """The steps of a worker: of its round, of its leader's, and its errands."""

    ATTEST = "attest"
    END_DUE = "end_due"
    RAISE_ALARMS = "raise_alarms"
    RETURN_LEASES = "return_leases"
    END_OVERDUE = "end_overdue"
    TURN_OVER = "turn_over"
    TELL_UNANSWERED = "tell_unanswered"
    KEEP_HOUSE = "keep_house"
    CLEAR_UPLOADS = "clear_uploads"
    EXAMINE = "examine"
    APPRAISE = "appraise"
    CARRY = "carry"
    FORWARD = "forward"


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing that waits.

    `column` is where it stands until when (`table.column`), `state` the state it waits in, where that is one of several
    of a row. `until` is its deadline, or when it is looked at again, in words; `step` looks at it then.
    """

    what: str
    column: str
    until: str
    step: Step
    reason: str
    state: State | None = None


def spoken(span: timedelta) -> str:
    """Return a span of time in words: whole days, hours, minutes or seconds."""
    for seconds, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        number, rest = divmod(int(span.total_seconds()), seconds)
        if number and not rest:
            return f"{number} {unit}{'s' * (number > 1)}"
    return f"{span.total_seconds():g} seconds"


def _deliveries() -> Iterator[Wait]:
    """Yield the states of deliveries: their table is that of routing."""
    for state, one in DEADLINES.items():
        until = f"{spoken(one.after)} after it was {one.since}"
        yield Wait(f"a delivery that is `{state}`", "deliveries.due_at", until, Step.END_DUE, one.reason, state)


_OTHERS: Final = (
    Wait(
        "a recipient's lease of a delivery",
        "deliveries.leased_until",
        f"{spoken(LEASE_TIME_MIN)} to {spoken(LEASE_TIME_MAX)}, as the recipient asked",
        Step.RETURN_LEASES,
        "The largest package over a bad line, eight times; while it lasts no other system can help.",
    ),
    Wait(
        "the alarm of a delivery that nobody takes over",
        "deliveries.alarm_at",
        "what its urgency allows, in working time",
        Step.RAISE_ALARMS,
        "An alarm ends nothing: it is raised once, and the delivery waits on.",
    ),
    Wait(
        "a recall or an update that was `asked`",
        "demands.due_at",
        f"{spoken(ANSWER_WITHIN)} of office time",
        Step.TELL_UNANSWERED,
        "It has an alarm and no end: a document that somebody holds is not given back by time, the alarm names who has "
        "not answered, and a late answer counts.",
        DemandState.ASKED,
    ),
    Wait(
        "a notice to a webhook that is `waiting`: its next call",
        "notices.due_at",
        f"at once; after failures {spoken(backoff.CALL_AGAIN)}, doubled up to {spoken(backoff.CALL_AGAIN_MAX)}; where "
        f"there is nothing to tell yet, {spoken(LOOK_AGAIN)}",
        Step.CARRY,
        "What an agency mends over lunch is told before lunch ends. What workers died over waits for an operator.",
        NoticeState.WAITING,
    ),
    Wait(
        "the same: its end",
        "notices.expires_at",
        f"{spoken(TOLD_WITHIN)} after the delivery was at the recipient's disposal",
        Step.END_OVERDUE,
        "An office may be switched off for the whole Tết holiday, up to nine days.",
        NoticeState.WAITING,
    ),
    Wait(
        "a receiver that a worker has in hand",
        "webhook_receivers.busy_until",
        f"{spoken(courier.LEASE)}; {spoken(CARRIED_WITHIN)} while it is given a package",
        Step.CARRY,
        "A worker that died over it keeps nobody longer from telling the system the rest.",
    ),
    Wait(
        "a receiver that rests after failures in a row",
        "webhook_receivers.rests_until",
        f"{spoken(backoff.REST)}, doubled up to {spoken(backoff.REST_MAX)}",
        Step.CARRY,
        "So late at the most a receiver that came back is noticed, at one call's cost each.",
    ),
    Wait(
        "a delivery at a closed agency whose mail goes on to another",
        "-",
        f"looked for every {spoken(forwarding.LOOK_EVERY)}",
        Step.FORWARD,
        "An agency closes at midnight, and its mail may follow a minute later.",
    ),
    Wait(
        "a delivery to be pushed, to nobody any more",
        "-",
        f"turned over to be pulled, every {spoken(TURN_OVER_EVERY)}",
        Step.TURN_OVER,
        "A webhook that is removed, or told by events, leaves no document behind.",
    ),
    Wait(
        "evidence that is owed",
        "owed_evidences.due_at",
        f"at once; when taken in vain {spoken(attestor.RETRY_AFTER)}, doubled up to {spoken(attestor.RETRY_MAX)}",
        Step.ATTEST,
        "It has no end: evidence is a promise and is never given up. What is taken again and again is told in the log "
        "each time (`evidence_delayed`).",
    ),
    Wait(
        "a verdict that waits for an authority",
        "open_verdicts.opened_at",
        spoken(pending.GIVEN_UP_AFTER),
        Step.EXAMINE,
        "After a week the verdict stands as it was told, with what is unknown named in it.",
    ),
    Wait(
        "a certificate whose authority is to be asked",
        "certificate_statuses.due_at",
        f"half of the time that an answer is good for, {spoken(examiner.ASKED_AGAIN_MAX)} at most; without an answer "
        f"{spoken(examiner.RETRY_FIRST)}, doubled up to {spoken(examiner.RETRY_MAX)}",
        Step.EXAMINE,
        "It has no end while the certificate lasts: a revocation should not wait long.",
    ),
    Wait(
        "a message whose documents are to be judged",
        "document_checks.due_at",
        f"at once; again after {spoken(appraiser.AGAIN_FIRST)}, doubled up to {spoken(appraiser.AGAIN_MAX)}, and for "
        f"{spoken(appraiser.GIVEN_UP_AFTER)} at most",
        Step.APPRAISE,
        "After a week the verdict stands as it was told, with what is unknown named in it.",
    ),
    Wait(
        "a package that comes up in chunks",
        "uploads.expires_at",
        f"{spoken(UPLOAD_LASTS)} after it was begun; its octets go {spoken(CLEARED_AFTER)} later at the latest",
        Step.CLEAR_UPLOADS,
        "A line may be down over night, and somebody comes at eight. Its sender, who has no receipt, begins anew.",
        UploadState.OPEN,
    ),
    Wait(
        "an assertion that was used",
        "used_assertions.expires_at",
        "its own end, five minutes at most",
        Step.KEEP_HOUSE,
        "Until then it could be shown again.",
    ),
    Wait(
        "the partitions of coming months",
        "-",
        f"made {MONTHS_AHEAD} months ahead, every hour",
        Step.KEEP_HOUSE,
        "Time to notice, over a long holiday too, that nobody makes them.",
    ),
)

WAITS: Final[tuple[Wait, ...]] = (*_deliveries(), *_OTHERS)
"""Everything that waits. What is not here waits for nobody: it is final, or it is a decision of people."""
