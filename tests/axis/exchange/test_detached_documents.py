"""Files that are not in memory are judged where they lie, and what is too large for that is told."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from axis.confinement.cell import Confines
from axis.confinement.cells import Cells
from axis.confinement.frames import FrameBroken, read_frame, write_frame
from axis.exchange import sniffing
from axis.exchange.document_words import doubts_of
from axis.exchange.documents import Documents, JudgedDocument
from axis.exchange.sniffing import Allowance, FileKind, sniffed
from envelopes.detached import Detached
from envelopes.model import Attachment
from envelopes.zipping import zip_alone
from routing.authenticity import DocumentVerdict, DoubtCode
from signing.pdf.verdict import PdfFailureCode
from signing.revocation.book import Statuses
from tests.axis.exchange.test_documents import SECONDS, SIGNED_PART, annex, archive, both, directory
from tests.envelopes.builders import envelope
from tests.envelopes.bundling import detached
from tests.signing.pki import MOMENT, trust


@pytest.fixture(scope="module")
def cells() -> Iterator[Cells]:
    made = Cells(trust, Confines(1 << 30, SECONDS), count=1)
    yield made
    made.close()


def judged(cells: Cells, *files: tuple[str, Detached]) -> JudgedDocument:
    """Return what files say that travelled beside their message."""
    documents = Documents(cells, book=Statuses({}), seconds=SECONDS, stopwatch=lambda: 0.0)
    attachments = tuple(Attachment(f"a{number}", name, content) for number, (name, content) in enumerate(files))
    return documents.judge(envelope(attachments=attachments), directory(), at=MOMENT)


def huge(beginning: bytes) -> Detached:
    """Return a file of a gigabyte that begins like this, of which nobody may read much."""

    class Tape(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert 0 <= size < 1_000_000
            return super().read(size)

    return Detached(1 << 30, bytes(32), lambda: Tape(beginning + bytes(2_000)))


def test_a_document_beside_its_message_is_worth_what_it_is_worth_inside(cells: Cells) -> None:
    found = judged(cells, ("cv.pdf", detached(both())), ("phu-luc.pdf", detached(annex())))
    assert found.authenticity.verdict is DocumentVerdict.PERSON_AND_AGENCY
    assert found.authenticity.doubts == ()


@pytest.mark.parametrize(
    ("name", "octets", "kind"),
    [
        ("a.txt", b"text", FileKind.OTHER),
        ("a.txt", b"x" * 1000 + b"%PDF-1.7", FileKind.PDF),
        ("cv.pdf", b"no PDF", FileKind.PDF),
        ("a.zip", zip_alone(b"%PDF-1.7", "cv.pdf"), FileKind.PDF),
        ("a.zip", archive(("a.txt", b"a"), ("b.txt", b"b")), FileKind.ARCHIVE),
        ("a.docx", archive(("word/document.xml", b"a"), SIGNED_PART), FileKind.SIGNED_OFFICE),
        ("a.7z", b"7z\xbc\xaf\x27\x1c", FileKind.ARCHIVE),
    ],
)
def test_a_file_on_the_disk_is_sniffed_as_one_in_memory(name: str, octets: bytes, kind: FileKind) -> None:
    found, content = sniffed(Attachment("a1", name, detached(octets)), Allowance())
    assert found is kind
    within, same = sniffed(Attachment("a1", name, octets), Allowance())
    assert within is found
    assert (content if isinstance(content, bytes) else content.open().read()) == same


@pytest.mark.parametrize(("name", "beginning"), [("cv.dat", b"%PDF-1.7"), ("cv.pdf", b"anything")])
def test_a_pdf_that_is_too_large_to_be_judged_is_said_to_be(cells: Cells, name: str, beginning: bytes) -> None:
    found = judged(cells, (name, huge(beginning)))
    assert (found.files[0].kind, found.authenticity.verdict) == (FileKind.TOO_LARGE, DocumentVerdict.NOT_JUDGED)
    assert DoubtCode.FILE_TOO_LARGE in [one.code for one in found.authenticity.doubts]
    assert "authenticity/file-too-large" in [one.code for one in doubts_of(found.authenticity, "Attachment[1]")]
    assert found.is_finished


def test_a_pdf_of_just_the_largest_size_is_judged(cells: Cells, monkeypatch: pytest.MonkeyPatch) -> None:
    octets = both()
    monkeypatch.setattr(sniffing, "PDF_BYTES_MAX", len(octets))
    assert judged(cells, ("cv.pdf", detached(octets))).authenticity.verdict is DocumentVerdict.PERSON_AND_AGENCY
    monkeypatch.setattr(sniffing, "PDF_BYTES_MAX", len(octets) - 1)
    assert judged(cells, ("cv.pdf", detached(octets))).authenticity.verdict is DocumentVerdict.NOT_JUDGED


def test_a_file_that_ends_early_or_cannot_be_read_costs_its_own_judgement_alone(cells: Cells) -> None:
    def broken() -> io.BytesIO:
        raise OSError

    for source in (lambda: io.BytesIO(b"%PDF-"), broken):
        with pytest.raises((OSError, FrameBroken)):
            _through_a_frame(Detached(10, bytes(32), source))
    short = Detached(len(both()), bytes(32), lambda: io.BytesIO(both()[:-1]))
    (file,) = judged(cells, ("cv.pdf", short)).files
    assert file.judged is not None
    assert file.judged.failure is not None
    assert file.judged.failure.code in {PdfFailureCode.LOST, PdfFailureCode.TOO_LONG}
    assert judged(cells, ("cv.pdf", detached(both()))).authenticity.verdict is DocumentVerdict.PERSON_AND_AGENCY


def _through_a_frame(content: Detached) -> object:
    frame = io.BytesIO()
    write_frame(frame, {"job": "pdf"}, octets=content)
    return read_frame(io.BytesIO(frame.getvalue()))


def test_a_frame_holds_octets_from_where_they_are() -> None:
    assert _through_a_frame(detached(b"octets")) == ({"job": "pdf"}, b"octets")
