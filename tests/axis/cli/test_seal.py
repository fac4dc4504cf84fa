"""Seals by the command line: the operator announces the next one, connected systems follow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from axis.cli.exits import ExitCode
from axis.cli.options import present
from axis.cli.seal import _pin
from axis.demo.authority import Hierarchy, Validity
from signing.certificates import Certificate
from tests.axis.cli.conftest import PASSWORD, Axis, Ran
from tests.signing.pki import certificate


@dataclass(frozen=True, slots=True)
class Seals:
    """The settings of an axis, and the next seal as the authority issued it."""

    settings: dict[str, str]
    folder: Path
    next: tuple[Path, Path]
    active: str
    following: str


@pytest.fixture
def seals(tmp_path: Path) -> Seals:
    """An axis with a seal and an empty register."""
    pki, validity = Hierarchy.found(present()), Validity.around(present())
    (tmp_path / "register").mkdir()
    (tmp_path / "root.pem").write_bytes(pki.root.certificate_pem)
    present_seal, following = (pki.intermediate.issue_seal(f"Trục {one}", validity) for one in ("cũ", "mới"))
    key, certificates = present_seal.write_pem(tmp_path, "seal")
    settings = {
        "AXIS_SEAL__KEY_FILE": str(key),
        "AXIS_SEAL__CERTIFICATE_FILE": str(certificates),
        "AXIS_SEAL__REGISTER_FOLDER": str(tmp_path / "register"),
        "AXIS_TRUST__ANCHORS": str(tmp_path / "root.pem"),
    }
    return Seals(
        settings,
        tmp_path,
        following.write_pem(tmp_path, "next"),
        certificate(present_seal).fingerprint,
        certificate(following).fingerprint,
    )


def rotated(axis: Axis, seals: Seals, key: Path, certificates: Path) -> Ran:
    return axis("seal", "rotate", "--key", key, "--certificate", certificates, "--json", **seals.settings)


def test_the_next_seal_is_announced_and_listed(axis: Axis, seals: Seals) -> None:
    ran = rotated(axis, seals, *seals.next)
    assert (ran.code, ran.document["sha256"], ran.document["endorsed_by"]) == (
        ExitCode.DONE,
        seals.following,
        seals.active,
    )
    listed = axis("seal", "list", "--json", **seals.settings).document["seals"]
    assert [(one["state"], one["sha256"]) for one in listed] == [
        ("announced", seals.following),
        ("active", seals.active),
    ]
    shown = axis("seal", "list", "--lang", "vi", **seals.settings)
    assert "sẽ dùng" in shown.out
    assert " (+07:00)" in shown.out, "times as in every other table"


def test_a_seal_that_would_not_verify_is_not_announced(axis: Axis, seals: Seals) -> None:
    stranger = Hierarchy.found(present()).intermediate.issue_seal("Trục lạ", Validity.around(present()))
    ran = rotated(axis, seals, *stranger.write_pem(seals.folder, "stranger"))
    assert (ran.code, ran.document["error"]["code"]) == (ExitCode.REFUSED, "seal/unfit")
    assert list((seals.folder / "register").iterdir()) == []


def test_without_a_register_nothing_is_announced(axis: Axis, seals: Seals) -> None:
    del seals.settings["AXIS_SEAL__REGISTER_FOLDER"]
    ran = rotated(axis, seals, *seals.next)
    assert (ran.code, ran.document["error"]["code"]) == (ExitCode.REFUSED, "seal/no-register")


def test_what_is_followed_is_pinned_in_the_file_or_the_folder(tmp_path: Path, seals: Seals) -> None:
    old, new = (Certificate.from_pem((seals.folder / name).read_bytes()) for name in ("seal.pem", "next.pem"))
    file, folder = tmp_path / "pins.pem", tmp_path / "pins"
    file.write_bytes(old.pem.rstrip())
    folder.mkdir()
    assert _pin(file, ()) is None
    assert _pin(file, (new,)) == file
    assert Certificate.many_from_pem(file.read_bytes()) == (old, new)
    kept = _pin(folder, (new,))
    assert kept is not None
    assert Certificate.many_from_pem(kept.read_bytes()) == (new,)


def test_who_has_no_key_lists_the_seals(axis: Axis, seals: Seals) -> None:
    rotated(axis, seals, *seals.next)
    public = {name: value for name, value in seals.settings.items() if "CERTIFICATE" in name or "REGISTER" in name}
    (seals.folder / "seal.key.pem").unlink(missing_ok=True)
    listed = axis("seal", "list", "--json", **public)
    assert (listed.code, [one["sha256"] for one in listed.document["seals"]]) == (
        ExitCode.DONE,
        [seals.following, seals.active],
    )
    # A key that cannot be opened, and a production that would not start without its secrets, keep nobody from reading.
    locked = {
        "AXIS_SEAL__PKCS11_URI": "pkcs11:token=axis;object=seal?module-path=/nowhere/none.so",
        "AXIS_ENVIRONMENT": "test",
    }
    assert axis("seal", "list", "--json", **public, **locked).document == listed.document
    production = axis("seal", "list", "--json", AXIS_ENVIRONMENT="production", **public)
    assert production.document["error"]["code"] == "seal/register-unreadable", "the endorsements are of a test's axis"
    del public["AXIS_SEAL__REGISTER_FOLDER"]
    alone = axis("seal", "list", "--json", AXIS_ENVIRONMENT="production", **public).document["seals"]
    assert [(one["state"], one["sha256"]) for one in alone] == [("active", seals.active)]


def test_a_container_tells_its_certificate_where_none_is_named(axis: Axis, seals: Seals) -> None:
    pki = Hierarchy.found(present())
    sealed = pki.intermediate.issue_seal("Trục mẫu", Validity.around(present()))
    sealed.write_pkcs12(seals.folder, "container", password=PASSWORD)
    settings = {"AXIS_SEAL__KEY_FILE": str(seals.folder / "container.p12")}
    opened = axis("seal", "list", "--json", AXIS_SEAL__KEY_PASSWORD=PASSWORD.decode(), **settings)
    assert [one["sha256"] for one in opened.document["seals"]] == [certificate(sealed).fingerprint]
    locked = axis("seal", "list", "--json", **settings)
    assert (locked.code, locked.document["error"]["code"]) == (ExitCode.SETTINGS, "cli/seal-unknown")


@pytest.mark.parametrize("named", [{}, {"AXIS_SEAL__CERTIFICATE_FILE": "/nowhere/none.pem"}])
def test_where_nothing_tells_the_seal_its_certificate_is_asked_for(axis: Axis, named: dict[str, str]) -> None:
    ran = axis("seal", "list", "--json", **named)
    error = ran.document["error"]
    assert (ran.code, error["code"], error["place"]) == (
        ExitCode.SETTINGS,
        "cli/seal-unknown",
        "AXIS_SEAL__CERTIFICATE_FILE",
    )
    assert error["fault"] == ("no-file" if named else "not-set")
    assert "seal.certificate_file" in error["vi"]
    assert "PIN" in error["do_vi"]
