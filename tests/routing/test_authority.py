"""Who speaks for an agency: its own certificate in force, a system and a token that reach it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from envelopes.identifiers import OrganId
from routing.authority import CertificateStanding, judge_certificate, may_act_for
from tests.routing.examples import DIRECTORY, NOW, caller, fingerprint, organ


def standing(name: str, organ_id: str = "H26", later: timedelta = timedelta()) -> CertificateStanding:
    agency = DIRECTORY.resolve(organ(organ_id))
    assert agency is not None
    return judge_certificate(DIRECTORY, fingerprint(name), agency=agency, moment=NOW + later)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nobody", CertificateStanding.NOT_REGISTERED),
        ("G22", CertificateStanding.NOT_OWNER),
        ("H26.18", CertificateStanding.NOT_OWNER),
        ("suspended", CertificateStanding.SUSPENDED),
        ("former", CertificateStanding.OUT_OF_WINDOW),
        ("H26", CertificateStanding.IN_FORCE),
    ],
)
def test_a_certificate_speaks_for_its_own_agency_while_in_force(name: str, expected: CertificateStanding) -> None:
    assert standing(name) is expected


def test_the_certificate_of_the_agency_above_is_anothers() -> None:
    assert standing("H26", "H26.18") is CertificateStanding.NOT_OWNER


def test_an_owner_is_recognised_under_any_id() -> None:
    assert standing("H26", "000.00.00.h26") is CertificateStanding.IN_FORCE


def test_others_learn_nothing_of_a_certificates_suspension() -> None:
    assert standing("suspended", "H41") is CertificateStanding.NOT_OWNER


def test_suspension_and_window_are_judged_at_the_moment_given() -> None:
    assert standing("suspended", later=-timedelta(seconds=1)) is CertificateStanding.IN_FORCE
    assert standing("former", later=-timedelta(seconds=1)) is CertificateStanding.IN_FORCE
    assert standing("H26", later=timedelta(days=100)) is CertificateStanding.OUT_OF_WINDOW


@pytest.mark.parametrize(
    ("name", "narrowed_to", "organ_id", "expected"),
    [
        ("van-thu.h26", (), "H26.18", True),
        ("van-thu.h26", (), "G22", False),
        ("bi-dung", (), "H26", False),
        ("van-thu.h26", ("H26.18",), "H26.18.07", True),
        ("van-thu.h26", ("H26.18",), "H26", False),
        ("van-thu.h26", ("G22",), "G22", False),
        ("van-thu.h26", ("H99",), "H26", False),
    ],
)
def test_system_and_token_must_both_reach_the_agency(
    name: str, narrowed_to: tuple[str, ...], organ_id: str, *, expected: bool
) -> None:
    assert may_act_for(DIRECTORY, caller(name, *narrowed_to), organ_id=OrganId(organ_id)) is expected
