"""The rule table: each row is shown by a message that breaks it, and good messages break none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from envelopes import paths
from envelopes.codes import BusinessDocType, Priority, ReceiverType, StatusCode, UnknownCode
from envelopes.errors import Severity
from envelopes.identifiers import DocumentId, OrganId
from envelopes.limits import ATTACHMENTS_MAX, FINDINGS_MAX, RECIPIENTS_MAX
from envelopes.model import (
    Business,
    Code,
    DocumentType,
    Envelope,
    OtherInfo,
    Receiver,
    ReplacementInfo,
    ResponseFor,
    SignerInfo,
    StaffInfo,
    UpdateInfo,
)
from envelopes.parser import Tag
from envelopes.paths import inside
from envelopes.rules import KIND_OF, MessageKind, Rule, rules
from envelopes.status import StatusReport
from envelopes.validation import is_refused, validate
from tests.envelopes import strategies
from tests.envelopes.builders import (
    EARLIER_DOCUMENT_ID,
    TODAY,
    attachment,
    envelope,
    organization,
    recall,
    replacement,
    status_report,
    update,
)

Message = Envelope | StatusReport
Case = tuple[str, str, Message]

TOMORROW = TODAY + timedelta(days=1)
NO_EMAIL = StaffInfo(email="vanthu")


def business(message: Envelope, **fields: Any) -> Envelope:
    return replace(message, business=replace(message.business, **fields))


def updated(*infos: UpdateInfo) -> Envelope:
    return business(update(), updates=infos)


def receiver(organ_id: str | None, kind: ReceiverType | UnknownCode) -> Envelope:
    named = Receiver(None if organ_id is None else OrganId(organ_id), kind)
    info = UpdateInfo(document_changes=False, receivers_change=True, receivers=(named,))
    return updated(UpdateInfo(document_changes=True, receivers_change=False), info)


def answering(**fields: Any) -> StatusReport:
    return status_report(response_for=replace(status_report().response_for, **fields))


def many(count: int) -> Envelope:
    return envelope(recipients=tuple(organization(f"H26.{number}") for number in range(count)))


def files(count: int) -> Envelope:
    content = b"%PDF-"
    return envelope(attachments=tuple(attachment(content=content, content_id=str(number)) for number in range(count)))


IN_UPDATE = "TraceHeaderList.Bussiness.BussinessDocumentInfo"
ERRORS: list[Case] = [
    ("N.MessageHeader.From.OrganId", "MessageHeader.From.OrganId", envelope(sender=organization(None))),
    ("N.MessageHeader.From.OrganId", "MessageHeader.From.OrganId", status_report(sender=organization(None))),
    ("N.MessageHeader.To", "MessageHeader.To", envelope(recipients=())),
    ("R.MessageHeader.To", "MessageHeader.To", many(RECIPIENTS_MAX + 1)),
    *(
        ("N.MessageHeader.DocumentId", "MessageHeader.DocumentId", message)
        for message in (envelope(document_id=None), recall(document_id=None), update(document_id=None))
    ),
    *(
        (f"N.MessageHeader.{place}", f"MessageHeader.{place}", message(**fields))
        for message in (envelope, replacement)
        for place, fields in (
            ("Code.CodeNumber", {"code": Code(None, "SNV-VP")}),
            ("Code.CodeNotation", {"code": Code("123", None)}),
            ("Subject", {"subject": None}),
            ("PromulgationInfo.PromulgationDate", {"promulgation_date": None}),
        )
    ),
    (
        "M.MessageHeader.PromulgationInfo.PromulgationDate",
        "MessageHeader.PromulgationInfo.PromulgationDate",
        recall(promulgation_date=TOMORROW + timedelta(days=1)),
    ),
    (
        "M.MessageHeader.OtherInfo.Priority",
        "MessageHeader.OtherInfo.Priority",
        envelope(other=OtherInfo(priority=UnknownCode("5"))),
    ),
    (
        "M.Bussiness.BussinessDocType",
        "TraceHeaderList.Bussiness.BussinessDocType",
        envelope(business=Business(UnknownCode("4"))),
    ),
    *(
        (
            "N.Bussiness.BussinessDocReason",
            "TraceHeaderList.Bussiness.BussinessDocReason",
            business(kind(), reason=None),
        )
        for kind in (recall, update, replacement)
    ),
    (
        "N.Bussiness.DocumentId",
        "TraceHeaderList.Bussiness.DocumentId",
        business(recall(document_id=None), document_id=None),
    ),
    ("N.Bussiness.DocumentId", "TraceHeaderList.Bussiness.DocumentId", business(update(), document_id=None)),
    ("N.Bussiness.BussinessDocumentInfo", IN_UPDATE, updated()),
    (
        "N.Bussiness.BussinessDocumentInfo.ReceiverList",
        f"{IN_UPDATE}[1].ReceiverList",
        updated(UpdateInfo(document_changes=True, receivers_change=True)),
    ),
    (
        "N.Bussiness.BussinessDocumentInfo.ReceiverList.Receiver.OrganId",
        f"{IN_UPDATE}[2].ReceiverList.Receiver[1].OrganId",
        receiver(None, ReceiverType.ADDED),
    ),
    (
        "N.Bussiness.BussinessDocumentInfo.ReceiverList.Receiver.ReceiverType",
        f"{IN_UPDATE}[2].ReceiverList.Receiver[1].ReceiverType",
        receiver("H26.18", UnknownCode("")),
    ),
    (
        "M.Bussiness.BussinessDocumentInfo.ReceiverList.Receiver.ReceiverType",
        f"{IN_UPDATE}[2].ReceiverList.Receiver[1].ReceiverType",
        receiver("H26.18", UnknownCode("2")),
    ),
    (
        "N.Bussiness.ReplacementInfoList",
        "TraceHeaderList.Bussiness.ReplacementInfoList",
        business(replacement(), replacements=()),
    ),
    (
        "N.Bussiness.ReplacementInfoList.ReplacementInfo.DocumentId",
        "TraceHeaderList.Bussiness.ReplacementInfoList.ReplacementInfo[1].DocumentId",
        business(replacement(), replacements=(ReplacementInfo(None, (OrganId("H26.18"),)),)),
    ),
    ("N.Attachment", "AttachmentEncoded.Attachment", envelope(attachments=())),
    ("N.Attachment", "AttachmentEncoded.Attachment", replacement(attachments=())),
    ("R.Attachment", "AttachmentEncoded.Attachment", files(ATTACHMENTS_MAX + 1)),
    ("N.MessageHeader.ResponseFor.OrganId", "MessageHeader.ResponseFor.OrganId", answering(organ_id=None)),
    ("N.MessageHeader.ResponseFor.DocumentId", "MessageHeader.ResponseFor.DocumentId", answering(document_id=None)),
    ("N.MessageHeader.StatusCode", "MessageHeader.StatusCode", status_report(UnknownCode(""))),
    *(
        ("N.MessageHeader.Description", "MessageHeader.Description", status_report(code, description=None))
        for code in (StatusCode.REFUSED, StatusCode.TAKE_BACK_ASKED, StatusCode.TAKE_BACK_REFUSED)
    ),
    ("M.StateSecret", "MessageHeader.Subject", envelope(subject="[MẬT] Kế hoạch năm 2026")),
    ("M.StateSecret", "MessageHeader.Description", status_report(description="Độ mật: Tối mật")),
]
WARNINGS: list[Case] = [
    (
        "N.MessageHeader.To.OrganId",
        "MessageHeader.To[2].OrganId",
        envelope(recipients=(organization("H26.18"), organization(None))),
    ),
    *(
        (f"N.MessageHeader.{place}", f"MessageHeader.{place}", message(**fields))
        for message in (recall, update)
        for place, fields in (
            ("Code.CodeNumber", {"code": Code(None, "SNV-VP")}),
            ("Code.CodeNotation", {"code": Code("123", None)}),
            ("Subject", {"subject": None}),
            ("PromulgationInfo.PromulgationDate", {"promulgation_date": None}),
        )
    ),
    (
        "N.MessageHeader.DocumentType.TypeName",
        "MessageHeader.DocumentType.TypeName",
        envelope(document_type=DocumentType(None, type=1)),
    ),
    ("M.MessageHeader.SteeringType", "MessageHeader.SteeringType", envelope(steering_type=4)),
    ("N.TraceHeader", "TraceHeaderList.TraceHeader", envelope(trace=())),
    ("N.Bussiness.StaffInfo", "TraceHeaderList.Bussiness.StaffInfo", business(recall(), staff=())),
    (
        "M.Bussiness.BussinessDocumentInfo",
        f"{IN_UPDATE}[1]",
        updated(UpdateInfo(document_changes=False, receivers_change=False)),
    ),
    (
        "M.Bussiness.BussinessDocumentInfo.DocumentReceiver",
        f"{IN_UPDATE}[1].DocumentReceiver",
        updated(replace(update().business.updates[0], receivers_change=False)),
    ),
    (
        "N.Bussiness.ReplacementInfoList.ReplacementInfo.OrganIdList",
        "TraceHeaderList.Bussiness.ReplacementInfoList.ReplacementInfo[1].OrganIdList",
        business(replacement(), replacements=(ReplacementInfo(DocumentId(EARLIER_DOCUMENT_ID)),)),
    ),
    (
        "N.Attachment.ContentTransferEncoded",
        "AttachmentEncoded.Attachment[1].ContentTransferEncoded",
        envelope(attachments=(attachment(content=b""),)),
    ),
    (
        "T.MessageHeader.From.Email",
        "MessageHeader.From.Email",
        envelope(sender=organization(email="văn thư@mau.example.vn")),
    ),
    ("T.MessageHeader.From.Email", "MessageHeader.From.Email", status_report(sender=organization(email="@a.vn"))),
    (
        "T.MessageHeader.To.Email",
        "MessageHeader.To[1].Email",
        envelope(recipients=(organization("H26.18", email="a@b"),)),
    ),
    (
        "T.Bussiness.StaffInfo.Email",
        "TraceHeaderList.Bussiness.StaffInfo[1].Email",
        business(envelope(), staff=(NO_EMAIL,)),
    ),
    ("T.MessageHeader.StaffInfo.Email", "MessageHeader.StaffInfo.Email", status_report(staff=NO_EMAIL)),
    ("N.MessageHeader.ResponseFor.Code", "MessageHeader.ResponseFor.Code", answering(code=None)),
    (
        "N.MessageHeader.ResponseFor.PromulgationDate",
        "MessageHeader.ResponseFor.PromulgationDate",
        answering(promulgation_date=None),
    ),
    ("N.MessageHeader.Timestamp", "MessageHeader.Timestamp", status_report(timestamp=None)),
    ("M.MessageHeader.StatusCode", "MessageHeader.StatusCode", status_report(UnknownCode("103"))),
    ("R.Findings", "", envelope(recipients=tuple(organization("H26", email="a") for _ in range(FINDINGS_MAX + 1)))),
]

AGENCY_FIELDS = {
    Tag.IN_CHARGE: "in_charge",
    Tag.ORGAN_NAME: "name",
    Tag.ORGAN_ADDRESS: "address",
    Tag.EMAIL: "email",
    Tag.TELEPHONE: "telephone",
    Tag.FAX: "fax",
    Tag.WEBSITE: "website",
}


def sender_with(field: str, text: str) -> Envelope:
    return envelope(sender=organization(**{field: text}))


def recipient_with(field: str, text: str) -> Envelope:
    return envelope(recipients=(organization("G22"), organization("H26.18", **{field: text})))


WITH_TEXT: Mapping[str, Callable[[str], Envelope]] = {
    **{inside(paths.FROM, tag): partial(sender_with, field) for tag, field in AGENCY_FIELDS.items()},
    **{inside(paths.TO, tag): partial(recipient_with, field) for tag, field in AGENCY_FIELDS.items()},
    "MessageHeader.Code.CodeNumber": lambda text: envelope(code=Code(text, "A")),
    "MessageHeader.Code.CodeNotation": lambda text: envelope(code=Code("1", text)),
    "MessageHeader.PromulgationInfo.Place": lambda text: envelope(promulgation_place=text),
    "MessageHeader.DocumentType.TypeName": lambda text: envelope(document_type=DocumentType(text)),
    "MessageHeader.Subject": lambda text: envelope(subject=text),
    "MessageHeader.Content": lambda text: envelope(content=text),
    "MessageHeader.SignerInfo.Competence": lambda text: envelope(signer=SignerInfo("A", competence=text)),
    "MessageHeader.SignerInfo.Position": lambda text: envelope(signer=SignerInfo("A", position=text)),
    "MessageHeader.SignerInfo.FullName": lambda text: envelope(signer=SignerInfo(text)),
    "MessageHeader.OtherInfo.SphereOfPromulgation": lambda text: envelope(other=OtherInfo(sphere=text)),
    "MessageHeader.OtherInfo.TyperNotation": lambda text: envelope(other=OtherInfo(typist=text)),
    "MessageHeader.OtherInfo.PromulgationAmount": lambda text: envelope(other=OtherInfo(copies=65_534 + len(text))),
    "MessageHeader.OtherInfo.PageAmount": lambda text: envelope(other=OtherInfo(pages=65_534 + len(text))),
    "MessageHeader.OtherInfo.Appendixes.Appendix": lambda text: envelope(other=OtherInfo(appendixes=("a", text))),
    "MessageHeader.ToPlaces.Place": lambda text: envelope(to_places=("a", text)),
}
NUMBERED = {
    **{inside(paths.TO, tag): f"MessageHeader.To[2].{tag}" for tag in AGENCY_FIELDS},
    "MessageHeader.OtherInfo.Appendixes.Appendix": "MessageHeader.OtherInfo.Appendixes.Appendix[2]",
    "MessageHeader.ToPlaces.Place": "MessageHeader.ToPlaces.Place[2]",
}
LENGTHS = [rule for rule in rules() if rule.limit and rule.severity is Severity.WARNING and rule.code != "R.Findings"]


def kind_of(message: Message) -> MessageKind | None:
    if isinstance(message, StatusReport):
        return MessageKind.STATUS
    doc_type = message.business.doc_type
    return KIND_OF[doc_type] if isinstance(doc_type, BusinessDocType) else None


@pytest.mark.parametrize("message", [envelope(), recall(), update(), replacement(), *map(status_report, StatusCode)])
def test_finds_nothing_in_a_good_message(message: Message) -> None:
    assert validate(message, today=TODAY) == ()


@pytest.mark.parametrize(("code", "path", "message"), ERRORS, ids=[case[0] for case in ERRORS])
def test_refuses(code: str, path: str, message: Message) -> None:
    findings = validate(message, today=TODAY)
    assert (code, path, Severity.ERROR) in [(found.code, found.path, found.severity) for found in findings]
    assert is_refused(findings)


@pytest.mark.parametrize(("code", "path", "message"), WARNINGS, ids=[case[0] for case in WARNINGS])
def test_warns_and_takes_the_message(code: str, path: str, message: Message) -> None:
    findings = validate(message, today=TODAY)
    assert (code, path, Severity.WARNING) in [(found.code, found.path, found.severity) for found in findings]
    assert not is_refused(findings)


@pytest.mark.parametrize("rule", LENGTHS, ids=[rule.code for rule in LENGTHS])
def test_warns_of_texts_and_numbers_over_their_limit(rule: Rule) -> None:
    is_number = rule.limit is not None and rule.limit > 60_000
    fits, exceeds = ("1", "22") if is_number else ("x" * (rule.limit or 0), "x" * ((rule.limit or 0) + 1))
    within, over = (validate(WITH_TEXT[rule.path](text), today=TODAY) for text in (fits, exceeds))
    assert rule.code not in [finding.code for finding in within]
    assert (rule.code, NUMBERED.get(rule.path, rule.path)) in [(finding.code, finding.path) for finding in over]


def test_every_row_of_the_table_is_shown_by_a_case() -> None:
    shown = {(code, kind_of(message)) for code, _, message in (*ERRORS, *WARNINGS)}
    unshown = [
        (rule.code, rule.severity)
        for rule in rules()
        if rule not in LENGTHS
        and not any(rule.code == code and (kind in rule.kinds or not kind) for code, kind in shown)
    ]
    assert unshown == []


def test_a_code_has_one_row_for_each_kind_of_message() -> None:
    rows = [(rule.code, kind) for rule in rules() for kind in rule.kinds]
    assert len(rows) == len(set(rows))


def test_every_row_says_in_both_languages_what_is_wrong_and_what_to_do() -> None:
    for rule in rules():
        words = (rule.words.vi, rule.words.en, rule.words.do_vi, rule.words.do_en)
        assert all(text.endswith(".") and len(text) > 10 for text in words), rule.code
        assert len(set(words)) == 4
        assert words[0] != words[1].encode("ascii", "ignore").decode()


def test_reports_everything_at_once() -> None:
    message = envelope(subject=None, document_id=None, recipients=(), attachments=(), steering_type=9)
    assert {finding.code for finding in validate(message, today=TODAY)} == {
        "N.MessageHeader.Subject",
        "N.MessageHeader.DocumentId",
        "N.MessageHeader.To",
        "N.Attachment",
        "M.MessageHeader.SteeringType",
    }


def test_takes_a_document_dated_tomorrow() -> None:
    assert validate(envelope(promulgation_date=TOMORROW), today=TODAY) == ()
    assert validate(envelope(promulgation_date=date.max), today=TODAY) != ()


def test_a_recall_may_repeat_the_id_in_the_header_instead_of_naming_the_document() -> None:
    assert validate(business(recall(), document_id=None), today=TODAY) == ()


@pytest.mark.parametrize("message", [recall(attachments=()), update(attachments=())])
def test_recalls_and_updates_need_no_attachment(message: Envelope) -> None:
    assert validate(message, today=TODAY) == ()


def test_a_document_that_does_not_say_what_it_does_is_judged_as_any_document() -> None:
    message = envelope(business=Business(UnknownCode("7"), staff=(StaffInfo("a"),)), subject=None, document_id=None)
    assert [finding.code for finding in validate(message, today=TODAY)] == [
        "N.MessageHeader.DocumentId",
        "M.Bussiness.BussinessDocType",
    ]


def test_shows_codes_and_ids_but_never_content() -> None:
    assert validate(envelope(recipients=(organization("H26"), organization("H26"))), today=TODAY) == ()
    [priority] = validate(envelope(other=OtherInfo(priority=UnknownCode("x" * 5_000))), today=TODAY)
    assert priority.value == "x" * 40 + "…"
    [secret] = validate(envelope(subject="[MẬT] Kế hoạch"), today=TODAY)
    assert secret.value is None


def test_a_cut_list_keeps_the_errors() -> None:
    crowd = tuple(organization("H26", email="a") for _ in range(FINDINGS_MAX))
    findings = validate(envelope(recipients=crowd, subject=None), today=TODAY)
    assert len(findings) == FINDINGS_MAX
    assert findings[0].code == "N.MessageHeader.Subject"
    assert is_refused(findings)


def test_priorities_of_the_list_are_taken() -> None:
    for priority in Priority:
        assert validate(envelope(other=OtherInfo(priority=priority)), today=TODAY) == ()


def test_an_answer_to_nothing_lacks_everything_it_must_name() -> None:
    report = status_report(response_for=ResponseFor(None))
    assert {finding.path for finding in validate(report, today=TODAY)} == {
        f"MessageHeader.ResponseFor.{name}" for name in ("OrganId", "DocumentId", "Code", "PromulgationDate")
    }


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(strategies.messages)
def test_judges_every_message_the_model_admits_by_a_row_of_the_table(message: Message) -> None:
    rows = {(rule.code, rule.severity) for rule in rules()}
    findings = validate(message, today=TODAY)
    assert {(finding.code, finding.severity) for finding in findings} <= rows
