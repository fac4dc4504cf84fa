"""`python -m benchmarks.verification`: what judging a package's signature costs, by the size of the package."""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from axis.clock import SystemClock
from axis.demo.keys import KeyRing
from axis.demo.letters import FIRST, compose
from axis.sdk import sign_package
from envelopes.dialects import parse_package
from envelopes.model import Attachment
from envelopes.parser import SIGNATURE_PARENT
from signing.policy import PACKAGE_POLICY
from signing.revocation.book import Statuses, with_revocation
from signing.statuses import RevocationState, RevocationStatus, Source
from signing.trust import TrustStore
from signing.verdict import Indication, Verdict
from signing.xml.verify import XmlVerifier

SIZES: Final = (10_000, 100_000, 1_000_000, 10_000_000, 50_000_000)
"""Octets of the package, about; the last is what the door takes at most."""

PATIENCE_SECONDS: Final = 6.0
"""How long each size is measured."""

ROUNDS_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Measured:
    """Processor milliseconds of one judgement: the median, and the least, which is what nobody else's work adds to."""

    size: int
    median: float
    least: float
    rounds: int


class Bench:
    """A verifier whose certificate and states are known already, and packages of one sender."""

    def __init__(self, folder: Path) -> None:
        self.clock = SystemClock()
        ring = KeyRing(folder, self.clock.now())
        self.people = ring.participants()
        intermediates = ring.seal[1:-1]
        self.verifier = XmlVerifier(
            parse_package, SIGNATURE_PARENT, TrustStore(ring.anchors, intermediates), PACKAGE_POLICY
        )

    def package(self, size: int) -> bytes:
        """Return a signed package of about `size` octets, its attachment in base64 within it."""
        sender, recipient = self.people["H51.15"], self.people["G22"]
        plain = compose(FIRST, sender, recipients=(recipient,), at=self.clock.now())
        bare = len(sign_package(replace(plain, attachments=()), sender.signer, at=self.clock.now()))
        content = b"%PDF-1.7\n" + bytes(range(256)) * (max(size - bare, 0) * 3 // 4 // 256)
        attachment = Attachment("file-1", "van-ban.pdf", content, media_type="application/pdf")
        return sign_package(replace(plain, attachments=(attachment,)), sender.signer, at=self.clock.now())

    def judge(self, package: bytes, book: Statuses) -> Verdict:
        """Return the verdict on a package, revocation included."""
        return with_revocation(self.verifier.verify(package, at=self.clock.now()), book)

    def measure(self, size: int) -> Measured:
        """Return what judging a package of this size costs once its certificate is known."""
        package = self.package(size)
        book = self._book(package)
        taken: list[float] = []
        ends = time.monotonic() + PATIENCE_SECONDS
        while len(taken) < 3 or (time.monotonic() < ends and len(taken) < ROUNDS_MAX):
            began = time.process_time()
            verdict = self.judge(package, book)
            taken.append((time.process_time() - began) * 1_000)
            if verdict.indication is not Indication.TOTAL_PASSED:
                raise RuntimeError(f"what is measured must pass: {verdict.code}")
        return Measured(len(package), statistics.median(taken), min(taken), len(taken))

    def _book(self, package: bytes) -> Statuses:
        """Return a book in which everybody in the path is good."""
        facts = self.verifier.verify(package, at=self.clock.now()).facts
        if facts is None:
            raise RuntimeError("the sender is unknown")
        good = RevocationStatus(RevocationState.GOOD, Source.OCSP, self.clock.now(), None, bytes(32))
        return Statuses({one.fingerprint: good for one in facts.path.certificates})


def main() -> None:
    """Print the table."""
    table = Table("package, octets", "median, ms", "least, ms", "ms per megabyte", "rounds")
    with tempfile.TemporaryDirectory(prefix="axis-bench-") as folder:
        bench = Bench(Path(folder))
        for size in SIZES:
            one = bench.measure(size)
            per_megabyte = one.median / (one.size / 1_000_000)
            table.add_row(
                f"{one.size:,}", f"{one.median:.2f}", f"{one.least:.2f}", f"{per_megabyte:.1f}", str(one.rounds)
            )
    Console().print(table)


if __name__ == "__main__":
    main()
