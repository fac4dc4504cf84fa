"""`axis trace`: what happened to an envelope, recipient by recipient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from axis.cli import options
from axis.cli.commands import command
from axis.cli.credentials import open_client
from axis.cli.exits import ExitCode
from axis.cli.failures import Unable
from axis.cli.files import write_file
from axis.cli.output import Label, Output
from axis.cli.profile import require_profile
from axis.cli.words import CliCode
from axis.sdk import Axis
from envelopes.identifiers import EnvelopeId
from routing.events import EVENTS, EventTag
from routing.lifecycle import DeliveryState

STATES: Mapping[str, Label] = {
    DeliveryState.READY: ("chờ chuyển", "to be carried"),
    DeliveryState.LEASED: ("đang chuyển", "being carried"),
    DeliveryState.DEFERRED: ("sẽ thử lại", "to be tried again"),
    DeliveryState.CONSIGNED: ("chờ bên nhận lấy", "at the recipient's disposal"),
    DeliveryState.HELD: ("tạm dừng", "held by an operator"),
    DeliveryState.HANDED_OVER: ("đã giao, có xác nhận", "handed over"),
    DeliveryState.REFUSED: ("bên nhận không nhận được", "refused by the recipient"),
    DeliveryState.EXPIRED: ("hết hạn", "expired"),
    DeliveryState.WITHDRAWN: ("đã rút lại", "withdrawn"),
}
"""What a person is told of a delivery's state."""


def enrol(root: typer.Typer) -> None:
    """Make `trace` a command of the program."""
    command(root, "trace")(trace)


def trace(
    output: Output,
    envelope_id: Annotated[
        str | None, typer.Argument(metavar="ENVELOPE_ID", help="The axis's id of the envelope, as the receipt has it.")
    ] = None,
    *,
    document_id: Annotated[
        str | None, typer.Option("--document-id", help="The sender's id of the document instead.")
    ] = None,
    evidences: Annotated[
        Path | None, typer.Option("--evidences", help="A folder to keep every evidence in, each verified first.")
    ] = None,
    profile: options.ProfileFile = None,
) -> None:
    """Show what happened to an envelope, per recipient: events, statuses, and the evidence there is for them."""
    with open_client(require_profile(profile)) as axis:
        found = _find(axis, envelope_id, document_id)
        traced = axis.trace(found)
        kept = [] if evidences is None else _keep(output, axis, found, evidences)
    output.give({**traced, "kept": kept}, *_shown(output, traced), *(f"✓ {one}" for one in kept))


def _find(axis: Axis, envelope_id: str | None, document_id: str | None) -> EnvelopeId:
    if (envelope_id is None) == (document_id is None):
        kind = "ENVELOPE_ID | --document-id ID"
        raise Unable(CliCode.VALUE_INVALID, "ENVELOPE_ID", kind=kind, exit_code=ExitCode.USAGE)
    if envelope_id is not None:
        return EnvelopeId(options.uuid(envelope_id, "ENVELOPE_ID"))
    items = axis.sent(document_id=document_id, limit=1)["items"]
    if not items:
        raise Unable(CliCode.NOTHING_THERE, "--document-id", exit_code=ExitCode.NOTHING_THERE)
    return EnvelopeId(options.uuid(items[0]["envelope_id"], "envelope_id"))


def _keep(output: Output, axis: Axis, envelope_id: EnvelopeId, folder: Path) -> list[str]:
    kept = []
    evidences = axis.evidences(envelope_id)
    with output.bar(("Chứng cứ", "Evidence"), len(evidences)) as bar:
        for evidence, octets in evidences:
            file = folder / f"{evidence.type.value}-{evidence.identifier}.xml"
            write_file(file, octets)
            kept.append(str(file))
            bar.advance()
    return kept


def _shown(output: Output, traced: Mapping[str, Any]) -> Iterator[Table | Label | str]:
    envelope = traced["envelope"]
    sent = f"{envelope['sender']}  {envelope['document_id'] or ''}  {envelope['subject'] or ''}"
    yield f"{envelope['envelope_id']}  {envelope['accepted_at']}"
    yield sent
    for delivery in traced["deliveries"]:
        state = STATES.get(delivery["state"], (delivery["state"], delivery["state"]))
        yield f"\n{delivery['recipient']}  {delivery['name']}: {output.pick(state)}"
        columns = (("Lúc", "At"), ("Việc", "What"), ("Chứng cứ", "Evidence"))
        facts = [(one["at"], _event(output, one["tag"]), one["evidence_id"]) for one in delivery["events"]]
        said = [(one["accepted_at"], _status(one), None) for one in delivery["statuses"]]
        yield output.table(columns, sorted([*facts, *said], key=lambda row: str(row[0])))


def _event(output: Output, tag: str) -> str:
    if tag not in set(EventTag):
        return tag
    rule = EVENTS[EventTag(tag)]
    return output.pick((rule.vi, rule.en))


def _status(said: Mapping[str, Any]) -> str:
    return " ".join(part for part in (said["code"], said["description"]) if part)
