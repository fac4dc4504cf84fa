"""What every refusal must look like, and what it may leave behind."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx

from axis.sdk import ReceiptVerifier
from envelopes.evidence import Evidence, EvidenceType
from envelopes.identifiers import EvidenceId
from storage.database.evidences import get_evidence
from storage.database.tables import UsedAssertionRow
from tests.fixtures.running import Footprint, RunningAxis, Station, eventually
from tests.vietnamese import foreign, sentences

REFUSAL: Final = {"events": 1, "evidences": 1}
"""What a readable refusal leaves: the event, and the sealed SubmissionRejection."""

_BILINGUAL: Final = (("title", "title_vi"), ("detail", "detail_vi"), ("what_to_do", "what_to_do_vi"))
_FINDING: Final = {"code", "severity", "path", "vi", "en", "do_vi", "do_en"}


@dataclass(frozen=True, slots=True)
class Gatekeeper:
    """The door of the running axis under examination: one sender, one recipient, and what is kept."""

    running: RunningAxis
    sender: Station
    recipient: Station
    spool: Path

    def refuses_to_read(self, octets: bytes, code: str, *, status: int = 400, **headers: str) -> dict[str, Any]:
        """Return the problem of octets that are no message; nothing of them is kept."""
        self.sender.sdk.bearer()
        before = self.running.footprint(self.spool)
        problem = problem_in(self.sender.post(octets, **headers), status, code)
        assert self._left(before) == {}
        assert "evidence" not in problem
        return problem

    def _left(self, before: Footprint) -> Mapping[str, int]:
        """Return what there is more than before.

        What a body was spooled to is closed after its answer, and on a machine that is busy a moment later.
        """
        with suppress(AssertionError):
            eventually(lambda: None if self._grown(before) else True)
        return self._grown(before)

    def _grown(self, before: Footprint) -> Mapping[str, int]:
        """Return what there is more than before, but for the token that a system renews when the old one runs out."""
        grown = self.running.footprint(self.spool).since(before)
        return {name: number for name, number in grown.items() if name != UsedAssertionRow.__tablename__}

    def refuses(
        self, package: bytes, code: str, *, status: int = 422, by: Station | None = None
    ) -> tuple[dict[str, Any], Evidence]:
        """Return the problem of a readable package, and the evidence that is kept and that alone."""
        station = by or self.sender
        station.sdk.bearer()
        before = self.running.footprint(self.spool)
        problem = problem_in(station.post(package), status, code)
        assert self._grown(before) == REFUSAL
        octets = base64.b64decode(problem["evidence"], validate=True)
        with self.running.embedded.axis.premises.transactions.read() as session:
            kept = get_evidence(session, EvidenceId(UUID(problem["evidence_id"])))
        assert kept is not None
        assert kept.octets == octets
        verifier = ReceiptVerifier.pinned(self.running.ring.seal)
        evidence = verifier.verify_for_package(octets, package, at=self.running.clock.now())
        assert evidence.type is EvidenceType.SUBMISSION_REJECTION
        assert evidence.sender.organ_id == station.organ_id
        assert [reason.code for reason in evidence.reasons] == errors_in(problem)
        return problem, evidence

    def accepts(self, package: bytes) -> dict[str, Any]:
        """Return the answer to a package that is accepted; its sender is of this country."""
        answer = self.sender.post(package)
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body


def errors_in(problem: dict[str, Any]) -> list[str]:
    """Return the codes of what refuses, without the warnings that accompany it."""
    return [one["code"] for one in problem["findings"] if one["severity"] == "error"]


def problem_in(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Return the problem document of an answer (RFC 9457); it has a stable type, and words in both languages."""
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem.get("code")) == (status, code), problem
    assert answer.headers["Content-Type"].partition(";")[0] == "application/problem+json"
    assert problem["type"] == f"urn:axis:problem:{code.replace('/', '-')}"
    assert (problem["status"], problem["instance"]) == (status, answer.request.url.path)
    assert problem["correlation_id"] == answer.headers["Correlation-Id"]
    assert len(problem["correlation_id"]) >= 8
    for english, vietnamese in _BILINGUAL:
        assert problem[english].isascii()
        assert not problem[vietnamese].isascii()
    assert [text for text in sentences(problem) if foreign(text)] == []
    for finding in problem.get("findings", []):
        assert finding.keys() >= _FINDING
        assert all(finding[name] for name in ("vi", "en", "do_vi", "do_en"))
    return problem
