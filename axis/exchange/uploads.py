"""Packages that come up in chunks: begun, continued where they stand, and submitted as if they had come at once."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import IO, BinaryIO, Final, cast

from axis.caller import Caller
from axis.errors import NotFound, UploadRefused
from axis.exchange.intake import Intake
from axis.exchange.outcomes import Acceptance, Refusal
from axis.exchange.premises import Premises
from axis.logs import LogEvent, logger
from axis.seam import survive
from envelopes.detached import STEP
from envelopes.identifiers import EnvelopeId
from envelopes.obstacles import Obstacle, unreadable
from envelopes.packages import open_package
from routing.uploads import (
    CLEARED_AFTER,
    UPLOAD_LASTS,
    UploadFault,
    UploadId,
    UploadState,
    fault_of_beginning,
    fault_of_chunk,
)
from storage.blobs.staging import Staging
from storage.database.transactions import WriteSession
from storage.database.uploads import (
    append_chunk,
    chunks_of,
    cut_back,
    expired_uploads,
    find_upload,
    forget_chunks,
    forget_upload,
    get_upload,
    insert_upload,
    lock_upload,
    open_uploads,
    queue_up,
    retire_upload,
    settle_upload,
)
from storage.errors import BlobCorrupt, BlobMissing, BlobStoreUnavailable, StoreFault
from storage.records import ChunkRecord, UploadRecord

BATCH: Final = 20
"""Uploads cleared between two looks at the table; where none of them can be, the log has no more than that to say."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Octets of an upload that arrived: from which place on, how many, their SHA-256, and a stream at its beginning."""

    start: int
    size: int
    digest: bytes
    stream: BinaryIO


class Uploads:
    """Uploads of all systems, each of which sees its own; `largest` is the size of the largest package, in octets.

    What has come is a row for each chunk, and its octets wait in the object store: so any process of the axis can go on
    with an upload, and none loses it when it ends.
    """

    def __init__(self, premises: Premises, staging: Staging, *, intake: Intake, largest: int) -> None:
        self._transactions = premises.transactions
        self._clock = premises.clock
        self._staging = staging
        self._intake = intake
        self._largest = largest
        self._looked_at: UploadRecord | None = None

    def begin(self, size: int, digest: bytes, *, caller: Caller) -> UploadRecord:
        """Return the upload of the package with this size and SHA-256: the one that was begun before, or a new one.

        Raises `UnreadableMessage` for a package that is larger than any may be, `UploadRefused` where the system has
        too many open, or too much.
        """
        if not 0 < size <= self._largest:
            raise unreadable(Obstacle.TOO_LARGE if size else Obstacle.EMPTY)
        now = self._clock.now()
        new = UploadRecord(
            UploadId(self._clock.mint(now)), caller.system.system_id, digest, size, now, now + UPLOAD_LASTS
        )
        upload, former = self._transactions.run(lambda session: self._begun(session, new))
        if upload is new:
            logger.info(LogEvent.UPLOAD_BEGUN, upload=new.upload_id)
        if former is not None:
            self._ended(former.upload_id, UploadState.ENDED)
        return upload

    def _begun(self, session: WriteSession, new: UploadRecord) -> tuple[UploadRecord, UploadRecord | None]:
        """Return the upload, and the one of the same octets that ended for it."""
        queue_up(session, new.system_id)
        known = find_upload(session, new.system_id, digest=new.digest)
        if known is not None:
            is_it = known.size == new.size or known.state is UploadState.SUBMITTED
            if is_it and known.expires_at > new.created_at:
                return known, None
            retire_upload(session, known.upload_id)
        count, octets = open_uploads(session, new.system_id, now=new.created_at)
        fault = fault_of_beginning(new.size, opened=count, octets=octets, largest=self._largest)
        if fault is not None:
            raise UploadRefused(fault)
        insert_upload(session, new)
        return new, known

    def look(self, upload_id: UploadId, caller: Caller) -> UploadRecord:
        """Return how an upload of the caller's stands; raises `NotFound`, also when its day is over."""
        with self._transactions.glance() as session:
            return self._own(get_upload(session, upload_id), caller)

    def append(self, upload_id: UploadId, chunk: Chunk, *, caller: Caller) -> UploadRecord:
        """Return how an upload stands with a chunk more, which is durable.

        The chunk that came last may come again. Raises `NotFound`, and `UploadRefused` for one that does not follow
        what there is, that is too small or too long, and after the end. Of two at once that follow, one does.
        """
        said = ChunkRecord(chunk.start, chunk.size, chunk.digest)
        with self._transactions.read() as session:
            upload = self._own(get_upload(session, upload_id), caller)
            known = chunks_of(session, upload_id) if chunk.start < upload.received else ()
        if upload.state is UploadState.OPEN and said in known:
            return upload
        self._require_next(upload, said)
        self._staging.put(upload_id, said, source=chunk.stream)
        try:
            return self._transactions.run(lambda session: self._appended(session, upload_id, chunk=said, caller=caller))
        except UploadRefused:
            # No row names it: others went on from where it begins, or the upload has ended. None will; but should the
            # others be lost to the store at this very moment and it come again, whoever submits is asked for it.
            survive("discard_chunk", partial(self._staging.discard, upload_id, said), otherwise=None)
            raise

    def _appended(
        self, session: WriteSession, upload_id: UploadId, *, chunk: ChunkRecord, caller: Caller
    ) -> UploadRecord:
        upload = self._own(lock_upload(session, upload_id), caller)
        is_open = upload.state is UploadState.OPEN
        if is_open and chunk.start < upload.received and chunk in chunks_of(session, upload_id):
            return upload
        self._require_next(upload, chunk)
        append_chunk(session, upload, chunk=chunk)
        return self._own(get_upload(session, upload_id), caller)

    def submit(self, upload_id: UploadId, caller: Caller) -> Acceptance | Refusal:
        """Return what becomes of the package that came up; as `Intake.submit`, and again the same for one accepted.

        Raises `NotFound`, and `UploadRefused` where octets are missing, also because the store lost them, or are not
        the announced ones. What was refused can be submitted again as long as its day lasts.
        """
        with self._transactions.read() as session:
            upload = self._own(get_upload(session, upload_id), caller)
            chunks = chunks_of(session, upload_id)
        if upload.envelope_id is not None:
            return self._intake.tell_again(upload.envelope_id, caller)
        if upload.state is UploadState.ENDED:
            raise UploadRefused(UploadFault.ENDED)
        if upload.received < upload.size:
            raise UploadRefused(UploadFault.INCOMPLETE, received=upload.received)
        return self._submitted(upload, chunks, caller=caller)

    def _submitted(
        self, upload: UploadRecord, chunks: Sequence[ChunkRecord], *, caller: Caller
    ) -> Acceptance | Refusal:
        with _workplace() as place:
            digest = self._put_together(upload.upload_id, chunks, place=place)
            if isinstance(digest, ChunkRecord):
                return self._submitted_without(upload.upload_id, digest, caller=caller)
            if digest != upload.digest:
                self._end(upload.upload_id, UploadState.ENDED)
                raise UploadRefused(UploadFault.OTHER_DIGEST)
            package = open_package(cast("BinaryIO", place), size=upload.size, digest=upload.digest)
            outcome = self._intake.submit(package, caller)
        if isinstance(outcome, Acceptance):
            self._end(upload.upload_id, UploadState.SUBMITTED, envelope_id=outcome.envelope_id)
        return outcome

    def _submitted_without(self, upload_id: UploadId, chunk: ChunkRecord, *, caller: Caller) -> Acceptance:
        """Return the receipt where a chunk is gone because somebody else submitted the upload at the same time.

        Raises `UploadRefused` where it was given up, or else because the store lost the chunk or damaged it: then
        that and all behind it are to be sent again.
        """
        now = self._transactions.run(lambda session: self._cut_back(session, upload_id, chunk=chunk, caller=caller))
        if now.envelope_id is not None:
            return self._intake.tell_again(now.envelope_id, caller)
        if now.state is UploadState.ENDED:
            raise UploadRefused(UploadFault.ENDED)
        logger.error(LogEvent.UPLOAD_DAMAGED, upload=upload_id)
        raise UploadRefused(UploadFault.INCOMPLETE, received=now.received)

    def _cut_back(
        self, session: WriteSession, upload_id: UploadId, *, chunk: ChunkRecord, caller: Caller
    ) -> UploadRecord:
        upload = self._own(lock_upload(session, upload_id), caller)
        if upload.state is UploadState.OPEN and chunk in chunks_of(session, upload_id):
            cut_back(session, upload, chunk=chunk)
        return self._own(get_upload(session, upload_id), caller)

    def abort(self, upload_id: UploadId, caller: Caller) -> UploadRecord:
        """Return an upload that was ended because nobody wants it; raises `NotFound`.

        What was accepted of it stays accepted. Again, it removes what could not be removed the first time.
        """
        state = self.look(upload_id, caller).state
        if state is UploadState.OPEN:
            self._end(upload_id, UploadState.ENDED)
        elif state is UploadState.ENDED:
            self._clear(upload_id)
        return self.look(upload_id, caller)

    def clear_expired(self, *, may_go_on: Callable[[], bool] = lambda: True) -> int:
        """Return how many uploads were forgotten whose day is over, with everything that is left of their octets.

        For one thread. One that cannot be cleared keeps no other waiting: the next call goes on behind it, and comes
        back to it when it has been at all others. `may_go_on` is asked before each: on S3 one may take a minute.
        """
        with self._transactions.glance() as session:
            due = expired_uploads(session, self._clock.now() - CLEARED_AFTER, after=self._looked_at, limit=BATCH)
        self._looked_at = due[-1] if len(due) == BATCH else None
        cleared = sum(
            survive("clear_uploads", partial(self._forgotten, one.upload_id), otherwise=0) for one in due if may_go_on()
        )
        if cleared:
            logger.info(LogEvent.UPLOADS_CLEARED, uploads_count=cleared)
        return cleared

    def _forgotten(self, upload_id: UploadId) -> int:
        self._staging.clear(upload_id)
        self._transactions.run(lambda session: forget_upload(session, upload_id))
        return 1

    def _own(self, upload: UploadRecord | None, caller: Caller) -> UploadRecord:
        if upload is None or upload.system_id != caller.system.system_id or upload.expires_at <= self._clock.now():
            raise NotFound
        return upload

    def _require_next(self, upload: UploadRecord, chunk: ChunkRecord) -> None:
        if upload.state is not UploadState.OPEN:
            raise UploadRefused(UploadFault.ENDED)
        fault = fault_of_chunk(upload.size, upload.received, start=chunk.start, count=chunk.size)
        if fault is not None:
            raise UploadRefused(fault, received=upload.received)

    def _put_together(
        self, upload_id: UploadId, chunks: Sequence[ChunkRecord], *, place: IO[bytes]
    ) -> bytes | ChunkRecord:
        """Return the SHA-256 of all chunks, which are written to `place` one behind the other.

        Where one is not there, or has other octets, that one is returned.
        """
        hasher = hashlib.sha256()
        for chunk in chunks:
            try:
                with self._staging.open(upload_id, chunk) as stream:
                    while piece := stream.read(STEP):
                        hasher.update(piece)
                        _write(place, piece)
            except (BlobMissing, BlobCorrupt):
                return chunk
        return hasher.digest()

    def _end(self, upload_id: UploadId, state: UploadState, *, envelope_id: EnvelopeId | None = None) -> None:
        """Write how an upload ended, then drop its octets; what ended otherwise meanwhile stays as it ended.

        Of that nothing needs to be told: who submits has the receipt in hand and gets it again for the same package,
        and who gives up what was accepted is shown so.
        """
        is_ours = self._transactions.run(
            lambda session: settle_upload(session, upload_id, state=state, envelope_id=envelope_id)
        )
        if is_ours:
            self._ended(upload_id, state)

    def _ended(self, upload_id: UploadId, state: UploadState) -> None:
        logger.info(LogEvent.UPLOAD_ENDED, upload=upload_id, state=state)
        self._clear(upload_id)

    def _clear(self, upload_id: UploadId) -> None:
        """Drop the octets of an upload that has ended; until that is done they count as open, at last by the day's end.

        A chunk that is on its way now is dropped by whoever brings it.
        """

        def cleared() -> None:
            self._staging.clear(upload_id)
            self._transactions.run(lambda session: forget_chunks(session, upload_id))

        survive("clear_upload", cleared, otherwise=None)


def _workplace() -> IO[bytes]:
    """Return a file without a name: whatever ends this process, nothing of it is left behind."""
    try:
        return tempfile.TemporaryFile(buffering=0)
    except OSError as error:
        raise BlobStoreUnavailable(StoreFault.DISK, said=error.strerror) from error


def _write(place: IO[bytes], piece: bytes) -> None:
    view = memoryview(piece)
    try:
        while view:
            view = view[place.write(view) :]
    except OSError as error:
        raise BlobStoreUnavailable(StoreFault.DISK, said=error.strerror) from error
