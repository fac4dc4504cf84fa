"""`axis inbox`: take what waits for the system's agencies, and acknowledge it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from axis.cli import options
from axis.cli.commands import command
from axis.cli.credentials import open_client, profile_signer, trust_of
from axis.cli.exits import ExitCode
from axis.cli.failures import FORESEEN, Failure, Unable, failure_document, failure_lines, failure_of, remark_left
from axis.cli.files import digest_of, read_file
from axis.cli.output import Label, Output
from axis.cli.profile import Profile, require_profile
from axis.cli.pulling import Clerk, show_haul, take
from axis.cli.terms import ACKNOWLEDGED, term
from axis.cli.words import CliCode
from axis.sdk import ContentDiffers, Offer
from envelopes.acknowledgement import REASON_MAX
from envelopes.identifiers import DeliveryId, EnvelopeId, IdentifierError, OrganId
from envelopes.texts import is_carried_unchanged
from routing.state_words import STATE_WORDS

group: Final = typer.Typer(help="What waits for the system's agencies.")

_PULLED: Final = ("tệp do lệnh axis inbox pull ghi ra", "a file that axis inbox pull wrote")

LEASE_SECONDS: Final = 900
"""How long pulled deliveries are reserved unless said otherwise: a person has a quarter of an hour to acknowledge."""


@command(group, "pull")
def pull(
    output: Output,
    folder: Annotated[
        Path,
        typer.Argument(
            help="Where packages are written, as <delivery id>.edxml and .json; the files that travel beside their "
            "message also into <delivery id>.files."
        ),
    ],
    *,
    recipient: Annotated[
        list[str] | None,
        typer.Option("--recipient", metavar="ORGAN_ID", help="For this agency only; several times for several."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", help="Deliveries at most, 1 to 100.", min=1, max=100)] = 10,
    seconds: Annotated[
        int, typer.Option("--lease", help="Seconds they are reserved, 30 to 3600.", min=30, max=3600)
    ] = LEASE_SECONDS,
    wait: Annotated[int, typer.Option("--wait", help="Seconds to wait where nothing is there.", min=0, max=30)] = 0,
    ack: Annotated[
        bool, typer.Option("--ack", help="Acknowledge each once it is on the disk and its sender's signature passed.")
    ] = False,
    profile: options.ProfileFile = None,
) -> None:
    """Lease, download and keep what waits, urgent first. The octets are checked against the announced digest.

    Ends with 7 where nothing waits. Without --ack, acknowledge with `axis inbox ack` before the lease ends. With it,
    signatures are judged by the profile's `trust`; a package that does not pass is kept and not acknowledged. One
    delivery that fails does not keep the others: it stays reserved until the lease ends, and the command ends with the
    code of the first failure.
    """
    recipients = options.organ_ids(recipient, "--recipient")
    known = require_profile(profile)
    clerk = _clerk(known) if ack else None
    with open_client(known) as axis:
        lease = axis.lease(recipients, limit=limit, seconds=seconds, wait=wait)
        haul = take(output, axis, lease=lease, folder=folder, clerk=clerk)
    show_haul(output, lease, haul=haul)
    if not lease.offers:
        raise typer.Exit(ExitCode.NOTHING_THERE)
    if haul.failed:
        raise typer.Exit(haul.failed[0].failure.exit_code)


def _clerk(profile: Profile) -> Clerk:
    return Clerk(profile_signer(profile), None if profile.trust is None else trust_of(None, profile))


@command(group, "ack")
def acknowledge(
    output: Output,
    files: Annotated[list[Path], typer.Argument(help="Packages that `axis inbox pull` wrote.")],
    *,
    failure: Annotated[
        str | None, typer.Option("--fail", metavar="REASON", help="Say that the package could not be taken, and why.")
    ] = None,
    profile: options.ProfileFile = None,
) -> None:
    """Acknowledge pulled packages with the agency's signature: the axis keeps it as the proof of handover.

    The digest that is signed is that of the file on the disk. One file that fails keeps no other: each is told by its
    name with its reason, and the command ends with the code of the first failure. Where the axis is out of reach the
    rest is not tried, and named.
    """
    known = require_profile(profile)
    signer, reason = profile_signer(known), None if failure is None else _reason(failure)
    told = _Told()
    with open_client(known) as axis, output.bar(("Xác nhận", "Acknowledging"), len(files)) as bar:
        for number, file in enumerate(files, 1):
            try:
                told.acknowledged.append((file, axis.acknowledge(_offer_of(file), signer, failure=reason)))
            except FORESEEN as error:
                told.failed.append((file, failure_of(error)))
            bar.advance()
            if told.failed and told.failed[-1][1].exit_code is ExitCode.UNREACHABLE:
                told.left.extend(files[number:])
                break
    _show_told(output, told)


@dataclass(slots=True)
class _Told:
    """What came of acknowledging several files: the axis's answers, failures, and files that were not tried."""

    acknowledged: list[tuple[Path, Mapping[str, Any]]] = field(default_factory=list)
    failed: list[tuple[Path, Failure]] = field(default_factory=list)
    left: list[Path] = field(default_factory=list)


def _reason(text: str) -> str:
    """Return why a package could not be taken; an empty reason must not become an acknowledgement that it was."""
    reason = text.replace("\r\n", "\n").strip()
    if len(reason) > REASON_MAX or not is_carried_unchanged(reason):
        kind = (f"lý do từ 1 đến {REASON_MAX} ký tự hiển thị được", f"a reason of 1 to {REASON_MAX} plain characters")
        raise Unable(CliCode.VALUE_INVALID, "--fail", kind=kind)
    return reason


def _labels(acknowledged: Mapping[str, Any]) -> tuple[Label, Label]:
    """Return what became of a delivery and what was said of it, in words."""
    state, outcome = str(acknowledged.get("state")), str(acknowledged.get("outcome"))
    return term(STATE_WORDS, state), term(ACKNOWLEDGED, outcome)


def _show_told(output: Output, told: _Told) -> None:
    columns = (("Tệp", "File"), ("Trạng thái", "State"), ("Kết quả", "Outcome"))
    rows = [(file, *map(output.pick, _labels(one))) for file, one in told.acknowledged]
    document = {
        "acknowledged": [{**one, "file": str(file)} for file, one in told.acknowledged],
        "failed": [{"file": str(file), "error": failure_document(failure)} for file, failure in told.failed],
        "left": [str(file) for file in told.left],
    }
    output.give(document, *([output.table(columns, rows)] if rows else []))
    if not output.is_json:
        for file, failure in told.failed:
            output.remark(f"{file}:", *failure_lines(failure, output.language))
        remark_left(output, told.left)
    if told.failed:
        raise typer.Exit(told.failed[0][1].exit_code)


def _offer_of(file: Path) -> Offer:
    """Return the offer kept beside a pulled package; raises `ContentDiffers` where the package is another one."""
    beside = file.with_suffix(".json")
    try:
        members: Any = json.loads(read_file(beside))
        offer = Offer(
            delivery_id=DeliveryId(UUID(members["delivery_id"])),
            envelope_id=EnvelopeId(UUID(members["envelope_id"])),
            recipient=OrganId(members["recipient"]),
            sender=OrganId(members["sender"]),
            kind=str(members["kind"]),
            document_id=members["document_id"],
            subject=members["subject"],
            priority_rank=int(members["priority_rank"]),
            size=int(members["size"]),
            digest=str(members["digest"]),
        )
    except (KeyError, TypeError, ValueError, IdentifierError) as error:
        raise Unable(CliCode.VALUE_INVALID, str(beside), kind=_PULLED) from error
    if digest_of(file.with_suffix(".edxml")) != offer.digest:
        raise ContentDiffers(str(offer.delivery_id))
    return offer
