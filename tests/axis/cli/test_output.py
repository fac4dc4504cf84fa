"""Programs get one document; people get words that steer no terminal."""

from __future__ import annotations

import json
import stat
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from axis.cli.failures import Unable
from axis.cli.files import read_file, write_file
from axis.cli.language import Language
from axis.cli.output import Output, plain
from axis.cli.words import CliCode

VIETNAMESE = Output(Language.VI)


def test_characters_that_steer_a_terminal_are_taken_out(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "\x1b]0;title\x07V/v \x9b31m\u202egnp.exe"
    VIETNAMESE.give({}, hostile, VIETNAMESE.table((("Trích yếu", "Subject"),), [(hostile,)]))
    VIETNAMESE.remark(hostile)
    told = capsys.readouterr()
    assert "V/v" in told.out
    assert not set("\x1b\x07\x9b\u202e") & set(told.out + told.err)
    assert plain("dòng một\ndòng hai") == "dòng một\ndòng hai"


def test_markup_is_shown_as_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    VIETNAMESE.give({}, "[bold]V/v[/bold] :smile:", ("[red]vi", "[red]en"))
    assert capsys.readouterr().out == "[bold]V/v[/bold] :smile:\n[red]vi\n"


def test_json_carries_days_moments_and_lists(capsys: pytest.CaptureFixture[str]) -> None:
    moment = datetime(2026, 11, 20, 1, tzinfo=UTC)
    document = {"day": date(2026, 11, 20), "at": moment, "ids": ("a", "b"), "file": Path("x")}
    Output(Language.EN, is_json=True).give(document, ("không", "not shown"))
    told = json.loads(capsys.readouterr().out)
    assert told == {"day": "2026-11-20", "at": "2026-11-20T01:00:00+00:00", "ids": ["a", "b"], "file": "x"}


def test_a_bar_writes_nothing_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with VIETNAMESE.bar(("Gửi", "Sending"), 2) as bar:
        bar.advance()
    assert capsys.readouterr() == ("", "")


def test_a_file_is_written_whole_and_for_those_it_is_for(tmp_path: Path) -> None:
    write_file(tmp_path / "new" / "open", b"x")
    write_file(tmp_path / "new" / "closed", b"x", is_private=True)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "new").iterdir()}
    assert modes["closed"] == 0o600
    assert modes["open"] & 0o022 == 0
    write_file(tmp_path / "new" / "open", b"x")
    with pytest.raises(Unable) as refused:
        write_file(tmp_path / "new" / "open", b"y")
    assert refused.value.code is CliCode.FILE_EXISTS


def test_what_cannot_be_read_or_written_is_told_by_its_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    for deed, code in (
        (lambda: read_file(tmp_path / "none"), CliCode.FILE_UNREADABLE),
        (lambda: read_file(tmp_path), CliCode.FILE_UNREADABLE),
        (lambda: read_file(tmp_path / "file", 4), CliCode.FILE_TOO_LARGE),
        (lambda: write_file(tmp_path / "file" / "below", b""), CliCode.FILE_UNWRITABLE),
    ):
        with pytest.raises(Unable) as refused:
            deed()
        assert refused.value.code is code
        assert refused.value.place.startswith(str(tmp_path))
