"""Which document stands in the place of which, both ways, for those who may know both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from axis.caller import Caller
from envelopes.identifiers import DocumentId, EnvelopeId, OrganId
from storage.database.deliveries import deliveries_of
from storage.database.demands import replacements_of
from storage.database.envelopes import find_envelopes
from storage.database.transactions import ReadSession
from storage.records import EnvelopeRecord, Replacement


@dataclass(frozen=True, slots=True)
class Link:
    """The document at the other end, as it is called."""

    envelope_id: EnvelopeId
    document_id: DocumentId | None
    number: str | None
    notation: str | None
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class Links:
    """What a document replaces, and what replaces it, in the order the newer ones came."""

    replaces: tuple[Link, ...] = ()
    replaced_by: tuple[Link, ...] = ()


UNLINKED: Final = Links()


def links_of(session: ReadSession, envelope_ids: Iterable[EnvelopeId], *, caller: Caller) -> Mapping[EnvelopeId, Links]:
    """Return the links of documents that the caller may see, by envelope; those without any are left out.

    The sender sees all. A recipient sees those between two documents it got, and that are meant for it: of others it
    must not learn that they exist. Replacing takes nothing away: the document that is replaced stays where it is.
    """
    wanted = frozenset(envelope_ids)
    found = replacements_of(session, tuple(wanted))
    if not found:
        return {}
    ends = {one.replaced_id for one in found} | {one.replacing_id for one in found}
    envelopes = find_envelopes(session, ends)
    replaces, replaced_by = defaultdict[EnvelopeId, list[Link]](list), defaultdict[EnvelopeId, list[Link]](list)
    for one in found:
        if _may_see(session, one, envelopes=envelopes, caller=caller):
            replaces[one.replacing_id].append(_link(envelopes[one.replaced_id]))
            replaced_by[one.replaced_id].append(_link(envelopes[one.replacing_id]))
    linked = wanted & {*replaces, *replaced_by}
    return {one: Links(tuple(replaces[one]), tuple(replaced_by[one])) for one in linked}


def _may_see(
    session: ReadSession, replacement: Replacement, *, envelopes: Mapping[EnvelopeId, EnvelopeRecord], caller: Caller
) -> bool:
    if caller.may_act_for(envelopes[replacement.replacing_id].sender):
        return True
    before, after = (
        _recipients(session, one, caller=caller) for one in (replacement.replaced_id, replacement.replacing_id)
    )
    had_both = before & after
    return bool(had_both.intersection(replacement.recipients) if replacement.recipients else had_both)


def _recipients(session: ReadSession, envelope_id: EnvelopeId, *, caller: Caller) -> frozenset[OrganId]:
    own = deliveries_of(session, envelope_id, recipients=caller.agencies())
    return frozenset(one.delivery.recipient for one in own)


def _link(envelope: EnvelopeRecord) -> Link:
    return Link(envelope.envelope_id, envelope.document_id, envelope.number, envelope.notation, envelope.accepted_at)
