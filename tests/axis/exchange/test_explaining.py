"""Every judgement there can be has sentences in both languages; a refusal names rule, place and what to do."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from axis.exchange.explaining import explained
from axis.exchange.explaining_words import (
    CHANGES,
    COVERAGES,
    REASONS,
    words_in_documents,
    words_of,
)
from axis.exchange.judgements import Judgement
from envelopes.evidence_facts import Digest
from envelopes.evidence_signatures import (
    CertificateStatus,
    DocumentWorth,
    FileSignatureKind,
    FileVerdict,
    RevocationSource,
    RevocationState,
    SignatureIndication,
)
from routing.authenticity import DoubtCode
from routing.authenticity_words import DOUBT_WORDS
from signing.pdf.verdict import PdfFailureCode
from signing.statuses import Doubt
from signing.verdict import FailureCode
from tests.axis.exchange.judged import (
    AT,
    documents,
    file_signature,
    good,
    judged,
    revoked,
    stamp,
    unknown,
    with_stamps,
)
from tests.vietnamese import foreign

UNKNOWN = FailureCode.REVOCATION_UNKNOWN
REVOKED = FailureCode.CERTIFICATE_REVOKED
STAMPED = AT - timedelta(hours=3)


def said(judgement: Judgement, *, vi: str, en: str) -> tuple[Judgement, str, str]:
    """Return a judgement and what is said of it, among other things."""
    return judgement, vi, en


SAID: dict[str, tuple[Judgement, str, str]] = {
    "good by OCSP, signed by the signer's word": said(
        judged(good(), claimed="2026-11-29T23:30:00+07:00"),
        vi="Chữ ký số của Sở Nội vụ, ký lúc 29/11/2026 23:30:00 (+07:00) theo thời điểm ghi trong chữ ký số, hợp "
        "lệ; chứng thư số còn hiệu lực lúc 29/11/2026 23:36:40 (+07:00), theo OCSP lúc 29/11/2026 "
        "22:55:40 (+07:00) (41 phút trước khi kiểm tra).",
        en="The signature of Sở Nội vụ, made at 29/11/2026 23:30:00 (+07:00) by the signer's own word, is "
        "valid; its certificate was in force at 29/11/2026 23:36:40 (+07:00), according to OCSP of "
        "29/11/2026 22:55:40 (+07:00) (41 minutes before it was judged).",
    ),
    "good by a CRL, with a time stamp": said(
        judged(good(RevocationSource.CRL, before=timedelta(hours=1)), proven_at=STAMPED),
        vi="Chữ ký số của Sở Nội vụ, có dấu thời gian lúc 29/11/2026 20:36:40 (+07:00), hợp lệ; chứng thư "
        "số còn hiệu lực tại thời điểm ký, theo CRL lúc 29/11/2026 22:36:40 (+07:00) (1 giờ trước khi "
        "kiểm tra). Mức chữ ký số đã kiểm tra: B-T.",
        en="The signature of Sở Nội vụ, time-stamped at 29/11/2026 20:36:40 (+07:00), is valid; its "
        "certificate was in force at the time of signing, according to a CRL of 29/11/2026 22:36:40 "
        "(+07:00) (1 hour before it was judged). Level that was verified: B-T.",
    ),
    "an authority's certificate too": said(
        judged(good(before=timedelta(0)), good(RevocationSource.CRL, before=timedelta(days=3))),
        vi="Chứng thư số của tổ chức cấp chứng thư số cho người ký còn hiệu lực lúc 29/11/2026 23:36:40 "
        "(+07:00), theo CRL lúc 26/11/2026 23:36:40 (+07:00) (3 ngày trước khi kiểm tra).",
        en="The certificate of the signer's authority was in force at 29/11/2026 23:36:40 (+07:00), "
        "according to a CRL of 26/11/2026 23:36:40 (+07:00) (3 days before it was judged).",
    ),
    "good by what the signer sent along": said(
        judged(replace(good(), is_supplied=True)),
        vi="chứng thư số còn hiệu lực lúc 29/11/2026 23:36:40 (+07:00), theo OCSP lúc 29/11/2026 "
        "22:55:40 (+07:00) do người ký gửi kèm (41 phút trước khi kiểm tra).",
        en="its certificate was in force at 29/11/2026 23:36:40 (+07:00), according to OCSP of 29/11/2026 "
        "22:55:40 (+07:00) sent along by the signer (41 minutes before it was judged).",
    ),
    "stamped by an authority that is good": said(
        with_stamps(judged(good(), proven_at=STAMPED), stamp(STAMPED, good(), good())),
        vi="có dấu thời gian lúc 29/11/2026 20:36:40 (+07:00), hợp lệ; chứng thư số còn hiệu lực tại thời điểm ký, "
        "theo OCSP lúc 29/11/2026 22:55:40 (+07:00) (41 phút trước khi kiểm tra). Dấu thời gian lúc 29/11/2026 "
        "20:36:40 (+07:00): chứng thư số của tổ chức cấp dấu thời gian còn hiệu lực tại thời điểm cấp dấu thời gian, "
        "theo OCSP lúc 29/11/2026 22:55:40 (+07:00) (41 phút trước khi kiểm tra). Mức chữ ký số đã kiểm tra: B-T.",
        en="The time stamp of 29/11/2026 20:36:40 (+07:00): the certificate of the time-stamping authority was in "
        "force at the time of the stamp, according to OCSP of",
    ),
    "stamped by an authority that ended in order": said(
        with_stamps(
            judged(good(), proven_at=STAMPED), stamp(STAMPED, revoked("superseded", after=timedelta(minutes=-5)))
        ),
        vi="chứng thư số của tổ chức cấp dấu thời gian đã bị thu hồi lúc 29/11/2026 23:31:40 (+07:00) (đã được thay "
        "bằng chứng thư số khác), sau khi ký: còn hiệu lực tại thời điểm cấp dấu thời gian, theo CRL lúc",
        en="the certificate of the time-stamping authority was revoked at 29/11/2026 23:31:40 (+07:00) (another one "
        "took its place), later: it was in force at the time of the stamp, according to a CRL of",
    ),
    "stamped by an authority that names nobody to ask": said(
        with_stamps(judged(good(), proven_at=STAMPED), stamp(STAMPED, unknown(Doubt.NO_SOURCE), good())),
        vi="có dấu thời gian lúc 29/11/2026 20:36:40 (+07:00) (chưa rõ chứng thư số của tổ chức cấp dấu thời gian có "
        "bị thu hồi hay không), hợp lệ;",
        en="time-stamped at 29/11/2026 20:36:40 (+07:00) (whether the certificate of the time-stamping authority was "
        "revoked is not known), is valid;",
    ),
    "stamped by an authority that nobody asked yet": said(
        with_stamps(judged(good()), stamp(STAMPED, unknown(Doubt.NO_EVIDENCE), unknown(Doubt.STALE))),
        vi="Chữ ký số của Sở Nội vụ hợp lệ; chứng thư số còn hiệu lực lúc 29/11/2026 23:36:40 (+07:00), theo OCSP lúc "
        "29/11/2026 22:55:40 (+07:00) (41 phút trước khi kiểm tra). Dấu thời gian lúc 29/11/2026 20:36:40 (+07:00), "
        "chưa được dùng để chứng minh thời điểm ký: chứng thư số của tổ chức cấp dấu thời gian chưa có câu trả lời nào "
        "của tổ chức chứng thực. Dấu thời gian lúc 29/11/2026 20:36:40 (+07:00), chưa được dùng để chứng minh thời "
        "điểm ký: chứng thư số của tổ chức chứng thực cấp trên thứ 1 của tổ chức cấp dấu thời gian chỉ có thông tin "
        "đã quá hạn",
        en="The time stamp of 29/11/2026 20:36:40 (+07:00), which is no proof of the time of signing for the moment: "
        "the certificate of the time-stamping authority has no answer from its authority yet.",
    ),
    "carried by such a stamp alone": said(
        with_stamps(
            judged(good(), code=UNKNOWN, proven_at=STAMPED),
            stamp(STAMPED, unknown(Doubt.NO_EVIDENCE), is_relied_on=True),
        ),
        vi="Dấu thời gian lúc 29/11/2026 20:36:40 (+07:00), căn cứ duy nhất chứng minh chữ ký số có từ lúc đó: chứng "
        "thư số của tổ chức cấp dấu thời gian chưa có câu trả lời nào của tổ chức chứng thực.",
        en="The time stamp of 29/11/2026 20:36:40 (+07:00), the only proof that the signature is that old: the "
        "certificate of the time-stamping authority has no answer from its authority yet.",
    ),
    "nobody was asked": said(
        judged(),
        vi="Chữ ký số của Sở Nội vụ không có lỗi, nhưng chưa kết luận được là hợp lệ. Chưa xét việc "
        "thu hồi chứng thư số.",
        en="The signature of Sở Nội vụ holds, but cannot be called valid yet. Whether certificates were "
        "revoked was not judged.",
    ),
    "never asked yet": said(
        judged(unknown(Doubt.NO_EVIDENCE), code=UNKNOWN),
        vi="Chữ ký số của Sở Nội vụ chưa kết luận được là hợp lệ. Chưa có thông tin đáng tin cậy về việc "
        "thu hồi chứng thư số của người ký, hoặc của tổ chức cấp dấu thời gian mà chữ ký số phải dựa vào. Quy tắc: "
        "`signature/revocation-unknown` (INDETERMINATE, "
        "TRY_LATER); vị trí: edXMLHeader/Signature. Chứng thư số của người ký chưa có câu trả lời nào "
        "của tổ chức chứng thực.",
        en="The signature of Sở Nội vụ cannot be called valid yet.",
    ),
    "last known good": said(
        judged(unknown(Doubt.STALE), code=UNKNOWN),
        vi="Chứng thư số của người ký chỉ có thông tin đã quá hạn: lần cuối biết là còn hiệu lực theo OCSP "
        "lúc 27/11/2026 23:36:40 (+07:00), dùng được đến 28/11/2026 07:36:40 (+07:00).",
        en="The signer's certificate has only information that is out of date: it was last known to be in "
        "force by OCSP of 27/11/2026 23:36:40 (+07:00), good until 28/11/2026 07:36:40 (+07:00).",
    ),
    "nobody to ask": said(
        judged(unknown(Doubt.NO_SOURCE), code=UNKNOWN),
        vi="Cần làm: Hỏi trực tiếp tổ chức chứng thực; lần sau ký bằng chứng thư số có nêu dịch vụ OCSP "
        "hoặc địa chỉ CRL.",
        en="What to do: Ask the authority directly; sign with a certificate that names an OCSP responder or "
        "a CRL from now",
    ),
    "refused because nothing is known": said(
        judged(unknown(Doubt.NO_EVIDENCE), code=UNKNOWN, is_refused=True),
        vi="Cần làm: Gửi lại sau, Trục đang hỏi tổ chức chứng thực; nếu kéo dài, kiểm tra dịch vụ OCSP, CRL "
        "của tổ chức đó.",
        en="What to do: Send again later; the axis is asking the authority.",
    ),
    "revoked before": said(
        judged(revoked(), code=REVOKED),
        vi="Chứng thư số của người ký đã bị thu hồi lúc 27/11/2026 23:36:40 (+07:00) (lộ khóa bí mật), theo "
        "CRL lúc 29/11/2026 22:55:40 (+07:00), và không có gì chứng minh chữ ký số có trước đó.",
        en="The signer's certificate was revoked at 27/11/2026 23:36:40 (+07:00) (its key was compromised), "
        "according to a CRL of 29/11/2026 22:55:40 (+07:00), and nothing proves that the signature is "
        "older.",
    ),
    "revoked after": said(
        judged(revoked("superseded", after=timedelta(minutes=-5)), proven_at=STAMPED),
        vi="đã bị thu hồi lúc 29/11/2026 23:31:40 (+07:00) (đã được thay bằng chứng thư số khác), sau khi "
        "ký: còn hiệu lực tại thời điểm ký, theo CRL lúc 29/11/2026 22:55:40 (+07:00).",
        en="(another one took its place), later: it was in force at the time of signing, according to a CRL of",
    ),
    "on hold": said(
        judged(revoked("certificate_hold"), code=FailureCode.CERTIFICATE_ON_HOLD),
        vi="Chứng thư số của người ký đã bị tạm đình chỉ lúc 27/11/2026 23:36:40 (+07:00), theo CRL lúc",
        en="The signer's certificate was suspended at 27/11/2026 23:36:40 (+07:00), according to a CRL of",
    ),
    "an authority that was revoked": said(
        judged(good(), revoked("ca_compromise"), code=FailureCode.AUTHORITY_REVOKED),
        vi="Chứng thư số của tổ chức cấp chứng thư số cho người ký đã bị thu hồi lúc 27/11/2026 23:36:40 "
        "(+07:00) (lộ khóa của tổ chức chứng thực)",
        en="The certificate of the signer's authority was revoked at 27/11/2026 23:36:40 (+07:00) (the key "
        "of its authority",
    ),
    "altered": said(
        judged(code=FailureCode.ALTERED, is_refused=True),
        vi="Chữ ký số của Sở Nội vụ không hợp lệ. Nội dung gói tin đã bị thay đổi sau khi ký số. Quy tắc: "
        "`signature/altered` (TOTAL-FAILED, HASH_FAILURE); vị trí: edXMLHeader/Signature. Chưa xét việc "
        "thu hồi chứng thư số. Mức chữ ký số đã kiểm tra: B-B. Cần làm: Không sửa, định dạng lại hay "
        "chuyển mã gói tin sau khi ký;",
        en="The signature of Sở Nội vụ is not valid. The package was changed after it was signed. Rule: "
        "`signature/altered` (TOTAL-FAILED, HASH_FAILURE); place: edXMLHeader/Signature.",
    ),
    "SHA-1": said(
        judged(code=FailureCode.ALGORITHM_FORBIDDEN, is_refused=True),
        vi="Chữ ký số của Sở Nội vụ không được công nhận. Chữ ký số dùng thuật toán không còn được chấp "
        "nhận (ví dụ SHA-1)",
        en="The signature of Sở Nội vụ is not accepted. The signature uses an algorithm that is no longer "
        "accepted (such",
    ),
    "documents that replace paper": said(
        judged(
            good(),
            documents=documents(
                DocumentWorth.PERSON_AND_AGENCY,
                FileVerdict(1, DocumentWorth.PERSON_AND_AGENCY, signatures=(file_signature(),)),
            ),
        ),
        vi="Kiểm tra các tệp lúc 29/11/2026 23:36:40 (+07:00): Văn bản có chữ ký số hợp lệ của cá nhân "
        "và của cơ quan gửi. Sử dụng: Có thể dùng thay văn bản giấy theo Điều 5 Nghị định "
        "30/2020/NĐ-CP. Tệp 1: có chữ ký số của cá nhân và của cơ quan gửi. Chữ ký số ở tệp "
        '1, trường "Signature1", có dấu thời gian lúc 29/11/2026 22:36:40 (+07:00), hợp lệ; chứng thư số '
        "không bị thu hồi.",
        en='The signature in file 1, field "Signature1", time-stamped at 29/11/2026 22:36:40 (+07:00), is '
        "valid; its certificate was not revoked.",
    ),
    "a broken document": said(
        judged(
            good(),
            documents=documents(
                DocumentWorth.BROKEN,
                FileVerdict(
                    2,
                    DocumentWorth.BROKEN,
                    signatures=(file_signature("pdf/changed", stamped_at=None, claimed_at=AT, revocation=None),),
                ),
            ),
        ),
        vi='Chữ ký số ở tệp 2, trường "Signature1", ký lúc 29/11/2026 23:36:40 (+07:00) theo thời điểm '
        "ghi trong chữ ký số, không hợp lệ; không xét việc thu hồi chứng thư số. Nội dung tệp PDF đã bị thay đổi "
        'sau khi ký số. Quy tắc: `pdf/changed` (TOTAL-FAILED, HASH_FAILURE); vị trí: tệp 2, trường "Signature1". '
        "Cần làm: Không sửa tệp sau khi ký; ký số lại bản cuối cùng rồi gửi lại.",
        en='Rule: `pdf/changed` (TOTAL-FAILED, HASH_FAILURE); place: file 2, field "Signature1". What to '
        "do: Do not edit",
    ),
    "a file that nobody could open": said(
        judged(
            good(),
            documents=documents(DocumentWorth.BROKEN, FileVerdict(1, DocumentWorth.BROKEN, "pdf/encrypted")),
        ),
        vi="Tệp PDF được mã hóa hoặc đặt mật khẩu. Quy tắc: `pdf/encrypted`; vị trí: tệp 1. Cần làm: Bỏ mật "
        "khẩu và mọi hạn chế của tệp, ký số rồi gửi lại.",
        en="The PDF is encrypted or has a password. Rule: `pdf/encrypted`; place: file 1. What to do: "
        "Remove its password",
    ),
}


def test_a_signature_inside_a_file_is_told_with_its_signer_and_what_its_certificates_state_rests_on() -> None:
    signature = file_signature(
        signer="Nguyễn Văn Mẫu",
        statuses=(good(), good(RevocationSource.CRL)),
        existed_at=AT - timedelta(hours=1),
        coverage="revision",
        changes="FORM_FILLING",
        subfilter="ETSI.CAdES.detached",
        algorithm="sha256_ecdsa",
        docmdp="FILL_FORMS",
    )
    file = FileVerdict(1, DocumentWorth.PERSON_ONLY, signatures=(signature,))
    vi, en = told(judged(documents=documents(DocumentWorth.PERSON_ONLY, file)))
    assert (
        'Chữ ký số của Nguyễn Văn Mẫu ở tệp 1, trường "Signature1", có dấu thời gian lúc 29/11/2026 22:36:40 (+07:00), '
        "hợp lệ; chứng thư số còn hiệu lực tại thời điểm ký, theo OCSP lúc 29/11/2026 22:55:40 (+07:00) "
        "(41 phút trước khi kiểm tra). Phạm vi ký: toàn bộ tệp tại thời điểm ký; sau đó có điền biểu mẫu hoặc ký thêm; "
        "mức cho phép thay đổi `FILL_FORMS`; kiểu `ETSI.CAdES.detached`; thuật toán `sha256_ecdsa`."
    ) in vi
    assert "The signature of Nguyễn Văn Mẫu in file 1" in en
    assert "was in force at the time of signing, according to OCSP of 29/11/2026 22:55:40 (+07:00)" in en


def test_what_is_not_known_of_a_certificate_inside_a_file_is_told_with_why() -> None:
    signature = file_signature(
        UNKNOWN.value,
        indication=SignatureIndication.INDETERMINATE,
        revocation=RevocationState.UNKNOWN,
        stamp_revocation=RevocationState.UNKNOWN,
        statuses=(good(), unknown(Doubt.NO_SOURCE)),
    )
    file = FileVerdict(1, DocumentWorth.PERSON_ONLY, signatures=(signature,))
    vi, _ = told(judged(documents=documents(DocumentWorth.PERSON_ONLY, file)))
    assert (
        "Chứng thư số của tổ chức cấp chứng thư số cho người ký không nêu dịch vụ OCSP hay địa chỉ CRL nào để hỏi. "
        "Chưa rõ chứng thư số của tổ chức cấp dấu thời gian có bị thu hồi hay không."
    ) in vi


def test_a_time_stamp_on_the_document_is_not_called_a_signature() -> None:
    stamp = file_signature(kind=FileSignatureKind.TIME_STAMP, signer="TSA", statuses=(good(),))
    file = FileVerdict(1, DocumentWorth.UNSIGNED, signatures=(stamp,))
    vi, en = told(judged(documents=documents(DocumentWorth.UNSIGNED, file)))
    assert 'Dấu thời gian của TSA ở tệp 1, trường "Signature1", lúc 29/11/2026 22:36:40 (+07:00), hợp lệ;' in vi
    assert 'The time stamp of TSA in file 1, field "Signature1", of 29/11/2026' in en


def test_a_file_that_nobody_could_open_is_not_said_to_have_a_signature_that_does_not_hold() -> None:
    closed = FileVerdict(1, DocumentWorth.BROKEN, "pdf/encrypted")
    vi, en = told(judged(documents=documents(DocumentWorth.BROKEN, closed)))
    assert "không kiểm tra được có chữ ký số hay không" in vi
    assert "whether it is signed cannot be judged" in en
    for words in ("chữ ký số không hợp lệ", "bị thay đổi", "does not hold", "was changed"):
        assert words not in vi + en
    failed = FileVerdict(2, DocumentWorth.BROKEN, signatures=(file_signature("pdf/changed"),))
    assert (
        "Tệp văn bản có chữ ký số không hợp lệ"
        in told(judged(documents=documents(DocumentWorth.BROKEN, closed, failed)))[0]
    )


UNKNOWN_INSIDE = {
    "as it is written": {"code": UNKNOWN.value, "indication": SignatureIndication.INDETERMINATE},
    "as earlier versions wrote it": {"code": None, "indication": SignatureIndication.TOTAL_PASSED},
}


@pytest.mark.parametrize("written", UNKNOWN_INSIDE.values(), ids=UNKNOWN_INSIDE)
@pytest.mark.parametrize(
    "worth", [DocumentWorth.PERSON_AND_AGENCY, DocumentWorth.AGENCY_ONLY, DocumentWorth.PERSON_ONLY]
)
def test_no_document_replaces_paper_while_a_revocation_is_unknown(
    worth: DocumentWorth, written: dict[str, Any]
) -> None:
    code, indication = written["code"], written["indication"]
    signature = file_signature(code, indication=indication, revocation=RevocationState.UNKNOWN)
    files = (FileVerdict(1, worth, signatures=(file_signature(),)), FileVerdict(2, worth, signatures=(signature,)))
    vi, en = told(judged(documents=documents(worth, *files)))
    assert "hưa rõ việc thu hồi chứng thư số" in vi
    assert "was revoked is not known" in en
    assert 'tệp 2, trường "Signature1", có dấu thời gian lúc 29/11/2026 22:36:40 (+07:00), chưa kết luận được' in vi
    assert "Có thể dùng thay văn bản giấy" not in vi
    assert "It may stand for the paper original" not in en
    assert "Văn bản có chữ ký số hợp lệ" not in vi
    if code:
        assert "Gửi lại" not in vi
        assert "chờ chứng cứ SignatureValidation" in vi.replace("Chờ", "chờ")


def told(judgement: Judgement) -> tuple[str, str]:
    """Return all sentences, each language in one text."""
    vi, en = zip(*explained(judgement), strict=True)
    return " ".join(vi), " ".join(en)


@pytest.mark.parametrize(("judgement", "vi", "en"), SAID.values(), ids=SAID)
def test_what_is_known_is_said(judgement: Judgement, vi: str, en: str) -> None:
    said_vi, said_en = told(judgement)
    assert vi in said_vi
    assert en in said_en


def every_state() -> Iterator[CertificateStatus]:
    """Every state there can be, resting on either source."""
    yield from (good(source) for source in RevocationSource)
    yield from (revoked(reason) for reason in (*REASONS, "certificate_hold", "something-else"))
    yield revoked(after=timedelta(days=1))
    yield from (unknown(doubt) for doubt in Doubt)
    yield CertificateStatus(Digest.sha256(b"certificate"), RevocationState.UNKNOWN, reason="said-by-a-newer-axis")


def every_scope() -> Iterator[Judgement]:
    """Everything that is told of how a signature inside a file was made, what it covers and what it rests on."""
    scopes = itertools.product(FileSignatureKind, (*COVERAGES, "word"), (*CHANGES, "word"), (None, *RevocationState))
    states = itertools.cycle(every_state())
    for (kind, coverage, changes, state), status in zip(scopes, states, strict=False):
        signature = file_signature(
            kind=kind, coverage=coverage, changes=changes, stamp_revocation=state, statuses=(status, status)
        )
        yield judged(
            documents=documents(DocumentWorth.UNSIGNED, FileVerdict(1, DocumentWorth.UNSIGNED, signatures=(signature,)))
        )


def every_judgement() -> Iterator[Judgement]:
    """Every combination of outcome, state, position, time stamp and what became of the message."""
    paths = [(), *((one,) for one in every_state()), *((good(), good(), one) for one in every_state())]
    for code, path, proven_at, is_refused in itertools.product(
        (None, UNKNOWN, REVOKED), paths, (None, STAMPED), (True, False)
    ):
        yield judged(*path, code=code, proven_at=proven_at, is_refused=is_refused)
    for state, position, proven_at, is_relied_on in itertools.product(
        every_state(), (0, 1), (None, STAMPED), (True, False)
    ):
        states = (state, good())[:: -1 if position else 1]
        of_stamp = stamp(STAMPED, *states, is_relied_on=is_relied_on)
        yield with_stamps(judged(good(), code=UNKNOWN if is_relied_on else None, proven_at=proven_at), of_stamp)
        yield judged(replace(state, is_supplied=True), code=UNKNOWN)
    for failure in FailureCode:
        yield judged(code=failure, is_refused=True)
    for worth in DocumentWorth:
        yield judged(documents=documents(worth, FileVerdict(1, worth), FileVerdict(2, worth)))
    for state in (*RevocationState, None):
        signature = file_signature(revocation=state)
        yield judged(
            documents=documents(
                DocumentWorth.AGENCY_ONLY, FileVerdict(1, DocumentWorth.AGENCY_ONLY, None, (signature,))
            )
        )
    yield from every_scope()
    for inside in (*PdfFailureCode, *FailureCode):
        signature = file_signature(inside.value)
        file = FileVerdict(1, DocumentWorth.BROKEN, inside.value, (signature,))
        yield judged(documents=documents(DocumentWorth.BROKEN, file))


def test_every_combination_is_told_in_whole_sentences_of_both_languages() -> None:
    count = 0
    for judgement in every_judgement():
        count += 1
        for vi, en in explained(judgement):
            assert foreign(vi.replace("Sở Nội vụ", "")) == [], vi
            assert re.sub("Sở Nội vụ|NĐ 30/2020", "", en).isascii(), en
            assert vi.endswith(".")
            assert en.endswith(".")
            assert vi[0].isupper()
            assert en[0].isupper()
            assert "None" not in vi + en
            assert ".." not in vi + en
    assert count > 400


@pytest.mark.parametrize("code", FailureCode)
def test_every_refusal_names_the_rule_the_place_and_what_to_do(code: FailureCode) -> None:
    vi, en = told(judged(code=code, is_refused=True))
    assert f"Quy tắc: `{code.value}` (" in vi
    assert f"Rule: `{code.value}` (" in en
    assert "vị trí: edXMLHeader/Signature." in vi
    assert "place: edXMLHeader/Signature." in en
    assert f"Cần làm: {words_of(code.value).do_vi}" in vi
    assert f"What to do: {words_of(code.value).do_en}" in en


@pytest.mark.parametrize("code", [*PdfFailureCode, *FailureCode])
def test_every_refusal_inside_a_file_names_the_rule_the_place_and_what_to_do(code: str) -> None:
    file = FileVerdict(3, DocumentWorth.BROKEN, None, (file_signature(str(code)),))
    vi, en = told(judged(documents=documents(DocumentWorth.BROKEN, file)))
    assert f'Quy tắc: `{code}` (TOTAL-FAILED, HASH_FAILURE); vị trí: tệp 3, trường "Signature1". Cần làm: ' in vi
    assert f'Rule: `{code}` (TOTAL-FAILED, HASH_FAILURE); place: file 3, field "Signature1". What to do: ' in en
    assert words_in_documents(str(code)).do_vi in vi


@pytest.mark.parametrize("code", DoubtCode)
def test_what_a_clerk_should_look_at_is_told_with_the_file_and_what_to_do(code: DoubtCode) -> None:
    file = FileVerdict(2, DocumentWorth.UNSIGNED, doubts=(code.value,))
    vi, en = told(judged(documents=documents(DocumentWorth.PERSON_AND_AGENCY, file)))
    words = DOUBT_WORDS[code]
    assert f"{words.vi} Quy tắc: `{code}`; vị trí: tệp 2. Cần làm: {words.do_vi}" in vi
    assert f"{words.en} Rule: `{code}`; place: file 2. What to do: {words.do_en}" in en


def test_documents_that_nobody_judged_say_why() -> None:
    summary = replace(documents(DocumentWorth.NOT_JUDGED), verdict="signature/untrusted")
    vi, en = told(judged(documents=summary))
    assert "Quy tắc: `signature/untrusted`; vị trí: các tệp." in vi
    assert "Rule: `signature/untrusted`; place: the files." in en


def test_a_code_of_a_newer_axis_is_told_as_such() -> None:
    of_today = judged(code=FailureCode.ALTERED)
    vi, en = told(replace(of_today, signature=replace(of_today.signature, verdict="signature/of-tomorrow")))
    assert "`signature/of-tomorrow`" in vi
    assert "a code that this version does not know" in en


@pytest.mark.parametrize(
    "written",
    [
        None,
        "hôm qua",
        "2026-11-29",
        "2026-11-29T23:30:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:00:00-12:00",
    ],
)
def test_a_claim_that_names_no_moment_is_left_out(written: str | None) -> None:
    assert judged(claimed=written).signature.claimed_at is None
    assert "theo thời điểm ghi" not in told(judged(claimed=written))[0]


def test_a_source_that_was_not_recorded_is_said_so() -> None:
    bare = replace(good(), source=None, this_update=None)
    assert "theo nguồn không được ghi lại." in told(judged(bare))[0]
