"""`axis verify`: whether a receipt is genuine, and what it proves."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from axis.cli import options
from axis.cli.commands import command
from axis.cli.credentials import open_verifier
from axis.cli.exits import ExitCode
from axis.cli.failures import Unable
from axis.cli.files import digest_of, read_file, write_file
from axis.cli.output import Label, Output
from axis.cli.packages import opened
from axis.cli.profile import Profile, find_profile
from axis.cli.proofs import proof
from axis.cli.words import CliCode
from axis.exchange.explaining import told
from axis.exchange.judgements import judgement_of
from axis.sdk import EnvironmentKind, Origin, ReceiptVerifier
from envelopes.errors import InvalidModel
from envelopes.evidence import Evidence
from envelopes.reader import read_package
from envelopes.validation_report import write_report

_PACKAGE: Final = (
    "Đối chiếu: đúng từng byte với gói tin đưa ra (SHA-256).",
    "Compared: it is about exactly the octets of the package given (SHA-256).",
)
_MESSAGE: Final = (
    "Đối chiếu: đúng nội dung văn bản đưa ra, dù gói tin có thể đã được dựng lại (giá trị băm nội dung).",
    "Compared: it is about the content of the message given, however it was packaged (content digest).",
)


def enrol(root: typer.Typer) -> None:
    """Make `verify` a command of the program."""
    command(root, "verify")(verify)


def verify(
    output: Output,
    receipt: Annotated[Path, typer.Argument(help="A receipt or any other evidence of an axis (XML).")],
    *,
    package: Annotated[
        Path | None, typer.Option("--package", help="The package as it was sent: compared octet for octet.")
    ] = None,
    message: Annotated[
        Path | None, typer.Option("--message", help="A package of the same document, perhaps built anew: its content.")
    ] = None,
    seal: Annotated[
        Path | None,
        typer.Option(
            "--seal",
            help="Certificates of the seal and what they go back to, PEM; the profile's unless given.",
        ),
    ] = None,
    environment: Annotated[
        EnvironmentKind | None,
        typer.Option("--environment", help="What it must come from; the profile's unless given."),
    ] = None,
    instance: Annotated[
        str | None, typer.Option("--instance", help="The axis it must come from, by name; the profile's unless given.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", help="Write what it says of signatures as an XML report (names of TS 119 102-2)."),
    ] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="Judge at this moment instead of now.")] = None,
    profile: options.ProfileFile = None,
) -> None:
    """Verify a receipt without asking anybody, and say in both languages what it proves.

    Ends with 5 where the seal does not verify, where it comes from elsewhere than it must, or where it is about another
    package or message.
    """
    if package is not None and message is not None:
        raise Unable(CliCode.VALUE_INVALID, "--package", kind="--package | --message", exit_code=ExitCode.USAGE)
    # Certificates given by hand are not the environment's profile's; a profile that is given beside them still counts.
    known = None if seal and profile is None else find_profile(profile)
    expected = known.origin if known else Origin()
    origin = Origin(environment or expected.environment, instance or expected.instance)
    verifier = open_verifier(_seal(seal, known), origin)
    moment = options.moment(at, "--at") or options.present()
    comparison = _PACKAGE if package else _MESSAGE if message else None
    evidence = _verified(verifier, read_file(receipt), package=package, message=message, at=moment)
    if report is not None:
        _write_report(evidence, report)
    _show(output, evidence, comparison=comparison, report=report)


def _write_report(evidence: Evidence, file: Path) -> None:
    try:
        octets = write_report(evidence)
    except InvalidModel as error:
        raise Unable(CliCode.NOT_REPORTED, evidence.type.value) from error
    write_file(file, octets)


def _verified(
    verifier: ReceiptVerifier, octets: bytes, *, package: Path | None, message: Path | None, at: datetime
) -> Evidence:
    if package is not None:
        return verifier.verify_for_digest(octets, bytes.fromhex(digest_of(package)), at=at)
    if message is not None:
        with opened(message) as said:
            return verifier.verify_for_message(octets, read_package(said).message, at=at)
    return verifier.verify(octets, at=at)


def _seal(given: Path | None, profile: Profile | None) -> Path:
    path = given or (profile.seal_certificates if profile else None)
    if path is None:
        raise Unable(CliCode.PROFILE_LACKS, "seal_certificates", name="seal_certificates", option="--seal")
    return path


def _show(output: Output, evidence: Evidence, *, comparison: Label | None, report: Path | None) -> None:
    said = list(proof(evidence, comparison))
    content, judgement = evidence.content, judgement_of(evidence)
    document = {
        "genuine": True,
        "compared": None if comparison is None else "package" if comparison is _PACKAGE else "message",
        "type": evidence.type.value,
        "evidence_id": str(evidence.identifier),
        "environment": evidence.environment.kind.value,
        "instance": evidence.environment.instance,
        "issuer": evidence.issuer.identifier,
        "event_time": evidence.event_time,
        "envelope_id": evidence.message.envelope_id and str(evidence.message.envelope_id),
        "document_id": evidence.message.document_id and str(evidence.message.document_id),
        "raw_digest": content and str(content.raw),
        "content_digest": content and content.canonical and str(content.canonical),
        "verdict": None if judgement is None else told(judgement),
        "report": None if report is None else str(report),
        "vi": [vi for vi, _ in said],
        "en": [en for _, en in said],
    }
    kept = () if report is None else ("", f"✓ {report}")
    output.give(document, *(vi for vi, _ in said), "", *(en for _, en in said), *kept)
