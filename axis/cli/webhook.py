"""`axis system webhook`: where a connected system is told what waits for it, and how that goes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

import typer
from rich.table import Table

from axis.cli import options, portraits
from axis.cli.commands import command
from axis.cli.exits import ExitCode
from axis.cli.failures import Unable
from axis.cli.opening import open_courier, open_desk, open_registrar, operator
from axis.cli.output import Label, Output
from axis.cli.terms import CALLS, MODES, NOTICES
from axis.cli.words import CliCode
from axis.enrolment.reasons import EnrolmentCode, found
from axis.enrolment.registrar import Instruction
from axis.errors import Refused
from axis.exchange.desk import Repetition, WebhookStanding
from routing.agencies import System
from routing.webhooks import CallOutcome, NoticeState, WebhookAddress, WebhookMode
from storage.records import WebhookCall

group: Final = typer.Typer(help="Where a system is told what waits for it.")

_CALLS_SHOWN: Final = 20


@command(group, "set")
def set_webhook(
    output: Output,
    system_id: options.SystemArgument,
    address: Annotated[str, typer.Argument(metavar="URL", help="Its https address, without user, query and fragment.")],
    *,
    mode: Annotated[
        str | None,
        typer.Option(
            "--mode",
            help="event: it is told that something waits. package: it gets it whole. Else as before.",
        ),
    ] = None,
    reason: options.Reason,
    actor: options.Actor = None,
) -> None:
    """Have a system told at this address from now on; it is checked, now and at every call."""
    modes = {one.value: one for one in WebhookMode}
    if mode is not None and mode not in modes:
        raise Unable(CliCode.VALUE_INVALID, "--mode", kind=" | ".join(modes))
    instruction = Instruction(actor or operator(), reason)
    _enter(output, system_id, address=address, instruction=instruction, mode=None if mode is None else modes[mode])


@command(group, "remove")
def remove(
    output: Output, system_id: options.SystemArgument, *, reason: options.Reason, actor: options.Actor = None
) -> None:
    """Tell a system nothing any more. What waits for it can be pulled as before."""
    _enter(output, system_id, address=None, instruction=Instruction(actor or operator(), reason))


@command(group, "show")
def show(
    output: Output,
    system_id: options.SystemArgument,
    *,
    calls: Annotated[
        int, typer.Option("--calls", min=0, max=1000, help="How many of the latest calls are shown.")
    ] = _CALLS_SHOWN,
) -> None:
    """Show a system's webhook, what waits for it, how it has been answering, and the latest calls."""
    system = _system(system_id)
    with open_desk() as desk:
        standing = desk.standing(system.system_id, calls=calls)
    document = {**_portrait(system, standing), "calls": [call_document(one) for one in standing.calls]}
    output.give(document, *_shown(output, system, standing=standing))


@command(group, "test")
def test(output: Output, system_id: options.SystemArgument) -> None:
    """Send a signed test event now, and tell what came back; it changes nothing and is not tried again."""
    system = _system(system_id)
    address = _webhook_of(system)
    with open_courier() as courier:
        call = courier.test(system.system_id, address)
    vi, en = CALLS[call.outcome]
    status = f" (HTTP {call.http_status})" if call.http_status is not None else ""
    took = f"{call.milliseconds} ms"
    output.give(call_document(call), (f"{address}: {vi}{status}, {took}.", f"{address}: {en}{status}, {took}."))
    if call.outcome is not CallOutcome.TAKEN:
        raise typer.Exit(ExitCode.UNREACHABLE)


@command(group, "replay")
def replay(
    output: Output,
    system_id: options.SystemArgument,
    *,
    start: Annotated[str, typer.Option("--from", metavar="WHEN", help="Deliveries accepted from this moment on.")],
    end: Annotated[str, typer.Option("--to", metavar="WHEN", help="And before this one.")],
    reason: options.Reason,
    actor: options.Actor = None,
) -> None:
    """Tell a system again of deliveries of a span of time that have not ended, under the ids the events had.

    What it was never told of, because it had no webhook then, it is told now.
    """
    instruction = Instruction(actor or operator(), reason)
    span = (_moment(start, "--from"), _moment(end, "--to"))
    if span[1] <= span[0]:
        raise Refused((found(EnrolmentCode.WEBHOOK_SPAN, "--to", value=end),))
    system = _system(system_id)
    _webhook_of(system)
    wanted = Repetition(system.system_id, system.organ_id, span, instruction.actor, instruction.reason)
    with open_desk() as desk:
        count = desk.repeat(wanted)
    output.give({"repeated": count}, (f"Sẽ gửi lại {count} thông báo.", f"{count} notices are told again."))


def call_document(call: WebhookCall) -> dict[str, object]:
    """Return a call as JSON has it."""
    return {
        "at": call.at,
        "outcome": call.outcome.value,
        "http_status": call.http_status,
        "milliseconds": call.milliseconds,
        "attempt": call.attempt,
        "event_id": call.notice_id,
        "delivery_id": call.delivery_id,
        "acknowledgement": call.acknowledgement,
    }


def _enter(
    output: Output, system_id: str, *, address: str | None, instruction: Instruction, mode: WebhookMode | None = None
) -> None:
    with open_registrar() as registrar:
        entered = registrar.set_webhook(options.system_id(system_id), address, instruction=instruction, mode=mode)
    done = ("Địa chỉ nhận thông báo đã có hiệu lực.", "The webhook is in force.")
    if address is None:
        done = ("Địa chỉ nhận thông báo đã được gỡ bỏ.", "The webhook is removed.")
    document = {"system": portraits.system(entered.entry), "version": entered.version, "changed": entered.is_change}
    output.give(document, done if entered.is_change else portraits.UNCHANGED)


def _system(system_id: str) -> System:
    with open_registrar() as registrar:
        return registrar.system(options.system_id(system_id))[0]


def _webhook_of(system: System) -> WebhookAddress:
    if system.webhook is None:
        raise Refused((found(EnrolmentCode.WEBHOOK_ABSENT, "", value=system.system_id),))
    return system.webhook


def _moment(text: str, place: str) -> datetime:
    moment = options.moment(text, place)
    return options.present() if moment is None else moment


def _portrait(system: System, standing: WebhookStanding) -> dict[str, object]:
    receiver = standing.receiver
    return {
        "system_id": str(system.system_id),
        "webhook": None if system.webhook is None else str(system.webhook),
        "mode": None if system.webhook is None else system.webhook_mode.value,
        "notices": {state.value: standing.notices.get(state, 0) for state in NoticeState},
        "failures": 0 if receiver is None else receiver.failures,
        "rests_until": receiver.rests_until if receiver is not None and receiver.failures else None,
    }


def _shown(output: Output, system: System, *, standing: WebhookStanding) -> list[Label | Table]:
    none = ("Hệ thống này chưa có địa chỉ nhận thông báo.", "This system has no webhook.")
    shown: list[Label | Table] = [none]
    if system.webhook is not None:
        vi, en = MODES[system.webhook_mode]
        shown = [(f"{system.webhook}: {vi}", f"{system.webhook}: {en}")]
    receiver = standing.receiver
    if receiver is not None and receiver.failures:
        shown.append(
            (
                f"{receiver.failures} lần gọi gần nhất không thành công.",
                f"The last {receiver.failures} calls failed.",
            )
        )
    counts = [(output.pick(NOTICES[state]), count) for state, count in sorted(standing.notices.items())]
    if counts:
        shown.append(output.table((("Thông báo", "Notices"), ("Số lượng", "How many")), counts))
    if standing.calls:
        columns = (
            ("Lúc", "At"),
            ("Lần", "Attempt"),
            ("Kết quả", "Outcome"),
            ("HTTP", "HTTP"),
            ("ms", "ms"),
            ("Sự kiện", "Event"),
            ("Xác nhận", "Acknowledgement"),
        )
        rows = [
            (
                one.at,
                one.attempt,
                output.pick(CALLS[one.outcome]),
                one.http_status,
                one.milliseconds,
                one.notice_id,
                one.acknowledgement,
            )
            for one in standing.calls
        ]
        shown.append(output.table(columns, rows))
    return shown
