"""`axis demo`, `up`, `serve` and `worker`: the axis itself.

Each part is loaded only by the command that runs it: all of them together take a second that no other should wait.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from axis.cli.commands import command
from axis.cli.exits import ExitCode
from axis.cli.failures import Unable
from axis.cli.fault_words import fault_of
from axis.cli.opening import running_settings, silence_logs
from axis.cli.output import Output
from axis.cli.trace import trace_shown
from axis.cli.words import CliCode
from axis.clock import SystemClock
from axis.demo.errors import JourneyFailed
from axis.interruption import until_interrupted
from axis.logs import configure_logs
from storage.errors import EmbeddedFault, EmbeddedUnavailable

if TYPE_CHECKING:
    from axis.cli.firsts import Firsts
    from axis.demo.home import Home


_OF_THE_EXTRA: Final = frozenset({"certomancer", "werkzeug", "yaml"})
"""What the demonstration's authorities are made of; an installation without the extra `embedded` has none of it."""

_PROPERTIES: Final = "http://uri.etsi.org/01903/v1.3.2#:SignedProperties"
"""How `xmlsec1` is told where the identifier of XAdES properties stands."""


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
    try:
        from axis.demo import journey  # noqa: PLC0415 see the module's docstring
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] not in _OF_THE_EXTRA:
            raise
        raise EmbeddedUnavailable(EmbeddedFault.NOT_INSTALLED) from error

    silence_logs()
    try:
        done = journey.run(folder, lambda line: output.remark(output.pick(line)))
    except JourneyFailed as error:
        raise Unable(CliCode.DEMO_FAILED, exit_code=ExitCode.UNEXPECTED, fault=fault_of(error)) from error
    document = {
        "folder": str(folder),
        "seconds": round(done.seconds, 1),
        "agencies": done.agencies,
        "statuses": done.statuses,
        "refused": [problem.code for problem in done.refused],
        "evidence": [evidence.type.value for evidence, _ in done.evidence],
        "traces": list(done.traces.values()),
    }
    traces = (line for traced in done.traces.values() for line in trace_shown(output, traced))
    left = (
        f"Biên nhận và gói tin nằm trong {folder}; mất {done.seconds:.1f} giây.",
        f"Receipts and packages are in {folder}; it took {done.seconds:.1f} s.",
    )
    receipt, seal = folder / "receipts" / "01-SubmissionAcceptance-all.xml", folder / "seal.pem"
    ours = f"  {_program()} verify {receipt} --package {folder / 'packages' / '123.edxml'} --seal {seal}"
    theirs = (
        f"  xmlsec1 --verify --enabled-key-data key-name --pubkey-cert-pem {seal} --id-attr:Id {_PROPERTIES} {receipt}"
    )
    check = ("Tự kiểm tra một biên nhận:", "Check a receipt yourself:")
    output.give(document, *traces, left, check, ours, theirs)


def up(
    output: Output,
    *,
    folder: Annotated[Path, typer.Option("--folder", help="Where the axis keeps everything.")] = Path("var"),
    port: Annotated[int, typer.Option("--port", help="Port on the loopback address; 0 takes a free one.")] = 8080,
) -> None:
    """Run an embedded axis until it is interrupted: a PostgreSQL of its own, objects on disk, API and worker.

    Leaves profiles of the demonstration's agencies and a first letter in the folder, and says how to send it.
    """
    from axis.cli.firsts import lay_out  # noqa: PLC0415 see the module's docstring
    from axis.demo.home import open_home  # noqa: PLC0415 likewise

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "axis.log").open("a", encoding="utf-8") as log:
        configure_logs(SystemClock(), log, is_strict=False)
        with until_interrupted() as told, open_home(folder, port=port) as home:
            firsts = lay_out(folder, home)
            document = {
                "url": home.url,
                "database_url": home.database_url,
                "agencies": home.agencies,
                "profile": str(firsts.sender),
            }
            output.give(document, *_welcome(home, firsts))
            sys.stdout.flush()
            told.wait()
            output.remark(output.pick(("Đang dừng …", "Stopping …")))


def _welcome(home: Home, firsts: Firsts) -> list[tuple[str, str]]:
    """Return what a newcomer needs: where things are, and a first exchange to copy line by line."""
    axis, url, agencies = _program(), home.url, home.agencies
    database = f"  export AXIS_DATABASE__URL={shlex.quote(home.database_url)}"
    pull = f"{axis} inbox pull {firsts.folder / 'incoming'} --ack --profile {firsts.recipient}"
    return [
        (
            f"Trục đang chạy tại {url} ({agencies} cơ quan; nhật ký: {firsts.folder / 'axis.log'}).",
            f"The axis is up at {url} ({agencies} agencies; log: {firsts.folder / 'axis.log'}).",
        ),
        (
            f"API: {url}/openapi.json · giới hạn: {url}/v1/limits · tình trạng: {url}/health/ready",
            f"API: {url}/openapi.json · limits: {url}/v1/limits · health: {url}/health/ready",
        ),
        ("", ""),
        ("Gửi gói tin đầu tiên, từ một cửa sổ khác:", "Send a first package, from another terminal:"),
        (
            f"  {axis} envelope send {firsts.letter} --profile {firsts.sender}",
            f"  {axis} envelope send {firsts.letter} --profile {firsts.sender}",
        ),
        ("Nhận về, kiểm tra và ký xác nhận:", "Receive, verify and acknowledge it:"),
        (f"  {pull}", f"  {pull}"),
        (
            f"Quản trị ({axis} agency, {axis} system) trên chính Trục này:",
            f"Administer this very axis ({axis} agency, {axis} system):",
        ),
        (database, database),
        ("", ""),
        ("Dừng bằng Ctrl-C; dữ liệu được giữ lại.", "Stop with Ctrl-C; everything is kept."),
    ]


def _program() -> str:
    """Return how this program was called, so that what is shown can be copied."""
    path = Path(sys.argv[0])
    return str(path.relative_to(Path.cwd()) if path.is_absolute() and path.is_relative_to(Path.cwd()) else path)


def serve(output: Output) -> None:
    """Serve the API with the environment's settings until it is interrupted. Logs go to standard error."""
    from axis.web import serving  # noqa: PLC0415 see the module's docstring

    serving.run(running_settings(), output.remark)


def worker(output: Output) -> None:
    """Work on what is due, with the environment's settings, until interrupted. Logs go to standard error.

    Answers /health/live, /health/ready and /metrics at AXIS_WORKER__HOST and AXIS_WORKER__PORT.
    """
    from axis.workers import serving  # noqa: PLC0415 see the module's docstring

    def tell(url: str) -> None:
        words = f"Đang làm việc; tình trạng và số đo: {url}", f"At work; health and metrics: {url}"
        output.remark(output.pick(words))

    serving.run(running_settings(), tell)
