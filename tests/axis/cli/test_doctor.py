"""`axis doctor`: what is broken or stuck in words of both languages, for programs, and by its exit code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from axis.cli.exits import ExitCode
from axis.cli.options import present
from axis.demo.authority import Hierarchy, Validity
from axis.inquiry.complaints import Complaint
from storage.database.leadership import Leadership
from storage.database.schema import upgrade
from tests.axis.cli.conftest import Axis
from tests.fixtures.running import RunningAxis
from tests.journey.test_processes import environment_of
from tests.vietnamese import foreign


@pytest.fixture
def sound(tmp_path: Path, own_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hierarchy]:
    """An axis with nothing wrong: its settings, its files, its database of the present, and a worker that leads."""
    pki = Hierarchy.found(present())
    key, certificates = pki.intermediate.issue_seal("Trục mẫu", Validity.around(present())).write_pem(tmp_path, "seal")
    (tmp_path / "root.pem").write_bytes(pki.root.certificate_pem)
    (tmp_path / "garbage").write_text("garbage")
    upgrade(own_engine, present())
    settings = {
        "AXIS_DATABASE__URL": own_engine.url.render_as_string(hide_password=False),
        "AXIS_BLOBS__PATH": tmp_path / "blobs",
        "AXIS_SEAL__KEY_FILE": key,
        "AXIS_SEAL__CERTIFICATE_FILE": certificates,
        "AXIS_TRUST__ANCHORS": tmp_path / "root.pem",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, str(value))
    leadership = Leadership(own_engine)
    assert leadership.is_leading()
    yield pki
    leadership.close()


def told(axis: Axis) -> list[str]:
    """The codes of what is found, after the exit code was seen to fit, and both languages to tell the same."""
    ran = axis("doctor", "--json")
    found: list[dict[str, Any]] = ran.document["findings"]
    assert ran.code is (ExitCode.DONE if ran.document["sound"] else ExitCode.STUCK)
    assert ran.document["sound"] is all(one["gravity"] == "known" for one in found)
    vi, en = axis("doctor", "--lang", "vi"), axis("doctor", "--lang", "en")
    for one in found:
        assert one["vi"] in vi.out
        assert one["do_vi"] in vi.out
        assert one["en"] in en.out
        assert one["do_en"] in en.out
        assert vi.out.count(f"[{one['code']}]") == en.out.count(f"[{one['code']}]") == 1
        assert not foreign(one["do_vi"])
    return [one["code"] for one in found]


@pytest.mark.usefixtures("sound")
def test_where_nothing_is_wrong_it_says_so(axis: Axis) -> None:
    ran = axis("doctor", "--lang", "vi")
    assert (ran.code, ran.out, ran.err) == (ExitCode.DONE, "Không có gì hỏng hoặc ứ đọng.\n", "")
    assert axis("doctor", "--lang", "en").out == "Nothing is broken or stuck.\n"
    assert axis("doctor", "--json").document == {"sound": True, "findings": []}


@pytest.mark.parametrize(
    ("left", "complaint"),
    [
        (timedelta(days=40), None),
        (timedelta(days=10), Complaint.SEAL_ENDS),
        (-timedelta(days=1), Complaint.SEAL_ENDED),
    ],
)
def test_a_seal_that_ends(
    axis: Axis, sound: Hierarchy, tmp_path: Path, *, left: timedelta, complaint: Complaint | None
) -> None:
    validity = Validity(present() - timedelta(days=99), present() + left)
    sound.intermediate.issue_seal("Trục mẫu", validity).write_pem(tmp_path, "seal")
    assert told(axis) == ([] if complaint is None else [complaint])


@pytest.mark.usefixtures("sound")
@pytest.mark.parametrize(
    ("setting", "complaint"),
    [
        ("AXIS_SEAL__CERTIFICATE_FILE=garbage", Complaint.SEAL_UNUSABLE),
        ("AXIS_TRUST__ANCHORS=garbage", Complaint.TRUST_BROKEN),
        ("AXIS_BLOBS__PATH=garbage/blobs", Complaint.STORE_AWAY),
    ],
)
def test_what_stands_around_the_database_is_looked_at_too(
    axis: Axis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, setting: str, complaint: Complaint
) -> None:
    name, _, file = setting.partition("=")
    monkeypatch.setenv(name, str(tmp_path / file))
    assert told(axis) == [complaint]


@pytest.mark.usefixtures("sound")
def test_a_trust_store_and_a_seal_that_nobody_named_are_missed_in_production_alone(
    axis: Axis, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SEAL__KEY_FILE", "SEAL__CERTIFICATE_FILE", "TRUST__ANCHORS"):
        monkeypatch.delenv(f"AXIS_{name}")
    assert told(axis) == []
    monkeypatch.setenv("AXIS_ENVIRONMENT", "production")
    refused = axis("doctor", "--json")
    assert refused.code is ExitCode.SETTINGS
    named = set(re.findall(r"AXIS_(?:SEAL|TRUST)__", str(refused.document)))
    assert named == {"AXIS_SEAL__", "AXIS_TRUST__"}


@pytest.mark.usefixtures("sound")
def test_a_store_elsewhere_that_does_not_answer(axis: Axis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AXIS_BLOBS__KIND", "s3")
    monkeypatch.setenv("AXIS_BLOBS__S3__ENDPOINT", "http://127.0.0.1:1")
    for name in ("BUCKET", "ACCESS_KEY", "SECRET_KEY"):
        monkeypatch.setenv(f"AXIS_BLOBS__S3__{name}", "axis-packages")
    assert told(axis) == [Complaint.STORE_AWAY]


@pytest.mark.usefixtures("sound")
def test_what_is_broken_comes_before_what_is_late(
    axis: Axis, tmp_path: Path, own_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_engine.begin() as connection:
        late = "INSERT INTO used_assertions VALUES ('qlvb', 'x', now() - interval '4 hours')"
        connection.execute(text(late))
    assert told(axis) == [Complaint.HOUSE_UNKEPT]
    monkeypatch.setenv("AXIS_TRUST__ANCHORS", str(tmp_path / "garbage"))
    assert told(axis) == [Complaint.TRUST_BROKEN, Complaint.HOUSE_UNKEPT]
    with own_engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '202001010000'"))
    assert told(axis) == [Complaint.TRUST_BROKEN, Complaint.SCHEMA_OTHER]
    monkeypatch.setenv("AXIS_DATABASE__URL", "postgresql+psycopg://axis@127.0.0.1:1/axis")
    assert told(axis) == [Complaint.TRUST_BROKEN, Complaint.DATABASE_AWAY]


def test_an_axis_that_runs_and_is_sound_is_examined_while_it_works(
    axis: Axis, running: RunningAxis, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, taker = running.agencies(2)
    sender.sdk.send(running.package(sender, taker))
    for name, value in environment_of(running).items():
        monkeypatch.setenv(name, value)
    assert {one["gravity"] for one in axis("doctor", "--json").document["findings"]} <= {"known"}
    assert axis("doctor").code is ExitCode.DONE


def test_without_a_database_named_there_is_nothing_to_examine(axis: Axis) -> None:
    ran = axis("doctor")
    assert ran.code is ExitCode.SETTINGS
    assert "AXIS_DATABASE__URL" in ran.err
