"""`axis trust`: whom this installation trusts, for what and from when until when.

What takes hold of the axis itself is imported where it is used: connected systems have no use for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from axis.anchorage.folder import FILE_BYTES_MAX, Entry, Reading, add_authority
from axis.cli import options
from axis.cli.commands import command
from axis.cli.exits import ExitCode
from axis.cli.failures import SignatureRefused, Unable, finding_document, finding_lines
from axis.cli.files import read_file
from axis.cli.output import Label, Output
from axis.cli.terms import AUTHORITIES, PURPOSES, ROLES, TROUBLES, term
from axis.cli.words import CliCode
from axis.errors import Refused
from envelopes.bundles import boundary_at
from envelopes.errors import Finding
from envelopes.packages import package_of
from envelopes.texts import VIETNAM
from signing.certificates import Certificate
from signing.purposes import AuthorityKind, Purpose, TrustedAuthority
from signing.verdict import CertificatePath

if TYPE_CHECKING:
    from axis.cli.trust_opening import Judged

group: Final = typer.Typer(help="Whose certificates the axis believes, and for what.")

_Folder = Annotated[
    Path | None, typer.Option("--folder", help="The trust folder. Without it, the one AXIS_TRUST__FOLDER names.")
]
_COMPARE: Final = (
    "Đối chiếu dấu vân tay này với nguồn công bố chính thức của tổ chức chứng thực.",
    "Compare this fingerprint with what the authority itself publishes.",
)
_SOUND: Final = ("Không phát hiện lỗi nào.", "Nothing is wrong.")
_TRUSTED: Final = ("Được tin cậy, theo đường dẫn chứng thực:", "Trusted, by this path:")
_COLUMNS: Final[tuple[Label, ...]] = (
    ("Tên", "Name"),
    ("Loại", "Kind"),
    ("Vai trò", "Role"),
    ("Tin cậy cho", "Trusted for"),
    ("Tin cậy từ – đến", "Trusted from – until"),
    ("Chứng thư số từ – đến", "Certificate from – until"),
    ("Vấn đề", "Problems"),
)


@command(group, "list")
def list_(output: Output, *, folder: _Folder = None) -> None:
    """List the trusted authorities with purposes, windows and validity, and what is wrong with each.

    Ends with 3 where the trust store is broken; what cannot be read has a line by its file's name.
    """
    from axis.cli.trust_opening import read_trust  # noqa: PLC0415 see the module's docstring

    reading = read_trust(folder, at=options.present(), is_to_serve=False)
    authorities = [one.authority for one in reading.entries]
    rows = [_row(one, reading, output=output) for one in reading.entries]
    unread = [(file, "", "", "", "", "", _troubles(file, reading, output=output)) for file in reading.unread]
    table = output.table(_COLUMNS, (*rows, *unread))
    named = (f"SHA-256 {one.certificate.fingerprint}  {_name(one)}" for one in authorities)
    output.give(_document(reading), table, *named, *_lines(reading.findings, output))
    if reading.errors:
        raise typer.Exit(ExitCode.REFUSED)


@command(group, "add")
def add(
    output: Output,
    file: Annotated[Path, typer.Argument(help="The authority's certificate, PEM or DER.")],
    *,
    name: Annotated[str, typer.Option("--name", help="What people call it.")],
    kind: Annotated[AuthorityKind, typer.Option("--kind", help="Which it is by law, for who reads the list.")],
    purpose: Annotated[
        list[Purpose], typer.Option("--purpose", help="What it is trusted for; several times for several.")
    ],
    since: Annotated[str | None, typer.Option("--from", metavar="TIME", help="Trust it from this moment on.")] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Trust it for what is proved to be older than this.")
    ] = None,
    intermediate: Annotated[
        bool, typer.Option("--intermediate", help="It only helps to find paths, and is no anchor.")
    ] = False,
    tolerate: Annotated[
        list[str] | None,
        typer.Option("--tolerate", metavar="LINT", help="A demand of RFC 5280 its certificates may fail; repeatable."),
    ] = None,
    folder: _Folder = None,
) -> None:
    """Add an authority to the trust folder. Running processes take it up within seconds.

    Compare the fingerprint that is printed with what the authority itself publishes. Refused, and then nothing is
    changed: what is no well-formed authority, a weak key, one that is there already, a folder that is broken.
    """
    from axis.cli.trust_opening import authority_of, certificate_in, folder_of  # noqa: PLC0415 see the module's docstring

    authority = authority_of(
        TrustedAuthority(
            certificate_in(file, read_file(file, FILE_BYTES_MAX)),
            is_anchor=not intermediate,
            purposes=frozenset(purpose),
            name=name,
            kind=kind,
        ),
        window=(options.moment(since, "--from"), options.moment(until, "--until")),
        tolerates=frozenset(tolerate or ()),
    )
    written = add_authority(folder_of(folder), authority, at=options.present())
    certificate = authority.certificate
    output.give(
        {"file": str(written), "sha256": certificate.fingerprint, "subject": certificate.subject},
        (f"Đã thêm: {written}", f"Added: {written}"),
        f"{certificate.subject}  SHA-256 {certificate.fingerprint}",
        _COMPARE,
    )


@command(group, "check")
def check(
    output: Output,
    file: Annotated[
        Path | None,
        typer.Argument(help="A certificate (PEM, with its chain behind it; DER) or a package. Without it, the folder."),
    ] = None,
    *,
    purpose: Annotated[
        list[Purpose] | None,
        typer.Option("--purpose", help="Judge a certificate for this; all where not given. A package: only `package`."),
    ] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="TIME", help="Judge at this moment instead of now.")] = None,
    folder: _Folder = None,
) -> None:
    """Check the whole trust store, or say by which path a certificate or a package's signer is trusted, or why not.

    Ends with 3 where the trust store is broken, with 5 where the signer is trusted for nothing that is asked.
    """
    from axis.cli.trust_opening import certificates_in, read_trust  # noqa: PLC0415 see the module's docstring

    moment = options.moment(at, "--at") or options.present()
    if file is None:
        reading = read_trust(folder, at=moment, is_to_serve=True)
        if reading.errors:
            raise Refused(reading.findings)
        output.give(_document(reading), *(_lines(reading.findings, output) or [output.pick(_SOUND)]))
        return
    octets = read_file(file)
    if boundary_at(BytesIO(octets)) is not None:
        octets = package_of(octets).message
    if octets.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"PK")):
        _check_only_package(purpose or ())
        _check_package(output, octets, folder=folder, at=moment)
    else:
        chain = certificates_in(file, octets)
        _check_chain(output, chain, purposes=tuple(purpose or ()), place=(folder, moment))


def _check_only_package(purposes: Sequence[Purpose]) -> None:
    """Refuse to judge a package for anything but what its signature is for; raises `Unable`."""
    for one in purposes:
        if one is not Purpose.PACKAGE:
            kind = ("`package`, vì tệp là gói tin", "`package`, since the file is a package")
            raise Unable(CliCode.VALUE_INVALID, f"--purpose {one}", kind=kind)


def _check_package(output: Output, octets: bytes, *, folder: Path | None, at: datetime) -> None:
    from axis.cli.trust_opening import judge_package, open_store, refusal_of  # noqa: PLC0415 likewise

    opened = open_store(folder, at=at)
    verdict = judge_package(opened.store, octets, at=at)
    if verdict.facts is None or verdict.covered is None:
        raise SignatureRefused((*refusal_of(opened, verdict, octets=octets, at=at), *opened.faults))
    document = {"judged_at": at, "proved_at": verdict.facts.proved_at, "path": _path_document(verdict.facts.path)}
    output.remark(*_lines(opened.faults, output))
    output.give(document | _findings_document(opened.faults), _TRUSTED, *_path_shown(verdict.facts.path))


def _check_chain(
    output: Output,
    chain: tuple[Certificate, ...],
    *,
    purposes: tuple[Purpose, ...],
    place: tuple[Path | None, datetime],
) -> None:
    from axis.cli.trust_opening import judge_chain, open_store  # noqa: PLC0415 likewise

    folder, at = place
    opened = open_store(folder, at=at)
    judged = judge_chain(opened, chain, purposes=purposes, at=at)
    if all(one.finding for one in judged):
        raise SignatureRefused((*dict.fromkeys(one.finding for one in judged if one.finding), *opened.faults))
    document = {"judged_at": at, "judged": [_judged_document(one) for one in judged]}
    output.remark(*_lines(opened.faults, output))
    output.give(
        document | _findings_document(opened.faults), *(line for one in judged for line in _judged_shown(one, output))
    )


def _row(entry: Entry, reading: Reading, *, output: Output) -> Sequence[object]:
    one = entry.authority
    return (
        _name(one),
        output.pick(AUTHORITIES[one.kind]),
        output.pick(ROLES[one.is_anchor]),
        ", ".join(output.pick(PURPOSES[purpose]) for purpose in Purpose if purpose in one.purposes),
        _span(one.trusted_from, one.trusted_until),
        _span(one.certificate.not_before, one.certificate.not_after),
        _troubles(entry.file, reading, output=output),
    )


def _troubles(file: str, reading: Reading, *, output: Output) -> str:
    return ", ".join(f"{output.pick(term(TROUBLES, one))} ({one})" for one in reading.problems(file))


def _name(authority: TrustedAuthority) -> str:
    return authority.name or authority.certificate.subject


def _span(start: datetime | None, end: datetime | None) -> str:
    """Return a window by its days in Vietnam; nothing where it has neither end."""
    if start is None and end is None:
        return ""
    return " – ".join("…" if one is None else f"{one.astimezone(VIETNAM):%d/%m/%Y}" for one in (start, end))


def _document(reading: Reading) -> dict[str, object]:
    return {
        "authorities": [_entry_document(one, reading) for one in reading.entries],
        "unread": [{"file": one, "problems": sorted(reading.problems(one))} for one in reading.unread],
        **_findings_document(reading.findings),
    }


def _findings_document(findings: Sequence[Finding]) -> dict[str, object]:
    return {"findings": [finding_document(one) for one in findings]}


def _entry_document(entry: Entry, reading: Reading) -> dict[str, object]:
    one = entry.authority
    return {
        "file": entry.file or None,
        "name": one.name or None,
        "kind": one.kind,
        "role": "anchor" if one.is_anchor else "intermediate",
        "purposes": [purpose for purpose in Purpose if purpose in one.purposes],
        "trusted_from": one.trusted_from,
        "trusted_until": one.trusted_until,
        "tolerates": sorted(one.tolerates),
        "subject": one.certificate.subject,
        "not_before": one.certificate.not_before,
        "not_after": one.certificate.not_after,
        "sha256": one.certificate.fingerprint,
        "problems": sorted(reading.problems(entry.file)),
    }


def _lines(findings: Sequence[Finding], output: Output) -> list[str]:
    return [line for one in findings for line in finding_lines(one, output.language)]


def _path_document(path: CertificatePath) -> list[dict[str, object]]:
    return [{"subject": one.subject, "sha256": one.fingerprint} for one in path.certificates]


def _path_shown(path: CertificatePath) -> Iterator[str]:
    for depth, one in enumerate(path.certificates):
        yield f"{'  ' * depth}{'← ' if depth else ''}{one.subject}  SHA-256 {one.fingerprint}"


def _judged_document(one: Judged) -> dict[str, object]:
    finding = one.finding
    return {
        "purpose": one.purpose,
        "trusted": finding is None,
        "path": _path_document(one.judged) if isinstance(one.judged, CertificatePath) else None,
        "finding": finding and finding_document(finding),
    }


def _judged_shown(one: Judged, output: Output) -> Iterator[str]:
    if one.purpose is not None:
        yield f"{output.pick(('Đối với', 'For'))} {output.pick(PURPOSES[one.purpose])}:"
    if one.finding is not None:
        yield from (f"  {line}" for line in finding_lines(one.finding, output.language))
    elif isinstance(one.judged, CertificatePath):
        yield f"  {output.pick(_TRUSTED)}"
        yield from (f"  {line}" for line in _path_shown(one.judged))
