"""`axis inbox`: take what waits for the system's agencies, and acknowledge it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from axis.cli import options
from axis.cli.commands import command
from axis.cli.credentials import open_client, profile_signer
from axis.cli.exits import ExitCode
from axis.cli.failures import Unable
from axis.cli.files import read_file, write_file
from axis.cli.output import Output
from axis.cli.profile import require_profile
from axis.cli.words import CliCode
from axis.sdk import Axis, ContentDiffers, Lease, Offer
from envelopes.identifiers import DeliveryId, EnvelopeId, IdentifierError, OrganId
from signing.keys import Signer

group: Final = typer.Typer(help="What waits for the system's agencies.")

LEASE_SECONDS: Final = 900
"""How long pulled deliveries are reserved unless said otherwise: a person has a quarter of an hour to acknowledge."""


@command(group, "pull")
def pull(
    output: Output,
    folder: Annotated[Path, typer.Argument(help="Where packages are written, as <delivery id>.edxml and .json.")],
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
    ack: Annotated[bool, typer.Option("--ack", help="Acknowledge each as soon as it is on the disk.")] = False,
    profile: options.ProfileFile = None,
) -> None:
    """Lease, download and keep what waits, urgent first. The octets are checked against the announced digest.

    Ends with 7 where nothing waits. Without --ack, acknowledge with `axis inbox ack` before the lease ends.
    """
    recipients = options.organ_ids(recipient, "--recipient")
    known = require_profile(profile)
    signer = profile_signer(known) if ack else None
    with open_client(known) as axis:
        lease = axis.lease(recipients, limit=limit, seconds=seconds, wait=wait)
        taken = _take(output, axis, lease, folder=folder, signer=signer)
    _show_taken(output, lease, taken)
    if not taken:
        raise typer.Exit(ExitCode.NOTHING_THERE)


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

    The digest that is signed is that of the file on the disk.
    """
    known = require_profile(profile)
    signer = profile_signer(known)
    answers = []
    with open_client(known) as axis, output.bar(("Xác nhận", "Acknowledging"), len(files)) as bar:
        for file in files:
            answers.append(dict(axis.acknowledge(_offer_of(file), signer, failure=failure)))
            bar.advance()
    columns = (("Lượt chuyển", "Delivery"), ("Trạng thái", "State"), ("Kết quả", "Outcome"))
    rows = [(one["delivery_id"], one["state"], one["outcome"]) for one in answers]
    output.give({"acknowledged": answers}, output.table(columns, rows))


def _take(
    output: Output, axis: Axis, lease: Lease, *, folder: Path, signer: Signer | None
) -> list[tuple[Offer, Path, Mapping[str, Any] | None]]:
    """Return every delivery of a lease with where it is kept and, with a signer, the answer to its acknowledgement."""
    taken: list[tuple[Offer, Path, Mapping[str, Any] | None]] = []
    with output.bar(("Tải về", "Downloading"), len(lease.offers)) as bar:
        for offer in lease.offers:
            octets = axis.fetch(offer)
            file = folder / f"{offer.delivery_id}.edxml"
            write_file(file, octets)
            write_file(file.with_suffix(".json"), json.dumps(_document(offer), ensure_ascii=False, indent=1).encode())
            taken.append((offer, file, None if signer is None else axis.acknowledge(offer, signer)))
            bar.advance()
    return taken


def _show_taken(output: Output, lease: Lease, taken: list[tuple[Offer, Path, Mapping[str, Any] | None]]) -> None:
    document = {
        "lease_id": lease.lease_id,
        "leased_until": lease.until,
        "deliveries": [
            {**_document(offer), "file": str(file), "acknowledged": answer and dict(answer)}
            for offer, file, answer in taken
        ],
    }
    if not taken:
        output.give(document, ("Không có văn bản nào đang chờ.", "Nothing waits."))
        return
    columns = (("Bên gửi", "From"), ("Bên nhận", "To"), ("Loại", "Kind"), ("Trích yếu", "Subject"), ("Tệp", "File"))
    rows = [(offer.sender, offer.recipient, offer.kind, offer.subject, file) for offer, file, _ in taken]
    until = (f"Giữ lượt đến {lease.until}.", f"Reserved until {lease.until}.")
    is_done = all(answer is not None for *_, answer in taken)
    output.give(document, output.table(columns, rows), ("Đã xác nhận.", "Acknowledged.") if is_done else until)


def _document(offer: Offer) -> dict[str, object]:
    return {
        "delivery_id": str(offer.delivery_id),
        "envelope_id": str(offer.envelope_id),
        "recipient": str(offer.recipient),
        "sender": str(offer.sender),
        "kind": offer.kind,
        "document_id": offer.document_id,
        "subject": offer.subject,
        "priority_rank": offer.priority_rank,
        "size": offer.size,
        "digest": offer.digest,
    }


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
        raise Unable(CliCode.VALUE_INVALID, str(beside), kind="axis inbox pull") from error
    if hashlib.sha256(read_file(file.with_suffix(".edxml"))).hexdigest() != offer.digest:
        raise ContentDiffers(str(offer.delivery_id))
    return offer
