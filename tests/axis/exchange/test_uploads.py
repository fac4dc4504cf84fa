"""Packages in chunks: kept once, in order, of whom they are; submitted as if they had come at once; gone in a day."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from axis.errors import NotFound
from axis.exchange import uploads as uploads_module
from axis.exchange.outcomes import Acceptance, Refusal
from axis.exchange.uploads import Uploads
from axis.stores import open_staging
from envelopes.errors import UnreadableMessage
from envelopes.packages import package_of
from routing import uploads as rules
from routing.uploads import CLEARED_AFTER, UPLOAD_LASTS, UploadFault, UploadId, UploadState
from storage.errors import BlobCorrupt, BlobStoreUnavailable, StoreFault
from storage.records import ChunkRecord, UploadRecord
from tests.axis.exchange.uploading import (
    LARGEST,
    OTHER,
    STEP,
    begin,
    chunk,
    fault,
    letter,
    put_off,
    send,
    waiting,
    whole,
)
from tests.fixtures.exchange import SENDER, Exchange


def test_a_package_in_chunks_is_accepted_like_any_other_and_tells_its_receipt_again(
    exchange: Exchange, uploads: Uploads
) -> None:
    package, caller = letter(exchange), exchange.caller(SENDER)
    upload_id = whole(exchange, uploads, package)
    assert waiting(exchange) != []
    accepted = uploads.submit(upload_id, caller)
    assert isinstance(accepted, Acceptance)
    assert accepted.raw_digest == hashlib.sha256(package).hexdigest()
    assert waiting(exchange) == []
    again = uploads.submit(upload_id, caller)
    assert isinstance(again, Acceptance)
    assert (again.receipt, again.is_repeat) == (accepted.receipt, True)
    direct = exchange.axis.intake.submit(package_of(package), caller)
    assert isinstance(direct, Acceptance)
    assert direct.receipt == accepted.receipt
    assert uploads.look(upload_id, caller).envelope_id == accepted.envelope_id
    assert begin(exchange, uploads, package).upload_id == upload_id


def test_whoever_lost_its_memory_finds_its_upload_and_goes_on(exchange: Exchange, uploads: Uploads) -> None:
    package, caller = letter(exchange), exchange.caller(SENDER)
    first = begin(exchange, uploads, package)
    uploads.append(first.upload_id, chunk(package, 0), caller=caller)
    again = begin(exchange, uploads, package)
    assert (again.upload_id, again.received) == (first.upload_id, STEP)
    another_process = Uploads(
        exchange.axis.premises,
        open_staging(exchange.axis.settings.blobs, exchange.clock.now),
        intake=exchange.axis.intake,
        largest=LARGEST,
    )
    send(exchange, another_process, first.upload_id, package, start=STEP)
    assert isinstance(another_process.submit(first.upload_id, caller), Acceptance)


def test_a_chunk_whose_answer_was_lost_is_sent_again(exchange: Exchange, uploads: Uploads) -> None:
    package, caller = letter(exchange), exchange.caller(SENDER)
    upload_id = begin(exchange, uploads, package).upload_id
    for _ in range(2):
        assert uploads.append(upload_id, chunk(package, 0), caller=caller).received == STEP
    uploads.append(upload_id, chunk(package, STEP), caller=caller)
    assert uploads.append(upload_id, chunk(package, 0), caller=caller).received == 2 * STEP


def test_chunks_out_of_order_with_other_octets_too_long_or_too_small_change_nothing(
    exchange: Exchange, uploads: Uploads
) -> None:
    package, caller = letter(exchange), exchange.caller(SENDER)
    upload_id = begin(exchange, uploads, package).upload_id
    uploads.append(upload_id, chunk(package, 0), caller=caller)
    other = chunk(package[1:], 0)
    for wrong, expected in (
        (chunk(package, 2 * STEP), UploadFault.OFFSET),
        (chunk(package, STEP - 1), UploadFault.OFFSET),
        (other, UploadFault.OFFSET),
        (chunk(package + bytes(STEP), STEP, len(package)), UploadFault.TOO_LONG),
        (chunk(package, STEP, 99), UploadFault.CHUNK_TOO_SMALL),
    ):
        assert fault(partial(uploads.append, upload_id, wrong, caller=caller)) == (expected, STEP)
    lying = replace(chunk(package, STEP), digest=bytes(32))
    with pytest.raises(BlobCorrupt):
        uploads.append(upload_id, lying, caller=caller)
    assert uploads.look(upload_id, caller).received == STEP
    assert fault(lambda: uploads.submit(upload_id, caller)) == (UploadFault.INCOMPLETE, STEP)


def test_octets_that_are_not_the_announced_ones_end_the_upload(exchange: Exchange, uploads: Uploads) -> None:
    package, caller = letter(exchange), exchange.caller(SENDER)
    digest = hashlib.sha256(b"another file").digest()
    upload_id = uploads.begin(len(package), digest, caller=caller).upload_id
    send(exchange, uploads, upload_id, package)
    assert fault(lambda: uploads.submit(upload_id, caller))[0] is UploadFault.OTHER_DIGEST
    assert waiting(exchange) == []
    assert fault(lambda: uploads.submit(upload_id, caller))[0] is UploadFault.ENDED


def test_what_is_refused_can_be_submitted_again_and_has_its_evidence_each_time(
    exchange: Exchange, uploads: Uploads
) -> None:
    package = letter(exchange).replace("Văn bản.pdf".encode(), "Văn bảo.pdf".encode())
    upload_id = whole(exchange, uploads, package)
    for _ in range(2):
        refused = uploads.submit(upload_id, exchange.caller(SENDER))
        assert isinstance(refused, Refusal)
        assert refused.findings[0].code == "signature/altered"
    unreadable = whole(exchange, uploads, b"--no package" * 30)
    with pytest.raises(UnreadableMessage):
        uploads.submit(unreadable, exchange.caller(SENDER))


def test_an_upload_is_its_systems_own(exchange: Exchange, uploads: Uploads) -> None:
    package = letter(exchange)
    upload_id = whole(exchange, uploads, package)
    stranger = exchange.caller(OTHER)
    deeds: tuple[Callable[[], object], ...] = (
        lambda: uploads.look(upload_id, stranger),
        lambda: uploads.append(upload_id, chunk(package, 0), caller=stranger),
        lambda: uploads.submit(upload_id, stranger),
        lambda: uploads.abort(upload_id, stranger),
    )
    for deed in deeds:
        with pytest.raises(NotFound):
            deed()
    assert begin(exchange, uploads, package, by=OTHER).upload_id != upload_id
    assert isinstance(uploads.submit(upload_id, exchange.caller(SENDER)), Acceptance)
    for deed in deeds:
        with pytest.raises(NotFound):
            deed()


def test_what_is_given_up_is_gone_and_takes_nothing_more(exchange: Exchange, uploads: Uploads) -> None:
    package, caller = letter(exchange), exchange.caller(SENDER)
    upload_id = begin(exchange, uploads, package).upload_id
    uploads.append(upload_id, chunk(package, 0), caller=caller)
    uploads.abort(upload_id, caller)
    assert waiting(exchange) == []
    assert fault(lambda: uploads.append(upload_id, chunk(package, STEP), caller=caller))[0] is UploadFault.ENDED
    assert fault(lambda: uploads.submit(upload_id, caller))[0] is UploadFault.ENDED
    uploads.abort(upload_id, caller)
    assert begin(exchange, uploads, package).upload_id != upload_id


def test_after_an_acceptance_nothing_more_is_taken_and_giving_up_takes_nothing_back(
    exchange: Exchange, uploads: Uploads
) -> None:
    package, caller = letter(exchange), exchange.caller(SENDER)
    upload_id = whole(exchange, uploads, package)
    uploads.submit(upload_id, caller)
    assert fault(lambda: uploads.append(upload_id, chunk(package, 0), caller=caller))[0] is UploadFault.ENDED
    uploads.abort(upload_id, caller)
    assert uploads.look(upload_id, caller).state is UploadState.SUBMITTED


def test_a_system_may_have_so_many_and_so_much_open(
    exchange: Exchange, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = exchange.caller(SENDER)

    def one(number: int, size: int = 10) -> UploadRecord:
        return uploads.begin(size, hashlib.sha256(b"%d" % number).digest(), caller=caller)

    opened = [one(number) for number in range(rules.OPEN_UPLOADS_MAX)]
    assert fault(lambda: one(99))[0] is UploadFault.TOO_MANY
    assert one(0).upload_id == opened[0].upload_id
    uploads.begin(10, bytes(32), caller=exchange.caller(OTHER))
    uploads.abort(opened[0].upload_id, caller)
    one(99)
    monkeypatch.setattr(rules, "OPEN_UPLOADS_MAX", 99)
    for number in range(3):
        one(200 + number, LARGEST)
    assert fault(lambda: one(300, LARGEST))[0] is UploadFault.TOO_MUCH


@pytest.mark.parametrize(("size", "code"), [(LARGEST + 1, "package/too-large"), (0, "package/empty")])
def test_a_size_that_no_package_has_is_refused_at_once(
    exchange: Exchange, uploads: Uploads, size: int, code: str
) -> None:
    with pytest.raises(UnreadableMessage) as caught:
        uploads.begin(size, bytes(32), caller=exchange.caller(SENDER))
    assert caught.value.finding.code == code


def test_what_is_left_alone_ends_after_a_day_and_is_cleared(exchange: Exchange, uploads: Uploads) -> None:
    package, caller = letter(exchange), exchange.caller(SENDER)
    upload_id = begin(exchange, uploads, package).upload_id
    uploads.append(upload_id, chunk(package, 0), caller=caller)
    exchange.clock.advance(UPLOAD_LASTS)
    with pytest.raises(NotFound):
        uploads.append(upload_id, chunk(package, STEP), caller=caller)
    assert uploads.clear_expired() == 0
    assert begin(exchange, uploads, package).upload_id != upload_id
    exchange.clock.advance(CLEARED_AFTER)
    assert uploads.clear_expired() == 1
    assert waiting(exchange) == []
    assert uploads.clear_expired() == 0
    exchange.clock.advance(timedelta(days=2))
    assert uploads.clear_expired() == 1


def test_a_chunk_that_arrives_while_its_upload_ends_is_cleared_with_it(
    exchange: Exchange, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, caller = letter(exchange), exchange.caller(SENDER)
    upload_id = begin(exchange, uploads, package).upload_id
    staging = uploads._staging
    put = staging.put

    def ended_meanwhile(upload: UploadId, record: ChunkRecord, *, source: io.BytesIO) -> None:
        uploads.abort(upload_id, caller)
        put(upload, record, source=source)

    monkeypatch.setattr(staging, "put", ended_meanwhile)
    monkeypatch.setattr(staging, "discard", put_off)
    assert fault(lambda: uploads.append(upload_id, chunk(package, 0), caller=caller))[0] is UploadFault.ENDED
    assert waiting(exchange) != []
    exchange.clock.advance(UPLOAD_LASTS + CLEARED_AFTER)
    uploads.clear_expired()
    assert waiting(exchange) == []


def test_a_store_that_cannot_remove_at_the_moment_is_asked_again_by_the_sweep(
    exchange: Exchange, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, caller = letter(exchange), exchange.caller(SENDER)
    upload_id = whole(exchange, uploads, package)

    def fails(_: object) -> None:
        raise BlobStoreUnavailable(StoreFault.FAILED, said="test")

    with monkeypatch.context() as patch:
        patch.setattr(uploads._staging, "clear", fails)
        uploads.abort(upload_id, caller)
        exchange.clock.advance(UPLOAD_LASTS + CLEARED_AFTER)
        assert uploads.clear_expired() == 0
    assert waiting(exchange) != []
    assert uploads.clear_expired() == 1
    assert waiting(exchange) == []


def test_uploads_that_cannot_be_cleared_keep_no_other_waiting_and_go_when_they_can(
    exchange: Exchange, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = [b"%d" % number * 500 for number in range(5)]
    begun = []
    for octets in packages:
        upload = begin(exchange, uploads, octets)
        uploads.append(upload.upload_id, chunk(octets, 0), caller=exchange.caller(SENDER))
        begun.append(upload.upload_id)
        exchange.clock.advance(timedelta(seconds=1))
    exchange.clock.advance(UPLOAD_LASTS + CLEARED_AFTER)
    stuck, clear = set(begun[:3]), uploads._staging.clear

    def refuses(upload_id: UploadId) -> None:
        if upload_id in stuck:
            raise BlobStoreUnavailable(StoreFault.FORBIDDEN, said="AccessDenied")
        clear(upload_id)

    monkeypatch.setattr(uploads._staging, "clear", refuses)
    monkeypatch.setattr(uploads_module, "BATCH", 2)
    assert [uploads.clear_expired() for _ in range(3)] == [0, 1, 1]
    assert len(waiting(exchange)) == 3
    assert [uploads.clear_expired() for _ in range(4)] == [0, 0, 0, 0]
    stuck.clear()
    assert sum(uploads.clear_expired() for _ in range(3)) == 3
    assert waiting(exchange) == []


def test_clearing_ends_between_two_uploads_when_it_is_told_to(exchange: Exchange, uploads: Uploads) -> None:
    for number in range(3):
        begin(exchange, uploads, b"%d" % number * 500)
    exchange.clock.advance(UPLOAD_LASTS + CLEARED_AFTER)
    answers = iter((True, False, False))
    assert uploads.clear_expired(may_go_on=lambda: next(answers)) == 1
    assert uploads.clear_expired() == 2
