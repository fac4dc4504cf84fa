"""The documents of a package are sniffed, judged in cells, and said to be worth what their signatures make them."""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import cache
from io import BytesIO
from typing import Any
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile

import pytest

from axis.confinement.cell import Confines
from axis.confinement.cells import Cells
from axis.demo.authority import Credential, Subject
from axis.exchange import sniffing
from axis.exchange.appraisals import Appraisals
from axis.exchange.certificate_facts import sha256_of
from axis.exchange.document_facts import details_of, summary_from, summary_of
from axis.exchange.documents import Documents, JudgedDocument
from axis.exchange.file_sentences import about_documents
from axis.exchange.sniffing import DEPTH_MAX, Allowance, FileKind, sniffed
from envelopes.evidence_signatures import DocumentWorth, FileSignatureKind, RevocationState, UnknownRule
from envelopes.identifiers import OrganId
from envelopes.model import Attachment, Envelope, SignerInfo
from envelopes.zipping import zip_alone
from routing.agencies import Agency, RegisteredCertificate
from routing.assurance import Assurance
from routing.authenticity import DocumentVerdict, DoubtCode
from routing.directory import Catalogue, Directory
from signing.pdf.verdict import PdfFailureCode
from signing.policy import DOCUMENT_POLICY
from signing.revocation.book import Statuses
from tests.envelopes.builders import SENDER, envelope
from tests.signing.pdf_making import PKCS7, SIGNED_AT, Signing, blank, document_stamped, signed, stamper
from tests.signing.pki import MOMENT, VALID, certificate, credential, hierarchy, stranger, trust
from tests.vectors.attacks import pdf as attacks

SECONDS = 20.0
SIGNED_PART = ("_xmlsignatures/sig1.xml", b"<Signature/>")


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
    assert [one.authenticity.verdict for one in judged.files] == [
        DocumentVerdict.PERSON_AND_AGENCY,
        DocumentVerdict.AGENCY_ONLY,
    ]


def test_a_pdf_is_known_by_its_octets_whatever_its_name(judge: Judge) -> None:
    judged = judge(("cv.txt", both()), ("a.txt", b"no PDF"))
    assert [one.kind for one in judged.files] == [FileKind.PDF, FileKind.OTHER]
    assert judged.authenticity.verdict is DocumentVerdict.PERSON_AND_AGENCY


@pytest.mark.parametrize(
    ("name", "octets"),
    [
        ("cv.txt", lambda: b"\n" + both()),
        ("cv.txt", lambda: b"x" * (1024 - 5) + both()),
        ("cv.PDF", lambda: b"no PDF"),
        ("cv.pdf", lambda: archive(("a.txt", b"a"), ("b.txt", b"b"))),
        ("cv.zip", lambda: archive(("cv.pdf", b"\n" + both()))),
    ],
    ids=["a line feed before it", "the last place viewers look at", "by name", "an archive by name", "in an archive"],
)
def test_what_a_viewer_opens_as_a_pdf_is_one_and_broken_where_it_does_not_begin_as_one(
    judge: Judge, name: str, octets: Callable[[], bytes]
) -> None:
    judged = judge((name, octets()), ("cu.pdf", both()))
    assert judged.files[0].kind is FileKind.PDF
    assert judged.files[0].judged is not None
    assert judged.files[0].judged.failure is not None
    assert judged.files[0].judged.failure.code is PdfFailureCode.UNREADABLE
    assert judged.authenticity.verdict is DocumentVerdict.BROKEN


def test_a_file_that_calls_itself_pdf_by_its_media_type_is_one(cells: Cells) -> None:
    documents = Documents(cells, book=Statuses({}), seconds=SECONDS, stopwatch=lambda: 0.0)
    attachment = Attachment("a1", "cv.dat", b"no PDF", media_type="Application/PDF; version=1.7")
    message = envelope(attachments=(attachment,), signer=SignerInfo("Nguyễn Văn Mẫu"))
    assert documents.judge(message, directory(), at=MOMENT).authenticity.verdict is DocumentVerdict.BROKEN


@pytest.mark.parametrize("packed", [lambda: zip_alone(both(), "cv.pdf"), lambda: archive(("cv.pdf", both()))])
def test_a_pdf_alone_in_an_archive_is_judged(judge: Judge, packed: Callable[[], bytes]) -> None:
    judged = judge(("cv.zip", packed()))
    assert (judged.files[0].kind, judged.authenticity.verdict) == (FileKind.PDF, DocumentVerdict.PERSON_AND_AGENCY)


@pytest.mark.parametrize("part", ["_xmlsignatures/sig1.xml", "META-INF/documentsignatures.xml"])
def test_a_signed_office_file_is_named_and_not_judged(judge: Judge, part: str) -> None:
    judged = judge(("cv.docx", archive(("word/document.xml", b"<w/>"), (part, b"<Signature/>"))))
    assert (judged.files[0].kind, judged.files[0].judged) == (FileKind.SIGNED_OFFICE, None)
    assert judged.authenticity.verdict is DocumentVerdict.NOT_JUDGED


@pytest.mark.parametrize(
    ("first", "worth"),
    [
        (lambda: archive(("word/document.xml", b"<w/>")), DocumentVerdict.UNSIGNED),
        (lambda: b"<b/>", DocumentVerdict.UNSIGNED),
        (blank, DocumentVerdict.UNSIGNED),
        (lambda: archive(("word/document.xml", b"<w/>"), SIGNED_PART), DocumentVerdict.NOT_JUDGED),
    ],
    ids=["Word", "XML", "PDF", "signed Word"],
)
def test_a_document_without_judged_signatures_is_worth_nothing_whatever_is_sent_along(
    judge: Judge, first: Callable[[], bytes], worth: DocumentVerdict
) -> None:
    judged = judge(("cong-van.docx", first()), ("cu.pdf", both()))
    assert judged.authenticity.verdict is worth
    assert [one.number for one in judged.files] == [1, 2]


def test_what_is_sent_along_without_judged_signatures_is_doubted(judge: Judge) -> None:
    signed_office = archive(("word/document.xml", b"<w/>"), SIGNED_PART)
    judged = judge(("cv.pdf", both()), ("a.xml", b"<a/>"), ("b.docx", signed_office))
    assert judged.authenticity.verdict is DocumentVerdict.PERSON_AND_AGENCY
    assert [(one.code, one.value) for one in judged.authenticity.doubts] == [
        (DoubtCode.FILE_UNSIGNED, "a.xml"),
        (DoubtCode.FILE_NOT_JUDGED, "b.docx"),
    ]


@pytest.mark.parametrize("place", [0, 1])
def test_the_name_of_a_part_of_office_files_hides_no_forged_pdf(judge: Judge, place: int) -> None:
    sink = BytesIO()
    with ZipFile(sink, "w", ZIP_STORED) as opened:
        opened.writestr("_xmlsignatures/a.pdf", attacks.incremental_saving())
        opened.comment = b"_xmlsignatures/"
    packed = sink.getvalue().replace(b"_xmlsignatures/a.pdf", b"_xmlsignatures_a.pdf")
    files = [("b.pdf", both())]
    files.insert(place, ("a.zip", packed))
    judged = judge(*files)
    assert judged.files[place].kind is FileKind.PDF
    assert judged.authenticity.verdict is DocumentVerdict.BROKEN


def test_a_signed_office_file_is_known_by_its_parts_and_not_by_octets_in_them(judge: Judge) -> None:
    sink = BytesIO()
    with ZipFile(sink, "w", ZIP_STORED) as opened:
        opened.writestr("a.txt", b"_xmlsignatures/sig1.xml")
        opened.writestr("word/document.xml", b"META-INF/documentsignatures.xml")
    assert judge(("a.docx", sink.getvalue())).files[0].kind is FileKind.OTHER
    packed = zip_alone(archive(("word/document.xml", b"<w/>"), SIGNED_PART), "a.docx")
    assert judge(("a.zip", packed)).authenticity.verdict is DocumentVerdict.NOT_JUDGED


def test_a_package_without_signed_files_is_unsigned(judge: Judge) -> None:
    assert judge(("a.docx", archive(("word/document.xml", b"<w/>")))).authenticity.verdict is DocumentVerdict.UNSIGNED
    assert judge(("a.pdf", blank())).authenticity.verdict is DocumentVerdict.UNSIGNED


def nested(levels: int, octets: bytes) -> bytes:
    for level in range(levels):
        octets = zip_alone(octets, f"{level}.zip")
    return octets


def squeezed(method: int) -> bytes:
    sink = BytesIO()
    with ZipFile(sink, "w", method) as opened:
        opened.writestr("cv.pdf", both())
    return sink.getvalue()


def taped() -> bytes:
    sink = BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as opened:
        for name, octets in (("a.txt", LATE), ("cv.pdf", both())):
            entry = tarfile.TarInfo(name)
            entry.size = len(octets)
            opened.addfile(entry, BytesIO(octets))
    return sink.getvalue()


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "several files": lambda: archive(("cv.pdf", both()), ("a.txt", b"a")),
    "a folder and a file": lambda: archive(("d/", b""), ("cv.pdf", both())),
    "a file in a folder": lambda: archive(("d/cv.pdf", both())),
    "deeper than is unpacked": lambda: nested(DEPTH_MAX, zip_alone(both(), "cv.pdf")),
    "something before it": lambda: b"MZ" + archive(("cv.pdf", both())),
    "bzip2 inside": lambda: squeezed(ZIP_BZIP2),
    "LZMA inside": lambda: squeezed(ZIP_LZMA),
    "an Office file with a PDF beside": lambda: archive(("[Content_Types].xml", b"<t/>"), ("cv.pdf", both())),
    "torn": lambda: archive(("cv.pdf", both()))[:500],
    "7-Zip": lambda: b"7z\xbc\xaf\x27\x1c" + b"x" * 99,
    "RAR": lambda: b"Rar!\x1a\x07\x01\x00",
    "gzip": lambda: gzip.compress(both()),
    "tar": taped,
}


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("packed", ARCHIVES.values(), ids=ARCHIVES)
def test_an_archive_that_nobody_looks_into_is_not_called_unsigned(
    judge: Judge, packed: Callable[[], bytes], place: int
) -> None:
    files = [("b.pdf", both())]
    files.insert(place, ("a.zip", packed()))
    judged = judge(*files)
    file = judged.files[place]
    assert (file.kind, file.authenticity.verdict) == (FileKind.ARCHIVE, DocumentVerdict.NOT_JUDGED)
    assert DoubtCode.ARCHIVE in [one.code for one in judged.authenticity.doubts]
    assert judged.is_finished


@pytest.mark.parametrize("levels", range(1, DEPTH_MAX))
def test_a_tampered_pdf_in_archives_of_one_file_breaks_the_document(judge: Judge, levels: int) -> None:
    judged = judge(("a.zip", nested(levels, zip_alone(attacks.incremental_saving(), "cv.pdf"))), ("b.pdf", both()))
    assert (judged.files[0].kind, judged.authenticity.verdict) == (FileKind.PDF, DocumentVerdict.BROKEN)


LATE = b"x" * 2000


@pytest.mark.parametrize(
    "attachment",
    [
        Attachment("a1", "cv.pdf.", LATE),
        Attachment("a1", "cv.PDF .", LATE),
        Attachment("a1", "cv.dat", LATE, format="pdf"),
        Attachment("a1", "cv.dat", LATE, format=".PDF"),
        Attachment("a1", "cv.dat", LATE, media_type="application/x-pdf"),
        Attachment("a1", "a.zip", archive(("cv.pdf", LATE))),
    ],
    ids=["a dot at the end", "a blank and a dot", "its format", "its format with a dot", "x-pdf", "the name inside"],
)
def test_what_calls_itself_a_pdf_in_any_way_is_one(attachment: Attachment) -> None:
    assert sniffed(attachment, Allowance()) == (FileKind.PDF, LATE)


def test_archives_within_archives_are_unpacked_to_so_much_for_a_whole_package() -> None:
    packed = archive(("a.bin", b"x" * 900_000))
    allowance = Allowance(2_000_000)
    kinds = [sniffed(Attachment(f"a{number}", "a.zip", packed), allowance)[0] for number in range(4)]
    assert kinds == [FileKind.OTHER, FileKind.OTHER, FileKind.ARCHIVE, FileKind.ARCHIVE]
    assert allowance.left == 200_000


def test_nothing_is_unpacked_when_the_time_is_over_and_the_rest_is_judged_again(
    cells: Cells, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter([0.0, SECONDS + 1, SECONDS + 1])
    documents = Documents(cells, book=Statuses({}), seconds=SECONDS, stopwatch=lambda: next(ticks))
    unpacked: list[int] = []
    monkeypatch.setattr(sniffing, "only_file", lambda _, most: unpacked.append(most))
    message = package(("a.zip", archive(("cv.pdf", both()))), ("b.txt", b"b"))
    judged = documents.judge(message, directory(), at=MOMENT)
    assert unpacked in ([], [0])
    assert [one.authenticity.verdict for one in judged.files] == [DocumentVerdict.NOT_JUDGED, DocumentVerdict.UNSIGNED]
    assert not judged.is_finished


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
    appraised = Appraisals(documents, waits=True).first(message, directory(), sender=OrganId(SENDER), at=MOMENT)
    assert [(one.code, one.path, one.value) for one in appraised.findings] == [
        (DoubtCode.OTHER_NAME, "Attachment[1]", None),
        (DoubtCode.FILE_UNSIGNED, "Attachment[3]", None),
    ]


def test_what_is_doubted_of_each_file_is_carried_into_evidence_by_an_event(judge: Judge) -> None:
    agency_first = signed(signed(blank(), clerk(), Signing("agency", PKCS7)), leader())
    judged = judge(("cv.pdf", agency_first), ("a.xml", b"<a/>"), signer=SignerInfo("Trần Thị B"))
    summary = summary_of(judged, at=MOMENT)
    assert summary.worth is DocumentWorth.AGENCY_ONLY
    assert [one.doubts for one in summary.files] == [
        ("authenticity/agency-before-person", "authenticity/other-name"),
        ("authenticity/file-unsigned",),
    ]
    assert summary_from(details_of(summary)) == summary


def test_an_event_of_before_doubts_were_carried_is_read(judge: Judge) -> None:
    summary = summary_of(judge(("cv.pdf", both())), at=MOMENT)
    details: Any = details_of(summary)
    del details["verdict"]
    carried = ("kind", "signer", "subfilter", "algorithm", "coverage", "changes", "docmdp", "stamp", "anchor")
    since = ("stamp_authority", "stamp_revocation", "existed_at", "statuses")
    del details["policy"]
    for file in details["files"]:
        del file["doubts"]
        for signature in file["signatures"]:
            for name in (*carried, *since):
                del signature[name]
    before: dict[str, Any] = {**dict.fromkeys((*carried, *since)), "statuses": ()}
    (file,) = summary.files
    signatures = tuple(replace(one, **before) for one in file.signatures)
    assert summary_from(details) == replace(summary, policy=None, files=(replace(file, signatures=signatures),))


def test_what_a_judgement_found_out_of_each_signature_is_carried_into_evidence(judge: Judge) -> None:
    summary = summary_of(judge(("cv.pdf", both())), at=MOMENT)
    person, agency = summary.files[0].signatures
    assert summary.policy == DOCUMENT_POLICY.name
    assert (person.signer, agency.signer) == ("Nguyễn Văn Mẫu", "Cơ quan Sở Nội vụ tỉnh Mẫu")
    assert (person.subfilter, agency.subfilter) == ("ETSI.CAdES.detached", "adbe.pkcs7.detached")
    assert (person.coverage, person.changes) == ("revision", "SIGNATURES")
    assert (agency.coverage, agency.changes) == ("whole-file", "NONE")
    assert (person.kind, person.stamp, person.algorithm) == (FileSignatureKind.SIGNATURE, "absent", "sha256_ecdsa")
    assert person.anchor == sha256_of(certificate(hierarchy().root).fingerprint)
    assert [one.reason for one in person.statuses] == ["no-source", "no-source"]
    assert person.existed_at == MOMENT
    assert summary_from(details_of(summary)) == summary


def test_the_name_on_a_certificate_of_nobody_trusted_is_not_told(judge: Judge) -> None:
    (signature,) = summary_of(judge(("cv.pdf", signed(blank(), stranger()))), at=MOMENT).files[0].signatures
    assert (signature.verdict, signature.signer, signature.anchor) == ("pdf/untrusted", None, None)


def test_the_authority_of_a_stamp_is_carried_and_a_stamp_on_the_document_is_called_one(judge: Judge) -> None:
    octets = document_stamped(signed(blank(), leader(), Signing(stamper=stamper(SIGNED_AT))))
    summary = summary_of(judge(("cv.pdf", octets)), at=MOMENT)
    signature, stamp = summary.files[0].signatures
    assert (signature.stamp, signature.stamp_revocation) == ("trusted", RevocationState.UNKNOWN)
    assert signature.stamp_authority is not None
    assert (signature.existed_at, stamp.kind) == (SIGNED_AT, FileSignatureKind.TIME_STAMP)
    words = [vi for vi, _ in about_documents(summary)]
    (told,) = [one for one in words if one.startswith("Dấu thời gian")]
    assert f'ở tệp 1, trường "{stamp.field}", lúc ' in told
    assert len([one for one in words if one.startswith("Chữ ký số")]) == 1


def test_a_finding_about_a_signature_names_its_field_in_its_place(cells: Cells) -> None:
    documents = Documents(cells, book=Statuses({}), seconds=SECONDS, stopwatch=lambda: 0.0)
    hostile = "Ký\u0007" + "x" * 300
    message = package(("cv.pdf", signed(blank(), leader(), Signing(hostile))))
    rule = Assurance(UnknownRule.WARN)
    appraised = Appraisals(documents, waits=True, assurance=rule).first(
        message, directory(), sender=OrganId(SENDER), at=MOMENT
    )
    (place,) = [one.path for one in appraised.findings if one.code == "pdf/revocation-unknown"]
    assert place.startswith("Attachment[1]/Signature[Ký")
    assert place.isprintable()
    assert len(place) < 250


def test_what_is_left_when_the_time_is_over_is_not_begun_and_not_called_broken(cells: Cells) -> None:
    ticks = iter([0.0, 0.0, SECONDS + 1, SECONDS + 1])
    documents = Documents(cells, book=Statuses({}), seconds=SECONDS, stopwatch=lambda: next(ticks))
    judged = documents.judge(package(("cv.pdf", both()), ("sau.pdf", annex())), directory(), at=MOMENT)
    first, second = judged.files
    assert first.judged is not None
    assert first.judged.failure is None
    assert second.judged is not None
    assert second.judged.failure is not None
    assert second.judged.failure.code is PdfFailureCode.TOO_LONG
    assert second.authenticity.verdict is DocumentVerdict.NOT_JUDGED
    assert [one.code for one in judged.authenticity.doubts] == [DoubtCode.FILE_NOT_JUDGED]
    assert not judged.is_finished
