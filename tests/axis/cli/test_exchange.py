"""A document's whole way by the command line alone, between two agencies, on a running axis."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from axis.cli.exits import ExitCode
from axis.cli.profile import Profile, write_profile
from axis.demo.authority import Hierarchy, Validity, write_private
from envelopes.evidence import EvidenceType
from routing.events import EVENTS, EventTag
from tests.axis.cli.conftest import Axis, Ran
from tests.fixtures.running import RunningAxis, eventually
from tests.signing.pdf_making import blank

LETTER = """
to = ["{recipient}"]
number = "{number}"
notation = "SNV-VP"
subject = "V/v báo cáo công tác văn thư"
place = "Sóc Trăng"
document_type = "Công văn"
signer = {{ full_name = "Nguyễn Văn Mẫu", position = "Phó Giám đốc" }}
attachments = ["letter.pdf"]
"""


PDF = blank()

EVIDENCES = {
    EvidenceType.SUBMISSION_ACCEPTANCE.value,
    EvidenceType.CONTENT_CONSIGNMENT.value,
    EvidenceType.CONTENT_HANDOVER.value,
}


class Office:
    """The folder of one agency's software: its profile, its letters and what it receives."""

    def __init__(self, running: RunningAxis, folder: Path) -> None:
        folder.mkdir()
        credential = running.country.intermediate.issue_agency(
            "K07", "Cơ quan mẫu", validity=Validity.around(running.clock.now())
        )
        station = running.agency(credential=credential)
        self.station = station
        self.folder = folder
        self.organ_id = str(station.organ_id)
        self.profile = folder / "profile.toml"
        key, certificates = credential.write_pem(folder, "agency")
        write_private(folder / "system.jwk", station.participant.credentials.key.private_jwk().encode())
        profile = Profile(
            url=running.url,
            system_id=station.participant.credentials.system_id,
            key=folder / "system.jwk",
            seal_certificates=running.ring.seal_file,
            agency=station.organ_id,
            signer=key,
            signer_certificates=certificates,
            trust=running.ring.files.anchors,
        )
        write_profile(self.profile, profile)

    def write(self, recipient: str, number: int = 123) -> Path:
        """Write a letter and return its description."""
        (self.folder / "letter.pdf").write_bytes(PDF)
        description = self.folder / f"letter-{number}.toml"
        description.write_text(LETTER.format(recipient=recipient, number=number))
        return description


@pytest.fixture
def sender(running: RunningAxis, tmp_path: Path) -> Office:
    """An agency that sends."""
    return Office(running, tmp_path / "sender")


@pytest.fixture
def recipient(running: RunningAxis, tmp_path: Path) -> Office:
    """An agency that receives."""
    return Office(running, tmp_path / "recipient")


def sent(axis: Axis, office: Office, *files: Path | str) -> Ran:
    return axis("envelope", "send", *files, "--profile", office.profile, "--json")


def pulled(axis: Axis, office: Office, *options: str) -> Ran:
    return axis("inbox", "pull", office.folder / "in", "--wait", "5", "--profile", office.profile, "--json", *options)


def test_a_first_package_is_one_command(axis: Axis, sender: Office, recipient: Office) -> None:
    ran = axis("envelope", "send", sender.write(recipient.organ_id), AXIS_PROFILE=str(sender.profile))
    assert ran.code is ExitCode.DONE, ran.err
    assert "accepted" in ran.out
    assert len(list(sender.folder.glob("letter-123-*.edxml"))) == 1
    assert len(list(sender.folder.glob("letter-123-*.receipt.xml"))) == 1


def test_a_document_goes_its_whole_way(axis: Axis, sender: Office, recipient: Office) -> None:
    (accepted,) = sent(axis, sender, sender.write(recipient.organ_id)).document["sent"]
    (package,) = sender.folder.glob("*.edxml")
    verified = axis("verify", accepted["receipt"], "--package", package, "--profile", sender.profile, "--json")
    assert verified.document["type"] == "SubmissionAcceptance"
    assert verified.document["compared"] == "package"
    verdict = verified.document["verdict"]
    assert [one["reason"] for one in verdict["statuses"]] == ["no-source", "no-source"]
    assert (verdict["indication"], verdict["level"], verdict["policy"]) == (
        "INDETERMINATE",
        "B-B",
        "urn:axis:policy:package:1",
    )
    assert verdict["words_en"][0].endswith(" cannot be called valid yet.")
    assert verdict["words_en"][0] in verified.document["en"]
    assert verdict["words_vi"][0] in verified.document["vi"]
    report = sender.folder / "report.xml"
    told = axis("verify", accepted["receipt"], "--report", report, "--profile", sender.profile)
    assert str(report) in told.out
    assert b"mainindication:indeterminate<" in report.read_bytes()
    assert b"urn:axis:rule:signature/revocation-unknown" in report.read_bytes()

    (delivery,) = pulled(axis, recipient).document["deliveries"]
    received = Path(delivery["file"])
    assert received.read_bytes() == package.read_bytes()
    assert axis("envelope", "check", received, "--profile", recipient.profile).code is ExitCode.DONE
    acknowledged = axis("inbox", "ack", received, "--profile", recipient.profile, "--json").document["acknowledged"]
    assert [(one["state"], one["outcome"]) for one in acknowledged] == [("handed_over", "done")]

    status = ("status", "send", "03", "--package", received, "--receipt", recipient.folder / "03.xml")
    assert axis(*status, "--profile", recipient.profile).code is ExitCode.DONE
    (told,) = pulled(axis, sender, "--ack").document["deliveries"]
    assert (told["kind"], told["acknowledged"]["state"]) == ("status", "handed_over")

    traced = axis("trace", accepted["envelope_id"], "--profile", sender.profile, "--json").document
    (way,) = traced["deliveries"]
    assert (way["recipient"], way["state"], way["current"]["code"]) == (recipient.organ_id, "handed_over", "03")
    by_document = axis("trace", "--document-id", accepted["document_id"], "--profile", sender.profile, "--lang", "vi")
    assert "đã giao, có xác nhận" in by_document.out
    assert "03 Đã tiếp nhận" in by_document.out
    assert traced["envelope"]["verdict"]["code"] == "signature/revocation-unknown"
    assert " chưa kết luận được là hợp lệ." in by_document.out


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_trace_in_words_says_all_that_is_known_of_signatures(
    axis: Axis, sender: Office, recipient: Office, language: str
) -> None:
    (accepted,) = sent(axis, sender, sender.write(recipient.organ_id)).document["sent"]
    trace = ("trace", accepted["envelope_id"], "--profile", sender.profile)

    def judged() -> Mapping[str, Any] | None:
        traced: Mapping[str, Any] = axis(*trace, "--json").document
        return traced if traced["envelope"]["verdict"]["documents"] else None

    traced = eventually(judged)
    words = traced["envelope"]["verdict"][f"words_{language}"]
    assert any(one.startswith(("Tệp 1: ", "File 1: ")) for one in words)
    lines = axis(*trace, "--lang", language).out.splitlines()
    begins = lines.index(words[0])
    assert lines[begins : begins + len(words)] == words
    events = [one["tag"] for one in traced["events"]]
    assert "envelope.accepted" in events
    shown = "\n".join(lines)
    told = [EVENTS[EventTag(one)] for one in events]
    assert [one for one in told if (one.vi if language == "vi" else one.en) not in shown] == []


def test_every_evidence_is_kept_verified(
    axis: Axis, running: RunningAxis, sender: Office, recipient: Office, tmp_path: Path
) -> None:
    (accepted,) = sent(axis, sender, sender.write(recipient.organ_id)).document["sent"]
    assert pulled(axis, recipient, "--ack").code is ExitCode.DONE
    trace = ("trace", accepted["envelope_id"], "--profile", sender.profile, "--evidences", tmp_path / "kept", "--json")

    def all_kept() -> list[Path] | None:
        kept = [Path(one) for one in axis(*trace).document["kept"]]
        return kept if {file.name.split("-")[0] for file in kept} == EVIDENCES else None

    kept = eventually(all_kept)
    handover = next(file for file in kept if file.name.startswith("ContentHandover-"))
    said = axis("verify", handover, "--seal", running.ring.seal_file)
    assert "Bên nhận đã ký xác nhận là đã nhận đúng gói tin" in said.out
    assert "The recipient acknowledged, signed, that it has the package" in said.out
    assert "it proves nothing about real documents" in said.out
    assert axis("verify", handover, "--seal", running.ring.seal_file, "--json").document["verdict"] is None
    unreported = axis("verify", handover, "--seal", running.ring.seal_file, "--report", tmp_path / "none.xml", "--json")
    assert unreported.document["error"]["code"] == "cli/not-reported"
    assert not (tmp_path / "none.xml").exists()


def test_a_receipt_is_about_one_package_and_one_message(axis: Axis, sender: Office, recipient: Office) -> None:
    files = [sender.write(recipient.organ_id, number) for number in (1, 2)]
    first, second = sent(axis, sender, *files).document["sent"]
    packages = {one: next(sender.folder.glob(f"letter-{one}-*.edxml")) for one in (1, 2)}
    verify = ("verify", first["receipt"], "--profile", sender.profile, "--json")
    assert axis(*verify, "--message", packages[1]).document["compared"] == "message"
    for option in ("--package", "--message"):
        other = axis(*verify, option, packages[2])
        assert (other.code, other.document["error"]["code"]) == (ExitCode.NOT_PROVEN, "cli/receipt-refused")
    built = sender.folder / "rebuilt.edxml"
    axis("envelope", "build", files[1], "-o", built, "--profile", sender.profile)
    again = axis("verify", second["receipt"], "--message", built, "--profile", sender.profile, "--json")
    assert again.code is ExitCode.DONE


def test_a_receipt_that_was_touched_proves_nothing(axis: Axis, sender: Office, recipient: Office) -> None:
    (accepted,) = sent(axis, sender, sender.write(recipient.organ_id)).document["sent"]
    receipt = Path(accepted["receipt"])
    forged = receipt.with_name("forged.xml")
    forged.write_bytes(receipt.read_bytes().replace(b"SNV-VP", b"SNV-VX"))
    ran = axis("verify", forged, "--profile", sender.profile, "--lang", "vi")
    assert ran.code is ExitCode.NOT_PROVEN
    assert "Biên nhận này không chứng minh điều gì." in ran.err
    assert "Biên nhận đã bị thay đổi sau khi đóng dấu số" in ran.err
    (package,) = sender.folder.glob("*.edxml")
    swapped = axis("verify", package, "--package", receipt, "--profile", sender.profile)
    assert swapped.code is ExitCode.NOT_PROVEN
    assert "it is a package, and no receipt" in swapped.err
    early = axis("verify", receipt, "--profile", sender.profile, "--at", "2020-01-01T00:00:00+07:00")
    assert "the seal's certificate did not exist yet" in early.err
    stranger = axis("verify", receipt, "--seal", sender.folder / "agency.pem")
    assert stranger.code is ExitCode.NOT_PROVEN


def test_a_receipt_of_another_environment_or_axis_proves_nothing(axis: Axis, sender: Office, recipient: Office) -> None:
    (accepted,) = sent(axis, sender, sender.write(recipient.organ_id)).document["sent"]
    verify = ("verify", accepted["receipt"], "--profile", sender.profile, "--json")
    said = axis(*verify, "--environment", "test").document
    assert (said["environment"], said["instance"]) == ("test", "axis-development")
    assert axis(*verify, "--instance", said["instance"]).code is ExitCode.DONE
    for expected in (("--environment", "production"), ("--instance", "truc-quoc-gia")):
        ran = axis(*verify, *expected)
        assert (ran.code, ran.document["error"]["code"]) == (ExitCode.NOT_PROVEN, "cli/receipt-refused")
        assert "it comes from test axis-development, and was to come from" in str(ran.document)
        assert expected[1] in str(ran.document)


def test_a_profile_for_production_believes_no_receipt_of_a_test(axis: Axis, sender: Office, recipient: Office) -> None:
    with sender.profile.open("a") as profile:
        profile.write('environment = "production"\n')
    ran = sent(axis, sender, sender.write(recipient.organ_id))
    assert ran.code is ExitCode.NOT_PROVEN
    assert [one["error"]["code"] for one in ran.document["failed"]] == ["cli/receipt-refused"]
    assert list(sender.folder.glob("*.receipt.xml")) == []
    sender.profile.write_text(sender.profile.read_text().replace('"production"', '"test"'))
    (accepted,) = sent(axis, sender, sender.write(recipient.organ_id)).document["sent"]
    verify = ("verify", accepted["receipt"], "--profile", sender.profile)
    assert axis(*verify).code is ExitCode.DONE
    assert axis(*verify, "--environment", "production").code is ExitCode.NOT_PROVEN, "an option goes before the profile"


def test_sending_again_gets_the_first_receipt(axis: Axis, sender: Office, recipient: Office) -> None:
    description = sender.write(recipient.organ_id)
    (first,) = sent(axis, sender, description).document["sent"]
    (package,) = sender.folder.glob("*.edxml")
    (again,) = sent(axis, sender, package).document["sent"]
    (rebuilt,) = sent(axis, sender, description).document["sent"]
    assert (first["repeat"], again["repeat"], rebuilt["repeat"]) == (False, True, True)
    assert first["receipt"] == again["receipt"]
    assert Path(rebuilt["receipt"]).read_bytes() == Path(first["receipt"]).read_bytes()


def test_a_refusal_is_told_and_its_evidence_kept_and_the_others_are_sent(
    axis: Axis, sender: Office, recipient: Office
) -> None:
    unknown, good = sender.write("X99", 1), sender.write(recipient.organ_id, 2)
    missing = sender.folder / "none.edxml"
    ran = sent(axis, sender, unknown, missing, good)
    assert ran.code is ExitCode.REFUSED
    failed = ran.document["failed"]
    assert [one["error"]["code"] for one in failed] == ["recipient/none-left", "cli/file-unreadable"]
    assert "recipient/unknown" in [finding["code"] for finding in failed[0]["error"]["findings"]]
    assert failed[0]["error"]["correlation_id"]
    assert [Path(one["file"]) for one in ran.document["sent"]] == [good]
    (evidence,) = sender.folder.glob("letter-1.refusal-*.xml")
    assert [one["evidence"] for one in failed] == [str(evidence), None]
    in_words = axis("envelope", "send", unknown, "--profile", sender.profile)
    named = {line.split(": ")[1] for line in in_words.err.splitlines() if line.startswith("The refusal, verified: ")}
    assert {Path(one) for one in named} <= set(sender.folder.glob("letter-1.refusal-*.xml"))
    assert len(named) == 1
    said = axis("verify", evidence, "--profile", sender.profile, "--json").document
    assert said["type"] == "SubmissionRejection"


def test_an_empty_inbox_has_its_own_code(axis: Axis, recipient: Office) -> None:
    ran = axis("inbox", "pull", recipient.folder / "in", "--profile", recipient.profile, "--json")
    assert (ran.code, ran.document["deliveries"]) == (ExitCode.NOTHING_THERE, [])
    assert not (recipient.folder / "in").exists()


def test_a_refusal_that_cannot_be_kept_is_told_and_the_others_are_sent(
    axis: Axis, sender: Office, recipient: Office
) -> None:
    packages = []
    for number, organ_id in enumerate(("X99", recipient.organ_id)):
        unsigned, package = (sender.folder / f"{number}.{name}.edxml" for name in ("unsigned", "signed"))
        axis("envelope", "build", sender.write(organ_id, number), "-o", unsigned, "--profile", sender.profile)
        axis("envelope", "sign", unsigned, "-o", package, "--profile", sender.profile)
        packages.append(package)
    (sender.folder / "no-folder").write_text("a file")
    ran = sent(axis, sender, *packages, "--receipts", sender.folder / "no-folder")
    codes = [one["error"]["code"] for one in ran.document["failed"]]
    assert codes == ["recipient/none-left", "cli/file-unwritable", "cli/file-unwritable"]


def test_one_delivery_that_fails_keeps_no_other_and_is_not_acknowledged(
    axis: Axis, sender: Office, recipient: Office, running: RunningAxis
) -> None:
    (sender.folder / "country.pem").write_bytes(running.country.root.certificate_pem)
    trust(recipient, sender.folder / "country.pem")
    foreign = running.station(running.ring.participants()["H51.15"])
    sent(axis, sender, sender.write(recipient.organ_id, 1))
    foreign.sdk.send(running.package(foreign, recipient.station))
    sent(axis, sender, sender.write(recipient.organ_id, 2))

    ran = pulled(axis, recipient, "--ack")
    assert ran.code is ExitCode.NOT_PROVEN
    taken = [
        (one["sender"], one["acknowledged"]["state"], one["signature_judged"]) for one in ran.document["deliveries"]
    ]
    assert taken == [(sender.organ_id, "handed_over", True)] * 2
    (missed,) = ran.document["failed"]
    assert (missed["sender"], missed["error"]["code"]) == ("H51.15", "signature/untrusted")
    assert Path(missed["file"]).is_file()
    acknowledged = axis("inbox", "ack", missed["file"], "--profile", recipient.profile, "--json").document[
        "acknowledged"
    ]
    assert acknowledged[0]["state"] == "handed_over", "it stayed leased, for a person to decide"


def test_what_stays_reserved_is_said_in_words(
    axis: Axis, sender: Office, recipient: Office, running: RunningAxis
) -> None:
    (recipient.folder / "strangers.pem").write_bytes(Hierarchy.found(running.clock.now()).root.certificate_pem)
    trust(recipient, recipient.folder / "strangers.pem")
    sent(axis, sender, sender.write(recipient.organ_id))
    ran = axis("inbox", "pull", recipient.folder / "in", "--wait", "5", "--ack", "--profile", recipient.profile)
    (package,) = (recipient.folder / "in").glob("*.edxml")
    assert ran.code is ExitCode.NOT_PROVEN
    assert "Acknowledged" not in ran.out
    assert f"{package}:" in ran.err
    assert "Not acknowledged, reserved until" in ran.err
    assert f"  {package.stem}" in ran.err.splitlines()


def test_without_anchors_it_is_said_that_no_signature_was_judged(axis: Axis, sender: Office, recipient: Office) -> None:
    lines = recipient.profile.read_text().splitlines()
    recipient.profile.write_text("\n".join(line for line in lines if not line.startswith("trust")))
    sent(axis, sender, sender.write(recipient.organ_id))
    ran = axis("inbox", "pull", recipient.folder / "in", "--wait", "5", "--ack", "--profile", recipient.profile)
    assert ran.code is ExitCode.DONE
    assert "The senders' signatures were NOT judged: the profile has no trust." in ran.out


def test_what_an_acknowledgement_rests_on_is_not_called_more_than_it_is(
    axis: Axis, sender: Office, recipient: Office
) -> None:
    sent(axis, sender, sender.write(recipient.organ_id))
    ran = axis("inbox", "pull", recipient.folder / "in", "--wait", "5", "--ack", "--profile", recipient.profile)
    assert ran.code is ExitCode.DONE
    assert "Each sender's signature holds, but cannot be called valid yet." in ran.out
    assert "asks neither whether certificates were revoked nor what signatures inside the PDFs say" in ran.out


def test_a_refusal_of_a_document_needs_its_reason(axis: Axis, recipient: Office) -> None:
    ran = axis("status", "send", "02", "--to", "H51.15", "--document-id", "x", "--profile", recipient.profile, "--json")
    assert (ran.code, ran.document["error"]["place"]) == (ExitCode.USAGE, "--description")


def test_a_refusal_for_a_file_names_it(axis: Axis, sender: Office, recipient: Office) -> None:
    description = sender.write(recipient.organ_id)
    (sender.folder / "letter.pdf").write_bytes(b"%PDF-1.7\nrubbish")
    ran = axis("envelope", "send", description, "--profile", sender.profile)
    assert ran.code is ExitCode.REFUSED
    assert "Error: File 1 (letter.pdf): The PDF is cut off, or something follows its end." in ran.err
    assert "EOF" not in ran.err


def trust(office: Office, anchors: Path) -> None:
    """Have an office judge signatures by these anchors alone."""
    lines = [line for line in office.profile.read_text().splitlines() if not line.startswith("trust")]
    office.profile.write_text("\n".join((*lines, f'trust = "{anchors}"')))


def test_what_changed_on_the_disk_is_not_acknowledged(axis: Axis, sender: Office, recipient: Office) -> None:
    sent(axis, sender, sender.write(recipient.organ_id))
    (delivery,) = pulled(axis, recipient).document["deliveries"]
    file = Path(delivery["file"])
    octets = file.read_bytes()
    file.write_bytes(octets + b"\n")
    ran = axis("inbox", "ack", file, "--profile", recipient.profile, "--json")
    assert (ran.code, ran.document["acknowledged"]) == (ExitCode.NOT_PROVEN, [])
    assert [(one["file"], one["error"]["code"]) for one in ran.document["failed"]] == [
        (str(file), "cli/content-differs")
    ]
    file.write_bytes(octets)
    failed = axis("inbox", "ack", file, "--fail", "Đĩa đầy", "--profile", recipient.profile, "--json").document
    assert [(one["state"], one["outcome"]) for one in failed["acknowledged"]] == [("refused", "fail")]
    file.with_suffix(".json").write_text("{}")
    assert axis("inbox", "ack", file, "--profile", recipient.profile).code is ExitCode.INPUT


def test_one_file_that_cannot_be_acknowledged_keeps_no_other(axis: Axis, sender: Office, recipient: Office) -> None:
    for number in range(3):
        sent(axis, sender, sender.write(recipient.organ_id, number))
    first, second, third = (Path(one["file"]) for one in pulled(axis, recipient).document["deliveries"])
    second.write_bytes(second.read_bytes() + b"\n")
    none = recipient.folder / "none.edxml"
    ran = axis("inbox", "ack", first, second, none, third, "--profile", recipient.profile, "--json")
    assert ran.code is ExitCode.NOT_PROVEN
    assert [(one["file"], one["state"]) for one in ran.document["acknowledged"]] == [
        (str(first), "handed_over"),
        (str(third), "handed_over"),
    ]
    assert [(one["file"], one["error"]["code"], one["error"]["exit_code"]) for one in ran.document["failed"]] == [
        (str(second), "cli/content-differs", 5),
        (str(none), "cli/file-unreadable", 4),
    ]
    assert ran.document["left"] == []

    in_words = axis("inbox", "ack", none, second, first, "--profile", recipient.profile, "--lang", "vi")
    assert in_words.code is ExitCode.INPUT
    assert [line for line in in_words.err.splitlines() if line.endswith(":")] == [f"{none}:", f"{second}:"]
    assert "Nội dung tải về khác nội dung Trục đã công bố." in in_words.err
    assert first.stem in in_words.out


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2_001, "a\x07b"])
def test_a_reason_that_is_none_acknowledges_nothing(axis: Axis, sender: Office, recipient: Office, reason: str) -> None:
    sent(axis, sender, sender.write(recipient.organ_id))
    (delivery,) = pulled(axis, recipient).document["deliveries"]
    ran = axis("inbox", "ack", delivery["file"], "--fail", reason, "--profile", recipient.profile, "--json")
    assert (ran.code, ran.document["error"]["place"]) == (ExitCode.INPUT, "--fail")
    (done,) = axis("inbox", "ack", delivery["file"], "--profile", recipient.profile, "--json").document["acknowledged"]
    assert done["outcome"] == "done"


def test_what_is_not_ones_own_is_not_there(axis: Axis, sender: Office, recipient: Office, running: RunningAxis) -> None:
    (accepted,) = sent(axis, sender, sender.write(recipient.organ_id)).document["sent"]
    stranger = Office(running, sender.folder.with_name("stranger"))
    for arguments in (("trace", accepted["envelope_id"]), ("trace", "--document-id", "never sent")):
        assert axis(*arguments, "--profile", stranger.profile).code is ExitCode.NOTHING_THERE


def test_a_system_that_was_suspended_is_told_so(axis: Axis, sender: Office, running: RunningAxis) -> None:
    url = running.embedded.axis.engine.url.render_as_string(hide_password=False)
    system_id = next(line for line in sender.profile.read_text().splitlines() if line.startswith("system_id"))
    identifier = json.loads(system_id.split(" = ")[1])
    suspended = axis("system", "suspend", identifier, "--reason", "Thử", AXIS_DATABASE__URL=url)
    assert suspended.code is ExitCode.DONE, suspended.err
    refused = eventually(lambda: _refused(axis("trace", "--document-id", "x", "--profile", sender.profile, "--json")))
    assert refused["code"].startswith(("token/", "access/"))


def _refused(ran: Ran) -> dict[str, str] | None:
    error: dict[str, str] = ran.document["error"]
    return error if ran.code is ExitCode.REFUSED else None


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("99", "--to", "H51", "--document-id", "A"), ExitCode.USAGE),
        (("03",), ExitCode.USAGE),
        (("03", "--to", "H51", "--document-id", " "), ExitCode.INPUT),
        (("02", "--to", "H51", "--document-id", "A"), ExitCode.USAGE),
        (("03", "--package", "letter.pdf"), ExitCode.INPUT),
        (("03", "--to", "H51", "--document-id", "A"), ExitCode.REFUSED),
    ],
)
def test_a_status_that_makes_no_sense_is_refused(
    axis: Axis, sender: Office, options: tuple[str, ...], code: ExitCode
) -> None:
    sender.write("H51")
    placed = [str(sender.folder / one) if one == "letter.pdf" else one for one in options]
    assert axis("status", "send", *placed, "--profile", sender.profile).code is code
