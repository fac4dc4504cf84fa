"""Uploads that several have in hand at once, that are begun again, or that a store does not let go."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from axis.exchange.outcomes import Acceptance
from axis.exchange.uploads import Uploads
from envelopes.errors import UnreadableMessage
from routing import uploads as rules
from routing.uploads import UPLOAD_LASTS, UploadFault, UploadId, UploadState
from storage.records import ChunkRecord, UploadRecord
from tests.axis.exchange.uploading import (
    LARGEST,
    STEP,
    begin,
    chunk,
    fault,
    kept,
    letter,
    meanwhile,
    put_off,
    send,
    together,
    waiting,
    whole,
)
from tests.fixtures.exchange import SENDER, Exchange


def test_of_two_writers_at_once_one_goes_on_and_the_other_is_told_where(exchange: Exchange, uploads: Uploads) -> None:
    package, caller = letter(exchange), exchange.caller(SENDER)
    upload_id = begin(exchange, uploads, package).upload_id
    different = [chunk(package, 0, STEP + number) for number in range(4)]
    outcomes = list(together([partial(uploads.append, upload_id, one, caller=caller) for one in different]))
    assert sum(isinstance(one, UploadRecord) for one in outcomes) == 1
    assert outcomes.count(UploadFault.OFFSET) == 3
    received = uploads.look(upload_id, caller).received
    equal = [chunk(package, received) for _ in range(4)]
    outcomes = list(together([partial(uploads.append, upload_id, one, caller=caller) for one in equal]))
    assert [one.received for one in outcomes if isinstance(one, UploadRecord)] == [received + STEP] * 4
    send(exchange, uploads, upload_id, package, start=received + STEP)
    assert isinstance(uploads.submit(upload_id, caller), Acceptance)


def test_several_who_begin_and_several_who_submit_at_once_get_one_upload_and_one_receipt(
    exchange: Exchange, uploads: Uploads
) -> None:
    package, caller = letter(exchange), exchange.caller(SENDER)
    begun = {
        one.upload_id
        for one in together([lambda: begin(exchange, uploads, package)] * 4)
        if isinstance(one, UploadRecord)
    }
    (upload_id,) = begun
    send(exchange, uploads, upload_id, package)
    outcomes = list(together([lambda: uploads.submit(upload_id, caller)] * 3))
    assert len({one.receipt for one in outcomes if isinstance(one, Acceptance)}) == 1


def test_a_package_begun_again_with_another_size_leaves_nothing_of_the_first(
    exchange: Exchange, uploads: Uploads
) -> None:
    package, caller = letter(exchange), exchange.caller(SENDER)
    digest = hashlib.sha256(package).digest()
    first = uploads.begin(len(package) + 1, digest, caller=caller)
    uploads.append(first.upload_id, chunk(package, 0), caller=caller)
    second = begin(exchange, uploads, package)
    assert second.upload_id != first.upload_id
    assert waiting(exchange) == []
    assert uploads.look(first.upload_id, caller).state is UploadState.ENDED
    send(exchange, uploads, second.upload_id, package)
    assert isinstance(uploads.submit(second.upload_id, caller), Acceptance)


def test_whatever_is_begun_again_and_again_a_store_that_removes_nothing_is_not_filled(
    exchange: Exchange, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, digest = exchange.caller(SENDER), bytes(32)
    monkeypatch.setattr(uploads._staging, "clear", put_off)
    begun = []
    for size in range(LARGEST, LARGEST - rules.OPEN_PACKAGES_MAX, -1):
        upload = uploads.begin(size, digest, caller=caller)
        uploads.append(upload.upload_id, chunk(bytes(size - 1), 0, size - 1), caller=caller)
        begun.append(upload)
    assert fault(lambda: uploads.begin(LARGEST - 50, digest, caller=caller))[0] is UploadFault.TOO_MUCH
    assert kept(exchange) <= rules.OPEN_PACKAGES_MAX * LARGEST
    assert uploads.look(begun[-1].upload_id, caller).state is UploadState.OPEN, "a refusal ends nothing"
    monkeypatch.undo()
    uploads.abort(begun[-1].upload_id, caller)
    begin(exchange, uploads, bytes(LARGEST - 99))
    assert fault(lambda: begin(exchange, uploads, bytes(LARGEST - 98)))[0] is UploadFault.TOO_MUCH
    uploads.abort(begun[0].upload_id, caller)
    begin(exchange, uploads, bytes(LARGEST - 98))


def test_what_was_accepted_and_could_not_be_cleared_hinders_no_further_upload(
    exchange: Exchange, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, caller = letter(exchange), exchange.caller(SENDER)
    upload_id = whole(exchange, uploads, package)
    monkeypatch.setattr(uploads._staging, "clear", put_off)
    uploads.submit(upload_id, caller)
    assert waiting(exchange) != []
    for number in range(rules.OPEN_PACKAGES_MAX):
        uploads.begin(LARGEST, hashlib.sha256(b"%d" % number).digest(), caller=caller)


def test_writers_that_lose_at_one_place_leave_nothing_and_take_nothing_from_the_one_that_wins(
    exchange: Exchange, uploads: Uploads
) -> None:
    package, caller = letter(exchange), exchange.caller(SENDER)
    upload_id = begin(exchange, uploads, package).upload_id
    different = [chunk(package, 0, STEP + number) for number in range(6)]
    ours = list(together([partial(uploads.append, upload_id, one, caller=caller) for one in different]))
    assert ours.count(UploadFault.OFFSET) == 5
    assert len(waiting(exchange)) == 1
    received = uploads.look(upload_id, caller).received
    send(exchange, uploads, upload_id, package, start=received)
    assert isinstance(uploads.submit(upload_id, caller), Acceptance)


def test_equal_octets_at_two_places_are_two_pieces_and_the_loser_of_one_takes_not_the_other(
    exchange: Exchange, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    octets, caller = bytes(4 * STEP), exchange.caller(SENDER)
    upload_id = begin(exchange, uploads, octets).upload_id
    put = uploads._staging.put
    uploads.append(upload_id, chunk(octets, 0), caller=caller)

    def overtaken(upload: UploadId, record: ChunkRecord, *, source: io.BytesIO) -> None:
        monkeypatch.undo()
        monkeypatch.setattr(rules, "CHUNK_BYTES_MIN", 100)
        uploads.append(upload_id, chunk(octets, STEP, STEP + 1), caller=caller)
        put(upload, record, source=source)

    monkeypatch.setattr(uploads._staging, "put", overtaken)
    assert fault(lambda: uploads.append(upload_id, chunk(octets, STEP), caller=caller))[0] is UploadFault.OFFSET
    assert len(waiting(exchange)) == 2
    send(exchange, uploads, upload_id, octets, start=2 * STEP + 1)
    with pytest.raises(UnreadableMessage):
        uploads.submit(upload_id, caller)


def test_what_is_given_up_while_it_is_submitted_is_told_so_and_leaves_no_envelope(
    exchange: Exchange, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, caller = letter(exchange), exchange.caller(SENDER)
    upload_id = whole(exchange, uploads, package)
    meanwhile(monkeypatch, uploads._staging, "open", lambda: uploads.abort(upload_id, caller))
    assert fault(lambda: uploads.submit(upload_id, caller))[0] is UploadFault.ENDED
    assert waiting(exchange) == []
    accepted = uploads.submit(whole(exchange, uploads, package), caller)
    assert isinstance(accepted, Acceptance)
    assert not accepted.is_repeat


def test_giving_up_after_an_acceptance_that_it_did_not_see_takes_nothing_back(
    exchange: Exchange, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, caller = letter(exchange), exchange.caller(SENDER)
    upload_id = whole(exchange, uploads, package)
    meanwhile(monkeypatch, uploads, "_end", lambda: uploads.submit(upload_id, caller))
    assert uploads.abort(upload_id, caller).state is UploadState.SUBMITTED
    again = uploads.submit(upload_id, caller)
    assert isinstance(again, Acceptance)
    assert again.is_repeat


def test_whoever_gives_up_and_begins_anew_while_it_is_submitted_still_gets_the_receipt(
    exchange: Exchange, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, caller = letter(exchange), exchange.caller(SENDER)
    first = whole(exchange, uploads, package)
    begun: list[UploadRecord] = []

    def begins_anew() -> None:
        uploads.abort(first, caller)
        begun.append(begin(exchange, uploads, package))

    meanwhile(monkeypatch, exchange.axis.intake, "submit", begins_anew)
    accepted = uploads.submit(first, caller)
    assert isinstance(accepted, Acceptance)
    assert uploads.look(first, caller).state is UploadState.ENDED
    send(exchange, uploads, begun[0].upload_id, package)
    again = uploads.submit(begun[0].upload_id, caller)
    assert isinstance(again, Acceptance)
    assert (again.receipt, again.is_repeat) == (accepted.receipt, True)
    assert waiting(exchange) == []


def test_a_package_that_was_accepted_is_found_again_whatever_size_is_announced(
    exchange: Exchange, uploads: Uploads
) -> None:
    package, caller = letter(exchange), exchange.caller(SENDER)
    upload_id = whole(exchange, uploads, package)
    uploads.submit(upload_id, caller)
    again = uploads.begin(len(package) + 1, hashlib.sha256(package).digest(), caller=caller)
    assert (again.upload_id, again.state, again.size) == (upload_id, UploadState.SUBMITTED, len(package))
    exchange.clock.advance(UPLOAD_LASTS)
    assert begin(exchange, uploads, package).upload_id != upload_id


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"other octets")])
def test_a_chunk_that_the_store_lost_or_damaged_is_asked_for_again_and_healed(
    exchange: Exchange, uploads: Uploads, damage: Callable[[Path], object]
) -> None:
    package, caller = letter(exchange), exchange.caller(SENDER)
    upload_id = whole(exchange, uploads, package)
    (second,) = (Path(one) for one in waiting(exchange) if f"/{STEP}-" in one)
    damage(second)
    assert fault(lambda: uploads.submit(upload_id, caller)) == (UploadFault.INCOMPLETE, STEP)
    assert begin(exchange, uploads, package).received == STEP
    assert uploads.look(upload_id, caller).state is UploadState.OPEN
    send(exchange, uploads, upload_id, package, start=STEP)
    accepted = uploads.submit(upload_id, caller)
    assert isinstance(accepted, Acceptance)
    assert not accepted.is_repeat
    assert waiting(exchange) == []


def test_whoever_finds_a_chunk_damaged_that_was_healed_meanwhile_costs_no_more_than_sending_again(
    exchange: Exchange, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, caller = letter(exchange), exchange.caller(SENDER)
    upload_id = whole(exchange, uploads, package)
    Path(waiting(exchange)[0]).unlink()

    def found_first() -> None:
        assert fault(lambda: uploads.submit(upload_id, caller))[0] is UploadFault.INCOMPLETE
        send(exchange, uploads, upload_id, package, start=uploads.look(upload_id, caller).received)

    meanwhile(monkeypatch, uploads, "_cut_back", found_first)
    reason, received = fault(lambda: uploads.submit(upload_id, caller))
    assert reason is UploadFault.INCOMPLETE
    assert received is not None
    send(exchange, uploads, upload_id, package, start=received)
    assert isinstance(uploads.submit(upload_id, caller), Acceptance)
