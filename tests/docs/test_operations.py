"""What the page on running an axis names exists, and its examples fit the limits that the program has."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields

import pytest
from sqlalchemy import Engine, text

from axis import sdk
from axis.cli.exits import ExitCode
from axis.inquiry import doctor
from axis.inquiry.complaints import Complaint
from axis.inquiry.waits import Step
from axis.logs import LogEvent
from axis.metrics import ConnectionEnd
from axis.settings import SettingsRefused, describe, load_settings
from axis.settings.tree import Settings
from axis.web.access_tokens import TOKEN_BYTES_MAX
from axis.web.announced import announced_limits, reasons_in
from axis.web.catalogue import CATALOGUE
from axis.web.connections import CONNECTIONS_MAX, HEADER_BYTES_MAX, HEADER_SECONDS, KEEP_ALIVE_SECONDS
from axis.web.serving import STOP_SECONDS
from axis.web.spool import MEMORY_BYTES
from axis.workers.process import STOP_MILLISECONDS
from envelopes.limits import PACKAGE_BYTES_MAX
from routing.leases import LONG_POLL_MAX
from signing.purposes import TrustedAuthority
from storage.database.partitions import MONTHS_AHEAD
from storage.errors import StoreFault
from tests.architecture.source import ROOT
from tests.docs.names import addresses, exposed, unknown_options
from tests.docs.pages import Page, page

NAME = "docs/operations.md"
SETTINGS = {row.name for row in describe()}
ENTRIES = {one.name for one in fields(TrustedAuthority)}
"""What a file of the trust folder may hold."""
STORE_FAULTS = {fault.name.lower() for fault in StoreFault}
"""What the log says of an object store that is of no use."""
MONTHS = {3: "three"}
UNITS = {"s": 1, "k": 1024, "m": 1024**2}

_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")
_SNAKE = re.compile(r"[a-z]+(?:_[a-z]+)+")
_DIRECTIVE = re.compile(r"^\s*(?P<name>[a-z_]+) (?P<value>[^{;\n]*);$", re.MULTILINE)


def codes(words: str) -> list[str]:
    """What stands as code in the prose of a page."""
    return _CODE.findall(_FENCE.sub("", words))


def unknown_names(words: str, others: set[str]) -> Iterator[str]:
    """Yield what a text names as a setting, command, address, problem or metric and is none; `others` are known too."""
    known = {*exposed(), *LogEvent, *ConnectionEnd, *ENTRIES, *STORE_FAULTS, *others}
    for code in codes(words):
        if code.startswith("AXIS_"):
            yield from {code.partition("=")[0]} - SETTINGS
        elif code.startswith("axis "):
            yield from unknown_options(code)
        elif re.match(r"(?:GET )?/(?:v1|health|metrics)", code):
            path = code.removeprefix("GET ")
            yield from () if any(one.startswith(path) for one in addresses()) else (code,)
        elif re.fullmatch(r"[a-z]+/[a-z-]+", code):
            yield from {code} - {*CATALOGUE, *Complaint}
        elif _SNAKE.fullmatch(code):
            yield from {code} - known


def directives(block: str) -> Mapping[str, str]:
    """The directives of a configuration of nginx, by name; of those that come twice, the first."""
    return dict(reversed([(match["name"], match["value"]) for match in _DIRECTIVE.finditer(block)]))


def amount(value: str) -> int:
    """The last number of a value, in seconds or octets."""
    match = re.search(r"(\d+)([skm])$", value)
    assert match
    return int(match[1]) * UNITS[match[2]]


@pytest.fixture(scope="module")
def operations() -> Page:
    return page(NAME)


@pytest.fixture(scope="module")
def proxy(operations: Page) -> str:
    ((_, block),) = operations.blocks("nginx")
    return block


@pytest.fixture(scope="module")
def unit(operations: Page) -> Mapping[str, str]:
    ((_, block),) = operations.blocks("ini")
    return dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


@pytest.fixture(scope="module")
def others(proxy: str, shared_engine: Engine) -> set[str]:
    """Names of what the page speaks of beside the axis: limits, the proxy, PostgreSQL, the client library."""
    with shared_engine.connect() as connection:
        parameters = set(connection.scalars(text("SELECT name FROM pg_settings")))
    limits = {limit.name for limit in announced_limits(Settings.model_construct())}
    limits |= {name.lower() for name in reasons_in(doctor)}
    return {*parameters, *limits, *Step, *directives(proxy), *sdk.__all__, "pg_basebackup", "pg_dump"}


def test_everything_it_names_exists(operations: Page, others: set[str]) -> None:
    assert list(unknown_names(operations.text, others)) == []


@pytest.mark.parametrize(
    "code",
    [
        "AXIS_WEB__POR",
        "AXIS_TELEPATHY=1",
        "axis teleport",
        "axis db downgrade",
        "axis worker --fast",
        "/health/well",
        "GET /v1/sealing",
        "service/closed",
        "doctor/hungry",
        "axis_sweep_lag",
        "seal_broken",
        "proxy_read_timeouts",
    ],
)
def test_a_name_that_is_none_is_caught(code: str, others: set[str]) -> None:
    assert len(list(unknown_names(f"see `{code}`.", others))) == 1


def test_it_speaks_of_every_metric_of_which_it_alarms_by_a_label_that_exists(operations: Page) -> None:
    alarms = [line for line in operations.text.splitlines() if line.startswith("| `axis_")]
    assert len({code for line in alarms for code in codes(line) if code in exposed()}) >= 7


def test_every_target_of_make_exists(operations: Page) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {code.removeprefix("make ") for code in codes(operations.text) if code.startswith("make ")}
    assert named
    assert named - targets == set()


def test_the_settings_of_production_lack_only_their_files(operations: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    ((_, block),) = operations.blocks("env")
    for name in [name for name in os.environ if name.startswith("AXIS_")]:
        monkeypatch.delenv(name)
    for line in block.splitlines():
        monkeypatch.setenv(*line.split("=", 1))
    with pytest.raises(SettingsRefused) as caught:
        load_settings()
    assert {refusal.code for refusal in caught.value.refusals} == {"settings/no-such-file"}


def test_the_service_gives_time_and_files_enough(operations: Page, unit: Mapping[str, str]) -> None:
    assert unknown_options(unit["ExecStart"].rpartition("/")[2]) == set()
    assert int(unit["TimeoutStopSec"]) > max(STOP_SECONDS, STOP_MILLISECONDS / 1000)
    assert int(unit["LimitNOFILE"]) > 2 * CONNECTIONS_MAX
    assert {*unit["RestartPreventExitStatus"].split()} == {str(int(one)) for one in (ExitCode.INPUT, ExitCode.SETTINGS)}
    named = re.findall(r"Environment=(AXIS_\w+)=%i", operations.text)
    assert named == ["AXIS_WEB__PORT", "AXIS_WORKER__PORT"]


def test_the_proxy_waits_as_long_as_the_axis_may_take(proxy: str) -> None:
    said = directives(proxy)
    assert amount(said["proxy_read_timeout"]) > LONG_POLL_MAX.seconds
    assert amount(said["client_header_timeout"]) <= HEADER_SECONDS
    upstream = directives(proxy.partition("server {")[0])
    assert amount(upstream["keepalive_timeout"]) < KEEP_ALIVE_SECONDS


def test_the_proxy_lets_through_what_the_axis_takes(proxy: str) -> None:
    said = directives(proxy)
    assert amount(said["client_max_body_size"]) > PACKAGE_BYTES_MAX
    longest = len("Authorization: Bearer \r\n") + TOKEN_BYTES_MAX
    assert longest <= amount(said["large_client_header_buffers"]) <= HEADER_BYTES_MAX
    assert (said["proxy_request_buffering"], said["proxy_buffering"], said["proxy_http_version"]) == (
        "off",
        "on",
        "1.1",
    )


def test_the_proxy_shows_strangers_what_is_for_them_and_nothing_else(proxy: str) -> None:
    hidden = re.search(r"location ~ (\S+) \{\s+return 404;", proxy)
    assert hidden
    paths = {path for path in addresses() if re.search(hidden[1], path)}
    assert paths == {path for path in addresses() if not path.startswith("/v1/")}
    assert paths == {"/health/live", "/health/ready", "/metrics"}


def test_the_proxy_shuts_no_process_out(proxy: str) -> None:
    servers = re.findall(r"^    server \S+:\d+ (.*);$", proxy, re.MULTILINE)
    assert servers == ["max_fails=0"] * 2


@pytest.mark.parametrize(
    "said",
    [
        f"at most {STOP_SECONDS} s,",
        f"holds it for {LONG_POLL_MAX.seconds} s,",
        f"{MONTHS[MONTHS_AHEAD]} months ahead",
        f"over {MEMORY_BYTES // 1024} KB",
        f"up to {PACKAGE_BYTES_MAX // 1024**2} MB",
        f"Exit code {ExitCode.SETTINGS:d} ",
        f"exit code {ExitCode.INPUT:d} ",
    ],
)
def test_numbers_are_those_of_the_program(operations: Page, said: str) -> None:
    assert said in " ".join(operations.text.split())


def test_the_readme_and_the_index_lead_there() -> None:
    assert NAME in page("README.md").links()
    assert "operations.md" in page("docs/README.md").links()
