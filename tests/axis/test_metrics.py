"""What is measured, and that no label grows with traffic."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from axis.metrics import AcceptedType, DeliveryOutcome, HealthCheck, IntakeStep, LeaseOutcome, Metrics
from envelopes.evidence import EvidenceType


def _value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def _series(metrics: Metrics, name: str) -> int:
    return sum(sample.name == name for family in metrics.registry.collect() for sample in family.samples)


def test_what_happens_is_counted_by_kind() -> None:
    metrics = Metrics()
    metrics.count_accepted(AcceptedType.NEW)
    metrics.count_accepted(AcceptedType.NEW)
    metrics.count_refused("signature/altered")
    metrics.count_sealed(EvidenceType.SUBMISSION_ACCEPTANCE)
    metrics.count_delivery(DeliveryOutcome.HANDED_OVER)
    metrics.count_lease(LeaseOutcome.TAKEN)
    assert _value(metrics, "axis_accepted_total", type="new") == 2
    assert _value(metrics, "axis_refused_total", problem="signature/altered") == 1
    assert _value(metrics, "axis_receipts_sealed_total", event="SubmissionAcceptance") == 1
    assert _value(metrics, "axis_deliveries_total", outcome="handed_over") == 1
    assert _value(metrics, "axis_leases_total", outcome="taken") == 1


def test_what_is_is_shown_as_it_was_set_last() -> None:
    metrics = Metrics()
    for number in (7, 3):
        metrics.set_sweep_lag(number)
        metrics.set_owed_evidences(number)
        metrics.set_directory_version(number)
        metrics.set_health(HealthCheck.SEAL, is_passed=number == 3)
    for name in ("axis_sweep_lag_seconds", "axis_owed_evidences", "axis_directory_version"):
        assert _value(metrics, name) == 3
    assert _value(metrics, "axis_health", check="seal") == 1


@pytest.mark.parametrize("name", ["axis_sweep_lag_seconds", "axis_owed_evidences", "axis_directory_version"])
def test_what_this_process_never_measured_is_not_shown_as_zero(name: str) -> None:
    metrics = Metrics()
    assert _value(metrics, name) is None
    assert name not in metrics.exposition()[0].decode()


def test_what_can_no_longer_be_measured_is_not_shown_as_it_was() -> None:
    metrics = Metrics()
    metrics.set_sweep_lag(0)
    metrics.set_owed_evidences(0)
    assert (_value(metrics, "axis_sweep_lag_seconds"), _value(metrics, "axis_owed_evidences")) == (0, 0)
    metrics.set_sweep_lag(None)
    metrics.set_owed_evidences(None)
    assert (_value(metrics, "axis_sweep_lag_seconds"), _value(metrics, "axis_owed_evidences")) == (None, None)


def test_a_step_is_measured_even_where_it_fails() -> None:
    metrics = Metrics()
    with metrics.time_step(IntakeStep.SEAL):
        pass
    with pytest.raises(KeyError), metrics.time_step(IntakeStep.SEAL):
        raise KeyError
    assert _value(metrics, "axis_intake_seconds_count", step="seal") == 2


def test_every_series_exists_from_the_start() -> None:
    metrics = Metrics()
    assert _value(metrics, "axis_accepted_total", type="recall") == 0
    assert _value(metrics, "axis_receipts_sealed_total", event="ContentHandover") == 0
    assert _series(metrics, "axis_intake_seconds_count") == len(IntakeStep)


@given(st.text(string.ascii_uppercase + string.digits + "./- ạ\n", min_size=1))
def test_what_is_no_problem_type_gets_no_series_of_its_own(problem: str) -> None:
    metrics = Metrics()
    metrics.count_refused(problem)
    assert _value(metrics, "axis_refused_total", problem="other") == 1
    assert _series(metrics, "axis_refused_total") == 1


def test_more_problem_types_than_there_can_be_share_one_series() -> None:
    metrics = Metrics()
    letters = string.ascii_lowercase
    problems = [f"{a}-{b}" for a in letters for b in letters]
    for problem in problems * 2:
        metrics.count_refused(problem)
    assert _series(metrics, "axis_refused_total") == 201
    assert _value(metrics, "axis_refused_total", problem="other") == 2 * (len(problems) - 200)


def test_two_axes_in_one_process_do_not_count_together() -> None:
    first, second = Metrics(), Metrics()
    first.count_accepted(AcceptedType.STATUS)
    assert _value(second, "axis_accepted_total", type="status") == 0


def test_the_exposition_is_what_prometheus_reads() -> None:
    octets, media_type = Metrics().exposition()
    assert b"# TYPE axis_accepted_total counter" in octets
    assert media_type.startswith("text/plain")
