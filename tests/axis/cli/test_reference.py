"""The reference speaks of every command, option, exit code and entry there is."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from axis.cli.drafts import read_description
from axis.cli.entries import Entries
from axis.cli.exits import ExitCode
from axis.cli.profile import Profile
from axis.cli.reference import every_option, reference
from axis.enrolment.agency_rows import COLUMN_NAMES
from tests.signing.pki import MOMENT

COMMANDS = {
    "demo",
    "up",
    "serve",
    "worker",
    "db upgrade",
    "config check",
    "doctor",
    "blobs keys",
    "blobs rewrap",
    "agency import",
    "agency export",
    "agency show",
    "agency close",
    "agency succeed",
    "agency forward",
    "agency add-certificate",
    "agency suspend-certificate",
    "agency restore-certificate",
    "system add",
    "system show",
    "system webhook set",
    "system webhook show",
    "system webhook test",
    "system webhook replay",
    "system webhook remove",
    "system rotate-key",
    "system suspend",
    "system restore",
    "system remove",
    "delivery end",
    "delivery hold",
    "delivery list",
    "delivery redirect",
    "delivery resume",
    "delivery retry",
    "envelope build",
    "envelope sign",
    "envelope check",
    "envelope send",
    "inbox pull",
    "inbox ack",
    "status send",
    "trust add",
    "trust check",
    "trust list",
    "seal list",
    "seal rotate",
    "seal follow",
    "trace",
    "verify",
}


def section(command: str) -> str:
    """The part of the reference about one command."""
    found = re.search(rf"^### axis {re.escape(command)}\n(.*?)(?=^##)", reference(), re.MULTILINE | re.DOTALL)
    assert found, command
    return found[1]


def test_these_are_all_commands() -> None:
    assert {command for command, _ in every_option()} == COMMANDS


def test_every_command_takes_json_and_a_language() -> None:
    for command in COMMANDS:
        assert {(command, "--json"), (command, "--lang")} <= every_option()


def test_every_option_stands_in_the_section_of_its_command() -> None:
    missing = [
        (command, option)
        for command, option in every_option()
        if option not in {"--json", "--lang"} and f"`{option}`" not in section(command)
    ]
    assert missing == []


def test_every_option_is_explained() -> None:
    empty = [
        line for command in COMMANDS for line in section(command).splitlines() if re.fullmatch(r"\| `.*` \|\s*\|", line)
    ]
    assert empty == []


def test_every_exit_code_profile_entry_and_column_is_listed() -> None:
    text = reference()
    assert [code for code in ExitCode if f"| {int(code)} | {code.en} | {code.vi} |" not in text] == []
    names = [*(field.name for field in fields(Profile)), *COLUMN_NAMES]
    assert [name for name in names if f"| `{name}` |" not in text] == []


def test_every_entry_of_a_description_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()
    finish = Entries.finish

    def remember(entries: Entries) -> None:
        asked.update(entries.asked)
        finish(entries)

    description = tmp_path / "all.toml"
    description.write_text(
        'from = "H51"\nto = ["H41"]\nattachments = ["all.toml"]\nsigner = "A"\nstaff = "B"\nresponses_for = ["C"]\n'
    )
    monkeypatch.setattr(Entries, "finish", remember)
    read_description(description, at=MOMENT)
    text = reference()
    assert len(asked) > 40
    assert [name for name in asked if f"`{name}`" not in text] == []
