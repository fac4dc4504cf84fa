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


def test_it_is_given_to_another_agency(axis: Axis, to: tuple[str, ...], running: RunningAxis, sender: Office) -> None:
    other = running.agency()
    heir = str(other.organ_id)
    planned = axis("delivery", "redirect", *to, "--to", heir, *REASON, "--dry-run", "--json").document
    assert [one["recipient"] for one in planned["deliveries"]] == [to[1]]
    assert states(axis, to) == ["consigned"]
    done = axis("delivery", "redirect", *to, "--to", heir, *REASON, "--json").document
    ((taken,), (made,)) = done["taken"], done["made"]
    assert (made["recipient"], made["redirected_from"], made["asked_as"]) == (heir, taken["delivery_id"], to[1])
    assert states(axis, to) == []
    assert [str(one.delivery_id) for one in other.sdk.lease().offers] == [made["delivery_id"]]
    trace = axis("trace", made["envelope_id"], "--profile", sender.profile, "--lang", "en").out
    assert f"In the place of {to[1]}" in trace
    assert f"Now {made['delivery_id']}" in trace
    again = axis("delivery", "redirect", made["delivery_id"], "--to", heir, *REASON, "--lang", "vi")
    assert f"Đã chuyển 0 lượt chuyển phát cho {heir}." in again.out
    assert "đã thuộc cơ quan này" in again.out
    assert "như đã chọn" not in again.out
    nothing = axis("delivery", "redirect", taken["delivery_id"], "--to", heir, *REASON, "--lang", "vi")
    assert "Không có lượt chuyển phát nào chưa kết thúc như đã chọn." in nothing.out


def test_what_was_fetched_is_not_given_away(
    axis: Axis, to: tuple[str, ...], recipient: Office, running: RunningAxis
) -> None:
    heir = str(running.agency().organ_id)
    (offer,) = recipient.station.sdk.lease().offers
    recipient.station.sdk.fetch(offer)
    planned = axis("delivery", "redirect", *to, "--to", heir, *REASON, "--dry-run", "--json").document
    came = axis("delivery", "redirect", *to, "--to", heir, *REASON, "--json").document
    for told in (planned, came):
        assert [one["obstacle"] for one in told["passed_over"]] == ["fetched"]
    assert (came["taken"], came["made"]) == ([], [])


@pytest.mark.parametrize(
    ("to_whom", "code", "reason"),
    [
        ("X99", ExitCode.REFUSED, "recipient/unknown"),
        ("H 51", ExitCode.INPUT, "cli/value-invalid"),
    ],
)
def test_who_cannot_be_given_anything_is_refused(
    axis: Axis, to: tuple[str, ...], to_whom: str, code: ExitCode, reason: str
) -> None:
    ran = axis("delivery", "redirect", *to, "--to", to_whom, *REASON, "--json")
    assert ran.code is code
    assert reason in str(ran.document)
    assert states(axis, to) == ["consigned"]


def test_a_redirect_means_something(axis: Axis, running: RunningAxis) -> None:
    heir = str(running.agency().organ_id)
    assert axis("delivery", "redirect", "--to", heir, *REASON).code is ExitCode.INPUT
    assert axis("delivery", "redirect", "--to", heir, "--state", "held", *REASON).code is ExitCode.INPUT
    assert axis("delivery", "redirect", "--recipient", heir, *REASON).code is ExitCode.USAGE
