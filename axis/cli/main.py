"""The program `axis`: its commands put together, and its outermost frame."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Final

import typer
from typer.main import get_command

from axis.cli import (
    agency,
    blobs,
    configuration,
    database,
    delivery,
    doctor,
    envelope,
    inbox,
    processes,
    seal,
    status,
    system,
    trace,
    trust,
    verify,
    webhook,
)
from axis.cli.exits import ExitCode
from axis.cli.failures import Unable, report
from axis.cli.faults import usage_fault
from axis.cli.language import Language
from axis.cli.output import Output
from axis.cli.words import CliCode

app: Final = typer.Typer(
    name="axis",
    help="A national axis for signed official documents. Exit codes and files: docs/cli.md.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

processes.enrol(app)
app.add_typer(database.group, name="db")
app.add_typer(configuration.group, name="config")
app.add_typer(blobs.group, name="blobs")
app.add_typer(seal.group, name="seal")
app.add_typer(trust.group, name="trust")
app.add_typer(agency.group, name="agency")
system.group.add_typer(webhook.group, name="webhook")
app.add_typer(system.group, name="system")
app.add_typer(delivery.group, name="delivery")
app.add_typer(envelope.group, name="envelope")
app.add_typer(inbox.group, name="inbox")
app.add_typer(status.group, name="status")
doctor.enrol(app)
trace.enrol(app)
verify.enrol(app)


def run() -> None:
    """Run the program with the arguments of the process, and end it with a documented exit code."""
    sys.exit(run_with(sys.argv[1:]))


def run_with(arguments: Sequence[str]) -> ExitCode:
    """Return the exit code of one command line. No error leaves as a traceback: this is the outermost frame."""
    output = Output(Language.of(os.environ, arguments), "--json" in arguments)
    try:
        ended = get_command(app).main(list(arguments) or ["--help"], prog_name="axis", standalone_mode=False)
        return ExitCode.of(ended) if isinstance(ended, int) else ExitCode.DONE
    except typer.TyperException as error:
        usage = Unable(CliCode.USAGE, exit_code=ExitCode.USAGE, fault=usage_fault(error))
        return report(usage, output)
    except typer.Abort:
        return report(KeyboardInterrupt(), output)
    except Exception as error:  # noqa: BLE001 the one place where a fault of the program becomes words
        return report(error, output)
