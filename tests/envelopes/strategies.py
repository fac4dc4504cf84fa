"""Hypothesis strategies for messages: everything the model admits, the strange included."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from io import BytesIO
from typing import Any, TypeVar
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from hypothesis import strategies as st
from lxml import etree

from envelopes import paths
from envelopes.codes import BusinessDocType, Priority, ReceiverType, StatusCode, UnknownCode, WireCode
from envelopes.extensions import canonical
from envelopes.identifiers import DocumentId, OrganId
from envelopes.model import (
    MEDIA_TYPE_ZIP,
    Attachment,
    Business,
    Code,
    DocumentType,
    Envelope,
    Extension,
    Organization,
    OtherInfo,
    Receiver,
    ReplacementInfo,
    ResponseFor,
    SignerInfo,
    StaffInfo,
    TraceHeader,
    UpdateInfo,
)
from envelopes.parser import NAMESPACE, Tag
from envelopes.paths import inside, numbered
from envelopes.status import StatusReport

_T = TypeVar("_T")

_VIETNAMESE = "ăâđêôơưĂÂĐÊÔƠƯàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệỳỷỹýỵ"
_AWKWARD = "<>&\"'\t\n \u0301\u0323\u200b\u202e\ufeff\u00a0\u2028\U0001f4dc]]>--"
_CARRIED = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
_LETTERS = st.one_of(st.sampled_from(_VIETNAMESE + _AWKWARD), _CARRIED)
_TOKEN = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8)
_PATH_IN_DISGUISE = re.compile(r"%00|%2e%2e|%2f|%5c", re.IGNORECASE)
"""Names that the model holds, since the reader must report them, but that the reader refuses."""

texts = st.text(_LETTERS, min_size=1, max_size=20).map(lambda text: text.strip() or "x")
numbers = st.integers(0, 2**31 - 1)
days = st.dates()


def maybe(strategy: st.SearchStrategy[_T]) -> st.SearchStrategy[_T | None]:
    return st.none() | strategy


def tuples_of(strategy: st.SearchStrategy[_T], *, most: int = 3) -> st.SearchStrategy[tuple[_T, ...]]:
    return st.lists(strategy, max_size=most).map(tuple)


organ_ids = st.one_of(
    st.sampled_from(["000.00.15.H51", "H26.18", "0100109106-001", "Z01abc", "vxp.saas.03", "001.00.20.TT2"]),
    st.from_regex(r"[0-9A-Za-z][0-9A-Za-z._-]{0,34}", fullmatch=True, alphabet=st.characters(max_codepoint=127)),
).map(OrganId)
document_ids = texts.map(lambda text: DocumentId("".join(filter(str.isprintable, text)).strip() or "x"))


@st.composite
def moments(draw: st.DrawFn) -> datetime:
    """Aware moments in whole seconds, in any zone that is whole minutes from UTC."""
    offset = timedelta(minutes=draw(st.integers(-14 * 60, 14 * 60)))
    naive = draw(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)))  # noqa: DTZ001
    return naive.replace(microsecond=0, tzinfo=timezone(offset))


def codes(kind: type[WireCode]) -> st.SearchStrategy[Any]:
    """Known and unknown codes; a missing one, which the model can hold too, is an error of the reader."""
    return st.sampled_from(kind) | texts.map(UnknownCode).filter(lambda code: kind.read(code.raw) == code)


def _of_texts(kind: type[_T], *names: str) -> st.SearchStrategy[_T]:
    """Return a strategy for a class of optional texts in which at least one is given."""
    values = st.fixed_dictionaries({name: maybe(texts) for name in names})
    return values.filter(lambda found: any(found.values())).map(lambda found: kind(**found))


organizations = st.builds(
    Organization,
    maybe(organ_ids),
    in_charge=maybe(texts),
    name=maybe(texts),
    address=maybe(texts),
    email=maybe(texts),
    telephone=maybe(texts),
    fax=maybe(texts),
    website=maybe(texts),
)
signers = _of_texts(SignerInfo, "full_name", "position", "competence")
staff_infos = _of_texts(StaffInfo, "department", "department_id", "staff", "staff_id", "email", "mobile")
other_infos = st.builds(
    OtherInfo,
    priority=codes(Priority),
    sphere=maybe(texts),
    typist=maybe(texts),
    copies=maybe(numbers),
    pages=maybe(numbers),
    reply_fors=maybe(texts),
    direction=st.booleans(),
    reference_codes=maybe(texts),
    appendixes=tuples_of(texts),
)
responses_for = st.builds(
    ResponseFor, maybe(organ_ids), code=maybe(texts), promulgation_date=maybe(days), document_id=maybe(document_ids)
)
trace_headers = st.tuples(maybe(organ_ids), maybe(moments())).filter(any).map(lambda hop: TraceHeader(*hop))
receivers = st.builds(Receiver, maybe(organ_ids), codes(ReceiverType))
updates = st.builds(UpdateInfo, st.booleans(), st.booleans(), tuples_of(receivers))
replacements = st.tuples(maybe(document_ids), tuples_of(organ_ids)).filter(any).map(lambda pair: ReplacementInfo(*pair))
businesses = st.builds(
    Business,
    doc_type=codes(BusinessDocType),
    reason=maybe(texts),
    document_id=maybe(document_ids),
    paper=maybe(numbers),
    updates=tuples_of(updates, most=2),
    replacements=tuples_of(replacements, most=2),
    staff=tuples_of(staff_infos, most=2),
)


def zip_of(entries: Mapping[str, bytes], compression: int = ZIP_STORED) -> bytes:
    """Return a ZIP archive of these files."""
    sink = BytesIO()
    with ZipFile(sink, "w", compression) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return sink.getvalue()


_archives = st.builds(
    zip_of,
    st.dictionaries(_TOKEN, st.binary(max_size=40), min_size=1, max_size=2),
    st.sampled_from([ZIP_STORED, ZIP_DEFLATED]),
)
contents = st.one_of(
    st.binary(min_size=1, max_size=60),
    _archives,
    _archives.map(lambda archive: zip_of({"inner.zip": archive})),
    st.binary(max_size=40).map(lambda tail: b"PK\x03\x04" + tail),
    _archives.map(lambda archive: archive[: len(archive) // 2] + archive),
)
_SUFFIXES = (".pdf", ".docx", ".zip", ".ZIP", ".xlsx", ".txt", ".p7s", ".tài liệu", ".", "")
attachment_names = (
    st.builds("{}{}".format, texts, st.sampled_from(_SUFFIXES))
    .map(lambda name: re.sub(r'[/\\:*?"<>|]', "_", "".join(filter(str.isprintable, name))).strip())
    .filter(lambda name: name not in {"", ".", ".."} and not _PATH_IN_DISGUISE.search(name))
)
_MEDIA_TYPES = ("application/pdf", "application/octet-stream", "text/plain; charset=utf-8", "Application/PDF", "x")


@st.composite
def attachments(draw: st.DrawFn) -> Attachment:
    name = draw(attachment_names)
    kinds = [*_MEDIA_TYPES, MEDIA_TYPE_ZIP] if name.endswith(".zip") else [*_MEDIA_TYPES]
    return Attachment(
        content_id=draw(texts.filter(lambda text: not text.lower().startswith("cid:"))),
        name=name,
        content=draw(contents),
        media_type=draw(st.sampled_from(kinds)),
        description=draw(maybe(texts)),
        field_name=draw(maybe(texts)),
        format=draw(maybe(attachment_names)),
    )


_NAMESPACES = ("", NAMESPACE, "urn:example:one", "urn:example:two")
_xml_texts = st.text(_LETTERS | st.just("\r"), max_size=10)


@st.composite
def elements(draw: st.DrawFn, *, depth: int = 2) -> str:
    """Elements of any namespace, with attributes, text and children; their names are in no table."""
    namespace, attribute_namespace = draw(st.sampled_from(_NAMESPACES)), draw(st.sampled_from(_NAMESPACES[1:]))
    prefix = draw(st.sampled_from(["", "a:", "edXML:"])) if namespace else ""
    declared = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    name = f"{prefix}X{draw(_TOKEN)}"
    plain, prefixed = quoteattr(draw(_xml_texts)), quoteattr(draw(_xml_texts))
    attributes = f'{declared}="{namespace}" b={plain} xmlns:q="{attribute_namespace}" q:b={prefixed}'
    children = draw(st.lists(elements(depth=depth - 1), max_size=2)) if depth else []
    inner = "".join(f"{child}{_escaped(draw(_xml_texts))}" for child in children)
    return f"<{name} {attributes}>{_escaped(draw(_xml_texts))}{inner}</{name}>"


def _escaped(text: str) -> str:
    return escape(text, {"\r": "&#13;"})


def extensions_at(places: list[str]) -> st.SearchStrategy[tuple[Extension, ...]]:
    """Unknown elements in some of these places; beside the attachments they hold text only."""

    def at(path: str) -> st.SearchStrategy[Extension]:
        depth = 0 if path == paths.ENCODED else 2
        return elements(depth=depth).map(lambda xml: Extension(path, canonical(etree.fromstring(xml))))

    return tuples_of(st.sampled_from(places).flatmap(at))


@st.composite
def envelopes(draw: st.DrawFn) -> Envelope:
    files = draw(st.lists(attachments(), max_size=2, unique_by=lambda file: file.content_id))
    plain = draw(
        st.builds(
            Envelope,
            sender=organizations,
            recipients=tuples_of(organizations),
            document_id=maybe(document_ids),
            code=st.builds(Code, maybe(texts), maybe(texts)),
            subject=maybe(texts),
            promulgation_place=maybe(texts),
            promulgation_date=maybe(days),
            document_type=st.builds(DocumentType, maybe(texts), maybe(numbers), numbers),
            content=maybe(texts),
            signer=maybe(signers),
            due_date=maybe(days),
            other=other_infos,
            responses_for=tuples_of(responses_for.filter(lambda item: item != ResponseFor(None)), most=2),
            steering_type=numbers,
            task_codes=tuples_of(texts),
            application_type=maybe(texts),
            to_places=tuples_of(texts),
            trace=tuples_of(trace_headers),
            business=businesses,
            attachments=st.just(tuple(files)),
        )
    )
    return replace(plain, extensions=draw(extensions_at(list(places_in(plain)))))


@st.composite
def status_reports(draw: st.DrawFn) -> StatusReport:
    return StatusReport(
        sender=draw(organizations),
        response_for=draw(responses_for),
        status=draw(codes(StatusCode)),
        description=draw(maybe(texts)),
        timestamp=draw(maybe(moments())),
        staff=draw(maybe(staff_infos)),
        extensions=draw(extensions_at(sorted(paths.STATUS_PLACES))),
    )


def places_in(message: Envelope) -> Iterator[str]:
    """Yield the path of every element that the written message has or may be given."""
    business = message.business
    counts: dict[str, list[int]] = {
        paths.TO: [len(message.recipients)],
        paths.RESPONSE_FOR: [len(message.responses_for)],
        paths.TRACE: [len(message.trace)],
        paths.UPDATE: [len(business.updates)],
        paths.REPLACEMENT: [len(business.replacements)],
        paths.STAFF: [len(business.staff)],
        paths.REFERENCE: [len(message.attachments)],
        paths.ATTACHMENT: [len(message.attachments)],
    }
    for place in paths.DOCUMENT_PLACES:
        repeated = next((item for item in counts if place == item or place.startswith(f"{item}.")), None)
        if repeated is None:
            yield place
        elif not place.endswith(f".{Tag.RECEIVER}"):
            yield from (f"{numbered(repeated, n)}{place[len(repeated) :]}" for n in range(1, counts[repeated][0] + 1))
    for number, update in enumerate(business.updates, 1):
        listed = inside(numbered(paths.UPDATE, number), Tag.RECEIVER_LIST)
        yield from (inside(listed, Tag.RECEIVER, number=n) for n in range(1, len(update.receivers) + 1))


messages: st.SearchStrategy[Envelope | StatusReport] = envelopes() | status_reports()
