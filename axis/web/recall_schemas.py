"""What the API answers about recalls, updates and replacements."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from axis.web.schema_fields import Answer, Identifier, Moment


class LinkBody(Answer):
    """A document that replaces another, or that is replaced."""

    envelope_id: Identifier
    document_id: Annotated[str | None, Field(examples=["G22-2026-0001234"])]
    number: Annotated[str | None, Field(examples=["123"])]
    notation: Annotated[str | None, Field(examples=["CV-BTTTT"])]
    accepted_at: Moment


class DemandBody(Answer):
    """What this recipient was asked about the document, and what came of it."""

    kind: Annotated[
        str,
        Field(
            description="`recall` or `removal` (by a message of type 1 or 2), `take_back` (by a status 13): to destroy "
            "the document; `update`: to take a change.",
            examples=["recall"],
        ),
    ]
    state: Annotated[
        str,
        Field(
            description="`withdrawn`: no octet had left the axis; `never_fetched`: it had ended before, likewise; "
            "`asked`; `agreed` (status 15); `declined` (status 16); `superseded`: another demand came first.",
            examples=["asked", "withdrawn"],
        ),
    ]
    envelope_id: Annotated[Identifier, Field(description="The message that asks.")]
    original_id: Annotated[Identifier, Field(description="The document it is about, by its envelope.")]
    reason: Annotated[str | None, Field(description="The sender's reason.", examples=["Gửi nhầm nơi nhận"])]
    asked_at: Moment
    due_at: Annotated[Moment | None, Field(description="When an alarm is raised if no answer has come.")]
    unanswered_since: Annotated[Moment | None, Field(description="When that alarm was raised.")]
    answered_at: Moment | None
    answer_id: Annotated[Identifier | None, Field(description="The status that answered, by its envelope.")]
