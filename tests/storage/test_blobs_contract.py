"""What every object store promises. A new shelf joins by a line in `SHELVES`, and is tried plain and encrypted."""

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

from storage.blobs import BlobStore
from storage.blobs.chunks import CHUNK_BYTES
from storage.blobs.encrypted import OBJECT, EncryptedBlobs
from storage.blobs.filesystem import FilesystemShelf
from storage.blobs.plain import PlainBlobs
from storage.blobs.s3 import MEMORY_BYTES, PART_BYTES, S3Shelf
from storage.blobs.shelves import Shelf
from storage.errors import BlobCorrupt, BlobMissing, BlobStoreUnavailable
from tests.fixtures.gateway import Gateway
from tests.storage.shelving import a_ring

OCTETS = b"%PDF-1.7 " * 1000

Change = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Bench:
    """A store, and how to damage what it keeps behind its back."""

    store: BlobStore
    shelf: Shelf
    name: Callable[[bytes], str]

    def damage(self, digest: bytes, change: Change) -> None:
        kept = self.shelf.fetch(self.name(digest))
        assert kept is not None
        with kept:
            octets = change(kept.read())
        assert self.shelf.place(self.name(digest), iter((octets,)), is_sound=lambda _: True)


def on_disk(request: pytest.FixtureRequest) -> Shelf:
    folder: Path = request.getfixturevalue("tmp_path")
    return FilesystemShelf(folder / "blobs")


def on_ceph(request: pytest.FixtureRequest) -> Shelf:
    gateway: Gateway = request.getfixturevalue("gateway")
    return S3Shelf(gateway.bucket())


def _named(param: tuple[str, Callable[..., Bench]]) -> str:
    return f"{param[0]}, {param[1].__name__}"


SHELVES = {"filesystem": on_disk, "s3": on_ceph}


def plain(shelf: Shelf) -> Bench:
    return Bench(PlainBlobs(shelf), shelf, bytes.hex)


def encrypted(shelf: Shelf) -> Bench:
    ring = a_ring()
    return Bench(EncryptedBlobs(shelf, ring), shelf, lambda digest: ring.name(digest) + OBJECT)


@pytest.fixture(params=[(kind, covered) for kind in SHELVES for covered in (plain, encrypted)], ids=_named)
def bench(request: pytest.FixtureRequest) -> Bench:
    kind, covered = request.param
    bench: Bench = covered(SHELVES[kind](request))
    return bench


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


SIZES = (0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, MEMORY_BYTES + 1)


@pytest.mark.parametrize("size", SIZES)
def test_what_was_put_is_handed_out(store: BlobStore, size: int) -> None:
    octets = os.urandom(size)
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


DAMAGE: dict[str, Change] = {
    "empty": lambda _: b"",
    "truncated": lambda kept: kept[:-1],
    "longer": lambda kept: kept + b"X",
    "flipped": lambda kept: b"X" + kept[1:],
    "flipped near the beginning": lambda kept: kept[:12] + bytes([kept[12] ^ 1]) + kept[13:],
    "flipped at the end": lambda kept: kept[:-1] + bytes([kept[-1] ^ 1]),
}


@pytest.mark.parametrize("change", DAMAGE.values(), ids=DAMAGE)
def test_damage_is_noticed_before_the_first_octet_and_healed_by_putting_again(bench: Bench, change: Change) -> None:
    digest = put(bench.store, OCTETS)
    bench.damage(digest, change)
    for deed in (bench.store.open, bench.store.get):
        # An encrypted object whose key cannot be told any more counts as one whose key is not here.
        with pytest.raises((BlobCorrupt, BlobStoreUnavailable)):
            deed(digest)
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


def test_the_shelf_names_what_it_keeps_and_nothing_else(bench: Bench) -> None:
    digests = [put(bench.store, octets) for octets in (b"", OCTETS)]
    bench.store.probe()
    assert sorted(bench.shelf.names()) == sorted(map(bench.name, digests))


def test_a_glimpse_is_of_the_beginning(bench: Bench) -> None:
    name = bench.name(hashlib.sha256(b"glimpsed").digest())
    assert bench.shelf.glimpse(name, 3) is None
    for octets in (b"", b"ab", b"abcdef"):
        assert bench.shelf.place(name, iter((octets,)), is_sound=lambda _: True)
        assert bench.shelf.glimpse(name, 3) == octets[:3]


def test_what_is_larger_than_one_part_comes_back(store: BlobStore) -> None:
    octets = os.urandom(PART_BYTES + 1)
    assert is_sound(store, put(store, octets))
    wrong = hashlib.sha256(b"wrong").digest()
    with pytest.raises(BlobCorrupt):
        store.put(wrong, io.BytesIO(octets))
    assert not store.exists(wrong)
