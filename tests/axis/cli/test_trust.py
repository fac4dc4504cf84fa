"""`axis trust`: the trust folder as people and scripts see it."""

from __future__ import annotations

import shlex
from datetime import timedelta
from pathlib import Path

import pytest

from axis.anchorage.folder import octets_in
from axis.cli.exits import ExitCode
from axis.demo.authority import Hierarchy, Subject, Validity
from signing.certificates import Certificate
from signing.purposes import Purpose
from tests.axis.cli.conftest import Axis, Ran
from tests.signing.forgery import Forgery, rsa_key
from tests.signing.pki import MOMENT, certificate, chain, credential, hierarchy, stranger
from tests.signing.stamping import authority
from tests.signing.xml.packages import PACKAGE, signed

PAGES = Path(__file__).parents[3] / "docs"
AT = ("--at", "2026-11-21T08:30:00Z")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty trust folder."""
    made = tmp_path / "trust"
    made.mkdir()
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The certificate of a trusted root."""
    return written(tmp_path / "root.pem", certificate(hierarchy().root))


def written(file: Path, *certificates: Certificate) -> Path:
    file.write_bytes(b"".join(one.pem for one in certificates))
    return file


def added(axis: Axis, folder: Path, file: Path, *more: str) -> ExitCode:
    purposes = [] if "--purpose" in more else ["--purpose", "package"]
    ran = axis("trust", "add", str(file), "--name", "Gốc", "--kind", "test", *purposes, *more, "--folder", str(folder))
    return ran.code


def test_an_authority_is_added_listed_and_checked(axis: Axis, folder: Path, root: Path) -> None:
    terms = ("--purpose", "package", "--purpose", "seal", "--from", "2020-01-01", "--until", "2031-01-01T00:00:00Z")
    assert added(axis, folder, root, *terms) is ExitCode.DONE
    listed = axis("trust", "list", "--folder", str(folder), "--json")
    (one,) = listed.document["authorities"]
    assert one["sha256"] == certificate(hierarchy().root).fingerprint
    assert (one["name"], one["kind"], one["role"], one["purposes"]) == ("Gốc", "test", "anchor", ["package", "seal"])
    assert (one["trusted_from"][:16], one["trusted_until"][:10]) == ("2019-12-31T17:00", "2031-01-01")
    assert (one["problems"], listed.document["findings"]) == ([], [])
    shown = axis("trust", "list", "--folder", str(folder), "--lang", "vi")
    assert all(word in shown.out for word in ("Gốc", "thử nghiệm", "gói tin, con dấu số", one["sha256"]))
    checked = axis("trust", "check", "--folder", str(folder), "--lang", "vi")
    assert (checked.code, checked.out.strip()) == (ExitCode.DONE, "Không phát hiện lỗi nào.")


def test_a_certificate_in_der_is_taken_too(axis: Axis, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "root.cer"
    file.write_bytes(certificate(hierarchy().root).der)
    assert added(axis, folder, file) is ExitCode.DONE


REFUSED = {
    "trust/not-authority": lambda: certificate(credential()),
    "trust/weak-key": lambda: Forgery.authority("yếu").under(None, rsa_key(1024)).certificate,
}


@pytest.mark.parametrize("code", REFUSED)
def test_what_is_no_sound_authority_is_refused_in_both_languages(
    axis: Axis, folder: Path, tmp_path: Path, code: str
) -> None:
    file = written(tmp_path / "one.pem", REFUSED[code]())
    terms = ("trust", "add", str(file), "--name", "x", "--kind", "test", "--purpose", "seal", "--folder", str(folder))
    ran = axis(*terms, "--json")
    assert (ran.code, ran.document["error"]["code"]) == (ExitCode.REFUSED, code)
    assert list(folder.iterdir()) == []


def test_a_file_that_is_named_holds_one_certificate(axis: Axis, folder: Path, tmp_path: Path) -> None:
    root, below = certificate(hierarchy().root), certificate(hierarchy().intermediate)
    several = written(tmp_path / "two.pem", root, below)
    half = tmp_path / "half.pem"
    half.write_bytes(root.pem[:100])
    nothing = tmp_path / "nothing.cer"
    nothing.write_bytes(b"nothing")
    terms = ("--name", "x", "--kind", "test", "--purpose", "seal", "--folder", str(folder), "--json")
    for file, code in (
        (several, "trust/several-certificates"),
        (half, "trust/no-certificate"),
        (nothing, "trust/no-certificate"),
    ):
        ran = axis("trust", "add", str(file), *terms)
        error = ran.document["error"]
        assert (ran.code, error["code"], error["place"]) == (ExitCode.INPUT, code, file.name)
        assert "of the same name" not in error["do_en"]
    for file in (half, nothing):
        ran = check(axis, folder, file)
        assert (ran.code, ran.document["error"]["code"]) == (ExitCode.INPUT, "trust/no-certificate")
    explained = written(tmp_path / "explained.pem", root)
    explained.write_bytes(b"subject=CN = root\n" + explained.read_bytes())
    assert added(axis, folder, explained) is ExitCode.DONE


def test_one_that_is_there_already_and_a_window_that_cannot_be(axis: Axis, folder: Path, root: Path) -> None:
    assert added(axis, folder, root, "--from", "2027-01-01", "--until", "2026-01-01") is ExitCode.INPUT
    assert added(axis, folder, root, "--tolerate", "everything") is ExitCode.INPUT
    assert added(axis, folder, root) is ExitCode.DONE
    before = octets_in(folder)
    assert added(axis, folder, root) is ExitCode.REFUSED
    assert octets_in(folder) == before


def test_without_a_folder_the_command_says_so(axis: Axis, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AXIS_TRUST__ANCHORS", str(root))
    terms = ("trust", "add", str(root), "--name", "x", "--kind", "test", "--purpose", "seal", "--json")
    ran = axis(*terms)
    assert (ran.code, ran.document["error"]["code"]) == (ExitCode.REFUSED, "trust/folder-not-set")
    # The simple form can be listed and judged by all the same.
    (one,) = axis("trust", "list", "--json").document["authorities"]
    assert (one["file"], one["purposes"]) == (None, [purpose.value for purpose in Purpose])


@pytest.mark.parametrize("words", [("list",), ("check",), ("check", "root.pem")])
def test_with_nothing_set_all_three_ways_are_named(axis: Axis, root: Path, words: tuple[str, ...]) -> None:
    ran = axis("trust", *(root if one == root.name else one for one in words), "--json")
    error = ran.document["error"]
    assert (ran.code, error["code"]) == (ExitCode.REFUSED, "trust/not-set")
    for name in ("AXIS_TRUST__FOLDER", "AXIS_TRUST__ANCHORS", "--folder"):
        assert name in error["do_vi"]
        assert name in error["do_en"]


def test_a_broken_folder_is_told_whole(axis: Axis, folder: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AXIS_TRUST__FOLDER", str(folder))
    assert added(axis, folder, root, "--purpose", "package") is ExitCode.DONE
    (folder / "b.toml").write_text("name = ")
    ran = axis("trust", "check", "--json")
    assert ran.code is ExitCode.REFUSED
    told = [(one["code"], one["path"], one["value"]) for one in ran.document["error"]["findings"]]
    assert ("trust/entry-unreadable", "b.toml", None) in told
    assert ("trust/purpose-unserved", "", "seal") in told
    assert "b.toml" in axis("trust", "list").out


def test_what_cannot_be_read_has_a_line_in_the_list(axis: Axis, folder: Path, root: Path) -> None:
    (folder / "b.toml").write_text("name = ")
    written(folder / "c.pem", certificate(hierarchy().root))
    shown = axis("trust", "list", "--folder", str(folder), "--lang", "vi")
    table = shown.out.partition("[")[0]
    assert shown.code is ExitCode.REFUSED
    for words in ("b.toml", "trust/entry-unreadable", "c.pem", "trust/entry-missing"):
        assert words in "".join(table.split())
    listed = axis("trust", "list", "--folder", str(folder), "--json")
    assert (listed.code, listed.document["authorities"]) == (ExitCode.REFUSED, [])
    assert listed.document["unread"] == [
        {"file": "b.toml", "problems": ["trust/entry-unreadable"]},
        {"file": "c.pem", "problems": ["trust/entry-missing"]},
    ]
    (folder / "b.toml").unlink()
    # A certificate that nobody speaks of is only warned of.
    assert axis("trust", "list", "--folder", str(folder)).code is ExitCode.DONE


def test_an_anchor_that_was_given_up_is_a_problem(
    axis: Axis, folder: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AXIS_TRUST__FOLDER", str(folder))
    added(axis, folder, root, "--purpose", "package", "--purpose", "seal", "--until", "2026-01-01")
    ran = axis("trust", "check", "--at", "2026-11-21", "--json")
    told = [(one["code"], one["value"]) for one in ran.document["error"]["findings"]]
    assert ran.code is ExitCode.REFUSED
    assert told[:2] == [("trust/purpose-unserved", "package"), ("trust/purpose-unserved", "seal")]
    assert "outside its window of trust" in ran.document["error"]["findings"][0]["en"]
    assert "`trusted_until`" in ran.document["error"]["findings"][0]["do_vi"]
    (one,) = axis("trust", "list", "--json").document["authorities"]
    assert "trust/window-closed" in one["problems"]
    assert axis("trust", "check", "--at", "2025-12-31").code is ExitCode.DONE


# ── what is trusted ───────────────────────────────────────────────────────────────────────────────────────────────────


def check(axis: Axis, folder: Path, file: Path, *more: str) -> Ran:
    moment = () if "--at" in more else AT
    return axis("trust", "check", str(file), *more, *moment, "--folder", str(folder), "--json")


def test_a_signers_path_is_told_by_purpose(axis: Axis, folder: Path, root: Path, tmp_path: Path) -> None:
    added(axis, folder, root, "--purpose", "package", "--purpose", "timestamp")
    signer = written(tmp_path / "signer.pem", certificate(credential()), *chain(credential()))
    judged = {one["purpose"]: one for one in check(axis, folder, signer).document["judged"]}
    assert {name: one["trusted"] for name, one in judged.items()} == {
        "package": True,
        "document": False,
        "timestamp": False,
        "seal": False,
    }
    path = [one["sha256"] for one in judged["package"]["path"]]
    assert path == [certificate(one).fingerprint for one in (credential(), hierarchy().intermediate, hierarchy().root)]
    assert judged["document"]["finding"]["code"] == "trust/purpose-lacking"
    assert judged["document"]["finding"]["path"].endswith(".toml"), "the file to change"
    assert judged["timestamp"]["finding"]["code"] == "signature/usage-forbidden"
    unit = written(tmp_path / "unit.pem", certificate(authority()), *chain(authority()))
    assert check(axis, folder, unit, "--purpose", "timestamp").document["judged"][0]["trusted"]
    told = axis("trust", "check", str(signer), *AT, "--folder", str(folder), "--lang", "vi").out
    assert "Đối với gói tin:\n  Được tin cậy, theo đường dẫn chứng thực:" in told
    assert "extendedKeyUsage" in judged["timestamp"]["finding"]["en"] + told


def test_who_is_trusted_for_nothing_ends_with_five_and_the_reason(
    axis: Axis, folder: Path, root: Path, tmp_path: Path
) -> None:
    added(axis, folder, root, "--until", "2026-11-22T00:00:00Z")
    signer = written(tmp_path / "signer.pem", certificate(credential()), *chain(credential()))
    for more, code in (
        (("--purpose", "document"), "trust/purpose-lacking"),
        (("--purpose", "package", "--at", "2026-11-22T00:00:00Z"), "signature/authority-given-up"),
        (("--purpose", "package", "--at", "2040-01-01"), "signature/certificate-expired"),
    ):
        ran = check(axis, folder, signer, *more)
        assert (ran.code, ran.document["error"]["code"]) == (ExitCode.NOT_PROVEN, code)
    assert check(axis, folder, signer, "--purpose", "package").code is ExitCode.DONE
    foreign = written(tmp_path / "foreign.pem", certificate(stranger()), *chain(stranger()))
    assert check(axis, folder, foreign, "--purpose", "package").code is ExitCode.NOT_PROVEN


def test_an_authoritys_own_path(axis: Axis, folder: Path, root: Path, tmp_path: Path) -> None:
    added(axis, folder, root)
    (one,) = check(axis, folder, written(tmp_path / "ca.pem", certificate(hierarchy().intermediate))).document["judged"]
    assert (one["purpose"], one["trusted"], len(one["path"])) == (None, True, 2)


def test_an_authority_is_asked_for_the_purposes_of_its_entry(
    axis: Axis, folder: Path, root: Path, tmp_path: Path
) -> None:
    added(axis, folder, root, "--purpose", "package", "--purpose", "seal")
    below = written(tmp_path / "ca.pem", certificate(hierarchy().intermediate))
    assert added(axis, folder, below, "--intermediate") is ExitCode.DONE
    ran = check(axis, folder, below, "--purpose", "seal")
    assert (ran.code, ran.document["error"]["code"]) == (ExitCode.NOT_PROVEN, "trust/purpose-lacking")
    (file,) = (one.name for one in folder.glob("*.toml") if 'role = "intermediate"' in one.read_text())
    assert ran.document["error"]["place"] == file
    assert check(axis, folder, below, "--purpose", "package").document["judged"][0]["trusted"]


def test_a_folder_in_which_nobody_serves_is_not_sound(axis: Axis, folder: Path, root: Path) -> None:
    ran = axis("trust", "check", "--folder", str(folder), "--json")
    assert ran.code is ExitCode.REFUSED
    unserved = [(one["code"], one["value"]) for one in ran.document["error"]["findings"]]
    assert unserved == [("trust/purpose-unserved", "package"), ("trust/purpose-unserved", "seal")]
    assert axis("trust", "list", "--folder", str(folder)).code is ExitCode.DONE, "it may be on its way"
    added(axis, folder, root, "--purpose", "package", "--purpose", "seal")
    assert axis("trust", "check", "--folder", str(folder)).code is ExitCode.DONE


def test_the_signer_of_a_package_under_an_authority_for_something_else(
    axis: Axis, folder: Path, root: Path, tmp_path: Path
) -> None:
    added(axis, folder, root, "--purpose", "document")
    package = tmp_path / "package.edxml"
    package.write_bytes(signed())
    ran = check(axis, folder, package)
    assert (ran.code, ran.document["error"]["code"]) == (ExitCode.NOT_PROVEN, "trust/purpose-lacking")
    assert ran.document["error"]["findings"][0]["value"] == "package"


def test_a_packages_signer(axis: Axis, folder: Path, root: Path, tmp_path: Path) -> None:
    package = tmp_path / "package.edxml"
    package.write_bytes(signed())
    added(axis, folder, root)
    ran = check(axis, folder, package)
    assert (ran.code, [one["sha256"] for one in ran.document["path"]][-1]) == (
        ExitCode.DONE,
        certificate(hierarchy().root).fingerprint,
    )
    assert certificate(credential()).subject in axis("trust", "check", str(package), *AT, "--folder", str(folder)).out
    package.write_bytes(signed().replace(b"123/ABC", b"124/ABC"))
    ran = check(axis, folder, package)
    assert (ran.code, ran.document["error"]["code"]) == (ExitCode.NOT_PROVEN, "signature/altered")
    package.write_bytes(PACKAGE)
    assert check(axis, folder, package).document["error"]["code"] == "signature/missing"


def test_a_package_is_judged_though_nobody_serves_seals(
    axis: Axis, folder: Path, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AXIS_TRUST__FOLDER", str(folder))
    package = tmp_path / "package.edxml"
    package.write_bytes(signed())
    assert axis("trust", "check", str(package), "--json").document["error"]["code"] == "trust/purpose-unserved"
    added(axis, folder, root)
    ran = axis("trust", "check", str(package), *AT, "--json")
    assert (ran.code, len(ran.document["path"])) == (ExitCode.DONE, 3)
    assert [(one["code"], one["value"]) for one in ran.document["findings"]] == [("trust/purpose-unserved", "seal")]
    assert "trust/purpose-unserved; seal" in axis("trust", "check", str(package), *AT).err
    package.write_bytes(PACKAGE)
    told = [one["code"] for one in axis("trust", "check", str(package), *AT, "--json").document["error"]["findings"]]
    assert told == ["signature/missing", "trust/purpose-unserved"]


def test_the_recipe_of_the_operations_page_ends_clean_as_written(
    axis: Axis, folder: Path, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AXIS_TRUST__FOLDER", str(folder))
    monkeypatch.setenv("AXIS_TRUST__REQUIRE_TIMESTAMP", "true")
    monkeypatch.chdir(tmp_path)
    root.rename("ca-goc.pem")
    written(Path("ca-cap-duoi.pem"), certificate(hierarchy().intermediate))
    written(Path("ca-con-dau.pem"), certificate(Hierarchy.found(MOMENT).root))
    Path("goi-tin.edxml").write_bytes(signed())
    page = (PAGES / "operations.md").read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if line.startswith("axis trust ")]
    assert len(lines) == 5
    for line in lines:
        moment = AT if line.startswith("axis trust check") else ()
        ran = axis(*shlex.split(line)[1:], *moment)
        assert ran.code is ExitCode.DONE, ran
        assert line != "axis trust check" or ran.out.strip() == "Nothing is wrong."


def test_a_package_is_judged_for_packages_alone(axis: Axis, folder: Path, root: Path, tmp_path: Path) -> None:
    package = tmp_path / "package.edxml"
    package.write_bytes(signed())
    added(axis, folder, root)
    assert check(axis, folder, package, "--purpose", "package").code is ExitCode.DONE
    ran = check(axis, folder, package, "--purpose", "package", "--purpose", "seal")
    assert (ran.code, ran.document["error"]["place"]) == (ExitCode.INPUT, "--purpose seal")
    assert "package" in ran.document["error"]["en"]


def test_another_root_of_the_same_name_is_no_path(axis: Axis, folder: Path, tmp_path: Path) -> None:
    other = Hierarchy.found(MOMENT - timedelta(days=1))
    added(axis, folder, written(tmp_path / "other.pem", certificate(other.root)))
    leaf = hierarchy().intermediate.issue(Subject("Cơ quan A"), Validity.around(MOMENT))
    signer = written(tmp_path / "leaf.pem", certificate(leaf), *chain(leaf))
    assert check(axis, folder, signer, "--purpose", "package").code is ExitCode.NOT_PROVEN
