"""Encryption at rest: what the shelf sees, what it cannot do unnoticed, and keys that follow one another."""

from __future__ import annotations

import hashlib
import io
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.blobs.chunks import CHUNK_BYTES, TAG_BYTES
from storage.blobs.encrypted import HEADER, OBJECT, EncryptedBlobs, Header
from storage.blobs.filesystem import FilesystemShelf
from storage.blobs.keys import KeyRing
from storage.blobs.plain import PlainBlobs
from storage.blobs.rewrapping import Wrapping, rewrap
from storage.errors import BlobCorrupt, BlobKeysFault, BlobKeysUnusable, BlobMissing, BlobStoreUnavailable, StoreFault
from tests.storage.shelving import write_key, write_ring

OCTETS: Final = b"<edXML>m\xe1\xba\xadt</edXML>" * 20_000
DIGEST: Final = hashlib.sha256(OCTETS).digest()
SEALED: Final = CHUNK_BYTES + TAG_BYTES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_ring(tmp_path / "keys", "2026")


@pytest.fixture
def shelf(tmp_path: Path) -> FilesystemShelf:
    return FilesystemShelf(tmp_path / "blobs")


@pytest.fixture
def store(folder: Path, shelf: FilesystemShelf) -> EncryptedBlobs:
    return EncryptedBlobs(shelf, KeyRing.read(folder))


def put(store: EncryptedBlobs | PlainBlobs, octets: bytes = OCTETS) -> bytes:
    digest = hashlib.sha256(octets).digest()
    store.put(digest, io.BytesIO(octets))
    return digest


def kept(shelf: FilesystemShelf) -> dict[str, bytes]:
    """What is on the shelf, by name."""
    found = {}
    for name in shelf.names():
        stream = shelf.fetch(name)
        assert stream is not None
        with stream:
            found[name] = stream.read()
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(octets=st.binary())
def test_what_was_put_is_handed_out(store: EncryptedBlobs, octets: bytes) -> None:
    assert store.get(put(store, octets)) == octets


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places=st.lists(st.tuples(st.integers(0, len(OCTETS) + 10), st.integers(0, 3 * CHUNK_BYTES)), max_size=5))
def test_any_part_is_read_from_any_place(store: EncryptedBlobs, places: list[tuple[int, int]]) -> None:
    with store.open(put(store)) as stream:
        for place, size in places:
            stream.seek(place)
            assert stream.read(size) == OCTETS[place : place + size]


def test_the_shelf_sees_neither_octets_nor_digest(store: EncryptedBlobs, shelf: FilesystemShelf) -> None:
    put(store)
    ((name, octets),) = kept(shelf).items()
    assert DIGEST.hex() not in name
    assert DIGEST not in octets
    assert b"edXML" not in octets
    assert len(octets) == Header.SIZE + len(OCTETS) + TAG_BYTES * -(-len(OCTETS) // CHUNK_BYTES)


def test_equal_octets_look_different_in_every_object(folder: Path, tmp_path: Path) -> None:
    shelves = [FilesystemShelf(tmp_path / name) for name in ("one", "other")]
    for one in shelves:
        put(EncryptedBlobs(one, KeyRing.read(folder)))
    (first,), (second,) = (kept(one).values() for one in shelves)
    chunks = [{octets[at : at + 64] for at in range(0, len(octets), 64)} for octets in (first, second)]
    assert chunks[0] & chunks[1] == set()


Change = Callable[[bytes], bytes]
START: Final = Header.SIZE

SPLICED: Final[dict[str, Change]] = {
    "the last chunk is gone": lambda octets: octets[: START + 6 * SEALED],
    "cut in the middle of a chunk": lambda octets: octets[: START + 3 * SEALED + 100],
    "nothing but the header": lambda octets: octets[:START],
    "less than a header": lambda octets: octets[: START - 1],
    "two chunks exchanged": lambda octets: (
        octets[:START] + octets[START + SEALED : START + 2 * SEALED] + octets[START : START + SEALED]
        + octets[START + 2 * SEALED :]
    ),
    "a chunk left out": lambda octets: octets[: START + SEALED] + octets[START + 2 * SEALED :],
    "a chunk doubled": lambda octets: octets[: START + SEALED] + octets[START:],
    "another prefix": lambda octets: octets[:24] + bytes([octets[24] ^ 1]) + octets[25:],
    "another data key": lambda octets: octets[:40] + bytes([octets[40] ^ 1]) + octets[41:],
    "one bit": lambda octets: octets[:200_000] + bytes([octets[200_000] ^ 1]) + octets[200_001:],
}  # fmt: skip


@pytest.mark.parametrize("change", SPLICED.values(), ids=SPLICED)
def test_what_is_cut_moved_or_changed_is_damage(store: EncryptedBlobs, shelf: FilesystemShelf, change: Change) -> None:
    put(store)
    ((name, octets),) = kept(shelf).items()
    overwrite(shelf, name, change(octets))
    with pytest.raises(BlobCorrupt):
        store.open(DIGEST)
    put(store)
    assert store.get(DIGEST) == OCTETS


def test_an_object_in_anothers_place_is_damage(store: EncryptedBlobs, shelf: FilesystemShelf) -> None:
    put(store)
    other = put(store, OCTETS[::-1])
    first, second = kept(shelf)
    octets = kept(shelf)
    overwrite(shelf, first, octets[second])
    overwrite(shelf, second, octets[first])
    for digest in (DIGEST, other):
        with pytest.raises(BlobCorrupt):
            store.open(digest)


def test_what_changes_after_it_was_opened_is_not_handed_out(store: EncryptedBlobs, shelf: FilesystemShelf) -> None:
    put(store)
    with store.open(DIGEST) as stream:
        assert stream.read(10) == OCTETS[:10]
        (file,) = shelf._root.rglob(f"*{OBJECT}")
        with file.open("r+b") as behind:
            behind.seek(START + 3 * SEALED)
            behind.write(b"changed")
        with pytest.raises(BlobCorrupt):
            stream.read()


def overwrite(shelf: FilesystemShelf, name: str, octets: bytes) -> None:
    assert shelf.place(name, iter((octets,)), is_sound=lambda _: True)


class Long(io.RawIOBase):
    """A source of many octets that are nowhere at once."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.left = size

    def read(self, size: int = -1, /) -> bytes:
        octets = bytes(min(self.left, size))
        self.left -= len(octets)
        return octets


def test_memory_stays_flat(store: EncryptedBlobs) -> None:
    size = 40 * 1024 * 1024
    hasher = hashlib.sha256()
    for _ in range(size // CHUNK_BYTES):
        hasher.update(bytes(CHUNK_BYTES))
    tracemalloc.start()
    try:
        store.put(hasher.digest(), Long(size))  # type: ignore[arg-type]
        with store.open(hasher.digest()) as stream:
            while stream.read(CHUNK_BYTES):
                pass
        assert tracemalloc.get_traced_memory()[1] < size / 8
    finally:
        tracemalloc.stop()


def test_a_store_that_was_in_use_goes_on(store: EncryptedBlobs, shelf: FilesystemShelf) -> None:
    put(PlainBlobs(shelf))
    assert store.exists(DIGEST)
    assert store.get(DIGEST) == OCTETS
    put(store)
    assert {name.partition(".")[2] for name in shelf.names()} == {"", "enc"}, "what is put again is put encrypted"
    with pytest.raises(BlobMissing):
        store.get(hashlib.sha256(b"nothing").digest())


def test_new_objects_go_under_the_newest_key_and_old_ones_are_read(
    store: EncryptedBlobs, shelf: FilesystemShelf, folder: Path
) -> None:
    put(store)
    write_ring(folder, "2027")
    rotated = EncryptedBlobs(shelf, KeyRing.read(folder))
    assert rotated.get(DIGEST) == OCTETS
    new = put(rotated, b"new")
    ring = KeyRing.read(folder)
    assert ring.labels[ring.active] == "2027"
    assert sorted(label_of(octets, ring) for octets in kept(shelf).values()) == ["2026", "2027"]
    # Who has not the new key yet reads what it can, and says of the rest that its key is not here: it is not damaged.
    assert store.get(DIGEST) == OCTETS
    with pytest.raises(BlobStoreUnavailable, match=ring.active.hex()) as raised:
        store.open(new)
    assert raised.value.fault is StoreFault.NO_KEY
    assert store.exists(new)
    # While it is handed out to all processes, the key before can go on to be the one for new objects.
    early = KeyRing.read(folder, active="2026")
    assert early.labels[early.active] == "2026"
    assert EncryptedBlobs(shelf, early).get(new) == b"new"


def label_of(octets: bytes, ring: KeyRing) -> str:
    header = Header.read(octets)
    assert header is not None
    return ring.labels[header.key_id]


def test_a_key_may_go_when_all_data_keys_are_wrapped_anew(
    store: EncryptedBlobs, shelf: FilesystemShelf, folder: Path
) -> None:
    digests = [put(store, octets) for octets in (b"", b"one", OCTETS)]
    put(PlainBlobs(shelf), b"plain")
    before = kept(shelf)
    write_ring(folder, "2027")
    ring = KeyRing.read(folder)
    assert rewrap(shelf, ring) == {Wrapping.REWRAPPED: 3, Wrapping.PLAIN: 1}
    assert rewrap(shelf, ring) == {Wrapping.CURRENT: 3, Wrapping.PLAIN: 1}
    assert before.items() <= kept(shelf).items(), "no object was written anew"
    (folder / "2026.key").unlink()
    alone = EncryptedBlobs(shelf, KeyRing.read(folder))
    assert [alone.get(digest) for digest in digests] == [b"", b"one", OCTETS]
    # And once more, from the header beside the object.
    write_ring(folder, "2028")
    assert rewrap(shelf, KeyRing.read(folder))[Wrapping.REWRAPPED] == 3
    (folder / "2027.key").unlink()
    assert EncryptedBlobs(shelf, KeyRing.read(folder)).get(DIGEST) == OCTETS


def test_objects_whose_key_is_gone_or_whose_header_is_broken_are_counted_and_left(
    store: EncryptedBlobs, shelf: FilesystemShelf, folder: Path
) -> None:
    put(store)
    put(store, b"broken")
    name = store._name(hashlib.sha256(b"broken").digest())
    overwrite(shelf, name + OBJECT, b"AXISENC?" + bytes(100))
    (folder / "2026.key").unlink()
    write_ring(folder, "2027")
    assert rewrap(shelf, KeyRing.read(folder)) == {Wrapping.KEY_ABSENT: 1, Wrapping.DAMAGED: 1}
    assert [name for name in shelf.names() if name.endswith(HEADER)] == []


def test_a_header_beside_that_is_of_a_former_object_is_not_used(
    store: EncryptedBlobs, shelf: FilesystemShelf, folder: Path
) -> None:
    put(store)
    write_ring(folder, "2027")
    ring = KeyRing.read(folder)
    rewrap(shelf, ring)
    # Damage, healed by a process that still has the old key for new objects: the header beside is of the former one.
    overwrite(shelf, store._name(DIGEST) + OBJECT, b"damage")
    put(store)
    assert EncryptedBlobs(shelf, ring).get(DIGEST) == OCTETS
    assert rewrap(shelf, ring) == {Wrapping.REWRAPPED: 1}
    (folder / "2026.key").unlink()
    assert EncryptedBlobs(shelf, KeyRing.read(folder)).get(DIGEST) == OCTETS


def test_a_broken_header_beside_is_damage_and_healed(
    store: EncryptedBlobs, shelf: FilesystemShelf, folder: Path
) -> None:
    put(store)
    write_ring(folder, "2027")
    rewrap(shelf, KeyRing.read(folder))
    (folder / "2026.key").unlink()
    alone = EncryptedBlobs(shelf, KeyRing.read(folder))
    beside = store._name(DIGEST) + HEADER
    octets = kept(shelf)[beside]
    overwrite(shelf, beside, octets[:-1] + bytes([octets[-1] ^ 1]))
    with pytest.raises(BlobCorrupt):
        alone.open(DIGEST)
    put(alone)
    assert alone.get(DIGEST) == OCTETS


def spoil(folder: Path, name: str, text: str | None) -> None:
    if text is None:
        (folder / name).unlink()
    else:
        (folder / name).write_text(text)


FOLDERS: Final[dict[str, tuple[Callable[[Path], object], BlobKeysFault]]] = {
    "no key of names": (lambda folder: spoil(folder, "names.key", None), BlobKeysFault.NO_NAMES),
    "no key": (lambda folder: spoil(folder, "2026.key", None), BlobKeysFault.NO_KEY),
    "half a key": (lambda folder: spoil(folder, "2026.key", "ab" * 16), BlobKeysFault.UNREADABLE),
    "a key and more": (lambda folder: spoil(folder, "2026.key", "ab" * 33), BlobKeysFault.UNREADABLE),
    "no digits": (lambda folder: spoil(folder, "2026.key", "canary-1789"), BlobKeysFault.UNREADABLE),
    "no text": (lambda folder: (folder / "2026.key").write_bytes(b"\xff" * 32), BlobKeysFault.UNREADABLE),
    "a folder for a key": (lambda folder: (folder / "2027.key").mkdir(), BlobKeysFault.NO_FOLDER),
    "one key twice": (
        lambda folder: write_key(folder, "2027", bytes.fromhex((folder / "2026.key").read_text())),
        BlobKeysFault.TWICE,
    ),
}


@pytest.mark.parametrize(("change", "fault"), FOLDERS.values(), ids=FOLDERS)
def test_a_folder_of_keys_that_is_not_right_is_refused(
    folder: Path, change: Callable[[Path], object], fault: BlobKeysFault
) -> None:
    change(folder)
    with pytest.raises(BlobKeysUnusable) as raised:
        KeyRing.read(folder)
    assert raised.value.fault is fault
    assert "canary" not in f"{raised.value} {raised.value.__cause__} {raised.value.__suppress_context__=}"


def test_a_key_that_is_asked_for_must_be_there(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BlobKeysUnusable, match=r"2027\.key"):
        KeyRing.read(folder, active="2027")
    with pytest.raises(BlobKeysUnusable) as raised:
        KeyRing.read(tmp_path / "none")
    assert raised.value.fault is BlobKeysFault.NO_FOLDER


def test_keys_are_in_no_repr(folder: Path) -> None:
    text = (folder / "2026.key").read_text().strip()
    ring = KeyRing.read(folder)
    assert text not in f"{ring!r}"
    assert str(bytes.fromhex(text)) not in f"{ring!r}"


class Failing(FilesystemShelf):
    """A shelf whose objects cannot be read to their end."""

    def fetch(self, name: str) -> BinaryIO | None:
        return FailingStream() if name.endswith(OBJECT) else None


def test_a_shelf_that_fails_is_no_reason_to_put_anything_anew(folder: Path, tmp_path: Path) -> None:
    class Blind(FilesystemShelf):
        def glimpse(self, *_: object) -> bytes | None:
            raise BlobStoreUnavailable(StoreFault.SLOW)

    shelf = Blind(tmp_path / "blobs")
    put(EncryptedBlobs(shelf, KeyRing.read(folder)))
    before = kept(shelf)
    (folder / "2026.key").unlink()
    write_ring(folder, "2027")
    with pytest.raises(BlobStoreUnavailable) as raised:
        put(EncryptedBlobs(shelf, KeyRing.read(folder)))
    assert (raised.value.fault, kept(shelf)) == (StoreFault.SLOW, before)


class FailingStream(io.BytesIO):
    def read(self, _size: int | None = -1, /) -> bytes:
        raise OSError(5, "Input/output error")


def test_a_disk_that_fails_while_it_is_read_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BlobStoreUnavailable) as raised:
        EncryptedBlobs(Failing(tmp_path), KeyRing.read(folder)).open(DIGEST)
    assert raised.value.fault is StoreFault.DISK


def test_a_source_that_comes_in_small_pieces_is_kept_the_same(store: EncryptedBlobs) -> None:
    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 1, 1000))

    store.put(DIGEST, Dripping(OCTETS))
    assert store.get(DIGEST) == OCTETS
