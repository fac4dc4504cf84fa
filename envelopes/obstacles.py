"""Why octets cannot be read at all: every `package/…` code with its words in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from envelopes.errors import Finding, Severity, UnreadableMessage, Words


class Obstacle(StrEnum):
    """What stops the reader before there is anything to report in detail; the value is the public code."""

    TOO_LARGE = "package/too-large"
    EMPTY = "package/empty"
    NOT_XML = "package/not-xml"
    TRUNCATED = "package/truncated"
    NOT_UTF8 = "package/not-utf8"
    XML_VERSION = "package/xml-version"
    FORBIDDEN_CHARACTER = "package/forbidden-character"
    JUNK_BEFORE_PROLOG = "package/junk-before-prolog"
    DOCTYPE = "package/doctype"
    UNDECLARED_PREFIX = "package/undeclared-prefix"
    TOO_DEEP = "package/too-deep"
    TOO_MANY_ELEMENTS = "package/too-many-elements"
    OVERSIZED_MARKUP = "package/oversized-markup"
    COMMENT_IN_TEXT = "package/comment-in-text"
    WRONG_ROOT = "package/wrong-root"
    FOREIGN_NAMESPACE = "package/foreign-namespace"
    NO_MESSAGE_HEADER = "package/no-message-header"
    REPEATED_ELEMENT = "package/repeated-element"
    SECURITY_MONITORING = "package/security-monitoring"
    AMBIGUOUS_MIME = "package/ambiguous-mime"
    MIME_ROOT = "package/mime-root"
    MIME_BOUNDARY = "package/mime-boundary"
    MIME_TRUNCATED = "package/mime-truncated"
    MIME_TRAILING = "package/mime-trailing"
    MIME_HEADER = "package/mime-header"
    MIME_ENCODING = "package/mime-encoding"
    MIME_NESTED = "package/mime-nested"
    MIME_CONTENT_ID = "package/mime-content-id"
    MIME_TOO_MANY_PARTS = "package/mime-too-many-parts"


def unreadable(obstacle: Obstacle, path: str = "") -> UnreadableMessage:
    """Return the exception to raise for an obstacle.

    `path` is the element's place, or `line:column` (both from 1) where the octets are not yet XML.
    """
    return UnreadableMessage(Finding(obstacle.value, path, Severity.ERROR, OBSTACLES[obstacle]))


OBSTACLES: Final[Mapping[Obstacle, Words]] = {
    Obstacle.TOO_LARGE: Words(
        vi="Gói tin vượt quá dung lượng cho phép.",
        en="The package is larger than allowed.",
        do_vi="Giảm dung lượng tệp đính kèm hoặc chia văn bản thành nhiều gói tin rồi gửi lại.",
        do_en="Make the attachments smaller or split the document into several packages, then send again.",
    ),
    Obstacle.EMPTY: Words(
        vi="Không nhận được nội dung nào.",
        en="Nothing was received.",
        do_vi="Kiểm tra phần mềm gửi: nội dung gói tin phải nằm trong thân yêu cầu.",
        do_en="Check the sending software: the package must be the body of the request.",
    ),
    Obstacle.NOT_XML: Words(
        vi="Nội dung nhận được không phải là XML đúng cú pháp.",
        en="What was received is not well-formed XML.",
        do_vi="Gửi đúng tệp edXML, không nén và không mã hóa thêm; vị trí lỗi (dòng:cột) được ghi kèm.",
        do_en="Send the edXML file itself, not compressed or encoded again; the place (line:column) is given.",
    ),
    Obstacle.TRUNCATED: Words(
        vi="Gói tin bị cắt cụt: tệp XML kết thúc khi phần tử chưa được đóng.",
        en="The package is cut off: the XML ends before its elements are closed.",
        do_vi="Gửi lại toàn bộ gói tin; kiểm tra đường truyền và độ dài nội dung mà phần mềm khai báo.",
        do_en="Send the whole package again; check the connection and the content length the software declares.",
    ),
    Obstacle.NOT_UTF8: Words(
        vi="Gói tin không được mã hóa bằng UTF-8.",
        en="The package is not encoded in UTF-8.",
        do_vi='Ghi tệp bằng UTF-8 và khai báo encoding="UTF-8" (hoặc không khai báo) ở dòng đầu.',
        do_en='Write the file in UTF-8 and declare encoding="UTF-8" (or nothing) in the first line.',
    ),
    Obstacle.XML_VERSION: Words(
        vi="Gói tin khai báo một phiên bản XML khác 1.0.",
        en="The package declares an XML version other than 1.0.",
        do_vi='Ghi gói tin theo XML 1.0 (version="1.0").',
        do_en='Write the package as XML 1.0 (version="1.0").',
    ),
    Obstacle.FORBIDDEN_CHARACTER: Words(
        vi="Gói tin chứa ký tự mà XML không cho phép (ví dụ ký tự NUL).",
        en="The package holds a character that XML forbids (for example NUL).",
        do_vi="Loại bỏ ký tự điều khiển khỏi dữ liệu, kể cả trong tên tệp đính kèm, rồi tạo lại gói tin.",
        do_en="Remove control characters from the data, file names included, and build the package again.",
    ),
    Obstacle.JUNK_BEFORE_PROLOG: Words(
        vi="Trước khai báo <?xml có dữ liệu thừa; phần mềm nhận hiện có không đọc được gói tin.",
        en="There is data before the <?xml declaration; existing receivers cannot read the package.",
        do_vi="Bảo đảm tệp bắt đầu ngay bằng <?xml; kiểm tra đoạn mã ghi tệp của phần mềm.",
        do_en="Make the file begin with <?xml; check how the software writes the file.",
    ),
    Obstacle.DOCTYPE: Words(
        vi="Gói tin có khai báo DOCTYPE; loại khai báo này bị từ chối vì lý do an toàn.",
        en="The package has a DOCTYPE declaration; these are refused for safety.",
        do_vi="Bỏ khai báo DOCTYPE và mọi thực thể tự định nghĩa rồi ký và gửi lại.",
        do_en="Remove the DOCTYPE and all self-defined entities, then sign and send again.",
    ),
    Obstacle.UNDECLARED_PREFIX: Words(
        vi="Gói tin dùng một tiền tố không gian tên chưa được khai báo.",
        en="The package uses a namespace prefix that is not declared.",
        do_vi='Khai báo tiền tố, ví dụ xmlns:xlink="http://www.w3.org/1999/xlink", rồi ký và gửi lại.',
        do_en='Declare the prefix, for example xmlns:xlink="http://www.w3.org/1999/xlink", then sign and send again.',
    ),
    Obstacle.TOO_DEEP: Words(
        vi="Các phần tử của gói tin lồng nhau quá sâu.",
        en="The elements of the package are nested too deeply.",
        do_vi="Kiểm tra phần mềm tạo gói tin; gói tin đúng chuẩn chỉ có khoảng mười cấp.",
        do_en="Check the software that builds the package; a regular package has about ten levels.",
    ),
    Obstacle.TOO_MANY_ELEMENTS: Words(
        vi="Gói tin có quá nhiều phần tử.",
        en="The package has too many elements.",
        do_vi="Chia danh sách nơi nhận thành nhiều gói tin; kiểm tra phần mềm tạo gói tin.",
        do_en="Split the recipients over several packages; check the software that builds the package.",
    ),
    Obstacle.OVERSIZED_MARKUP: Words(
        vi="Một thẻ, thuộc tính hoặc chú thích trong gói tin quá lớn, hoặc một phần tử có quá nhiều thuộc tính.",
        en="A tag, an attribute or a comment of the package is too large, or an element has too many attributes.",
        do_vi="Đưa dữ liệu vào nội dung phần tử thay vì thuộc tính hay chú thích.",
        do_en="Put data into the text of elements, not into attributes or comments.",
    ),
    Obstacle.COMMENT_IN_TEXT: Words(
        vi="Có chú thích hoặc chỉ thị xử lý nằm giữa nội dung chữ của một phần tử; các phần mềm đọc chỗ này khác nhau.",
        en="A comment or processing instruction stands inside an element's text; programs read such text differently.",
        do_vi="Xóa chú thích khỏi phần tử được nêu rồi ký và gửi lại.",
        do_en="Remove the comment from the element named, then sign and send again.",
    ),
    Obstacle.WRONG_ROOT: Words(
        vi="Phần tử gốc không phải là edXML của QCVN 102:2016/BTTTT.",
        en="The root element is not edXML of QCVN 102:2016/BTTTT.",
        do_vi="Gửi gói tin có phần tử gốc edXML trong không gian tên http://www.mic.gov.vn/TBT/QCVN_102_2016.",
        do_en="Send a package whose root is edXML in the namespace http://www.mic.gov.vn/TBT/QCVN_102_2016.",
    ),
    Obstacle.FOREIGN_NAMESPACE: Words(
        vi="Một phần tử mang tên của chuẩn nhưng thuộc không gian tên khác; các phần mềm nhận sẽ hiểu khác nhau.",
        en="An element has a name of the format but belongs to another namespace; receivers would disagree about it.",
        do_vi="Đặt phần tử được nêu vào không gian tên http://www.mic.gov.vn/TBT/QCVN_102_2016.",
        do_en="Put the element named into the namespace http://www.mic.gov.vn/TBT/QCVN_102_2016.",
    ),
    Obstacle.NO_MESSAGE_HEADER: Words(
        vi="Gói tin không có MessageHeader nên không biết là văn bản hay thông báo trạng thái.",
        en="The package has no MessageHeader, so it is neither a document nor a status.",
        do_vi="Tạo gói tin với edXMLEnvelope, edXMLHeader và MessageHeader theo QCVN 102:2016/BTTTT.",
        do_en="Build the package with edXMLEnvelope, edXMLHeader and MessageHeader as QCVN 102:2016/BTTTT says.",
    ),
    Obstacle.REPEATED_ELEMENT: Words(
        vi="Một phần tử chỉ được có một lần lại xuất hiện nhiều lần; không thể biết giá trị nào là đúng.",
        en="An element that may occur once occurs several times; nobody can tell which one is meant.",
        do_vi="Chỉ giữ lại một phần tử ở vị trí được nêu rồi ký và gửi lại.",
        do_en="Keep one element at the place named, then sign and send again.",
    ),
    Obstacle.SECURITY_MONITORING: Words(
        vi="Đây là bản tin chia sẻ dữ liệu giám sát an toàn thông tin, không phải văn bản hành chính.",
        en="This is a security-monitoring message, not an official document.",
        do_vi="Gửi bản tin này tới hệ thống giám sát an toàn thông tin của đơn vị có thẩm quyền.",
        do_en="Send it to the security-monitoring system of the authority in charge.",
    ),
    Obstacle.AMBIGUOUS_MIME: Words(
        vi="Gói tin nhiều phần (MIME) không đọc được theo một cách duy nhất.",
        en="The multipart (MIME) package cannot be read in one single way.",
        do_vi="Dùng một cấp multipart/related, mỗi tiêu đề một lần, đủ ranh giới kết thúc, mã base64 hoặc nhị phân.",
        do_en="Use one level of multipart/related, each header once, with a closing boundary, base64 or binary.",
    ),
    Obstacle.MIME_ROOT: Words(
        vi="Gói tin nhiều phần không bắt đầu bằng bản tin edXML, hoặc Content-Type của yêu cầu không khớp.",
        en="The multipart package does not begin with the edXML message, or is not what the Content-Type says.",
        do_vi="Đặt bản tin edXML (application/xml) ở phần đầu; gửi với Content-Type là multipart/related, tham số "
        '"boundary" đúng như trong gói tin.',
        do_en="Put the edXML message (application/xml) first; send it as multipart/related, with the boundary that "
        "stands in the package.",
    ),
    Obstacle.MIME_BOUNDARY: Words(
        vi="Ranh giới giữa các phần của gói tin không đúng: gói tin phải bắt đầu bằng dòng ranh giới, mỗi dòng kết "
        "thúc bằng CRLF, và không dòng nào trong nội dung được bắt đầu giống ranh giới.",
        en="The boundaries of the multipart package are wrong: it begins with one, lines end in CRLF, and no line of "
        "the content may begin like one.",
        do_vi="Chọn ranh giới không xuất hiện trong nội dung; không ghi gì trước ranh giới đầu tiên.",
        do_en="Choose a boundary that does not occur in the content; write nothing before the first one.",
    ),
    Obstacle.MIME_TRUNCATED: Words(
        vi="Gói tin nhiều phần bị cắt cụt: không có ranh giới kết thúc.",
        en="The multipart package is cut off: its closing boundary is missing.",
        do_vi="Gửi lại toàn bộ gói tin; kiểm tra đường truyền và đoạn mã ghi gói tin.",
        do_en="Send the whole package again; check the connection and how the software writes the package.",
    ),
    Obstacle.MIME_TRAILING: Words(
        vi="Sau ranh giới kết thúc của gói tin nhiều phần còn có dữ liệu.",
        en="There are octets after the closing boundary of the multipart package.",
        do_vi="Kết thúc gói tin bằng ranh giới đóng, theo sau nhiều nhất là một CRLF.",
        do_en="End the package with the closing boundary, followed by one CRLF at most.",
    ),
    Obstacle.MIME_HEADER: Words(
        vi="Tiêu đề của một phần trong gói tin không đọc được theo một cách duy nhất, bị lặp, quá dài, hoặc không phải "
        "Content-Type, Content-ID, Content-Transfer-Encoding.",
        en="The headers of a part cannot be read in one single way, are repeated, too long, or are others than "
        "Content-Type, Content-ID and Content-Transfer-Encoding.",
        do_vi="Chỉ ghi ba tiêu đề đó, mỗi tiêu đề một lần, trên một dòng ASCII. Tên tệp ghi trong edXMLManifest.",
        do_en="Write these three alone, each once, on one line of ASCII. File names stand in edXMLManifest.",
    ),
    Obstacle.MIME_ENCODING: Words(
        vi="Một phần của gói tin được mã hóa thêm khi truyền (Content-Transfer-Encoding).",
        en="A part of the package is encoded for transfer (Content-Transfer-Encoding).",
        do_vi='Ghi nguyên các byte của tệp với Content-Transfer-Encoding là "binary".',
        do_en="Write the octets of the file as they are, with Content-Transfer-Encoding: binary.",
    ),
    Obstacle.MIME_NESTED: Words(
        vi="Một phần của gói tin lại là gói nhiều phần hoặc thư điện tử.",
        en="A part of the package is itself a multipart or a message.",
        do_vi="Mỗi phần chứa đúng một tệp, chỉ một cấp.",
        do_en="Put exactly one file into each part, on one level.",
    ),
    Obstacle.MIME_CONTENT_ID: Words(
        vi="Content-ID của một phần bị thiếu, bị lặp hoặc có ký tự không dùng được.",
        en="The Content-ID of a part is missing, repeated, or has characters that it cannot have.",
        do_vi="Ghi Content-ID: <mã> cho từng tệp, mỗi tệp một mã, bằng chữ và số ASCII, đúng như ContentId (không có "
        '"cid:") trong edXMLManifest.',
        do_en="Give each file a Content-ID: <token> of its own, in ASCII letters and digits, the same as its ContentId "
        "in edXMLManifest without cid:.",
    ),
    Obstacle.MIME_TOO_MANY_PARTS: Words(
        vi="Gói tin có quá nhiều phần.",
        en="The package has too many parts.",
        do_vi="Gộp các tệp hoặc chia thành nhiều gói tin.",
        do_en="Merge files or split them over several packages.",
    ),
}
