"""A running axis whose seal is on a token, and agencies that sign with theirs; a token is pulled out and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import structlog
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import SecretStr

from axis.clock import SystemClock
from axis.demo.authority import Credential, KeyKind, Subject, Validity
from axis.inquiry.vitals import is_ready
from axis.logs import configure_logs
from axis.sdk import open_signer, sign_package
from axis.settings.tree import SealSettings
from axis.wiring import load_seal
from signing.certificates import Certificate
from signing.errors import KeyUnusable
from tests.axis.web.running import Logged
from tests.fixtures.running import RunningAxis, Station
from tests.fixtures.tokens import PIN, Cabinet, Token, needs_softhsm
from tests.journey.door import Door, comes_again, door_of
from tests.signing.xml.xmlsec1 import accepts_under, needs_xmlsec1

pytestmark = needs_softhsm


@pytest.fixture(autouse=True)
def logged() -> Iterator[Logged]:
    """What is logged. That work fails is expected here; that the PIN or another secret is told is not."""
    stream = Logged()
    configure_logs(SystemClock(), stream, is_strict=True)
    yield stream
    structlog.reset_defaults()
    lines = stream()
    assert [line for line in lines if PIN in str(line) or "eyJ" in str(line)] == []
    assert [line for line in lines if line["event"] in {"request_failed", "uncatalogued_event"}] == []


@pytest.fixture
def door(running: RunningAxis, token: Token) -> Iterator[Door]:
    """A door of the running axis that has the seal's key on a token, and in no file."""
    files = running.ring.files
    own, *chain = (one.x509 for one in Certificate.many_from_pem(files.seal_certificate.read_bytes()))
    key = load_pem_private_key(files.seal_key.read_bytes(), None)
    token.put(Credential(key, own, tuple(chain)))  # type: ignore[arg-type] # the demonstration's kinds of key
    with door_of(running, seal=seal_on(token)) as door:
        yield door


def seal_on(token: Token) -> SealSettings:
    """The settings of a seal on a token."""
    return SealSettings(pkcs11_uri=token.uri(), pkcs11_pin=SecretStr(PIN))


@needs_xmlsec1
def test_receipts_are_sealed_by_the_token_and_an_outside_judge_accepts_them(
    running: RunningAxis, door: Door, tmp_path: Path
) -> None:
    sender, recipient = running.agencies(2)
    receipt = door.client(sender).send(running.package(sender, recipient))
    (tmp_path / "receipt.xml").write_bytes(receipt.octets)
    (tmp_path / "seal.pem").write_bytes(running.ring.seal[0].pem)
    assert accepts_under(tmp_path / "receipt.xml", tmp_path / "seal.pem")
    assert type(door.axis.notary.signer).__name__ == "Pkcs11Signer"


@needs_xmlsec1
@pytest.mark.parametrize("kind", [KeyKind.RSA_2048, KeyKind.ECDSA_P256, KeyKind.ECDSA_P384])
def test_an_agency_signs_packages_and_acknowledgements_with_its_token(
    running: RunningAxis, token: Token, kind: KeyKind, tmp_path: Path
) -> None:
    validity = Validity.around(running.clock.now())
    issued = [running.country.intermediate.issue(Subject(f"Cơ quan {one}"), validity, kind=kind) for one in ("A", "B")]
    for name, one in zip(("sender", "recipient"), issued, strict=True):
        token.put(one, name, key_id=name.encode().hex())
    sender, recipient = (running.agency(credential=one) for one in issued)
    signer = open_signer(token.uri("sender"), secret=PIN)
    package = sign_package(running.letter(sender, [recipient]), signer, at=running.clock.now())
    (tmp_path / "package.xml").write_bytes(package)
    (tmp_path / "agency.pem").write_bytes(signer.certificate.pem)
    assert accepts_under(tmp_path / "package.xml", tmp_path / "agency.pem")
    assert sender.sdk.send(package).evidence.sender_signature is not None
    (offer,) = recipient.sdk.lease().offers
    assert recipient.sdk.fetch(offer) == package
    assert recipient.sdk.acknowledge(offer, open_signer(token.uri("recipient"), secret=PIN))["state"] == "handed_over"


def test_many_submissions_at_once_share_the_token(running: RunningAxis, door: Door) -> None:
    senders, recipient = running.agencies(4), running.agency()
    packages = [(one, door.client(one), [running.package(one, recipient) for _ in range(4)]) for one in senders]
    with ThreadPoolExecutor(4) as threads:
        sent = threads.map(lambda line: [line[1].send(one) for one in line[2]], packages)
        assert len({receipt.envelope_id for receipts in sent for receipt in receipts}) == 16


def test_while_the_token_is_away_nothing_is_accepted_and_no_receipt_leaves_unsealed(
    running: RunningAxis, door: Door, token: Token, logged: Logged
) -> None:
    sender, recipient = running.agencies(2)
    client, package = door.client(sender), running.package(sender, recipient)
    running.settle()
    before = running.rows()
    with token.pulled_out():
        comes_again(lambda: client.send(package))
        comes_again(lambda: client.send(unsigned_of(running, sender, recipient)))
        door.axis.readiness.check()
        assert not is_ready(door.axis.readiness.checks())
    assert {name for name, number in running.rows().items() if number != before[name]} <= {"used_assertions"}
    assert {line["fault"] for line in logged() if line["event"] == "seal_failed"} == {"no-device"}
    receipt = client.send(package)
    assert not receipt.is_repeat
    door.axis.readiness.check()
    assert is_ready(door.axis.readiness.checks())


def unsigned_of(running: RunningAxis, sender: Station, recipient: Station) -> bytes:
    """A package that is refused: the refusal is evidence too, and as little to be had without the seal."""
    return running.package(sender, recipient).replace(b"SNV-VP", b"SNV-VX")


def test_a_token_that_was_replaced_by_another_seals_nothing(
    running: RunningAxis, door: Door, token: Token, cabinet: Cabinet, logged: Logged
) -> None:
    sender, recipient = running.agencies(2)
    client = door.client(sender)
    with token.pulled_out():
        other = cabinet.token(token.label)
        seal = running.country.intermediate.issue_seal("Trục khác", Validity.around(running.clock.now()))
        other.put(seal)
        comes_again(lambda: client.send(running.package(sender, recipient)))
        other.destroy()
    assert {line["fault"] for line in logged() if line["event"] == "seal_failed"} == {"other-certificate"}


def test_an_axis_does_not_start_with_a_pin_that_the_token_refuses(running: RunningAxis, token: Token) -> None:
    seal = running.country.intermediate.issue_seal("Trục", Validity.around(running.clock.now()))
    token.put(seal)
    wrong = SealSettings(pkcs11_uri=token.uri(), pkcs11_pin=SecretStr("canary-4711"))
    with pytest.raises(KeyUnusable, match="refused the PIN") as raised:
        load_seal(running.embedded.axis.settings.model_copy(update={"seal": wrong}))
    assert "canary" not in repr(raised.value)
