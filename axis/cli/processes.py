"""`axis demo`, `up`, `serve` and `worker`: the axis itself. Each part is loaded only by the command that runs it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from axis.cli.commands import command
from axis.cli.output import Output


def enrol(root: typer.Typer) -> None:
    """Make these commands of the program."""
    for name, function in (("demo", demo), ("up", up), ("serve", serve), ("worker", worker)):
        command(root, name)(function)


def demo(
    output: Output,
    *,
    folder: Annotated[Path, typer.Option("--folder", help="Where receipts and packages are left.")] = Path("demo-out"),
) -> None:
    """Run the whole exchange once on an embedded axis of its own, and leave receipts and packages to look at."""
    _part("axis.demo.journey").run(folder, output)


def up(
    output: Output,
    *,
    folder: Annotated[Path, typer.Option("--folder", help="Where the axis keeps everything.")] = Path("var"),
    port: Annotated[int, typer.Option("--port", help="Port on the loopback address; 0 takes a free one.")] = 0,
) -> None:
    """Run an embedded axis until it is interrupted: a PostgreSQL of its own, objects on disk, API and worker."""
    _part("axis.embedded").run(folder, port, output)


def serve(output: Output) -> None:
    """Serve the API with the environment's settings until it is interrupted."""
    _part("axis.web.serving").run(output)


def worker(output: Output) -> None:
    """Work on what is due, with the environment's settings, until interrupted."""
    _part("axis.workers.process").run(output)


def _part(name: str) -> Any:
    """Return a part of the axis: importing all of them takes a second that no other command should wait."""
    return import_module(name)
