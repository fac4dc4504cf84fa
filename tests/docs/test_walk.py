"""The walk says of every point at which the axis is killed what is left then, at the step the point belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.docs.pages import page
from tests.journey.crash_points import CrashPoint

_STEP = re.compile(r"^## (?P<step>\d+)\. (?P<words>.+?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_KILLED = re.compile(r"\*Killed\s+at\s(?P<where>[^*]+):\*")
_NAME = re.compile(r"`([\w-]+)`")


def killed(words: str) -> Iterator[tuple[int, str]]:
    """Every point that is named, with the step it is named at."""
    for step in _STEP.finditer(words):
        for place in _KILLED.finditer(step["words"]):
            yield from ((int(step["step"]), name) for name in _NAME.findall(place["where"]))


def test_every_point_has_its_place_and_no_other_is_named() -> None:
    assert sorted(killed(page("docs/walk.md").text)) == sorted((point.step, point.value) for point in CrashPoint)


def test_a_point_is_found_wherever_its_line_breaks() -> None:
    first = "## 1. One\n\n*Killed at `a` or\n`b`, before it:* nothing. *Killed\nat `c`:* all.\n\n"
    words = first + "## 2. Two\n\n*Killed at `d`:* `e`\n"
    assert list(killed(words)) == [(1, "a"), (1, "b"), (1, "c"), (2, "d")]
