"""A message speaks for the agency in `From` only where agency, certificate and system all agree."""

from __future__ import annotations

import pytest

from envelopes.identifiers import OrganId
from routing.senders import SenderJudgement, judge_sender
from tests.routing.examples import DIRECTORY, NOW, credentials, fingerprint, organ


def judge(sender: str | None, signed_by: str, called_by: str = "nen-tang") -> SenderJudgement:
    organ_id = None if sender is None else OrganId(sender)
    return judge_sender(DIRECTORY, organ_id, credentials=credentials(signed_by, called_by), moment=NOW)


def codes(judgement: SenderJudgement) -> list[str]:
    return [finding.code for finding in judgement.findings]


@pytest.mark.parametrize(
    ("sender", "signed_by", "called_by", "expected"),
    [
        (None, "H26", "nen-tang", ["sender/unknown"]),
        ("H99", "H26", "nen-tang", ["sender/unknown"]),
        ("H99", "nobody", "nen-tang", ["sender/unknown", "sender/certificate-not-registered"]),
        ("H51", "H51", "nen-tang", ["sender/closed"]),
        ("H13.99", "H13", "nen-tang", ["sender/not-yet-open", "sender/not-owner"]),
        ("H26", "G22", "nen-tang", ["sender/not-owner"]),
        ("H26.18", "H26", "nen-tang", ["sender/not-owner"]),
        ("H26", "H26.18", "nen-tang", ["sender/not-owner"]),
        ("H26", "nobody", "nen-tang", ["sender/certificate-not-registered"]),
        ("H26", "former", "nen-tang", ["sender/certificate-out-of-window"]),
        ("H26", "suspended", "nen-tang", ["sender/certificate-suspended"]),
        ("H26", "H26", "van-thu.h41", ["sender/system-may-not-act"]),
        ("H26", "H26", "bi-dung", ["sender/system-may-not-act"]),
        ("H51", "nobody", "vpcp", ["sender/closed", "sender/certificate-not-registered", "sender/system-may-not-act"]),
    ],
)
def test_everything_that_speaks_against_a_sender_is_said_at_once(
    sender: str | None, signed_by: str, called_by: str, expected: list[str]
) -> None:
    judgement = judge(sender, signed_by, called_by)
    assert codes(judgement) == expected
    assert judgement.proven is None


@pytest.mark.parametrize(("sender", "called_by"), [("H26", "van-thu.h26"), ("000.00.00.h26", "nen-tang")])
def test_a_sender_in_order_is_proven_under_any_of_its_ids(sender: str, called_by: str) -> None:
    judgement = judge(sender, "H26", called_by)
    assert judgement.findings == ()
    assert judgement.proven is DIRECTORY.resolve(organ("H26"))


def test_findings_name_the_place_and_the_identifier_at_fault() -> None:
    places = {finding.code: (finding.path, finding.value) for finding in judge("H51", "nobody", "vpcp").findings}
    assert places == {
        "sender/closed": ("MessageHeader.From.OrganId", "H51"),
        "sender/certificate-not-registered": ("Header.Signature", fingerprint("nobody")),
        "sender/system-may-not-act": ("MessageHeader.From.OrganId", "vpcp"),
    }


def test_a_closed_sender_is_told_its_successor() -> None:
    (finding,) = judge("H51", "H51").findings
    assert "H13" in finding.words.vi
    assert "H13 (Cần Thơ)" in finding.words.en
