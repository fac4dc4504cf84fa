"""`axis demo`, `up`, `serve` and `worker`: the axis itself.

Each part is loaded only by the command that runs it: all of them together take a second that no other should wait.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from axis.cli.commands import command
from axis.cli.exits import ExitCode
from axis.cli.failures import Unable
from axis.cli.opening import silence_logs
from axis.cli.output import Output
from axis.cli.trace import trace_shown
from axis.cli.words import CliCode


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
    from axis.demo import journey  # noqa: PLC0415 see the module's docstring

    silence_logs()
    try:
        done = journey.run(folder, output.remark)
    except journey.JourneyFailed as error:
        raise Unable(CliCode.DEMO_FAILED, exit_code=ExitCode.UNEXPECTED, fault=str(error)) from error
    document = {
        "folder": str(folder),
        "seconds": round(done.seconds, 1),
        "agencies": done.agencies,
        "statuses": done.statuses,
        "refused": done.refused.code,
        "evidence": [evidence.type.value for evidence, _ in done.evidence],
        "traces": list(done.traces.values()),
    }
    traces = (line for traced in done.traces.values() for line in trace_shown(output, traced))
    left = (
        f"Biên nhận và gói tin nằm trong {folder}; mất {done.seconds:.1f} giây.",
        f"Receipts and packages are in {folder}; it took {done.seconds:.1f} s.",
    )
    output.give(document, *traces, left)


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
    """Return a part of the axis."""
    return import_module(name)
