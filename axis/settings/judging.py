"""The settings of judging: what is asked of signatures, which authorities may be asked, and documents."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Self, TypeVar

from pydantic import AfterValidator, Field, IPvAnyNetwork, model_validator

from axis.settings.branch import Branch
from axis.settings.causes import AGENCY_IDS, ONE_KIND_OF_DAY
from axis.settings.hosts import AllowedHost
from envelopes.evidence_signatures import UnknownRule
from envelopes.identifiers import IdentifierError, OrganId
from routing.authenticity import DocumentVerdict

_Rule = TypeVar("_Rule")


def _are_agencies(senders: dict[str, _Rule]) -> dict[str, _Rule]:
    try:
        for sender in senders:
            OrganId(sender)
    except IdentifierError as error:
        raise ValueError(AGENCY_IDS) from error
    return senders


def _are_hosts(written: tuple[str, ...]) -> tuple[str, ...]:
    for one in written:
        AllowedHost.read(one)
    return written


_AllowedHosts = Annotated[tuple[str, ...], AfterValidator(_are_hosts)]
_RulesBySender = Annotated[dict[str, UnknownRule], AfterValidator(_are_agencies)]


class RevocationSettings(Branch):
    """What a signature is asked for whose certificate's revocation is unknown; a revoked one always refuses."""

    unknown: UnknownRule = Field(
        default=UnknownRule.ALLOW,
        description="`require` refuses the package until the state is known, `warn` accepts it, marks it and warns the "
        "sender, `allow` accepts and marks it. The verdict is completed when the authority has answered: a responder "
        "that is down for a day stops nothing.",
    )
    stale: UnknownRule = Field(
        default=UnknownRule.ALLOW,
        description="The same for a certificate that was good when last asked about, but so long ago that the answer "
        "is out of date.",
    )
    senders: _RulesBySender = Field(
        default={},
        description='Senders with a rule of their own, by id, as JSON: {"H51": "require"}. It counts in both cases.',
    )


class AuthoritySettings(Branch):
    """Certification authorities that are asked for CRLs, OCSP answers and time stamps."""

    hosts: _AllowedHosts = Field(
        default=(),
        description='Hosts that may be asked, as JSON: ["ocsp.ca.gov.vn", "crl.ca.gov.vn:8080"]. One without a port is '
        "asked at 80 and 443, one with a port at that alone; an IPv6 address stands in brackets. A certificate that "
        "names anything else is not followed; without any, nothing is known of revocation and every verdict says so.",
    )
    networks: tuple[IPvAnyNetwork, ...] = Field(
        default=(),
        description='Private networks in which those hosts may stand, as JSON: ["10.12.0.0/16"]. Any other address '
        "inside is refused, so that no certificate can make the axis call its own neighbours.",
    )
    seconds: int = Field(
        default=10,
        ge=1,
        le=180,
        description="How long one exchange may take in all. Answers come within a second; stamps of the national "
        "authority were seen to take minutes.",
    )


class DocumentMode(StrEnum):
    """When the signatures inside the documents of a package are judged."""

    WAIT = "wait"
    FOLLOW = "follow"
    OFF = "off"


class DocumentSettings(Branch):
    """The signatures inside PDF attachments, judged in processes of their own."""

    mode: DocumentMode = Field(
        default=DocumentMode.FOLLOW,
        description="follow judges them after the answer to a submission and tells by evidence, wait before it, off "
        "leaves them unjudged. A document with two signatures takes 30 ms; a hostile one holds whoever waits for it "
        "for its seconds.",
    )
    refuse: frozenset[DocumentVerdict] = Field(
        default=frozenset({DocumentVerdict.BROKEN}),
        description="With `wait`, what a document may not be worth by its signatures, as JSON: a package with one that "
        "is `broken`, `unsigned`, `agency_only`, `person_only` or `not_judged` is refused. What is judged afterwards "
        "refuses nothing.",
    )
    senders: Annotated[dict[str, frozenset[DocumentVerdict]], AfterValidator(_are_agencies)] = Field(
        default={},
        description='Senders with such a list of their own, by id, as JSON: {"H51": ["broken", "unsigned"]}.',
    )
    seconds: int = Field(
        default=20,
        ge=1,
        le=120,
        description="Seconds one PDF, and twice that all PDFs of a package, may take; then its process is killed and "
        "the file, after two more tries, not judged. Three thousand pages with two signatures take two.",
    )
    memory: int = Field(
        default=768,
        ge=256,
        le=16_384,
        description="Megabytes (of 1,048,576 octets) of memory one such process may have: 75 to be ready, and some "
        "copies of the largest PDF.",
    )
    cells: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Such processes of each process of the axis, started as they are needed: as many as it has cores.",
    )


class CalendarSettings(Branch):
    """Working days, by which it is judged what comes late and when an alarm is raised. Public holidays are known."""

    closed: frozenset[date] = Field(
        default=frozenset(),
        description='Days on which offices do not work and that are no public holidays, as JSON: ["2027-05-03"]; those '
        "that the Government exchanged for a Saturday after this version was made.",
    )
    opened: frozenset[date] = Field(
        default=frozenset(),
        description='Saturdays, Sundays and public holidays on which offices work, as JSON: ["2026-08-22"].',
    )

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> Self:
        if self.closed & self.opened:
            raise ValueError(ONE_KIND_OF_DAY)
        return self
