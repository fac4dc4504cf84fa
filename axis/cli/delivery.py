"""`axis delivery`: the operator's hand on deliveries that are under way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

import typer

from axis.cli import options
from axis.cli.commands import command
from axis.cli.failures import Unable
from axis.cli.opening import open_interventions, operator
from axis.cli.output import Label, Output, local
from axis.cli.words import CliCode
from axis.enrolment.registrar import Instruction
from axis.exchange.carriage import BY_AXIS, CRASHED
from axis.exchange.interventions import CHOSEN_MAX, Intervened, Interventions, Word
from envelopes.identifiers import DeliveryId, EnvelopeId
from routing.delivery import Delivery
from routing.lifecycle import FINAL_STATES, DeliveryState
from routing.state_words import STATE_WORDS
from storage.records import DeliveryFilter

group: Final = typer.Typer(
    help="Deliveries under way: look at them, stop them, let them go on, try them anew, end them."
)

_COLUMNS: Final[tuple[Label, ...]] = (
    ("Lượt chuyển phát", "Delivery"),
    ("Bên nhận", "Recipient"),
    ("Trạng thái", "State"),
    ("Tiếp nhận lúc", "Accepted"),
    ("Hạn", "Due"),
    ("Số lần chuyển", "Carried"),
    ("Lý do tạm dừng", "Held because"),
)
_BY_AXIS: Final = Word(BY_AXIS, CRASHED)
_SET_ASIDE: Final = (
    "tiến trình chuyển gói tin này liên tiếp bị chấm dứt đột ngột",
    "workers died over it several times in a row",
)
_NONE: Final = ("Không có lượt chuyển phát nào như vậy.", "There is no such delivery under way.")

Ids = Annotated[list[str] | None, typer.Argument(metavar="[DELIVERY_ID]...", help="The deliveries' ids.")]
OfEnvelope = Annotated[str | None, typer.Option("--envelope", metavar="ENVELOPE_ID", help="All of one message.")]
OfRecipient = Annotated[str | None, typer.Option("--recipient", metavar="ORGAN_ID", help="All to one agency.")]
InState = Annotated[
    str | None,
    typer.Option("--state", help="All in this state: ready, leased, deferred, consigned or held."),
]
Before = Annotated[
    datetime | None, typer.Option("--before", help="All accepted before this moment; the local time of the machine.")
]
Only = Annotated[bool, typer.Option("--dry-run", help="Show which are meant, and change nothing.")]


@dataclass(frozen=True, slots=True)
class _Deed:
    """What is done to the deliveries that are meant, and what is said of it."""

    do: Callable[[Interventions, Sequence[Delivery], Word], Intervened]
    done: Label
    is_broad: bool = False
    """Whether everything that is held may be meant at once."""


_HOLD: Final = _Deed(Interventions.hold, ("Đã tạm dừng {count} lượt chuyển phát.", "Held: {count}."))
_RESUME: Final = _Deed(Interventions.resume, ("Đã cho tiếp tục {count} lượt chuyển phát.", "Going on: {count}."))
_RETRY: Final = _Deed(
    Interventions.retry, ("Cho thử lại ngay {count} lượt chuyển phát.", "Tried again at once: {count}."), is_broad=True
)
_END: Final = _Deed(Interventions.end, ("Đã kết thúc {count} lượt chuyển phát.", "Ended: {count}."))


@command(group, "list")
def list_(
    output: Output,
    deliveries: Ids = None,
    *,
    envelope: OfEnvelope = None,
    recipient: OfRecipient = None,
    state: InState = None,
    before: Before = None,
) -> None:
    """List deliveries that are not final, oldest first, and all of them where nothing is said."""
    wanted = _filter(deliveries, envelope=envelope, recipient=recipient, state=state, before=before)
    with open_interventions() as interventions:
        chosen = interventions.choose(wanted)
        _show(output, chosen, holds=interventions.holds(chosen))


@command(group, "hold")
def hold(
    output: Output,
    deliveries: Ids = None,
    *,
    reason: options.Reason,
    envelope: OfEnvelope = None,
    recipient: OfRecipient = None,
    state: InState = None,
    before: Before = None,
    dry_run: Only = False,
    actor: options.Actor = None,
) -> None:
    """Stop deliveries: nobody can take them until they go on. A hold that is forgotten ends after 30 days."""
    wanted = _filter(deliveries, envelope=envelope, recipient=recipient, state=state, before=before)
    _carry_out(output, wanted, deed=_HOLD, instruction=Instruction(actor or operator(), reason), is_dry=dry_run)


@command(group, "resume")
def resume(
    output: Output,
    deliveries: Ids = None,
    *,
    reason: options.Reason,
    envelope: OfEnvelope = None,
    recipient: OfRecipient = None,
    before: Before = None,
    dry_run: Only = False,
    actor: options.Actor = None,
) -> None:
    """Let held deliveries go on from where they were stopped."""
    wanted = _filter(deliveries, envelope=envelope, recipient=recipient, state="held", before=before)
    _carry_out(output, wanted, deed=_RESUME, instruction=Instruction(actor or operator(), reason), is_dry=dry_run)


@command(group, "retry")
def retry(
    output: Output,
    deliveries: Ids = None,
    *,
    reason: options.Reason,
    envelope: OfEnvelope = None,
    recipient: OfRecipient = None,
    state: InState = None,
    before: Before = None,
    dry_run: Only = False,
    actor: options.Actor = None,
) -> None:
    """Try at once what waits to be told or carried to a webhook; what was set aside goes on, nobody rests any more.

    What an operator holds stays held.
    """
    wanted = _filter(deliveries, envelope=envelope, recipient=recipient, state=state, before=before)
    _carry_out(output, wanted, deed=_RETRY, instruction=Instruction(actor or operator(), reason), is_dry=dry_run)


@command(group, "end")
def end(
    output: Output,
    deliveries: Ids = None,
    *,
    reason: options.Reason,
    envelope: OfEnvelope = None,
    recipient: OfRecipient = None,
    state: InState = None,
    before: Before = None,
    dry_run: Only = False,
    actor: options.Actor = None,
) -> None:
    """End deliveries for good; their senders get evidence that names the reason."""
    wanted = _filter(deliveries, envelope=envelope, recipient=recipient, state=state, before=before)
    _carry_out(output, wanted, deed=_END, instruction=Instruction(actor or operator(), reason), is_dry=dry_run)


def _carry_out(output: Output, wanted: DeliveryFilter, *, deed: _Deed, instruction: Instruction, is_dry: bool) -> None:
    is_all_held = wanted == DeliveryFilter(state=DeliveryState.HELD) and not deed.is_broad
    if wanted.is_everything or is_all_held:
        raise Unable(CliCode.VALUE_INVALID, "DELIVERY_ID", kind="DELIVERY_ID | --envelope | --recipient | --before")
    with open_interventions() as interventions:
        chosen = interventions.choose(wanted, limit=CHOSEN_MAX)
        if is_dry:
            _show(output, chosen, holds=interventions.holds(chosen))
            return
        came = deed.do(interventions, chosen, Word(instruction.actor, instruction.reason))
    vi, en = deed.done
    count = str(len(came.changed))
    document = {
        "changed": [_document(one) for one in came.changed],
        "passed_over": [_document(one) for one in came.passed_over],
    }
    remarks = () if not came.passed_over else (_passed_over(len(came.passed_over)),)
    output.give(document, (vi.format(count=count), en.format(count=count)), *remarks)


def _passed_over(count: int) -> Label:
    return (
        f"{count} lượt chuyển phát không ở trạng thái cho phép nên giữ nguyên.",
        f"{count} are in a state in which that is not possible, and stay as they were.",
    )


def _filter(
    deliveries: list[str] | None,
    *,
    envelope: str | None,
    recipient: str | None,
    state: str | None,
    before: datetime | None,
) -> DeliveryFilter:
    under_way = {one.value for one in DeliveryState if one not in FINAL_STATES}
    if state is not None and state not in under_way:
        raise Unable(CliCode.VALUE_INVALID, "--state", kind=" | ".join(sorted(under_way)))
    return DeliveryFilter(
        delivery_ids=tuple(DeliveryId(options.uuid(one, "DELIVERY_ID")) for one in deliveries or ()),
        envelope_id=None if envelope is None else EnvelopeId(options.uuid(envelope, "--envelope")),
        recipient=None if recipient is None else options.organ_id(recipient, "--recipient"),
        state=None if state is None else DeliveryState(state),
        accepted_before=None if before is None else before.astimezone(),
    )


def _show(output: Output, chosen: Sequence[Delivery], *, holds: Mapping[DeliveryId, Word]) -> None:
    document = {"deliveries": [_document(one) | _held(holds.get(one.delivery_id)) for one in chosen]}
    if not chosen:
        output.give(document, _NONE)
        return
    rows = [
        (
            one.delivery_id,
            one.recipient,
            output.pick(STATE_WORDS[one.state]),
            local(one.accepted_at),
            local(one.due_at),
            one.attempts,
            _why(output, holds.get(one.delivery_id)),
        )
        for one in chosen
    ]
    output.give(document, output.table(_COLUMNS, rows))


def _held(word: Word | None) -> dict[str, object]:
    return {"held_by": None if word is None else word.actor, "held_because": None if word is None else word.reason}


def _why(output: Output, word: Word | None) -> str | None:
    if word is None:
        return None
    return output.pick(_SET_ASIDE) if word == _BY_AXIS else f"{word.reason} ({word.actor})"


def _document(delivery: Delivery) -> dict[str, object]:
    return {
        "delivery_id": str(delivery.delivery_id),
        "envelope_id": str(delivery.envelope_id),
        "recipient": str(delivery.recipient),
        "state": delivery.state.value,
        "accepted_at": delivery.accepted_at,
        "due_at": delivery.due_at,
        "attempts": delivery.attempts,
        "held_from": None if delivery.held_from is None else delivery.held_from.value,
    }
