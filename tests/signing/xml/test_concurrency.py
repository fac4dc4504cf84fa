"""Several threads at once: each gets the verdict, and the octets, of its own document."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from axis.demo.authority import KeyKind
from envelopes.parser import SIGNATURE_PARENT, parse
from signing.policy import PACKAGE_POLICY
from signing.verdict import Verdict
from signing.xml.verify import XmlVerifier
from tests.signing.pki import MOMENT, credential, expired, stranger, trust
from tests.signing.xml.packages import PACKAGE, covered_by, judge, sign


def numbered(number: int) -> tuple[bytes, str]:
    """A package of its own, by one of several signers, sound or not; and how its verdict must begin."""
    document = PACKAGE.replace(b"H26.18", f"H26.{number:05}".encode())
    holders = [credential(), credential("B"), credential(kind=KeyKind.RSA_2048), expired(), stranger()]
    holder = holders[number % len(holders)]
    octets = sign(document, holder)
    expected = {expired(): "signature/certificate-expired", stranger(): "signature/untrusted"}.get(holder, "passed")
    if expected == "passed" and number % 4 == 3:
        octets, expected = octets.replace(f"H26.{number:05}".encode(), b"H26.99999"), "signature/altered"
    return octets, expected


def test_eight_threads_never_mix_their_documents() -> None:
    work = [(number, *numbered(number)) for number in range(40)] * 25
    verifier = XmlVerifier(parse, SIGNATURE_PARENT, trust(), PACKAGE_POLICY)

    def verify(task: tuple[int, bytes, str]) -> tuple[Verdict, int, str]:
        number, octets, expected = task
        return verifier.verify(octets, at=MOMENT), number, expected

    with ThreadPoolExecutor(max_workers=8) as threads:
        for verdict, number, expected in threads.map(verify, work):
            code = verdict.failure.code.value if verdict.failure else "passed"
            assert code == expected
            assert verdict.covered is None or f"H26.{number:05}".encode() in verdict.covered


def test_signing_from_several_threads() -> None:
    with ThreadPoolExecutor(max_workers=8) as threads:
        results = list(threads.map(lambda number: sign(PACKAGE.replace(b"H26.18", b"%05d" % number)), range(64)))
    for number, octets in enumerate(results):
        assert b"%05d" % number in covered_by(judge(octets))
