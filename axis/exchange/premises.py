"""What every use case of the exchange works with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from axis.clock import Clock
from axis.metrics import Metrics
from axis.timekeeper import Timekeeper
from envelopes.identifiers import EnvelopeId, OrganId
from storage.blobs import BlobStore
from storage.database.transactions import Transactions


class Bell(Protocol):
    """Wakes whoever may be waiting, after a commit and best effort: it may ring twice, or never."""

    def ring(self, envelope_id: EnvelopeId, recipients: Sequence[OrganId]) -> None:
        """Tell workers of evidence that is owed about an envelope, and recipients that something waits for them."""
        ...


@dataclass(frozen=True, slots=True)
class Premises:
    """The database, the object store, the time and whether it is right, the counters and the bell of one process."""

    transactions: Transactions
    blobs: BlobStore
    clock: Clock
    metrics: Metrics
    bell: Bell
    timekeeper: Timekeeper
