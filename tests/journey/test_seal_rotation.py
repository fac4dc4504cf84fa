"""The seal of a running axis changes: old receipts verify, clients follow by the old seal's word and by no other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from axis.cli.profile import Profile, write_profile
from axis.demo.authority import Credential, Validity, write_private
from axis.exchange import seals as register
from axis.sdk import Axis, Receipt, ReceiptRefused, ReceiptVerifier
from axis.sdk.errors import ReceiptFault
from axis.settings.tree import SealSettings
from signing.certificates import Certificate
from tests.architecture.source import ROOT
from tests.fixtures.running import RunningAxis, Station
from tests.fixtures.tokens import PIN, Token, needs_softhsm
from tests.journey.door import Door, door_of
from tests.signing.pki import certificate


@dataclass(frozen=True, slots=True)
class Change:
    """Two seals under one authority, the register between them, and what somebody pinned before the change."""

    running: RunningAxis
    folder: Path
    old: Credential
    new: Credential

    @property
    def pins(self) -> tuple[Certificate, ...]:
        return (certificate(self.old), certificate(self.running.country.root))

    @property
    def register(self) -> Path:
        return self.folder / "register"

    def settings(self, name: str) -> SealSettings:
        """The settings of the seal `old` or `new`."""
        return SealSettings(
            key_file=self.folder / f"{name}.key.pem",
            certificate_file=self.folder / f"{name}.pem",
            register_folder=self.register,
        )

    def rotate(self, *key: str, **environment: str) -> Any:
        """Announce the new seal as an operator does, on the settings of the running axis."""
        own = self.settings("old")
        settings = self.running.embedded.axis.settings
        return ran(
            ("seal", "rotate", *key),
            AXIS_INSTANCE=settings.instance,
            AXIS_SEAL__KEY_FILE=str(own.key_file),
            AXIS_SEAL__CERTIFICATE_FILE=str(own.certificate_file),
            AXIS_SEAL__REGISTER_FOLDER=str(self.register),
            AXIS_TRUST__ANCHORS=str(settings.trust.anchors),
            **environment,
        )

    def rotate_to_file(self) -> Any:
        return self.rotate("--key", str(self.folder / "new.key.pem"), "--certificate", str(self.folder / "new.pem"))


def ran(arguments: tuple[str, ...], **environment: str) -> Any:
    """What the program says in JSON, run in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AXIS_")}
    program = "from axis.cli.main import run; run()"
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments, "--json"],
        env={**kept, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert PIN not in done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def change(running: RunningAxis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Change:
    """A change that has not begun. What is in the register is seen at once."""
    monkeypatch.setattr(register, "REREAD_SECONDS", 0.0)
    validity = Validity.around(running.clock.now())
    old, new = (running.country.intermediate.issue_seal(f"Trục {one}", validity) for one in ("cũ", "mới"))
    old.write_pem(tmp_path, "old")
    new.write_pem(tmp_path, "new")
    (tmp_path / "register").mkdir()
    return Change(running, tmp_path, old, new)


@contextmanager
def client_of(change: Change, door: Door, station: Station) -> Iterator[Axis]:
    """Yield a system's connection to a door; it pinned the old seal and nothing else."""
    credentials = station.participant.credentials
    with Axis(door.url, credentials, seal_certificates=change.pins, clock=change.running.clock) as client:
        yield client


def sealed_by(receipt: Receipt) -> str:
    """Which seal a receipt carries, by its fingerprint."""
    return str(receipt.evidence.issuer.seal_certificate)


def is_refused(client: Axis, package: bytes) -> None:
    """The receipt for a package is not believed."""
    with pytest.raises(ReceiptRefused) as raised:
        client.send(package)
    assert raised.value.fault is ReceiptFault.OTHER_KEY


def test_the_seal_changes_while_the_exchange_goes_on(running: RunningAxis, change: Change) -> None:
    sender, recipient = running.agencies(2)
    packages = [running.package(sender, recipient) for _ in range(4)]
    with door_of(running, seal=change.settings("old")) as old, client_of(change, old, sender) as client:
        before = client.send(packages[0])
        assert client.follow_seals() == ()

        change.rotate_to_file()
        assert sealed_by(client.send(packages[1])) == change.pins[0].fingerprint

        with door_of(running, seal=change.settings("new")) as new, client_of(change, new, sender) as other:
            is_refused(other, packages[2])
            assert other.follow_seals() == (certificate(change.new),)
            after = other.send(packages[2])
            assert after.is_repeat
            assert sealed_by(after) == certificate(change.new).fingerprint
            assert other.send(packages[0]).octets == before.octets

            assert client.follow_seals() == (certificate(change.new),)
            assert sealed_by(client.send(packages[3])) == change.pins[0].fingerprint
            assert client.send(packages[2]).octets == after.octets
    now = running.clock.now()
    followed = ReceiptVerifier.pinned((*change.pins, certificate(change.new)))
    for receipt, package in ((before, packages[0]), (after, packages[2])):
        assert followed.verify_for_package(receipt.octets, package, at=now).message.envelope_id == receipt.envelope_id
    assert ReceiptVerifier.pinned(change.pins).verify(before.octets, at=now) == before.evidence


def test_an_old_receipt_is_judged_at_its_own_time_when_its_seal_has_ended(running: RunningAxis, change: Change) -> None:
    sender, recipient = running.agencies(2)
    package = running.package(sender, recipient)
    with door_of(running, seal=change.settings("old")) as door, client_of(change, door, sender) as client:
        receipt = client.send(package)
    verifier = ReceiptVerifier.pinned((*change.pins, certificate(change.new)))
    ended = change.pins[0].not_after.replace(year=change.pins[0].not_after.year + 1)
    with pytest.raises(ReceiptRefused) as raised:
        verifier.verify(receipt.octets, at=ended)
    assert raised.value.fault is ReceiptFault.SIGNATURE
    judged = verifier.verify_for_package(receipt.octets, package, at=receipt.evidence.event_time)
    assert judged == receipt.evidence


def test_a_list_that_the_old_seal_did_not_sign_changes_nothing(running: RunningAxis, change: Change) -> None:
    sender, recipient = running.agencies(2)
    # As if somebody had taken the place of the axis: his seal, under the same authority, endorsed by himself alone.
    with (
        door_of(running, seal=replace_register(change.settings("new"))) as door,
        client_of(change, door, sender) as client,
    ):
        assert client.follow_seals() == ()
        is_refused(client, running.package(sender, recipient))


def replace_register(settings: SealSettings) -> SealSettings:
    """The same seal without what an earlier one says of it."""
    return settings.model_copy(update={"register_folder": None})


def test_a_connected_system_pins_what_it_followed_by_the_command_line(running: RunningAxis, change: Change) -> None:
    sender, recipient = running.agencies(2)
    credentials, pins = sender.participant.credentials, change.folder / "pins.pem"
    pins.write_bytes(b"".join(one.pem for one in change.pins))
    write_private(change.folder / "system.jwk", credentials.key.private_jwk().encode())
    profile = Profile("", credentials.system_id, change.folder / "system.jwk", pins)
    change.rotate_to_file()
    with door_of(running, seal=change.settings("new")) as door:
        write_profile(change.folder / "profile.toml", replace(profile, url=door.url))
        told = [ran(("seal", "follow", "--profile", str(change.folder / "profile.toml"))) for _ in range(2)]
        assert [[one["sha256"] for one in each["pinned"]] for each in told] == [
            [certificate(change.new).fingerprint],
            [],
        ]
        pinned = Certificate.many_from_pem(pins.read_bytes())
        assert pinned == (*change.pins, certificate(change.new))
        with Axis(door.url, credentials, seal_certificates=pinned, clock=running.clock) as client:
            assert sealed_by(client.send(running.package(sender, recipient))) == pinned[-1].fingerprint


@needs_softhsm
def test_a_seal_moves_from_a_file_to_a_token(running: RunningAxis, change: Change, token: Token) -> None:
    sender, recipient = running.agencies(2)
    token.put(change.new)
    change.rotate("--key", token.uri(), AXIS_PKCS11_PIN=PIN)
    on_token = SealSettings(pkcs11_uri=token.uri(), pkcs11_pin=SecretStr(PIN), register_folder=change.register)
    with door_of(running, seal=on_token) as door, client_of(change, door, sender) as client:
        package = running.package(sender, recipient)
        is_refused(client, package)
        assert client.follow_seals() == (certificate(change.new),)
        assert client.send(package).is_repeat
