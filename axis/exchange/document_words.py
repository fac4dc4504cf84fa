"""The words of every reason for which a PDF or a signature in it is refused, in Vietnamese and English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from axis.exchange.inside_words import (
    INSIDE_WORDS,
    LAST_EN,
    LAST_VI,
    SIGN_AGAIN_EN,
    SIGN_AGAIN_VI,
    code_inside,
)
from axis.exchange.signature_words import SIGNATURE_WORDS
from envelopes.errors import Finding, Severity, Words
from routing.authenticity import Authenticity, DocumentVerdict, DoubtCode
from routing.authenticity_words import DOUBT_WORDS
from signing.pdf.book import unknown_paths
from signing.pdf.verdict import PdfFailure, PdfFailureCode, PdfSignature, PdfVerdict
from signing.verdict import FailureCode

FILE_PATH: Final = "Attachment["
"""What the place of a finding about a file begins with; its number, counted from 1, follows."""

_EXPORT_VI: Final = "Xuất lại tệp PDF từ văn bản gốc, ký số rồi gửi lại."
_EXPORT_EN: Final = "Export the PDF from the original document anew, sign and send it again."

_FILES: Final = {
    PdfFailureCode.UNREADABLE: Words(
        vi="Tệp PDF hoặc chữ ký số trong tệp bị hỏng hoặc không đúng cấu trúc.",
        en="The PDF, or a signature in it, is damaged or not built as the format requires.",
        do_vi=_EXPORT_VI,
        do_en=_EXPORT_EN,
    ),
    PdfFailureCode.TOO_LARGE: Words(
        vi="Tệp PDF hoặc chữ ký số trong tệp vượt quá dung lượng được kiểm tra.",
        en="The PDF, or a signature in it, is larger than what is judged.",
        do_vi="Giảm độ phân giải ảnh hoặc tách thành nhiều tệp, ký số từng tệp rồi gửi lại.",
        do_en="Lower the resolution of its pictures or split it, then sign each file and send again.",
    ),
    PdfFailureCode.TOO_DEEP: Words(
        vi="Các đối tượng trong tệp PDF lồng nhau quá sâu hoặc tham chiếu vòng.",
        en="The objects of the PDF are nested too deeply, or refer to themselves.",
        do_vi=_EXPORT_VI,
        do_en=_EXPORT_EN,
    ),
    PdfFailureCode.SWELLS: Words(
        vi="Tệp PDF cần quá nhiều bộ nhớ để kiểm tra.",
        en="The PDF takes too much memory to judge.",
        do_vi=_EXPORT_VI,
        do_en=_EXPORT_EN,
    ),
    PdfFailureCode.TOO_LONG: Words(
        vi="Việc kiểm tra tệp PDF quá thời gian cho phép nên đã bị dừng.",
        en="Judging the PDF took longer than it may and was stopped.",
        do_vi=_EXPORT_VI,
        do_en=_EXPORT_EN,
    ),
    PdfFailureCode.LOST: Words(
        vi="Tiến trình kiểm tra tệp PDF đã kết thúc giữa chừng.",
        en="The process that judged the PDF ended before it was done.",
        do_vi=_EXPORT_VI,
        do_en=_EXPORT_EN,
    ),
    PdfFailureCode.TOO_MANY_PAGES: Words(
        vi="Tệp PDF có quá nhiều trang.",
        en="The PDF has too many pages.",
        do_vi="Tách thành nhiều tệp, ký số từng tệp rồi gửi lại.",
        do_en="Split it, then sign each file and send again.",
    ),
    PdfFailureCode.TOO_MANY_REVISIONS: Words(
        vi="Tệp PDF đã được lưu bổ sung quá nhiều lần.",
        en="The PDF has been saved incrementally too many times.",
        do_vi=_EXPORT_VI,
        do_en=_EXPORT_EN,
    ),
    PdfFailureCode.TOO_MANY_SIGNATURES: Words(
        vi="Tệp PDF có quá nhiều chữ ký số.",
        en="The PDF carries too many signatures.",
        do_vi="Chỉ giữ chữ ký số của những người và cơ quan có thẩm quyền; ký lại từ tệp gốc rồi gửi lại.",
        do_en="Keep the signatures of those who are competent; sign the original once more and send it again.",
    ),
    PdfFailureCode.PAGE_TREE: Words(
        vi="Cây trang của tệp PDF tham chiếu vòng hoặc dùng chung trang.",
        en="The page tree of the PDF is none: it refers to itself or to one page twice.",
        do_vi=_EXPORT_VI,
        do_en=_EXPORT_EN,
    ),
    PdfFailureCode.ENCRYPTED: Words(
        vi="Tệp PDF được mã hóa hoặc đặt mật khẩu.",
        en="The PDF is encrypted or has a password.",
        do_vi="Bỏ mật khẩu và mọi hạn chế của tệp, ký số rồi gửi lại.",
        do_en="Remove its password and restrictions, then sign and send it again.",
    ),
    PdfFailureCode.ACTIVE: Words(
        vi="Tệp PDF chứa mã lệnh, lệnh chạy chương trình hoặc biểu mẫu XFA.",
        en="The PDF holds a script, starts a program, or carries an XFA form.",
        do_vi="Xuất lại tệp không có mã lệnh và biểu mẫu XFA, ký số rồi gửi lại.",
        do_en="Export it without scripts and XFA forms, then sign and send it again.",
    ),
    PdfFailureCode.HYBRID: Words(
        vi="Phần thêm vào sau khi ký dùng hai bảng tham chiếu khác nhau nên phần mềm đọc có thể hiển thị khác nhau.",
        en="What was appended after signing has two tables of references, so that two readers may show two documents.",
        do_vi=LAST_VI,
        do_en=LAST_EN,
    ),
}

_STRUCTURE: Final = {
    PdfFailureCode.SUBFILTER_FORBIDDEN: Words(
        vi="Chữ ký số trong tệp PDF dùng kiểu mã hóa không được chấp nhận.",
        en="The signature in the PDF is of an encoding that is not accepted.",
        do_vi="Ký theo kiểu `ETSI.CAdES.detached` (PAdES) hoặc `adbe.pkcs7.detached` rồi gửi lại.",
        do_en="Sign as `ETSI.CAdES.detached` (PAdES) or `adbe.pkcs7.detached`, and send again.",
    ),
    PdfFailureCode.INCOMPLETE: Words(
        vi="Chữ ký số trong tệp PDF thiếu thành phần bắt buộc.",
        en="The signature in the PDF lacks what makes it one.",
        do_vi=SIGN_AGAIN_VI,
        do_en=SIGN_AGAIN_EN,
    ),
    PdfFailureCode.SHARED: Words(
        vi="Nhiều trường chữ ký trong tệp PDF dùng chung một chữ ký số.",
        en="Several signature fields of the PDF hold one signature.",
        do_vi=SIGN_AGAIN_VI,
        do_en=SIGN_AGAIN_EN,
    ),
    PdfFailureCode.BYTE_RANGE: Words(
        vi="Phạm vi ký ghi trong chữ ký số bỏ sót nội dung không phải của chữ ký.",
        en="The range that the signature names leaves out more than the signature itself.",
        do_vi=SIGN_AGAIN_VI,
        do_en=SIGN_AGAIN_EN,
    ),
    PdfFailureCode.REPEATED_KEY: Words(
        vi="Chữ ký số trong tệp PDF khai báo một thành phần hai lần.",
        en="The signature in the PDF names one of its parts twice.",
        do_vi=SIGN_AGAIN_VI,
        do_en=SIGN_AGAIN_EN,
    ),
    PdfFailureCode.CONTENTS: Words(
        vi="Nội dung chữ ký số trong tệp PDF không phải một thông điệp ký số duy nhất.",
        en="The contents of the signature in the PDF are not one signed message and nothing else.",
        do_vi=SIGN_AGAIN_VI,
        do_en=SIGN_AGAIN_EN,
    ),
    PdfFailureCode.SIGNER_COUNT: Words(
        vi="Một chữ ký số trong tệp PDF phải có đúng một người ký.",
        en="One signature in a PDF has exactly one signer.",
        do_vi="Mỗi người ký vào một trường chữ ký riêng rồi gửi lại.",
        do_en="Let each signer sign in a field of their own, and send again.",
    ),
    PdfFailureCode.NOT_DETACHED: Words(
        vi="Chữ ký số mang theo nội dung riêng thay vì ký lên chính tệp PDF.",
        en="The signature carries content of its own instead of covering the PDF.",
        do_vi=SIGN_AGAIN_VI,
        do_en=SIGN_AGAIN_EN,
    ),
    PdfFailureCode.ATTRIBUTES: Words(
        vi="Chữ ký số thiếu thuộc tính đã ký bắt buộc, hoặc có thuộc tính bị lặp.",
        en="The signature lacks a signed attribute that it must have, or has one twice.",
        do_vi="Ký theo PAdES, có thuộc tính `signing-certificate-v2`, rồi gửi lại.",
        do_en="Sign as PAdES, with the attribute `signing-certificate-v2`, and send again.",
    ),
}

_CHANGES: Final = {
    PdfFailureCode.NOT_COVERING: Words(
        vi="Chữ ký số không bao trùm toàn bộ tệp PDF tại thời điểm ký.",
        en="The signature does not cover the whole PDF as it was then.",
        do_vi=SIGN_AGAIN_VI,
        do_en=SIGN_AGAIN_EN,
    ),
    PdfFailureCode.CHANGED: Words(
        vi="Nội dung tệp PDF đã bị thay đổi sau khi ký số.",
        en="The PDF was changed after it was signed.",
        do_vi=LAST_VI,
        do_en=LAST_EN,
    ),
    PdfFailureCode.CHANGES_FORBIDDEN: Words(
        vi="Tệp PDF có thay đổi sau khi ký mà chữ ký số đó không cho phép.",
        en="The PDF was changed after it was signed in a way that the signature does not permit.",
        do_vi="Người ký sau cùng mới khóa tệp; ký lại từ tệp gốc theo đúng thứ tự rồi gửi lại.",
        do_en="Only the last signer may lock the file; sign the original in the right order and send it again.",
    ),
    PdfFailureCode.CHANGED_UNSIGNED: Words(
        vi="Sau chữ ký số cuối cùng có nội dung được điền thêm mà không ai ký.",
        en="Something was filled in after the last signature, and nobody signed it.",
        do_vi=LAST_VI,
        do_en=LAST_EN,
    ),
}

_TRUST: Final = {
    PdfFailureCode.CERTIFICATE_REVOKED: Words(
        vi="Chứng thư số của người ký đã bị thu hồi.",
        en="The signer's certificate was revoked.",
        do_vi="Ký bằng chứng thư số đang có hiệu lực rồi gửi lại.",
        do_en="Sign with a certificate in force, and send again.",
    ),
    PdfFailureCode.CERTIFICATE_ON_HOLD: Words(
        vi="Chứng thư số của người ký đang bị tạm đình chỉ.",
        en="The signer's certificate is suspended.",
        do_vi="Đề nghị tổ chức chứng thực khôi phục chứng thư số, hoặc ký bằng chứng thư số khác rồi gửi lại.",
        do_en="Have its authority restore it, or sign with another certificate and send again.",
    ),
    PdfFailureCode.AUTHORITY_REVOKED: Words(
        vi="Chứng thư số của tổ chức cấp chứng thư số cho người ký trong tệp đã bị thu hồi hoặc tạm đình chỉ.",
        en="The certificate of the authority that certified a signer in the file was revoked or is suspended.",
        do_vi="Ký bằng chứng thư số của tổ chức chứng thực được công nhận khác rồi gửi lại.",
        do_en="Sign with a certificate of another recognised authority, and send again.",
    ),
    PdfFailureCode.TIME_STAMP: Words(
        vi="Dấu thời gian trong tệp PDF không hợp lệ hoặc do tổ chức không được tin cậy cấp.",
        en="A time stamp in the PDF does not hold, or is of an authority that is not trusted.",
        do_vi="Dùng dịch vụ cấp dấu thời gian của tổ chức chứng thực được công nhận rồi ký và gửi lại.",
        do_en="Use the time stamps of a recognised authority, then sign and send again.",
    ),
}

_TABLES: Final[tuple[Mapping[Any, Words], ...]] = (INSIDE_WORDS, _FILES, _STRUCTURE, _CHANGES, _TRUST)

FAILURES_INSIDE: Final[tuple[FailureCode | PdfFailureCode, ...]] = (*PdfFailureCode, *INSIDE_WORDS)
"""Every reason for which a document or a signature in it is refused, in the order of the documentation."""

DOCUMENT_WORDS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        **{code.value: words for code, words in SIGNATURE_WORDS.items()},
        **{code.value: words for table in _TABLES for code, words in table.items()},
        **{code_inside(code): words for code, words in INSIDE_WORDS.items()},
    }
)
"""By the code that is told of signatures inside documents, and by the package's, which older evidence has there."""

_NAMING: Final[frozenset[FailureCode | PdfFailureCode]] = frozenset(
    {
        PdfFailureCode.SUBFILTER_FORBIDDEN,
        PdfFailureCode.INCOMPLETE,
        PdfFailureCode.REPEATED_KEY,
        PdfFailureCode.NOT_DETACHED,
        PdfFailureCode.ATTRIBUTES,
        PdfFailureCode.ACTIVE,
        FailureCode.UNTRUSTED,
        FailureCode.AUTHORITY_GIVEN_UP,
    }
)
"""Failures whose detail is a name that stands in the file. Any other is a word of the judgement's own: no value."""

_DETAILED: Final[Mapping[PdfFailure, Words]] = MappingProxyType(
    {
        PdfFailure(PdfFailureCode.UNREADABLE, "%%EOF"): Words(
            vi="Tệp PDF bị cụt, hoặc có dữ liệu thừa ở cuối tệp.",
            en="The PDF is cut off, or something follows its end.",
            do_vi=_EXPORT_VI,
            do_en=_EXPORT_EN,
        ),
        PdfFailure(PdfFailureCode.UNREADABLE, "%PDF-"): Words(
            vi="Tệp mang tên hoặc kiểu PDF nhưng không bắt đầu như một tệp PDF.",
            en="The file is called a PDF and does not begin as one.",
            do_vi=_EXPORT_VI,
            do_en=_EXPORT_EN,
        ),
    }
)
"""Words for what a code alone does not say."""


def is_in_file(place: str | None) -> bool:
    """Return whether a place lies in a file of the message, rather than in what the message says itself."""
    return (place or "").startswith(FILE_PATH)


def findings_of(judged: PdfVerdict, path: str) -> Iterator[Finding]:
    """Yield what is wrong with a PDF and its signatures; `path` is the attachment's place in the message.

    A signature's own place is its field within that.
    """
    if judged.failure is not None:
        yield _finding(judged.failure, path)
    for one in judged.signatures:
        if one.failure is not None:
            yield _finding(one.failure, _place(path, one))


def unknown_of(judged: PdfVerdict, path: str) -> Iterator[Finding]:
    """Yield one finding for each signature in a PDF that rests on a certificate whose revocation is not known."""
    code = code_inside(FailureCode.REVOCATION_UNKNOWN)
    for one in judged.signatures:
        if any(unknown_paths(replace(judged, signatures=(one,)))):
            yield Finding(code, _place(path, one), Severity.WARNING, DOCUMENT_WORDS[code], None)


def worth_refused(worth: DocumentVerdict) -> Finding:
    """Return that a document of this worth is not accepted from its sender."""
    code = DoubtCode.WORTH_REFUSED
    return Finding(code.value, f"{FILE_PATH}1]", Severity.ERROR, DOUBT_WORDS[code], worth.value)


def doubts_of(authenticity: Authenticity, path: str) -> Iterator[Finding]:
    """Yield what a clerk should look at in one file; `path` is the attachment's place in the message.

    A finding's value is an identifier: the names on certificates stay out of it.
    """
    for doubt in authenticity.doubts:
        value = doubt.value if doubt.code is DoubtCode.TIME_STAMP_UNPROVED else None
        yield Finding(doubt.code.value, path, Severity.WARNING, DOUBT_WORDS[doubt.code], value)


def _place(path: str, signature: PdfSignature) -> str:
    """Return the place of a signature: its field has been cut and made printable, whatever the file calls it."""
    return f"{path}/Signature[{signature.field}]"


def _finding(failure: PdfFailure, path: str) -> Finding:
    code = code_inside(failure.code)
    words = _DETAILED.get(failure, DOCUMENT_WORDS[code])
    return Finding(code, path, Severity.WARNING, words, (failure.detail or None) if failure.code in _NAMING else None)
