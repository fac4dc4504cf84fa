"""A hostile PDF or certificate chain costs its own judgement, and nothing else: no thread, no process, no memory."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from axis.confinement import cells as module
from axis.confinement.cell import CHILD, Cell, CellUnusable, Confines
from axis.confinement.cells import Cells, Question
from axis.demo import authority
from axis.demo.authority import Credential, KeyKind, Subject, Usage, Validity
from axis.errors import Busy
from signing.certificates import Certificate
from signing.pdf.verdict import PdfFailureCode, PdfVerdict, Revocation, RevocationEvidence
from signing.pdf.verify import PdfVerifier
from signing.policy import PACKAGE_POLICY
from signing.verdict import CertificatePath, Failure, FailureCode, Indication
from tests.signing.pdf_making import Signing, blank, document_stamped, person_and_agency, person_only, signed, stamper
from tests.signing.pki import MOMENT, certificate, chain, credential, expired, hierarchy, trust
from tests.vectors.attacks import pdf as attacks
from tests.vectors.attacks.pdf_reasons import ON_READERS, ON_SIGNATURES

MEMORY = 1024 * 1024 * 1024
CONFINES = Confines(MEMORY, seconds=20.0)
QUESTION = Question(MOMENT)


def running(code: str) -> tuple[str, ...]:
    """A child that does something of its own before it serves."""
    return (sys.executable, "-I", "-c", f"{code}\nfrom axis.confinement.child import main\nmain()")


LOOPING = running(
    """
import signing.pdf.verify as verify
genuine = verify.open_pdf
verify.open_pdf = lambda octets: genuine(octets) if octets.endswith(b"%%EOF\\n") else [None for _ in iter(int, 1)]
"""
)
"""Loops over what does not end as a PDF of these tests does."""

LOOPING_FOR_A_SECOND = running(
    """
import signing.pdf.verify as verify
import axis.confinement.child as child
granted = child._grant_seconds
child._grant_seconds = lambda _: granted(1)
verify.open_pdf = lambda octets: [None for _ in iter(int, 1)]
"""
)
"""Loops, and may use the processor for a second only."""

STAYING = running(
    """
import axis.confinement.child as child
genuine = child.read_frame
child.read_frame = lambda stream: genuine(stream) or [None for _ in iter(int, 1)]
"""
)
"""Does not end when its input does."""

NOISY = """
def noisy(stream, content, octets=b""):
    stream.write(b"\\0\\0\\0\\2\\0\\0\\0\\0{}" if "ready" in content else b"no frame at all" * 9)
    stream.flush()
"""
"""Gets ready in order, and then answers with what is no frame."""


@contextmanager
def cells(confines: Confines = CONFINES, count: int = 1) -> Iterator[Cells]:
    made = Cells(trust, confines, count=count)
    try:
        yield made
    finally:
        made.close()


def child_of(made: Cells) -> int:
    child_id = made._cells[0].child_id
    assert child_id is not None
    return child_id


def is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def passed(verdict: PdfVerdict) -> bool:
    return [one.indication for one in verdict.signatures] == [Indication.TOTAL_PASSED] * 2


@pytest.mark.parametrize(
    "octets",
    [
        blank(),
        person_and_agency(),
        document_stamped(person_only()),
        signed(blank(), credential("A"), Signing(stamper=stamper(MOMENT - timedelta(minutes=1)))),
        signed(blank(), expired()),
        attacks.incremental_saving(),
        attacks.zeroed_contents(),
        attacks.encrypted(),
        attacks.object_stream_bomb(),
    ],
)
def test_a_cell_says_what_the_verifier_says(octets: bytes) -> None:
    with cells() as made:
        assert made.judge_pdf(octets, QUESTION) == PdfVerifier(trust()).verify(octets, at=MOMENT)


def test_every_attack_is_refused_within_the_limits_and_one_child_outlives_them_all() -> None:
    with cells(replace(CONFINES, seconds=5.0)) as made:
        made.warm()
        first = child_of(made)
        for attack, code in (*ON_SIGNATURES, *ON_READERS):
            verdict = made.judge_pdf(attack(), QUESTION)
            failures = [verdict.failure, *(one.failure for one in verdict.signatures)]
            assert [one.code for one in failures if one] == [code]
        assert child_of(made) == first


def test_a_cell_gets_evidence_and_policies() -> None:
    evidence = RevocationEvidence((b"no list",), (b"no answer",))
    with cells() as made:
        verdict = made.judge_pdf(person_only(), replace(QUESTION, evidence=evidence, policy=PACKAGE_POLICY))
    assert (verdict.policy, verdict.signatures[0].revocation) == (PACKAGE_POLICY.name, Revocation.UNKNOWN)


def test_questions_name_a_known_policy_and_an_aware_moment() -> None:
    with pytest.raises(ValueError, match="policies"):
        Question(MOMENT, replace(PACKAGE_POLICY, table=()))
    with pytest.raises(ValueError, match="aware"):
        Question(MOMENT.replace(tzinfo=None))


def test_a_child_stays_and_serves_many() -> None:
    with cells() as made:
        made.warm()
        first = child_of(made)
        assert all(passed(made.judge_pdf(person_and_agency(), QUESTION)) for _ in range(3))
        assert child_of(made) == first


def test_a_fresh_child_takes_over_after_many_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("axis.confinement.cell.QUESTIONS_MAX", 2)
    with cells() as made:
        served = []
        for _ in range(4):
            assert passed(made.judge_pdf(person_and_agency(), QUESTION))
            served.append(child_of(made))
    assert served[0] == served[1] != served[2] == served[3]


def test_a_pdf_that_loops_is_ended_in_time_and_the_next_one_is_judged() -> None:
    with cells(Confines(MEMORY, 1.0, LOOPING)) as made:
        made.warm()
        hung = child_of(made)
        begun = time.monotonic()
        verdict = made.judge_pdf(b"%PDF-1.7 for ever", QUESTION)
        assert time.monotonic() - begun < 4
        assert verdict.failure is not None
        assert verdict.failure.code is PdfFailureCode.TOO_LONG
        assert not is_running(hung)
        assert passed(made.judge_pdf(person_and_agency(), QUESTION))


def test_a_judgement_that_eats_the_processor_is_ended_by_the_kernel_too() -> None:
    with cells(Confines(MEMORY, 60.0, LOOPING_FOR_A_SECOND)) as made:
        verdict = made.judge_pdf(blank(), QUESTION)
        assert verdict.failure is not None
        assert verdict.failure.code is PdfFailureCode.TOO_LONG


def test_a_hundred_certificates_of_one_name_cost_one_judgement() -> None:
    confines = Confines(MEMORY, 2.0, running("import signing.trust as trust\ntrust.CERTIFICATES_MAX = 1000"))
    with cells(confines) as made:
        made.warm()
        hung = child_of(made)
        crafted = made.judge_path(certificate(LOST), LOOK_ALIKES, question=QUESTION)
        assert crafted == Failure(FailureCode.PATH_TOO_COMPLEX, "Overran")
        assert not is_running(hung)
        holder = credential("A")
        judged = made.judge_path(certificate(holder), chain(holder), question=QUESTION)
        assert isinstance(judged, CertificatePath)
        assert judged == trust().judge(certificate(holder), chain(holder), at=MOMENT, policy=QUESTION.policy)


def test_a_path_that_does_not_hold_is_refused_by_its_own_reason() -> None:
    with cells() as made:
        judged = made.judge_path(certificate(expired()), chain(expired()), question=QUESTION)
        assert isinstance(judged, Failure)
        assert judged.code is FailureCode.CERTIFICATE_EXPIRED
        many = made.judge_path(certificate(LOST), LOOK_ALIKES, question=QUESTION)
        assert many == Failure(FailureCode.TOO_MANY_CERTIFICATES, "101")


def test_a_memory_bomb_is_refused_and_the_next_pdf_is_judged() -> None:
    bomb = running(
        """
import signing.pdf.verify as verify
genuine = verify.open_pdf
verify.open_pdf = lambda octets: genuine(octets) if octets.endswith(b"%%EOF\\n") else bytes(1 << 40)
"""
    )
    with cells(Confines(MEMORY, 20.0, bomb)) as made:
        verdict = made.judge_pdf(b"%PDF-1.7 swells", QUESTION)
        assert verdict.failure is not None
        assert verdict.failure.code is PdfFailureCode.SWELLS
        assert passed(made.judge_pdf(person_and_agency(), QUESTION))


@pytest.mark.parametrize(
    "crash",
    [
        "import os\nverify.open_pdf = lambda _: os._exit(3)",
        "import os\nverify.open_pdf = lambda _: os.abort()",
        "import axis.confinement.child as child\nchild.verdict_out = lambda _: {'judged_at': 'never'}",
        "import axis.confinement.child as child\nchild.write_frame = noisy",
    ],
)
def test_a_child_that_crashes_or_talks_nonsense_is_replaced(crash: str) -> None:
    program = running(f"import signing.pdf.verify as verify\n{NOISY}{crash}")
    with cells(Confines(MEMORY, 5.0, program)) as made:
        verdict = made.judge_pdf(person_and_agency(), QUESTION)
        assert verdict.failure is not None
        assert verdict.failure.code is PdfFailureCode.LOST
        made._cells[0]._confines = CONFINES
        assert passed(made.judge_pdf(person_and_agency(), QUESTION))


def test_a_child_that_was_killed_meanwhile_is_replaced() -> None:
    with cells() as made:
        made.warm()
        child = made._cells[0]._child
        assert child is not None
        child.kill()
        child.wait()
        assert passed(made.judge_pdf(person_and_agency(), QUESTION))


def test_a_child_sees_no_environment_no_descriptors_and_no_file_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AXIS_DATABASE__URL", "postgresql+psycopg://somebody:secret@host/axis")
    inherited = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(inherited, True)
    try:
        with cells() as made:
            made.warm()
            child = child_of(made)
            assert passed(made.judge_pdf(person_and_agency(), QUESTION))
            kernel = Path("/proc") / str(child)
            assert b"AXIS" not in (kernel / "environ").read_bytes()
            assert len(list((kernel / "fd").iterdir())) == 5
            limits = (kernel / "limits").read_text()
            assert os.getsid(child) == child
            assert f"Max address space         {MEMORY}" in limits
            assert "Max file size             0 " in limits
    finally:
        os.close(inherited)


def test_a_caller_who_finds_all_cells_taken_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.05)
    with cells(Confines(MEMORY, 2.0, LOOPING)) as made:
        made.warm()
        hog = threading.Thread(target=made.judge_pdf, args=(b"%PDF-1.7 for ever", QUESTION))
        hog.start()
        while not made._free.empty():
            time.sleep(0)
        with pytest.raises(Busy):
            made.judge_pdf(person_only(), QUESTION)
        hog.join()
        assert passed(made.judge_pdf(person_and_agency(), QUESTION))


def test_several_cells_judge_side_by_side() -> None:
    with cells(count=2) as made:
        verdicts: list[PdfVerdict] = []
        threads = [
            threading.Thread(target=lambda: verdicts.append(made.judge_pdf(person_and_agency(), QUESTION)))
            for _ in range(6)
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert [passed(one) for one in verdicts] == [True] * 6


def test_nothing_is_left_running_after_the_end() -> None:
    with cells() as made:
        made.warm()
        child = child_of(made)
    assert not is_running(child)
    made.close()
    with pytest.raises(Busy):
        made.judge_pdf(blank(), QUESTION)


def test_a_child_that_does_not_leave_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("axis.confinement.cell.LEAVE_SECONDS", 0.2)
    with cells(Confines(MEMORY, 20.0, STAYING)) as made:
        made.warm()
        child = child_of(made)
    assert not is_running(child)


@pytest.mark.parametrize("program", [running("raise SystemExit"), ("/no/such/program",)])
def test_a_child_that_cannot_start_refuses_no_document(program: tuple[str, ...]) -> None:
    starved = Cells(trust, Confines(MEMORY, 5.0, program), count=1)
    with pytest.raises(CellUnusable):
        starved.warm()
    with pytest.raises(CellUnusable):
        starved.judge_pdf(person_only(), QUESTION)
    starved.close()


def test_a_cell_that_was_never_used_has_no_child() -> None:
    cell = Cell(trust, replace(CONFINES, program=CHILD))
    assert cell.child_id is None
    cell.close()


def _crafted(*, is_authority: bool) -> Credential:
    """A certificate whose subject, issuer and key identifiers are those of all others: any may have issued any."""
    key = KeyKind.ECDSA_P256.make()
    name = Subject("Một tên")
    draft = authority._draft(name, Validity.around(MOMENT), key=key).issuer_name(name.name)
    draft = draft.add_extension(x509.SubjectKeyIdentifier(b"the same"), critical=False)
    draft = draft.add_extension(x509.AuthorityKeyIdentifier(b"the same", None, None), critical=False)
    draft = authority._as_authority(draft, 50) if is_authority else authority._for_usage(draft, Usage.SIGNATURE)
    return Credential(key, draft.sign(hierarchy().root.credential.key, hashes.SHA256()))


LOOK_ALIKES: tuple[Certificate, ...] = tuple(certificate(_crafted(is_authority=True)) for _ in range(100))
LOST = _crafted(is_authority=False)
