"""`axis status`: say what became of a document."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from axis.cli import options
from axis.cli.commands import command
from axis.cli.credentials import open_client, profile_signer, trust_of
from axis.cli.exits import ExitCode
from axis.cli.failures import InputRefused, Unable
from axis.cli.files import write_file
from axis.cli.output import Output
from axis.cli.packages import accept, accepted_document, opened, packed
from axis.cli.profile import Profile, require_profile
from axis.cli.terms import STATUSES, coded
from axis.cli.words import CliCode
from axis.exchange.signature_words import finding_for
from axis.sdk import check_opened, sign_octets
from envelopes.codes import StatusCode, UnknownCode
from envelopes.identifiers import DocumentId, IdentifierError, OrganId
from envelopes.model import Envelope, Organization, ResponseFor, StaffInfo
from envelopes.status import StatusReport

group: Final = typer.Typer(help="Business statuses: received, refused, completed …")


@dataclass(frozen=True, slots=True)
class _Target:
    """The document a status is about, as the options name it: a package, or its ids."""

    package: Path | None
    to: str | None
    document_id: str | None
    code: str | None


@command(group, "send")
def send(
    output: Output,
    status: Annotated[str, typer.Argument(metavar="CODE", help="01, 02, 03, 04, 05, 06, 13, 15 or 16.")],
    *,
    package: Annotated[
        Path | None, typer.Option("--package", help="The document's package: its signature is judged, its ids taken.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="ORGAN_ID", help="Whom it is told, where not the document's sender.")
    ] = None,
    document_id: Annotated[str | None, typer.Option("--document-id", help="The sender's id of the document.")] = None,
    code: Annotated[str | None, typer.Option("--code", help="The document's number/notation.")] = None,
    description: Annotated[
        str | None, typer.Option("--description", help="In words; the reason where the code needs one.")
    ] = None,
    staff: Annotated[str | None, typer.Option("--staff", help="Who did it.")] = None,
    sender: Annotated[
        str | None,
        typer.Option("--from", metavar="ORGAN_ID", help="The agency that speaks; the profile's unless given."),
    ] = None,
    receipt_file: Annotated[Path | None, typer.Option("--receipt", help="Where the receipt is kept.")] = None,
    profile: options.ProfileFile = None,
) -> None:
    """Send a signed status about a document, and verify the receipt for it."""
    known, at, said = require_profile(profile), options.present(), _status(status, description)
    report = StatusReport(
        sender=Organization(_speaker(sender, known)),
        response_for=_response_for(_Target(package, to, document_id, code), known, at=at),
        status=said,
        description=description,
        timestamp=at.replace(microsecond=0),
        staff=None if staff is None else StaffInfo(staff=staff),
    )
    unsigned, reading = packed(report)
    accept(output, reading, at=at)
    octets = sign_octets(unsigned, profile_signer(known), at=at)
    with open_client(known) as axis:
        receipt = axis.send(octets)
    if receipt_file is not None:
        write_file(receipt_file, receipt.octets)
    vi, en = (f'"{one}"' for one in coded(STATUSES, said))
    output.give(
        {**accepted_document(receipt), "receipt": receipt_file and str(receipt_file)},
        (
            f"Thông báo trạng thái {vi} đã được Trục tiếp nhận: {receipt.envelope_id}",
            f"Status {en} accepted: {receipt.envelope_id}",
        ),
    )


def _speaker(given: str | None, profile: Profile) -> OrganId:
    if given is not None:
        return options.organ_id(given, "--from")
    if profile.agency is None:
        raise Unable(CliCode.PROFILE_LACKS, "agency", name="agency", option="--from")
    return profile.agency


def _status(text: str, description: str | None) -> StatusCode:
    """Return the status, with which a refusal's reason is given; raises `Unable`."""
    read = StatusCode.read(text)
    if isinstance(read, UnknownCode):
        raise Unable(CliCode.VALUE_INVALID, "CODE", kind=" | ".join(StatusCode), exit_code=ExitCode.USAGE)
    if read is StatusCode.REFUSED and not description:
        kind = ("lý do từ chối tiếp nhận, khi gửi trạng thái 02", "the reason of the refusal, for status 02,")
        raise Unable(CliCode.VALUE_INVALID, "--description", kind=kind, exit_code=ExitCode.USAGE)
    return read


def _response_for(target: _Target, profile: Profile, *, at: datetime) -> ResponseFor:
    if target.package is not None:
        answered = _answering(target.package, profile, at=at)
        return answered if target.to is None else replace(answered, organ_id=options.organ_id(target.to, "--to"))
    if target.to is None or target.document_id is None:
        raise Unable(
            CliCode.VALUE_INVALID,
            "--package",
            kind="--package FILE | --to ORGAN_ID --document-id ID",
            exit_code=ExitCode.USAGE,
        )
    try:
        return ResponseFor(
            organ_id=options.organ_id(target.to, "--to"),
            code=target.code,
            document_id=DocumentId(target.document_id),
        )
    except IdentifierError as error:
        raise Unable(
            CliCode.VALUE_INVALID,
            "--document-id",
            kind=("mã văn bản, không có khoảng trắng ở hai đầu", "a document id"),
        ) from error


def _answering(package: Path, profile: Profile, *, at: datetime) -> ResponseFor:
    """Return what a status about this package names; raises `InputRefused` where its signature does not pass."""
    with opened(package) as octets:
        checked = check_opened(octets, trust_of(None, profile), at=at)
    if checked.verdict.failure is not None:
        raise InputRefused((finding_for(checked.verdict.failure),))
    message = checked.message
    if not isinstance(message, Envelope):
        raise Unable(
            CliCode.VALUE_INVALID, str(package), kind=("gói tin văn bản (edoc)", "the package of a document (edoc)")
        )
    return ResponseFor(
        organ_id=message.sender.organ_id,
        code=str(message.code) or None,
        promulgation_date=message.promulgation_date,
        document_id=message.document_id,
    )
