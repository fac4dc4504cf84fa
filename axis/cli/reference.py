"""The reference of the command line as Markdown, made from the commands themselves: docs/cli.md is its text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Final

from typer.core import TyperArgument, TyperGroup, TyperOption
from typer.main import get_command

from axis.cli.drafts import BUSINESS_TYPES, PRIORITIES
from axis.cli.exits import ExitCode
from axis.cli.main import app
from axis.cli.profile import Profile
from axis.enrolment.agency_rows import COLUMNS

_SHARED: Final = frozenset({"as_json", "language"})
"""What every command takes, and the introduction speaks of."""

_PROFILE: Final[Mapping[str, str]] = {
    "url": "Address of the axis.",
    "system_id": "The system's id in the directory.",
    "key": "The system's private key, JWK or PEM. It never leaves the machine.",
    "seal_certificates": "The certificates of the axis's seal, former ones too, and of the authority they go back to: "
    "PEM file or folder. Receipts that another key sealed are refused.",
    "agency": "The agency the system speaks for unless told otherwise.",
    "signer": "The agency's key: PKCS#12 (`.p12`, `.pfx`), PEM, or a token's PKCS#11 URI without a PIN.",
    "signer_certificates": "With a PEM key, or a token that holds none: its certificate and intermediates, PEM.",
    "signer_password_file": "A file whose first line is the password or PIN of `signer`, where it has one. A PIN may "
    "be in `AXIS_PKCS11_PIN` instead; a person is asked for it.",
    "trust": "Anchors (PEM file or folder) that other agencies' signatures are judged by.",
    "environment": "`production` or `test`: what receipts must come from. Others are refused, whoever sealed them.",
    "instance": "The name of the axis that receipts must come from, where it is to be that one and no other.",
}

_DESCRIPTION: Final[Mapping[str, str]] = {
    "from": "The sending agency: its id, or a table (`organ_id`, `name`, `in_charge`, `address`, `email`, `telephone`, "
    "`fax`, `website`). The profile's agency where it is left out.",
    "to": "The recipients: a list of ids or of such tables.",
    "number, notation": "Printed with a slash between them: `123/SNV-VP`.",
    "subject": "The subject (trích yếu).",
    "document_id": "The sender's id of the document; made of agency, date, number and notation where left out.",
    "date, place": "Date (today where left out) and place of issue.",
    "document_type, document_type_number": "Its name (`Công văn`), and its number where the sender's software has one.",
    "content": "A few words on what it is about.",
    "signer": "Who signed the document: a name, or a table (`full_name`, `position`, `competence`).",
    "priority": ", ".join(f"`{name}`" for name in PRIORITIES),
    "due_date, sphere, typist, copies, pages, appendixes, to_places, steering_type": "The small print.",
    "responses_for": "Documents it answers: ids, or tables (`document_id`, `organ_id`, `code`, `date`).",
    "business": ", ".join(f"`{name}`" for name in BUSINESS_TYPES),
    "reason": "Why it is recalled, updated or replaced.",
    "target": "The document id that a recall or an update speaks of.",
    "replaces": "The document ids that a replacement takes the place of.",
    "changes_document, add, remove": "Of an update: whether the document changes, and which recipients join or leave.",
    "staff": "The clerk: a name, or a table (`staff`, `department`, `email`, `mobile`).",
    "attachments": "Files beside the description: names, or tables (`file`, `name`, `media_type`, `description`).",
}


def reference() -> str:
    """Return the reference: every command and option, exit codes, and the files that commands read."""
    return "\n".join((*_introduction(), *_commands(), *_exit_codes(), *_files()))


def every_option() -> frozenset[tuple[str, str]]:
    """Return (command, option or argument) for everything the program takes; what documentation must speak of."""
    return frozenset((name, _name_of(parameter)) for name, command in _leaves() for parameter in _parameters(command))


def _introduction() -> Iterator[str]:
    yield "# The command line"
    yield ""
    yield "Made from the program itself; a test compares the two."
    yield ""
    yield "Every command takes `--json`: standard output then carries exactly one JSON document, also when the command"
    yield 'fails (`{"error": …}`, with the words in both languages). Progress bars and warnings go to standard error.'
    yield "Words are Vietnamese or English, by `--lang` or by `LANG`. No command ends in a traceback."
    yield ""
    yield "In an error, `code` says what failed and `fault`, where there is one, which of the known causes it was; both"
    yield "are stable. What a library said in its own words stands in the English text alone."
    yield ""


def _commands() -> Iterator[str]:
    yield "## Commands"
    yield ""
    for name, command in _leaves():
        yield f"### axis {name}"
        yield ""
        yield from _paragraphs(command.help or "")
        own = [one for one in _parameters(command) if one.name not in _SHARED]
        if own:
            yield "| | |"
            yield "|---|---|"
            yield from (f"| `{_name_of(one)}` | {_meaning(one)} |" for one in own)
            yield ""


def _exit_codes() -> Iterator[str]:
    yield "## Exit codes"
    yield ""
    yield "| code | | |"
    yield "|--:|---|---|"
    for code in ExitCode:
        yield f"| {int(code)} | {code.en} | {code.vi} |"
    yield ""


def _files() -> Iterator[str]:
    yield "## The profile of a system"
    yield ""
    yield "A TOML file of texts, named by `--profile` or `AXIS_PROFILE`; paths count from its folder. `axis up` writes"
    yield "one."
    yield ""
    yield from _table({field.name: _PROFILE[field.name] for field in fields(Profile)})
    yield "## Descriptions of messages"
    yield ""
    yield "TOML or JSON, for `axis envelope build` and `axis envelope send`. Only `to` is required by the form; what"
    yield "the document itself needs is judged by the axis's own rules. An entry nobody knows is refused."
    yield ""
    yield from _table(_DESCRIPTION)
    yield "## Files of agencies"
    yield ""
    yield "CSV (RFC 4180, UTF-8, with a header) or JSON (a list of objects). Every column stands in every file, in any"
    yield "order; in CSV, ids in one cell are separated by blanks or semicolons, and an empty cell is null."
    yield ""
    yield "| column | holds | meaning | ý nghĩa |"
    yield "|---|---|---|---|"
    for column in COLUMNS:
        required = ", required" if column.is_required else ""
        yield f"| `{column.name}` | {column.kind.value}{required} | {column.en} | {column.vi} |"
    yield ""


def _table(rows: Mapping[str, str]) -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    for names, meaning in rows.items():
        yield f"| {', '.join(f'`{name}`' for name in names.split(', '))} | {meaning} |"
    yield ""


def _leaves() -> Iterator[tuple[str, Any]]:
    """Yield every command with its whole name, in the order of the names."""
    yield from sorted(_below(get_command(app), ""), key=lambda leaf: leaf[0])


def _below(command: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(command, TyperGroup):
        yield prefix.strip(), command
        return
    for name, child in command.commands.items():
        yield from _below(child, f"{prefix} {name}")


def _parameters(command: Any) -> list[TyperArgument | TyperOption]:
    return [one for one in command.params if isinstance(one, (TyperArgument, TyperOption)) and one.name != "help"]


def _name_of(parameter: TyperArgument | TyperOption) -> str:
    if isinstance(parameter, TyperArgument):
        return (parameter.metavar or parameter.name or "").upper()
    return ", ".join(parameter.opts)


def _meaning(parameter: TyperArgument | TyperOption) -> str:
    words = (parameter.help or "").replace("|", "\\|")
    default = parameter.default
    if parameter.required:
        return f"{words} Required."
    is_told = default not in {None, False, ""} and not callable(default)
    return f"{words} Default: `{default}`." if is_told else words


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield " ".join(paragraph.split())
        yield ""
