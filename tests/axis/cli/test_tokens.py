"""The command line signs with a key on a token, named as PKCS#12 and PEM are, and asks for its PIN."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from axis.cli.credentials import load_signer
from axis.cli.exits import ExitCode
from axis.cli.profile import read_profile, write_profile
from axis.demo.authority import Credential
from axis.sdk import open_signer
from signing.certificates import Certificate
from signing.pkcs11_uris import Pkcs11Uri
from tests.axis.cli.conftest import Axis, credential
from tests.axis.cli.test_envelope import letter, unsigned
from tests.axis.cli.test_exchange import Office
from tests.fixtures.running import RunningAxis
from tests.fixtures.tokens import PIN, Token, needs_softhsm

__all__ = ["letter", "unsigned"]

pytestmark = needs_softhsm


@pytest.fixture
def agency(token: Token) -> Token:
    """A token with the agency's key and certificates, which `keys` trusts."""
    token.put(credential(), "agency")
    return token


def test_a_package_is_signed_by_the_key_on_a_token(axis: Axis, unsigned: Path, keys: Path, agency: Token) -> None:
    package = unsigned.with_name("signed.edxml")
    (keys / "pin").write_text(f"{PIN}\n")
    key = ("--key", agency.uri("agency"))
    ran = axis("envelope", "sign", unsigned, "-o", package, *key, "--password-file", keys / "pin", "--json")
    assert ran.code is ExitCode.DONE
    checked = axis("envelope", "check", package, "--trust", keys / "root.pem")
    assert checked.code is ExitCode.DONE
    assert PIN not in ran.out + ran.err + checked.out


def test_the_pin_may_come_from_the_environment_and_the_key_from_the_profile(
    axis: Axis, unsigned: Path, keys: Path, agency: Token
) -> None:
    known = read_profile(keys / "profile.toml")
    profile = keys / "token.toml"
    write_profile(profile, replace(known, signer=agency.address("agency"), signer_password_file=None))
    assert read_profile(profile).signer == agency.address("agency")
    package = unsigned.with_name("signed.edxml")
    sign = ("envelope", "sign", unsigned, "-o", package, "--profile", profile)
    without = axis(*sign, "--json")
    assert (without.code, without.document["error"]["fault"]) == (ExitCode.INPUT, "pin-missing")
    assert axis(*sign, AXIS_PKCS11_PIN=PIN).code is ExitCode.DONE
    assert axis("envelope", "check", package, "--trust", keys / "root.pem").code is ExitCode.DONE


def test_a_person_is_asked_for_the_pin(agency: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(prompt: str, **_: object) -> str:
        asked.append(prompt)
        return PIN

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(typer, "prompt", answer)
    signer = load_signer(agency.address("agency"), None, password_file=None)
    assert len(signer.sign(b"octets")) == 64
    assert asked == [f"PIN {agency.label}"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"object": "other"}, "no-key"),
        ({"token": "other"}, "no-device"),
        ({"pin-value": "canary-1789"}, "pin-in-uri"),
        ({"slot-id": "1"}, "uri"),
    ],
)
def test_what_is_wrong_with_a_token_is_told_by_its_own_name(
    axis: Axis, unsigned: Path, agency: Token, change: dict[str, str], fault: str
) -> None:
    named = {"key": change.pop("object", "agency"), **change}
    package = unsigned.with_name("x.edxml")
    ran = axis("envelope", "sign", unsigned, "-o", package, "--key", agency.uri(**named), "--json", AXIS_PKCS11_PIN=PIN)
    assert (ran.code, ran.document["error"]["fault"]) == (ExitCode.INPUT, fault)
    assert not package.exists()
    assert PIN not in ran.out + ran.err


def test_a_wrong_pin_is_told_and_not_shown(axis: Axis, unsigned: Path, agency: Token) -> None:
    arguments = ("envelope", "sign", unsigned, "-o", unsigned.with_name("x.edxml"), "--key", agency.uri("agency"))
    ran = axis(*arguments, "--lang", "vi", AXIS_PKCS11_PIN="canary-4711")
    assert ran.code is ExitCode.INPUT
    assert "không chấp nhận mã PIN" in ran.err
    assert "canary" not in ran.err


def test_a_letter_is_sent_with_the_key_on_a_token(
    axis: Axis, running: RunningAxis, token: Token, tmp_path: Path
) -> None:
    sender, recipient = Office(running, tmp_path / "sender"), Office(running, tmp_path / "recipient")
    key = load_pem_private_key((sender.folder / "agency.key.pem").read_bytes(), None)
    own, *chain = (one.x509 for one in Certificate.many_from_pem((sender.folder / "agency.pem").read_bytes()))
    token.put(Credential(key, own, tuple(chain)), "agency")  # type: ignore[arg-type] # an agency's kind of key
    known = read_profile(sender.profile)
    write_profile(
        sender.profile, replace(known, signer=token.address("agency"), signer_certificates=None), replaces=True
    )
    letters = [sender.write(recipient.organ_id, number) for number in (1, 2)]
    ran = axis("envelope", "send", *letters, "--profile", sender.profile, "--json", AXIS_PKCS11_PIN=PIN)
    assert (ran.code, len(ran.document["sent"])) == (ExitCode.DONE, 2)
    assert PIN not in ran.out + ran.err


def test_the_library_opens_every_kind_of_key_by_its_name(keys: Path, agency: Token) -> None:
    certificates = keys / "agency.pem"
    signers = [
        open_signer(keys / "agency.p12", secret="mot hai ba"),  # noqa: S106 of this test's own key
        open_signer(keys / "agency.key.pem", certificates),
        open_signer(agency.uri("agency"), secret=PIN),
    ]
    assert signers[0].certificate == signers[1].certificate
    assert isinstance(agency.address("agency"), Pkcs11Uri)
    assert all(len(one.sign(b"octets")) == 64 for one in signers)
