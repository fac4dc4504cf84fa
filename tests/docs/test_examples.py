"""What the documentation shows is run as it stands: commands by a shell, programs by Python, on a running axis."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir
from dataclasses import dataclass, field, replace
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from unittest import mock

import httpx
import pytest

from axis.cli.firsts import lay_out
from axis.demo.home import Home
from axis.demo.keys import PARTICIPANTS, KeyRing
from axis.exchange.notices import Herald
from envelopes.identifiers import EventId
from routing.webhooks import WebhookAddress
from tests.architecture.source import ROOT
from tests.axis.sdk.test_webhooks import NOTICE
from tests.docs.pages import page
from tests.fixtures.running import RunningAxis
from tests.storage.records import envelope

SENDER, RECIPIENT = "H51.15", "H26.18"
README_URL = "http://127.0.0.1:8080"


@dataclass(slots=True)
class Desk:
    """A folder in which somebody follows a page, with one shell whose variables last from block to block."""

    folder: Path
    environment: Mapping[str, str]
    variables: dict[str, object] = field(default_factory=dict)

    def follow(self, blocks: tuple[tuple[str, str], ...]) -> str:
        """Do what the blocks say, one after the other; return what they print."""
        return "".join(self.run(body) if language == "sh" else self.execute(body) for language, body in blocks)

    def run(self, commands: str) -> str:
        """Run commands as a shell would that stops at the first failure."""
        remembered = f"set -aeu; [ ! -e .variables ] || . ./.variables\n{commands}\nexport -p > .variables\n"
        done = subprocess.run(
            ["bash", "-c", remembered],
            cwd=self.folder,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def execute(self, program: str) -> str:
        """Run a program that may use what the programs before it made."""
        with chdir(self.folder), mock.patch.dict(os.environ, self.environment):
            exec(compile(program, str(self.folder), "exec"), self.variables)  # noqa: S102 the page is ours
        return ""


@pytest.fixture
def desk(running: RunningAxis, tmp_path: Path) -> Desk:
    """A folder as `make up` leaves it: keys, profiles and a first letter in `var`, the program in `.venv/bin`."""
    keys, programs = tmp_path / "var" / "keys", tmp_path / ".venv" / "bin"
    shutil.copytree(running.ring.folder, keys)
    lay_out(
        tmp_path / "var",
        Home(running.url, running.embedded.database_url, KeyRing(keys, running.clock.now()), agencies=0),
    )
    programs.mkdir(parents=True)
    program = programs / "axis"
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c 'from axis.cli.main import run; run()' \"$@\"\n")
    program.chmod(0o755)
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
    kept |= {"PATH": f"{programs}:{os.environ['PATH']}", "AXIS_DATABASE__URL": running.embedded.database_url}
    return Desk(tmp_path, {**kept, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "PWD": str(tmp_path)})


@pytest.mark.slow
def test_the_readme_sends_a_first_package_from_the_command_line(desk: Desk) -> None:
    readme = page("README.md")
    ((_, letter),) = readme.blocks("toml")
    (desk.folder / "letter.toml").write_text(letter)
    printed = desk.follow(readme.blocks("sh"))
    assert (desk.folder / "letter.receipt.xml").is_file()
    assert list((desk.folder / "incoming").glob("*.edxml"))
    assert "Compared: it is about exactly the octets of the package given" in printed
    assert "Acknowledged." in printed
    assert f"{RECIPIENT}  " in printed.rpartition("Status 01 accepted")[2]
    assert "01 Arrived" in printed
    assert (desk.folder / "qlvb.cua-toi.jwk").stat().st_mode & 0o777 == 0o600


def test_the_readme_sends_a_package_with_the_client_library(
    desk: Desk, running: RunningAxis, capsys: pytest.CaptureFixture[str]
) -> None:
    ((_, program),) = page("README.md").blocks("python")
    assert program.count(README_URL) == 1
    desk.execute(program.replace(README_URL, running.url))
    assert "SubmissionAcceptance" in capsys.readouterr().out
    assert (desk.folder / "127.receipt.xml").is_file()


def test_the_client_library_needs_a_dozen_lines() -> None:
    """What a program says beyond its imports and beyond what the letter itself is about."""
    ((_, program),) = page("README.md").blocks("python")
    lines = [line for line in program.splitlines() if line and not line.startswith(("from ", "import ", "    ", ")"))]
    assert len(lines) <= 12


def test_every_command_of_the_api_page_works(desk: Desk, running: RunningAxis) -> None:
    missing = [program for program in ("curl", "jq") if shutil.which(program) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} missing")
    prepare_api(desk, running)
    desk.follow(page("docs/api.md").blocks("sh", "python"))
    made = {"accepted.json", "receipt.xml", "received.edxml", "acknowledged.json", "trace.json", "evidence.xml"}
    assert {path.name for path in desk.folder.iterdir()} >= {*made, "sent.json", "agency.json", "evidences.json"}
    assert '"state":"handed_over"' in (desk.folder / "acknowledged.json").read_text().replace(" ", "")
    assert (desk.folder / "evidence.xml").read_bytes() == (desk.folder / "receipt.xml").read_bytes()


def test_the_receiver_of_the_api_page_takes_what_is_signed_and_nothing_else(
    desk: Desk, running: RunningAxis, capsys: pytest.CaptureFixture[str]
) -> None:
    program = next(body for _, body in page("docs/api.md").blocks("python") if "WebhookVerifier" in body)
    desk.execute(f"from pathlib import Path\n{program}")
    webhook = desk.variables["Webhook"]
    assert isinstance(webhook, type)
    address, herald = (
        WebhookAddress("https://qlvb.example.vn/axis"),
        Herald(running.embedded.axis.notary.signer, running.url),
    )
    now = running.clock.now()
    body = herald.event(replace(NOTICE, notice_id=EventId(running.clock.mint())))
    fields = herald.signed(address, body, at=now)
    with ThreadingHTTPServer(("127.0.0.1", 0), webhook) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}/axis"
        answers = [httpx.post(url, content=sent, headers=fields).status_code for sent in (body, body, body + b" ")]
        server.shutdown()
        thread.join(10)
    assert answers == [204, 204, 401]
    assert capsys.readouterr().out.count("waits for") == 1


def test_the_receiver_of_packages_stores_names_the_digest_and_acknowledges(
    desk: Desk, running: RunningAxis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.folder)
    shutil.copy(running.ring.agency_file(SENDER), desk.folder / "agency.p12")
    blocks = [body for _, body in page("docs/api.md").blocks("python")]
    for words in ("WebhookVerifier", "PACKAGE_BYTES_MAX"):
        desk.execute("from pathlib import Path\n" + next(body for body in blocks if words in body))
    webhook = desk.variables["Packages"]
    assert isinstance(webhook, type)
    octets = b"<edXML/>"
    record = replace(envelope(), raw_digest=hashlib.sha256(octets).digest(), size=len(octets))
    herald, now = Herald(running.embedded.axis.notary.signer, running.url), running.clock.now()
    address = WebhookAddress("https://qlvb.example.vn/axis")
    fields = herald.package(NOTICE, record, media_type="application/xml", address=address, at=now)
    with ThreadingHTTPServer(("127.0.0.1", 0), webhook) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}/axis"
        answers = [httpx.post(url, content=octets, headers=fields) for _ in range(2)]
        server.shutdown()
        thread.join(10)
    assert (desk.folder / f"{NOTICE.delivery_id}.edxml").read_bytes() == octets
    for answer in answers:
        assert answer.headers["axis-received-digest"] == fields["content-digest"]
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/jose")
        assert answer.text.startswith("eyJ")


def prepare_api(desk: Desk, running: RunningAxis) -> None:
    """Put the files there that the page names, and let something wait for the system that follows it."""
    people = running.ring.participants()
    me, other = running.station(people[SENDER]), running.station(people[RECIPIENT])
    other.sdk.send(running.package(other, me))
    shutil.copy(running.ring.system_file(SENDER), desk.folder / "system.jwk")
    shutil.copy(running.ring.agency_file(SENDER), desk.folder / "agency.p12")
    (desk.folder / "package.edxml").write_bytes(running.package(me, other))
    system_id = str(me.participant.credentials.system_id)
    desk.environment = {**desk.environment, "AXIS": running.url, "SYSTEM": system_id}


@pytest.fixture
def archive(desk: Desk, running: RunningAxis) -> Desk:
    """A folder with a receipt, its package, and the anchor of the seal."""
    people = running.ring.participants()
    me, other = running.station(people[SENDER]), running.station(people[RECIPIENT])
    package = running.package(me, other)
    (desk.folder / "package.edxml").write_bytes(package)
    (desk.folder / "receipt.xml").write_bytes(me.sdk.send(package).octets)
    shutil.copy(running.ring.seal_file, desk.folder / "seal.pem")
    return desk


@pytest.mark.skipif(shutil.which("xmlsec1") is None, reason="xmlsec1 is missing (Debian package xmlsec1)")
def test_a_receipt_is_checked_as_the_evidence_page_says(archive: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    printed = archive.follow(page("docs/evidence.md").blocks("sh", "python"))
    assert "Compared: it is about exactly the octets of the package given" in printed
    assert "SubmissionAcceptance" in capsys.readouterr().out


@pytest.mark.skipif(shutil.which("xmlsec1") is None, reason="xmlsec1 is missing (Debian package xmlsec1)")
def test_the_command_of_the_evidence_page_sees_a_changed_receipt(archive: Desk) -> None:
    receipt = archive.folder / "receipt.xml"
    octets = receipt.read_bytes()
    receipt.write_bytes(octets.replace(b">H51.15<", b">H51.16<"))
    assert receipt.read_bytes() != octets
    command = next(body for language, body in page("docs/evidence.md").blocks("sh") if "xmlsec1" in body)
    with pytest.raises(AssertionError):
        archive.run(command)


def test_a_command_that_fails_is_caught(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        Desk(tmp_path, {"PATH": os.environ["PATH"]}).run("false\ntrue")


def test_the_demonstrations_agencies_are_the_ones_that_the_pages_name() -> None:
    text = page("README.md").text
    assert {SENDER, RECIPIENT, "G22"} <= set(PARTICIPANTS)
    assert all(f"var/keys/{organ_id}.toml" in text for organ_id in (SENDER, RECIPIENT))
