"""Lists of findings have one limit, whoever made them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from envelopes.errors import Finding, Severity, Words
from envelopes.findings import TOO_MANY_FINDINGS, capped, left_out_finding
from envelopes.limits import FINDINGS_MAX

WORDS = Words("Sai.", "Wrong.", "Sửa.", "Mend it.")


def findings(count: int, severity: Severity = Severity.WARNING) -> tuple[Finding, ...]:
    return tuple(Finding("N.Place", f"Place[{number}]", severity, WORDS) for number in range(count))


def test_what_fits_is_told_as_it_is() -> None:
    told = (*findings(FINDINGS_MAX - 1), *findings(1, Severity.ERROR))
    assert capped(told) == told
    assert capped(()) == ()


def test_where_there_are_more_errors_come_first_and_the_rest_is_counted() -> None:
    told = capped((*findings(FINDINGS_MAX), *findings(3, Severity.ERROR)))
    assert len(told) == FINDINGS_MAX
    assert [one.severity for one in told[:4]] == [Severity.ERROR] * 3 + [Severity.WARNING]
    assert (told[-1].code, told[-1].value, told[-1].severity) == (TOO_MANY_FINDINGS, "4", Severity.WARNING)


def test_an_error_that_a_reader_only_counted_stays_an_error() -> None:
    told = capped((*findings(10), left_out_finding(7, is_error=True), *findings(FINDINGS_MAX)))
    assert (told[-1].value, told[-1].severity) == (str(7 + 11), Severity.ERROR)


@given(st.lists(st.integers(0, 2_500), min_size=1, max_size=4))
def test_capping_again_loses_no_count(sizes: list[int]) -> None:
    told: tuple[Finding, ...] = ()
    for size in sizes:
        told = capped((*told, *findings(size)))
    assert len(told) <= FINDINGS_MAX
    listed = [one for one in told if one.code != TOO_MANY_FINDINGS]
    left_out = sum(int(one.value or 0) for one in told if one.code == TOO_MANY_FINDINGS)
    assert len(listed) + left_out == sum(sizes)
