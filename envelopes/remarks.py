"""What the reader reports about a message it could read: each reason with its letter, its severity and its words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from envelopes.file_remarks import FILE_REMARKS
from envelopes.reasons import Letter, Reason, Remark, error, warning

__all__ = ["REMARKS", "Letter", "Reason", "Remark"]

REMARKS: Final[Mapping[Reason, Remark]] = {
    Reason.DATE_UNREADABLE: error(
        Letter.TYPE,
        "Không đọc được ngày, hoặc ngày này không có trong lịch.",
        "The date cannot be read, or there is no such day.",
        "Ghi ngày theo dạng yyyy/MM/dd, ví dụ 2026/11/20.",
        "Write dates as yyyy/MM/dd, for example 2026/11/20.",
    ),
    Reason.DATE_LAYOUT: warning(
        Letter.TYPE,
        "Ngày giờ ghi theo dạng khác; Trục đọc được nhưng một số phần mềm nhận sẽ hiểu sai.",
        "The date or time is in another layout; the axis read it, but some receiving software will not.",
        "Ghi ngày theo dạng yyyy/MM/dd và thời điểm theo dạng yyyy/MM/dd HH:mm:ss, giờ Việt Nam.",
        "Write dates as yyyy/MM/dd and times as yyyy/MM/dd HH:mm:ss, Vietnam time.",
    ),
    Reason.TIME_UNREADABLE: error(
        Letter.TYPE,
        "Không đọc được thời điểm.",
        "The time cannot be read.",
        "Ghi thời điểm theo dạng yyyy/MM/dd HH:mm:ss, giờ Việt Nam, ví dụ 2026/11/20 08:15:30.",
        "Write times as yyyy/MM/dd HH:mm:ss, Vietnam time, for example 2026/11/20 08:15:30.",
    ),
    Reason.NUMBER_UNREADABLE: warning(
        Letter.TYPE,
        "Giá trị phải là số nguyên không âm; Trục bỏ qua giá trị này.",
        "The value must be a whole number, 0 or more; the axis ignores it.",
        "Ghi số bằng các chữ số, không có đơn vị hay dấu phân cách.",
        "Write the number in digits, without units or separators.",
    ),
    Reason.BLANKS_AROUND: warning(
        Letter.TYPE,
        "Đầu hoặc cuối giá trị có khoảng trắng hay xuống dòng; phần mềm nhận hiện có giữ lại và có thể hiểu sai.",
        "There are blanks or line breaks around the value; existing receivers keep them and may misread it.",
        "Ghi giá trị sát thẻ mở và thẻ đóng, không có khoảng trắng hay xuống dòng ở hai đầu.",
        "Write the value right between its tags, without blanks or line breaks around it.",
    ),
    Reason.CODE_LAYOUT: warning(
        Letter.TYPE,
        "Mã ghi thừa hoặc thiếu số 0 ở đầu; Trục đọc được nhưng một số phần mềm nhận sẽ không nhận ra mã này.",
        "The code has leading zeros too many or too few; the axis read it, but some receivers will not know it.",
        "Ghi mã đúng như bảng mã của chuẩn, ví dụ 03 cho trạng thái và 1 cho loại nghiệp vụ.",
        "Write codes as the standard lists them, for example 03 for a status and 1 for a business type.",
    ),
    Reason.STEERING_TYPE: error(
        Letter.TYPE,
        "SteeringType phải là số nguyên, không để trống, không có khoảng trắng; phần mềm nhận sẽ làm mất cả gói tin.",
        "SteeringType must be a plain whole number; otherwise existing receivers lose the whole package.",
        "Ghi SteeringType là 0, 1, 2 hoặc 3, hoặc bỏ hẳn phần tử này.",
        "Write SteeringType as 0, 1, 2 or 3, or leave the element out.",
    ),
    Reason.SWITCH_UNREADABLE: warning(
        Letter.TYPE,
        "Giá trị phải là 0, 1, true hoặc false; Trục hiểu là không.",
        "The value must be 0, 1, true or false; the axis takes it as no.",
        "Ghi 1 (true) cho có và 0 (false) cho không.",
        "Write 1 (true) for yes and 0 (false) for no.",
    ),
    Reason.ORGAN_ID_UNREADABLE: error(
        Letter.TYPE,
        "Mã định danh cơ quan không hợp lệ.",
        "This is not a valid agency id.",
        "Ghi mã định danh theo QĐ 20/2020/QĐ-TTg, ví dụ H51.15, hoặc theo QCVN 102:2016, ví dụ 000.00.15.H51.",
        "Write the id as QĐ 20/2020/QĐ-TTg says, for example H51.15, or QCVN 102:2016, for example 000.00.15.H51.",
    ),
    Reason.DOCUMENT_ID_UNREADABLE: error(
        Letter.TYPE,
        "Mã văn bản dài quá 255 ký tự hoặc có ký tự không hiển thị được.",
        "The document id has more than 255 characters or characters that cannot be shown.",
        "Ghi mã văn bản trên một dòng, tối đa 255 ký tự.",
        "Write the document id on one line, with at most 255 characters.",
    ),
    Reason.TEXT_TOO_LONG: error(
        Letter.RANGE,
        "Nội dung của phần tử dài quá mức cho phép.",
        "The text of this element is longer than allowed.",
        "Rút gọn nội dung; đưa phần chi tiết vào tệp đính kèm.",
        "Shorten the text; put details into an attachment.",
    ),
    Reason.TEXT_HOLDS_ELEMENTS: error(
        Letter.TYPE,
        "Phần tử này chỉ được chứa chữ nhưng lại chứa phần tử con.",
        "This element may hold text only, but it holds elements.",
        "Bỏ các phần tử con, chỉ giữ nội dung chữ.",
        "Remove the elements inside and keep the text.",
    ),
    Reason.TEXT_BETWEEN_ELEMENTS: warning(
        Letter.TYPE,
        "Có chữ nằm giữa các phần tử con; phần chữ này không được đọc.",
        "There is text between the elements of this one; it was not read.",
        "Đưa phần chữ vào đúng phần tử của nó hoặc xóa đi.",
        "Put the text into its own element or remove it.",
    ),
    Reason.BUSINESS_TYPE_MISSING: warning(
        Letter.MISSING,
        "Không có loại nghiệp vụ; Trục hiểu là văn bản mới.",
        "The kind of operation is missing; the axis takes the document as a new one.",
        "Ghi BussinessDocType: 0 mới, 1 thu hồi, 2 cập nhật, 3 thay thế.",
        "Write BussinessDocType: 0 new, 1 recall, 2 update, 3 replacement.",
    ),
    Reason.SPELLING: warning(
        Letter.MISMATCH,
        "Tên phần tử viết khác chuẩn; Trục đọc được nhưng phần mềm nhận hiện có sẽ bỏ qua phần tử này.",
        "The element's name is spelled unlike the standard; the axis read it, but existing receivers overlook it.",
        "Dùng đúng tên của chuẩn ở vị trí được nêu (ví dụ Bussiness, Position).",
        "Use the standard's own name at the place given (for example Bussiness, Position).",
    ),
    Reason.NOT_OF_A_STATUS: warning(
        Letter.MISMATCH,
        "Phần tử này không thuộc thông báo trạng thái; Trục giữ nguyên nhưng không dùng.",
        "This element is no part of a status message; the axis keeps it but does not use it.",
        "Bỏ phần tử này khỏi thông báo trạng thái.",
        "Leave this element out of status messages.",
    ),
    Reason.DOCUMENT_AND_STATUS: error(
        Letter.MISMATCH,
        "Gói tin vừa là văn bản vừa là thông báo trạng thái; các phần mềm nhận sẽ hiểu khác nhau.",
        "The package is a document and a status message at once; receivers would disagree about it.",
        "Gửi văn bản và thông báo trạng thái thành hai gói tin riêng.",
        "Send the document and the status message as two packages.",
    ),
    Reason.SIGNATURE_ELSEWHERE: warning(
        Letter.MISMATCH,
        "Chữ ký không nằm trong edXMLHeader nên gói tin được coi là chưa ký.",
        "The signature does not stand in edXMLHeader, so the package counts as unsigned.",
        "Đặt phần tử ds:Signature ở cuối edXMLHeader rồi ký lại.",
        "Put ds:Signature at the end of edXMLHeader and sign again.",
    ),
    Reason.ATTACHMENTS_INSIDE: warning(
        Letter.MISMATCH,
        "AttachmentEncoded nằm trong phong bì; phần mềm nhận hiện có sẽ không thấy tệp đính kèm.",
        "AttachmentEncoded stands inside the envelope; existing receivers will not see the attachments.",
        "Đặt AttachmentEncoded ngang hàng với edXMLEnvelope, ngay dưới phần tử gốc.",
        "Put AttachmentEncoded beside edXMLEnvelope, directly below the root.",
    ),
    Reason.ELEMENT_AMONG_ATTACHMENTS: warning(
        Letter.MISMATCH,
        "Có phần tử lạ nằm giữa các tệp đính kèm; một số phần mềm nhận sẽ làm mất cả gói tin.",
        "An unknown element stands among the attachments; some receivers lose the whole package over it.",
        "Chuyển phần tử mở rộng ra ngoài AttachmentEncoded.",
        "Move the extension out of AttachmentEncoded.",
    ),
    Reason.EXTENSION_TOO_LARGE: error(
        Letter.RANGE,
        "Phần tử mở rộng quá lớn nên không giữ lại được.",
        "The unknown element is too large to be kept.",
        "Đưa dữ liệu này vào tệp đính kèm.",
        "Put this content into an attachment.",
    ),
    Reason.EXTENSIONS_TOO_MANY: error(
        Letter.RANGE,
        "Gói tin có quá nhiều phần tử mở rộng.",
        "The package has too many unknown elements.",
        "Gộp hoặc bỏ bớt phần tử mở rộng; dữ liệu lớn hãy đưa vào tệp đính kèm.",
        "Merge or drop unknown elements; put larger content into an attachment.",
    ),
    Reason.EXTENSION_WITHOUT_PLACE: error(
        Letter.MISMATCH,
        "Không thể giữ phần tử mở rộng ở vị trí này, hoặc không gian tên của nó không phải là địa chỉ tuyệt đối.",
        "An unknown element cannot be kept at this place, or its namespace is not an absolute address.",
        "Đặt phần tử mở rộng trong phần tử có nội dung, dưới một tên và không gian tên riêng, ví dụ https://….",
        "Put the element into one that says something, under a name and namespace of its own, for example https://….",
    ),
    Reason.ATTACHMENTS_TOO_MANY: error(
        Letter.RANGE,
        "Gói tin có quá nhiều tệp đính kèm.",
        "The package has too many attachments.",
        "Gộp các tệp hoặc chia thành nhiều gói tin.",
        "Merge files or split them over several packages.",
    ),
    **FILE_REMARKS,
}
