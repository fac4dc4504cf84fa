"""What is taken on, what is refused, and that every reason is given at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from envelopes.codes import BusinessDocType, StatusCode, UnknownCode
from envelopes.identifiers import DocumentId
from envelopes.model import Business, Envelope
from envelopes.status import StatusReport
from routing.admission import DUPLICATES_NAMED, Accepted, Admission, Rejected, Repeated, admit_document, admit_status
from routing.precedents import OccupiedKey, Precedents
from tests.routing.examples import (
    DIRECTORY,
    NOW,
    digest,
    document,
    earlier,
    envelope,
    envelope_id,
    organs,
    recall,
    replacement,
    statement,
    status,
    update,
)

NOTHING = Precedents()
SAME = OccupiedKey(envelope_id(5), digest("content"))
OTHER = OccupiedKey(envelope_id(5), digest("other content"))


def admit(message: Envelope, precedents: Precedents = NOTHING, *, signed_by: str = "H26") -> Admission:
    return admit_document(document(message, signed_by=signed_by), DIRECTORY, precedents=precedents, moment=NOW)


def admit_report(message: StatusReport, precedents: Precedents, *, signed_by: str) -> Admission:
    return admit_status(statement(message, signed_by=signed_by), DIRECTORY, precedents=precedents, moment=NOW)


def refused(admission: Admission) -> Rejected:
    assert isinstance(admission, Rejected)
    return admission


def accepted(admission: Admission) -> Accepted:
    assert isinstance(admission, Accepted)
    return admission


def codes(admission: Admission) -> list[str]:
    return [finding.code for finding in refused(admission).findings]


def test_a_stranger_who_writes_another_agency_into_from_is_refused() -> None:
    assert codes(admit(envelope(), signed_by="G22")) == ["sender/not-owner"]


@pytest.mark.parametrize(
    ("business", "precedents"),
    [
        (Business(), Precedents(existing=SAME)),
        (Business(), Precedents(existing=OTHER)),
        (Business(), Precedents(same_number=(DocumentId("vb-7"),))),
        (recall("vb-1"), Precedents(documents=(earlier("H26", "H41"),))),
        (recall("vb-1"), Precedents(documents=(earlier("G22", "H41"),))),
    ],
)
def test_a_forged_sender_learns_nothing_of_earlier_messages(business: Business, precedents: Precedents) -> None:
    message = envelope(business=business)
    admission = admit(message, precedents, signed_by="G22")
    assert admission == admit(message, NOTHING, signed_by="G22")
    assert refused(admission).alarms == ()


def test_every_reason_is_given_at_once() -> None:
    message = envelope("H51", ["H99", "H51"], name=None, business=Business(UnknownCode("7")))
    assert codes(admit(message, signed_by="nobody")) == [
        "sender/closed",
        "sender/certificate-not-registered",
        "document/no-id",
        "business/unknown-type",
        "recipient/none-left",
        "recipient/unknown",
        "recipient/closed",
    ]


@pytest.mark.parametrize("to", [(), ("H26",), ("H99", "H51", "H26.50", "H41.W00")])
def test_no_recipient_left_is_a_rejection_that_names_each(to: Iterable[str]) -> None:
    found = codes(admit(envelope(to=to)))
    assert found[0] == "recipient/none-left"
    assert len(found) == 1 + len(list(to))


def test_bad_recipients_are_refused_and_the_others_get_it() -> None:
    admission = accepted(admit(envelope(to=["H99", "H41.21", "H51", "000.00.21.H41", "G22"])))
    assert [str(route.agency.organ_id) for route in admission.routes] == ["H41.21", "G22"]
    assert [(one.position, one.finding.code) for one in admission.refused] == [
        (1, "recipient/unknown"),
        (3, "recipient/closed"),
    ]
    assert [warning.code for warning in admission.warnings] == ["recipient/duplicate"]
    assert str(admission.sender.organ_id) == "H26"


def test_the_id_of_an_accepted_document_with_other_content_is_a_conflict() -> None:
    rejection = refused(admit(envelope(), Precedents(existing=OTHER)))
    (finding,) = rejection.findings
    assert (finding.code, finding.path, finding.value) == ("document/conflict", "MessageHeader.DocumentId", "vb-1")


def test_a_conflict_does_not_hide_other_reasons() -> None:
    message = envelope(to=["H99"], business=replacement("vb-0"))
    assert codes(admit(message, Precedents(existing=OTHER))) == [
        "document/conflict",
        "business/unknown-target",
        "recipient/none-left",
        "recipient/unknown",
    ]


def test_the_same_document_again_is_a_repeat_even_if_its_recipient_closed_meanwhile() -> None:
    admission = admit(envelope(to=["H51"]), Precedents(existing=SAME))
    assert isinstance(admission, Repeated)
    assert admission.envelope_id == envelope_id(5)
    assert str(admission.sender.organ_id) == "H26"


def test_a_repeated_number_is_a_warning_that_names_the_other_document() -> None:
    admission = accepted(admit(envelope(), Precedents(same_number=(DocumentId("vb-7"), DocumentId("vb-1")))))
    (warning,) = admission.warnings
    assert (warning.code, warning.path, warning.value) == (
        "document/duplicate-number",
        "MessageHeader.Code",
        "05/QĐ-UBND",
    )
    assert "vb-7" in warning.words.vi
    assert "vb-1" not in warning.words.vi


def test_a_number_used_very_often_is_still_a_short_warning() -> None:
    many = tuple(DocumentId(f"so-{number}") for number in range(1000))
    (warning,) = accepted(admit(envelope(), Precedents(same_number=many))).warnings
    assert warning.words.en.count("so-") == DUPLICATES_NAMED


@pytest.mark.parametrize("business", [recall("vb-1"), update("vb-1"), replacement("vb-1")])
def test_a_change_may_bear_the_number_of_what_it_changes(business: Business) -> None:
    known = Precedents(documents=(earlier("H26", "H41.21"),), same_number=(DocumentId("vb-1"),))
    assert accepted(admit(envelope(name="vb-9", business=business), known)).warnings == ()


@pytest.mark.parametrize("business", [recall("vb-1"), update("vb-1"), replacement("vb-1")])
def test_a_stranger_does_not_change_a_document(business: Business) -> None:
    rejection = refused(
        admit(envelope(name="vb-9", business=business), Precedents(documents=(earlier("G22", "H41.21"),)))
    )
    assert [finding.code for finding in rejection.findings] == ["business/unknown-target"]
    assert [alarm.code for alarm in rejection.alarms] == ["business/not-original-sender"]


def test_an_unknown_business_type_is_refused() -> None:
    (finding,) = refused(admit(envelope(business=Business(UnknownCode("7"))))).findings
    assert (finding.code, finding.value) == ("business/unknown-type", "7")
    assert finding.path == "TraceHeaderList.Bussiness.BussinessDocType"


def test_the_same_input_gives_the_same_answer() -> None:
    message = envelope(to=["H99", "H41.21"])
    assert admit(message) == admit(message)


PRECEDENTS = Precedents(documents=(earlier("H26", "H41.21", "H26.50"),))


def test_a_status_signed_by_another_agency_is_refused_and_learns_nothing() -> None:
    report = status("H41.21", StatusCode.RECEIVED, to="H26")
    assert codes(admit_report(report, PRECEDENTS, signed_by="G22")) == ["sender/not-owner"]
    assert admit_report(report, PRECEDENTS, signed_by="G22") == admit_report(report, NOTHING, signed_by="G22")


@pytest.mark.parametrize(
    ("to", "code"),
    [
        (None, "recipient/unknown"),
        ("H99", "recipient/unknown"),
        ("H51", "recipient/closed"),
        ("H41.W00", "recipient/group"),
        ("H13.99", "recipient/not-yet-open"),
    ],
)
def test_a_status_to_nobody_is_refused(to: str | None, code: str) -> None:
    rejection = refused(admit_report(status("H41.21", StatusCode.RECEIVED, to=to), PRECEDENTS, signed_by="H41.21"))
    assert [(finding.code, finding.path) for finding in rejection.findings] == [
        (code, "MessageHeader.ResponseFor.OrganId")
    ]


def test_a_status_gets_every_reason_at_once() -> None:
    report = status("H26", StatusCode.RECEIVED, to="H51")
    known = replace(PRECEDENTS, existing=OTHER)
    assert codes(admit_report(report, known, signed_by="H26")) == [
        "recipient/closed",
        "status/conflict",
        "status/wrong-direction",
    ]


def test_a_status_about_strangers_raises_an_alarm() -> None:
    report = status("G22", StatusCode.RECEIVED, to="H26")
    rejection = refused(admit_report(report, PRECEDENTS, signed_by="G22"))
    assert [finding.code for finding in rejection.findings] == ["status/unknown-document"]
    assert [alarm.code for alarm in rejection.alarms] == ["status/not-a-party"]


def test_a_status_under_the_same_key_with_other_words_is_a_conflict() -> None:
    report = status("H41.21", StatusCode.RECEIVED, to="H26")
    rejection = refused(admit_report(report, replace(PRECEDENTS, existing=OTHER), signed_by="H41.21"))
    assert [(finding.code, finding.path) for finding in rejection.findings] == [
        ("status/conflict", "MessageHeader.Timestamp")
    ]


def test_the_same_status_again_is_a_repeat() -> None:
    report = status("H41.21", StatusCode.RECEIVED, to="H26")
    admission = admit_report(report, replace(PRECEDENTS, existing=SAME), signed_by="H41.21")
    assert isinstance(admission, Repeated)


def test_a_status_has_one_route_to_the_documents_sender() -> None:
    report = status("000.00.21.H41", StatusCode.COMPLETED, to="000.00.00.H26")
    admission = accepted(admit_report(report, PRECEDENTS, signed_by="H41.21"))
    (route,) = admission.routes
    assert (str(route.agency.organ_id), route.asked_as, route.position) == ("H26", *organs("000.00.00.H26"), 1)
    assert (admission.refused, admission.warnings) == ((), ())


def test_a_sender_that_receives_no_documents_still_gets_its_statuses() -> None:
    known = Precedents(documents=(earlier("H26.50", "H41.21"),))
    report = status("H41.21", StatusCode.ARRIVED, to="H26.50")
    assert len(accepted(admit_report(report, known, signed_by="H41.21")).routes) == 1


def test_a_take_back_is_asked_of_a_recipient() -> None:
    report = status("H26", StatusCode.TAKE_BACK_ASKED, to="H41.21")
    assert len(accepted(admit_report(report, PRECEDENTS, signed_by="H26")).routes) == 1


@pytest.mark.parametrize("doc_type", BusinessDocType)
def test_each_business_type_is_accepted_where_nothing_speaks_against_it(doc_type: BusinessDocType) -> None:
    businesses = {"0": Business(), "1": recall("vb-1"), "2": update("vb-1"), "3": replacement("vb-1")}
    admission = admit(envelope(name="vb-9", business=businesses[doc_type.value]), PRECEDENTS)
    assert [str(route.agency.organ_id) for route in accepted(admission).routes] == ["H41.21"]
