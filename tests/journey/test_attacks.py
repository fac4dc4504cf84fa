"""The attacks of `tests/vectors/attacks`, sent to the running axis: refused by its own name, at once, and forgotten."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from axis.demo.authority import Credential, Validity
from axis.demo.letters import report
from envelopes.codes import StatusCode
from envelopes.writer import write
from tests.fixtures.running import RunningAxis, Station
from tests.journey.refusing import Gatekeeper
from tests.signing.xml.guard import Guard, guarding
from tests.signing.xml.packages import changed, one
from tests.vectors.attacks.making import Attack, Lure, Original
from tests.vectors.attacks.table import ATTACKS

SECONDS_MAX: Final = 2
"""Processor time of the whole axis for one attack; it takes some hundredths of a second."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A sender whose key is known, a recipient, what an attacker starts from, and what nobody is to touch."""

    sender: Station
    recipient: Station
    original: Original
    guard: Guard


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guard]:
    with guarding(tmp_path_factory.mktemp("lure"), b"<canary/>") as guard:
        yield guard


@pytest.fixture(scope="module")
def scene(running: RunningAxis, guard: Guard) -> Scene:
    keys = issued(running), issued(running)
    sender, recipient = (running.agency(credential=one) for one in keys)
    letter, now = running.letter(sender, [recipient]), running.clock.now()
    status = write(report(letter, sender.participant, code=StatusCode.ARRIVED, at=now))
    lure = Lure(str(guard.file), guard.address)
    third = str(running.agency().organ_id)
    return Scene(sender, recipient, Original(write(letter), status, *keys, third, now, lure), guard)


def issued(running: RunningAxis) -> Credential:
    """A credential of the country's authority; only the directory says whose it is."""
    validity = Validity.around(running.clock.now())
    return running.country.intermediate.issue_agency("K07", "Cơ quan bị giả danh", validity=validity)


@pytest.fixture
def door(running: RunningAxis, scene: Scene, spool: Path) -> Gatekeeper:
    return Gatekeeper(running, scene.sender, scene.recipient, spool)


def refusal_of(door: Gatekeeper, attack: Attack, package: bytes) -> dict[str, Any]:
    """The problem that an attack ended in; it left nothing but the record of its refusal."""
    if attack.is_unreadable:
        return door.refuses_to_read(package, attack.code)
    problem, _ = door.refuses(package, attack.problem)
    return problem


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_refused_for_its_own_reason(attack: Attack, door: Gatekeeper, scene: Scene) -> None:
    package = attack.make(scene.original)
    before = time.process_time()
    problem = refusal_of(door, attack, package)
    assert time.process_time() - before < SECONDS_MAX
    first = problem["findings"][0]
    assert first["code"] == attack.code
    assert attack.is_at(first["path"]), first["path"]
    assert attack.value in {None, first.get("value")}
    assert not scene.guard.was_touched


def test_what_they_are_made_from_is_accepted_and_blanks_in_the_value_make_no_other_package(
    door: Gatekeeper, scene: Scene
) -> None:
    """Java and .NET break the lines of values: the digest of what is read is the same, and so is the receipt."""
    signed = scene.original.signed
    answer = door.accepts(signed)
    again = scene.sender.post(changed(signed, lambda root: break_lines(one(root, "//ds:SignatureValue"))))
    assert again.status_code == 200
    assert {**again.json(), "repeat": False} == answer
    door.running.settle()


def break_lines(element: Any) -> None:
    element.text = "\n" + base64.encodebytes(base64.b64decode(element.text)).decode()
