"""Runs the tests of this folder, then prints how far our verifiers agree with the vectors' authors, and why not."""

from __future__ import annotations

import logging
import subprocess
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from cryptography.utils import CryptographyDeprecationWarning

from tests.conformance import edxml, merkle, pkits, xmldsig
from tests.conformance.folder import ABSENT, FOLDER
from tests.conformance.outcomes import Agreement, Outcome, Why

Suite = tuple[str, Callable[[], Iterator[Outcome]]]
SUITES: Final[tuple[Suite, ...]] = (
    (xmldsig.NAME, xmldsig.outcomes),
    (pkits.NAME, pkits.outcomes),
    (edxml.NAME, edxml.outcomes),
    (merkle.NAME, merkle.outcomes),
)


def counted(outcomes: list[Outcome]) -> tuple[int, ...]:
    """Return the number of cases, and of each agreement in order."""
    kinds = Counter(one.agreement for one in outcomes)
    return (len(outcomes), *(kinds[kind] for kind in Agreement))


def rows(judged: dict[str, list[Outcome]]) -> Iterator[str]:
    """Yield the lines of the table, and of the reasons."""
    yield f"{'suite':<10}{'cases':>7}" + "".join(f"{kind:>16}" for kind in Agreement)
    for name, outcomes in judged.items():
        total, *kinds = counted(outcomes)
        yield f"{name:<10}{total:>7}" + "".join(f"{number:>16}" for number in kinds)
    yield ""
    for name, outcomes in judged.items():
        reasons = Counter((one.agreement, one.why) for one in outcomes if one.why is not None)
        for (agreement, why), number in sorted(reasons.items()):
            yield f"{name:<10}{number:>7}  {agreement}: {why}"


def judgements() -> dict[str, list[Outcome]]:
    """Return what became of every case of every suite."""
    return {name: list(outcomes()) for name, outcomes in SUITES}


def main() -> int:
    """Return 1 where a test fails or a disagreement is unexplained; where there are no vectors, say so in one line."""
    if not FOLDER.is_dir():
        print(ABSENT)  # noqa: T201 a program of its own
        return 0
    tests = subprocess.run([sys.executable, "-m", "pytest", "-q", str(Path(__file__).parent)], check=False)
    logging.disable(logging.CRITICAL)  # the path library logs every path that it does not find
    # The suite holds valid paths whose serial numbers are negative.
    warnings.simplefilter("ignore", CryptographyDeprecationWarning)
    judged = judgements()
    for line in rows(judged):
        print(line)  # noqa: T201
    unexplained = [one.case for outcomes in judged.values() for one in outcomes if one.why is Why.UNEXPLAINED]
    for case in unexplained:
        print(f"unexplained: {case}")  # noqa: T201
    return 1 if unexplained or tests.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
