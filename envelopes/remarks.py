"""What the reader reports about a message it could read: each reason with its letter, its severity and its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Final

from envelopes.errors import Severity, Words


class Letter(StrEnum):
    """The first letter of a finding's code, as agencies know it from existing checkers."""

    MISSING = "N"
    RANGE = "R"
    MISMATCH = "M"
    TYPE = "T"


class Reason(Enum):
    """Why something of the message could not be taken as it stands."""

    DATE_UNREADABLE = auto()
    DATE_LAYOUT = auto()
    TIME_UNREADABLE = auto()
    NUMBER_UNREADABLE = auto()
    BLANKS_AROUND = auto()
    CODE_LAYOUT = auto()
    STEERING_TYPE = auto()
    SWITCH_UNREADABLE = auto()
    ORGAN_ID_UNREADABLE = auto()
    DOCUMENT_ID_UNREADABLE = auto()
    TEXT_TOO_LONG = auto()
    TEXT_HOLDS_ELEMENTS = auto()
    TEXT_BETWEEN_ELEMENTS = auto()
    BUSINESS_TYPE_MISSING = auto()
    SPELLING = auto()
    NOT_OF_A_STATUS = auto()
    DOCUMENT_AND_STATUS = auto()
    SIGNATURE_ELSEWHERE = auto()
    ATTACHMENTS_INSIDE = auto()
    ELEMENT_AMONG_ATTACHMENTS = auto()
    EXTENSION_TOO_LARGE = auto()
    EXTENSIONS_TOO_MANY = auto()
    EXTENSION_WITHOUT_PLACE = auto()
    ATTACHMENTS_TOO_MANY = auto()

    CONTENT_ID_MISSING = auto()
    CONTENT_ID_REPEATED = auto()
    NOT_IN_MANIFEST = auto()
    NOT_ATTACHED = auto()
    NAME_MISSING = auto()
    NAME_CHANGED = auto()
    NAME_TOO_LONG = auto()
    NAME_IS_A_PATH = auto()
    NAMES_DIFFER = auto()
    CONTENT_MISSING = auto()
    NOT_BASE64 = auto()
    NOT_A_ZIP_OF_ONE = auto()
    ZIP_UNLABELLED = auto()
    FORMAT_IS_A_PATH = auto()
    ZIP_ENTRY_PATH = auto()
    ZIP_UNREADABLE = auto()
    ZIP_BOMB = auto()
    MEASURE_MISSING = auto()
    SIZE_UNREADABLE = auto()
    SIZE_DIFFERS = auto()
    DIGEST_METHOD = auto()
    DIGEST_UNREADABLE = auto()
    DIGEST_DIFFERS = auto()
    PARTS_OUT_OF_ORDER = auto()
    PART_TYPE_DIFFERS = auto()
    ATTACHED_IN_TWO_WAYS = auto()


@dataclass(frozen=True, slots=True)
class Remark:
    """One row: the letter of the code, the usual severity, and the words."""

    letter: Letter
    severity: Severity
    words: Words


def _error(letter: Letter, *words: str) -> Remark:
    return Remark(letter, Severity.ERROR, Words(*words))


def _warning(letter: Letter, *words: str) -> Remark:
    return Remark(letter, Severity.WARNING, Words(*words))


REMARKS: Final[Mapping[Reason, Remark]] = {
    Reason.DATE_UNREADABLE: _error(
        Letter.TYPE,
        "Không đọc được ngày, hoặc ngày này không có trong lịch.",
        "The date cannot be read, or there is no such day.",
        "Ghi ngày theo dạng yyyy/MM/dd, ví dụ 2026/11/20.",
        "Write dates as yyyy/MM/dd, for example 2026/11/20.",
    ),
    Reason.DATE_LAYOUT: _warning(
        Letter.TYPE,
        "Ngày giờ ghi theo dạng khác; Trục đọc được nhưng một số phần mềm nhận sẽ hiểu sai.",
        "The date or time is in another layout; the axis read it, but some receiving software will not.",
        "Ghi ngày theo dạng yyyy/MM/dd và thời điểm theo dạng yyyy/MM/dd HH:mm:ss, giờ Việt Nam.",
        "Write dates as yyyy/MM/dd and times as yyyy/MM/dd HH:mm:ss, Vietnam time.",
    ),
    Reason.TIME_UNREADABLE: _error(
        Letter.TYPE,
        "Không đọc được thời điểm.",
        "The time cannot be read.",
        "Ghi thời điểm theo dạng yyyy/MM/dd HH:mm:ss, giờ Việt Nam, ví dụ 2026/11/20 08:15:30.",
        "Write times as yyyy/MM/dd HH:mm:ss, Vietnam time, for example 2026/11/20 08:15:30.",
    ),
    Reason.NUMBER_UNREADABLE: _warning(
        Letter.TYPE,
        "Giá trị phải là số nguyên không âm; Trục bỏ qua giá trị này.",
        "The value must be a whole number, 0 or more; the axis ignores it.",
        "Ghi số bằng các chữ số, không có đơn vị hay dấu phân cách.",
        "Write the number in digits, without units or separators.",
    ),
    Reason.BLANKS_AROUND: _warning(
        Letter.TYPE,
        "Đầu hoặc cuối giá trị có khoảng trắng hay xuống dòng; phần mềm nhận hiện có giữ lại và có thể hiểu sai.",
        "There are blanks or line breaks around the value; existing receivers keep them and may misread it.",
        "Ghi giá trị sát thẻ mở và thẻ đóng, không có khoảng trắng hay xuống dòng ở hai đầu.",
        "Write the value right between its tags, without blanks or line breaks around it.",
    ),
    Reason.CODE_LAYOUT: _warning(
        Letter.TYPE,
        "Mã ghi thừa hoặc thiếu số 0 ở đầu; Trục đọc được nhưng một số phần mềm nhận sẽ không nhận ra mã này.",
        "The code has leading zeros too many or too few; the axis read it, but some receivers will not know it.",
        "Ghi mã đúng như bảng mã của chuẩn, ví dụ 03 cho trạng thái và 1 cho loại nghiệp vụ.",
        "Write codes as the standard lists them, for example 03 for a status and 1 for a business type.",
    ),
    Reason.STEERING_TYPE: _error(
        Letter.TYPE,
        "SteeringType phải là số nguyên, không để trống, không có khoảng trắng; phần mềm nhận sẽ làm mất cả gói tin.",
        "SteeringType must be a plain whole number; otherwise existing receivers lose the whole package.",
        "Ghi SteeringType là 0, 1, 2 hoặc 3, hoặc bỏ hẳn phần tử này.",
        "Write SteeringType as 0, 1, 2 or 3, or leave the element out.",
    ),
    Reason.SWITCH_UNREADABLE: _warning(
        Letter.TYPE,
        "Giá trị phải là 0, 1, true hoặc false; Trục hiểu là không.",
        "The value must be 0, 1, true or false; the axis takes it as no.",
        "Ghi 1 (true) cho có và 0 (false) cho không.",
        "Write 1 (true) for yes and 0 (false) for no.",
    ),
    Reason.ORGAN_ID_UNREADABLE: _error(
        Letter.TYPE,
        "Mã định danh cơ quan không hợp lệ.",
        "This is not a valid agency id.",
        "Ghi mã định danh theo QĐ 20/2020/QĐ-TTg, ví dụ H51.15, hoặc theo QCVN 102:2016, ví dụ 000.00.15.H51.",
        "Write the id as QĐ 20/2020/QĐ-TTg says, for example H51.15, or QCVN 102:2016, for example 000.00.15.H51.",
    ),
    Reason.DOCUMENT_ID_UNREADABLE: _error(
        Letter.TYPE,
        "Mã văn bản dài quá 255 ký tự hoặc có ký tự không hiển thị được.",
        "The document id has more than 255 characters or characters that cannot be shown.",
        "Ghi mã văn bản trên một dòng, tối đa 255 ký tự.",
        "Write the document id on one line, with at most 255 characters.",
    ),
    Reason.TEXT_TOO_LONG: _error(
        Letter.RANGE,
        "Nội dung của phần tử dài quá mức cho phép.",
        "The text of this element is longer than allowed.",
        "Rút gọn nội dung; đưa phần chi tiết vào tệp đính kèm.",
        "Shorten the text; put details into an attachment.",
    ),
    Reason.TEXT_HOLDS_ELEMENTS: _error(
        Letter.TYPE,
        "Phần tử này chỉ được chứa chữ nhưng lại chứa phần tử con.",
        "This element may hold text only, but it holds elements.",
        "Bỏ các phần tử con, chỉ giữ nội dung chữ.",
        "Remove the elements inside and keep the text.",
    ),
    Reason.TEXT_BETWEEN_ELEMENTS: _warning(
        Letter.TYPE,
        "Có chữ nằm giữa các phần tử con; phần chữ này không được đọc.",
        "There is text between the elements of this one; it was not read.",
        "Đưa phần chữ vào đúng phần tử của nó hoặc xóa đi.",
        "Put the text into its own element or remove it.",
    ),
    Reason.BUSINESS_TYPE_MISSING: _warning(
        Letter.MISSING,
        "Không có loại nghiệp vụ; Trục hiểu là văn bản mới.",
        "The kind of operation is missing; the axis takes the document as a new one.",
        "Ghi BussinessDocType: 0 mới, 1 thu hồi, 2 cập nhật, 3 thay thế.",
        "Write BussinessDocType: 0 new, 1 recall, 2 update, 3 replacement.",
    ),
    Reason.SPELLING: _warning(
        Letter.MISMATCH,
        "Tên phần tử viết khác chuẩn; Trục đọc được nhưng phần mềm nhận hiện có sẽ bỏ qua phần tử này.",
        "The element's name is spelled unlike the standard; the axis read it, but existing receivers overlook it.",
        "Dùng đúng tên của chuẩn ở vị trí được nêu (ví dụ Bussiness, Position).",
        "Use the standard's own name at the place given (for example Bussiness, Position).",
    ),
    Reason.NOT_OF_A_STATUS: _warning(
        Letter.MISMATCH,
        "Phần tử này không thuộc thông báo trạng thái; Trục giữ nguyên nhưng không dùng.",
        "This element is no part of a status message; the axis keeps it but does not use it.",
        "Bỏ phần tử này khỏi thông báo trạng thái.",
        "Leave this element out of status messages.",
    ),
    Reason.DOCUMENT_AND_STATUS: _error(
        Letter.MISMATCH,
        "Gói tin vừa là văn bản vừa là thông báo trạng thái; các phần mềm nhận sẽ hiểu khác nhau.",
        "The package is a document and a status message at once; receivers would disagree about it.",
        "Gửi văn bản và thông báo trạng thái thành hai gói tin riêng.",
        "Send the document and the status message as two packages.",
    ),
    Reason.SIGNATURE_ELSEWHERE: _warning(
        Letter.MISMATCH,
        "Chữ ký không nằm trong edXMLHeader nên gói tin được coi là chưa ký.",
        "The signature does not stand in edXMLHeader, so the package counts as unsigned.",
        "Đặt phần tử ds:Signature ở cuối edXMLHeader rồi ký lại.",
        "Put ds:Signature at the end of edXMLHeader and sign again.",
    ),
    Reason.ATTACHMENTS_INSIDE: _warning(
        Letter.MISMATCH,
        "AttachmentEncoded nằm trong phong bì; phần mềm nhận hiện có sẽ không thấy tệp đính kèm.",
        "AttachmentEncoded stands inside the envelope; existing receivers will not see the attachments.",
        "Đặt AttachmentEncoded ngang hàng với edXMLEnvelope, ngay dưới phần tử gốc.",
        "Put AttachmentEncoded beside edXMLEnvelope, directly below the root.",
    ),
    Reason.ELEMENT_AMONG_ATTACHMENTS: _warning(
        Letter.MISMATCH,
        "Có phần tử lạ nằm giữa các tệp đính kèm; một số phần mềm nhận sẽ làm mất cả gói tin.",
        "An unknown element stands among the attachments; some receivers lose the whole package over it.",
        "Chuyển phần tử mở rộng ra ngoài AttachmentEncoded.",
        "Move the extension out of AttachmentEncoded.",
    ),
    Reason.EXTENSION_TOO_LARGE: _error(
        Letter.RANGE,
        "Phần tử mở rộng quá lớn nên không giữ lại được.",
        "The unknown element is too large to be kept.",
        "Đưa dữ liệu này vào tệp đính kèm.",
        "Put this content into an attachment.",
    ),
    Reason.EXTENSIONS_TOO_MANY: _error(
        Letter.RANGE,
        "Gói tin có quá nhiều phần tử mở rộng.",
        "The package has too many unknown elements.",
        "Gộp hoặc bỏ bớt phần tử mở rộng; dữ liệu lớn hãy đưa vào tệp đính kèm.",
        "Merge or drop unknown elements; put larger content into an attachment.",
    ),
    Reason.EXTENSION_WITHOUT_PLACE: _error(
        Letter.MISMATCH,
        "Không thể giữ phần tử mở rộng ở vị trí này, hoặc không gian tên của nó không phải là địa chỉ tuyệt đối.",
        "An unknown element cannot be kept at this place, or its namespace is not an absolute address.",
        "Đặt phần tử mở rộng trong phần tử có nội dung, dưới một tên và không gian tên riêng, ví dụ https://….",
        "Put the element into one that says something, under a name and namespace of its own, for example https://….",
    ),
    Reason.ATTACHMENTS_TOO_MANY: _error(
        Letter.RANGE,
        "Gói tin có quá nhiều tệp đính kèm.",
        "The package has too many attachments.",
        "Gộp các tệp hoặc chia thành nhiều gói tin.",
        "Merge files or split them over several packages.",
    ),
    Reason.CONTENT_ID_MISSING: _error(
        Letter.MISSING,
        "Tệp đính kèm hoặc mục trong bảng kê không có ContentId nên không ghép được.",
        "An attachment or a manifest entry has no ContentId, so they cannot be paired.",
        "Ghi cùng một ContentId cho tệp đính kèm và cho mục của nó trong edXMLManifest.",
        "Give the attachment and its entry in edXMLManifest the same ContentId.",
    ),
    Reason.CONTENT_ID_REPEATED: _error(
        Letter.MISMATCH,
        "Một ContentId được dùng cho nhiều tệp đính kèm hoặc nhiều mục.",
        "One ContentId is used for several attachments or manifest entries.",
        "Cấp cho mỗi tệp đính kèm một ContentId riêng, ví dụ một UUID.",
        "Give each attachment a ContentId of its own, for example a UUID.",
    ),
    Reason.NOT_IN_MANIFEST: _error(
        Letter.MISMATCH,
        "Tệp đính kèm không có trong bảng kê edXMLManifest.",
        "The attachment is not listed in edXMLManifest.",
        "Thêm mục Reference có cùng ContentId hoặc bỏ tệp đính kèm.",
        "Add a Reference with the same ContentId or leave the attachment out.",
    ),
    Reason.NOT_ATTACHED: _error(
        Letter.MISMATCH,
        "Bảng kê edXMLManifest nêu một tệp nhưng gói tin không có tệp đó.",
        "The manifest lists a file that the package does not hold.",
        "Đính kèm tệp có cùng ContentId hoặc bỏ mục Reference.",
        "Attach the file with the same ContentId or leave the Reference out.",
    ),
    Reason.NAME_MISSING: _error(
        Letter.MISSING,
        "Tệp đính kèm không có tên.",
        "The attachment has no name.",
        "Ghi tên tệp kèm phần mở rộng vào AttachmentName.",
        "Write the file name with its extension into AttachmentName.",
    ),
    Reason.NAME_CHANGED: _warning(
        Letter.TYPE,
        "Tên tệp có thư mục hoặc ký tự không dùng được trong tên tệp; Trục đã thay bằng tên an toàn.",
        "The file name holds folders or characters that file names cannot have; the axis shows a safe name instead.",
        'Chỉ ghi tên tệp, không có thư mục, ký tự điều khiển hay các ký tự \\ / : * ? " < > |.',
        'Write the bare file name, without folders, control characters or any of \\ / : * ? " < > |.',
    ),
    Reason.NAME_TOO_LONG: _error(
        Letter.RANGE,
        "Tên tệp dài quá 200 ký tự.",
        "The file name has more than 200 characters.",
        "Rút ngắn tên tệp, giữ nguyên phần mở rộng.",
        "Shorten the file name and keep its extension.",
    ),
    Reason.NAME_IS_A_PATH: _error(
        Letter.MISMATCH,
        "Tên tệp giấu một đường dẫn hoặc ký tự NUL; gói tin bị từ chối vì lý do an toàn.",
        "The file name hides a path or a NUL character; the package is refused for safety.",
        "Chỉ ghi tên tệp, không có đường dẫn; kiểm tra phần mềm gửi có bị can thiệp hay không.",
        "Write the bare file name; check whether somebody tampered with the sending software.",
    ),
    Reason.NAMES_DIFFER: _error(
        Letter.MISMATCH,
        "Tên tệp trong bảng kê edXMLManifest khác với tên của tệp đính kèm có cùng ContentId.",
        "The file name in the manifest differs from that of the attachment with the same ContentId.",
        "Ghi cùng một AttachmentName ở hai nơi; kiểm tra các tệp có bị hoán đổi hay không.",
        "Write the same AttachmentName in both places; check whether files were swapped.",
    ),
    Reason.CONTENT_MISSING: _error(
        Letter.MISSING,
        "Tệp đính kèm không có nội dung (thiếu ContentTransferEncoded).",
        "The attachment has no content (ContentTransferEncoded is missing).",
        "Ghi nội dung tệp bằng base64 vào ContentTransferEncoded.",
        "Write the file's content in base64 into ContentTransferEncoded.",
    ),
    Reason.NOT_BASE64: _error(
        Letter.TYPE,
        "Nội dung tệp đính kèm không phải là base64 hợp lệ.",
        "The content of the attachment is not valid base64.",
        "Mã hóa lại tệp bằng base64 chuẩn (RFC 4648), không thêm ký tự nào khác.",
        "Encode the file again in standard base64 (RFC 4648) with nothing else in it.",
    ),
    Reason.NOT_A_ZIP_OF_ONE: _error(
        Letter.MISMATCH,
        "Tệp được khai là application/zip (hoặc không khai loại) nhưng không phải ZIP một tệp; bên nhận sẽ mở sai.",
        "The file is labelled application/zip (or not at all) but is no ZIP of one file; receivers will misread it.",
        "Khai đúng loại, ví dụ application/pdf, cho tệp không nén; chỉ dùng application/zip cho ZIP chứa đúng một tệp.",
        "Label unzipped files by their type, such as application/pdf; keep application/zip for a ZIP of one file.",
    ),
    Reason.ZIP_UNLABELLED: _warning(
        Letter.MISMATCH,
        "Tệp đã nén ZIP nhưng không khai đúng application/zip; phần mềm nhận hiện có sẽ lưu tệp ZIP dưới tên này.",
        "The file is zipped but not labelled exactly application/zip; existing receivers will store the ZIP as it is.",
        "Khai ContentType đúng là application/zip, không có khoảng trắng, hoặc gửi tệp không nén.",
        "Label it application/zip, without blanks, or send the file unzipped.",
    ),
    Reason.FORMAT_IS_A_PATH: _error(
        Letter.MISMATCH,
        "Format không phải là phần mở rộng của tên tệp; phần mềm nhận hiện có sẽ làm mất cả gói tin.",
        "Format is not the suffix of a file name; existing receivers lose the whole package over it.",
        "Ghi Format là phần mở rộng, ví dụ pdf, không có thư mục; hoặc bỏ hẳn phần tử này.",
        "Write the suffix alone into Format, for example pdf, without folders; or leave the element out.",
    ),
    Reason.ZIP_ENTRY_PATH: _error(
        Letter.MISMATCH,
        "Tệp bên trong ZIP mang đường dẫn thư mục; gói tin bị từ chối vì lý do an toàn.",
        "The file inside the ZIP carries a folder path; the package is refused for safety.",
        "Nén riêng từng tệp, không kèm thư mục.",
        "Zip each file alone, without folders.",
    ),
    Reason.ZIP_UNREADABLE: _error(
        Letter.TYPE,
        "Không mở được tệp ZIP: tệp hỏng, đặt mật khẩu hoặc dùng kiểu nén lạ.",
        "The ZIP cannot be opened: it is damaged, has a password, or uses an unusual compression.",
        "Nén lại tệp bằng kiểu nén thông dụng (deflate), không đặt mật khẩu.",
        "Zip the file again with ordinary compression (deflate) and no password.",
    ),
    Reason.ZIP_BOMB: _error(
        Letter.RANGE,
        "Khi giải nén, tệp ZIP vượt quá giới hạn.",
        "The ZIP unpacks to more than is allowed.",
        "Gửi tệp không nén hoặc chia nhỏ tệp.",
        "Send the file unzipped or in parts.",
    ),
    Reason.MEASURE_MISSING: _error(
        Letter.MISSING,
        "Mục trong edXMLManifest thiếu Size, DigestMethod hoặc DigestValue; chữ ký không bao trùm được tệp.",
        "The manifest entry lacks Size, DigestMethod or DigestValue; the signature cannot cover the file.",
        "Ghi đủ ba phần tử này cho từng tệp đi thành một phần riêng của gói tin, rồi ký lại.",
        "Write all three for each file that travels as a part of its own, then sign again.",
    ),
    Reason.SIZE_UNREADABLE: _error(
        Letter.TYPE,
        "Size phải là số byte của tệp, ghi bằng các chữ số.",
        "Size must be the number of octets of the file, in digits.",
        "Ghi số byte của tệp, không có đơn vị hay dấu phân cách.",
        "Write the number of octets, without units or separators.",
    ),
    Reason.SIZE_DIFFERS: _error(
        Letter.MISMATCH,
        "Tệp không có đúng số byte ghi trong edXMLManifest.",
        "The file does not have the number of octets that the manifest says.",
        "Kiểm tra tệp có bị thay, cắt hoặc sửa sau khi ký hay không; tạo lại gói tin từ tệp gốc rồi ký lại.",
        "Find out whether the file was swapped, cut or changed after signing; build the package again and sign it.",
    ),
    Reason.DIGEST_METHOD: _error(
        Letter.MISMATCH,
        "Thuật toán băm (DigestMethod) không được nhận.",
        "This DigestMethod is not taken.",
        "Dùng http://www.w3.org/2001/04/xmlenc#sha256, hoặc SHA-384, SHA-512.",
        "Use http://www.w3.org/2001/04/xmlenc#sha256, or that of SHA-384 or SHA-512.",
    ),
    Reason.DIGEST_UNREADABLE: _error(
        Letter.TYPE,
        "DigestValue không phải là base64 của một giá trị băm đúng độ dài.",
        "DigestValue is not the base64 of a digest of the right length.",
        "Ghi giá trị băm của các byte của tệp, mã hóa base64.",
        "Write the digest of the file's octets, in base64.",
    ),
    Reason.DIGEST_DIFFERS: _error(
        Letter.MISMATCH,
        "Tệp không có giá trị băm ghi trong edXMLManifest.",
        "The file does not have the digest that the manifest says.",
        "Kiểm tra tệp có bị thay hoặc sửa sau khi ký hay không; tạo lại gói tin từ tệp gốc rồi ký lại.",
        "Find out whether the file was swapped or changed after signing; build the package again and sign it.",
    ),
    Reason.PARTS_OUT_OF_ORDER: _error(
        Letter.MISMATCH,
        "Các phần của gói tin không theo thứ tự của edXMLManifest.",
        "The parts of the package are not in the order of the manifest.",
        "Xếp các tệp đúng thứ tự các mục Reference.",
        "Put the files in the order of the References.",
    ),
    Reason.PART_TYPE_DIFFERS: _error(
        Letter.MISMATCH,
        "Content-Type của phần khác với ContentType đã ký trong edXMLManifest.",
        "The Content-Type of the part differs from the signed ContentType in the manifest.",
        "Ghi cùng một kiểu ở hai nơi, hoặc application/octet-stream ở tiêu đề của phần.",
        "Write the same type in both places, or application/octet-stream in the header of the part.",
    ),
    Reason.ATTACHED_IN_TWO_WAYS: _error(
        Letter.MISMATCH,
        "Gói tin có tệp đi thành phần riêng nhưng AttachmentEncoded cũng chứa tệp.",
        "Files travel as parts of the package, and AttachmentEncoded holds files as well.",
        "Gửi tất cả các tệp thành phần riêng, hoặc tất cả trong AttachmentEncoded.",
        "Send all files as parts, or all of them in AttachmentEncoded.",
    ),
}
