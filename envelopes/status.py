"""A status message as data (`messagetype` = `status`): what an agency says about a document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from envelopes.codes import StatusCode, UnknownCode
from envelopes.extensions import check_places
from envelopes.model import Extension, Organization, ResponseFor, StaffInfo
from envelopes.paths import STATUS_PLACES
from envelopes.texts import check_code, check_local_second, check_texts


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One statement about one document; `response_for.organ_id` is the addressee and so the routing key.

    `timestamp` is the speaker's own clock (aware, whole seconds): evidence of what was said, not of when.
    """

    sender: Organization
    response_for: ResponseFor
    status: StatusCode | UnknownCode
    description: str | None = None
    timestamp: datetime | None = None
    staff: StaffInfo | None = None
    extensions: tuple[Extension, ...] = ()

    def __post_init__(self) -> None:
        check_texts(self)
        check_code(self.status, StatusCode)
        check_local_second(self.timestamp)
        if self.extensions:
            placed = ((extension.path, extension.xml) for extension in self.extensions)
            check_places(placed, STATUS_PLACES)
            object.__setattr__(self, "extensions", tuple(sorted(self.extensions, key=attrgetter("path"))))
