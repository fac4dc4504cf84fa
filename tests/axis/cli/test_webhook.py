"""`axis system webhook`, on a real database and with a real receiver."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from axis.cli.exits import ExitCode
from axis.demo.directory import directory_file
from axis.demo.keys import KeyRing
from tests.axis.cli.conftest import Axis
from tests.fixtures.receiver import Receiver, receiving

WHY = ("--reason", "Quyết định số 1/QĐ-MẪU")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def system(axis: Axis, on_database: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key_ring: KeyRing) -> str:
    """A registered system, and the settings of an axis that may call this machine and can sign."""
    files = key_ring.files
    for name, value in {
        "AXIS_WEBHOOKS__NETWORKS": '["127.0.0.0/8"]',
        "AXIS_SEAL__KEY_FILE": files.seal_key,
        "AXIS_SEAL__CERTIFICATE_FILE": files.seal_certificate,
        "AXIS_TRUST__ANCHORS": files.anchors,
        "AXIS_TRUST__INTERMEDIATES": files.intermediates,
        "AXIS_BLOBS__PATH": tmp_path / "blobs",
    }.items():
        monkeypatch.setenv(name, str(value))
    file = tmp_path / "agencies.csv"
    file.write_bytes(directory_file())
    assert axis("agency", "import", file, *WHY).code is ExitCode.DONE
    add = ("system", "add", "qlvb", "--agency", "H51", "--name", "QLVB", "--new-key", tmp_path / "a.jwk", *WHY)
    assert axis(*add).code is ExitCode.DONE
    return "qlvb"


def test_a_webhook_is_set_shown_and_removed(axis: Axis, system: str, receiver: Receiver) -> None:
    ran = axis("system", "webhook", "set", system, receiver.url, *WHY, "--json")
    assert (ran.code, ran.document["changed"]) == (ExitCode.DONE, True)
    assert ran.document["system"]["webhook"] == receiver.url
    shown = axis("system", "webhook", "show", system, "--json").document
    assert shown["webhook"] == receiver.url
    assert shown["notices"] == {"waiting": 0, "taken": 0, "refused": 0, "expired": 0, "needless": 0}
    assert (shown["failures"], shown["rests_until"], shown["calls"]) == (0, None, [])
    assert receiver.url in axis("system", "webhook", "show", system).out
    assert axis("system", "webhook", "remove", system, *WHY).code is ExitCode.DONE
    assert "no webhook" in axis("system", "webhook", "show", system).out
    assert "chưa có địa chỉ nhận thông báo" in axis("system", "webhook", "show", system, "--lang", "vi").out


def test_a_test_tells_what_came_back(axis: Axis, system: str, receiver: Receiver) -> None:
    axis("system", "webhook", "set", system, receiver.url, *WHY)
    ran = axis("system", "webhook", "test", system)
    assert ran.code is ExitCode.DONE
    assert "took the notice (HTTP 204)" in ran.out
    receiver.answer = lambda _number: 302
    ran = axis("system", "webhook", "test", system, "--lang", "vi")
    assert ran.code is ExitCode.UNREACHABLE
    assert "chuyển hướng sang địa chỉ khác" in ran.out
    calls = axis("system", "webhook", "show", system, "--json").document["calls"]
    assert [(one["outcome"], one["http_status"]) for one in calls] == [("redirected", 302), ("taken", 204)]
    assert "redirected elsewhere" in axis("system", "webhook", "show", system).out


def test_a_test_of_nobody_there(axis: Axis, system: str) -> None:
    with receiving() as gone:
        axis("system", "webhook", "set", system, gone.url, *WHY)
    ran = axis("system", "webhook", "test", system, "--json")
    assert (ran.code, ran.document["outcome"], ran.document["http_status"]) == (
        ExitCode.UNREACHABLE,
        "unreachable",
        None,
    )


def test_what_cannot_be_done_is_said(axis: Axis, system: str, receiver: Receiver) -> None:
    def code(*arguments: object) -> str:
        return str(axis("system", "webhook", *arguments, "--json").document["error"]["code"])

    span = ("--from", "2026-11-01", "--to", "2026-11-02")
    assert code("test", system) == "enrolment/webhook-absent"
    assert code("replay", system, *span, *WHY) == "enrolment/webhook-absent"
    assert code("set", system, "https://169.254.169.254/latest", *WHY) == "enrolment/webhook-private"
    assert code("set", system, "https://a.example.vn/?x=1", *WHY) == "enrolment/webhook-address"
    axis("system", "webhook", "set", system, receiver.url, *WHY)
    assert code("replay", system, "--from", "2026-11-02", "--to", "2026-11-01", *WHY) == "enrolment/webhook-span"
    ran = axis("system", "webhook", "replay", system, *span, *WHY, "--json")
    assert ran.document == {"repeated": 0}


def test_the_mode_is_set_kept_and_shown(axis: Axis, system: str, receiver: Receiver) -> None:
    def mode(*arguments: object) -> object:
        axis("system", "webhook", "set", system, receiver.url, *arguments, *WHY)
        return axis("system", "webhook", "show", system, "--json").document["mode"]

    assert mode() == "event"
    assert mode("--mode", "package") == "package"
    assert mode() == "package", "another address is not another mode"
    assert "gets whole packages" in axis("system", "webhook", "show", system).out
    assert "nhận trọn gói tin" in axis("system", "webhook", "show", system, "--lang", "vi").out
    assert axis("system", "webhook", "test", system).code is ExitCode.DONE
    axis("system", "webhook", "remove", system, *WHY)
    assert mode() == "event"
    ran = axis("system", "webhook", "set", system, receiver.url, "--mode", "fax", *WHY)
    assert ran.code is ExitCode.INPUT
    assert "event | package" in ran.err
