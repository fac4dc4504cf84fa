"""A letter that was sent by mistake, and what its recall leaves to each recipient: before and after it was fetched."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from axis.demo.errors import JourneyFailed, JourneyFault
from axis.demo.letters import MISTAKEN, report
from axis.demo.stage import PATIENCE_SECONDS, RECIPIENTS, SENDER, TOLD, Sent, Stage, send, take
from axis.sdk import Offer, ProblemReported, Receipt, sign_package
from envelopes.codes import BusinessDocType, StatusCode
from envelopes.identifiers import OrganId
from envelopes.model import Business, Envelope

QUICK: Final = RECIPIENTS[-1]
"""Who has fetched the letter when it is recalled; the others have not."""

SLOW: Final = RECIPIENTS[:-1]
_WITHDRAWN: Final = "withdrawn"


def recall(stage: Stage) -> Sent:
    """Return a letter that was sent to all, fetched by one and recalled; raises `JourneyFailed` where it is still out.

    1. Who has not fetched it never will: withdrawn before handover, in the very commit that accepts the recall.
    2. Who has fetched it is asked and agrees; from then on its content is given to nobody any more.
    """
    told = len(stage.hook.events)
    sent = send(stage, MISTAKEN)
    if not stage.hook.wait(told + 1, seconds=PATIENCE_SECONDS):
        raise JourneyFailed(JourneyFault.NOT_TOLD, organ_id=TOLD)
    client, quick = stage.clients[QUICK], stage.people[QUICK]
    (offer,) = client.lease([quick.organ_id], wait=5).offers
    taken = take(stage, quick, offer=offer)
    slow = ", ".join(SLOW)
    stage.tell((f"{QUICK} lấy về {taken}; {slow} thì chưa.", f"{QUICK} pulled {taken}; {slow} did not yet."))
    _send_recall(stage, sent.envelope)
    _require_withdrawn(stage, sent)
    _agree(stage, offer, letter=sent.envelope)
    return sent


def _send_recall(stage: Stage, letter: Envelope) -> Receipt:
    now, reason = stage.clock.now(), "Gửi nhầm nơi nhận"
    business = Business(BusinessDocType.RECALL, reason, letter.document_id, staff=letter.business.staff)
    package = sign_package(replace(letter, business=business, attachments=()), stage.sender.signer, at=now)
    receipt = stage.clients[SENDER].send(package)
    stage.tell(
        (
            f"{SENDER} thu hồi {letter.code} (lý do: {reason}): đã tiếp nhận.",
            f"{SENDER} recalled {letter.code} (reason: {reason}): accepted.",
        )
    )
    return receipt


def _require_withdrawn(stage: Stage, sent: Sent) -> None:
    """Make sure that it was withdrawn from those who had not fetched it, and that there is nothing left for them."""
    trace = stage.clients[SENDER].trace(sent.receipt.envelope_id)
    states = {one["recipient"]: one["state"] for one in trace["deliveries"]}
    for organ_id in SLOW:
        if states[organ_id] != _WITHDRAWN or stage.clients[organ_id].lease([OrganId(organ_id)]).offers:
            raise JourneyFailed(JourneyFault.NOT_WITHDRAWN, organ_id=organ_id)
        stage.tell(
            (
                f"    {organ_id} chưa lấy về: đã rút lại trước khi giao, không còn gì để lấy.",
                f"    {organ_id} had not fetched it: withdrawn before handover, nothing left to take.",
            )
        )


def _agree(stage: Stage, offer: Offer, *, letter: Envelope) -> None:
    """Have the recipient that has the letter agree to the recall (status 15), and see that it is given out no more."""
    client, quick = stage.clients[QUICK], stage.people[QUICK]
    (asked,) = client.lease([quick.organ_id], wait=5).offers
    take(stage, quick, offer=asked)
    answer = report(letter, quick, code=StatusCode.TAKE_BACK_AGREED, at=stage.clock.now())
    client.send(sign_package(answer, quick.signer, at=stage.clock.now()))
    try:
        client.fetch(offer)
    except ProblemReported as refusal:
        refused = f"({refusal.problem.status} {refusal.problem.code})"
    else:
        raise JourneyFailed(JourneyFault.STILL_GIVEN_OUT, organ_id=QUICK)
    stage.tell(
        (
            f"    {QUICK} đã lấy về: được yêu cầu, đồng ý thu hồi (15); nội dung không tải lại được nữa {refused}.",
            f"    {QUICK} had it: was asked, and agreed (15); its content cannot be downloaded any more {refused}.",
        )
    )
