"""`axis envelope`: build, sign, check and send packages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from axis.cli import options
from axis.cli.commands import command
from axis.cli.credentials import load_signer, open_client, profile_signer, stamping, trust_of
from axis.cli.drafts import DESCRIPTION_SUFFIXES, read_description
from axis.cli.exits import ExitCode
from axis.cli.failures import (
    FORESEEN,
    Failure,
    Unable,
    failure_document,
    failure_lines,
    failure_of,
    file_named,
    remark_left,
)
from axis.cli.files import digest_of, write_file, write_pieces
from axis.cli.output import Output
from axis.cli.packages import accept, accepted_document, opened, packed, show_check, with_files
from axis.cli.profile import Profile, find_profile, key_place, require_profile
from axis.cli.terms import DECISIONS, term
from axis.cli.words import CliCode
from axis.sdk import Axis, ProblemReported, Receipt, check_opened, sign_octets
from envelopes.bundles import bundled
from envelopes.errors import UnreadableMessage
from envelopes.identifiers import OrganId
from envelopes.model import Envelope
from envelopes.reader import read_package
from signing.keys import Signer
from signing.timestamping import Stamper

group: Final = typer.Typer(help="Packages: build, sign, check, send.")

Description = Annotated[Path, typer.Argument(help="A description, TOML or JSON, with its attachments beside it.")]
Package = Annotated[Path, typer.Argument(help="A package (edXML).")]
Timestamps = Annotated[
    list[str] | None,
    typer.Option(
        "--timestamp",
        metavar="URL",
        help="A time-stamping authority (RFC 3161): the signature becomes XAdES B-T. Several times for several, which "
        "are asked in order until one stamps. Each is asked three times, if it gives no answer, of 10 s at the most.",
    ),
]
Written = Annotated[Path, typer.Option("--output", "-o", help="Where to write; other content is not overwritten.")]


@command(group, "build")
def build(
    output: Output,
    description: Description,
    *,
    to_file: Written,
    sender: Annotated[
        str | None,
        typer.Option("--from", metavar="ORGAN_ID", help="The sending agency where the description names none."),
    ] = None,
    profile: options.ProfileFile = None,
) -> None:
    """Build an unsigned package from a description and its files, and judge it by the axis's own rules."""
    known = find_profile(profile)
    organ_id = options.organ_id(sender, "--from") if sender else (known.agency if known else None)
    message, octets = _built(output, description, sender=organ_id, at=options.present())
    write_pieces(to_file, with_files(octets, message))
    output.give(
        {"file": str(to_file), "size": to_file.stat().st_size, "sha256": digest_of(to_file)},
        (f"Đã tạo gói tin chưa ký: {to_file}", f"Built, unsigned: {to_file}"),
    )


@command(group, "sign")
def sign(
    output: Output,
    file: Package,
    *,
    to_file: Written,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="FILE|URI", help="A private key: PEM with --certificate, or a PKCS#11 URI."),
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", help="The key's certificate and its intermediates, PEM.")
    ] = None,
    p12: Annotated[Path | None, typer.Option("--p12", help="Key and certificates as PKCS#12.")] = None,
    password_file: Annotated[
        Path | None, typer.Option("--password-file", help="The password or PIN of --key or --p12, on the first line.")
    ] = None,
    timestamp: Timestamps = None,
    trust: Annotated[
        Path | None,
        typer.Option("--trust", help="Trust anchors of the time-stamping authorities; the profile's unless given."),
    ] = None,
    profile: options.ProfileFile = None,
) -> None:
    """Sign a package with the key given, or with the profile's; its octets otherwise stay as they are.

    The signature is XAdES B-B, or B-T with --timestamp; a stamp is verified before it is written.
    """
    given = p12 or (key_place(key) if key else None)
    signer = (
        load_signer(given, certificate, password_file=password_file) if given else profile_signer(find_profile(profile))
    )
    at, known = options.present(), find_profile(profile) if timestamp else None
    with opened(file) as unsigned, stamping(timestamp or (), trust, profile=known) as stamper:
        accept(output, read_package(unsigned), at=at)
        octets = sign_octets(unsigned.message, signer, at=at, stamper=stamper)
        write_pieces(to_file, (octets,) if unsigned.parts is None else bundled(octets, unsigned.parts))
    fingerprint = signer.certificate.fingerprint
    output.give(
        {"file": str(to_file), "sha256": digest_of(to_file), "certificate": fingerprint},
        (f"Đã ký: {to_file}", f"Signed: {to_file}"),
        f"{signer.certificate.subject}  SHA-256 {fingerprint}",
    )


@command(group, "check")
def check(
    output: Output,
    file: Package,
    *,
    trust: Annotated[
        Path | None, typer.Option("--trust", help="Trust anchors, PEM file or folder; the profile's unless given.")
    ] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="Judge at this moment instead of now.")] = None,
    profile: options.ProfileFile = None,
) -> None:
    """Judge a package as its recipient should: the signature, then what it covers.

    Ends with 5 where the signature did not pass, and with 4 where an axis would refuse what it covers.
    """
    store = trust_of(trust, None if trust else find_profile(profile))
    moment = options.moment(at, "--at") or options.present()
    with opened(file) as package:
        code = show_check(output, check_opened(package, store, at=moment))
    if code is not ExitCode.DONE:
        raise typer.Exit(code)


@dataclass(frozen=True, slots=True)
class _Unsent:
    """A file that was not taken, why, and where the axis's evidence of its refusal is kept, if it gave one."""

    file: Path
    failure: Failure
    evidence: Path | None = None
    names: tuple[str, ...] = ()
    """Of the attachments, in their order."""


@dataclass(slots=True)
class _Dispatch:
    """What came of sending several files."""

    sent: list[tuple[Path, Receipt, Path]] = field(default_factory=list)
    failed: list[_Unsent] = field(default_factory=list)
    left: list[Path] = field(default_factory=list)


@command(group, "send")
def send(
    output: Output,
    files: Annotated[list[Path], typer.Argument(help="Signed packages, or descriptions to build and sign first.")],
    *,
    folder: Annotated[
        Path | None, typer.Option("--receipts", help="Where receipts are kept; beside each package unless given.")
    ] = None,
    timestamp: Timestamps = None,
    profile: options.ProfileFile = None,
) -> None:
    """Send packages and keep their receipts, each verified before it is believed. Safe to repeat.

    A description (.toml, .json) is built and signed with the profile's key first, and stamped where --timestamp
    names an authority; the package is kept beside the receipt. Files of more than 20 MB together travel beside the
    message. A package of more than 8 MB goes up in chunks: where the line breaks this goes on after a pause; where it
    stays down, sending the package that was kept goes on where it was. A refused package leaves the axis's sealed
    refusal instead. One file that fails keeps no other: each is told by its name with its reason, and the command ends
    with the code of the first failure. Where the axis is out of reach the rest is not tried, and named.
    """
    known = require_profile(profile)
    dispatch = _Dispatch()
    with (
        open_client(known) as axis,
        stamping(timestamp or (), None, profile=known) as stamper,
        output.bar(("Gửi", "Sending"), len(files)) as bar,
    ):
        # Opened once for all files: a person is asked once for a PIN.
        signer = cache(lambda: profile_signer(known))
        for number, file in enumerate(files, 1):
            errand = _Errand(axis, known, signer, folder or file.parent, stamper)
            _send_one(output, errand, file=file, dispatch=dispatch)
            bar.advance()
            if dispatch.failed and dispatch.failed[-1].failure.exit_code is ExitCode.UNREACHABLE:
                dispatch.left.extend(files[number:])
                break
    _show_dispatch(output, dispatch)


@dataclass(frozen=True, slots=True)
class _Errand:
    """With what a package is sent, and where its papers go; `signer` opens the profile's key when it is needed."""

    axis: Axis
    profile: Profile
    signer: Callable[[], Signer]
    folder: Path
    stamper: Stamper | None


def _send_one(output: Output, errand: _Errand, *, file: Path, dispatch: _Dispatch) -> None:
    package = file
    try:
        package = _package_of(output, errand, file=file)
        receipt = errand.axis.send_file(_readable(package))
        kept = errand.folder / f"{package.stem}.receipt.xml"
        write_file(kept, receipt.octets)
        dispatch.sent.append((file, receipt, kept))
    except FORESEEN as error:
        # What was sent before this one has its receipt, and the person is told of everything at the end.
        names = _attached(package)
        dispatch.failed.extend(replace(one, names=names) for one in _unsent(errand, file, error=error))


def _readable(package: Path) -> Path:
    """Return the file of a package; raises `Unable` where it cannot be read."""
    try:
        with package.open("rb"):
            return package
    except OSError as error:
        raise Unable(CliCode.FILE_UNREADABLE, str(package)) from error


def _attached(package: Path) -> tuple[str, ...]:
    """Return the names of a package's attachments; none of what is no package."""
    try:
        with opened(package) as octets:
            message = read_package(octets).message
    except (UnreadableMessage, Unable):
        return ()
    return tuple(one.name for one in message.attachments) if isinstance(message, Envelope) else ()


def _unsent(errand: _Errand, file: Path, *, error: Exception) -> Iterator[_Unsent]:
    """Yield what became of a file that was not taken; a second time where the evidence of it cannot be kept."""
    evidence = error.evidence if isinstance(error, ProblemReported) else None
    if evidence is None:
        yield _Unsent(file, failure_of(error))
        return
    kept = errand.folder / f"{file.stem}.refusal-{hashlib.sha256(evidence).hexdigest()[:12]}.xml"
    try:
        write_file(kept, evidence)
        yield _Unsent(file, failure_of(error), kept)
    except Unable as unable:
        yield _Unsent(file, failure_of(error))
        yield _Unsent(file, failure_of(unable))


def _package_of(output: Output, errand: _Errand, *, file: Path) -> Path:
    """Return the package to send; one that is built here is kept under the digest of its signed message."""
    if file.suffix.lower() not in DESCRIPTION_SUFFIXES:
        return file
    at = options.present()
    message, unsigned = _built(output, file, sender=errand.profile.agency, at=at)
    octets = sign_octets(unsigned, errand.signer(), at=at, stamper=errand.stamper)
    package = errand.folder / f"{file.stem}-{hashlib.sha256(octets).hexdigest()[:12]}.edxml"
    write_pieces(package, with_files(octets, message))
    return package


def _built(output: Output, description: Path, *, sender: OrganId | None, at: datetime) -> tuple[Envelope, bytes]:
    """Return the message of a description, and as it is written, without the files that travel beside it."""
    message = read_description(description, at=at, sender=sender)
    octets, reading = packed(message)
    accept(output, reading, at=at)
    return message, octets


def _show_dispatch(output: Output, dispatch: _Dispatch) -> None:
    output.give(
        {
            "sent": [_sent_document(file, receipt, kept=kept) for file, receipt, kept in dispatch.sent],
            "failed": [_unsent_document(one) for one in dispatch.failed],
            "left": [str(file) for file in dispatch.left],
        },
        *(
            one
            for file, receipt, kept in dispatch.sent
            for one in _sent_shown(output, file, receipt=receipt, kept=kept)
        ),
    )
    if not output.is_json:
        for one in dispatch.failed:
            output.remark(f"{one.file}:", *failure_lines(one.failure, output.language, files=one.names))
            if one.evidence is not None:
                kept = (f"Chứng cứ từ chối, đã kiểm chứng: {one.evidence}", f"The refusal, verified: {one.evidence}")
                output.remark(output.pick(kept))
        remark_left(output, dispatch.left)
    if dispatch.failed:
        raise typer.Exit(dispatch.failed[0].failure.exit_code)


def _unsent_document(unsent: _Unsent) -> dict[str, object]:
    evidence = None if unsent.evidence is None else str(unsent.evidence)
    return {"file": str(unsent.file), "error": failure_document(unsent.failure), "evidence": evidence}


def _sent_document(file: Path, receipt: Receipt, *, kept: Path) -> dict[str, object]:
    return {"file": str(file), **accepted_document(receipt), "receipt": str(kept)}


def _sent_shown(output: Output, file: Path, *, receipt: Receipt, kept: Path) -> list[Any]:
    language = output.language.value
    rows = [
        (one.get("asked_as"), one.get("organ_id"), _decision(output, one), (one.get("finding") or {}).get(language))
        for one in _listed(receipt, "recipients")
    ]
    first = (f"{file}: đã tiếp nhận, {receipt.envelope_id}", f"{file}: accepted, {receipt.envelope_id}")
    again = (f"{file}: đã tiếp nhận trước đó, {receipt.envelope_id}", f"{file}: had it already, {receipt.envelope_id}")
    columns = (("Nơi nhận", "Recipient"), ("Mã chính thức", "Canonical id"), ("Kết quả", "Decision"), ("", ""))
    return [
        again if receipt.is_repeat else first,
        output.table(columns, rows),
        *(
            f"! {file_named(str(one.get('path')), output.language)}{one.get(language)} [{one.get('code')}]"
            for one in _listed(receipt, "warnings")
        ),
        (f"Biên nhận đã kiểm chứng: {kept}", f"The receipt, verified: {kept}"),
    ]


def _decision(output: Output, recipient: Mapping[str, Any]) -> str:
    return output.pick(term(DECISIONS, str(recipient.get("decision"))))


def _listed(receipt: Receipt, name: str) -> list[Mapping[str, Any]]:
    """Return the objects listed in an answer; none where it, which nobody signed, holds something else."""
    listed = receipt.answer.get(name)
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
