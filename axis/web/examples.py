"""Sample answers for the OpenAPI document; each is one of the models, so that it cannot be out of date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel

from axis.exchange.explaining import told
from axis.exchange.judgements import Judgement
from axis.web import recall_schemas, schemas, seal_schemas, upload_schemas, verdict_schemas
from envelopes import evidence_signatures as signatures
from envelopes.evidence_facts import Digest, DigestMethod
from signing.policy import PACKAGE_POLICY

_ENVELOPE: Final = UUID("019aa5f0-7c11-7a52-8f3e-5d0c2b1e9a77")
_DELIVERY: Final = UUID("019aa5f0-7c12-7d04-9b6a-2f1d8c3e4b55")
_RECEIPT: Final = UUID("019aa5f0-7c13-7121-a0c4-61e2f9d0ab34")
_EVENT: Final = UUID("019aa5f0-7c14-7b3f-8c5d-7e9a1b2c3d4e")
_RECALL: Final = UUID("019aa5f6-5f10-7e21-9d3c-4b5a69788796")
_LEASE: Final = UUID("019aa5f2-01aa-7f10-b2c3-d4e5f6a7b8c9")
_ACCEPTED: Final = datetime(2026, 11, 21, 2, 3, 4, 567000, tzinfo=UTC)
_FETCHED: Final = datetime(2026, 11, 21, 2, 5, 0, 12000, tzinfo=UTC)
_UNTIL: Final = datetime(2026, 11, 21, 2, 10, 0, tzinfo=UTC)
_DIGEST: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

_FINDING: Final = schemas.FindingBody(
    code="recipient/unknown",
    severity="error",
    path="MessageHeader.To[2]",
    value="X99",
    vi="Danh mục không có cơ quan, tổ chức nào mang mã định danh này.",
    en="No agency in the directory has this id.",
    do_vi="Tra lại mã định danh của bên nhận trong danh mục rồi gửi lại cho bên nhận này.",
    do_en="Look the recipient's id up in the directory, then send again to this recipient.",
)
_ENVELOPE_BODY: Final = schemas.EnvelopeBody(
    envelope_id=_ENVELOPE,
    kind="edoc",
    sender="G22",
    accepted_at=_ACCEPTED,
    raw_digest=_DIGEST,
    content_digest=_DIGEST,
    size=10_240,
    priority=1,
    business_type="0",
    status_code=None,
    document_id="G22-2026-0001234",
    number="123",
    notation="CV-BTTTT",
    subject="Về việc triển khai kết nối",
    original_id=None,
    replaces=[],
    replaced_by=[],
)
_SHA256: Final = Digest(DigestMethod.SHA256, bytes.fromhex(_DIGEST))
_JUDGEMENT: Final = Judgement(
    signatures.SenderSignature(
        signatures.SignatureIndication.TOTAL_PASSED, claimed_signing_time="2026-11-21T09:03:01+07:00", level="B-B"
    ),
    signatures.ValidationSummary(
        _ACCEPTED,
        PACKAGE_POLICY.name,
        signatures.RevocationState.GOOD.value,
        statuses=(
            signatures.CertificateStatus(
                _SHA256,
                signatures.RevocationState.GOOD,
                signatures.RevocationSource.OCSP,
                this_update=_ACCEPTED - timedelta(minutes=41),
                next_update=_ACCEPTED + timedelta(hours=7),
                evidence=_SHA256,
            ),
        ),
    ),
    existed_at=_ACCEPTED,
    signer="Bộ Thông tin và Truyền thông",
)
_VERDICT: Final = verdict_schemas.VerdictBody.model_validate(told(_JUDGEMENT))
_EVENT_BODY: Final = schemas.EventBody(event_id=_EVENT, tag="delivery.fetched", at=_FETCHED, evidence_id=None)
_DEMAND: Final = recall_schemas.DemandBody(
    kind="recall",
    state="asked",
    envelope_id=_RECALL,
    original_id=_ENVELOPE,
    reason="Gửi nhầm nơi nhận",
    asked_at=_UNTIL,
    due_at=_UNTIL + timedelta(hours=8),
    unanswered_since=None,
    answered_at=None,
    answer_id=None,
)
_OFFER: Final = schemas.OfferBody(
    delivery_id=_DELIVERY,
    envelope_id=_ENVELOPE,
    recipient="H51.15",
    asked_as="000.00.15.H51",
    sender="G22",
    kind="edoc",
    business_type="0",
    status_code=None,
    document_id="G22-2026-0001234",
    number="123",
    notation="CV-BTTTT",
    subject="Về việc triển khai kết nối",
    priority=1,
    size=10_240,
    digest=_DIGEST,
    accepted_at=_ACCEPTED,
    replaces=[],
    replaced_by=[],
)


def _json(body: BaseModel) -> Any:
    return body.model_dump(mode="json")


TOKEN: Final = _json(
    schemas.TokenBody(access_token="eyJhbGciOiJFUzI1NiIs…", token_type="Bearer", expires_in=300, scope="G22")  # noqa: S106
)
ACCEPTANCE: Final = _json(
    schemas.AcceptanceBody(
        envelope_id=_ENVELOPE,
        kind="edoc",
        document_id="G22-2026-0001234",
        accepted_at=_ACCEPTED,
        repeat=False,
        raw_digest=_DIGEST,
        content_digest=_DIGEST,
        recipients=[
            schemas.RecipientBody(
                asked_as="000.00.15.H51",
                organ_id="H51.15",
                decision="accepted",
                delivery_id=_DELIVERY,
                successor=None,
                successors=[],
                finding=None,
            ),
            schemas.RecipientBody(
                asked_as="X99",
                organ_id=None,
                decision="refused",
                delivery_id=None,
                successor=None,
                successors=[],
                finding=_FINDING,
            ),
        ],
        warnings=[],
        verdict=_VERDICT,
        receipt_id=_RECEIPT,
        receipt="PD94bWwgdmVyc2lvbj0iMS4wIj8+…",
    )
)
ENVELOPE: Final = _json(_ENVELOPE_BODY)
ENVELOPES: Final = _json(schemas.EnvelopePageBody(items=[_ENVELOPE_BODY], next=None))
TRACE: Final = _json(
    schemas.TraceBody(
        envelope=schemas.TracedEnvelopeBody(**dict(_ENVELOPE_BODY), verdict=_VERDICT),
        events=[
            schemas.EventBody(event_id=_EVENT, tag="envelope.accepted", at=_ACCEPTED, evidence_id=_RECEIPT),
        ],
        deliveries=[
            schemas.DeliveryTraceBody(
                delivery_id=_DELIVERY,
                recipient="H51.15",
                name="Sở Thông tin và Truyền thông",
                asked_as="000.00.15.H51",
                state="consigned",
                events=[_EVENT_BODY],
                statuses=[],
                current=None,
                recalled_at=None,
                redirected_from=None,
                redirected_to=None,
                demands=[_DEMAND],
            )
        ],
    )
)
EVIDENCES: Final = _json(
    schemas.EvidenceListBody(
        items=[
            schemas.EvidenceItemBody(
                evidence_id=_RECEIPT,
                type="SubmissionAcceptance",
                issued_at=_ACCEPTED,
                digest=_DIGEST,
                delivery_id=None,
            )
        ]
    )
)
LEASE_REQUEST: Final = _json(schemas.LeaseRequest(recipients=["H51.15"], limit=10, seconds=300, wait=30))
LEASE: Final = _json(schemas.LeaseBody(lease_id=_LEASE, leased_until=_UNTIL, deliveries=[_OFFER]))
RELEASE: Final = _json(schemas.ReleaseBody(released=1))
DELIVERY: Final = _json(
    schemas.DeliveryBody(
        **_OFFER.model_dump(),
        state="consigned",
        leased_until=_UNTIL,
        fetched_at=_FETCHED,
        final_at=None,
        recalled_at=None,
    )
)
ACKNOWLEDGED: Final = _json(
    schemas.AcknowledgedBody(
        delivery_id=_DELIVERY, envelope_id=_ENVELOPE, state="handed_over", outcome="done", repeat=False
    )
)
AGENCY: Final = _json(
    schemas.AgencyBody(
        organ_id="H51.15",
        aliases=["000.00.15.H51"],
        name_vi="Sở Thông tin và Truyền thông",
        name_en=None,
        parent="H51",
        is_group=False,
        is_receiving=True,
        valid_from=None,
        valid_to=None,
        successors=[],
        forwards_to=None,
    )
)
LIMITS: Final = _json(
    schemas.LimitListBody(
        items=[
            schemas.LimitBody(
                name="package_bytes_max",
                value=52_428_800,
                unit="octets",
                reason="Public gateways in front of agencies refuse more; larger documents travel in parts.",
            )
        ]
    )
)
HEALTH: Final = _json(
    schemas.HealthBody(ready=True, checks=[schemas.CheckBody(name="seal", passed=True, checked_at=_ACCEPTED)])
)
LIVE: Final = _json(schemas.LiveBody())
XML: Final = '<?xml version="1.0" encoding="UTF-8"?>…'
PEM: Final = "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n"
UPLOAD: Final = _json(
    upload_schemas.UploadBody(
        upload_id=_LEASE,
        state="open",
        offset=8_388_608,
        size=314_572_800,
        digest=_DIGEST,
        expires_at=_UNTIL,
        chunk_max=16_777_216,
        envelope_id=None,
    )
)
SEALS: Final = _json(
    seal_schemas.SealListBody(
        items=[
            seal_schemas.SealBody(state=state, sha256=digest * 64, certificates=PEM, endorsement=endorsement)
            for state, digest, endorsement in (("announced", "b", "eyJhbGciOiJFUzI1NiIs…"), ("active", "a", None))
        ]
    )
)
PROBLEM_TYPE: Final = _json(
    schemas.ProblemTypeBody(
        type="urn:axis:problem:recipient-unknown",
        slug="recipient-unknown",
        code="recipient/unknown",
        status=422,
        title=_FINDING.en.removesuffix("."),
        title_vi=_FINDING.vi.removesuffix("."),
        what_to_do=_FINDING.do_en,
        what_to_do_vi=_FINDING.do_vi,
    )
)
