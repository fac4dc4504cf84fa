"""Every variation in the wild reads to the message it means."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from envelopes import paths
from envelopes.codes import UnknownCode
from envelopes.dialects import Dialect, SignatureKind
from envelopes.errors import Severity
from envelopes.limits import EXTENSION_BYTES_MAX, EXTENSIONS_MAX, FINDINGS_MAX, TEXT_MAX
from envelopes.model import Envelope, Extension, ResponseFor
from envelopes.parser import NAMESPACE, parse
from envelopes.reader import Reading, read, read_element
from envelopes.remarks import REMARKS, Reason
from envelopes.status import StatusReport
from tests.vectors import document, size, status, vector
from tests.vectors.expected import DOCUMENT, EDOC, FLAT, STATUS
from tests.vectors.variations import (
    Variation,
    document_variations,
    flat_in_canonical_case,
    multipart,
    status_variations,
)

_UNKNOWN = '<x:La xmlns:x="urn:la" a="1"><x:Con>x</x:Con></x:La>'
_KEPT = b'<x:La xmlns:x="urn:la" a="1"><x:Con>x</x:Con></x:La>'


def _codes(reading: Reading) -> list[str]:
    return [finding.code for finding in reading.findings]


def _errors(reading: Reading) -> list[str]:
    return [finding.code for finding in reading.findings if finding.severity is Severity.ERROR]


def _document(reading: Reading) -> Envelope:
    assert isinstance(reading.message, Envelope)
    return reading.message


def test_the_standard_layout_says_what_was_written_down() -> None:
    assert read(vector("document.xml")) == Reading(DOCUMENT, (), Dialect.QCVN, SignatureKind.ABSENT)
    assert read(vector("status.xml")) == Reading(STATUS, (), Dialect.QCVN, SignatureKind.ABSENT)


@pytest.mark.parametrize("variation", document_variations(), ids=lambda variation: variation.name)
def test_a_variation_of_the_document_says_the_same(variation: Variation) -> None:
    reading = read(variation.octets)
    assert reading.message == replace(DOCUMENT, **variation.differs)
    assert (reading.dialect, reading.signature) == (variation.dialect, variation.signature)
    assert tuple(_codes(reading)) == variation.codes
    assert _errors(reading) == []


@pytest.mark.parametrize("variation", status_variations(), ids=lambda variation: variation.name)
def test_a_variation_of_the_status_says_the_same(variation: Variation) -> None:
    reading = read(variation.octets)
    assert reading.message == STATUS
    assert reading.dialect == variation.dialect
    assert tuple(_codes(reading)) == variation.codes
    assert _errors(reading) == []


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("headers", [False, True])
def test_legacy_mime_is_read_without_its_token(binary: bool, headers: bool) -> None:  # noqa: FBT001
    reading = read(multipart(binary=binary, headers=headers))
    message = _document(reading)
    assert replace(message, extensions=()) == EDOC
    assert [extension.path for extension in message.extensions] == [paths.HEADER]
    assert all(b"khong-duoc-giu-lai" not in extension.xml for extension in message.extensions)
    assert (reading.dialect, _errors(reading)) == (Dialect.LEGACY_MIME, [])


def test_legacy_soap_alone_lacks_the_file_its_manifest_lists() -> None:
    reading = read(vector("edoc.xml"))
    assert replace(_document(reading), extensions=()) == replace(EDOC, attachments=())
    assert (reading.dialect, _errors(reading)) == (Dialect.LEGACY_SOAP, ["M.Body.Manifest.Reference"])


@pytest.mark.parametrize("octets", [vector("flat.xml"), flat_in_canonical_case()])
def test_the_flat_form_is_read_with_its_files(octets: bytes) -> None:
    reading = read(octets)
    message = _document(reading)
    assert replace(message, extensions=()) == FLAT
    assert [extension.path for extension in message.extensions] == [paths.PROMULGATION, f"{paths.TRACE}[1]"]
    assert (reading.dialect, _errors(reading)) == (Dialect.FLAT, [])


def test_reading_an_element_is_reading_its_octets() -> None:
    assert read_element(parse(vector("document.xml"))) == read(vector("document.xml"))


@pytest.mark.parametrize(
    ("before", "path"),
    [
        ("</edXML>", paths.ROOT),
        ("</edXML:edXMLEnvelope>", paths.ENVELOPE),
        ("</edXML:edXMLHeader>", paths.HEADER),
        ("</edXML:MessageHeader>", paths.MESSAGE_HEADER),
        ("</edXML:From>", paths.FROM),
        ("</edXML:Code>\n        <edXML:PromulgationInfo>", paths.CODE),
        ("</edXML:PromulgationInfo>", paths.PROMULGATION),
        ("</edXML:DocumentType>", paths.DOCUMENT_TYPE),
        ("</edXML:SignerInfo>", paths.SIGNER),
        ("</edXML:OtherInfo>", paths.OTHER_INFO),
        ("</edXML:Appendixes>", paths.APPENDIXES),
        ("</edXML:ResponseFor>", f"{paths.RESPONSE_FOR}[1]"),
        ("</edXML:ResponseForTask>", paths.TASKS),
        ("</edXML:ToPlaces>", paths.TO_PLACES),
        ("</edXML:TraceHeaderList>", paths.TRACE_LIST),
        ("</edXML:TraceHeader>", f"{paths.TRACE}[1]"),
        ("</edXML:Bussiness>", paths.BUSINESS),
        ("</edXML:BussinessDocumentInfo>", f"{paths.UPDATE}[1]"),
        ("</edXML:ReceiverList>", f"{paths.UPDATE}[1].ReceiverList"),
        ("</edXML:Receiver>", f"{paths.UPDATE}[1].ReceiverList.Receiver[1]"),
        ("</edXML:ReplacementInfoList>", paths.REPLACEMENTS),
        ("</edXML:ReplacementInfo>", f"{paths.REPLACEMENT}[1]"),
        ("</edXML:OrganIdList>", f"{paths.REPLACEMENT}[1].OrganIdList"),
        ("</edXML:StaffInfo>", f"{paths.STAFF}[1]"),
        ("</edXML:edXMLBody>", paths.BODY),
        ("</edXML:edXMLManifest>", paths.MANIFEST),
    ],
    ids=size,
)
def test_an_unknown_element_is_kept_in_its_place(before: str, path: str) -> None:
    reading = read(document((before, f"{_UNKNOWN}{before}")))
    assert reading.message == replace(DOCUMENT, extensions=(Extension(path, _KEPT),))
    assert reading.findings == ()


def test_unknown_elements_of_files_and_entries_carry_the_number_of_the_file() -> None:
    octets = document(
        ("cid:tep-2</edXML:ContentId>", f"cid:tep-2</edXML:ContentId>{_UNKNOWN}"),
        ("<ContentId>cid:tep-2</ContentId>", f"<ContentId>cid:tep-2</ContentId>{_UNKNOWN}"),
    )
    assert [extension.path for extension in _document(read(octets)).extensions] == [
        f"{paths.ATTACHMENT}[2]",
        f"{paths.REFERENCE}[2]",
    ]


def test_an_unknown_element_with_children_among_the_files_goes_below_the_root() -> None:
    reading = read(document(("<AttachmentEncoded>", f"<AttachmentEncoded><y/>{_UNKNOWN}")))
    kept = {extension.path: extension.xml for extension in _document(reading).extensions}
    assert kept == {paths.ROOT: _KEPT, paths.ENCODED: b'<y xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"></y>'}
    assert (_codes(reading), _errors(reading)) == (["M.AttachmentEncoded"], [])


def test_unknown_elements_of_an_item_that_says_nothing_go_to_its_parent() -> None:
    empty = f"<edXML:ResponseFor>{_UNKNOWN}</edXML:ResponseFor><edXML:SteeringType>"
    reading = read(document(("<edXML:SteeringType>", empty)))
    assert reading.message == replace(DOCUMENT, extensions=(Extension(paths.MESSAGE_HEADER, _KEPT),))


@pytest.mark.parametrize(
    ("unknown", "code"),
    [
        (f'<la xmlns="urn:la">{"x" * EXTENSION_BYTES_MAX}</la>', "R.MessageHeader"),
        (f'<la xmlns="urn:la">{"<a/>" * EXTENSION_BYTES_MAX}</la>', "R.MessageHeader"),
        ('<la xmlns="urn:la"/>' * (EXTENSIONS_MAX + 1), "R.MessageHeader"),
        ('<la xmlns="relative"/>', "M.MessageHeader"),
    ],
    ids=size,
)
def test_unknown_elements_that_cannot_be_kept_are_refused(unknown: str, code: str) -> None:
    reading = read(document(("</edXML:MessageHeader>", f"{unknown}</edXML:MessageHeader>")))
    assert _errors(reading) == [code]
    assert len(_document(reading).extensions) <= EXTENSIONS_MAX


_DATED = ">2026/10/05</edXML:PromulgationDate>"
_SENT_FROM = "<edXML:OrganId>H90.01</edXML:OrganId>\n          <edXML:OrganizationInCharge>"
_STEERED = ">1</edXML:SteeringType>"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (_DATED, _DATED.replace("2026/10/05", "2014/02/30"), "PromulgationInfo.PromulgationDate"),
        (_DATED, _DATED.replace("2026/10/05", "x"), "PromulgationInfo.PromulgationDate"),
        (_DATED, _DATED.replace("2026/10/05", "0000/01/01"), "PromulgationInfo.PromulgationDate"),
        (_DATED, _DATED.replace("2026/10/05", "2026/10/05 25:00:00"), "PromulgationInfo.PromulgationDate"),
        (_DATED, _DATED.replace("2026/10/05", "9999-12-31T23:00:00-12:00"), "PromulgationInfo.PromulgationDate"),
        (">2026/10/20<", ">20.10.2026<", "DueDate"),
        (_SENT_FROM, _SENT_FROM.replace("H90.01", "null"), "From.OrganId"),
        ("H90.01,2026/10/05,7/GĐ-VP", "x" * 256, "DocumentId"),
        (_STEERED, "></edXML:SteeringType>", "SteeringType"),
        (_STEERED, "> 1 </edXML:SteeringType>", "SteeringType"),
        (_STEERED, ">-1</edXML:SteeringType>", "SteeringType"),
        (_STEERED, ">một</edXML:SteeringType>", "SteeringType"),
        (_STEERED, ">99999999999</edXML:SteeringType>", "SteeringType"),
        ("V/v lấy ý kiến về kế hoạch giả định", "V/v <b>lấy</b>", "Subject"),
    ],
    ids=size,
)
def test_what_cannot_be_read_in_the_header_is_an_error_at_its_place(old: str, new: str, code: str) -> None:
    reading = read(document((old, new)))
    assert _errors(reading) == [f"T.MessageHeader.{code}"]
    assert all(REMARKS[reason].words.vi for reason in Reason)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (">4</edXML:PageAmount>", ">bốn</edXML:PageAmount>", "T.MessageHeader.OtherInfo.PageAmount"),
        (">true</edXML:Direction>", ">có</edXML:Direction>", "T.MessageHeader.OtherInfo.Direction"),
        (">2</edXML:Type>", ">x</edXML:Type>", "T.MessageHeader.DocumentType.Type"),
        (">2026/10/05 09:10:11<", ">2026/10/05<", "T.TraceHeader.Timestamp"),
        ("<edXML:BussinessDocType>2</edXML:BussinessDocType>", "", "N.Bussiness.BussinessDocType"),
        ("<edXML:Code>\n", "<edXML:Code>7/GĐ-VP\n", "T.MessageHeader.Code"),
        (">000.00.02.H91<", ">Sở Ví dụ<", "T.MessageHeader.To.OrganId"),
        (">000.00.02.H91<", ">000.00.02.H91&#160;<", "T.MessageHeader.To.OrganId"),
    ],
    ids=size,
)
def test_what_does_no_harm_is_a_warning_at_its_place(old: str, new: str, code: str) -> None:
    reading = read(document((old, new)))
    assert (_codes(reading), _errors(reading)) == ([code], [])


def test_a_place_counts_from_one() -> None:
    (finding,) = read(document((">H92</edXML:OrganId>\n        </edXML:To>", ">?</edXML:OrganId></edXML:To>"))).findings
    assert (finding.code, finding.path) == ("T.MessageHeader.To.OrganId", "MessageHeader.To[2].OrganId")


def test_findings_repeat_identifiers_but_no_content() -> None:
    (shown,) = read(document((">2026/10/20<", ">2026/13/01<"))).findings
    (hidden,) = read(document((">2026/10/20<", ">sau khi Người Ký Giả Định về hưu<"))).findings
    assert (shown.value, hidden.value) == ("2026/13/01", None)


def test_a_text_over_the_limit_is_refused() -> None:
    reading = read(document(("Tóm tắt nội dung giả định", "x" * (TEXT_MAX + 1))))
    assert reading.message == replace(DOCUMENT, content=None)
    assert _errors(reading) == ["R.MessageHeader.Content"]


def _list(name: str, items: str) -> str:
    return f"<edXML:{name}>{items}</edXML:{name}>"


def test_lists_that_occur_several_times_are_one() -> None:
    replaced = "<edXML:ReplacementInfo><edXML:DocumentId>x</edXML:DocumentId></edXML:ReplacementInfo>"
    receiver = (
        "<edXML:Receiver><edXML:OrganId>H93</edXML:OrganId><edXML:ReceiverType>0</edXML:ReceiverType></edXML:Receiver>"
    )
    octets = document(
        ("</edXML:ReplacementInfoList>", f"</edXML:ReplacementInfoList>{_list('ReplacementInfoList', replaced)}"),
        ("</edXML:ReceiverList>", f"</edXML:ReceiverList>{_list('ReceiverList', receiver)}"),
    )
    business = _document(read(octets)).business
    assert [str(item.document_id) for item in business.replacements] == ["H90.01,2026/09/01,5/GĐ-VP", "x"]
    assert [str(receiver.organ_id) for receiver in business.updates[0].receivers] == ["H92", "H93"]


def test_a_document_without_a_word_is_still_a_document() -> None:
    octets = (
        f'<edXML xmlns="{NAMESPACE}"><edXMLEnvelope><edXMLHeader><MessageHeader/></edXMLHeader></edXMLEnvelope></edXML>'
    )
    message = _document(read(octets.encode()))
    assert (message.sender.organ_id, message.recipients, message.subject) == (None, (), None)


def test_a_status_without_a_code_is_still_a_status() -> None:
    reading = read(status(("<edXML:StatusCode>01</edXML:StatusCode>", "")))
    assert reading.message == replace(STATUS, status=UnknownCode(""))


def test_an_unknown_status_code_is_kept_as_it_stands() -> None:
    assert read(status((">01<", ">103<"))).message == replace(STATUS, status=UnknownCode("103"))


def test_a_status_keeps_what_belongs_to_documents_without_using_it() -> None:
    reading = read(
        status(("<edXML:ResponseFor>", "<edXML:To><edXML:OrganId>H93</edXML:OrganId></edXML:To><edXML:ResponseFor>"))
    )
    assert isinstance(reading.message, StatusReport)
    assert [extension.path for extension in reading.message.extensions] == [paths.MESSAGE_HEADER]
    assert (_codes(reading), _errors(reading)) == (["M.MessageHeader.To"], [])


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (
            document(("<edXML:SteeringType>", "<edXML:StatusCode>01</edXML:StatusCode><edXML:SteeringType>")),
            "M.AttachmentEncoded",
        ),
        (
            status(("<edXML:StatusCode>", "<edXML:Subject>x</edXML:Subject><edXML:StatusCode>")),
            "M.MessageHeader.Subject",
        ),
    ],
    ids=size,
)
def test_a_document_that_is_a_status_too_is_refused(octets: bytes, code: str) -> None:
    assert code in _errors(read(octets))


def test_findings_end_at_the_limit_and_the_rest_is_counted() -> None:
    bad = "<edXML:To><edXML:OrganId>?</edXML:OrganId></edXML:To>" * (FINDINGS_MAX + 5)
    findings = read(document(("<edXML:Code>\n", f"{bad}<edXML:Code>\n"))).findings
    assert len(findings) == FINDINGS_MAX
    last = findings[-1]
    assert (last.code, last.severity, last.value) == ("R.Findings", Severity.WARNING, "6")


def test_an_error_among_those_that_are_only_counted_still_refuses() -> None:
    bad = "<edXML:To><edXML:OrganId>?</edXML:OrganId></edXML:To>" * FINDINGS_MAX
    octets = document(("<edXML:Code>\n", f"{bad}<edXML:Code>\n"), (">2026/10/20<", ">2026/13/01<"))
    assert _errors(read(octets)) == ["R.Findings"]


def test_recalls_in_the_operators_manner_point_to_the_header() -> None:
    octets = document(("<edXML:DocumentId>H90.01,2026/10/01,6/GĐ-VP</edXML:DocumentId>", ""))
    assert _document(read(octets)).target_document_id == DOCUMENT.document_id


def test_impossible_dates_leave_nothing_behind() -> None:
    octets = status((">2026/10/05<", ">2026/02/29<"))
    message = read(octets).message
    assert isinstance(message, StatusReport)
    assert message.response_for == ResponseFor(
        STATUS.response_for.organ_id, STATUS.response_for.code, None, STATUS.response_for.document_id
    )
    assert STATUS.response_for.promulgation_date == date(2026, 10, 5)
