"""What the program has names for, asked of the program: commands, metrics, addresses, settings of the database."""

from __future__ import annotations

import shlex

from axis.cli.reference import every_option
from axis.metrics import Metrics, Waiting
from axis.web.app import create_app
from tests.axis.web.fakes import FakeAxis


def unknown_options(line: str) -> set[str]:
    """What a command line names that the program does not take; the line itself where there is no such command."""
    words = shlex.split(line)[1:]
    commands: dict[str, set[str]] = {}
    for command, names in every_option():
        commands.setdefault(command, set()).update(names.split(", "))
    named = next((name for count in (3, 2, 1) if (name := " ".join(words[:count])) in commands), None)
    if named is None:
        return {line}
    return {word for word in words if word.startswith("-")} - commands[named]


def exposed() -> list[str]:
    """The metrics of a process, without those that the library adds to each: when it began to count."""
    metrics = Metrics()
    metrics.set_waiting(Waiting(0, 0, 0, 0))
    metrics.set_leader(is_leader=True)
    for measure in (
        metrics.set_sweep_lag,
        metrics.set_owed_evidences,
        metrics.set_directory_version,
        metrics.set_clock_ahead,
    ):
        measure(1)
    lines = metrics.exposition()[0].decode().splitlines()
    names = [line.split()[2] for line in lines if line.startswith("# TYPE ")]
    return [name for name in names if not name.endswith("_created")]


def addresses() -> frozenset[str]:
    """The paths of the HTTP API."""
    return frozenset(create_app(FakeAxis()).openapi()["paths"])
