"""What every object store promises. A new store joins by a line in `STORES`."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.blobs import BlobStore
from storage.blobs.filesystem import FilesystemBlobs
from storage.errors import BlobCorrupt, BlobMissing, BlobStoreUnavailable

OCTETS = b"%PDF-1.7 " * 1000


@dataclass(frozen=True, slots=True)
class Bench:
    """A store, and how to damage what it keeps behind its back."""

    store: BlobStore
    damage: Callable[[bytes, bytes], None]


def filesystem(root: Path) -> Bench:
    def damage(digest: bytes, octets: bytes) -> None:
        next(root.rglob(digest.hex())).write_bytes(octets)

    return Bench(FilesystemBlobs(root), damage)


STORES = {"filesystem": filesystem}


@pytest.fixture(params=STORES)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    return STORES[request.param](tmp_path / "blobs")


@pytest.fixture
def store(bench: Bench) -> BlobStore:
    return bench.store


def put(store: BlobStore, octets: bytes) -> bytes:
    digest = hashlib.sha256(octets).digest()
    store.put(digest, io.BytesIO(octets))
    return digest


def is_sound(store: BlobStore, digest: bytes) -> bool:
    try:
        return hashlib.sha256(store.get(digest)).digest() == digest
    except (BlobMissing, BlobCorrupt):
        return False


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(octets=st.binary())
def test_what_was_put_is_handed_out(store: BlobStore, octets: bytes) -> None:
    digest = put(store, octets)
    assert store.exists(digest)
    assert store.get(digest) == octets
    with store.open(digest) as stream:
        assert stream.read() == octets


def test_a_large_object_is_read_in_parts_and_from_any_place(store: BlobStore) -> None:
    octets = os.urandom(3 * 1024 * 1024 + 1)
    digest = put(store, octets)
    with store.open(digest) as stream:
        assert stream.read(10) == octets[:10]
        stream.seek(-1, io.SEEK_END)
        assert stream.read() == octets[-1:]


def test_a_source_is_read_from_where_it_stands(store: BlobStore) -> None:
    source = io.BytesIO(b"skipped" + OCTETS)
    source.seek(7)
    store.put(hashlib.sha256(OCTETS).digest(), source)
    assert store.get(hashlib.sha256(OCTETS).digest()) == OCTETS


def test_putting_again_is_harmless(store: BlobStore) -> None:
    assert put(store, OCTETS) == put(store, OCTETS)
    assert store.get(put(store, OCTETS)) == OCTETS


def test_what_was_never_put_is_missing(store: BlobStore) -> None:
    digest = hashlib.sha256(b"nothing").digest()
    assert not store.exists(digest)
    with pytest.raises(BlobMissing, match=digest.hex()):
        store.get(digest)
    with pytest.raises(BlobMissing):
        store.open(digest)


@pytest.mark.parametrize("octets", [b"", OCTETS[:-1], OCTETS + b"\n"], ids=["empty", "truncated", "longer"])
def test_octets_of_another_digest_are_refused_and_nothing_is_kept(store: BlobStore, octets: bytes) -> None:
    digest = hashlib.sha256(OCTETS).digest()
    with pytest.raises(BlobCorrupt):
        store.put(digest, io.BytesIO(octets))
    assert not store.exists(digest)


def test_wrong_octets_do_not_replace_the_right_ones(store: BlobStore) -> None:
    digest = put(store, OCTETS)
    store.put(digest, io.BytesIO(b"wrong"))
    assert store.get(digest) == OCTETS


@pytest.mark.parametrize("octets", [b"", OCTETS[:-1], b"X" + OCTETS[1:]], ids=["empty", "truncated", "flipped"])
def test_damage_is_noticed_before_the_first_octet_and_healed_by_putting_again(bench: Bench, octets: bytes) -> None:
    digest = put(bench.store, OCTETS)
    bench.damage(digest, octets)
    with pytest.raises(BlobCorrupt, match=digest.hex()):
        bench.store.open(digest)
    with pytest.raises(BlobCorrupt):
        bench.store.get(digest)
    put(bench.store, OCTETS)
    assert bench.store.get(digest) == OCTETS


def test_many_who_put_the_same_at_once_keep_it_once(store: BlobStore) -> None:
    together = Barrier(8)

    def join(_: int) -> bytes:
        together.wait(30)
        return put(store, OCTETS)

    with ThreadPoolExecutor(8) as pool:
        (digest,) = set(pool.map(join, range(8)))
    assert store.get(digest) == OCTETS


class Broken(io.BytesIO):
    """A source whose sender goes away after the first part."""

    def read(self, size: int | None = -1, /) -> bytes:
        part = super().read(size)
        if not part:
            raise ConnectionResetError
        return part


def test_a_source_that_breaks_leaves_nothing(store: BlobStore) -> None:
    digest = hashlib.sha256(OCTETS).digest()
    with pytest.raises((ConnectionResetError, BlobStoreUnavailable)):
        store.put(digest, Broken(OCTETS[:100]))
    assert not store.exists(digest)
    assert is_sound(store, put(store, OCTETS))


def test_an_address_is_a_whole_digest(store: BlobStore) -> None:
    for address in (b"", b"../../etc/passwd", b"x" * 31):
        with pytest.raises(ValueError, match="SHA-256"):
            store.exists(address)
        with pytest.raises(ValueError, match="SHA-256"):
            store.put(address, io.BytesIO())


def test_a_store_that_works_says_nothing_when_probed(store: BlobStore) -> None:
    store.probe()
    assert not store.exists(hashlib.sha256(b"probe").digest())
