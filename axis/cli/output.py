"""What a command tells: words and tables for people, one JSON document for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from axis.cli.language import Language
from envelopes.texts import in_vietnam

_WIDTH: Final = 200
"""Columns of a table where the output is no terminal: no identifier is broken."""

Label = tuple[str, str]
"""Words for people, Vietnamese first."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A progress bar on standard error."""

    progress: Progress
    task: TaskID

    def advance(self, steps: int = 1) -> None:
        """Show that so much more is done."""
        self.progress.advance(self.task, steps)


@dataclass(frozen=True, slots=True)
class Output:
    """Where results go. In JSON, standard output carries exactly one document and nothing else."""

    language: Language
    is_json: bool = False

    def pick(self, label: Label) -> str:
        """Return the words in the person's language."""
        return label[0] if self.language is Language.VI else label[1]

    def give(self, document: Mapping[str, object], *shown: Label | Table | str) -> None:
        """Write the result: the document for programs, or what is shown for people."""
        if self.is_json:
            sys.stdout.write(json.dumps(document, ensure_ascii=False, default=_as_json) + "\n")
            return
        console = _console(stderr=False)
        for one in shown:
            console.print(one if isinstance(one, Table) else _line(one if isinstance(one, str) else self.pick(one)))

    def table(self, columns: Sequence[Label], rows: Iterable[Sequence[object]]) -> Table:
        """Return a table; cells are shown as they are, without markup and control characters."""
        table = Table(box=SIMPLE, pad_edge=False)
        for column in columns:
            table.add_column(_line(self.pick(column)), overflow="fold")
        for row in rows:
            table.add_row(*(_line(_cell(cell)) for cell in row))
        return table

    def remark(self, *lines: str) -> None:
        """Write lines to standard error: what went wrong, or what a person should know beside the result."""
        console = _console(stderr=True)
        for line in lines:
            console.print(_line(line))

    @contextmanager
    def bar(self, label: Label, total: int) -> Iterator[Bar]:
        """Yield a progress bar on standard error, shown where that is a terminal."""
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
        console = _console(stderr=True)
        with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
            yield Bar(progress, progress.add_task(self.pick(label), total=total))


def local(at: datetime | None) -> str:
    """Return a moment as clocks in Vietnam show it; nothing for None."""
    return "" if at is None else in_vietnam(at)


def _cell(cell: object) -> str:
    if isinstance(cell, datetime):
        return local(cell)
    return "" if cell is None else str(cell)


def plain(text: str) -> str:
    """Return a text without characters that steer a terminal: subjects and names come from strangers."""
    return "".join(one if one.isprintable() or one == "\n" else "\ufffd" for one in text)


def _line(text: str) -> Text:
    return Text(plain(text))


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False, soft_wrap=width is not None)


def _as_json(value: object) -> object:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (tuple, set, frozenset)):
        return list(value)
    return str(value)
