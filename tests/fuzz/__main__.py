"""Fuzzes one target: `python -m tests.fuzz TARGET [SECONDS]`. Crashes are left in `build/fuzz`; they become vectors."""

from __future__ import annotations

import hashlib
import importlib
import logging
import shutil
import sys
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any, Final

TARGETS: Final = {
    # The packages whose branches guide the search: the whole of them would be slower than what it finds.
    "reader": ["envelopes"],
    "verifier": ["signing", "envelopes"],
    "pdf": ["signing", "pyhanko"],
    "revocation": ["signing", "pyhanko_certvalidator"],
}

SECONDS: Final = 300
"""How long one target is fuzzed unless it is said otherwise."""

SECONDS_FOR_ONE: Final = 10
"""A judgement that takes longer is a crash: the largest package takes two."""

MEBIBYTES: Final = 2048
"""A process that grows beyond is a crash."""

OCTETS_MAX: Final = 64 * 1024
"""Inputs: four times a letter with its signature. What only size brings about is tested by itself."""

_FOLDER: Final = Path("build") / "fuzz"
"""Where inputs grow and crashes are left; a run begins with the seeds alone."""

_PLAIN: Final = 0.2
"""How much of all changes the fuzzer makes by itself, octet by octet."""


def main(name: str, seconds: int) -> None:
    """Fuzz a target with its seeds; the process ends with it, not zero where something crashed."""
    try:
        atheris: Any = importlib.import_module("atheris")  # it is there for Linux only, and has no types
    except ImportError:
        print("nothing is fuzzed: the package atheris is not installed")  # noqa: T201 a program of its own
        return
    logging.disable(logging.CRITICAL)
    with atheris.instrument_imports(include=TARGETS[name]):
        target = importlib.import_module(f"tests.fuzz.{name}")
    corpus = _FOLDER / name
    plant(target, corpus)
    options = (
        f"-max_total_time={seconds}",
        f"-timeout={SECONDS_FOR_ONE}",
        f"-rss_limit_mb={MEBIBYTES}",
        f"-max_len={OCTETS_MAX}",
        f"-artifact_prefix={_FOLDER}/{name}-",
    )

    def look(octets: bytes) -> None:
        try:
            target.look(octets)
        except Exception:
            keep(name, octets)
            raise

    def mutate(octets: bytes, limit: int, seed: int) -> bytes:
        random = Random(seed)
        if random.random() < _PLAIN:
            return bytes(atheris.Mutate(octets, limit))
        return bytes(target.mutated(octets, random, limit))

    atheris.Setup([sys.argv[0], *options, str(corpus)], look, custom_mutator=mutate)
    atheris.Fuzz()


def keep(name: str, octets: bytes) -> None:
    """Write what crashed under the name that the fuzzer gives it too, where it still comes to that."""
    path = _FOLDER / f"{name}-crash-{hashlib.sha1(octets, usedforsecurity=False).hexdigest()}"
    path.write_bytes(octets)
    print(f"{path}: this crashed")  # noqa: T201


def plant(target: ModuleType, folder: Path) -> None:
    """Write the seeds of a target into a folder, each once, and leave nothing else there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number, octets in enumerate(dict.fromkeys(target.seeds())):
        (folder / f"{number:04}").write_bytes(octets)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else SECONDS)
