"""The object store on S3 when the store misbehaves: told apart, nothing half done, nothing repeated that does harm."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from minio.commonconfig import COMPLIANCE
from minio.error import S3Error

from storage.blobs.locks import LockMode
from storage.blobs.plain import PlainBlobs
from storage.blobs.s3 import MEMORY_BYTES, PART_BYTES, S3Lock, S3Shelf
from storage.errors import BlobCorrupt, BlobMissing, BlobStoreUnavailable, StoreFault
from tests.fixtures import moody
from tests.fixtures.gateway import Gateway
from tests.fixtures.moody import Mood, Store, moody_store
from tests.storage.certificates import tls_identity

OCTETS = b"%PDF-1.7 " * 1000
DIGEST = hashlib.sha256(OCTETS).digest()
LARGE = os.urandom(PART_BYTES + 1)
LARGE_DIGEST = hashlib.sha256(LARGE).digest()
SOON = 0.5
"""Seconds to wait for a store that does not answer."""

MOMENT = datetime(2026, 11, 30, 8, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def store() -> Iterator[Store]:
    with moody_store() as store:
        yield store


def blobs(store: Store, **changes: Any) -> PlainBlobs:
    return PlainBlobs(S3Shelf(store.place(**changes)))


def fault_of(raised: pytest.ExceptionInfo[BaseException]) -> StoreFault:
    """Return what was wrong; what is told of it holds no word of the store, and nothing at all holds a key."""
    assert isinstance(raised.value, BlobStoreUnavailable)
    assert moody.WORDS not in str(raised.value)
    link: BaseException | None = raised.value
    while link is not None:
        assert moody.SECRET_KEY not in f"{link} {link!r}"
        assert moody.ACCESS_KEY not in f"{link} {link!r}"
        link = link.__cause__
    return raised.value.fault


READING: dict[str, tuple[Mood, StoreFault]] = {
    "500": (moody.failing(500), StoreFault.FAILED),
    "503": (moody.failing(503, "SlowDown"), StoreFault.FAILED),
    "403": (moody.failing(403, "AccessDenied"), StoreFault.FORBIDDEN),
    "no bucket": (moody.failing(404, "NoSuchBucket"), StoreFault.NO_BUCKET),
    "another's page": (moody.proxys_page, StoreFault.FAILED),
    "a redirection": (moody.elsewhere, StoreFault.UNREACHABLE),
    "reset": (moody.reset, StoreFault.CUT_SHORT),
    "silent": (moody.silent, StoreFault.SLOW),
}


@pytest.mark.parametrize(("mood", "fault"), READING.values(), ids=READING)
def test_a_store_that_does_not_answer_is_away_and_not_empty(store: Store, mood: Mood, fault: StoreFault) -> None:
    kept = blobs(store)
    kept.put(DIGEST, io.BytesIO(OCTETS))
    store.moods = dict.fromkeys(("get", "put", "begin", "bucket", "head"), mood)
    asking = blobs(store, read_seconds=SOON) if mood is moody.silent else kept
    for deed in (lambda: asking.open(DIGEST), lambda: asking.get(DIGEST), asking.probe):
        with pytest.raises(BlobStoreUnavailable) as raised:
            deed()
        assert fault_of(raised) is fault
    with pytest.raises(BlobStoreUnavailable):
        asking.put(DIGEST, io.BytesIO(OCTETS))
    store.moods = {}
    kept.probe()
    assert kept.get(DIGEST) == OCTETS


def test_an_answer_that_breaks_off_or_trickles_is_no_damage(store: Store) -> None:
    kept = blobs(store)
    kept.put(DIGEST, io.BytesIO(OCTETS))
    hasty = blobs(store, read_seconds=SOON)
    for asking, mood, fault in (
        (kept, moody.cut_short, StoreFault.CUT_SHORT),
        (hasty, moody.trickling, StoreFault.SLOW),
    ):
        store.moods = {"get": mood}
        with pytest.raises(BlobStoreUnavailable) as raised:
            asking.open(DIGEST)
        assert fault_of(raised) is fault


@pytest.mark.parametrize("mood", [moody.shorter, moody.garbled, moody.success_of_another_kind])
def test_what_came_whole_and_is_something_else_is_damage(store: Store, mood: Mood) -> None:
    kept = blobs(store)
    kept.put(DIGEST, io.BytesIO(OCTETS))
    store.moods = {"get": mood}
    with pytest.raises(BlobCorrupt):
        kept.open(DIGEST)


@pytest.mark.parametrize("mood", [moody.shorter, moody.garbled])
def test_nothing_counts_as_kept_that_does_not_come_back_as_it_was_put(store: Store, mood: Mood) -> None:
    kept, asked = blobs(store), store.asked
    store.moods = {"get": mood}
    with pytest.raises(BlobCorrupt):
        kept.put(DIGEST, io.BytesIO(OCTETS))
    assert asked["put"] == 1
    store.moods = {}
    kept.put(DIGEST, io.BytesIO(OCTETS))
    assert kept.get(DIGEST) == OCTETS


@pytest.mark.parametrize("mood", [moody.failing(500), moody.failing(503, "SlowDown"), moody.reset])
def test_what_is_harmless_to_repeat_is_repeated_and_the_rest_is_not(store: Store, mood: Mood) -> None:
    kept = blobs(store)
    kept.put(DIGEST, io.BytesIO(OCTETS))
    store.asked.clear()
    store.moods = {"get": mood}
    with pytest.raises(BlobStoreUnavailable):
        kept.open(DIGEST)
    assert 2 <= store.asked["get"] <= 3
    store.moods = {"begin": mood}
    with pytest.raises(BlobStoreUnavailable):
        kept.probe()
    assert store.asked["begin"] == 1


def test_a_put_that_failed_once_succeeds(store: Store) -> None:
    def once(request: moody.Request, body: bytes) -> None:
        del store.moods["put"]
        moody.failing(503)(request, body)

    store.moods = {"put": once}
    kept = blobs(store)
    kept.put(DIGEST, io.BytesIO(OCTETS))
    assert (kept.get(DIGEST), store.asked["put"]) == (OCTETS, 2)


@pytest.mark.parametrize("where", ["begin", "part", "join"])
@pytest.mark.parametrize("mood", [moody.failing(500), moody.reset, moody.success_of_another_kind])
def test_a_large_object_is_there_whole_or_not_at_all(store: Store, where: str, mood: Mood) -> None:
    kept = blobs(store)
    store.moods = {where: mood}
    with pytest.raises((BlobStoreUnavailable, BlobCorrupt)):
        kept.put(LARGE_DIGEST, io.BytesIO(LARGE))
    store.moods = {}
    with pytest.raises((BlobMissing, BlobCorrupt)):
        kept.open(LARGE_DIGEST)
    kept.put(LARGE_DIGEST, io.BytesIO(LARGE))
    assert kept.get(LARGE_DIGEST) == LARGE


def test_parts_of_what_is_not_kept_are_given_up(store: Store) -> None:
    kept = blobs(store)
    with pytest.raises(BlobCorrupt):
        kept.put(DIGEST, io.BytesIO(LARGE))
    store.moods = {"part": moody.failing(500)}
    with pytest.raises(BlobStoreUnavailable):
        kept.put(LARGE_DIGEST, io.BytesIO(LARGE))
    assert (store.parts, store.objects, store.asked["abort"]) == ({}, {}, 2)
    store.moods = {"part": moody.failing(500), "abort": moody.failing(500)}
    with pytest.raises(BlobStoreUnavailable):
        kept.put(LARGE_DIGEST, io.BytesIO(LARGE))
    assert store.objects == {}


def test_a_large_object_passes_without_being_in_memory_as_a_whole(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    kept = blobs(store)
    kept.put(LARGE_DIGEST, io.BytesIO(LARGE))
    assert store.asked["part"] == 2
    with kept.open(LARGE_DIGEST) as stream:
        assert isinstance(stream, tempfile.SpooledTemporaryFile)
        assert isinstance(stream.fileno(), int), "beyond a megabyte it is a file, and has no name"
        assert list(tmp_path.iterdir()) == []
    assert len(LARGE) > MEMORY_BYTES


def test_a_full_folder_for_temporary_files_is_told_as_such(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = blobs(store)
    kept.put(LARGE_DIGEST, io.BytesIO(LARGE))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(BlobStoreUnavailable) as raised:
        kept.open(LARGE_DIGEST)
    assert fault_of(raised) is StoreFault.DISK


def test_a_missing_bucket_is_not_a_missing_object(store: Store) -> None:
    kept = blobs(store)
    assert not kept.exists(DIGEST)
    with pytest.raises(BlobMissing):
        kept.open(DIGEST)
    store.moods = {"bucket": lambda request, _: request.answer(404)}
    with pytest.raises(BlobStoreUnavailable) as raised:
        kept.exists(DIGEST)
    assert fault_of(raised) is StoreFault.NO_BUCKET


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        kept = PlainBlobs(S3Shelf(Store.place(_at(taken.getsockname()[1]))))  # type: ignore[arg-type]
        for deed in (lambda: kept.put(DIGEST, io.BytesIO(OCTETS)), lambda: kept.open(DIGEST), kept.probe):
            with pytest.raises(BlobStoreUnavailable) as raised:
                deed()
            assert fault_of(raised) is StoreFault.UNREACHABLE


def _at(port: int) -> SimpleNamespace:
    return SimpleNamespace(is_secure=False, server_address=("127.0.0.1", port))


def test_the_certificate_of_the_store_must_come_from_the_authority_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / "others").mkdir()
    authority, context = tls_identity(tmp_path / "ours")
    stranger, _ = tls_identity(tmp_path / "others")
    with moody_store(context) as store:
        kept = blobs(store, ca_file=authority)
        kept.put(DIGEST, io.BytesIO(OCTETS))
        assert kept.get(DIGEST) == OCTETS
        for other in (stranger, None):
            with pytest.raises(BlobStoreUnavailable) as raised:
                blobs(store, ca_file=other).open(DIGEST)
            assert fault_of(raised) is StoreFault.UNTRUSTED
        with pytest.raises(BlobStoreUnavailable):
            blobs(store, ca_file=tmp_path / "none.pem")
        # Who speaks no TLS is not spoken to, and sends no keys in the clear.
        plainly = store.place().endpoint.replace("https", "http")
        with pytest.raises(BlobStoreUnavailable):
            blobs(store, endpoint=plainly).open(DIGEST)
    with moody_store() as bare, pytest.raises(BlobStoreUnavailable):
        blobs(bare, endpoint=bare.place().endpoint.replace("http", "https")).open(DIGEST)


def test_keys_are_in_no_repr(store: Store) -> None:
    place = store.place()
    assert moody.SECRET_KEY not in f"{place!r} {place}"
    assert moody.ACCESS_KEY not in f"{place!r} {place}"


def test_an_object_is_put_under_its_lock(store: Store) -> None:
    lock = S3Lock(LockMode.GOVERNANCE, 30, lambda: MOMENT)
    blobs(store, lock=lock).put(DIGEST, io.BytesIO(OCTETS))
    headers = {name.lower(): one for name, one in store.headers_of[DIGEST.hex()].items()}
    assert headers["x-amz-object-lock-mode"] == "GOVERNANCE"
    assert headers["x-amz-object-lock-retain-until-date"].startswith("2026-12-30T08:00:00")
    store.moods = {"lock": moody.failing(404, "ObjectLockConfigurationNotFoundError")}
    blobs(store).probe()
    with pytest.raises(BlobStoreUnavailable) as raised:
        blobs(store, lock=lock).probe()
    assert fault_of(raised) is StoreFault.NO_LOCK


def test_a_real_store_keeps_its_lock(gateway: Gateway) -> None:
    until = datetime.now(UTC) + timedelta(days=2)
    lock = S3Lock(LockMode.COMPLIANCE, 1, lambda: datetime.now(UTC))
    place = gateway.bucket(object_lock=True)
    locked = replace(place, lock=lock)
    kept = PlainBlobs(S3Shelf(locked))
    kept.probe()
    kept.put(DIGEST, io.BytesIO(OCTETS))
    told = gateway.client.stat_object(place.bucket, DIGEST.hex()).metadata
    assert told is not None
    assert told["x-amz-object-lock-mode"] == COMPLIANCE
    assert datetime.fromisoformat(told["x-amz-object-lock-retain-until-date"][:19] + "Z") < until
    (version,) = gateway.client.list_objects(place.bucket, include_version=True)
    with pytest.raises(S3Error):
        gateway.client.remove_object(place.bucket, DIGEST.hex(), version_id=version.version_id)
    # Damage is healed by another version.
    gateway.client.put_object(place.bucket, DIGEST.hex(), io.BytesIO(b"damage"), 6)
    kept.put(DIGEST, io.BytesIO(OCTETS))
    assert kept.get(DIGEST) == OCTETS
    without = PlainBlobs(S3Shelf(replace(gateway.bucket(), lock=lock)))
    for deed in (without.probe, lambda: without.put(DIGEST, io.BytesIO(OCTETS))):
        with pytest.raises(BlobStoreUnavailable):
            deed()


def test_a_real_store_refuses_other_keys_and_names_what_is_not_there(gateway: Gateway) -> None:
    place = gateway.bucket()
    wrong: dict[str, StoreFault] = {
        "secret_key": StoreFault.FORBIDDEN,
        "access_key": StoreFault.FORBIDDEN,
        "bucket": StoreFault.NO_BUCKET,
    }
    for name, fault in wrong.items():
        changes: dict[str, Any] = {name: "nobody-knows-this"}
        kept = PlainBlobs(S3Shelf(replace(place, **changes)))
        for deed in (lambda kept=kept: kept.open(DIGEST), kept.probe, lambda kept=kept: kept.put(DIGEST, io.BytesIO())):
            with pytest.raises(BlobStoreUnavailable) as raised:
                deed()
            assert fault_of(raised) is fault
