"""The problems of uploads: code, HTTP status, and words in Vietnamese and English."""

from __future__ import annotations

from typing import Final

from axis.web.problem_codes import ProblemCode
from envelopes.errors import Words

UPLOAD_PROBLEMS: Final = {
    ProblemCode.DIGEST_MISSING: (
        400,
        Words(
            vi="Yêu cầu thiếu giá trị băm SHA-256 của các byte gửi lên.",
            en="The request lacks the SHA-256 of the octets it is about.",
            do_vi="Ghi Repr-Digest (của cả gói tin) khi bắt đầu tải lên, Content-Digest (của phần gửi) cho từng phần.",
            do_en="Send Repr-Digest (of the whole package) to begin, and Content-Digest with each chunk.",
        ),
    ),
    ProblemCode.UPLOAD_OFFSET: (
        409,
        Words(
            vi="Phần gửi lên không nối tiếp các byte đã nhận.",
            en="The chunk does not begin where the octets end that have come.",
            do_vi="Gửi tiếp từ vị trí ghi ở Upload-Offset.",
            do_en="Go on from the place in Upload-Offset.",
        ),
    ),
    ProblemCode.UPLOAD_TOO_LONG: (
        409,
        Words(
            vi="Phần gửi lên vượt quá dung lượng đã khai báo cho gói tin.",
            en="The chunk goes beyond the size that was announced for the package.",
            do_vi="Kiểm tra tệp có thay đổi sau khi bắt đầu tải lên hay không; nếu có, hủy và tải lên lại từ đầu.",
            do_en="Find out whether the file changed since the upload began; if so, give it up and begin anew.",
        ),
    ),
    ProblemCode.UPLOAD_CHUNK_TOO_SMALL: (
        409,
        Words(
            vi="Phần gửi lên quá nhỏ; chỉ phần cuối mới được nhỏ hơn mức tối thiểu.",
            en="The chunk is too small; only the last one may have fewer octets than the least.",
            do_vi="Xem giới hạn tại /v1/limits và gửi phần lớn hơn từ vị trí ghi ở Upload-Offset.",
            do_en="See the limits at /v1/limits and send a larger one from the place in Upload-Offset.",
        ),
    ),
    ProblemCode.UPLOAD_INCOMPLETE: (
        409,
        Words(
            vi="Chưa nhận đủ các byte của gói tin nên chưa thể gửi đi.",
            en="The package has not come up whole, so that it cannot be submitted.",
            do_vi="Gửi tiếp từ vị trí ghi ở Upload-Offset, rồi gửi gói tin đi.",
            do_en="Go on from the place in Upload-Offset, then submit it.",
        ),
    ),
    ProblemCode.UPLOAD_OTHER_DIGEST: (
        422,
        Words(
            vi="Các byte đã nhận không có giá trị băm đã khai báo cho gói tin; phần đã nhận đã bị hủy.",
            en="The octets that came are not those whose digest was announced; they were discarded.",
            do_vi="Kiểm tra tệp có thay đổi trong lúc tải lên hay không, rồi tải lên lại từ đầu.",
            do_en="Find out whether the file changed while it came up, then begin anew.",
        ),
    ),
    ProblemCode.UPLOAD_ENDED: (
        409,
        Words(
            vi="Lượt tải lên này đã kết thúc.",
            en="This upload has ended.",
            do_vi="Bắt đầu lượt tải lên mới; nếu gói tin đã được tiếp nhận, Trục trả biên nhận đầu tiên.",
            do_en="Begin a new one; a package that was accepted gets its first receipt again.",
        ),
    ),
    ProblemCode.UPLOAD_TOO_MANY: (
        429,
        Words(
            vi="Hệ thống này đang mở quá nhiều lượt tải lên.",
            en="This system has too many uploads open.",
            do_vi="Hoàn tất hoặc hủy một lượt đang mở; lượt bỏ dở tự hết hạn sau một ngày.",
            do_en="Finish or give up one that is open; those left alone end by themselves after a day.",
        ),
    ),
    ProblemCode.UPLOAD_TOO_MUCH: (
        429,
        Words(
            vi="Các lượt tải lên đang mở của hệ thống này, cùng dữ liệu chưa xóa được của lượt đã hủy, quá lớn.",
            en="The open uploads of this system, with what is left of ended ones, are too large together.",
            do_vi="Hoàn tất hoặc hủy một lượt đang mở, hoặc hủy lại lượt đã hủy; lượt bỏ dở tự hết hạn sau một ngày.",
            do_en="Finish or give up one that is open, or once more one that ended; all end by themselves after a day.",
        ),
    ),
}
