"""Two submissions are the same exactly when the domain says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envelopes.codes import BusinessDocType, StatusCode, UnknownCode
from envelopes.identifiers import DocumentId, OrganId
from envelopes.model import Business, Code, Envelope
from envelopes.texts import VIETNAM
from routing.errors import InvalidEntry
from routing.identity import (
    DocumentNumber,
    Repeat,
    SubmissionKey,
    SubmissionKind,
    document_number,
    judge_repeat,
    key_of_document,
    key_of_status,
)
from tests.routing.examples import digest, envelope, organ, recall, replacement, status, update

A, B = digest("a"), digest("b")

# Worked out by hand from the encoding: a change would let every submission of the past be repeated.
DOCUMENT_DIGEST = "da90477fcdaaa050b25901f2337cfb812e901bac37a3220becac3aee3529dd43"
NUMBER_DIGEST = "9eff04cad183877bfb0693ec9d323d957f6b8312b9023c7db344dcb97a70997b"


def key(message: Envelope, content: bytes = A, sender: str = "H26") -> SubmissionKey:
    made = key_of_document(organ(sender), message, content_digest=content)
    assert made is not None
    return made


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 31, b"x" * 33])
def test_a_content_digest_is_a_sha_256(content: bytes) -> None:
    with pytest.raises(InvalidEntry, match="SHA-256"):
        key_of_document(organ("H26"), envelope(), content_digest=content)
    with pytest.raises(InvalidEntry, match="SHA-256"):
        judge_repeat(None, content)
    with pytest.raises(InvalidEntry, match="SHA-256"):
        judge_repeat(content, A)


def test_a_message_that_cannot_be_identified_has_no_key() -> None:
    unknown = envelope(business=Business(UnknownCode("7")))
    assert key_of_document(organ("H26"), envelope(name=None), content_digest=A) is None
    assert key_of_document(organ("H26"), unknown, content_digest=A) is None


@pytest.mark.parametrize("business", [Business(), replacement("vb-0")])
def test_a_document_is_identified_without_its_content(business: Business) -> None:
    message = envelope(business=business)
    assert key(message, A) == key(message, B)
    assert key(message) != key(message, sender="H41")
    assert key(message) != key(replace(message, document_id=DocumentId("vb-2")))


def test_a_new_document_and_a_replacement_share_their_ids() -> None:
    assert key(envelope()) == key(envelope(business=replacement("vb-0")))


@pytest.mark.parametrize("business", [recall("vb-1"), update("vb-1")])
def test_an_operation_is_identified_by_its_content_too(business: Business) -> None:
    message = envelope(business=business)
    assert key(message, A) != key(message, B)
    assert key(message, A) == key(message, A)
    assert key(message) != key(envelope())


def test_a_recall_is_no_update() -> None:
    assert key(envelope(business=recall("vb-1"))) != key(envelope(business=update("vb-1")))


def test_the_spelling_of_from_does_not_matter_for_the_canonical_id_decides() -> None:
    assert key(envelope("000.00.00.H26")) == key(envelope("H26"))
    assert key(envelope(), sender="h26").digest() == key(envelope(), sender="H26").digest()


def test_each_part_of_a_status_tells_it_apart() -> None:
    report = status("H41", StatusCode.RECEIVED, to="H26")
    others = [
        key_of_status(organ("G22"), report, addressee=organ("H26")),
        key_of_status(organ("H41"), report, addressee=organ("G22")),
        key_of_status(organ("H41"), replace(report, status=StatusCode.ASSIGNED), addressee=organ("H26")),
        key_of_status(organ("H41"), replace(report, timestamp=None), addressee=organ("H26")),
        key_of_status(organ("H41"), status("H41", StatusCode.RECEIVED, to="H26", about="x"), addressee=organ("H26")),
        key_of_status(organ("H41"), status("H41", StatusCode.RECEIVED, to="H26", about=None), addressee=organ("H26")),
    ]
    keys = [key_of_status(organ("H41"), report, addressee=organ("H26")), *others]
    assert len({one.digest() for one in keys}) == len(keys)


def test_the_words_of_a_status_do_not_tell_it_apart() -> None:
    report = status("H41", StatusCode.REFUSED, to="H26")
    other = replace(report, description="Sai thẩm quyền")
    assert key_of_status(organ("H41"), report, addressee=organ("H26")) == key_of_status(
        organ("H41"), other, addressee=organ("H26")
    )


def at(moment: datetime) -> SubmissionKey:
    report = replace(status("H41", StatusCode.RECEIVED, to="H26"), timestamp=moment)
    return key_of_status(organ("H41"), report, addressee=organ("H26"))


def test_the_time_of_a_status_is_a_moment_in_whatever_offset() -> None:
    moment = datetime(2026, 11, 23, 9, 30, tzinfo=VIETNAM)
    assert at(moment) == at(moment.astimezone(UTC))
    assert at(moment) != at(moment + timedelta(seconds=1))
    assert at(moment) != at(moment.replace(tzinfo=UTC))


def test_times_at_the_ends_of_the_calendar_are_keys_all_the_same() -> None:
    first, last = datetime(1, 1, 1, tzinfo=VIETNAM), datetime(9999, 12, 31, 23, 59, 59, tzinfo=VIETNAM)
    assert at(first) != at(last)


def test_digests_never_change() -> None:
    assert SubmissionKey(SubmissionKind.DOCUMENT, (b"H26", b"vb-1")).digest().hex() == DOCUMENT_DIGEST
    assert DocumentNumber(organ("H26"), "5", "qđ-ubnd", 2026).digest().hex() == NUMBER_DIGEST


parts = st.lists(st.none() | st.binary(max_size=3), max_size=4).map(tuple)
keys = st.builds(SubmissionKey, st.sampled_from(SubmissionKind), parts)


@given(keys, keys)
def test_digests_are_equal_exactly_when_keys_are(one: SubmissionKey, other: SubmissionKey) -> None:
    assert (one.digest() == other.digest()) == (one == other)
    assert len(one.digest()) == 32


def test_parts_cannot_run_into_each_other() -> None:
    rows = [(b"ab", b"c"), (b"a", b"bc"), (b"abc",), (b"abc", b""), (b"abc", None), (None, b"abc")]
    assert len({SubmissionKey(SubmissionKind.DOCUMENT, row).digest() for row in rows}) == len(rows)


def test_what_stands_beside_an_accepted_message() -> None:
    assert judge_repeat(None, A) is Repeat.FIRST
    assert judge_repeat(A, A) is Repeat.REPEAT
    assert judge_repeat(B, A) is Repeat.CONFLICT


def numbered(number: str | None, notation: str | None, day: date | None = date(2026, 11, 20)) -> DocumentNumber | None:
    message = replace(envelope(), code=Code(number, notation), promulgation_date=day)
    return document_number(OrganId("H26"), message)


@pytest.mark.parametrize("number", ["05", "5", "0005"])
@pytest.mark.parametrize("notation", ["QĐ-UBND", "qđ-ubnd", "qđ-UBND"])
def test_a_number_is_the_same_with_zeros_and_in_either_case(number: str, notation: str) -> None:
    assert numbered(number, notation) == numbered("5", "QĐ-UBND")


def test_a_number_is_the_same_however_its_letters_are_composed() -> None:
    assert numbered("5", "CV-Sở") == numbered("5", "CV-So\u031b\u0309")


def test_another_number_notation_year_or_sender_is_another() -> None:
    one = numbered("5", "QĐ-UBND")
    assert one is not None
    others = [
        numbered("50", "QĐ-UBND"),
        numbered("5a", "QĐ-UBND"),
        numbered("5", "CV-UBND"),
        numbered("5", "QĐ-UBND", date(2027, 1, 1)),
        replace(one, sender=organ("H41")),
    ]
    assert len({other.digest() for other in [one, *others] if other is not None}) == 6
    assert numbered("0", "QĐ-UBND") == numbered("00", "QĐ-UBND")


@pytest.mark.parametrize(
    ("number", "notation", "day"), [(None, "QĐ", date(2026, 1, 1)), ("5", None, date(2026, 1, 1)), ("5", "QĐ", None)]
)
def test_an_incomplete_number_is_none(number: str | None, notation: str | None, day: date | None) -> None:
    assert numbered(number, notation, day) is None


def test_types_are_all_decided() -> None:
    kinds = {doc_type: key(envelope(business=Business(doc_type))).kind for doc_type in BusinessDocType}
    assert kinds == {
        BusinessDocType.NEW: SubmissionKind.DOCUMENT,
        BusinessDocType.RECALL: SubmissionKind.OPERATION,
        BusinessDocType.UPDATE: SubmissionKind.OPERATION,
        BusinessDocType.REPLACE: SubmissionKind.DOCUMENT,
    }


def test_times_before_the_epoch_count_too() -> None:
    assert at(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)).parts[-1] == b"-1"
