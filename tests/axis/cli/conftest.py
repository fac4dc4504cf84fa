"""Runs the program as a shell would, and tells its exit code, standard output and standard error."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import Engine
from typer.testing import CliRunner

from axis.cli.exits import ExitCode
from axis.cli.main import run_with
from axis.cli.opening import silence_logs
from axis.cli.profile import Profile, write_profile
from axis.demo.authority import Credential, Hierarchy, Validity, write_private
from envelopes.identifiers import OrganId, SystemId
from signing.assertions import AssertionKey
from tests.signing.pki import MOMENT, hierarchy
from tests.vietnamese import foreign, sentences

PASSWORD = b"mot hai ba"


@dataclass(frozen=True)
class Ran:
    """What became of one command line."""

    code: ExitCode
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)


Axis = Callable[..., Ran]


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No settings, no profile, English; no logs, and afterwards the logs as they were."""
    for name in [*os.environ]:
        if name.startswith(("AXIS_", "LC_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    # An axis that runs in this very process would write its logs between the lines of a command.
    silence_logs()
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def axis() -> Axis:
    """The program: `axis("agency", "show", "H51")`."""

    def run(*arguments: object, stdin: str = "", **environment: str) -> Ran:
        with CliRunner().isolation(stdin, env=environment) as (out, err, _):
            code = run_with([str(argument) for argument in arguments])
            sys.stdout.flush()
            sys.stderr.flush()
            ran = Ran(code, out.getvalue().decode(), err.getvalue().decode())
        if ran.out.startswith('{"error"'):
            assert [text for text in sentences(ran.document) if foreign(text)] == []
        return ran

    return run


@pytest.fixture
def on_database(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the settings at a migrated database without rows."""
    monkeypatch.setenv("AXIS_DATABASE__URL", engine.url.render_as_string(hide_password=False))


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """A folder with a system's key, an agency's container and the anchors, and a profile that names them."""
    folder = tmp_path / "keys"
    folder.mkdir()
    write_keys(folder, hierarchy(), credential())
    return folder


def credential(organ_id: str = "H51.15") -> Credential:
    """A new credential of an agency, valid at the tests' moment and around the present."""
    return hierarchy().intermediate.issue_agency(
        organ_id, f"Cơ quan {organ_id}", validity=Validity.around(MOMENT, years=9)
    )


def write_keys(folder: Path, pki: Hierarchy, holder: Credential, url: str = "http://127.0.0.1:1") -> Profile:
    """Write everything a profile names, and the profile itself as `profile.toml`; return it."""
    write_private(folder / "system.jwk", AssertionKey.generate().private_jwk().encode())
    write_private(folder / "root.pem", pki.root.certificate_pem)
    seal = pki.intermediate.issue_seal("Trục mẫu", Validity.around(MOMENT, years=9))
    write_private(folder / "seal.pem", seal.certificates_pem + pki.root.certificate_pem)
    write_private(folder / "password", PASSWORD + b"\n")
    holder.write_pkcs12(folder, "agency", password=PASSWORD)
    holder.write_pem(folder, "agency")
    profile = Profile(
        url=url,
        system_id=SystemId("van-thu"),
        key=folder / "system.jwk",
        seal_certificates=folder / "seal.pem",
        agency=OrganId("H51.15"),
        signer=folder / "agency.p12",
        signer_password_file=folder / "password",
        trust=folder / "root.pem",
    )
    write_profile(folder / "profile.toml", profile)
    return profile
