"""Values of the use cases put into the API's models; nothing is decided here."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping

from pydantic import BaseModel
from starlette.responses import Response

from axis.exchange.explaining import told
from axis.exchange.judgements import Judgement
from axis.exchange.links import Link
from axis.exchange.offers import DeliveryView, LeaseGrant, Offer
from axis.exchange.outcomes import Acceptance, RecipientOutcome
from axis.inquiry.views import DeliveryTrace, DemandView, EnvelopeView, EventView, EvidenceView, StatusView, Trace
from axis.web import schemas
from axis.web.recall_schemas import DemandBody, LinkBody
from axis.web.verdict_schemas import VerdictBody
from envelopes.errors import Finding
from routing.agencies import Agency


def answer(body: BaseModel, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a model as a JSON answer."""
    return Response(body.model_dump_json(), status, dict(headers or {}), "application/json")


def acceptance_body(acceptance: Acceptance) -> schemas.AcceptanceBody:
    """Return an acceptance with its receipt."""
    return schemas.AcceptanceBody(
        envelope_id=acceptance.envelope_id,
        kind=acceptance.kind.value,
        document_id=_text(acceptance.document_id),
        accepted_at=acceptance.accepted_at,
        repeat=acceptance.is_repeat,
        raw_digest=acceptance.raw_digest,
        content_digest=acceptance.content_digest,
        recipients=[_recipient(one) for one in acceptance.recipients],
        warnings=[finding_body(one) for one in acceptance.warnings],
        verdict=_verdict(acceptance.judgement),
        receipt_id=acceptance.receipt_id,
        receipt=base64.b64encode(acceptance.receipt).decode("ascii"),
    )


def _recipient(outcome: RecipientOutcome) -> schemas.RecipientBody:
    successors = [str(one) for one in outcome.successors]
    return schemas.RecipientBody(
        asked_as=_text(outcome.asked_as),
        organ_id=_text(outcome.organ_id),
        decision=outcome.decision.value,
        delivery_id=outcome.delivery_id,
        successor=successors[0] if successors else None,
        successors=successors,
        finding=None if outcome.finding is None else finding_body(outcome.finding),
    )


def finding_body(finding: Finding) -> schemas.FindingBody:
    """Return one finding."""
    words = finding.words
    return schemas.FindingBody(
        code=finding.code,
        severity=finding.severity.value,
        path=finding.path,
        value=finding.value,
        vi=words.vi,
        en=words.en,
        do_vi=words.do_vi,
        do_en=words.do_en,
    )


def _verdict(judgement: Judgement | None) -> VerdictBody | None:
    return None if judgement is None else VerdictBody.model_validate(told(judgement))


def envelope_body(view: EnvelopeView) -> schemas.EnvelopeBody:
    """Return an envelope by its metadata."""
    return schemas.EnvelopeBody(
        envelope_id=view.envelope_id,
        kind=view.kind.value,
        sender=str(view.sender),
        accepted_at=view.accepted_at,
        raw_digest=view.raw_digest,
        content_digest=view.content_digest,
        size=view.size,
        priority=view.priority_rank,
        business_type=view.business_type,
        status_code=view.status_code,
        document_id=_text(view.document_id),
        number=view.number,
        notation=view.notation,
        subject=view.subject,
        original_id=view.original_id,
        replaces=_links(view.links.replaces),
        replaced_by=_links(view.links.replaced_by),
    )


def _links(links: Iterable[Link]) -> list[LinkBody]:
    return [
        LinkBody(
            envelope_id=one.envelope_id,
            document_id=_text(one.document_id),
            number=one.number,
            notation=one.notation,
            accepted_at=one.accepted_at,
        )
        for one in links
    ]


def trace_body(trace: Trace) -> schemas.TraceBody:
    """Return the trace of an envelope."""
    return schemas.TraceBody(
        envelope=schemas.TracedEnvelopeBody(**dict(envelope_body(trace.envelope)), verdict=_verdict(trace.judgement)),
        events=_events(trace.events),
        deliveries=[_delivery_trace(one) for one in trace.deliveries],
    )


def _events(events: Iterable[EventView]) -> list[schemas.EventBody]:
    return [
        schemas.EventBody(event_id=one.event_id, tag=one.tag.value, at=one.at, evidence_id=one.evidence_id)
        for one in events
    ]


def _delivery_trace(trace: DeliveryTrace) -> schemas.DeliveryTraceBody:
    return schemas.DeliveryTraceBody(
        delivery_id=trace.delivery_id,
        recipient=str(trace.recipient),
        name=trace.name,
        asked_as=str(trace.asked_as),
        state=trace.state.value,
        events=_events(trace.events),
        statuses=[_status(one) for one in trace.statuses],
        current=None if trace.current is None else _status(trace.current),
        recalled_at=trace.recalled_at,
        redirected_from=trace.redirected_from,
        redirected_to=trace.redirected_to,
        demands=[_demand(one) for one in trace.demands],
    )


def _demand(view: DemandView) -> DemandBody:
    return DemandBody(
        kind=view.kind.value,
        state=view.state.value,
        envelope_id=view.envelope_id,
        original_id=view.original_id,
        reason=view.reason,
        asked_at=view.asked_at,
        due_at=view.due_at,
        unanswered_since=view.alarmed_at,
        answered_at=view.answered_at,
        answer_id=view.answer_id,
    )


def _status(view: StatusView) -> schemas.StatusBody:
    return schemas.StatusBody(
        code=view.code,
        said_at=view.said_at,
        accepted_at=view.accepted_at,
        envelope_id=view.envelope_id,
        sender=str(view.sender),
        spoken_for=_text(view.spoken_for),
        description=view.description,
    )


def evidence_item(view: EvidenceView) -> schemas.EvidenceItemBody:
    """Return an evidence by its metadata."""
    return schemas.EvidenceItemBody(
        evidence_id=view.evidence_id,
        type=view.type.value,
        issued_at=view.issued_at,
        digest=view.digest,
        delivery_id=view.delivery_id,
    )


def lease_body(grant: LeaseGrant) -> schemas.LeaseBody:
    """Return leased deliveries."""
    offers = [schemas.OfferBody.model_validate(_offer(one)) for one in grant.offers]
    return schemas.LeaseBody(lease_id=grant.lease_id, leased_until=grant.until, deliveries=offers)


def delivery_body(view: DeliveryView) -> schemas.DeliveryBody:
    """Return one delivery."""
    own = {
        "state": view.state.value,
        "leased_until": view.leased_until,
        "fetched_at": view.fetched_at,
        "final_at": view.final_at,
        "recalled_at": view.recalled_at,
    }
    return schemas.DeliveryBody.model_validate(_offer(view.offer) | own)


def _offer(offer: Offer) -> dict[str, object]:
    return {
        "delivery_id": offer.delivery_id,
        "envelope_id": offer.envelope_id,
        "recipient": str(offer.recipient),
        "asked_as": str(offer.asked_as),
        "sender": str(offer.sender),
        "kind": offer.kind.value,
        "business_type": offer.business_type,
        "status_code": offer.status_code,
        "document_id": _text(offer.document_id),
        "number": offer.number,
        "notation": offer.notation,
        "subject": offer.subject,
        "priority": offer.priority_rank,
        "size": offer.size,
        "digest": offer.digest,
        "accepted_at": offer.accepted_at,
        "replaces": _links(offer.links.replaces),
        "replaced_by": _links(offer.links.replaced_by),
    }


def agency_body(agency: Agency) -> schemas.AgencyBody:
    """Return an agency of the directory."""
    return schemas.AgencyBody(
        organ_id=str(agency.organ_id),
        aliases=[str(one) for one in agency.aliases],
        name_vi=agency.name_vi,
        name_en=agency.name_en,
        parent=_text(agency.parent),
        is_group=agency.is_group,
        is_receiving=agency.is_receiving,
        valid_from=agency.valid_from,
        valid_to=agency.valid_to,
        successors=[str(one) for one in agency.successors],
        forwards_to=_text(agency.forwards_to),
    )


def _text(value: object | None) -> str | None:
    return None if value is None else str(value)
