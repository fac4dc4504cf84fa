"""The commands of those who keep an axis, on a real database: agencies, certificates, systems, settings."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from sqlalchemy import Engine

from axis.cli import options
from axis.cli.exits import ExitCode
from axis.demo.authority import Authority, Hierarchy, Subject, Usage, Validity
from axis.demo.directory import directory_file
from signing.assertions import AssertionKey
from storage.database.schema import newest_revision
from tests.axis.cli.conftest import Axis, Ran, credential

WHY = ("--reason", "Quyết định số 1/QĐ-MẪU")


@pytest.fixture
def directory(axis: Axis, on_database: None, tmp_path: Path) -> Path:
    """The demonstration's directory, imported from a file."""
    file = tmp_path / "agencies.csv"
    file.write_bytes(directory_file())
    assert axis("agency", "import", file, *WHY).code is ExitCode.DONE
    return file


def refused(ran: Ran) -> list[str]:
    """The codes of a refusal, told in JSON."""
    return [finding["code"] for finding in ran.document["error"]["findings"]]


# ── agencies ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_dry_run_shows_the_difference_and_writes_nothing(axis: Axis, on_database: None, tmp_path: Path) -> None:
    file = tmp_path / "agencies.csv"
    file.write_bytes(directory_file())
    ran = axis("agency", "import", file, "--dry-run", "--json")
    assert (ran.code, ran.document["applied"], len(ran.document["added"])) == (ExitCode.DONE, False, 119)
    assert axis("agency", "show", "H51").code is ExitCode.NOTHING_THERE


def test_a_dry_run_that_could_not_be_applied_says_why(axis: Axis, directory: Path) -> None:
    directory.write_bytes(directory_file().replace(b",H51.15,false", b",X99,false"))
    ran = axis("agency", "import", directory, "--dry-run")
    assert ran.code is ExitCode.REFUSED
    assert "directory/unknown-parent" in ran.err


def test_the_difference_names_each_field(axis: Axis, directory: Path) -> None:
    directory.write_bytes(directory_file().replace("Sở Nội vụ tỉnh Sóc Trăng (đ".encode(), "Sở Mới (đ".encode(), 1))
    ran = axis("agency", "import", directory, *WHY, "--json")
    assert ran.document["version"] == 2
    (change,) = ran.document["changed"]
    assert change["organ_id"] == "H51.15"
    assert change["fields"] == {"name_vi": ["Sở Nội vụ tỉnh Sóc Trăng (đơn vị mẫu)", "Sở Mới (đơn vị mẫu)"]}
    again = axis("agency", "import", directory, *WHY)
    assert "0 added, 0 changed, 119 as they were" in again.out


def test_bad_lines_are_told_and_nothing_is_imported(axis: Axis, on_database: None, tmp_path: Path) -> None:
    file = tmp_path / "agencies.csv"
    file.write_bytes(directory_file() + b"H 99,,,,,,,,,,\n")
    ran = axis("agency", "import", file, *WHY, "--lang", "vi")
    assert ran.code is ExitCode.INPUT
    assert "agency-row/id; 121:organ_id = H 99" in ran.err
    assert "Đây không phải là mã định danh cơ quan." in ran.err
    assert axis("agency", "show", "H51").code is ExitCode.NOTHING_THERE


def test_an_import_without_a_reason_is_refused(axis: Axis, directory: Path) -> None:
    directory.write_bytes(directory_file().replace(b"H51.15,", b"H51.16,", 1))
    assert refused(axis("agency", "import", directory, "--json")) == ["enrolment/no-reason"]


def test_what_is_exported_can_be_imported_again(axis: Axis, directory: Path, tmp_path: Path) -> None:
    for name in ("all.csv", "all.json"):
        exported = tmp_path / name
        assert axis("agency", "export", exported).code is ExitCode.DONE
        assert axis("agency", "import", exported, *WHY, "--json").document["unchanged"] == 119
    assert axis("agency", "export", tmp_path / "all.xlsx").code is ExitCode.INPUT


def test_a_file_that_holds_something_else_is_not_overwritten(axis: Axis, directory: Path) -> None:
    directory.write_bytes(b"mine")
    assert axis("agency", "export", directory).code is ExitCode.INPUT
    assert directory.read_bytes() == b"mine"


def test_an_agency_is_closed_shown_and_succeeded(axis: Axis, directory: Path) -> None:
    closed = axis("agency", "close", "000.00.15.H51", "--on", "2027-03-01", "--successor", "H51.18", *WHY, "--json")
    assert closed.document["agency"]["valid_to"] == "2027-03-01"
    axis("agency", "succeed", "H51.15", "--successor", "H51.18", "--successor", "H51", *WHY, "--actor", "thanh tra")
    shown = axis("agency", "show", "H51.15", "--json").document
    assert shown["agency"]["successors"] == ["H51.18", "H51"]
    assert shown["units"] == ["H51.15.01"]
    assert [line["actor"] for line in shown["history"]][2] == "thanh tra"
    assert shown["history"][0]["actor"].startswith("cli:")
    assert "Quyết định số 1/QĐ-MẪU" in axis("agency", "show", "H51.15").out
    again = axis("agency", "close", "H51.15", "--on", "2027-03-01", *WHY)
    assert "Nothing changed." in again.out


def test_a_successor_gets_the_mail_where_somebody_says_so(axis: Axis, directory: Path) -> None:
    axis("agency", "close", "H51.15", "--on", "2027-03-01", "--successor", "H51.18", *WHY)
    set_ = axis("agency", "forward", "H51.15", *WHY, "--json")
    assert set_.document["agency"]["forwards_to"] == "H51.18"
    assert "Nothing changed." in axis("agency", "forward", "H51.15", "--to", "H51.18", *WHY).out
    elsewhere = axis("agency", "succeed", "H51.15", "--successor", "H51", *WHY, "--json")
    assert "enrolment/forwards-elsewhere" in str(elsewhere.document)
    axis("agency", "succeed", "H51.15", "--successor", "H51", "--successor", "000.00.18.H51", *WHY)
    assert axis("agency", "show", "H51.15", "--json").document["agency"]["forwards_to"] == "H51.18"
    off = axis("agency", "forward", "H51.15", "--off", *WHY, "--json")
    assert off.document["agency"]["forwards_to"] is None
    unsaid = axis("agency", "forward", "H51.15", *WHY, "--json")
    assert "enrolment/forwards-to-whom" in str(unsaid.document)


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (("close", "X99", "--on", "2027-03-01"), ExitCode.REFUSED, "directory/unknown-agency"),
        (("close", "H51.15", "--on", "mai"), ExitCode.INPUT, "cli/value-invalid"),
        (("close", "H 51", "--on", "2027-03-01"), ExitCode.INPUT, "cli/value-invalid"),
        (("succeed", "H51.15", "--successor", "X99"), ExitCode.REFUSED, "directory/unknown-successor"),
        (("forward", "H51.15"), ExitCode.REFUSED, "enrolment/no-successor"),
        (("forward", "H51.15", "--to", "H51.18"), ExitCode.REFUSED, "enrolment/not-a-successor"),
        (("forward", "H51.15", "--to", "X99"), ExitCode.REFUSED, "directory/unknown-agency"),
        (("forward", "H51.15", "--to", "H51.18", "--off"), ExitCode.INPUT, "cli/value-invalid"),
        (("succeed", "H51.15", "--successor", "H51.15"), ExitCode.REFUSED, "directory/succession-cycle"),
        (("suspend-certificate", "00"), ExitCode.REFUSED, "enrolment/certificate-unknown"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused_in_words(
    axis: Axis, directory: Path, arguments: tuple[str, ...], code: ExitCode, reason: str
) -> None:
    ran = axis("agency", *arguments, *WHY, "--json")
    assert (ran.code, ran.document["error"]["code"]) == (code, reason)


def test_a_certificate_is_registered_suspended_and_restored(axis: Axis, directory: Path, tmp_path: Path) -> None:
    credential().write_pem(tmp_path, "agency")
    file = tmp_path / "agency.pem"
    added = axis("agency", "add-certificate", "H51.15", file, "--until", "2026-12-31", *WHY, "--json").document
    assert added["certificate"]["valid_to"].startswith("2026-12-30T17:00")
    fingerprint = added["certificate"]["fingerprint"]
    with_colons = ":".join(fingerprint[place : place + 2].upper() for place in range(0, 64, 2))
    assert axis("agency", "suspend-certificate", with_colons, *WHY).code is ExitCode.DONE
    assert axis("agency", "show", "H51.15", "--json").document["certificates"][0]["suspended_at"] is not None
    assert axis("agency", "restore-certificate", fingerprint, *WHY).code is ExitCode.DONE
    assert axis("agency", "show", "H51.15", "--json").document["certificates"][0]["suspended_at"] is None


def test_what_is_not_in_the_directory_is_said_of_the_directory(axis: Axis, directory: Path) -> None:
    for command in (("agency", "show", "X99"), ("system", "show", "khong-co")):
        ran = axis(*command, "--json")
        assert (ran.code, ran.document["error"]["code"]) == (ExitCode.NOTHING_THERE, "cli/no-entry")
        assert "directory" in ran.document["error"]["en"]


def test_whoever_registers_a_certificate_sees_whose_it_is_and_what_is_wrong(
    axis: Axis, directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = options.present()
    pki, strangers, validity = Hierarchy.found(at), Hierarchy.found(at), Validity.around(at)
    (tmp_path / "root.pem").write_bytes(pki.root.certificate_pem + pki.intermediate.certificate_pem)

    def added(name: str, by: Authority, organ_id: str, usage: Usage = Usage.SIGNATURE) -> Ran:
        made = by.issue(Subject("Sở Nội vụ", organ_id=organ_id), validity, usage=usage)
        made.write_pem(tmp_path, name)
        return axis("agency", "add-certificate", "H51.15", tmp_path / f"{name}.pem", *WHY, "--json")

    def warned(ran: Ran) -> list[str]:
        assert ran.code is ExitCode.DONE
        return [one["code"] for one in ran.document["warnings"]]

    assert warned(added("first", pki.intermediate, "H51.15")) == ["cli/certificate-unjudged"]
    (tmp_path / "anchors").mkdir()
    (tmp_path / "root.pem").rename(tmp_path / "anchors" / "root.pem")
    monkeypatch.setenv("AXIS_TRUST__ANCHORS", str(tmp_path / "anchors"))
    good = added("good", pki.root, "H51.15")
    assert warned(good) == []
    assert "O=Sở Nội vụ" in good.document["subject"]
    assert "Axis demo root" in good.document["issuer"]
    assert warned(added("foreign", strangers.root, "H51.15")) == ["signature/untrusted"]
    assert warned(added("tls", pki.root, "H51.15", Usage.TLS)) == ["signature/usage-forbidden"]
    assert warned(added("others", pki.root, "H26.18")) == ["cli/certificate-of-another"]
    assert warned(added("taxpayer", pki.root, "VATVN-0100109106")) == [], "an id of another kind says nothing"
    shown = axis("agency", "add-certificate", "H51.15", tmp_path / "foreign.pem", *WHY, "--lang", "vi")
    assert "Tổ chức cấp: " in shown.out
    assert "nhưng gói tin ký bằng chứng thư số này bị từ chối" in shown.err


# ── systems ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_system_is_added_with_the_key_its_owner_sent(axis: Axis, directory: Path, tmp_path: Path) -> None:
    pair = AssertionKey.generate()
    (tmp_path / "public.jwk").write_text(pair.public_jwk())
    ran = axis(
        *("system", "add", "van-thu-h51", "--agency", "H51", "--name", "Phần mềm văn thư"),
        *("--exact-scope", "000.00.15.H51", "--key", tmp_path / "public.jwk", *WHY, "--json"),
    )
    system = ran.document["system"]
    assert (system["scopes"], system["exact_scopes"]) == ([], ["H51.15"])
    assert [key["kid"] for key in system["keys"]] == [pair.kid]
    assert "van-thu-h51" in axis("system", "show").out
    assert "Phần mềm văn thư" in axis("system", "show", "van-thu-h51").out


def test_a_new_pair_is_kept_for_its_owner_alone_and_only_when_it_counts(
    axis: Axis, directory: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.jwk", tmp_path / "second.jwk"
    add = ("system", "add", "van-thu-h51", "--agency", "H51", "--name", "Phần mềm", *WHY, "--json")
    added = axis(*add, "--new-key", first)
    assert added.document["system"]["scopes"] == ["H51"]
    assert AssertionKey.from_text(first.read_bytes()).kid == added.document["system"]["keys"][0]["kid"]
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    assert refused(axis(*add, "--new-key", second)) == ["enrolment/system-exists"]
    assert not second.exists()
    rotated = axis("system", "rotate-key", "van-thu-h51", "--new-key", second, "--overlap-hours", "0", *WHY, "--json")
    old, new = rotated.document["system"]["keys"]
    assert (new["kid"], new["valid_to"]) == (AssertionKey.from_text(second.read_bytes()).kid, None)
    assert old["valid_to"] == new["valid_from"]
    assert axis("system", "rotate-key", "van-thu-h51", "--new-key", first, *WHY).code is ExitCode.INPUT


def test_a_private_key_given_by_mistake_is_refused(axis: Axis, directory: Path, tmp_path: Path) -> None:
    file = tmp_path / "private.jwk"
    file.write_text(AssertionKey.generate().private_jwk())
    ran = axis("system", "add", "a", "--agency", "H51", "--name", "A", "--key", file, *WHY, "--json")
    assert refused(ran) == ["enrolment/key-private"]
    assert json.loads(file.read_text())["d"] not in ran.out


def test_a_systems_life(axis: Axis, directory: Path, tmp_path: Path) -> None:
    add = ("system", "add", "a", "--agency", "H51", "--name", "A", "--new-key", tmp_path / "a.jwk", *WHY)
    assert axis(*add).code is ExitCode.DONE
    states = [axis("system", deed, "a", *WHY, "--json").document for deed in ("suspend", "restore", "remove")]
    assert [one["system"]["state"] for one in states] == ["suspended", "active", "removed"]
    assert refused(axis("system", "restore", "a", *WHY, "--json")) == ["enrolment/system-removed"]
    history = axis("system", "show", "a", "--json").document["history"]
    assert [line["version"] for line in history] == [2, 3, 4, 5]
    assert axis("system", "show", "b").code is ExitCode.NOTHING_THERE


@pytest.mark.parametrize("options", [(), ("--key", "x", "--new-key", "y")])
def test_one_key_is_given_and_one_only(axis: Axis, directory: Path, options: tuple[str, ...]) -> None:
    ran = axis("system", "add", "a", "--agency", "H51", "--name", "A", *options, *WHY, "--json")
    assert ran.document["error"]["code"] == "cli/value-invalid"


# ── database and settings ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_database_is_brought_up_to_date_and_stays_so(
    axis: Axis, empty_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AXIS_DATABASE__URL", empty_engine.url.render_as_string(hide_password=False))
    assert axis("system", "show").code is ExitCode.SETTINGS
    first = axis("db", "upgrade", "--json").document
    assert first == {"before": None, "after": newest_revision(), "changed": True}
    assert axis("db", "upgrade", "--json").document["changed"] is False
    assert axis("system", "show").code is ExitCode.DONE


def test_a_database_out_of_reach_is_told_as_such(axis: Axis, tmp_path: Path) -> None:
    url = f"postgresql+psycopg://nobody@/nothing?host={tmp_path}"
    assert axis("system", "show", AXIS_DATABASE__URL=url).code is ExitCode.UNREACHABLE


def test_settings_that_are_refused_are_all_told(axis: Axis) -> None:
    ran = axis("config", "check", AXIS_ENVIRONMENT="production", AXIS_WEB__PUBLIC_URL="http://truc.example.vn")
    assert ran.code is ExitCode.SETTINGS
    for name in ("AXIS_DATABASE__URL", "AXIS_SEAL__KEY_FILE", "settings/insecure; AXIS_WEB__PUBLIC_URL"):
        assert name in ran.err
    bad = axis("config", "check", AXIS_WEB__PORT="x")
    assert "Port to listen on." in bad.err
