"""Packages built by the axis operator's own library, and variations judged by its parser, read alike here."""

from __future__ import annotations

import json
import os
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from envelopes.dialects import SignatureKind
from envelopes.errors import Finding, Severity, UnreadableMessage
from envelopes.fitness import unfit
from envelopes.model import Envelope
from envelopes.obstacles import Obstacle, unreadable
from envelopes.prescan import stands_before_prolog
from envelopes.reader import Reading, read
from envelopes.status import StatusReport
from envelopes.validation import validate
from envelopes.writer import write

_FOLDER = Path(os.environ.get("AXIS_CONFORMANCE", "../shared/conformance")) / "edxml"
if not _FOLDER.is_dir():
    pytest.skip(f"no vectors in {_FOLDER}", allow_module_level=True)

_VARIATIONS: Final[list[dict[str, Any]]] = json.loads((_FOLDER / "variations" / "index.json").read_text())

REFUSED: Final = {
    # Read by the operator's parser, refused here by name, and why.
    "ns: envelope right, children wrong namespace": "package/foreign-namespace",  # readers would disagree
    "root: Foo in no namespace": "package/wrong-root",  # the issue asks for it; any file could be a package otherwise
    "sig: two signatures": "package/repeated-element",  # hostile: the last one wins there
    "ns: undeclared xlink prefix (as the operator's edoc.edxml)": "package/undeclared-prefix",  # no XML with namespaces
    "extra: comments, PI, CDATA": "package/comment-in-text",  # the comment stands inside Subject
    "el: no MessageHeader": "package/no-message-header",  # neither a document nor a status
    "el: duplicated Subject": "package/repeated-element",  # hostile: the last one wins there
    "enc: UTF-16 with BOM": "package/not-utf8",
    "enc: declared ISO-8859-1, bytes UTF-8": "package/not-utf8",  # read as rubbish there
    "dtd: internal entity": "package/doctype",  # hostile, as the next two
    "dtd: external file entity": "package/doctype",
    "dtd: entity expansion 10^4 x 3": "package/doctype",
    "two ResponseFor": "package/repeated-element",  # hostile: the last one wins there
}

DIFFERENT: Final = {
    # Read by both, to something else or with an error here, and why: the fields that differ beyond what the index says.
    "extra: unknown elements everywhere but in AttachmentEncoded": {"extensions"},  # lost there
    "extra: unknown element in Attachment": {"extensions"},
    "extra: unknown empty element in AttachmentEncoded": {"extensions"},
    "att: FieldName, MimeType": {"extensions"},  # the model knows no MimeType
    "int: Priority 'x'": {"other"},  # taken as 0 there; kept here, and refused by the rules
    "int: Priority ' 3 '": {"other"},  # taken as 0 there
    "with To": {"extensions"},  # not part of a status: kept, not used; likewise the next two
    "with Subject, trace, signature, body, AttachmentEncoded": {"extensions"},
    "TraceHeaderList element order before MessageHeader": {"extensions"},
}

ERRORS: Final = {
    # Read by the operator's parser, and here too, but with an error: such a package is not accepted.
    "att: base64 rubbish": {"T.Attachment.ContentTransferEncoded"},
    "att: zip entry ../ traversal": {"M.Attachment.ContentTransferEncoded"},
    "att: name ../../x.pdf": {"M.Attachment.AttachmentName"},
    "att: two-entry zip, application/zip, name .pdf": {"M.Attachment.ContentType"},  # takes the first alone there
    "att: empty zip, application/zip": {"M.Attachment.ContentType"},
    "att: zip with directory entry first": {"M.Attachment.ContentType"},
    "att: no ContentId": {"N.Attachment.ContentId", "M.Body.Manifest.Reference"},
    "att: ContentId differs from manifest": {"M.Attachment", "M.Body.Manifest.Reference"},
    "att: attachment missing, manifest has it": {"M.Body.Manifest.Reference"},
    "att: no AttachmentEncoded element": {"M.Body.Manifest.Reference"},
    "body: none": {"M.Attachment"},
    "date: PromulgationDate '2014/02/30'": {"T.MessageHeader.PromulgationInfo.PromulgationDate"},  # 2 March there
    "date: PromulgationDate 'x'": {"T.MessageHeader.PromulgationInfo.PromulgationDate"},
    "int: SteeringType '-1'": {"T.MessageHeader.SteeringType"},
    "with Subject, trace, signature, body, AttachmentEncoded": {"M.AttachmentEncoded"},  # a status with files
}

_TODAY = date(2026, 11, 22)
_LISTED_MAX = 12
"""The index lists no more differences than this for one file."""

_UNPAIRED = {"M.Body.Manifest.Reference", "M.Body.Manifest.Reference.AttachmentName"}
"""What the `att:` files have besides: their manifest still lists the two files of the baseline, under other names."""

_FIELDS = {
    # The first step of a path in the index, and the field of the model it is about.
    "attachments": "attachments",
    "body": "attachments",
    "header.traceHeaderList.traceHeaders": "trace",
    "header.traceHeaderList.bussiness": "business",
    "header.messageHeader.from": "sender",
    "header.messageHeader.toes": "recipients",
    "header.messageHeader.documentId": "document_id",
    "header.messageHeader.code": "code",
    "header.messageHeader.promulgationInfo.promulgationDate": "promulgation_date",
    "header.messageHeader.promulgationInfo.place": "promulgation_place",
    "header.messageHeader.documentType": "document_type",
    "header.messageHeader.subject": "subject",
    "header.messageHeader.content": "content",
    "header.messageHeader.signerInfo": "signer",
    "header.messageHeader.dueDate": "due_date",
    "header.messageHeader.otherInfo": "other",
    "header.messageHeader.responseFor": "responses_for",
    "header.messageHeader.steeringType": "steering_type",
    "header.messageHeader.responseForTask": "task_codes",
    "header.messageHeader.applicationType": "application_type",
    "header.messageHeader.toPlaces": "to_places",
    "header.messageHeader.statusCode": "status",
    "header.messageHeader.description": "description",
    "header.messageHeader.timestamp": "timestamp",
    "header.messageHeader.staffInfo": "staff",
}


def _octets(case: dict[str, Any]) -> bytes:
    return (_FOLDER / "variations" / str(case["file"])).read_bytes()


def _read_by_both() -> list[dict[str, Any]]:
    return [case for case in _VARIATIONS if case["sdk_parser"] == "reads" and case["variation"] not in REFUSED]


def _said_to_differ(case: dict[str, Any], kind: type) -> set[str]:
    """Return the fields of the model that the index says are not as in the baseline."""
    names = {
        name
        for path in case["differs_from_baseline"]
        for start, name in _FIELDS.items()
        if path == start or path.startswith((f"{start}.", f"{start}["))
    }
    if kind is StatusReport and "responses_for" in names:
        names = names - {"responses_for"} | {"response_for"}
    return names


def _is_cut_off(case: dict[str, Any]) -> bool:
    """Return whether the index lists only the first of many differences, so that others are to be expected."""
    return len(case["differs_from_baseline"]) >= _LISTED_MAX and not case["variation"].startswith("att:")


def _differing(reading: Reading, baseline: Reading) -> set[str]:
    assert type(reading.message) is type(baseline.message)
    names = [field.name for field in fields(reading.message)]
    return {name for name in names if getattr(reading.message, name) != getattr(baseline.message, name)}


def _errors(reading: Reading) -> set[str]:
    return {finding.code for finding in reading.findings if finding.severity is Severity.ERROR}


def _name(case: dict[str, Any]) -> str:
    return str(case["file"])


@pytest.mark.parametrize("case", _read_by_both(), ids=_name)
def test_what_existing_receivers_read_is_read_alike(case: dict[str, Any]) -> None:
    reading = read(_octets(case))
    if case["variation"] == "document parsed as status":
        assert isinstance(reading.message, Envelope)
        return
    baseline = read((_FOLDER / "variations" / f"{case['kind']}-000-baseline.xml").read_bytes())
    allowed = _said_to_differ(case, type(baseline.message)) | DIFFERENT.get(case["variation"], set())
    assert _differing(reading, baseline) <= allowed or _is_cut_off(case)


@pytest.mark.parametrize("case", _read_by_both(), ids=_name)
def test_only_what_is_hostile_or_in_doubt_is_an_error(case: dict[str, Any]) -> None:
    errors = _errors(read(_octets(case)))
    if case["variation"].startswith("att:"):
        errors -= _UNPAIRED - ERRORS.get(case["variation"], set())
    assert errors == ERRORS.get(case["variation"], set())


@pytest.mark.parametrize("case", [c for c in _VARIATIONS if c["variation"] in REFUSED], ids=_name)
def test_what_is_hostile_is_refused_by_name(case: dict[str, Any]) -> None:
    with pytest.raises(UnreadableMessage) as caught:
        read(_octets(case))
    assert caught.value.finding.code == REFUSED[case["variation"]]


@pytest.mark.parametrize("case", [c for c in _VARIATIONS if c["sdk_parser"] == "fails"], ids=_name)
def test_what_existing_receivers_lose_is_read_or_refused_by_name(case: dict[str, Any]) -> None:
    try:
        reading = read(_octets(case))
    except UnreadableMessage as refusal:
        assert refusal.finding.code.startswith("package/")  # noqa: PT017  either outcome is right
    else:
        assert isinstance(reading.message, Envelope | StatusReport)


def _findings(octets: bytes) -> tuple[Finding, ...]:
    """Return what the door tells of a package, whoever signed it."""
    try:
        reading = read(octets)
    except UnreadableMessage as refusal:
        return (refusal.finding,)
    if stands_before_prolog(octets):
        return (unreadable(Obstacle.JUNK_BEFORE_PROLOG).finding,)
    rules = validate(reading.message, today=_TODAY)
    return (*unfit(reading), *reading.findings, *rules)


@pytest.mark.parametrize("case", [c for c in _VARIATIONS if c["sdk_parser"] == "fails"], ids=_name)
def test_what_existing_receivers_lose_does_not_pass_the_door(case: dict[str, Any]) -> None:
    codes = {one.code for one in _findings(_octets(case)) if one.severity is Severity.ERROR}
    if case["variation"].startswith("att:"):
        codes -= _UNPAIRED
    assert codes


@pytest.mark.parametrize("case", _read_by_both(), ids=_name)
def test_what_existing_receivers_take_otherwise_is_told(case: dict[str, Any]) -> None:
    if case["variation"].startswith("att:"):
        pytest.skip("the files of these are others than the baseline's")
    reading = read(_octets(case))
    baseline = read((_FOLDER / "variations" / f"{case['kind']}-000-baseline.xml").read_bytes())
    if type(reading.message) is type(baseline.message):
        ours, theirs = _differing(reading, baseline), _said_to_differ(case, type(baseline.message))
        assert (ours ^ theirs) - {"extensions"} == set() or _findings(_octets(case))


def test_the_tables_speak_of_files_that_are_there() -> None:
    known = {case["variation"] for case in _VARIATIONS}
    assert {*REFUSED, *DIFFERENT, *ERRORS} <= known


@pytest.mark.parametrize("path", sorted(_FOLDER.glob("sdk-*.xml")), ids=lambda path: path.name)
def test_packages_of_the_operators_library_are_read_without_errors(path: Path) -> None:
    reading = read(path.read_bytes())
    assert _errors(reading) == set()
    assert reading.signature in {SignatureKind.QCVN_NAMESPACE, SignatureKind.ABSENT}
    assert read(write(reading.message)).message == reading.message


def test_a_package_of_the_operators_library_says_what_it_was_built_from() -> None:
    message = read((_FOLDER / "sdk-new.xml").read_bytes()).message
    assert isinstance(message, Envelope)
    assert (message.subject, message.promulgation_date) == ("V/v gửi văn bản mẫu", date(2026, 11, 20))
    assert [(file.name, file.content[:5]) for file in message.attachments] == [
        ("van-ban-mau.pdf", b"%PDF-"),
        ("phu lục số 1.xlsx", message.attachments[1].content[:5]),
    ]
    assert not message.attachments[1].content.startswith(b"PK\x03\x04\x14\x00\x08")
