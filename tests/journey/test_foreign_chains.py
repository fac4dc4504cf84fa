"""Certificates that nobody here knows cost their sender's request alone; trust changes while doors are open."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from axis.anchorage import keeper
from axis.anchorage.folder import add_authority
from axis.demo.authority import Hierarchy, Subject, Validity
from axis.exchange import warden
from axis.inquiry.vitals import is_ready
from axis.metrics import HealthCheck
from axis.sdk import ProblemReported, sign_package
from axis.settings import TrustSettings
from signing.certificates import Certificate
from signing.purposes import AuthorityKind, Purpose, TrustedAuthority
from tests.axis.web.running import Logged
from tests.fixtures.running import RunningAxis, Station, signer_of
from tests.journey.door import Door, door_of

LOOPING = """
import signing.trust
genuine = signing.trust.TrustStore._validate
def looping(store, signer, chain, **rest):
    while signer.common_name == "Cơ quan treo":
        pass
    return genuine(store, signer, chain, **rest)
signing.trust.TrustStore._validate = looping
from axis.confinement.child import main
main()
"""
HANGING = (sys.executable, "-I", "-X", "utf8", "-c", LOOPING)
"""A cell whose path building never ends for one signer, as it would for a chain that nobody has thought of yet."""


def code_of(deed: Callable[[], object]) -> str:
    with pytest.raises(ProblemReported) as reported:
        deed()
    return reported.value.problem.code


def package_by(running: RunningAxis, sender: Station, recipient: Station, *, name: str) -> bytes:
    """A letter signed by somebody whom the directory does not know, under the trusted authority."""
    now = running.clock.now()
    issued = running.country.intermediate.issue(Subject(name), Validity.around(now))
    return sign_package(running.letter(sender, [recipient]), signer_of(issued), at=now)


def test_a_chain_that_hangs_is_refused_in_time_and_the_other_submissions_go_on(
    running: RunningAxis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warden, "CONFINES", replace(warden.CONFINES, seconds=2.0, program=HANGING))
    sender, recipient = running.agencies(2)
    hanging = package_by(running, sender, recipient, name="Cơ quan treo")
    with door_of(running) as door:
        client, other = door.client(sender), door.client(recipient)
        told: list[str] = []
        stuck = threading.Thread(target=lambda: told.append(code_of(lambda: client.send(hanging))))
        begun = time.monotonic()
        stuck.start()
        for _ in range(3):
            other.send(running.package(recipient, sender))
        assert stuck.is_alive(), "the others did not wait for it"
        stuck.join(20)
        assert told == ["signature/path-too-complex"]
        assert time.monotonic() - begun < 15
        client.send(running.package(sender, recipient))


def test_a_signer_whom_nobody_registered_is_judged_in_a_cell_and_refused_as_before(running: RunningAxis) -> None:
    sender, recipient = running.agencies(2)
    package = package_by(running, sender, recipient, name="Cơ quan lạ")
    with door_of(running) as door:
        assert code_of(lambda: door.client(sender).send(package)) == "sender/certificate-not-registered"
        assert any(cell.child_id for cell in door.axis.court.paths._cells)
        door.client(sender).send(running.package(sender, recipient))


# ── trust that changes ────────────────────────────────────────────────────────────────────────────────────────────────


def folder_of(running: RunningAxis, folder: Path) -> Path:
    """A trust folder with what the running axis trusts."""
    folder.mkdir()
    now = running.clock.now()
    store = running.embedded.axis.trust
    for authority in store.authorities:
        add_authority(folder, replace(authority, name="thử", kind=AuthorityKind.TEST), at=now)
    return folder


def ready(door: Door) -> tuple[bool, bool]:
    """Whether the door is ready, and whether its trust folder is sound."""
    door.axis.readiness.check()
    checks = door.axis.readiness.checks()
    return is_ready(checks), {check.name: check.is_passed for check in checks}[HealthCheck.TRUST]


def test_authorities_come_and_go_while_the_door_is_open(
    running: RunningAxis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "FRESH_SECONDS", 0.0)
    now = running.clock.now()
    country = Hierarchy.found(now)
    credential = country.intermediate.issue_agency("K07.0", "Cơ quan khác", validity=Validity.around(now))
    foreigner, recipient = running.agency(credential=credential), running.agency()
    folder = folder_of(running, tmp_path / "trust")
    with door_of(running, trust=TrustSettings(folder=folder)) as door:
        client = door.client(foreigner)
        assert code_of(lambda: client.send(running.package(foreigner, recipient))) == "signature/untrusted"
        root = TrustedAuthority(
            Certificate.from_pem(country.root.credential.certificates_pem),
            purposes=frozenset({Purpose.PACKAGE}),
            name="khác",
            kind=AuthorityKind.LICENSED,
        )
        file = add_authority(folder, root, at=now)
        client.send(running.package(foreigner, recipient))
        file.write_text(f"{file.read_text()}trusted_until = 2020-01-01T00:00:00Z\n")
        assert code_of(lambda: client.send(running.package(foreigner, recipient))) == "signature/authority-given-up"
        door.client(recipient).send(running.package(recipient, foreigner))


def test_a_broken_folder_changes_nothing_and_is_told_once(
    running: RunningAxis, tmp_path: Path, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "FRESH_SECONDS", 0.0)
    sender, recipient = running.agencies(2)
    folder = folder_of(running, tmp_path / "trust")
    with door_of(running, trust=TrustSettings(folder=folder)) as door:
        client = door.client(sender)
        (folder / "broken.toml").write_text("name = ")
        for _ in range(3):
            client.send(running.package(sender, recipient))
        assert ready(door) == (True, False)
        assert [one["code"] for one in logged() if one["event"] == "trust_broken"] == ["trust/entry-unreadable"]
        (folder / "broken.toml").unlink()
        client.send(running.package(sender, recipient))
        assert ready(door) == (True, True)
