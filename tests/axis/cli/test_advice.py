"""What a failure advises fits the mistake that was made, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from axis.cli.advice import ADVICE, RECEIPT_ADVICE, STAMPING_ADVICE
from axis.cli.exits import ExitCode
from axis.cli.failures import failure_of
from axis.cli.options import present
from axis.demo.authority import Hierarchy
from axis.sdk.errors import ReceiptFault, ReceiptRefused
from tests.axis.cli.conftest import Axis
from tests.axis.cli.test_envelope import letter, unsigned
from tests.axis.cli.test_stamping import good
from tests.fixtures.stamping import Answer, http_authority
from tests.vietnamese import foreign

__all__ = ["letter", "unsigned"]

NAMES: Final = {
    "environment": "production",
    "instance": "truc",
    "wanted_environment": "test",
    "wanted_instance": "any",
    "code": "a",
    "type": "ContentHandover",
}


@pytest.mark.parametrize("advice", [*ADVICE.values(), *RECEIPT_ADVICE.values(), *STAMPING_ADVICE.values()])
def test_advice_is_said_in_both_languages(advice: tuple[str, str]) -> None:
    assert foreign(advice[0]) == []
    assert foreign(advice[1])


def test_a_receipt_from_elsewhere_is_not_about_certificates() -> None:
    words = failure_of(ReceiptRefused(ReceiptFault.OTHER_ORIGIN, **NAMES)).words
    assert 'môi trường chính thức, tên "truc", trong khi cần môi trường thử nghiệm, tên "bất kỳ"' in words.vi
    assert "it comes from production truc, and was to come from test any" in words.en
    for said in (words.do_vi, words.do_en):
        assert "--environment" in said
        assert "--instance" in said
    assert "chứng thư số" not in words.do_vi
    assert "certificate" not in words.do_en


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (ReceiptFault.OTHER_OCTETS, "--message"),
        (ReceiptFault.OTHER_MESSAGE, "tệp đối chiếu"),
        (ReceiptFault.NO_MESSAGE, "tệp đối chiếu"),
        (ReceiptFault.OTHER_KEY, "chứng thư số con dấu số"),
        (ReceiptFault.SIGNATURE, "chứng thư số con dấu số"),
        (ReceiptFault.UNREADABLE, "chọn nhầm tệp"),
        (ReceiptFault.IS_PACKAGE, "đổi chỗ"),
    ],
)
def test_each_fault_of_a_receipt_has_advice_of_its_own(fault: ReceiptFault, word: str) -> None:
    assert word in failure_of(ReceiptRefused(fault, **NAMES)).words.do_vi


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("signature/altered", "was changed after it was sealed"),
        ("signature/invalid", "was changed after it was sealed"),
        ("signature/misplaced", "right file"),
        ("signature/certificate-not-yet-valid", "--at"),
        ("signature/untrusted", "seal's certificates"),
        ("signature/of-tomorrow", "seal's certificates"),
    ],
)
def test_what_is_wrong_with_a_receipts_signature_decides_what_to_do(code: str, word: str) -> None:
    assert word in failure_of(ReceiptRefused(ReceiptFault.SIGNATURE, code=code)).words.do_en


@pytest.mark.parametrize(
    "address",
    ["tsa.example.vn", "ftp://tsa.vn/", "http://", "http:///tsa", "http://tsa.vn:x/", "http://[::1/", ""],
)
def test_an_address_that_is_none_is_told_before_anybody_is_asked(
    axis: Axis, unsigned: Path, keys: Path, address: str
) -> None:
    package = unsigned.with_name("stamped.edxml")
    named = ("--timestamp", address, "--trust", keys / "root.pem", "--profile", keys / "profile.toml")
    command = ("envelope", "sign", unsigned, "-o", package, *named)
    ran = axis(*command, "--json")
    error = ran.document["error"]
    assert (ran.code, error["code"], error["place"]) == (
        ExitCode.INPUT,
        "cli/value-invalid",
        f"--timestamp {address}",
    )
    assert "cần địa chỉ http hoặc https" in error["vi"]
    assert "a whole http or https address" in error["en"]
    assert "mạng" not in error["do_vi"]
    assert not package.exists()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(b"not here", 404), "cli/timestamp-not-answered"),
        (Answer(b"", 302, {"Location": "https://tsa.example.vn/"}), "cli/timestamp-not-answered"),
        (Answer(b"<html>welcome</html>", 200, {"Content-Type": "text/html"}), "timestamp/malformed"),
    ],
)
def test_a_page_that_is_no_authority_is_told_as_a_wrong_address(
    axis: Axis, unsigned: Path, keys: Path, answer: Answer, code: str
) -> None:
    options = ("--trust", keys / "root.pem", "--profile", keys / "profile.toml", "--json")
    with http_authority(lambda _: answer) as stranger:
        sign = ("envelope", "sign", unsigned, "-o", unsigned.with_name("x"), "--timestamp", stranger.url)
        ran = axis(*sign, *options)
    (finding,) = ran.document["error"]["findings"]
    assert (ran.code, finding["code"], finding["path"]) == (ExitCode.UNREACHABLE, code, stranger.url)
    assert "--timestamp" in finding["do_vi"]
    assert "RFC 3161" in finding["do_en"]
    assert "phần mềm ký số" not in finding["do_vi"]


def test_an_authority_nobody_trusts_is_told_with_the_option_that_names_anchors(
    axis: Axis, unsigned: Path, keys: Path
) -> None:
    anchors = keys / "others.pem"
    anchors.write_bytes(Hierarchy.found(present()).root.certificate_pem)
    with http_authority(good) as tsa:
        sign = ("envelope", "sign", unsigned, "-o", unsigned.with_name("x"), "--timestamp", tsa.url)
        ran = axis(*sign, "--trust", anchors, "--profile", keys / "profile.toml", "--json")
    (finding,) = ran.document["error"]["findings"]
    assert finding["code"] == "timestamp/untrusted"
    assert "--trust" in finding["do_vi"]
    assert "--trust" in finding["do_en"]


def test_too_many_authorities_are_told_by_their_number(axis: Axis, unsigned: Path, keys: Path) -> None:
    named = [word for one in range(5) for word in ("--timestamp", f"http://127.0.0.1:9/{one}")]
    options = ("--trust", keys / "root.pem", "--profile", keys / "profile.toml", "--json")
    error = axis("envelope", "sign", unsigned, "-o", unsigned.with_name("x"), *named, *options).document["error"]
    assert error["vi"] == "Giá trị không hợp lệ: cần không quá 4 địa chỉ."
    assert error["en"] == "The value cannot be used: a list of at most 4 addresses is needed."
