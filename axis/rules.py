"""What the settings ask of signatures, of documents and of time, as the values that the rules of routing take."""

from __future__ import annotations

from axis.settings import RevocationSettings
from axis.settings.judging import CalendarSettings, DocumentSettings
from envelopes.identifiers import OrganId
from routing.assurance import Assurance, Demands
from routing.calendar import WorkingCalendar


def assurance_of(settings: RevocationSettings) -> Assurance:
    """Return what is asked of signatures whose certificates' revocation is unknown."""
    senders = {OrganId(sender): rule for sender, rule in settings.senders.items()}
    return Assurance(settings.unknown, settings.stale, senders)


def calendar_of(settings: CalendarSettings) -> WorkingCalendar:
    """Return on which days offices work."""
    return WorkingCalendar(settings.closed, settings.opened)


def demands_of(settings: DocumentSettings) -> Demands:
    """Return what documents must not be worth."""
    return Demands(settings.refuse, {OrganId(sender): refused for sender, refused in settings.senders.items()})
