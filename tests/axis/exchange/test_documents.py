"""The documents of a package are sniffed, judged in cells, and said to be worth what their signatures make them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from axis.confinement.cell import Confines
from axis.confinement.cells import Cells
from axis.demo.authority import Credential, Subject
from axis.exchange.appraisals import Appraisals
from axis.exchange.documents import Documents, FileKind, JudgedDocument
from envelopes.identifiers import OrganId
from envelopes.model import Attachment, Envelope, SignerInfo
from envelopes.zipping import zip_alone
from routing.agencies import Agency, RegisteredCertificate
from routing.authenticity import DocumentVerdict, DoubtCode
from routing.directory import Catalogue, Directory
from signing.pdf.verdict import PdfFailureCode
from signing.revocation.book import Statuses
from tests.envelopes.builders import SENDER, envelope
from tests.signing.pdf_making import PKCS7, Signing, blank, signed
from tests.signing.pki import MOMENT, VALID, certificate, credential, hierarchy, trust
from tests.vectors.attacks import pdf as attacks

SECONDS = 20.0


@cache
def leader() -> Credential:
    return hierarchy().intermediate.issue(Subject("Sở Nội vụ tỉnh Mẫu", "Nguyễn Văn Mẫu"), VALID)


def clerk() -> Credential:
    return credential("Sở Nội vụ tỉnh Mẫu")


@cache
def both() -> bytes:
    return signed(signed(blank(), leader()), clerk(), Signing("agency", PKCS7))


@cache
def annex() -> bytes:
    return signed(blank(), clerk(), Signing("agency"))


@pytest.fixture(scope="module")
def cells() -> Iterator[Cells]:
    made = Cells(trust, Confines(1 << 30, SECONDS), count=1)
    yield made
    made.close()


def directory() -> Directory:
    window = (MOMENT - timedelta(days=1), MOMENT + timedelta(days=1))
    row = RegisteredCertificate(certificate(clerk()).fingerprint, OrganId(SENDER), *window)
    return Directory(1, Catalogue((Agency(OrganId(SENDER), "Sở Nội vụ tỉnh Mẫu"),)), (row,), ())


def package(*files: tuple[str, bytes], signer: SignerInfo | None = SignerInfo("Nguyễn Văn Mẫu")) -> Envelope:  # noqa: B008
    attachments = tuple(Attachment(f"a{number}", name, octets) for number, (name, octets) in enumerate(files))
    return envelope(attachments=attachments, signer=signer)


Judge = Callable[..., JudgedDocument]


@pytest.fixture
def judge(cells: Cells) -> Judge:
    documents = Documents(cells, book=Statuses({}), seconds=SECONDS, stopwatch=lambda: 0.0)
    return lambda *files, **options: documents.judge(package(*files, **options), directory(), at=MOMENT)


def archive(*entries: tuple[str, bytes]) -> bytes:
    sink = BytesIO()
    with ZipFile(sink, "w", ZIP_DEFLATED) as opened:
        for name, octets in entries:
            opened.writestr(name, octets)
    return sink.getvalue()


def test_a_document_signed_by_a_person_and_then_by_the_sending_agency_replaces_paper(judge: Judge) -> None:
    judged = judge(("cv.pdf", both()), ("phu-luc.pdf", annex()))
    assert judged.authenticity.verdict is DocumentVerdict.PERSON_AND_AGENCY
    assert judged.authenticity.doubts == ()
    assert [one.authenticity and one.authenticity.verdict for one in judged.files] == [
        DocumentVerdict.PERSON_AND_AGENCY,
        DocumentVerdict.AGENCY_ONLY,
    ]


def test_a_pdf_is_known_by_its_octets_and_not_by_its_name(judge: Judge) -> None:
    judged = judge(("cv.txt", both()), ("gia.pdf", b"no PDF"))
    assert [one.kind for one in judged.files] == [FileKind.PDF, FileKind.OTHER]
    assert judged.authenticity.verdict is DocumentVerdict.PERSON_AND_AGENCY


@pytest.mark.parametrize("packed", [lambda: zip_alone(both(), "cv.pdf"), lambda: archive(("cv.pdf", both()))])
def test_a_pdf_alone_in_an_archive_is_judged(judge: Judge, packed: Callable[[], bytes]) -> None:
    judged = judge(("cv.zip", packed()))
    assert (judged.files[0].kind, judged.authenticity.verdict) == (FileKind.PDF, DocumentVerdict.PERSON_AND_AGENCY)


@pytest.mark.parametrize("part", ["_xmlsignatures/sig1.xml", "META-INF/documentsignatures.xml"])
def test_a_signed_office_file_is_named_and_not_judged(judge: Judge, part: str) -> None:
    judged = judge(("cv.docx", archive(("word/document.xml", b"<w/>"), (part, b"<Signature/>"))))
    assert (judged.files[0].kind, judged.files[0].judged) == (FileKind.SIGNED_OFFICE, None)
    assert judged.authenticity.verdict is DocumentVerdict.NOT_JUDGED


def test_files_that_carry_no_signatures_have_no_part_in_it(judge: Judge) -> None:
    judged = judge(("a.docx", archive(("word/document.xml", b"<w/>"))), ("b.xml", b"<b/>"), ("cv.pdf", both()))
    assert [one.number for one in judged.files if one.authenticity] == [3]
    assert judged.authenticity.verdict is DocumentVerdict.PERSON_AND_AGENCY


def test_a_package_without_signed_files_is_unsigned(judge: Judge) -> None:
    assert judge(("a.docx", b"PK\x03\x04")).authenticity.verdict is DocumentVerdict.UNSIGNED
    assert judge(("a.pdf", blank())).authenticity.verdict is DocumentVerdict.UNSIGNED


def test_one_forged_annex_breaks_the_document(judge: Judge) -> None:
    judged = judge(("cv.pdf", both()), ("phu-luc.pdf", attacks.incremental_saving()))
    assert judged.authenticity.verdict is DocumentVerdict.BROKEN


def test_a_leader_of_another_name_is_doubted(judge: Judge) -> None:
    judged = judge(("cv.pdf", both()), signer=SignerInfo("Trần Thị B"))
    assert [one.code for one in judged.authenticity.doubts] == [DoubtCode.OTHER_NAME]


def test_what_a_clerk_should_look_at_accompanies_the_message_and_names_the_file_and_no_person(cells: Cells) -> None:
    documents = Documents(cells, book=Statuses({}), seconds=SECONDS, stopwatch=lambda: 0.0)
    files = (("cv.pdf", both()), ("phu-luc.pdf", annex()), ("kem-theo.pdf", blank()))
    message = package(*files, signer=SignerInfo("Trần Thị B"))
    appraised = Appraisals(documents, waits=True).first(message, directory(), at=MOMENT)
    assert [(one.code, one.path, one.value) for one in appraised.findings] == [
        (DoubtCode.OTHER_NAME, "Attachment[1]", None),
        (DoubtCode.FILE_UNSIGNED, "Attachment[3]", None),
    ]


def test_what_is_left_when_the_time_is_over_is_refused_and_not_begun(cells: Cells) -> None:
    ticks = iter([0.0, 0.0, SECONDS + 1])
    documents = Documents(cells, book=Statuses({}), seconds=SECONDS, stopwatch=lambda: next(ticks))
    judged = documents.judge(package(("cv.pdf", both()), ("sau.pdf", annex())), directory(), at=MOMENT)
    first, second = judged.files
    assert first.judged is not None
    assert first.judged.failure is None
    assert second.judged is not None
    assert second.judged.failure is not None
    assert second.judged.failure.code is PdfFailureCode.TOO_LONG
    assert judged.authenticity.verdict is DocumentVerdict.BROKEN
