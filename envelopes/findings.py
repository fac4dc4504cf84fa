"""How many findings one answer lists: the limit that holds for every list of them, wherever they come from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from envelopes import paths
from envelopes import rule_words as words
from envelopes.errors import Finding, Severity
from envelopes.limits import FINDINGS_MAX

TOO_MANY_FINDINGS: Final = "R.Findings"


def capped(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return at most `FINDINGS_MAX` findings; where there are more, errors first, and a last one that counts the rest.

    The last one has the code `R.Findings`, the number of findings left out as its value, and is an error where an error
    was left out. What is capped already can be capped again together with other findings: the numbers add up.
    """
    told = tuple(findings)
    earlier = [one for one in told if one.code == TOO_MANY_FINDINGS]
    listed = [one for one in told if one.code != TOO_MANY_FINDINGS]
    if not earlier and len(listed) <= FINDINGS_MAX:
        return told
    listed.sort(key=lambda one: one.severity is not Severity.ERROR)
    kept, left_out = listed[: FINDINGS_MAX - 1], listed[FINDINGS_MAX - 1 :]
    count = len(left_out) + sum(int(one.value or 0) for one in earlier)
    is_error = any(one.severity is Severity.ERROR for one in (*earlier, *left_out))
    return (*kept, left_out_finding(count, is_error=is_error))


def left_out_finding(count: int, *, is_error: bool) -> Finding:
    """Return the finding that stands for `count` others; an error where one of them is."""
    severity = Severity.ERROR if is_error else Severity.WARNING
    return Finding(TOO_MANY_FINDINGS, paths.ROOT, severity, words.TOO_MANY_FINDINGS, str(count))
