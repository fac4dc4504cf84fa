"""What `axis up` leaves and says, on an axis that runs already."""

from __future__ import annotations

import shlex
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from axis.cli import processes
from axis.cli.exits import ExitCode
from axis.cli.firsts import lay_out
from axis.cli.profile import read_profile
from axis.demo import home as homes
from axis.demo.home import Home
from axis.demo.keys import KeyRing
from tests.axis.cli.conftest import Axis
from tests.fixtures.running import RunningAxis


@pytest.fixture
def home(running: RunningAxis, tmp_path: Path) -> Home:
    """The running axis, with keys in a folder of the test's own."""
    shutil.copytree(running.ring.folder, tmp_path / "keys")
    ring = KeyRing(tmp_path / "keys", running.clock.now())
    return Home(running.url, running.embedded.database_url, ring, agencies=4)


@pytest.fixture
def up(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """The command line of `axis up` that finds this axis started, and is interrupted at once."""

    @contextmanager
    def open_home(folder: Path, *, port: int) -> Iterator[Home]:
        yield home

    @contextmanager
    def interrupted() -> Iterator[threading.Event]:
        told = threading.Event()
        told.set()
        yield told

    monkeypatch.setattr(homes, "open_home", open_home)
    monkeypatch.setattr(processes, "until_interrupted", interrupted)
    return ("up", "--folder", str(tmp_path))


def test_another_address_is_written_into_the_profiles_that_were_there(home: Home, tmp_path: Path) -> None:
    first = lay_out(tmp_path, home)
    letter = first.letter.read_text() + "# mine\n"
    first.letter.write_text(letter)
    moved = Home("http://127.0.0.1:9", home.database_url, home.ring, home.agencies)
    second = lay_out(tmp_path, moved)
    assert [read_profile(path).url for path in (second.sender, second.recipient)] == [moved.url] * 2
    assert second.letter.read_text() == letter


def test_its_database_is_named_and_is_the_one_that_is_administered(axis: Axis, up: tuple[str, ...]) -> None:
    document = axis(*up, "--json").document
    listed = axis("system", "show", "--json", AXIS_DATABASE__URL=document["database_url"])
    assert listed.code is ExitCode.DONE
    assert "qlvb.h51.15" in listed.out


def test_what_it_prints_for_administration_can_be_copied(axis: Axis, up: tuple[str, ...], home: Home) -> None:
    printed = axis(*up).out
    (line,) = (line for line in printed.splitlines() if "AXIS_DATABASE__URL" in line)
    assert shlex.split(line) == ["export", f"AXIS_DATABASE__URL={home.database_url}"]
