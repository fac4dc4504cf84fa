"""What is known of one message, read in one consistent state."""

from __future__ import annotations

from collections.abc import Sequence

from envelopes.identifiers import EnvelopeId, OrganId
from storage.database.deliveries import deliveries_of
from storage.database.demands import demands_of
from storage.database.envelopes import statuses_about
from storage.database.events import events_of
from storage.database.evidences import evidences_of
from storage.database.transactions import ReadSession
from storage.records import Trace


def trace(
    session: ReadSession,
    envelope_id: EnvelopeId,
    *,
    recipients: Sequence[OrganId] | None = None,
    updated: EnvelopeId | None = None,
) -> Trace:
    """Return the trace of a message, empty where there is no such message; who may see it is the caller's to decide.

    With `recipients` (canonical ids) only what concerns them: their deliveries, what happened to these, what was
    attested of these, what they said, and what they were asked. `updated` is the document that an update updates: what
    is asked about that concerns the update as well.
    """
    deliveries = deliveries_of(session, envelope_id, recipients=recipients)
    asked_about = (envelope_id,) if updated is None else (envelope_id, updated)
    own = None if recipients is None else [one.delivery.delivery_id for one in deliveries]
    return Trace(
        deliveries=deliveries,
        events=events_of(session, envelope_id, deliveries=own),
        evidences=evidences_of(session, envelope_id, deliveries=own),
        statuses=statuses_about(session, envelope_id, speakers=recipients),
        demands=demands_of(session, asked_about, recipients=recipients),
    )
