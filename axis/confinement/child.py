"""The process inside a cell: told once whom to trust, it answers one question after another until its input ends.

It is started with nothing it could misuse: no environment, no descriptors but its two pipes, no room to write a file.
Whatever goes wrong in it ends it; the process that keeps it knows what that means.
"""

from __future__ import annotations

import logging
import os
import resource
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Final

from axis.confinement.frames import read_frame, write_frame
from axis.confinement.records import POLICIES, authorities_in, certificates_in, evidence_in, path_out, verdict_out
from signing.pdf.verify import PdfVerifier
from signing.trust import TrustStore

_DESCRIPTORS_MAX: Final = 16
"""Files open at once: two pipes, three standard ones, and what the interpreter opens to import a module late."""


@dataclass(frozen=True, slots=True)
class _Judge:
    trust: TrustStore

    def answer(self, question: dict[str, Any], octets: bytes) -> dict[str, Any]:
        """Return the answer to one question; the parent asks no others."""
        at = datetime.fromisoformat(question["at"])
        if question["job"] == "pdf":
            verifier = PdfVerifier(self.trust, POLICIES[question["policy"]])
            return verdict_out(verifier.verify(octets, at=at, evidence=evidence_in(question["evidence"])))
        signer, *others = certificates_in(question["certificates"])
        return path_out(self.trust.judge(signer, others, at=at, policy=POLICIES[question["policy"]]))


def main() -> None:
    """Serve the pipes this process was started with, and end with them."""
    questions, answers = _pipes()
    logging.disable(logging.CRITICAL)  # libraries log what they read, and this process has nobody who reads it
    first = read_frame(questions)
    if first is None:
        return
    told, _ = first
    confine(told["memory"])
    judge = _Judge(TrustStore(authorities=authorities_in(told["authorities"])))
    write_frame(answers, {"ready": True})
    while (frame := read_frame(questions)) is not None:
        question, octets = frame
        _grant_seconds(question["seconds"])
        write_frame(answers, judge.answer(question, octets))


def confine(memory: int) -> None:
    """Take from this process what it does not need: memory above so many octets, files to write, cores to dump."""
    for limit, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS_MAX),
    ):
        _, hard = resource.getrlimit(limit)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (allowed, allowed))


def _pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Return the two pipes; what a library prints goes nowhere, and not between the frames."""
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    return questions, answers


def _grant_seconds(seconds: int) -> None:
    """Let this process use so many more seconds of the processor before the kernel ends it (SIGXCPU)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, hard))


if __name__ == "__main__":
    main()
