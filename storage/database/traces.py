"""All that is known of one message, read in one consistent state."""

from __future__ import annotations

from envelopes.identifiers import EnvelopeId
from storage.database.deliveries import deliveries_of
from storage.database.envelopes import envelopes_about, get_envelope
from storage.database.events import events_of
from storage.database.evidences import evidences_of
from storage.database.transactions import ReadSession
from storage.records import Trace


def trace(session: ReadSession, envelope_id: EnvelopeId) -> Trace | None:
    """Return the trace of a message, None where there is no such message; who may see it is the caller's to decide."""
    envelope = get_envelope(session, envelope_id)
    if envelope is None:
        return None
    return Trace(
        envelope=envelope,
        deliveries=deliveries_of(session, envelope_id),
        events=events_of(session, envelope_id),
        evidences=evidences_of(session, envelope_id),
        answers=envelopes_about(session, envelope_id),
    )
