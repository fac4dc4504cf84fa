"""Chunks follow each other without a gap, and a system may have so much open."""

from __future__ import annotations

import pytest

from routing.uploads import (
    CHUNK_BYTES_MIN,
    OPEN_PACKAGES_MAX,
    OPEN_UPLOADS_MAX,
    UploadFault,
    fault_of_beginning,
    fault_of_chunk,
)

SIZE = 10 * CHUNK_BYTES_MIN


@pytest.mark.parametrize(
    ("received", "start", "count", "fault"),
    [
        (0, 0, CHUNK_BYTES_MIN, None),
        (CHUNK_BYTES_MIN, CHUNK_BYTES_MIN, SIZE - CHUNK_BYTES_MIN, None),
        (SIZE - 1, SIZE - 1, 1, None),
        (0, CHUNK_BYTES_MIN, CHUNK_BYTES_MIN, UploadFault.OFFSET),
        (CHUNK_BYTES_MIN, 0, CHUNK_BYTES_MIN, UploadFault.OFFSET),
        (0, 0, SIZE + 1, UploadFault.TOO_LONG),
        (0, 0, CHUNK_BYTES_MIN - 1, UploadFault.CHUNK_TOO_SMALL),
        (0, 0, 0, UploadFault.CHUNK_TOO_SMALL),
        (SIZE, SIZE, 0, None),
    ],
)
def test_a_chunk_begins_where_the_others_end(received: int, start: int, count: int, fault: UploadFault | None) -> None:
    assert fault_of_chunk(SIZE, received, start=start, count=count) is fault


def test_a_system_may_have_so_many_and_so_much_open() -> None:
    assert fault_of_beginning(1, opened=OPEN_UPLOADS_MAX - 1, octets=0, largest=10) is None
    assert fault_of_beginning(1, opened=OPEN_UPLOADS_MAX, octets=0, largest=10) is UploadFault.TOO_MANY
    most = OPEN_PACKAGES_MAX * 10
    assert fault_of_beginning(10, opened=1, octets=most - 10, largest=10) is None
    assert fault_of_beginning(10, opened=1, octets=most - 9, largest=10) is UploadFault.TOO_MUCH
