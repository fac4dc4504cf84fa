"""`axis trace`: what happened to an envelope, recipient by recipient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from axis.cli import options
from axis.cli.commands import command
from axis.cli.credentials import open_client
from axis.cli.demand_words import demands_shown, links_shown
from axis.cli.exits import ExitCode
from axis.cli.failures import Unable
from axis.cli.files import write_file
from axis.cli.output import Label, Output, local
from axis.cli.profile import require_profile
from axis.cli.terms import STATUSES, coded, term
from axis.cli.words import CliCode
from axis.sdk import Axis
from axis.sdk.answers import members_read
from envelopes.identifiers import EnvelopeId
from routing.events import EVENTS, EventTag
from routing.state_words import STATE_WORDS


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
    """Show what is known of an envelope's signatures, and what happened to it, per recipient.

    The sentences tell of the package's signature, as completed by now, of each document and of each signature inside
    it, of what replaces what, and of what came of a recall or an update at each recipient; the tables of events,
    statuses, and the evidence there is for them.
    """
    with open_client(require_profile(profile)) as axis:
        found = _find(axis, envelope_id, document_id=document_id)
        traced = axis.trace(found)
        kept = [] if evidences is None else _keep(output, axis, envelope_id=found, folder=evidences)
    with members_read():
        shown = [] if output.is_json else [*trace_shown(output, traced)]
    output.give({**traced, "kept": kept}, *shown, *(f"✓ {one}" for one in kept))


def _find(axis: Axis, envelope_id: str | None, *, document_id: str | None) -> EnvelopeId:
    if (envelope_id is None) == (document_id is None):
        kind = "ENVELOPE_ID | --document-id ID"
        raise Unable(CliCode.VALUE_INVALID, "ENVELOPE_ID", kind=kind, exit_code=ExitCode.USAGE)
    if envelope_id is not None:
        return EnvelopeId(options.uuid(envelope_id, "ENVELOPE_ID"))
    answer = axis.sent(document_id=document_id, limit=1)
    with members_read():
        found = [EnvelopeId(UUID(one["envelope_id"])) for one in answer["items"]]
    if not found:
        raise Unable(CliCode.NOTHING_THERE, "--document-id", exit_code=ExitCode.NOTHING_THERE)
    return found[0]


def _keep(output: Output, axis: Axis, *, envelope_id: EnvelopeId, folder: Path) -> list[str]:
    kept = []
    evidences = axis.evidences(envelope_id)
    with output.bar(("Chứng cứ", "Evidence"), len(evidences)) as bar:
        for evidence, octets in evidences:
            file = folder / f"{evidence.type.value}-{evidence.identifier}.xml"
            write_file(file, octets)
            kept.append(str(file))
            bar.advance()
    return kept


def trace_shown(output: Output, traced: Mapping[str, Any]) -> Iterator[Table | Label | str]:
    """Yield what a person sees of a trace, as the API tells it: all sentences about signatures, then events."""
    envelope = traced["envelope"]
    yield f"\n{envelope['envelope_id']}  {_as_local(envelope['accepted_at'])}"
    yield f"{envelope['sender']}  {envelope['document_id'] or ''}  {envelope['subject'] or ''}"
    if verdict := envelope.get("verdict"):  # an axis of an earlier version does not tell it
        yield from verdict[f"words_{output.language.value}"]
    yield from links_shown(output, envelope)
    if traced["events"]:
        yield _happened(output, traced["events"], statuses=())
    for delivery in traced["deliveries"]:
        state = term(STATE_WORDS, delivery["state"])
        yield f"\n{delivery['recipient']}  {delivery['name']}: {output.pick(state)}"
        yield from _origin(output, delivery)
        yield from demands_shown(output, delivery.get("demands", ()), local=_as_local)
        yield _happened(output, delivery["events"], statuses=delivery["statuses"])


def _origin(output: Output, delivery: Mapping[str, Any]) -> Iterator[str]:
    """Yield where a delivery came from that was made instead of another one, and where one went to."""
    if delivery.get("redirected_from"):  # an axis of an earlier version does not tell it
        yield output.pick((f"Nhận thay {delivery['asked_as']}", f"In the place of {delivery['asked_as']}"))
    if delivery.get("redirected_to"):
        yield output.pick((f"Chuyển thành {delivery['redirected_to']}", f"Now {delivery['redirected_to']}"))


def _happened(output: Output, events: Sequence[Mapping[str, Any]], *, statuses: Sequence[Mapping[str, Any]]) -> Table:
    """Return a table of what happened and what was said about it, in the order of time."""
    columns = (("Lúc", "At"), ("Việc", "What"), ("Chứng cứ", "Evidence"))
    facts = [(one["at"], _event(output, one["tag"]), one["evidence_id"]) for one in events]
    said = [(one["accepted_at"], _status(output, one), None) for one in statuses]
    in_order = sorted([*facts, *said], key=lambda row: str(row[0]))
    return output.table(columns, [(_as_local(at), what, evidence) for at, what, evidence in in_order])


def _event(output: Output, tag: str) -> str:
    if tag not in set(EventTag):
        return tag
    rule = EVENTS[EventTag(tag)]
    return output.pick((rule.vi, rule.en))


def _status(output: Output, said: Mapping[str, Any]) -> str:
    words = (
        f"{said['code']} {said['description']}" if said["description"] else output.pick(coded(STATUSES, said["code"]))
    )
    return f"{words} ({said['sender']})" if said.get("spoken_for") else words


def _as_local(at: str) -> str:
    return local(datetime.fromisoformat(at))
