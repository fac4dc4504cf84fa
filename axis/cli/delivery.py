"""`axis delivery`: the operator's hand on deliveries that are under way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from axis.exchange.interventions import CHOSEN_MAX, Intervened, Interventions, Word
from envelopes.identifiers import DeliveryId, EnvelopeId
from routing.delivery import Delivery
from routing.lifecycle import FINAL_STATES, DeliveryState
from routing.state_words import STATE_WORDS
from storage.records import DeliveryFilter

group: Final = typer.Typer(help="Deliveries under way: look at them, stop them, let them go on, end them.")

_COLUMNS: Final[tuple[Label, ...]] = (
    ("Lượt chuyển phát", "Delivery"),
    ("Bên nhận", "Recipient"),
    ("Trạng thái", "State"),
    ("Tiếp nhận lúc", "Accepted"),
    ("Hạn", "Due"),
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


_HOLD: Final = _Deed(Interventions.hold, ("Đã tạm dừng {count} lượt chuyển phát.", "Held: {count}."))
_RESUME: Final = _Deed(Interventions.resume, ("Đã cho tiếp tục {count} lượt chuyển phát.", "Going on: {count}."))
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
        _show(output, interventions.choose(wanted))


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
    if wanted.is_everything or (wanted.state is DeliveryState.HELD and wanted == DeliveryFilter(state=wanted.state)):
        raise Unable(CliCode.VALUE_INVALID, "DELIVERY_ID", kind="DELIVERY_ID | --envelope | --recipient | --before")
    with open_interventions() as interventions:
        chosen = interventions.choose(wanted, limit=CHOSEN_MAX)
        if is_dry:
            _show(output, chosen)
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


def _show(output: Output, chosen: Sequence[Delivery]) -> None:
    document = {"deliveries": [_document(one) for one in chosen]}
    if not chosen:
        output.give(document, _NONE)
        return
    rows = [
        (one.delivery_id, one.recipient, output.pick(STATE_WORDS[one.state]), local(one.accepted_at), local(one.due_at))
        for one in chosen
    ]
    output.give(document, output.table(_COLUMNS, rows))


def _document(delivery: Delivery) -> dict[str, object]:
    return {
        "delivery_id": str(delivery.delivery_id),
        "envelope_id": str(delivery.envelope_id),
        "recipient": str(delivery.recipient),
        "state": delivery.state.value,
        "accepted_at": delivery.accepted_at,
        "due_at": delivery.due_at,
        "held_from": None if delivery.held_from is None else delivery.held_from.value,
    }
