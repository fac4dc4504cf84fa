"""`axis envelope sign --timestamp`: a package becomes B-T, or is not written, with what each authority said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from axis.cli.exits import ExitCode
from axis.demo.authority import Validity
from tests.axis.cli.conftest import Axis
from tests.fixtures.stamping import http_authority
from tests.signing.pki import MOMENT
from tests.signing.stamping import Stamp, authority, refusal

NOWHERE: Final = "http://127.0.0.1:9/"
LETTER: Final = """
to = ["H41.21"]
number = "123"
notation = "SNV-VP"
subject = "V/v báo cáo"
place = "Sóc Trăng"
document_type = "Công văn"
signer = { full_name = "Nguyễn Văn Mẫu", position = "Phó Giám đốc" }
attachments = ["letter.pdf"]
"""


@pytest.fixture
def unsigned(axis: Axis, keys: Path, tmp_path: Path) -> Path:
    """A package that nobody has signed."""
    (tmp_path / "letter.pdf").write_bytes(b"%PDF-1.4 letter")
    (tmp_path / "letter.toml").write_text(LETTER)
    package = tmp_path / "letter.edxml"
    built = axis("envelope", "build", tmp_path / "letter.toml", "-o", package, "--profile", keys / "profile.toml")
    assert built.code is ExitCode.DONE, built.err
    return package


def good(request: bytes) -> bytes:
    by = authority("dòng lệnh", validity=Validity.around(MOMENT, years=9))
    return Stamp(moment=datetime.now(UTC), by=by).answering(request)


def test_a_package_is_signed_and_stamped(axis: Axis, unsigned: Path, keys: Path) -> None:
    package, profile = unsigned.with_name("stamped.edxml"), ("--profile", keys / "profile.toml")
    with http_authority(good) as tsa:
        named = ("--timestamp", NOWHERE, "--timestamp", tsa.url)
        ran = axis("envelope", "sign", unsigned, "-o", package, *named, "--trust", keys / "root.pem", *profile)
    assert ran.code is ExitCode.DONE, ran.err
    checked = axis("envelope", "check", package, "--trust", keys / "root.pem", "--json").document["signer"]
    assert (checked["claimed_level"], checked["level"]) == ("B-T", "B-T")
    assert [one["counted"] for one in checked["timestamps"]] == [True]
    assert checked["proof_of_existence"] == checked["timestamps"][0]["time"]
    assert "Dấu thời gian: " in axis("envelope", "check", package, "--trust", keys / "root.pem", "--lang", "vi").out


def test_where_nobody_stamps_nothing_is_written(axis: Axis, unsigned: Path, keys: Path) -> None:
    package, profile = unsigned.with_name("stamped.edxml"), ("--profile", keys / "profile.toml")
    with http_authority(lambda _: refusal()) as tsa:
        named = ("--timestamp", tsa.url, "--timestamp", NOWHERE)
        command = ("envelope", "sign", unsigned, "-o", package, *named, "--trust", keys / "root.pem", *profile)
        told, shown = axis(*command, "--json"), axis(*command, "--lang", "vi")
    assert told.code is ExitCode.UNREACHABLE
    assert [(one["path"], one["code"], one["value"]) for one in told.document["error"]["findings"]] == [
        (tsa.url, "timestamp/refused", "rejection bad_alg"),
        (NOWHERE, "cli/timestamp-unreachable", None),
    ]
    assert "Tổ chức cấp dấu thời gian từ chối yêu cầu." in shown.err
    assert "máy chủ từ chối kết nối tới cổng này" in shown.err
    assert "ConnectError" not in shown.err
    assert not package.exists()


def test_a_stamp_that_does_not_count_is_shown(axis: Axis, unsigned: Path, keys: Path) -> None:
    package, profile = unsigned.with_name("stamped.edxml"), ("--profile", keys / "profile.toml")
    with http_authority(good) as tsa:
        axis(
            *("envelope", "sign", unsigned, "-o", package, "--timestamp", tsa.url),
            *("--trust", keys / "root.pem", *profile),
        )
    token = package.read_bytes().split(b"EncapsulatedTimeStamp>")[1].split(b"<")[0]
    package.write_bytes(package.read_bytes().replace(token, token[:-40] + token[-40:][::-1].replace(b"=", b"A")))
    ran = axis("envelope", "check", package, "--trust", keys / "root.pem")
    assert ran.code is ExitCode.DONE
    assert "Time stamp, not counted: " in ran.out
    document = axis("envelope", "check", package, "--trust", keys / "root.pem", "--json").document["signer"]
    assert (document["claimed_level"], document["level"], document["proof_of_existence"]) == ("B-T", "B-B", None)


def test_five_authorities_are_too_many(axis: Axis, unsigned: Path, keys: Path) -> None:
    named = [word for _ in range(5) for word in ("--timestamp", NOWHERE)]
    options = ("--trust", keys / "root.pem", "--profile", keys / "profile.toml")
    ran = axis("envelope", "sign", unsigned, "-o", unsigned.with_name("x"), *named, *options)
    assert ran.code is ExitCode.INPUT
    assert "cli/value-invalid" in ran.err
