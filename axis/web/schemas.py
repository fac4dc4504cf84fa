"""What the API takes and answers, as models with descriptions and examples."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from axis.web.recall_schemas import DemandBody, LinkBody
from axis.web.schema_fields import Answer, Digest, Identifier, Moment
from axis.web.verdict_schemas import VerdictBody
from envelopes.limits import ORGAN_ID_MAX
from routing.leases import (
    LEASE_COUNT_DEFAULT,
    LEASE_COUNT_MAX,
    LEASE_TIME_DEFAULT,
    LEASE_TIME_MAX,
    LEASE_TIME_MIN,
    LONG_POLL_MAX,
)

LEASE_RECIPIENTS_MAX: Final = 1_000
"""Agencies named in one lease: a province has about that many; without any, all of the system's are meant."""

PAGE_MAX: Final = 200
"""Envelopes in one page: a page stays under 100 KB."""

PAGE_DEFAULT: Final = 50
"""Envelopes in a page where the caller names no number."""


Organ = Annotated[
    str, Field(description="Agency id.", min_length=1, max_length=ORGAN_ID_MAX, examples=["000.00.15.H51", "H51.15"])
]
Kind = Annotated[str, Field(description="The message's own `messagetype`.", examples=["edoc", "status"])]
Replaces = Annotated[list[LinkBody], Field(description="The documents it stands in the place of.")]
ReplacedBy = Annotated[list[LinkBody], Field(description="The documents that stand in its place.")]
Octets64 = Annotated[str, Field(description="Octets in base64.", examples=["PD94bWwgdmVyc2lvbj0iMS4wIj8+"])]


class FindingBody(Answer):
    """One thing found in a message or a request."""

    code: Annotated[str, Field(description="Stable code.", examples=["recipient/unknown", "N.MessageHeader.Subject"])]
    severity: Annotated[Literal["error", "warning"], Field(description="Only an error refuses.")]
    path: Annotated[
        str, Field(description="The place, counted from 1; empty for the whole.", examples=["MessageHeader.To[2]"])
    ]
    value: Annotated[str | None, Field(description="The offending identifier or code.", examples=["X99"])] = None
    vi: Annotated[str, Field(examples=["Danh mục không có cơ quan, tổ chức nào mang mã định danh này."])]
    en: Annotated[str, Field(examples=["No agency in the directory has this id."])]
    do_vi: Annotated[str, Field(description="What to do, in Vietnamese.", examples=["Tra lại mã định danh."])]
    do_en: Annotated[str, Field(description="What to do, in English.", examples=["Look the id up."])]


class TokenBody(Answer):
    """An access token (RFC 6749 §5.1)."""

    access_token: Annotated[str, Field(description="Send it as `Authorization: Bearer …`.", examples=["eyJhbGciOi…"])]
    token_type: Literal["Bearer"]
    expires_in: Annotated[int, Field(description="Seconds.", examples=[300])]
    scope: Annotated[
        str, Field(description="The agencies (with everything below them) it is good for.", examples=["G22 H51.15"])
    ]


class RecipientBody(Answer):
    """What was decided for one recipient of a submission."""

    asked_as: Annotated[Organ | None, Field(description="The id in the message.")]
    organ_id: Annotated[Organ | None, Field(description="The agency's canonical id.")]
    decision: Annotated[
        Literal["accepted", "refused", "merged"],
        Field(description="`merged`: named twice, delivered once."),
    ]
    delivery_id: Identifier | None
    successor: Annotated[
        Organ | None,
        Field(description="Who took the place of a closed agency, the first of them; of an accepted one, who gets it."),
    ]
    successors: Annotated[list[Organ], Field(description="All who took the place of a closed agency.")]
    finding: FindingBody | None


class AcceptanceBody(Answer):
    """The message is durable, routed and receipted. A repeat gets everything of the first time."""

    envelope_id: Identifier
    kind: Kind
    document_id: Annotated[str | None, Field(examples=["G22-2026-0001234"])]
    accepted_at: Moment
    repeat: Annotated[bool, Field(description="True where this submission had been accepted before.")]
    raw_digest: Annotated[Digest, Field(description="Of the octets that were accepted.")]
    content_digest: Annotated[Digest, Field(description="Of the content, the same for a re-built package.")]
    recipients: list[RecipientBody]
    warnings: list[FindingBody]
    verdict: Annotated[VerdictBody | None, Field(description="As the receipt says it; what is known later, the trace.")]
    receipt_id: Identifier
    receipt: Annotated[Octets64, Field(description="The sealed SubmissionAcceptance, XML, in base64.")]


class EnvelopeBody(Answer):
    """An accepted message by its metadata."""

    envelope_id: Identifier
    kind: Kind
    sender: Organ
    accepted_at: Moment
    raw_digest: Digest
    content_digest: Digest
    size: Annotated[int, Field(description="Octets of the package.", examples=[10_240])]
    priority: Annotated[int, Field(description="0 normal, 1 khẩn, 2 thượng khẩn, 3 hỏa tốc.", ge=0, le=3)]
    business_type: Annotated[str | None, Field(description="0 new, 1 recall, 2 update, 3 replacement.", examples=["0"])]
    status_code: Annotated[str | None, Field(description="Of a status: 01, 02, 03 …", examples=["03"])]
    document_id: Annotated[str | None, Field(examples=["G22-2026-0001234"])]
    number: Annotated[str | None, Field(examples=["123"])]
    notation: Annotated[str | None, Field(examples=["CV-BTTTT"])]
    subject: Annotated[str | None, Field(examples=["Về việc triển khai kết nối"])]
    original_id: Annotated[Identifier | None, Field(description="The envelope it speaks of, where it speaks of one.")]
    replaces: Replaces
    replaced_by: ReplacedBy


class SentQuery(BaseModel):
    """What page of what was sent is asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    direction: Annotated[Literal["sent"], Field(description="What to list.")] = "sent"
    document_id: Annotated[str | None, Field(description="The sender's own id of the document.")] = None
    after: Annotated[UUID | None, Field(description="`next` of the page before.")] = None
    limit: Annotated[int, Field(description="Envelopes in the page.", ge=1, le=PAGE_MAX)] = PAGE_DEFAULT


class EnvelopePageBody(Answer):
    """Envelopes, newest first."""

    items: list[EnvelopeBody]
    next: Annotated[Identifier | None, Field(description="`after` of the following page; null at the end.")]


class EventBody(Answer):
    """One recorded fact."""

    event_id: Identifier
    tag: Annotated[str, Field(examples=["delivery.fetched"])]
    at: Moment
    evidence_id: Annotated[Identifier | None, Field(description="The sealed evidence for it, where there is one yet.")]


class StatusBody(Answer):
    """What a recipient said about the document."""

    code: Annotated[str, Field(examples=["03"])]
    said_at: Annotated[Moment | None, Field(description="The speaker's own clock.")]
    accepted_at: Moment
    envelope_id: Annotated[Identifier, Field(description="The envelope that carried it.")]
    sender: Annotated[Organ, Field(description="Who said it: the recipient, or who took over from it.")]
    spoken_for: Annotated[Organ | None, Field(description="The closed recipient, where its successor said it.")]
    description: Annotated[str | None, Field(examples=["Đã tiếp nhận văn bản"])]


class DeliveryTraceBody(Answer):
    """Everything about one recipient, oldest first."""

    delivery_id: Identifier
    recipient: Organ
    name: Annotated[str, Field(examples=["Sở Thông tin và Truyền thông"])]
    asked_as: Organ
    state: Annotated[str, Field(examples=["consigned", "handed_over"])]
    events: list[EventBody]
    statuses: list[StatusBody]
    current: Annotated[StatusBody | None, Field(description="The status that counts.")]
    recalled_at: Annotated[Moment | None, Field(description="Since when its content is not given out any more.")]
    redirected_from: Annotated[Identifier | None, Field(description="The delivery that ended so that this was made.")]
    redirected_to: Annotated[Identifier | None, Field(description="The delivery that was made instead of this one.")]
    demands: list[DemandBody]


class TracedEnvelopeBody(EnvelopeBody):
    """An accepted message by its metadata, and what is known of its signatures by now."""

    verdict: VerdictBody | None


class TraceBody(Answer):
    """What happened to an envelope, and to each of its deliveries that the caller may see."""

    envelope: TracedEnvelopeBody
    events: list[EventBody]
    deliveries: list[DeliveryTraceBody]


class EvidenceItemBody(Answer):
    """A sealed evidence by its metadata."""

    evidence_id: Identifier
    type: Annotated[str, Field(examples=["SubmissionAcceptance", "ContentHandover"])]
    issued_at: Moment
    digest: Digest
    delivery_id: Annotated[Identifier | None, Field(description="The delivery it is about, where it is about one.")]


class EvidenceListBody(Answer):
    """All evidence about an envelope that the caller may see, oldest first."""

    items: list[EvidenceItemBody]


class LeaseRequest(BaseModel):
    """What a recipient's system asks for."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    recipients: Annotated[
        list[Organ] | None,
        Field(
            description="For these agencies only, by any of their ids; without it, for all the system acts for.",
            max_length=LEASE_RECIPIENTS_MAX,
        ),
    ] = None
    limit: Annotated[int, Field(description="Deliveries at most.", ge=1, le=LEASE_COUNT_MAX)] = LEASE_COUNT_DEFAULT
    seconds: Annotated[
        int,
        Field(
            description="How long they are reserved.",
            ge=int(LEASE_TIME_MIN.total_seconds()),
            le=int(LEASE_TIME_MAX.total_seconds()),
        ),
    ] = int(LEASE_TIME_DEFAULT.total_seconds())
    wait: Annotated[
        int,
        Field(
            description="Long poll: seconds to wait where nothing is there yet.",
            ge=0,
            le=int(LONG_POLL_MAX.total_seconds()),
        ),
    ] = 0


class OfferBody(Answer):
    """One delivery that waits; enough to decide on, and nothing of a file's content."""

    delivery_id: Identifier
    envelope_id: Identifier
    recipient: Organ
    asked_as: Organ
    sender: Organ
    kind: Kind
    business_type: Annotated[str | None, Field(description="0 new, 1 recall, 2 update, 3 replacement.", examples=["0"])]
    status_code: Annotated[str | None, Field(description="Of a status: 01, 02, 03 …", examples=["03"])]
    document_id: Annotated[str | None, Field(examples=["G22-2026-0001234"])]
    number: Annotated[str | None, Field(examples=["123"])]
    notation: Annotated[str | None, Field(examples=["CV-BTTTT"])]
    subject: Annotated[str | None, Field(examples=["Về việc triển khai kết nối"])]
    priority: Annotated[int, Field(description="0 normal, 1 khẩn, 2 thượng khẩn, 3 hỏa tốc.", ge=0, le=3)]
    size: Annotated[int, Field(description="Octets of the package.", examples=[10_240])]
    digest: Digest
    accepted_at: Moment
    replaces: Replaces
    replaced_by: ReplacedBy


class LeaseBody(Answer):
    """Deliveries reserved for the caller, most urgent first; no lease where nothing waits."""

    lease_id: Identifier | None
    leased_until: Moment | None
    deliveries: list[OfferBody]


class ReleaseBody(Answer):
    """Deliveries given back."""

    released: Annotated[int, Field(description="How many went back for others to take.", examples=[2])]


class DeliveryBody(OfferBody):
    """One delivery as its recipient may see it."""

    state: Annotated[str, Field(examples=["consigned", "handed_over"])]
    leased_until: Moment | None
    fetched_at: Annotated[Moment | None, Field(description="When its first octet left the axis.")]
    final_at: Annotated[Moment | None, Field(description="When nothing more could happen to it.")]
    recalled_at: Annotated[Moment | None, Field(description="Since when its content is not given out any more.")]


class AcknowledgedBody(Answer):
    """What an acknowledgement did."""

    delivery_id: Identifier
    envelope_id: Identifier
    state: Annotated[str, Field(examples=["handed_over", "refused"])]
    outcome: Literal["done", "fail"]
    repeat: Annotated[bool, Field(description="True where the same had been acknowledged before.")]


class AgencyBody(Answer):
    """One agency of the directory."""

    organ_id: Annotated[Organ, Field(description="The canonical id.")]
    aliases: list[Organ]
    name_vi: Annotated[str, Field(examples=["Bộ Thông tin và Truyền thông"])]
    name_en: Annotated[str | None, Field(examples=["Ministry of Information and Communications"])]
    parent: Organ | None
    is_group: Annotated[bool, Field(description="Only groups others; nothing is sent to it.")]
    is_receiving: Annotated[bool, Field(description="Receives documents through the axis.")]
    valid_from: Annotated[date | None, Field(description="First day it exists, Vietnam time.")]
    valid_to: Annotated[date | None, Field(description="Day from which it no longer exists, Vietnam time.")]
    successors: list[Organ]
    forwards_to: Annotated[
        Organ | None, Field(description="The successor that gets its mail once it is closed; null: that is refused.")
    ]


class ProblemTypeBody(Answer):
    """One kind of problem."""

    type: Annotated[str, Field(examples=["urn:axis:problem:recipient-unknown"])]
    slug: Annotated[str, Field(examples=["recipient-unknown"])]
    code: Annotated[str, Field(examples=["recipient/unknown"])]
    status: Annotated[int, Field(examples=[422])]
    title: str
    title_vi: str
    what_to_do: str
    what_to_do_vi: str


class ProblemListBody(Answer):
    """Every kind of problem the API answers with."""

    items: list[ProblemTypeBody]


class LimitBody(Answer):
    """One limit."""

    name: Annotated[str, Field(examples=["package_bytes_max"])]
    value: Annotated[int, Field(examples=[52_428_800])]
    unit: Annotated[str, Field(examples=["octets"])]
    reason: str


class LimitListBody(Answer):
    """Every limit, each with its reason."""

    items: list[LimitBody]


class CheckBody(Answer):
    """The last outcome of one check."""

    name: Annotated[str, Field(examples=["seal", "database", "store", "trust", "broker"])]
    passed: bool
    checked_at: Moment


class HealthBody(Answer):
    """Whether the process can do its work."""

    ready: bool
    checks: list[CheckBody]


class LiveBody(Answer):
    """The process answers."""

    live: Literal[True] = True


class ProblemBody(BaseModel):
    """A problem document (RFC 9457). Refusals of readable packages carry the sealed SubmissionRejection."""

    model_config = ConfigDict(frozen=True)

    type: Annotated[str, Field(examples=["urn:axis:problem:recipient-none-left"])]
    title: str
    title_vi: str
    status: int
    detail: Annotated[str, Field(description="What happened this time.")]
    detail_vi: str
    instance: Annotated[str, Field(description="The path that was called.", examples=["/v1/envelopes"])]
    code: Annotated[str, Field(description="Stable code.", examples=["recipient/none-left"])]
    correlation_id: Annotated[str, Field(description="Tell it to the axis operator when you ask.")]
    what_to_do: str
    what_to_do_vi: str
    findings: list[FindingBody] | None = None
    evidence: Annotated[Octets64 | None, Field(description="The sealed SubmissionRejection, XML, in base64.")] = None
    evidence_id: Identifier | None = None


class TokenProblemBody(ProblemBody):
    """A problem of the token endpoint, with the members of RFC 6749 §5.2."""

    error: Annotated[str, Field(examples=["invalid_client"])]
    error_description: str
