"""The short form of `make fuzz`: every seed, and a few hundred changes, without a fuzzer to guide the search."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Final

import pytest

from envelopes.model import Envelope
from signing.pdf.additions import Step
from signing.pdf.verdict import Changes, SignatureKind
from tests.fuzz import pdf, reader, revocation, verifier
from tests.fuzz.__main__ import OCTETS_MAX, TARGETS
from tests.fuzz.surprise import Surprise
from tests.signing.pdf_making import person_only
from tests.vectors.attacks.pdf_overlays import (
    field_with_a_background,
    field_with_five_corners,
    sheet_called_a_certificate,
    sheet_on_a_time_stamp,
)
from tests.vectors.attacks.samples import original

SECONDS_MAX: Final = 5
"""Processor time for one input; nearly all take milliseconds."""

ROUNDS: Final = ((reader, 400), (verifier, 300), (pdf, 120), (revocation, 200))
"""How often each target is tried with something that was changed: a PDF takes longest."""

_ROOT: Final = Path(__file__).parents[2]

needs_atheris = pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="the package atheris is not installed"
)


def looked_at(target: ModuleType, octets: bytes) -> None:
    started = time.process_time()
    target.look(octets)
    assert time.process_time() - started < SECONDS_MAX


def named(target: ModuleType) -> str:
    return target.__name__.rpartition(".")[2]


@pytest.mark.parametrize("target", [reader, verifier, pdf, revocation], ids=named)
def test_every_seed_is_judged_and_brings_no_surprise(target: ModuleType) -> None:
    for octets in dict.fromkeys(target.seeds()):
        looked_at(target, octets)


@pytest.mark.parametrize(
    ("target", "rounds"), ROUNDS, ids=lambda one: named(one) if isinstance(one, ModuleType) else ""
)
def test_a_few_hundred_changes_bring_no_surprise(target: ModuleType, rounds: int) -> None:
    random, seeds = Random(20261129), list(dict.fromkeys(target.seeds()))
    for _ in range(rounds):
        looked_at(target, target.mutated(random.choice(seeds), random, OCTETS_MAX))


@pytest.mark.parametrize("mutated", [reader.mutated, pdf.mutated], ids=["XML", "PDF"])
def test_changes_are_changes_and_the_same_for_the_same_numbers(mutated: Callable[[bytes, Random, int], bytes]) -> None:
    seed = original().signed if mutated is reader.mutated else person_only()
    made = [mutated(seed, Random(number), OCTETS_MAX) for number in range(50)]
    assert made == [mutated(seed, Random(number), OCTETS_MAX) for number in range(50)]
    assert sum(octets != seed for octets in made) > 40
    assert max(len(mutated(seed, Random(number), 1000)) for number in range(50)) <= 1000
    assert all(len(mutated(b"", Random(number), OCTETS_MAX)) < 100 for number in range(20))


# ── What would be a surprise is one ──────────────────────────────────────────────────────────────────────────────────


def test_a_package_that_nobody_signed_and_that_passes_is_a_surprise(monkeypatch: pytest.MonkeyPatch) -> None:
    signed = original().signed
    verifier.look(signed)
    monkeypatch.setattr(verifier, "_signed", frozenset[bytes])
    with pytest.raises(Surprise):
        verifier.look(signed)


def test_a_pdf_that_nobody_signed_and_that_passes_is_a_surprise(monkeypatch: pytest.MonkeyPatch) -> None:
    octets = person_only()
    pdf.look(octets)
    monkeypatch.setattr(pdf, "_signed", frozenset[tuple[pdf.Range, bytes]])
    with pytest.raises(Surprise):
        pdf.look(octets)


@pytest.mark.parametrize("attack", [sheet_called_a_certificate, sheet_on_a_time_stamp, field_with_five_corners])
def test_a_pdf_that_passes_before_what_nobody_signed_is_a_surprise(
    monkeypatch: pytest.MonkeyPatch, attack: Callable[[], bytes]
) -> None:
    octets = attack()
    pdf.look(octets)
    monkeypatch.setattr("signing.pdf.verify._HARMLESS", frozenset(Changes))
    with pytest.raises(Surprise, match="grammar"):
        pdf.look(octets)


@pytest.mark.parametrize("attack", [sheet_called_a_certificate, sheet_on_a_time_stamp, field_with_a_background])
def test_a_grammar_that_explains_what_shows_something_is_a_surprise(
    monkeypatch: pytest.MonkeyPatch, attack: Callable[[], bytes]
) -> None:
    monkeypatch.setattr(Step, "is_explained", lambda _: True)
    with pytest.raises(Surprise, match="show something"):
        pdf.look(attack())


def test_a_message_that_is_written_as_another_is_a_surprise(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = original()
    reader.look(honest.letter)

    def write_something_else(message: object) -> bytes:
        return honest.report if isinstance(message, Envelope) else honest.letter

    monkeypatch.setattr(reader, "write", write_something_else)
    with pytest.raises(Surprise):
        reader.look(honest.letter)


def test_only_signatures_are_counted_where_octets_must_have_been_signed() -> None:
    assert {kind.name for kind in SignatureKind} == {"SIGNATURE", "TIME_STAMP"}


def test_every_program_is_a_target() -> None:
    assert set(TARGETS) == {named(target) for target, _ in ROUNDS}


@needs_atheris
@pytest.mark.slow
def test_the_fuzzer_runs(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    command = [sys.executable, "-m", "tests.fuzz", "reader", "2"]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False, text=True)
    assert run.returncode == 0, run.stderr[-2000:]
    assert "Done" in run.stderr
