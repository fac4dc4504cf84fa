"""`axis delivery` on a running axis's database: look, hold, go on, end; with a reason, and only what is meant."""

from __future__ import annotations

import pytest

from axis.cli.exits import ExitCode
from tests.axis.cli.conftest import Axis
from tests.axis.cli.test_exchange import Office, recipient, sender, sent
from tests.fixtures.running import RunningAxis

__all__ = ["recipient", "sender"]

REASON = ("--reason", "Cơ quan nhận chuyển trụ sở")


@pytest.fixture
def to(
    axis: Axis,
    sender: Office,
    recipient: Office,
    running: RunningAxis,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[str, ...]:
    """The option that means the deliveries to one recipient, of which there is one."""
    assert sent(axis, sender, sender.write(recipient.organ_id)).code is ExitCode.DONE
    monkeypatch.setenv("AXIS_DATABASE__URL", running.embedded.database_url)
    return ("--recipient", recipient.organ_id)


def states(axis: Axis, to: tuple[str, ...]) -> list[str]:
    return [one["state"] for one in axis("delivery", "list", *to, "--json").document["deliveries"]]


def test_it_is_held_goes_on_and_is_ended(axis: Axis, to: tuple[str, ...]) -> None:
    assert states(axis, to) == ["consigned"]
    assert axis("delivery", "hold", *to, *REASON, "--dry-run").code is ExitCode.DONE
    assert states(axis, to) == ["consigned"]
    ran = axis("delivery", "hold", *to, *REASON, "--lang", "vi")
    assert "Đã tạm dừng 1 lượt chuyển phát." in ran.out
    assert states(axis, to) == ["held"]
    assert "stay as they were" in axis("delivery", "hold", *to, *REASON, "--lang", "en").out
    assert len(axis("delivery", "resume", *to, *REASON, "--json").document["changed"]) == 1
    assert states(axis, to) == ["consigned"]
    assert len(axis("delivery", "end", *to, *REASON, "--json").document["changed"]) == 1
    assert axis("delivery", "list", *to, "--lang", "vi").out == "Không có lượt chuyển phát nào như vậy.\n"


@pytest.mark.parametrize("verb", ["hold", "resume", "end"])
def test_nobody_means_everything(axis: Axis, verb: str) -> None:
    ran = axis("delivery", verb, *REASON)
    assert ran.code is ExitCode.INPUT
    assert "--recipient" in ran.err


def test_a_reason_is_needed_and_a_state_is_one(axis: Axis, to: tuple[str, ...]) -> None:
    assert axis("delivery", "hold", *to).code is ExitCode.USAGE
    assert axis("delivery", "hold", *to, "--reason", " ").code is not ExitCode.DONE
    ran = axis("delivery", "list", "--state", "handed_over")
    assert ran.code is ExitCode.INPUT
    assert "consigned" in ran.err
    assert axis("delivery", "list", "no-id").code is ExitCode.INPUT
