"""Who judges a certificate path: this thread where nothing in it is foreign, a cell that can be killed otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from axis.confinement.cell import CellUnusable, Confines
from axis.confinement.cells import RETRY_AFTER, Cells, Question
from axis.errors import Busy
from axis.logs import LogEvent, logger
from signing.certificates import Certificate
from signing.policy import SignaturePolicy
from signing.trust import CurrentTrust, PathJudge, TrustStore
from signing.verdict import CertificatePath, Failure, FailureCode

PATH_SECONDS: Final = 3.0
"""How long a foreign chain may be judged: six certificates that look alike take a tenth of a second."""

PATH_CELLS: Final = 2
"""Foreign chains judged at once in a process: two senders' nonsense may not take more than two processors."""

CONFINES: Final = Confines(memory=1024 * 1024 * 1024, seconds=PATH_SECONDS)
"""What a cell for paths may use; its libraries alone take a quarter of a gigabyte of address space."""

IsRegistered = Callable[[str], bool]
"""Whether the directory knows the certificate with this SHA-256 (hexadecimal)."""


@dataclass(frozen=True, slots=True)
class Warden:
    """Gives out the judge of paths for one package, bound to the trust store of this moment."""

    trust: CurrentTrust
    cells: Cells
    is_registered: IsRegistered

    def judge(self) -> PathJudge:
        """Return the judge."""
        return _Judge(self.trust(), self.cells, self.is_registered)


@dataclass(frozen=True, slots=True)
class _Judge:
    trust: TrustStore
    cells: Cells
    is_registered: IsRegistered

    def judge(
        self, signer: Certificate, others: Iterable[Certificate], *, at: datetime, policy: SignaturePolicy
    ) -> CertificatePath | Failure:
        """Return what `TrustStore.judge` returns; raises `Busy` where every cell is taken.

        1. What needs no path is refused here: too many certificates, or one that signs nothing of the kind.
        2. A path that was found before is taken while it holds.
        3. Where the directory knows the signer and the trust store all that came along, the path is built here: an
           operator chose every certificate in it.
        4. All others are a stranger's: a cell judges them, killed when it takes too long. The path that it finds is
           remembered like one of our own, if it leads from this signer to one of our anchors.
        """
        chain = tuple(others)
        if refusal := self.trust.refusal(signer, chain, at=at, policy=policy):
            return refusal
        if known := self.trust.recall(signer, chain, at=at, policy=policy):
            return known
        if self.is_registered(signer.fingerprint) and all(self.trust.names(one) for one in chain):
            return self.trust.judge(signer, chain, at=at, policy=policy)
        try:
            judged = self.cells.judge_path(signer, chain, question=Question(at, policy))
        except CellUnusable as error:
            logger.error(LogEvent.WORK_FAILED, work="judge_path", exc_info=error)
            raise Busy(RETRY_AFTER) from error
        if isinstance(judged, CertificatePath):
            if judged.signer != signer or judged.anchor not in self.trust.anchors:
                return Failure(FailureCode.PATH_INVALID, "another path")
            self.trust.remember(judged, chain, at=at, policy=policy)
        return judged
