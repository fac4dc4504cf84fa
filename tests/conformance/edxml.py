"""Packages built by the axis operator's own library, and variations judged by its parser: read alike, or why not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, Final

from envelopes.errors import Finding, Severity, UnreadableMessage
from envelopes.fitness import unfit
from envelopes.obstacles import Obstacle, unreadable
from envelopes.prescan import stands_before_prolog
from envelopes.reader import Reading, read
from envelopes.status import StatusReport
from envelopes.validation import validate
from envelopes.writer import write
from tests.conformance.folder import FOLDER, has
from tests.conformance.outcomes import Outcome, Why

NAME: Final = "edxml"
Case = dict[str, Any]
_FOLDER: Final = FOLDER / NAME

REFUSED: Final = {
    # Read by the operator's parser, refused here by name, and why.
    "ns: envelope right, children wrong namespace": (
        "package/foreign-namespace",
        Why.HOSTILE,
    ),  # readers would disagree
    "root: Foo in no namespace": ("package/wrong-root", Why.NO_MESSAGE),  # any file could be a package otherwise
    "sig: two signatures": ("package/repeated-element", Why.HOSTILE),  # the last one wins there
    "ns: undeclared xlink prefix (as the operator's edoc.edxml)": ("package/undeclared-prefix", Why.NOT_XML),
    "extra: comments, PI, CDATA": ("package/comment-in-text", Why.HOSTILE),  # the comment stands inside Subject
    "el: no MessageHeader": ("package/no-message-header", Why.NO_MESSAGE),  # neither a document nor a status
    "el: duplicated Subject": ("package/repeated-element", Why.HOSTILE),  # the last one wins there
    "enc: UTF-16 with BOM": ("package/not-utf8", Why.NOT_XML),
    "enc: declared ISO-8859-1, bytes UTF-8": ("package/not-utf8", Why.NOT_XML),  # read as rubbish there
    "dtd: internal entity": ("package/doctype", Why.HOSTILE),
    "dtd: external file entity": ("package/doctype", Why.HOSTILE),
    "dtd: entity expansion 10^4 x 3": ("package/doctype", Why.HOSTILE),
    "two ResponseFor": ("package/repeated-element", Why.HOSTILE),  # the last one wins there
}

DIFFERENT: Final = {
    # Read by both, to something else here: the fields that differ beyond what the index says, and why.
    "extra: unknown elements everywhere but in AttachmentEncoded": ({"extensions"}, Why.KEPT),
    "extra: unknown element in Attachment": ({"extensions"}, Why.KEPT),
    "extra: unknown empty element in AttachmentEncoded": ({"extensions"}, Why.KEPT),
    "att: FieldName, MimeType": ({"extensions"}, Why.KEPT),  # the model knows no MimeType
    "int: Priority 'x'": ({"other"}, Why.WRONG_VALUE),  # taken as 0 there; kept here, and refused by the rules
    "int: Priority ' 3 '": ({"other"}, Why.WRONG_VALUE),  # taken as 0 there
    "with To": ({"extensions"}, Why.KEPT),  # not part of a status: kept, not used; likewise the next two
    "with Subject, trace, signature, body, AttachmentEncoded": ({"extensions"}, Why.KEPT),
    "TraceHeaderList element order before MessageHeader": ({"extensions"}, Why.KEPT),
}

ERRORS: Final = {
    # Read by the operator's parser, and here too, but with an error: such a package is not accepted.
    "att: base64 rubbish": ({"T.Attachment.ContentTransferEncoded"}, Why.HOSTILE),
    "att: zip entry ../ traversal": ({"M.Attachment.ContentTransferEncoded"}, Why.HOSTILE),
    "att: name ../../x.pdf": ({"M.Attachment.AttachmentName"}, Why.HOSTILE),
    # Takes the first of several alone there.
    "att: two-entry zip, application/zip, name .pdf": ({"M.Attachment.ContentType"}, Why.HOSTILE),
    "att: empty zip, application/zip": ({"M.Attachment.ContentType"}, Why.HOSTILE),
    "att: zip with directory entry first": ({"M.Attachment.ContentType"}, Why.HOSTILE),
    "att: no ContentId": ({"N.Attachment.ContentId", "M.Body.Manifest.Reference"}, Why.UNPAIRED_FILE),
    "att: ContentId differs from manifest": ({"M.Attachment", "M.Body.Manifest.Reference"}, Why.UNPAIRED_FILE),
    "att: attachment missing, manifest has it": ({"M.Body.Manifest.Reference"}, Why.UNPAIRED_FILE),
    "att: no AttachmentEncoded element": ({"M.Body.Manifest.Reference"}, Why.UNPAIRED_FILE),
    "body: none": ({"M.Attachment"}, Why.UNPAIRED_FILE),
    "date: PromulgationDate '2014/02/30'": (
        {"T.MessageHeader.PromulgationInfo.PromulgationDate"},  # 2 March there
        Why.WRONG_VALUE,
    ),
    "date: PromulgationDate 'x'": ({"T.MessageHeader.PromulgationInfo.PromulgationDate"}, Why.WRONG_VALUE),
    "int: SteeringType '-1'": ({"T.MessageHeader.SteeringType"}, Why.WRONG_VALUE),
    # A status with files.
    "with Subject, trace, signature, body, AttachmentEncoded": ({"M.AttachmentEncoded"}, Why.NO_MESSAGE),
}

_TODAY: Final = date(2026, 11, 22)
_LISTED_MAX: Final = 12
"""The index lists no more differences than this for one file."""

_UNPAIRED: Final = frozenset({"M.Body.Manifest.Reference", "M.Body.Manifest.Reference.AttachmentName"})
"""What the `att:` files have besides: their manifest still lists the two files of the baseline, under other names."""

_FIELDS: Final = {
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


def variations() -> list[Case]:
    """Return the variations; none where there are no vectors."""
    if not has(f"{NAME}/variations/index.json"):
        return []
    found: list[Case] = json.loads((_FOLDER / "variations" / "index.json").read_text("utf-8"))
    return found


def packages() -> list[Path]:
    """Return the packages of the operator's library."""
    return sorted(_FOLDER.glob("sdk-*.xml"))


def package(name: str) -> bytes:
    """Return one package of the operator's library."""
    return (_FOLDER / name).read_bytes()


def octets(case: Case) -> bytes:
    """Return the octets of a variation."""
    return (_FOLDER / "variations" / str(case["file"])).read_bytes()


def baseline(case: Case) -> Reading:
    """Return what a variation was made from, as it is read here."""
    return read((_FOLDER / "variations" / f"{case['kind']}-000-baseline.xml").read_bytes())


def said_to_differ(case: Case, kind: type) -> set[str]:
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


def is_cut_off(case: Case) -> bool:
    """Return whether the index lists only the first of many differences, so that others are to be expected."""
    return len(case["differs_from_baseline"]) >= _LISTED_MAX and not is_about_files(case)


def is_about_files(case: Case) -> bool:
    """Return whether a variation has other files than the baseline, under a manifest that still lists those."""
    return str(case["variation"]).startswith("att:")


def differing(reading: Reading, other: Reading) -> set[str]:
    """Return the fields in which two messages of one kind differ."""
    names = [field.name for field in fields(reading.message)]
    return {name for name in names if getattr(reading.message, name) != getattr(other.message, name)}


def errors(reading: Reading) -> set[str]:
    """Return the codes of what could not be read as it stood."""
    return {finding.code for finding in reading.findings if finding.severity is Severity.ERROR}


def errors_of(case: Case) -> set[str]:
    """Return the same for a variation, without what its manifest alone has to do with."""
    expected = ERRORS.get(case["variation"], (frozenset[str](), None))[0]
    found = errors(read(octets(case)))
    return found - (_UNPAIRED - expected) if is_about_files(case) else found


def told(case: Case) -> tuple[Finding, ...]:
    """Return what the door tells of a variation, whoever signed it."""
    try:
        reading = read(octets(case))
    except UnreadableMessage as refusal:
        return (refusal.finding,)
    if stands_before_prolog(octets(case)):
        return (unreadable(Obstacle.JUNK_BEFORE_PROLOG).finding,)
    rules = validate(reading.message, today=_TODAY)
    return (*unfit(reading), *reading.findings, *rules)


def codes_at_the_door(case: Case) -> set[str]:
    """Return the codes of what does not pass the door, without what its manifest alone has to do with."""
    codes = {one.code for one in told(case) if one.severity is Severity.ERROR}
    return codes - _UNPAIRED if is_about_files(case) else codes


def judged(case: Case) -> Outcome:
    """Return how our reading of a variation compares with that of the operator's parser.

    What that parser fails at must not pass our door: a recipient could not read it.
    """
    name = str(case["variation"])
    if case["sdk_parser"] == "fails":
        return Outcome.agrees(name) if codes_at_the_door(case) else Outcome.disagrees(name)
    try:
        reading = read(octets(case))
    except UnreadableMessage as refusal:
        code, why = REFUSED.get(name, ("", Why.UNEXPLAINED))
        return Outcome.disagrees(name, why if refusal.finding.code == code else Why.UNEXPLAINED)
    if found := errors_of(case):
        expected, why = ERRORS.get(name, (set[str](), Why.UNEXPLAINED))
        return Outcome.disagrees(name, why if found == expected else Why.UNEXPLAINED)
    return _compared(case, reading)


def _compared(case: Case, reading: Reading) -> Outcome:
    name, origin = str(case["variation"]), baseline(case)
    if name == "document parsed as status":
        return Outcome.agrees(name)  # asked of their parser by its caller; here the message says what it is
    kind = type(origin.message)
    beyond = differing(reading, origin) - said_to_differ(case, kind)
    if not beyond or is_cut_off(case):
        return Outcome.agrees(name)
    allowed, why = DIFFERENT.get(name, (set[str](), Why.UNEXPLAINED))
    return Outcome.disagrees(name, why if beyond <= allowed else Why.UNEXPLAINED)


def outcomes() -> Iterator[Outcome]:
    """Yield what became of every package and every variation."""
    for path in packages():
        reading = read(path.read_bytes())
        is_alike = not errors(reading) and read(write(reading.message)).message == reading.message
        yield Outcome.agrees(path.name) if is_alike else Outcome.disagrees(path.name)
    yield from map(judged, variations())
