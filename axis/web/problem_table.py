"""The problems of the web door itself: code, HTTP status, and words in Vietnamese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from axis.web.problem_codes import ProblemCode
from axis.web.upload_problems import UPLOAD_PROBLEMS
from envelopes.errors import Words

_REQUEST: Final = {
    ProblemCode.UNKNOWN_PATH: (
        404,
        Words(
            vi="Địa chỉ này không tồn tại trên Trục.",
            en="The axis has nothing at this address.",
            do_vi="Đối chiếu địa chỉ với tài liệu giao diện tại /openapi.json.",
            do_en="Compare the address with the description of the interface at /openapi.json.",
        ),
    ),
    ProblemCode.METHOD_NOT_ALLOWED: (
        405,
        Words(
            vi="Địa chỉ này không nhận phương thức HTTP đã dùng.",
            en="This address does not take the HTTP method used.",
            do_vi="Dùng một trong các phương thức nêu ở tiêu đề Allow.",
            do_en="Use one of the methods in the Allow header.",
        ),
    ),
    ProblemCode.INVALID_REQUEST: (
        422,
        Words(
            vi="Yêu cầu có tham số thiếu, thừa hoặc ngoài phạm vi cho phép.",
            en="A parameter of the request is missing, unknown or out of range.",
            do_vi="Sửa từng tham số nêu trong danh sách findings rồi gọi lại.",
            do_en="Correct each parameter listed in findings, then call again.",
        ),
    ),
    ProblemCode.UNREADABLE_REQUEST: (
        400,
        Words(
            vi="Thân yêu cầu không đọc được theo định dạng đã nêu.",
            en="The body of the request cannot be read in the format it is said to have.",
            do_vi="Kiểm tra cú pháp và bảng mã (UTF-8) của thân yêu cầu.",
            do_en="Check the syntax and the encoding (UTF-8) of the body.",
        ),
    ),
    ProblemCode.MEDIA_TYPE: (
        415,
        Words(
            vi="Kiểu nội dung (Content-Type) này không được nhận tại đây.",
            en="This Content-Type is not taken here.",
            do_vi="Ghi đúng Content-Type nêu trong tài liệu giao diện của thao tác.",
            do_en="Send the Content-Type that the description of the operation names.",
        ),
    ),
    ProblemCode.CONTENT_ENCODING: (
        415,
        Words(
            vi="Thân yêu cầu đã nén (Content-Encoding) không được nhận.",
            en="Bodies with a Content-Encoding are not taken.",
            do_vi="Gửi nguyên các byte của gói tin, không nén và không ghi tiêu đề Content-Encoding.",
            do_en="Send the octets of the package as they are, not compressed and without Content-Encoding.",
        ),
    ),
    ProblemCode.BODY_TOO_LARGE: (
        413,
        Words(
            vi="Thân yêu cầu lớn hơn mức cho phép của thao tác này.",
            en="The body is larger than this operation takes.",
            do_vi="Xem giới hạn tại /v1/limits và gửi thân yêu cầu nhỏ hơn.",
            do_en="See the limits at /v1/limits and send a smaller body.",
        ),
    ),
    ProblemCode.BODY_INCOMPLETE: (
        400,
        Words(
            vi="Kết nối kết thúc trước khi nhận đủ thân yêu cầu; phần đã nhận đã bị hủy.",
            en="The connection ended before the whole body had come; what had come was discarded.",
            do_vi="Kiểm tra đường truyền và Content-Length rồi gửi lại toàn bộ; gửi lại là an toàn.",
            do_en="Check the connection and Content-Length, then send the whole again; repeating is safe.",
        ),
    ),
    ProblemCode.BODY_TOO_SLOW: (
        408,
        Words(
            vi="Thân yêu cầu không đến đủ trong thời gian cho phép; phần đã nhận đã bị hủy.",
            en="The body did not arrive within the time allowed; what had come was discarded.",
            do_vi="Kiểm tra đường truyền; gửi lại trên kết nối nhanh hơn hoặc chia nhỏ văn bản.",
            do_en="Check the connection; send again over a faster one, or split the document.",
        ),
    ),
    ProblemCode.DIGEST_MISMATCH: (
        400,
        Words(
            vi="Các byte nhận được không khớp với giá trị băm ghi ở Content-Digest; phần đã nhận đã bị hủy.",
            en="The octets received do not have the digest in Content-Digest; they were discarded.",
            do_vi="Gửi lại; nếu vẫn lỗi, kiểm tra thiết bị trung gian có sửa nội dung không.",
            do_en="Send again; if it happens again, find out what on the way changes the content.",
        ),
    ),
    ProblemCode.RATE_EXCEEDED: (
        429,
        Words(
            vi="Hệ thống này gọi nhiều hơn mức cho phép.",
            en="This system calls more often than it may.",
            do_vi="Chờ số giây ghi ở Retry-After rồi gọi lại; giãn đều các lần gọi.",
            do_en="Wait the seconds in Retry-After, then go on; spread the calls.",
        ),
    ),
    ProblemCode.TOO_MANY_WAITING: (
        429,
        Words(
            vi="Hệ thống này đang có quá nhiều yêu cầu chờ văn bản cùng lúc.",
            en="This system has too many calls waiting for deliveries at once.",
            do_vi="Giữ một yêu cầu chờ cho mỗi tiến trình nhận; gọi lại sau số giây ghi ở Retry-After.",
            do_en="Keep one waiting call for each receiving process; call again after the seconds in Retry-After.",
        ),
    ),
    ProblemCode.TOO_MANY_UPLOADS: (
        429,
        Words(
            vi="Hệ thống này đang gửi quá nhiều gói tin cùng lúc; gói tin này chưa được nhận.",
            en="This system is sending too many packages at once; nothing of this one was taken.",
            do_vi="Chờ lượt gửi đang thực hiện kết thúc, rồi gửi lại sau số giây ghi ở Retry-After.",
            do_en="Let a submission in progress end, then send again after the seconds in Retry-After.",
        ),
    ),
    ProblemCode.TOO_MANY_DOWNLOADS: (
        429,
        Words(
            vi="Hệ thống này đang tải xuống quá nhiều gói tin cùng lúc.",
            en="This system has too many downloads in progress at once.",
            do_vi="Chờ lượt tải xuống đang thực hiện kết thúc, rồi gọi lại sau số giây ghi ở Retry-After.",
            do_en="Let a download in progress end, then call again after the seconds in Retry-After.",
        ),
    ),
    ProblemCode.RANGE_NOT_SATISFIABLE: (
        416,
        Words(
            vi="Gói tin không có byte nào trong khoảng được yêu cầu (Range).",
            en="The package has no octets in the range asked for.",
            do_vi="Xem kích thước gói tin ở tiêu đề Content-Range; nếu đã tải đủ thì không cần tải tiếp.",
            do_en="Content-Range says how many octets there are; who has them all need not go on.",
        ),
    ),
}

_ACCESS: Final = {
    ProblemCode.TOKEN_MISSING: (
        401,
        Words(
            vi="Yêu cầu không kèm mã truy cập (access token).",
            en="The request carries no access token.",
            do_vi="Lấy mã truy cập tại /v1/token rồi gửi trong tiêu đề Authorization: Bearer.",
            do_en="Get an access token at /v1/token and send it as Authorization: Bearer.",
        ),
    ),
    ProblemCode.TOKEN_INVALID: (
        401,
        Words(
            vi="Mã truy cập không do Trục này cấp hoặc đã bị thay đổi.",
            en="The access token was not issued by this axis, or was changed.",
            do_vi="Lấy mã truy cập mới tại /v1/token của đúng môi trường.",
            do_en="Get a new one at /v1/token of the right environment.",
        ),
    ),
    ProblemCode.TOKEN_EXPIRED: (
        401,
        Words(
            vi="Mã truy cập đã hết hạn.",
            en="The access token has expired.",
            do_vi="Lấy mã truy cập mới tại /v1/token rồi gọi lại.",
            do_en="Get a new one at /v1/token and call again.",
        ),
    ),
    ProblemCode.REVOKED: (
        401,
        Words(
            vi="Hệ thống hoặc khóa đã dùng để lấy mã truy cập không còn được phép kết nối.",
            en="The system, or the key with which the token was obtained, may no longer connect.",
            do_vi="Dùng khóa đang có hiệu lực; nếu hệ thống bị tạm đình chỉ, liên hệ đơn vị vận hành Trục.",
            do_en="Use a key that is in force; if the system was suspended, ask the axis operator.",
        ),
    ),
}

_TOKEN: Final = {
    ProblemCode.GRANT_MALFORMED: (
        400,
        Words(
            vi="Yêu cầu cấp mã truy cập thiếu trường, lặp trường hoặc dùng cách xác thực không được nhận.",
            en="The token request lacks a field, repeats one, or authenticates in a way that is not taken.",
            do_vi="Gửi biểu mẫu gồm grant_type, client_assertion_type, client_assertion và, nếu cần, scope.",
            do_en="Send a form with grant_type, client_assertion_type, client_assertion and, if wanted, scope.",
        ),
    ),
    ProblemCode.GRANT_TYPE: (
        400,
        Words(
            vi="Chỉ nhận grant_type=client_credentials.",
            en="Only grant_type=client_credentials is taken.",
            do_vi="Ghi grant_type=client_credentials.",
            do_en="Send grant_type=client_credentials.",
        ),
    ),
    ProblemCode.CLIENT_INVALID: (
        401,
        Words(
            vi="Không xác thực được hệ thống kết nối.",
            en="The connected system could not be authenticated.",
            do_vi="Kiểm tra mã hệ thống (iss và sub giống nhau), kid, khóa ký và thuật toán (ES256, ES384, RS256).",
            do_en="Check the system id (iss equals sub), kid, the signing key and the algorithm (ES256, ES384, RS256).",
        ),
    ),
    ProblemCode.ASSERTION_EXPIRED: (
        401,
        Words(
            vi="Lời xác nhận (client_assertion) đã hết hạn.",
            en="The client assertion has expired.",
            do_vi="Tạo lời xác nhận ngay trước khi gửi; đồng bộ đồng hồ máy chủ.",
            do_en="Make the assertion right before sending it; synchronise the clock.",
        ),
    ),
    ProblemCode.ASSERTION_EARLY: (
        401,
        Words(
            vi="Lời xác nhận (client_assertion) ghi thời điểm lập (iat, nbf) ở tương lai.",
            en="The client assertion says that it was made (iat, nbf) in the future.",
            do_vi="Đồng bộ đồng hồ máy chủ.",
            do_en="Synchronise the clock.",
        ),
    ),
    ProblemCode.ASSERTION_LONG: (
        401,
        Words(
            vi="Lời xác nhận (client_assertion) có thời hạn dài hơn mức cho phép.",
            en="The client assertion is valid for longer than allowed.",
            do_vi="Đặt exp không quá 5 phút kể từ hiện tại.",
            do_en="Set exp to at most 5 minutes from now.",
        ),
    ),
    ProblemCode.ASSERTION_AUDIENCE: (
        401,
        Words(
            vi="Lời xác nhận (client_assertion) lập cho nơi khác (aud), không phải Trục này.",
            en="The client assertion was made for somebody else (aud), not for this axis.",
            do_vi="Ghi aud là một giá trị duy nhất: địa chỉ công khai của Trục, có thể thêm /v1/token.",
            do_en="Set aud to one value: the public address of the axis, with or without /v1/token.",
        ),
    ),
    ProblemCode.ASSERTION_USED: (
        401,
        Words(
            vi="Lời xác nhận (client_assertion) này đã được dùng.",
            en="This client assertion has been used before.",
            do_vi="Mỗi lần gọi, lập một lời xác nhận với jti mới.",
            do_en="Make a new assertion with a new jti for each call.",
        ),
    ),
    ProblemCode.SCOPE_INVALID: (
        400,
        Words(
            vi="Phạm vi yêu cầu (scope) không nằm trong các cơ quan mà hệ thống được phép đại diện.",
            en="The scope asked for is not within the agencies the system may act for.",
            do_vi="Ghi scope là các mã định danh cơ quan cách nhau bằng dấu cách, trong phạm vi được cấp.",
            do_en="Give scope as agency ids separated by blanks, all of them within what the system was granted.",
        ),
    ),
}

_EXCHANGE: Final = {
    ProblemCode.NO_AGENCY: (
        404,
        Words(
            vi="Danh mục không có cơ quan nào mang mã này.",
            en="The directory has no agency of this id.",
            do_vi="Kiểm tra mã định danh cơ quan theo QĐ 20/2020/QĐ-TTg, hoặc hỏi đơn vị vận hành Trục.",
            do_en="Check the agency's id (QĐ 20/2020/QĐ-TTg), or ask the operator of the axis.",
        ),
    ),
    ProblemCode.NOT_FOUND: (
        404,
        Words(
            vi="Không có đối tượng nào mang mã này mà hệ thống được xem.",
            en="There is nothing under this id that this system may see.",
            do_vi="Kiểm tra mã; chỉ xem được những gì cơ quan của hệ thống đã gửi hoặc nhận.",
            do_en="Check the id; a system sees only what its agencies sent or received.",
        ),
    ),
    ProblemCode.LEASE_LOST: (
        409,
        Words(
            vi="Lượt nhận (lease) này đã hết hạn hoặc đã được trả lại.",
            en="This lease has expired or was released.",
            do_vi="Nhận lại văn bản tại /v1/leases rồi tiếp tục.",
            do_en="Lease the delivery again at /v1/leases and go on.",
        ),
    ),
    ProblemCode.LEASED_ELSEWHERE: (
        409,
        Words(
            vi="Văn bản đang được một lượt nhận (lease) khác giữ.",
            en="Another lease holds this delivery at present.",
            do_vi="Nhận văn bản tại /v1/leases; văn bản sẽ trở lại khi lượt nhận kia hết hạn.",
            do_en="Lease at /v1/leases; the delivery comes back when the other lease ends.",
        ),
    ),
    ProblemCode.WITHDRAWN: (
        410,
        Words(
            vi="Bên gửi đã thu hồi văn bản trước khi bên nhận lấy về; nội dung không còn được giao.",
            en="The sender took the document back before it was fetched; its content is not given out.",
            do_vi="Không cần làm gì; vết của văn bản cho biết thời điểm rút lại và thông điệp thu hồi.",
            do_en="Nothing; the trace of the document tells when it was withdrawn, and by which message.",
        ),
    ),
    ProblemCode.RECALLED: (
        410,
        Words(
            vi="Bên nhận đã đồng ý thu hồi văn bản (trạng thái 15); nội dung không còn được giao.",
            en="The recipient agreed to give the document back (status 15); its content is not given out any more.",
            do_vi="Nếu vẫn cần văn bản, đề nghị bên gửi gửi văn bản mới; siêu dữ liệu và chứng cứ vẫn được giữ.",
            do_en="Ask the sender for a new document where it is needed; the metadata and the evidence stay.",
        ),
    ),
}

_ACKNOWLEDGEMENT: Final = {
    ProblemCode.ACKNOWLEDGEMENT_TOO_LARGE: (
        413,
        Words(
            vi="Xác nhận đã ký dài hơn mức cho phép.",
            en="The signed acknowledgement is longer than allowed.",
            do_vi="Rút gọn lý do; xem giới hạn tại /v1/limits.",
            do_en="Shorten the reason; see the limits at /v1/limits.",
        ),
    ),
    ProblemCode.ACKNOWLEDGEMENT_MALFORMED: (
        400,
        Words(
            vi="Xác nhận không phải là JWS dạng rút gọn.",
            en="The acknowledgement is no JWS in compact form.",
            do_vi="Gửi ba phần base64url cách nhau bằng dấu chấm (RFC 7515), Content-Type: application/jose.",
            do_en="Send three base64url parts separated by dots (RFC 7515) as application/jose.",
        ),
    ),
}

_SERVICE: Final = {
    ProblemCode.BUSY: (
        503,
        Words(
            vi="Trục đang xử lý nhiều yêu cầu nặng; yêu cầu này chưa được thực hiện.",
            en="The axis has too many heavy requests in hand; this one was not carried out.",
            do_vi="Gửi lại sau số giây ghi ở Retry-After; gửi lại là an toàn.",
            do_en="Send again after the seconds in Retry-After; repeating is safe.",
        ),
    ),
    ProblemCode.UNAVAILABLE: (
        503,
        Words(
            vi="Trục tạm thời không phục vụ được; không rõ yêu cầu đã được thực hiện hay chưa.",
            en="The axis cannot serve at the moment; whether the request was carried out is not known.",
            do_vi="Gửi lại đúng yêu cầu đó sau số giây ở Retry-After; nếu đã tiếp nhận, Trục trả biên nhận đầu tiên.",
            do_en="Send the same request again after the seconds in Retry-After; an acceptance gets its first receipt.",
        ),
    ),
    ProblemCode.CLOCK_ASTRAY: (
        503,
        Words(
            vi="Đồng hồ của máy chủ Trục đang lệch nên Trục tạm ngừng phục vụ; yêu cầu này chưa được thực hiện.",
            en="The clock of this server of the axis is wrong, so that it serves nobody; nothing was carried out.",
            do_vi="Gửi lại sau số giây ghi ở Retry-After; gửi lại là an toàn. Nếu vẫn lỗi, báo đơn vị vận hành Trục.",
            do_en="Send again after the seconds in Retry-After; repeating is safe. If it stays, tell the operator.",
        ),
    ),
    ProblemCode.INTERNAL: (
        500,
        Words(
            vi="Có lỗi ngoài dự kiến phía Trục.",
            en="Something unexpected went wrong in the axis.",
            do_vi="Gửi lại sau; nếu vẫn lỗi, báo đơn vị vận hành Trục kèm mã tra cứu (correlation_id).",
            do_en="Try again later; if it happens again, tell the axis operator the correlation_id.",
        ),
    ),
}

DOOR_PROBLEMS: Final[Mapping[ProblemCode, tuple[int, Words]]] = MappingProxyType(
    {**_REQUEST, **_ACCESS, **_TOKEN, **_EXCHANGE, **UPLOAD_PROBLEMS, **_ACKNOWLEDGEMENT, **_SERVICE}
)
"""By code: HTTP status and words. The problems of messages have their words on the floors that find them."""
