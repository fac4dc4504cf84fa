"""A few cells for one process: judgements that wait for each other in bounded number, and never for ever."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from axis.confinement.cell import Cell, Confines, Lost, Overran
from axis.confinement.frames import Octets
from axis.confinement.records import POLICIES, certificates_out, evidence_out, path_in, verdict_in
from axis.errors import Busy
from signing.certificates import Certificate
from signing.pdf.verdict import PdfFailure, PdfFailureCode, PdfVerdict, RevocationEvidence
from signing.policy import DOCUMENT_POLICY, SignaturePolicy
from signing.trust import CurrentTrust
from signing.verdict import CertificatePath, Failure, FailureCode

Answer = TypeVar("Answer")

PATIENCE_SECONDS: Final = 2.0
"""How long a judgement waits for a free cell before its caller is told to come again: most judgements take 50 ms."""

RETRY_AFTER: Final = 5
"""Whole seconds after which a caller who found all cells taken may come again."""

_NO_EVIDENCE: Final = RevocationEvidence()


@dataclass(frozen=True, slots=True)
class Question:
    """What is judged: the moment (aware), under which of the known policies, with what evidence about revocation."""

    at: datetime
    policy: SignaturePolicy = DOCUMENT_POLICY
    evidence: RevocationEvidence = _NO_EVIDENCE

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("signatures are judged at an aware moment")
        if POLICIES.get(self.policy.name) != self.policy:
            raise ValueError("cells judge by the policies of this installation, not by a caller's own")


class Cells:
    """Judges PDFs and foreign certificate paths in child processes. Thread-safe; `close` ends every child.

    What a judgement does to its child is the judgement's end alone: one that came to no end is told as such.
    """

    def __init__(self, trust: CurrentTrust, confines: Confines, *, count: int) -> None:
        self._cells = tuple(Cell(trust, confines) for _ in range(count))
        # The cell given back last is taken first: with little to do, one child stays warm and the others are never
        # started.
        self._free: queue.LifoQueue[Cell] = queue.LifoQueue()
        for cell in self._cells:
            self._free.put(cell)
        self._closed = threading.Event()

    def judge_pdf(self, octets: Octets, question: Question) -> PdfVerdict:
        """Return the verdict on a PDF; raises `Busy` where every cell is taken."""
        asked = {
            "job": "pdf",
            "at": question.at.isoformat(),
            "policy": question.policy.name,
            "evidence": evidence_out(question.evidence),
        }
        try:
            return self._ask(asked, octets, read=verdict_in)
        except Overran:
            failure = PdfFailure(PdfFailureCode.TOO_LONG)
        except Lost:
            failure = PdfFailure(PdfFailureCode.LOST)
        return PdfVerdict(question.at, question.policy.name, failure=failure)

    def judge_path(
        self, signer: Certificate, others: Iterable[Certificate], *, question: Question
    ) -> CertificatePath | Failure:
        """Return what `TrustStore.judge` returns, or that the path is none that can be built in time or memory."""
        asked = {
            "job": "path",
            "at": question.at.isoformat(),
            "policy": question.policy.name,
            "certificates": certificates_out([signer, *others]),
        }
        try:
            return self._ask(asked, b"", read=path_in)
        except (Overran, Lost) as error:
            return Failure(FailureCode.PATH_TOO_COMPLEX, type(error).__name__)

    def warm(self) -> None:
        """Have one child ready; raises `CellUnusable`, so that a process that cannot judge does not start."""
        with self._taken() as cell:
            cell.start()

    def close(self) -> None:
        """End every child; a judgement under way is waited for, which its own deadline bounds."""
        if self._closed.is_set():
            return
        self._closed.set()
        for _ in self._cells:
            self._free.get().close()

    def _ask(self, asked: Mapping[str, Any], octets: Octets, *, read: Callable[[Mapping[str, Any]], Answer]) -> Answer:
        with self._taken() as cell:
            return cell.ask(asked, octets, read=read)

    @contextmanager
    def _taken(self) -> Iterator[Cell]:
        try:
            cell = self._free.get(timeout=PATIENCE_SECONDS)
        except queue.Empty:
            raise Busy(RETRY_AFTER) from None
        try:
            if self._closed.is_set():
                raise Busy(RETRY_AFTER)
            yield cell
        finally:
            self._free.put(cell)
