"""Packages are built, signed and judged on the client's side, without any axis."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from axis.cli.exits import ExitCode
from axis.sdk import sign_octets
from envelopes.reader import read
from signing.keys import load_pem
from tests.axis.cli.conftest import PASSWORD, Axis
from tests.signing.pki import MOMENT, stranger
from tests.vietnamese import foreign

LETTER = """
to = ["H41.21", "H26.18"]
number = "123"
notation = "SNV-VP"
subject = "V/v báo cáo [bold]công tác[/bold] văn thư"
place = "Sóc Trăng"
document_type = "Công văn"
signer = { full_name = "Nguyễn Văn Mẫu", position = "Phó Giám đốc" }
attachments = ["letter.pdf"]
"""


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    """A description with its attachment."""
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.4 letter")
    description = tmp_path / "letter.toml"
    description.write_text(LETTER)
    return description


@pytest.fixture
def unsigned(axis: Axis, letter: Path, keys: Path) -> Path:
    """The package of the description."""
    package = letter.with_suffix(".edxml")
    ran = axis("envelope", "build", letter, "-o", package, "--profile", keys / "profile.toml", "--json")
    assert ran.code is ExitCode.DONE, ran.out
    assert ran.document["sha256"] == hashlib.sha256(package.read_bytes()).hexdigest()
    return package


@pytest.fixture
def signed(axis: Axis, unsigned: Path, keys: Path) -> Path:
    """The package, signed with the profile's key."""
    package = unsigned.with_name("signed.edxml")
    ran = axis("envelope", "sign", unsigned, "-o", package, "--profile", keys / "profile.toml")
    assert ran.code is ExitCode.DONE, ran.err
    return package


def test_what_is_built_and_signed_passes_the_recipients_check(axis: Axis, signed: Path, keys: Path) -> None:
    ran = axis("envelope", "check", signed, "--trust", keys / "root.pem", "--json")
    assert ran.code is ExitCode.DONE
    assert ran.document["indication"] == "TOTAL-PASSED"
    assert ran.document["message"]["from"] == "H51.15"
    shown = axis("envelope", "check", signed, "--profile", keys / "profile.toml")
    assert "V/v báo cáo [bold]công tác[/bold] văn thư" in shown.out
    assert "Whether certificates were revoked was not judged." in shown.out
    assert "holds, but cannot be called valid yet: TOTAL-PASSED" in shown.out
    assert (
        "This command asks neither whether certificates were revoked nor what signatures inside the PDFs say"
        in shown.out
    )
    assert "is valid" not in shown.out
    assert " không có lỗi, nhưng chưa kết luận được là hợp lệ." in ran.document["verdict"]["words_vi"][0]
    verdict = ran.document["verdict"]
    assert (verdict["indication"], verdict["code"], verdict["level"]) == ("TOTAL-PASSED", None, "B-B")
    assert (verdict["revocation"], verdict["statuses"]) == ("not-judged", [])
    assert verdict["words_vi"][0].startswith("Chữ ký số của ")
    assert foreign(verdict["words_vi"][1]) == []


def test_signing_leaves_the_octets_otherwise_as_they_are(unsigned: Path, signed: Path) -> None:
    assert read(signed.read_bytes()).message == read(unsigned.read_bytes()).message
    subject = "<edXML:Subject>V/v báo cáo [bold]công tác[/bold] văn thư</edXML:Subject>".encode()
    assert subject in unsigned.read_bytes()
    assert subject in signed.read_bytes()


def test_a_key_may_be_pem_or_pkcs12(axis: Axis, unsigned: Path, keys: Path) -> None:
    pem = ("--key", keys / "agency.key.pem", "--certificate", keys / "agency.pem")
    p12 = ("--p12", keys / "agency.p12", "--password-file", keys / "password")
    anchors = keys / "anchors"
    anchors.mkdir()
    (anchors / "root.pem").write_bytes((keys / "root.pem").read_bytes())
    for number, options in enumerate((pem, p12)):
        package = unsigned.with_name(f"{number}.edxml")
        assert axis("envelope", "sign", unsigned, "-o", package, *options).code is ExitCode.DONE
        assert axis("envelope", "check", package, "--trust", anchors).code is ExitCode.DONE


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--key", "agency.key.pem"),
        ("--key", "none.pem", "--certificate", "agency.pem"),
        ("--key", "agency.pem", "--certificate", "agency.pem"),
        ("--p12", "agency.p12"),
        ("--p12", "agency.p12", "--password-file", "profile.toml"),
        ("--p12", "password", "--password-file", "password"),
    ],
)
def test_a_key_that_cannot_sign_is_told_so(axis: Axis, unsigned: Path, keys: Path, options: tuple[str, ...]) -> None:
    placed = [option if option.startswith("--") else str(keys / option) for option in options]
    ran = axis("envelope", "sign", unsigned, "-o", unsigned.with_name("x.edxml"), *placed)
    assert ran.code is ExitCode.INPUT
    assert PASSWORD.decode() not in ran.err
    assert not unsigned.with_name("x.edxml").exists()


def test_a_package_that_no_axis_would_take_is_not_signed(axis: Axis, letter: Path, keys: Path) -> None:
    letter.write_text(LETTER.replace('number = "123"', ""))
    ran = axis("envelope", "build", letter, "-o", letter.with_suffix(".edxml"), "--from", "H51.15")
    assert ran.code is ExitCode.INPUT
    assert "N.MessageHeader.Code.CodeNumber" in ran.err
    assert not letter.with_suffix(".edxml").exists()


def test_a_signed_package_is_not_signed_again(axis: Axis, signed: Path, keys: Path) -> None:
    ran = axis("envelope", "sign", signed, "-o", signed.with_name("twice.edxml"), "--profile", keys / "profile.toml")
    assert ran.code is ExitCode.INPUT
    assert "cli/not-signable" in ran.err


def test_other_content_is_not_overwritten(axis: Axis, letter: Path, unsigned: Path, keys: Path) -> None:
    before = unsigned.read_bytes()
    letter.write_text(LETTER.replace("123", "124"))
    ran = axis("envelope", "build", letter, "-o", unsigned, "--profile", keys / "profile.toml")
    assert ran.code is ExitCode.INPUT
    assert unsigned.read_bytes() == before


def test_a_package_altered_after_signing_is_told_as_such(axis: Axis, signed: Path, keys: Path) -> None:
    signed.write_bytes(signed.read_bytes().replace(b">123<", b">124<"))
    ran = axis("envelope", "check", signed, "--trust", keys / "root.pem", "--lang", "vi")
    assert ran.code is ExitCode.NOT_PROVEN
    assert "TOTAL-FAILED (HASH_FAILURE)" in ran.out
    assert "Nội dung gói tin đã bị thay đổi sau khi ký số." in ran.out
    assert "Quy tắc: `signature/altered` (TOTAL-FAILED, HASH_FAILURE); vị trí: edXMLHeader/Signature." in ran.out
    assert "Cần làm: Không sửa, định dạng lại hay chuyển mã gói tin sau khi ký" in ran.out
    assert "124" not in ran.out


def test_an_unsigned_package_and_a_stranger_are_told_apart(
    axis: Axis, unsigned: Path, keys: Path, tmp_path: Path
) -> None:
    missing = axis("envelope", "check", unsigned, "--trust", keys / "root.pem", "--json")
    assert [finding["code"] for finding in missing.document["findings"]] == ["signature/missing"]
    stranger().write_pem(tmp_path, "stranger")
    package = tmp_path / "stranger.edxml"
    key = ("--key", tmp_path / "stranger.key.pem", "--certificate", tmp_path / "stranger.pem")
    axis("envelope", "sign", unsigned, "-o", package, *key)
    untrusted = axis("envelope", "check", package, "--trust", keys / "root.pem", "--json")
    assert untrusted.code is ExitCode.NOT_PROVEN
    assert untrusted.document["sub_indication"] == "NO_CERTIFICATE_CHAIN_FOUND"


def test_a_check_can_be_made_for_another_moment(axis: Axis, signed: Path, keys: Path) -> None:
    early = axis("envelope", "check", signed, "--trust", keys / "root.pem", "--at", "2001-01-01", "--json")
    assert early.code is ExitCode.NOT_PROVEN
    assert early.document["judged_at"] == "2000-12-31T17:00:00+00:00"
    assert axis("envelope", "check", signed, "--trust", keys / "root.pem", "--at", "x").code is ExitCode.INPUT


@pytest.mark.parametrize(("name", "code"), [("none", "cli/file-unreadable"), ("letter.pdf", "package/not-xml")])
def test_what_is_no_package_is_told_so(axis: Axis, letter: Path, keys: Path, name: str, code: str) -> None:
    ran = axis("envelope", "check", letter.with_name(name), "--trust", keys / "root.pem", "--json")
    assert (ran.code, ran.document["error"]["code"]) == (ExitCode.INPUT, code)


def test_anchors_that_are_none_are_told_so(axis: Axis, signed: Path, keys: Path) -> None:
    ran = axis("envelope", "check", signed, "--trust", keys / "agency.pem", "--json")
    assert (ran.code, ran.document["error"]["code"]) == (ExitCode.INPUT, "cli/trust-unusable")
    assert axis("envelope", "check", signed).code is ExitCode.INPUT


def test_an_axis_that_does_not_answer_is_told_so(axis: Axis, signed: Path, keys: Path) -> None:
    ran = axis("envelope", "send", signed, signed, "--profile", keys / "profile.toml", "--json")
    assert ran.code is ExitCode.UNREACHABLE
    assert [one["error"]["code"] for one in ran.document["failed"]] == ["cli/axis-unreachable"]


@pytest.mark.parametrize("name", ["root.pem", "leaf.pem"])
def test_an_authority_alone_or_a_signer_alone_vouches_for_no_receipt(
    axis: Axis, signed: Path, keys: Path, name: str
) -> None:
    profile, end = keys / "profile.toml", b"-----END CERTIFICATE-----\n"
    (keys / "leaf.pem").write_bytes((keys / "seal.pem").read_bytes().split(end)[0] + end)
    profile.write_text(profile.read_text().replace('"seal.pem"', f'"{name}"'))
    for arguments in (("envelope", "send", signed), ("verify", signed)):
        error = axis(*arguments, "--profile", profile, "--json").document["error"]
        assert (error["exit_code"], error["code"]) == (ExitCode.INPUT, "cli/seal-unusable")
        assert error["place"] == str(keys / name)


def test_what_existing_receivers_lose_is_told_before_it_is_sent(axis: Axis, unsigned: Path, keys: Path) -> None:
    lost = unsigned.with_name("lost.edxml")
    lost.write_bytes(unsigned.read_bytes().replace(b"</AttachmentEncoded>", b"<Attachment/></AttachmentEncoded>"))
    profile = ("--profile", keys / "profile.toml")
    ran = axis("envelope", "sign", lost, "-o", lost.with_name("x.edxml"), *profile, "--json")
    assert (ran.code, ran.document["error"]["code"]) == (ExitCode.INPUT, "package/empty-attachment")
    signer = load_pem((keys / "agency.key.pem").read_bytes(), (keys / "agency.pem").read_bytes())
    lost.write_bytes(sign_octets(lost.read_bytes(), signer, at=MOMENT))
    ran = axis("envelope", "check", lost, *profile, "--json")
    assert ran.code is ExitCode.INPUT
    assert [one["code"] for one in ran.document["findings"]] == ["package/empty-attachment"]
