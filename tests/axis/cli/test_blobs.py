"""`axis blobs`: which keys there are, and how an old one becomes free to go."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from axis.cli.exits import ExitCode
from axis.clock import SystemClock
from axis.settings import BlobSettings
from axis.stores import open_staging, open_store
from storage.blobs import BlobStore
from storage.records import ChunkRecord
from tests.axis.cli.conftest import Axis
from tests.storage.shelving import write_ring
from tests.vietnamese import foreign

OCTETS = b"octets"
DIGEST = hashlib.sha256(OCTETS).digest()


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """Variables of an axis that keeps one package, encrypted, in a folder."""
    folder = write_ring(tmp_path / "keys", "2026")
    variables = {"AXIS_BLOBS__PATH": str(tmp_path / "blobs"), "AXIS_BLOBS__KEYS_FOLDER": str(folder)}
    blobs(variables).put(DIGEST, io.BytesIO(OCTETS))
    return variables


def settings_of(variables: dict[str, str]) -> BlobSettings:
    named = {name.removeprefix("AXIS_BLOBS__").lower(): value for name, value in variables.items()}
    return BlobSettings.model_validate(named)


def blobs(variables: dict[str, str]) -> BlobStore:
    return open_store(settings_of(variables), SystemClock().now)


def test_keys_are_listed_by_name_and_id_and_never_shown(axis: Axis, settings: dict[str, str]) -> None:
    folder = write_ring(Path(settings["AXIS_BLOBS__KEYS_FOLDER"]), "2027")
    ran = axis("blobs", "keys", "--json", **settings)
    assert [(one["name"], one["active"]) for one in ran.document["keys"]] == [("2026", False), ("2027", True)]
    shown = axis("blobs", "keys", "--lang", "vi", **settings)
    for file in folder.glob("*.key"):
        assert file.read_text().strip() not in ran.out + shown.out
    assert "đang dùng" in shown.out
    chosen = axis("blobs", "keys", "--json", AXIS_BLOBS__KEY="2026", **settings).document["keys"]
    assert [one["active"] for one in chosen] == [True, False]


def test_an_old_key_goes_after_its_packages_were_brought_under_the_new_one(
    axis: Axis, settings: dict[str, str]
) -> None:
    folder = write_ring(Path(settings["AXIS_BLOBS__KEYS_FOLDER"]), "2027")
    ran = axis("blobs", "rewrap", "--json", **settings)
    assert ran.code is ExitCode.DONE
    assert ran.document["packages"] == {"rewrapped": 1, "current": 0, "plain": 0, "key_absent": 0, "damaged": 0}
    (folder / "2026.key").unlink()
    assert blobs(settings).get(DIGEST) == OCTETS
    again = axis("blobs", "rewrap", "--lang", "vi", **settings)
    assert (again.code, foreign(again.out)) == (ExitCode.DONE, [])


def test_a_package_that_needs_a_key_that_is_gone_is_told_of(axis: Axis, settings: dict[str, str]) -> None:
    folder = Path(settings["AXIS_BLOBS__KEYS_FOLDER"])
    (folder / "2026.key").rename(folder / "2026.away")
    write_ring(folder, "2027")
    ran = axis("blobs", "rewrap", "--json", **settings)
    assert (ran.code, ran.document["error"]["code"]) == (ExitCode.INPUT, "cli/blobs-not-rewrapped")
    assert "1" in ran.document["error"]["vi"]
    (folder / "2026.away").rename(folder / "2026.key")
    assert axis("blobs", "rewrap", **settings).code is ExitCode.DONE


def test_an_old_key_that_open_uploads_need_is_told_of(axis: Axis, settings: dict[str, str]) -> None:
    staging, upload = open_staging(settings_of(settings), SystemClock().now), UUID(int=1)
    chunk = ChunkRecord(0, len(OCTETS), DIGEST)
    staging.put(upload, chunk, source=io.BytesIO(OCTETS))
    assert axis("blobs", "rewrap", **settings).code is ExitCode.DONE
    write_ring(Path(settings["AXIS_BLOBS__KEYS_FOLDER"]), "2027")
    later = open_staging(settings_of(settings), SystemClock().now)
    later.put(upload, replace(chunk, start=len(OCTETS)), source=io.BytesIO(OCTETS))
    ran = axis("blobs", "rewrap", "--json", **settings)
    assert (ran.code, ran.document["error"]["code"]) == (ExitCode.INPUT, "cli/blobs-uploads-wait")
    assert "1" in ran.document["error"]["vi"]
    later.discard(upload, chunk)
    assert axis("blobs", "rewrap", **settings).code is ExitCode.DONE


@pytest.mark.parametrize("command", ["keys", "rewrap"])
def test_an_axis_that_does_not_encrypt_says_so(axis: Axis, settings: dict[str, str], command: str) -> None:
    del settings["AXIS_BLOBS__KEYS_FOLDER"]
    ran = axis("blobs", command, "--json", **settings)
    assert (ran.code, ran.document["error"]["code"]) == (ExitCode.SETTINGS, "cli/blobs-not-encrypted")


def test_an_s3_store_that_is_away_is_named(axis: Axis, settings: dict[str, str]) -> None:
    s3 = {
        "AXIS_BLOBS__KIND": "s3",
        "AXIS_BLOBS__S3__ENDPOINT": "http://127.0.0.1:9",
        "AXIS_BLOBS__S3__BUCKET": "axis",
        "AXIS_BLOBS__S3__ACCESS_KEY": "canary-1789",
        "AXIS_BLOBS__S3__SECRET_KEY": "canary-1789",
    }
    ran = axis("blobs", "rewrap", "--json", **settings, **s3)
    error = ran.document["error"]
    assert (ran.code, error["code"], error["fault"]) == (
        ExitCode.UNREACHABLE,
        "cli/blobs-unavailable",
        "unreachable",
    )
    assert "canary" not in ran.out + ran.err
