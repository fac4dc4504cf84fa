"""However a command ends, it ends in words and with a documented code, never in a traceback."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from axis.cli import agency
from axis.cli.exits import ExitCode
from axis.cli.failures import failure_of
from axis.cli.language import Language
from axis.cli.words import CLI_WORDS, CliCode
from storage.errors import DatabaseUnavailable, LockTimeout
from tests.axis.cli.conftest import Axis


def test_help_is_not_a_failure(axis: Axis) -> None:
    assert axis().code is axis("--help").code is axis("agency", "import", "--help").code is ExitCode.DONE


@pytest.mark.parametrize(
    "arguments",
    [("nothing",), ("agency",), ("agency", "show"), ("agency", "show", "H51", "--nope"), ("--json",)],
)
def test_a_wrong_command_line_is_told_so(axis: Axis, arguments: tuple[str, ...]) -> None:
    ran = axis(*arguments, "--lang", "vi")
    assert ran.code is ExitCode.USAGE
    assert "Traceback" not in ran.err


def test_words_come_in_the_language_asked_for(axis: Axis) -> None:
    assert "There is no connection profile" in axis("trace", "x").err
    assert "Chưa có hồ sơ kết nối" in axis("trace", "x", "--lang", "vi").err
    assert "Chưa có hồ sơ kết nối" in axis("trace", "x", LANG="vi_VN.UTF-8").err
    assert "There is no connection profile" in axis("trace", "x", "--lang", "en", LANG="vi_VN.UTF-8").err


@pytest.mark.parametrize(
    ("environment", "arguments", "expected"),
    [
        ({}, [], Language.EN),
        ({"LANG": "vi_VN"}, [], Language.VI),
        ({"LANG": "vi_VN", "LC_ALL": "C"}, [], Language.EN),
        ({"LANG": "C"}, ["x", "--lang", "vi"], Language.VI),
        ({"LANG": "vi"}, ["--lang=en"], Language.EN),
        ({"LANG": "vi"}, ["--lang", "fr"], Language.VI),
    ],
)
def test_the_option_wins_over_the_locale(environment: dict[str, str], arguments: list[str], expected: Language) -> None:
    assert Language.of(environment, arguments) is expected


def test_a_failure_in_json_is_one_document_on_standard_output(axis: Axis) -> None:
    ran = axis("system", "show", "--json", "--lang", "vi")
    assert ran.code is ExitCode.SETTINGS
    error = ran.document["error"]
    assert (error["exit_code"], error["code"]) == (8, "cli/database-missing")
    assert error["vi"] == "Chưa khai báo cơ sở dữ liệu."
    assert error["en"] == "No database is set."
    assert ran.err == ""


def test_a_fault_of_the_program_becomes_words(axis: Axis, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise LookupError("a secret")

    monkeypatch.setattr(agency, "open_registrar", fail)
    for arguments in (("agency", "show", "H51"), ("agency", "show", "H51", "--json")):
        ran = axis(*arguments)
        assert ran.code is ExitCode.UNEXPECTED
        assert "LookupError" in ran.err + ran.out
        assert "secret" not in ran.err + ran.out


def test_an_interrupted_command_has_its_own_code(axis: Axis, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(agency, "open_registrar", interrupt)
    assert axis("agency", "show", "H51").code is ExitCode.INTERRUPTED


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DatabaseUnavailable("x"), ExitCode.UNREACHABLE),
        (LockTimeout("x"), ExitCode.LATER),
        (OSError(errno.EADDRINUSE, "x"), ExitCode.SETTINGS),
        (OSError(errno.EIO, "x"), ExitCode.UNEXPECTED),
    ],
)
def test_an_error_is_told_by_its_nearest_kind(error: Exception, code: ExitCode) -> None:
    assert failure_of(error).exit_code is code


def test_every_code_has_words() -> None:
    assert set(CLI_WORDS) == set(CliCode)
    assert len({int(code) for code in ExitCode}) == len(ExitCode)


def test_the_installed_program_ends_with_the_code(tmp_path: Path) -> None:
    program = [sys.executable, "-c", "from axis.cli.main import run; run()", "verify", str(tmp_path / "none.xml")]
    ended = subprocess.run([*program, "--seal", str(tmp_path)], capture_output=True, check=False, timeout=60)
    assert ended.returncode == ExitCode.INPUT
    assert b"Traceback" not in ended.stderr
