"""The words of every reason for which a time stamp is not counted, in Vietnamese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from envelopes.errors import Words
from signing.verdict import FailureCode

_ANSWERS: Final = {
    FailureCode.TIMESTAMP_MISSING: Words(
        vi="Chữ ký số không kèm dấu thời gian, trong khi Trục yêu cầu phải có.",
        en="The signature carries no time stamp, and this axis requires one.",
        do_vi="Ký lại ở mức B-T: lấy dấu thời gian trên chữ ký số ngay khi ký rồi gửi lại.",
        do_en="Sign at level B-T: have the signature time-stamped as it is made, then send again.",
    ),
    FailureCode.TIMESTAMP_REFUSED: Words(
        vi="Tổ chức cấp dấu thời gian từ chối yêu cầu.",
        en="The time-stamping authority refused the request.",
        do_vi="Thử lại sau, hoặc dùng tổ chức cấp dấu thời gian khác; hỏi tổ chức đó về lý do được nêu.",
        do_en="Try again later or use another authority; ask the authority about the reason it names.",
    ),
    FailureCode.TIMESTAMP_OTHER_NONCE: Words(
        vi="Trả lời của tổ chức cấp dấu thời gian không lặp lại số ngẫu nhiên của yêu cầu; có thể là trả lời cũ.",
        en="The answer does not repeat the request's nonce; it may be one to an earlier request.",
        do_vi="Lấy dấu thời gian lại; nếu vẫn vậy, dùng tổ chức khác và kiểm tra đường truyền.",
        do_en="Ask for the time stamp again; if it stays, use another authority and look at what stands between.",
    ),
    FailureCode.TIMESTAMP_OTHER_POLICY: Words(
        vi="Dấu thời gian được cấp theo chính sách khác với chính sách đã yêu cầu.",
        en="The time stamp was issued under another policy than the one asked for.",
        do_vi="Dùng tổ chức cấp dấu thời gian có chính sách cần thiết.",
        do_en="Use an authority that stamps under the policy you need.",
    ),
}

_CONTENTS: Final = {
    FailureCode.TIMESTAMP_TOO_LARGE: Words(
        vi="Dấu thời gian lớn quá giới hạn, kèm quá nhiều chứng thư số, hoặc chữ ký số có quá nhiều dấu thời gian.",
        en="A time stamp is too large or brings too many certificates, or there are too many on the signature.",
        do_vi="Chỉ để lại một dấu thời gian kèm chứng thư số của tổ chức cấp và các chứng thư số trung gian.",
        do_en="Leave one time stamp, with the authority's certificate and its intermediates.",
    ),
    FailureCode.TIMESTAMP_MALFORMED: Words(
        vi="Dấu thời gian không đúng cấu trúc của RFC 3161.",
        en="The time stamp is not built as RFC 3161 requires.",
        do_vi="Kiểm tra phần mềm ký số: phần được nêu thiếu, thừa hoặc sai; rồi lấy dấu thời gian lại.",
        do_en="Check the signing software: the part named is missing, superfluous or wrong; then stamp again.",
    ),
    FailureCode.TIMESTAMP_ALGORITHM_FORBIDDEN: Words(
        vi="Dấu thời gian dùng thuật toán hoặc khóa không được chấp nhận.",
        en="The time stamp uses an algorithm or a key that is not accepted.",
        do_vi="Dùng tổ chức cấp dấu thời gian ký bằng RSA hoặc ECDSA với SHA-256, SHA-384 hoặc SHA-512.",
        do_en="Use an authority that signs with RSA or ECDSA and SHA-256, SHA-384 or SHA-512.",
    ),
    FailureCode.TIMESTAMP_OTHER_IMPRINT: Words(
        vi="Dấu thời gian được cấp cho dữ liệu khác, không phải cho chữ ký số này.",
        en="The time stamp was made over other octets than this signature.",
        do_vi="Lấy dấu thời gian trên giá trị chữ ký số của chính gói tin này, không sao chép từ gói tin khác.",
        do_en="Have the value of this very signature stamped; a stamp copied from another package proves nothing.",
    ),
    FailureCode.TIMESTAMP_TIME_IMPOSSIBLE: Words(
        vi="Thời điểm ghi trong dấu thời gian không thể là thời điểm của chữ ký số này.",
        en="The time stamp's time cannot be that of this signature: to come, before it was made, or far from it.",
        do_vi="Kiểm tra đồng hồ của máy ký, lấy dấu thời gian ngay khi ký rồi gửi lại.",
        do_en="Check the clock of the signing machine, stamp the signature as it is made, then send again.",
    ),
}

_AUTHORITIES: Final = {
    FailureCode.TIMESTAMP_CERTIFICATE_MISSING: Words(
        vi="Dấu thời gian không kèm chứng thư số của tổ chức cấp.",
        en="The time stamp does not bring the certificate of its authority.",
        do_vi="Yêu cầu tổ chức cấp dấu thời gian gửi kèm chứng thư số (certReq).",
        do_en="Ask the authority to send its certificate along (certReq).",
    ),
    FailureCode.TIMESTAMP_CERTIFICATE_MISMATCH: Words(
        vi="Chứng thư số ghi trong dấu thời gian không phải chứng thư số đã tạo ra nó.",
        en="The certificate named in the time stamp is not the one that made it.",
        do_vi="Lấy dấu thời gian lại; nếu vẫn vậy, dùng tổ chức cấp dấu thời gian khác.",
        do_en="Have it stamped again; if it stays, use another authority.",
    ),
    FailureCode.TIMESTAMP_UNTRUSTED: Words(
        vi="Chứng thư số của tổ chức cấp dấu thời gian không được tin cậy cho việc này vào thời điểm đó.",
        en="The certificate of the time-stamping authority is not trusted for this purpose at that time.",
        do_vi="Dùng tổ chức cấp dấu thời gian được công nhận, chứng thư số còn hiệu lực và chỉ dành cho việc này.",
        do_en="Use a recognised authority whose certificate is in force and is for time stamps alone.",
    ),
    FailureCode.TIMESTAMP_INVALID: Words(
        vi="Chữ ký số trên dấu thời gian không hợp lệ.",
        en="The signature on the time stamp does not verify.",
        do_vi="Lấy dấu thời gian lại; kiểm tra gói tin có bị sửa trên đường truyền không.",
        do_en="Have it stamped again; find out whether the package was changed on its way.",
    ),
}

TIMESTAMP_WORDS: Final[Mapping[FailureCode, Words]] = MappingProxyType({**_ANSWERS, **_CONTENTS, **_AUTHORITIES})
"""By failure code; none of the words has a placeholder."""
