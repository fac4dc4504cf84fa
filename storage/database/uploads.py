"""Packages on their way in, chunk by chunk: how far each has come, and of whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Row, and_, delete, func, insert, not_, select, tuple_, update

from envelopes.identifiers import EnvelopeId, SystemId
from routing.uploads import UploadId, UploadState
from storage.database.tables import UploadChunkRow, UploadRow, table_of
from storage.database.transactions import ReadSession, WriteSession
from storage.records import ChunkRecord, UploadRecord

_UPLOADS = table_of(UploadRow)
_CHUNKS = table_of(UploadChunkRow)
_U = _UPLOADS.c


def queue_up(session: WriteSession, system_id: SystemId) -> None:
    """Return when nobody else begins an upload for this system, until the transaction ends: so that its count holds."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"uploads {system_id}", 0))))


def find_upload(session: WriteSession, system_id: SystemId, *, digest: bytes) -> UploadRecord | None:
    """Return the system's upload of the package with this digest that has not ended, locked as by `lock_upload`."""
    query = select(_UPLOADS).where(
        _U.system_id == str(system_id), _U.digest == digest, _U.state != UploadState.ENDED.value
    )
    row = session.execute(query.with_for_update()).one_or_none()
    return None if row is None else _record(row)


def open_uploads(session: ReadSession, system_id: SystemId, *, now: datetime) -> tuple[int, int]:
    """Return how many uploads of a system are open, and how many octets the store must have room for on their account.

    These are those that were announced for the open ones, and those of others that were not accepted and still lie
    in the store.
    """
    is_open = and_(_U.state == UploadState.OPEN.value, _U.expires_at > now)
    announced = select(func.count(), func.coalesce(func.sum(_U.size), 0)).where(_U.system_id == str(system_id), is_open)
    left = (
        select(func.coalesce(func.sum(_CHUNKS.c.size), 0))
        .join(_UPLOADS, _CHUNKS.c.upload_id == _U.id)
        .where(_U.system_id == str(system_id), _U.state != UploadState.SUBMITTED.value, not_(is_open))
    )
    count, octets = session.execute(announced).one()
    return int(count), int(octets) + int(session.execute(left).scalar_one())


def insert_upload(session: WriteSession, upload: UploadRecord) -> None:
    """Write an upload that begins."""
    values = {
        "id": upload.upload_id,
        "system_id": str(upload.system_id),
        "digest": upload.digest,
        "size": upload.size,
        "received": upload.received,
        "created_at": upload.created_at,
        "expires_at": upload.expires_at,
        "state": upload.state.value,
        "envelope_id": upload.envelope_id,
    }
    session.execute(insert(_UPLOADS).values(values))


def get_upload(session: ReadSession, upload_id: UploadId) -> UploadRecord | None:
    """Return an upload."""
    row = session.execute(select(_UPLOADS).where(_U.id == upload_id)).one_or_none()
    return None if row is None else _record(row)


def lock_upload(session: WriteSession, upload_id: UploadId) -> UploadRecord | None:
    """Return an upload that nobody else changes until the transaction ends."""
    row = session.execute(select(_UPLOADS).where(_U.id == upload_id).with_for_update()).one_or_none()
    return None if row is None else _record(row)


def append_chunk(session: WriteSession, upload: UploadRecord, *, chunk: ChunkRecord) -> None:
    """Write that a chunk of a locked upload is kept, which begins where the others end."""
    values = {"upload_id": upload.upload_id, "start": chunk.start, "size": chunk.size, "digest": chunk.digest}
    session.execute(insert(_CHUNKS).values(values))
    received = upload.received + chunk.size
    session.execute(update(_UPLOADS).where(_U.id == upload.upload_id).values(received=received))


def cut_back(session: WriteSession, upload: UploadRecord, *, chunk: ChunkRecord) -> None:
    """Write that of a locked upload only what stands before one of its chunks is kept."""
    session.execute(delete(_CHUNKS).where(_CHUNKS.c.upload_id == upload.upload_id, _CHUNKS.c.start >= chunk.start))
    session.execute(update(_UPLOADS).where(_U.id == upload.upload_id).values(received=chunk.start))


def chunks_of(session: ReadSession, upload_id: UploadId) -> tuple[ChunkRecord, ...]:
    """Return what has come of an upload, in order."""
    query = select(_CHUNKS).where(_CHUNKS.c.upload_id == upload_id).order_by(_CHUNKS.c.start)
    return tuple(ChunkRecord(row.start, row.size, row.digest) for row in session.execute(query))


def settle_upload(
    session: WriteSession, upload_id: UploadId, *, state: UploadState, envelope_id: EnvelopeId | None = None
) -> bool:
    """Return True once it is written what became of an open upload; False where it ended before, as it is written.

    Its chunks are remembered for as long as they lie in the store.
    """
    is_it = and_(_U.id == upload_id, _U.state == UploadState.OPEN.value)
    written = update(_UPLOADS).where(is_it).values(state=state.value, envelope_id=envelope_id).returning(_U.id)
    return session.execute(written).one_or_none() is not None


def retire_upload(session: WriteSession, upload_id: UploadId) -> None:
    """Write that an upload makes way for a new one of the same octets, whatever became of it."""
    session.execute(update(_UPLOADS).where(_U.id == upload_id).values(state=UploadState.ENDED.value, envelope_id=None))


def forget_chunks(session: WriteSession, upload_id: UploadId) -> None:
    """Write that nothing of an upload that has ended lies in the store any more."""
    session.execute(delete(_CHUNKS).where(_CHUNKS.c.upload_id == upload_id))


def expired_uploads(
    session: ReadSession, before: datetime, *, after: UploadRecord | None, limit: int
) -> tuple[UploadRecord, ...]:
    """Return uploads that expired before a moment, whatever became of them, in order: those that follow `after`."""
    query = select(_UPLOADS).where(_U.expires_at <= before)
    if after is not None:
        query = query.where(tuple_(_U.expires_at, _U.id) > (after.expires_at, after.upload_id))
    return tuple(_record(row) for row in session.execute(query.order_by(_U.expires_at, _U.id).limit(limit)))


def forget_upload(session: WriteSession, upload_id: UploadId) -> None:
    """Remove an upload whose octets are gone."""
    session.execute(delete(_UPLOADS).where(_U.id == upload_id))


def _record(row: Row[tuple[object, ...]]) -> UploadRecord:
    return UploadRecord(
        upload_id=UploadId(row.id),
        system_id=SystemId(row.system_id),
        digest=row.digest,
        size=row.size,
        received=row.received,
        created_at=row.created_at,
        expires_at=row.expires_at,
        state=UploadState(row.state),
        envelope_id=None if row.envelope_id is None else EnvelopeId(row.envelope_id),
    )
