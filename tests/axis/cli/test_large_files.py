"""Large documents on the command line: in parts, up in chunks, and taken apart to files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from axis.cli import drafts
from axis.cli.exits import ExitCode
from axis.sdk import client
from tests.axis.cli.conftest import Axis
from tests.axis.cli.test_exchange import PDF, Office, pulled, sent
from tests.fixtures.running import RunningAxis


@pytest.fixture
def sender(running: RunningAxis, tmp_path: Path) -> Office:
    """An agency that sends."""
    return Office(running, tmp_path / "sender")


@pytest.fixture
def recipient(running: RunningAxis, tmp_path: Path) -> Office:
    """An agency that receives."""
    return Office(running, tmp_path / "recipient")


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is large."""
    monkeypatch.setattr(drafts, "INLINE_MAX", 10)
    monkeypatch.setattr(client, "DIRECT_MAX", 10)


@pytest.mark.usefixtures("small_limits")
def test_large_files_travel_beside_their_message_and_are_taken_apart(
    axis: Axis, sender: Office, recipient: Office
) -> None:
    description = sender.write(recipient.organ_id)
    (accepted,) = sent(axis, sender, description).document["sent"]
    (package,) = sender.folder.glob("*.edxml")
    assert package.read_bytes().startswith(b"--axis-")
    assert (sent(axis, sender, package).document["sent"][0]["repeat"]) is True
    verified = axis("verify", accepted["receipt"], "--package", package, "--profile", sender.profile, "--json")
    assert verified.document["compared"] == "package"
    verified = axis("verify", accepted["receipt"], "--message", package, "--profile", sender.profile, "--json")
    assert verified.document["compared"] == "message"

    (delivery,) = pulled(axis, recipient, "--ack").document["deliveries"]
    assert Path(delivery["file"]).read_bytes() == package.read_bytes()
    assert delivery["signature_judged"] is True
    (part,) = map(Path, delivery["parts"])
    assert part.read_bytes() == PDF
    assert part == Path(delivery["file"]).with_suffix(".files") / "01-letter.pdf"
    checked = axis("envelope", "check", delivery["file"], "--profile", recipient.profile, "--json")
    assert (checked.code, checked.document["message"]["attachments"]) == (ExitCode.DONE, "letter.pdf")


@pytest.mark.usefixtures("small_limits")
def test_a_package_in_parts_is_built_signed_and_sent_step_by_step(
    axis: Axis, sender: Office, recipient: Office
) -> None:
    unsigned, signed = sender.folder / "unsigned.edxml", sender.folder / "signed.edxml"
    description = sender.write(recipient.organ_id)
    built = axis("envelope", "build", description, "-o", unsigned, "--profile", sender.profile, "--json")
    assert built.document["sha256"] == hashlib.sha256(unsigned.read_bytes()).hexdigest()
    ran = axis("envelope", "sign", unsigned, "-o", signed, "--profile", sender.profile, "--json")
    assert ran.document["sha256"] == hashlib.sha256(signed.read_bytes()).hexdigest()
    assert sent(axis, sender, signed).code is ExitCode.DONE
    signed.write_bytes(signed.read_bytes().replace(PDF[-9:], b"123456789"))
    changed = axis("envelope", "check", signed, "--profile", sender.profile, "--json")
    assert changed.code is ExitCode.INPUT
    assert [one["code"] for one in changed.document["findings"]] == ["M.Body.Manifest.Reference.DigestValue"]
    refused = sent(axis, sender, signed).document["failed"]
    assert refused[0]["error"]["code"] == "message/not-allowed"


@pytest.mark.usefixtures("small_limits")
def test_a_part_that_cannot_be_put_in_its_place_is_not_acknowledged(
    axis: Axis, sender: Office, recipient: Office
) -> None:
    sent(axis, sender, sender.write(recipient.organ_id))
    lease = recipient.station.sdk.lease(wait=5)
    recipient.station.sdk.release(lease)
    (offer,) = lease.offers
    in_the_way = recipient.folder / "in" / f"{offer.delivery_id}.files" / "01-letter.pdf"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.write_bytes(b"another file")
    failed = pulled(axis, recipient, "--ack").document["failed"]
    assert failed[0]["error"]["code"] == "cli/file-exists"
    assert in_the_way.read_bytes() == b"another file"
