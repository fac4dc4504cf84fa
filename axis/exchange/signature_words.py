"""The words of every reason for which a signature is refused, in Vietnamese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from axis.exchange.timestamp_words import TIMESTAMP_WORDS
from envelopes.errors import Finding, Severity, Words
from signing.verdict import Failure, FailureCode

SIGNATURE_PATH: Final = "Signature"
"""Where the signature of a package stands, below `edXMLHeader`."""

_STRUCTURE: Final = {
    FailureCode.MISSING: Words(
        vi="Gói tin không có chữ ký số ở phần edXMLHeader/Signature.",
        en="The package carries no signature in edXMLHeader/Signature.",
        do_vi="Ký số gói tin bằng chứng thư số của cơ quan gửi; không gian tên http://www.w3.org/2000/09/xmldsig#.",
        do_en="Sign with a certificate of the sending agency, in the namespace http://www.w3.org/2000/09/xmldsig#.",
    ),
    FailureCode.REPEATED: Words(
        vi="Gói tin có nhiều hơn một chữ ký số; không thể biết chữ ký nào có hiệu lực.",
        en="The package carries more than one signature; nobody can tell which one counts.",
        do_vi="Chỉ để lại một chữ ký số của cơ quan gửi rồi gửi lại.",
        do_en="Leave one signature, that of the sending agency, and send again.",
    ),
    FailureCode.MISPLACED: Words(
        vi="Chữ ký số không nằm trực tiếp trong edXMLHeader.",
        en="The signature does not stand directly in edXMLHeader.",
        do_vi="Đặt phần tử Signature là phần tử con trực tiếp của edXMLHeader rồi ký và gửi lại.",
        do_en="Make Signature a direct child of edXMLHeader, then sign and send again.",
    ),
    FailureCode.MALFORMED: Words(
        vi="Chữ ký số không đúng cấu trúc của XML Signature.",
        en="The signature is not built as XML Signature requires.",
        do_vi="Kiểm tra phần mềm ký số: phần tử được nêu thiếu, thừa hoặc sai kiểu dữ liệu.",
        do_en="Check the signing software: the element named is missing, superfluous or of the wrong kind.",
    ),
    FailureCode.DUPLICATE_ID: Words(
        vi="Nhiều phần tử trong gói tin mang cùng một giá trị Id nên không rõ chữ ký số bao trùm phần tử nào.",
        en="Several elements of the package have the same Id, so it is unclear which of them the signature covers.",
        do_vi="Đặt cho mỗi phần tử một Id riêng rồi ký và gửi lại.",
        do_en="Give each element an Id of its own, then sign and send again.",
    ),
    FailureCode.REFERENCE_FORBIDDEN: Words(
        vi="Chữ ký số tham chiếu tới đối tượng không được phép (bên ngoài gói tin hoặc không phải phần tử đã định).",
        en="The signature refers to something it may not: outside the package, or an element not meant to be signed.",
        do_vi='Dùng một tham chiếu tới toàn tài liệu (URI="") và, nếu ký XAdES, một tham chiếu tới SignedProperties.',
        do_en='Use one reference to the whole document (URI="") and, with XAdES, one to SignedProperties.',
    ),
    FailureCode.NOT_COVERING: Words(
        vi="Chữ ký số không bao trùm toàn bộ gói tin.",
        en="The signature does not cover the whole package.",
        do_vi='Ký toàn bộ tài liệu: tham chiếu URI="" với phép biến đổi enveloped-signature.',
        do_en='Sign the whole document: a reference with URI="" and the enveloped-signature transform.',
    ),
    FailureCode.COMMENT_IN_TEXT: Words(
        vi="Có chú thích hoặc chỉ thị xử lý giữa nội dung chữ của một phần tử; có thể đã bị chèn vào sau khi ký.",
        en="A comment or processing instruction stands inside an element's text; it may have come in after signing.",
        do_vi="Xóa chú thích khỏi phần tử được nêu rồi ký và gửi lại; nếu không tự thêm, kiểm tra đường truyền.",
        do_en="Remove it, sign and send again; if your software did not write it, find out who changed the package.",
    ),
}

_ALGORITHMS: Final = {
    FailureCode.TRANSFORM_FORBIDDEN: Words(
        vi="Chữ ký số dùng phép biến đổi không được phép.",
        en="The signature uses a transform that is not allowed.",
        do_vi="Chỉ dùng enveloped-signature và một phép chuẩn hóa C14N 1.0, C14N 1.1 hoặc Exclusive C14N.",
        do_en="Use enveloped-signature and one canonicalisation only: C14N 1.0, C14N 1.1 or Exclusive C14N.",
    ),
    FailureCode.ALGORITHM_FORBIDDEN: Words(
        vi="Chữ ký số dùng thuật toán không còn được chấp nhận (ví dụ SHA-1) hoặc không được phép (ví dụ HMAC).",
        en="The signature uses an algorithm that is no longer accepted (such as SHA-1) or never was (such as HMAC).",
        do_vi="Ký bằng RSA hoặc ECDSA với SHA-256, SHA-384 hoặc SHA-512.",
        do_en="Sign with RSA or ECDSA and SHA-256, SHA-384 or SHA-512.",
    ),
    FailureCode.KEY_FORBIDDEN: Words(
        vi="Khóa của chứng thư số quá yếu hoặc thuộc loại không được phép.",
        en="The key of the certificate is too weak or of a kind that is not allowed.",
        do_vi="Dùng chứng thư số có khóa RSA từ 2048 bit hoặc ECDSA P-256, P-384.",
        do_en="Use a certificate with an RSA key of at least 2048 bits, or ECDSA P-256 or P-384.",
    ),
}

_CERTIFICATES: Final = {
    FailureCode.CERTIFICATE_MISSING: Words(
        vi="Chữ ký số không kèm chứng thư số của người ký.",
        en="The signature does not bring the signer's certificate.",
        do_vi="Ghi chứng thư số đã ký vào KeyInfo/X509Data/X509Certificate rồi ký và gửi lại.",
        do_en="Put the signing certificate into KeyInfo/X509Data/X509Certificate, then sign and send again.",
    ),
    FailureCode.CERTIFICATE_UNREADABLE: Words(
        vi="Chứng thư số kèm theo chữ ký không đọc được.",
        en="A certificate in the signature cannot be read.",
        do_vi="Ghi chứng thư số X.509 ở dạng DER mã hóa base64, không thêm dòng tiêu đề PEM.",
        do_en="Write X.509 certificates as base64 of their DER octets, without the PEM header lines.",
    ),
    FailureCode.CERTIFICATE_MISMATCH: Words(
        vi="Chứng thư số ghi trong thuộc tính đã ký không phải chứng thư số đã tạo ra chữ ký.",
        en="The certificate named in the signed properties is not the one that made the signature.",
        do_vi="Ghi vào SigningCertificateV2 giá trị băm của chính chứng thư số dùng để ký rồi ký và gửi lại.",
        do_en="Put the digest of the certificate you sign with into SigningCertificateV2, then sign and send again.",
    ),
    FailureCode.TOO_MANY_CERTIFICATES: Words(
        vi="Chữ ký số kèm theo quá nhiều chứng thư số.",
        en="The signature brings too many certificates.",
        do_vi="Chỉ kèm chứng thư số của người ký và các chứng thư số trung gian của tổ chức chứng thực.",
        do_en="Send the signer's certificate and the intermediate ones of its certification authority, no others.",
    ),
    FailureCode.UNTRUSTED: Words(
        vi="Chứng thư số không do tổ chức chứng thực chữ ký số mà Trục tin cậy cấp.",
        en="The certificate was not issued by a certification authority that the axis trusts.",
        do_vi="Ký bằng chứng thư số do tổ chức chứng thực được công nhận cấp; kèm đủ chứng thư số trung gian.",
        do_en="Sign with a certificate of a recognised authority, and send its intermediate certificates along.",
    ),
    FailureCode.AUTHORITY_GIVEN_UP: Words(
        vi="Trục đã thôi tin cậy tổ chức chứng thực cấp chứng thư số này, và không có dấu thời gian chứng minh chữ ký "
        "có trước thời điểm đó.",
        en="The axis has ceased to trust the authority that issued the certificate, and no time stamp proves that the "
        "signature existed before.",
        do_vi="Ký bằng chứng thư số của tổ chức chứng thực mà Trục đang tin cậy rồi gửi lại.",
        do_en="Sign with a certificate of an authority that the axis trusts today, then send again.",
    ),
    FailureCode.PATH_TOO_COMPLEX: Words(
        vi="Không dựng xong đường dẫn chứng thực trong thời gian cho phép với các chứng thư số kèm theo gói tin.",
        en="No path could be built in time from the certificates that came with the package.",
        do_vi="Chỉ kèm chứng thư số của người ký và các chứng thư số trung gian của tổ chức chứng thực đã cấp.",
        do_en="Send the signer's certificate and the intermediate ones of its own authority along, and no others.",
    ),
    FailureCode.PATH_INVALID: Words(
        vi="Đường dẫn chứng thực từ chứng thư số của người ký tới chứng thư số gốc không hợp lệ.",
        en="The certification path from the signer's certificate to its root is not valid.",
        do_vi="Liên hệ tổ chức chứng thực đã cấp chứng thư số; kèm đúng các chứng thư số trung gian rồi ký và gửi lại.",
        do_en="Ask the authority that issued the certificate; send the right intermediates, then sign and send again.",
    ),
    FailureCode.CERTIFICATE_EXPIRED: Words(
        vi="Chứng thư số đã ký gói tin đã hết hạn.",
        en="The certificate that signed the package has expired.",
        do_vi="Gia hạn hoặc thay chứng thư số, đăng ký chứng thư số mới với Trục rồi ký và gửi lại.",
        do_en="Renew or replace the certificate, have the new one registered with the axis, then sign and send again.",
    ),
    FailureCode.CERTIFICATE_NOT_YET_VALID: Words(
        vi="Chứng thư số đã ký gói tin chưa đến ngày có hiệu lực.",
        en="The certificate that signed the package is not valid yet.",
        do_vi="Ký bằng chứng thư số đang có hiệu lực, hoặc gửi lại từ ngày chứng thư số có hiệu lực.",
        do_en="Sign with a certificate that is in force, or send again from the day this one is.",
    ),
    FailureCode.USAGE_FORBIDDEN: Words(
        vi="Chứng thư số không được cấp để ký số văn bản.",
        en="The certificate was not issued for signing documents.",
        do_vi="Ký bằng chứng thư số có mục đích sử dụng khóa là ký số (digitalSignature hoặc nonRepudiation).",
        do_en="Sign with a certificate whose key usage is digitalSignature or nonRepudiation.",
    ),
}

_REVOCATION: Final = {
    FailureCode.CERTIFICATE_REVOKED: Words(
        vi="Chứng thư số đã ký gói tin đã bị tổ chức chứng thực thu hồi trước thời điểm ký.",
        en="The certificate that signed the package had been revoked by its authority when the signature was made.",
        do_vi="Xin cấp chứng thư số mới, đăng ký với Trục rồi ký và gửi lại; nếu không tự đề nghị thu hồi, báo sự cố.",
        do_en="Get a new certificate, have it registered, sign and send again; report it if you did not ask for this.",
    ),
    FailureCode.CERTIFICATE_ON_HOLD: Words(
        vi="Chứng thư số đã ký gói tin đang bị tổ chức chứng thực tạm đình chỉ.",
        en="The certificate that signed the package is suspended by its authority.",
        do_vi="Đề nghị tổ chức chứng thực khôi phục chứng thư số rồi gửi lại, hoặc ký bằng chứng thư số khác.",
        do_en="Have the authority restore it and send again, or sign with another registered certificate.",
    ),
    FailureCode.AUTHORITY_REVOKED: Words(
        vi="Chứng thư số của tổ chức cấp chứng thư số cho người ký đã bị thu hồi.",
        en="The certificate of the authority that certified the signer was revoked.",
        do_vi="Xin cấp chứng thư số mới từ tổ chức chứng thực được công nhận, đăng ký với Trục rồi ký và gửi lại.",
        do_en="Get a new certificate from a recognised authority, have it registered, then sign and send again.",
    ),
    FailureCode.REVOCATION_UNKNOWN: Words(
        vi="Chưa có thông tin đáng tin cậy về việc thu hồi chứng thư số của người ký, hoặc của tổ chức cấp dấu thời "
        "gian mà chữ ký số phải dựa vào.",
        en="There is no reliable information yet on whether the signer's certificate, or that of the authority of a "
        "time stamp that the signature rests on, was revoked.",
        do_vi="Gửi lại sau, Trục đang hỏi tổ chức chứng thực; nếu kéo dài, kiểm tra dịch vụ OCSP, CRL của tổ chức đó.",
        do_en="Send again later; the axis is asking the authority. If it lasts, have its OCSP and CRLs checked.",
    ),
}

_CLAIMS: Final = {
    FailureCode.SIGNING_TIME_IMPOSSIBLE: Words(
        vi="Thời điểm ký ghi trong chữ ký số nằm ngoài thời hạn của chứng thư số hoặc ở tương lai.",
        en="The signing time claimed in the signature lies outside the certificate's validity, or in the future.",
        do_vi="Kiểm tra đồng hồ của máy ký rồi ký và gửi lại bằng chứng thư số đang có hiệu lực.",
        do_en="Check the clock of the signing machine, then sign with a certificate in force and send again.",
    ),
}

_CRYPTOGRAPHY: Final = {
    FailureCode.ALTERED: Words(
        vi="Nội dung gói tin đã bị thay đổi sau khi ký số.",
        en="The package was changed after it was signed.",
        do_vi="Không sửa, định dạng lại hay chuyển mã gói tin sau khi ký; ký lại bản cuối cùng rồi gửi lại.",
        do_en="Do not edit, re-format or re-encode a package after signing it; sign the final form and send again.",
    ),
    FailureCode.INVALID: Words(
        vi="Chữ ký số không khớp với chứng thư số kèm theo.",
        en="The signature does not match the certificate that came with it.",
        do_vi="Kiểm tra khóa bí mật dùng để ký có đúng là khóa của chứng thư số kèm theo, rồi ký và gửi lại.",
        do_en="Check that the private key belongs to the certificate sent along, then sign and send again.",
    ),
}

SIGNATURE_WORDS: Final[Mapping[FailureCode, Words]] = MappingProxyType(
    {
        **_STRUCTURE,
        **_ALGORITHMS,
        **_CERTIFICATES,
        **_REVOCATION,
        **_CLAIMS,
        **_CRYPTOGRAPHY,
        **TIMESTAMP_WORDS,
    }
)
"""By failure code; none of the words has a placeholder."""


def mark_finding(mark: FailureCode, severity: Severity) -> Finding:
    """Return what a verdict is marked with as a finding, as grave as the rule for the sender makes it."""
    return Finding(mark.value, SIGNATURE_PATH, severity, SIGNATURE_WORDS[mark], None)


_EXTENDED_USAGE: Final = Words(
    vi="Mục đích sử dụng khóa mở rộng (extendedKeyUsage) của chứng thư số không gồm mục đích được chấp nhận.",
    en="The extended key usage of the certificate names no use that is accepted.",
    do_vi="Ký bằng chứng thư số có extendedKeyUsage ghi trong docs/signing-policy.md (mục các chính sách).",
    do_en="Sign with a certificate of an extended key usage that docs/signing-policy.md lists under its policies.",
)
"""Of a usage that is forbidden by what stands in the extended ones."""


def finding_for(failure: Failure) -> Finding:
    """Return the failure as a finding on the package's signature; the offending identifier becomes its value."""
    words = SIGNATURE_WORDS[failure.code]
    if failure.code is FailureCode.USAGE_FORBIDDEN and "extended key usage" in failure.detail:
        words = _EXTENDED_USAGE
    return Finding(failure.code.value, SIGNATURE_PATH, Severity.ERROR, words, failure.detail or None)
