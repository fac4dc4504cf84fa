"""The model refuses at construction what the format could not carry, so that writing never fails or loses anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from envelopes import paths
from envelopes.codes import BusinessDocType, UnknownCode
from envelopes.errors import InvalidModel
from envelopes.identifiers import DocumentId
from envelopes.limits import EXTENSION_BYTES_MAX, TEXT_MAX
from envelopes.model import (
    Business,
    Code,
    DocumentType,
    Extension,
    Organization,
    OtherInfo,
    Receiver,
    ReplacementInfo,
    ResponseFor,
    SignerInfo,
    StaffInfo,
    TraceHeader,
)
from envelopes.paths import numbered
from envelopes.texts import VIETNAM
from tests.envelopes.builders import EARLIER_DOCUMENT_ID, attachment, envelope, recall, status_report

EXTENSION = b"<Xa></Xa>"


@pytest.mark.parametrize("text", ["", " a", "a ", "a\u00a0", "\ta", "a\rb", "a\x00b", "a\x1fb", "a\ufffeb", "a\ud800b"])
def test_refuses_texts_that_would_come_back_changed(text: str) -> None:
    with pytest.raises(InvalidModel):
        Code(number=text, notation=None)


def test_refuses_texts_over_the_limit_and_in_lists() -> None:
    with pytest.raises(InvalidModel):
        Organization(None, name="x" * (TEXT_MAX + 1))
    with pytest.raises(InvalidModel):
        envelope(to_places=("Như trên", " "))


def test_takes_inner_blanks_and_any_script() -> None:
    assert Code("12 \t\n 3", "QĐ–\U0001f4dc").number == "12 \t\n 3"


@pytest.mark.parametrize("number", [-1, 2**31])
def test_refuses_numbers_that_receivers_cannot_read(number: int) -> None:
    with pytest.raises(InvalidModel):
        OtherInfo(copies=number)
    with pytest.raises(InvalidModel):
        DocumentType(None, detail=number)
    with pytest.raises(InvalidModel):
        envelope(steering_type=number)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 20, 8, 15),  # noqa: DTZ001  the failing side
        datetime(2026, 11, 20, 8, 15, microsecond=1, tzinfo=VIETNAM),
        datetime(9999, 12, 31, 23, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=8))),
        datetime(2026, 11, 20, tzinfo=timezone(timedelta(microseconds=1))),
    ],
)
def test_refuses_times_that_are_no_whole_second_of_vietnam(moment: datetime) -> None:
    with pytest.raises(InvalidModel):
        TraceHeader(None, moment)
    with pytest.raises(InvalidModel):
        status_report(timestamp=moment)


@pytest.mark.parametrize("raw", ["0", "04", " 9", "9 ", "a\rb", "a\x00"])
def test_refuses_an_unknown_code_that_a_reader_would_know_or_change(raw: str) -> None:
    with pytest.raises(InvalidModel):
        OtherInfo(priority=UnknownCode(raw))


def test_refuses_an_empty_code_where_a_missing_one_means_something() -> None:
    with pytest.raises(InvalidModel):
        OtherInfo(priority=UnknownCode(""))
    with pytest.raises(InvalidModel):
        Business(UnknownCode(""))
    assert status_report(UnknownCode("")).status == UnknownCode("")


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (SignerInfo, (None,)),
        (StaffInfo, ()),
        (TraceHeader, (None, None)),
        (ReplacementInfo, (None, ())),
        (Receiver, (None, UnknownCode(""))),
    ],
)
def test_refuses_elements_with_nothing_in_them(kind: Any, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidModel):
        kind(*arguments)


def test_refuses_an_empty_answer_in_a_document_but_not_in_a_status() -> None:
    with pytest.raises(InvalidModel):
        envelope(responses_for=(ResponseFor(None),))
    assert status_report(response_for=ResponseFor(None)).response_for == ResponseFor(None)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "a:b", "a\x00b", "a\nb", "a\u202eb", " a", "x" * 201])
def test_refuses_attachment_names_that_are_unsafe_to_save(name: str) -> None:
    with pytest.raises(InvalidModel):
        attachment(name)


@pytest.mark.parametrize("suffix", ["a/b", "a\\b", "..", "a\tb", "x" * 201])
def test_refuses_formats_that_receivers_cannot_store_under(suffix: str) -> None:
    assert replace(attachment(), format="pdf").format == "pdf"
    with pytest.raises(InvalidModel):
        replace(attachment(), format=suffix)


@pytest.mark.parametrize("content_id", ["", "cid:1", "CID:1", " 1"])
def test_refuses_content_ids_that_are_not_bare(content_id: str) -> None:
    with pytest.raises(InvalidModel):
        attachment(content_id=content_id)


def test_refuses_two_files_with_one_content_id() -> None:
    with pytest.raises(InvalidModel):
        envelope(attachments=(attachment("a.pdf"), attachment("b.pdf")))


@pytest.mark.parametrize("name", ["a.pdf", "a", "zip", "a.ZIP"])
def test_keeps_the_label_by_which_receivers_unpack_for_zip_files(name: str) -> None:
    # The operator's library compares the suffix with its case: it unpacks a.ZIP with this label, but not a.zip.
    for label in ("application/zip", "Application/ZIP"):
        with pytest.raises(InvalidModel):
            attachment(name, media_type=label)
    assert attachment("a.zip", media_type="application/zip").media_type == "application/zip"


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"text",
        b"<Xa>",
        b"<Xa/>",  # not canonical
        b"<Xa></Xa> ",
        b"<Xa></Xa><Xb></Xb>",
        b"<Xa b='1'></Xa>",
        b"<p:Xa></p:Xa>",
        b"<Xa>&b;</Xa>",
        b"<!--c--><Xa></Xa>",
        b"</edXML:MessageHeader><Xa></Xa>",
        b"<Xa>" + b"x" * EXTENSION_BYTES_MAX + b"</Xa>",
    ],
)
def test_refuses_extensions_that_are_not_one_canonical_element(xml: bytes) -> None:
    with pytest.raises(InvalidModel):
        Extension(paths.MESSAGE_HEADER, xml)


@pytest.mark.parametrize(
    "path",
    [
        "nowhere",
        paths.TO,  # which one?
        numbered(paths.TO, 3),
        numbered(paths.TO, 0),
        "MessageHeader[1]",
        numbered(paths.FROM, 1),
        numbered(paths.UPDATE, 1),
        f"{numbered(paths.STAFF, 1)}.Email",
        paths.STATUS_STAFF,
        "Header.MessageHeader",
    ],
)
def test_refuses_extensions_in_places_the_message_does_not_have(path: str) -> None:
    with pytest.raises(InvalidModel):
        envelope(extensions=(Extension(path, EXTENSION),))


@pytest.mark.parametrize(
    "path", [paths.ROOT, paths.SIGNER, paths.TASKS, numbered(paths.TO, 2), numbered(paths.STAFF, 1)]
)
def test_takes_extensions_in_single_elements_and_in_items_that_are_there(path: str) -> None:
    assert envelope(extensions=(Extension(path, EXTENSION),)).extensions[0].path == path


@pytest.mark.parametrize(
    "xml",
    [b"<Subject></Subject>", b'<p:Subject xmlns:p="urn:example"></p:Subject>', b'<From xmlns="urn:example"></From>'],
)
def test_refuses_extensions_with_a_name_that_is_known_in_their_place(xml: bytes) -> None:
    with pytest.raises(InvalidModel):
        envelope(extensions=(Extension(paths.MESSAGE_HEADER, xml),))
    assert envelope(extensions=(Extension(paths.SIGNER, xml),)).extensions


def test_refuses_elements_with_children_beside_the_attachments() -> None:
    with pytest.raises(InvalidModel):
        Extension(paths.ENCODED, b"<Xa><Xb></Xb></Xa>")
    assert Extension(paths.ENCODED, b"<Xa>b</Xa>").xml


def test_status_messages_have_their_own_places() -> None:
    assert status_report(extensions=(Extension(paths.STATUS_STAFF, EXTENSION),)).extensions
    assert status_report(extensions=(Extension(paths.RESPONSE_FOR, EXTENSION),)).extensions
    for path in (numbered(paths.RESPONSE_FOR, 1), paths.OTHER_INFO):
        with pytest.raises(InvalidModel):
            status_report(extensions=(Extension(path, EXTENSION),))


def test_order_of_extensions_matters_only_inside_one_element() -> None:
    first, second = Extension(paths.SIGNER, b"<Xa></Xa>"), Extension(paths.SIGNER, b"<Xb></Xb>")
    elsewhere = Extension(paths.FROM, EXTENSION)
    assert envelope(extensions=(first, second, elsewhere)) == envelope(extensions=(elsewhere, first, second))
    assert envelope(extensions=(first, second)) != envelope(extensions=(second, first))


def test_recall_speaks_of_the_earlier_document_or_of_its_own_id() -> None:
    assert recall().target_document_id == DocumentId(EARLIER_DOCUMENT_ID)
    assert recall(business=Business(BusinessDocType.RECALL)).target_document_id == recall().document_id


def test_prints_number_and_notation_with_a_slash() -> None:
    assert str(Code("123", "QĐ-BNV")) == "123/QĐ-BNV"
    assert str(Code(None, "QĐ-BNV")) == "QĐ-BNV"
