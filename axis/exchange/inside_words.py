"""What can be wrong with a signature of a package and of a document alike, as it is said of a document.

Signatures of both kinds are judged by the same rules, and `FailureCode` names them. Who is told must not take one for
the other: of a document each has a code of the family `pdf/`, and words that speak of the file. Evidence that was
sealed before has the package's codes in these places, and is read with the same words.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from envelopes.errors import Words
from signing.pdf.verdict import PdfFailureCode
from signing.verdict import FailureCode

_OF_PACKAGES: Final = "signature/"
_OF_FILES: Final = "pdf/"

SIGN_AGAIN_VI: Final = "Ký lại từ tệp PDF gốc bằng phần mềm ký số đang dùng rồi gửi lại."
SIGN_AGAIN_EN: Final = "Sign the original PDF once more and send it again."
LAST_VI: Final = "Không sửa tệp sau khi ký; ký số lại bản cuối cùng rồi gửi lại."
LAST_EN: Final = "Do not edit the file after signing it; sign the final form and send it again."
_IN_FORCE_VI: Final = "Ký tệp PDF bằng chứng thư số đang có hiệu lực rồi gửi lại."
_IN_FORCE_EN: Final = "Sign the PDF with a certificate in force, and send again."
_RECOGNISED_VI: Final = "Ký tệp PDF bằng chứng thư số của tổ chức chứng thực được công nhận rồi gửi lại."
_RECOGNISED_EN: Final = "Sign the PDF with a certificate of a recognised authority, and send again."

_MESSAGES: Final = {
    FailureCode.MALFORMED: Words(
        vi="Thông điệp ký số trong tệp PDF không đúng cấu trúc.",
        en="The signed message in the PDF is not built as the standard requires.",
        do_vi=SIGN_AGAIN_VI,
        do_en=SIGN_AGAIN_EN,
    ),
    FailureCode.ALTERED: Words(
        vi="Nội dung tệp PDF không khớp với giá trị băm đã ký.",
        en="The PDF does not match the digest that was signed.",
        do_vi=LAST_VI,
        do_en=LAST_EN,
    ),
    FailureCode.INVALID: Words(
        vi="Chữ ký số trong tệp PDF không khớp với chứng thư số kèm theo.",
        en="The signature in the PDF does not match the certificate that came with it.",
        do_vi=SIGN_AGAIN_VI,
        do_en=SIGN_AGAIN_EN,
    ),
    FailureCode.ALGORITHM_FORBIDDEN: Words(
        vi="Chữ ký số trong tệp PDF, hoặc chứng thư số của nó, dùng thuật toán không còn được chấp nhận (ví dụ SHA-1).",
        en="The signature in the PDF, or a certificate of it, uses an algorithm that is not accepted (such as SHA-1).",
        do_vi="Cấu hình phần mềm ký số dùng RSA hoặc ECDSA với SHA-256, SHA-384 hoặc SHA-512, ký lại rồi gửi lại.",
        do_en="Have the signing software use RSA or ECDSA and SHA-256, SHA-384 or SHA-512, then sign and send again.",
    ),
    FailureCode.SIGNING_TIME_IMPOSSIBLE: Words(
        vi="Thời điểm ký ghi trong tệp PDF nằm ngoài thời hạn của chứng thư số hoặc ở tương lai.",
        en="The signing time claimed in the PDF lies outside the certificate's validity, or in the future.",
        do_vi="Kiểm tra đồng hồ của máy ký, ký lại tệp PDF rồi gửi lại.",
        do_en="Check the clock of the signing machine, then sign the PDF and send again.",
    ),
}

_CERTIFICATES: Final = {
    FailureCode.CERTIFICATE_MISSING: Words(
        vi="Chữ ký số trong tệp PDF không kèm chứng thư số của người ký.",
        en="The signature in the PDF does not bring the signer's certificate.",
        do_vi="Cấu hình phần mềm ký số để kèm chứng thư số của người ký rồi ký và gửi lại.",
        do_en="Have the signing software include the signer's certificate, then sign and send again.",
    ),
    FailureCode.CERTIFICATE_UNREADABLE: Words(
        vi="Chứng thư số kèm theo chữ ký số trong tệp PDF không đọc được.",
        en="A certificate in the signature of the PDF cannot be read.",
        do_vi=SIGN_AGAIN_VI,
        do_en=SIGN_AGAIN_EN,
    ),
    FailureCode.CERTIFICATE_MISMATCH: Words(
        vi="Chứng thư số ghi trong thuộc tính đã ký không phải chứng thư số đã tạo ra chữ ký trong tệp PDF.",
        en="The certificate named in the signed attributes is not the one that made the signature in the PDF.",
        do_vi=SIGN_AGAIN_VI,
        do_en=SIGN_AGAIN_EN,
    ),
    FailureCode.CERTIFICATE_EXPIRED: Words(
        vi="Chứng thư số của người ký đã hết hạn và không có dấu thời gian chứng minh đã ký trước đó.",
        en="The signer's certificate has expired, and no time stamp proves that it signed before.",
        do_vi="Ký lại bằng chứng thư số đang có hiệu lực, kèm dấu thời gian, rồi gửi lại.",
        do_en="Sign with a certificate in force, with a time stamp, and send again.",
    ),
    FailureCode.CERTIFICATE_NOT_YET_VALID: Words(
        vi="Chứng thư số của người ký chưa đến ngày có hiệu lực.",
        en="The signer's certificate is not valid yet.",
        do_vi=_IN_FORCE_VI,
        do_en=_IN_FORCE_EN,
    ),
    FailureCode.TOO_MANY_CERTIFICATES: Words(
        vi="Chữ ký số trong tệp PDF kèm theo quá nhiều chứng thư số.",
        en="The signature in the PDF brings too many certificates.",
        do_vi="Chỉ kèm chứng thư số của người ký và các chứng thư số trung gian của tổ chức chứng thực; ký và gửi lại.",
        do_en="Include the signer's certificate and its authority's intermediate ones alone; sign and send again.",
    ),
    FailureCode.KEY_FORBIDDEN: Words(
        vi="Khóa của một chứng thư số trong tệp PDF quá yếu hoặc thuộc loại không được phép.",
        en="The key of a certificate in the PDF is too weak or of a kind that is not allowed.",
        do_vi="Ký tệp PDF bằng chứng thư số có khóa RSA từ 2048 bit hoặc ECDSA P-256, P-384 rồi gửi lại.",
        do_en="Sign the PDF with a certificate of an RSA key of at least 2048 bits, or ECDSA P-256 or P-384.",
    ),
    FailureCode.USAGE_FORBIDDEN: Words(
        vi="Chứng thư số của người ký trong tệp PDF không được cấp để ký số văn bản.",
        en="A signer's certificate in the PDF was not issued for signing documents.",
        do_vi="Ký tệp PDF bằng chứng thư số có mục đích sử dụng khóa là ký số (digitalSignature hoặc nonRepudiation).",
        do_en="Sign the PDF with a certificate whose key usage is digitalSignature or nonRepudiation.",
    ),
    FailureCode.UNTRUSTED: Words(
        vi="Chứng thư số của người ký trong tệp PDF không do tổ chức chứng thực mà Trục tin cậy cho văn bản cấp.",
        en="A signer's certificate in the PDF is not of an authority that the axis trusts for documents.",
        do_vi=_RECOGNISED_VI,
        do_en=_RECOGNISED_EN,
    ),
    FailureCode.AUTHORITY_GIVEN_UP: Words(
        vi="Trục đã thôi tin cậy tổ chức cấp chứng thư số cho người ký trong tệp PDF, và không có dấu thời gian chứng "
        "minh đã ký trước đó.",
        en="The axis has ceased to trust the authority of a signer in the PDF, and no time stamp proves that the "
        "signature is older.",
        do_vi=_RECOGNISED_VI,
        do_en=_RECOGNISED_EN,
    ),
    FailureCode.PATH_INVALID: Words(
        vi="Đường dẫn chứng thực của người ký trong tệp PDF không hợp lệ.",
        en="The certification path of a signer in the PDF is not valid.",
        do_vi="Liên hệ tổ chức chứng thực đã cấp chứng thư số cho người ký, rồi ký lại tệp PDF và gửi lại.",
        do_en="Ask the authority that issued the signer's certificate, then sign the PDF and send again.",
    ),
    FailureCode.PATH_TOO_COMPLEX: Words(
        vi="Không dựng xong đường dẫn chứng thực trong thời gian cho phép với các chứng thư số trong tệp PDF.",
        en="No path could be built in time from the certificates in the PDF.",
        do_vi="Chỉ kèm chứng thư số của người ký và các chứng thư số trung gian của tổ chức chứng thực; ký và gửi lại.",
        do_en="Include the signer's certificate and its authority's intermediate ones alone; sign and send again.",
    ),
    FailureCode.REVOCATION_UNKNOWN: Words(
        vi="Chưa có thông tin đáng tin cậy về việc thu hồi một chứng thư số mà chữ ký số trong tệp PDF dựa vào.",
        en="There is no reliable information yet on whether a certificate that a signature in the PDF rests on was "
        "revoked.",
        do_vi="Gửi lại sau, Trục đang hỏi tổ chức chứng thực; nếu kéo dài, kiểm tra dịch vụ OCSP, CRL của tổ chức đó.",
        do_en="Send again later; the axis is asking the authority. If it lasts, have its OCSP and CRLs checked.",
    ),
}

INSIDE_WORDS: Final[Mapping[FailureCode, Words]] = MappingProxyType({**_MESSAGES, **_CERTIFICATES})
"""By failure code: all of them that a signature inside a document can fail with or be marked by."""


def code_inside(code: FailureCode | PdfFailureCode) -> str:
    """Return the code that is told of a document for a failure, or a mark, of a signature in it."""
    return f"{_OF_FILES}{code.value.removeprefix(_OF_PACKAGES)}" if code in INSIDE_WORDS else code.value


UNKNOWN_INSIDE: Final = frozenset({FailureCode.REVOCATION_UNKNOWN.value, code_inside(FailureCode.REVOCATION_UNKNOWN)})
"""The codes of a signature inside a document whose revocation is unknown: as it was written once, and as it is."""
