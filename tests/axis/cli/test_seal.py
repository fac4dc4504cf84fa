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
from tests.axis.cli.conftest import Axis, Ran
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
