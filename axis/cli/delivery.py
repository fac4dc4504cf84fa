"""`axis delivery`: the operator's hand on deliveries that are under way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

import typer

from axis.cli import options
from axis.cli.commands import command
from axis.cli.failures import Unable
from axis.cli.opening import open_interventions, open_redirecting, operator
from axis.cli.output import Label, Output, local
from axis.cli.words import CliCode
from axis.enrolment.registrar import Instruction
from axis.exchange.carriage import BY_AXIS, CRASHED, SET_ASIDE
from axis.exchange.interventions import CHOSEN_MAX, Intervened, Interventions, Word
from axis.exchange.redirecting import ToAgency
from axis.exchange.redirections import PassedOver
from envelopes.identifiers import DeliveryId, EnvelopeId
from routing.delivery import Delivery
from routing.lifecycle import FINAL_STATES, DeliveryState
from routing.redirection import Obstacle
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
_NOBODY: Final[Mapping[DeliveryId, Word]] = {}
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


@command(group, "redirect")
def redirect(
    output: Output,
    deliveries: Ids = None,
    *,
    to: Annotated[str, typer.Option("--to", metavar="ORGAN_ID", help="The agency that gets them: open and receiving.")],
    reason: options.Reason,
    envelope: OfEnvelope = None,
    recipient: OfRecipient = None,
    state: InState = None,
    before: Before = None,
    dry_run: Only = False,
    actor: options.Actor = None,
) -> None:
    """Give deliveries that nobody has fetched to another agency; their senders get evidence that names both."""
    wanted = _filter(deliveries, envelope=envelope, recipient=recipient, state=state, before=before)
    _require_some(wanted)
    word = Word(actor or operator(), reason)
    with open_redirecting() as redirecting:
        meant = ToAgency(redirecting.find_target(options.organ_id(to, "--to"), path="--to"), word)
        chosen = redirecting.choose(wanted, limit=CHOSEN_MAX)
        if dry_run:
            able, hindered = redirecting.sort(chosen, meant)
            _show(output, able, hindered=hindered)
            return
        came = redirecting.redirect(chosen, meant)
    document = {
        "to": str(meant.target.organ_id),
        "taken": [_document(one) for one in came.taken],
        "made": [
            _document(one.delivery) | {"redirected_from": str(one.redirected_from), "asked_as": str(one.asked_as)}
            for one in came.made
        ],
        "passed_over": [_hindered(one) for one in came.passed_over],
    }
    count, name = str(len(came.taken)), meant.target.organ_id
    done = (f"Đã chuyển {count} lượt chuyển phát cho {name}.", f"Given to {name}: {count}.")
    output.give(document, done, *_obstacles(came.passed_over), *_choice(chosen))


_OBSTACLES: Final[Mapping[Obstacle, Label]] = {
    Obstacle.FINAL: ("đã kết thúc", "over"),
    Obstacle.FETCHED: ("bên nhận đã lấy về", "fetched by their recipient"),
    Obstacle.NOT_AT_DISPOSAL: ("không ở trạng thái cho phép", "in a state in which that is not possible"),
    Obstacle.OWN_RECIPIENT: ("đã thuộc cơ quan này", "that agency's own already"),
    Obstacle.OWN_SENDER: ("do chính cơ quan này gửi", "sent by that agency"),
    Obstacle.RECALLED: ("văn bản đã được thu hồi tại cơ quan này", "of documents recalled from that agency"),
}


def _obstacles(passed_over: Sequence[PassedOver]) -> tuple[Label, ...]:
    """Return how many stay as they were, for each reason."""
    counts = Counter(one.obstacle for one in passed_over)
    return tuple(
        (f"Giữ nguyên {count}: {_OBSTACLES[one][0]}.", f"Stay as they were: {count}, {_OBSTACLES[one][1]}.")
        for one, count in sorted(counts.items())
    )


def _hindered(one: PassedOver) -> dict[str, object]:
    return _document(one.delivery) | {"obstacle": one.obstacle.value}


def _require_some(wanted: DeliveryFilter, *, is_broad: bool = False) -> None:
    """Raise where a filter means everything, or everything that is held: nobody does."""
    if wanted.is_everything or (wanted == DeliveryFilter(state=DeliveryState.HELD) and not is_broad):
        raise Unable(CliCode.VALUE_INVALID, "DELIVERY_ID", kind="DELIVERY_ID | --envelope | --recipient | --before")


def _carry_out(output: Output, wanted: DeliveryFilter, *, deed: _Deed, instruction: Instruction, is_dry: bool) -> None:
    _require_some(wanted, is_broad=deed.is_broad)
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
    output.give(document, (vi.format(count=count), en.format(count=count)), *remarks, *_choice(chosen))


def _choice(chosen: Sequence[Delivery]) -> tuple[Label, ...]:
    """Return that nothing was meant, or that there may be more, where one command chose all it can."""
    if not chosen:
        return (
            ("Không có lượt chuyển phát nào chưa kết thúc như đã chọn.", "No delivery that is not over was meant."),
        )
    if len(chosen) < CHOSEN_MAX:
        return ()
    return (
        (
            f"Mỗi lệnh chỉ chọn tối đa {CHOSEN_MAX} lượt, cũ nhất trước; hãy chạy lại nếu còn.",
            f"One command chooses {CHOSEN_MAX} at the most, the oldest first; run it again where there are more.",
        ),
    )


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


def _show(
    output: Output,
    chosen: Sequence[Delivery],
    *,
    holds: Mapping[DeliveryId, Word] = _NOBODY,
    hindered: Sequence[PassedOver] = (),
) -> None:
    document: dict[str, object] = {"deliveries": [_document(one) | _held(holds.get(one.delivery_id)) for one in chosen]}
    if hindered:
        document["passed_over"] = [_hindered(one) for one in hindered]
    if not chosen:
        output.give(document, _NONE, *_obstacles(hindered))
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
    output.give(document, output.table(_COLUMNS, rows), *_obstacles(hindered))


def _held(word: Word | None) -> dict[str, object]:
    return {"held_by": None if word is None else word.actor, "held_because": None if word is None else word.reason}


def _why(output: Output, word: Word | None) -> str | None:
    if word is None:
        return None
    return output.pick(SET_ASIDE) if word == _BY_AXIS else f"{word.reason} ({word.actor})"


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
