"""`axis agency`: who takes part."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from axis.cli import options, portraits
from axis.cli.commands import command
from axis.cli.failures import Unable, finding_document
from axis.cli.files import read_file, write_file
from axis.cli.opening import open_registrar, operator
from axis.cli.output import Label, Output
from axis.cli.words import CliCode
from axis.enrolment.agency_files import FILE_BYTES_MAX, AgencyFormat, read_agencies, write_agencies
from axis.enrolment.credentials import read_certificate
from axis.enrolment.registrar import Entered, Instruction
from routing.agencies import Agency, RegisteredCertificate
from routing.changes import Difference

group: Final = typer.Typer(help="The directory: agencies and their certificates.")

Format = Annotated[
    AgencyFormat | None,
    typer.Option("--format", help="csv or json. Without it, what the file's name ends in.", show_default=False),
]
Fingerprint = Annotated[str, typer.Argument(metavar="SHA256", help="The certificate's SHA-256 fingerprint, in hex.")]


@command(group, "import")
def import_(
    output: Output,
    file: Annotated[Path, typer.Argument(help="A CSV or JSON file in the columns that docs/cli.md lists.")],
    *,
    kind: Format = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why; needed unless --dry-run.")] = "",
    actor: options.Actor = None,
) -> None:
    """Add and change agencies from a file, all of it or nothing.

    Agencies that are not in the file stay as they are; nothing is ever deleted. Every bad line is reported.
    """
    with output.bar(("Nhập danh mục", "Importing agencies"), 3) as bar:
        rows = read_agencies(read_file(file, FILE_BYTES_MAX + 1), _format_of(file, kind))
        bar.advance()
        with open_registrar() as registrar:
            if dry_run:
                difference, version = registrar.compare(rows), None
            else:
                entered = registrar.import_agencies(rows, _instruction(actor, reason))
                difference, version = entered.entry, entered.version
        bar.advance(2)
    _show_difference(output, difference, version=version)


@command(group, "export")
def export(
    output: Output,
    file: Annotated[Path, typer.Argument(help="Where to write; an existing file with other content stays.")],
    *,
    kind: Format = None,
) -> None:
    """Write every agency, open or closed, to a file that can be imported again."""
    with open_registrar() as registrar:
        agencies = registrar.agencies()
    write_file(file, write_agencies(agencies, _format_of(file, kind)))
    output.give(
        {"file": str(file), "agencies": len(agencies)},
        (f"Đã ghi {len(agencies)} cơ quan vào {file}.", f"Wrote {len(agencies)} agencies to {file}."),
    )


@command(group, "show")
def show(output: Output, organ_id: options.Agency) -> None:
    """Show an agency with its certificates, systems, units and history."""
    with open_registrar() as registrar, options.of_directory(organ_id):
        found = registrar.agency(options.organ_id(organ_id))
    output.give(portraits.agency_file(found), *portraits.agency_shown(output, found))


@command(group, "close")
def close(
    output: Output,
    organ_id: options.Agency,
    *,
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="The first day on which it no longer exists.")],
    reason: options.Reason,
    successor: options.Successors = None,
    actor: options.Actor = None,
) -> None:
    """Close an agency from a day on (Vietnam time). Mail to it is then refused, naming its successors, or forwarded."""
    successors = options.organ_ids(successor, "--successor")
    with open_registrar() as registrar:
        entered = registrar.close(
            options.organ_id(organ_id),
            options.day(on, "--on"),
            successors=successors,
            instruction=_instruction(actor, reason),
        )
    _show_agency(output, entered, done=(f"Ngừng hoạt động từ {on}.", f"Closed from {on} on."))


@command(group, "succeed")
def succeed(
    output: Output,
    organ_id: options.Agency,
    *,
    successor: Annotated[list[str], typer.Option("--successor", metavar="ORGAN_ID", help="Who takes over, in order.")],
    reason: options.Reason,
    actor: options.Actor = None,
) -> None:
    """Name an agency's successors, in place of those it had. They speak of its old documents; mail needs a rule."""
    with open_registrar() as registrar:
        entered = registrar.succeed(
            options.organ_id(organ_id),
            options.organ_ids(successor, "--successor"),
            instruction=_instruction(actor, reason),
        )
    _show_agency(output, entered, done=("Đã ghi cơ quan kế thừa.", "The successors are set."))


@command(group, "forward")
def forward(
    output: Output,
    organ_id: options.Agency,
    *,
    to: Annotated[
        str | None, typer.Option("--to", metavar="ORGAN_ID", help="Which successor; needed where there are several.")
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Refuse its mail again, naming its successors.")] = False,
    reason: options.Reason,
    actor: options.Actor = None,
) -> None:
    """Have a successor get an agency's mail once it is closed, and what waits for it then; senders are told of both."""
    if off and to is not None:
        raise Unable(CliCode.VALUE_INVALID, "--to", kind="--to | --off")
    agency, instruction = options.organ_id(organ_id), _instruction(actor, reason)
    with open_registrar() as registrar:
        if off:
            entered = registrar.stop_forwarding(agency, instruction=instruction)
        else:
            heir = None if to is None else options.organ_id(to, "--to")
            entered = registrar.forward(agency, heir, instruction=instruction)
    heir = entered.entry.forwards_to
    done = (
        ("Văn bản gửi cơ quan này sẽ bị từ chối khi cơ quan ngừng hoạt động.", "Its mail is refused once it is closed.")
        if heir is None
        else (f"Khi cơ quan ngừng hoạt động, {heir} nhận thay.", f"Once it is closed, {heir} gets its mail.")
    )
    _show_agency(output, entered, done=done)


@command(group, "add-certificate")
def add_certificate(
    output: Output,
    organ_id: options.Agency,
    file: Annotated[Path, typer.Argument(help="The agency's certificate, DER or PEM.")],
    *,
    reason: options.Reason,
    start: Annotated[str | None, typer.Option("--from", metavar="TIME", help="From when; now unless said.")] = None,
    end: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Until when; the certificate's own end unless said.")
    ] = None,
    actor: options.Actor = None,
) -> None:
    """Register a certificate that may sign for the agency. Windows may overlap, so that keys change without a gap.

    Warns where packages signed with it would be refused all the same, by the trust store of the settings, and where it
    names another agency of the directory.
    """
    from axis.cli.enlisting import facts, facts_shown, misgivings  # noqa: PLC0415 it takes hold of the whole axis

    octets, agency = read_file(file), options.organ_id(organ_id)
    certificate = read_certificate(octets)
    with open_registrar() as registrar:
        entered = registrar.add_certificate(
            agency,
            octets,
            start=options.moment(start, "--from"),
            end=options.moment(end, "--until"),
            instruction=_instruction(actor, reason),
        )
        at = max(options.present(), entered.entry.valid_from)
        warnings = misgivings(certificate, registrar, organ_id=agency, place=file.name, at=at)
    document = _certificate_document(entered) | facts(certificate)
    document["warnings"] = [finding_document(one) for one in warnings]
    done = ("Chứng thư số đã đăng ký.", "The certificate is registered.")
    output.give(document, done if entered.is_change else portraits.UNCHANGED, *facts_shown(certificate))
    if not output.is_json:
        output.remark(*portraits.finding_lines(output, warnings))


@command(group, "suspend-certificate")
def suspend_certificate(
    output: Output, fingerprint: Fingerprint, *, reason: options.Reason, actor: options.Actor = None
) -> None:
    """Suspend a certificate's registration; in force everywhere within 10 seconds."""
    with open_registrar() as registrar:
        entered = registrar.suspend_certificate(_fingerprint(fingerprint), instruction=_instruction(actor, reason))
    _show_certificate(output, entered, done=("Đăng ký đã bị tạm đình chỉ.", "The registration is suspended."))


@command(group, "restore-certificate")
def restore_certificate(
    output: Output, fingerprint: Fingerprint, *, reason: options.Reason, actor: options.Actor = None
) -> None:
    """Take back the suspension of a certificate's registration."""
    with open_registrar() as registrar:
        entered = registrar.restore_certificate(_fingerprint(fingerprint), instruction=_instruction(actor, reason))
    _show_certificate(output, entered, done=("Đăng ký đã được khôi phục.", "The registration is restored."))


def _format_of(file: Path, kind: AgencyFormat | None) -> AgencyFormat:
    if kind is not None:
        return kind
    try:
        return AgencyFormat(file.suffix.lower().removeprefix("."))
    except ValueError as error:
        raise Unable(CliCode.VALUE_INVALID, "--format", kind=("csv hoặc json", "csv | json")) from error


def _fingerprint(text: str) -> str:
    return text.replace(":", "").lower()


def _instruction(actor: str | None, reason: str) -> Instruction:
    return Instruction(actor or operator(), reason)


def _show_difference(output: Output, difference: Difference, *, version: int | None) -> None:
    output.give(
        portraits.difference(difference, version), *portraits.difference_shown(output, difference, version=version)
    )
    if difference.errors:
        output.remark(*portraits.finding_lines(output, difference.errors))
        raise typer.Exit(portraits.REFUSED)


def _show_agency(output: Output, entered: Entered[Agency], *, done: Label) -> None:
    document = {"agency": portraits.agency(entered.entry), "version": entered.version, "changed": entered.is_change}
    output.give(document, done if entered.is_change else portraits.UNCHANGED)


def _show_certificate(output: Output, entered: Entered[RegisteredCertificate], *, done: Label) -> None:
    output.give(
        _certificate_document(entered),
        done if entered.is_change else portraits.UNCHANGED,
        f"SHA-256 {entered.entry.fingerprint}",
    )


def _certificate_document(entered: Entered[RegisteredCertificate]) -> dict[str, object]:
    certificate = portraits.certificate(entered.entry)
    return {"certificate": certificate, "version": entered.version, "changed": entered.is_change}
