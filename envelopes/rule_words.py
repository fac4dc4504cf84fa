"""The words of the rule table in both languages: what a place is called, what is wrong there, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from envelopes import paths
from envelopes.errors import Words
from envelopes.parser import Tag
from envelopes.paths import inside

_Name = tuple[str, str]

_ORGANIZATION_FIELDS: Final[Mapping[Tag, _Name]] = {
    Tag.ORGAN_ID: ("mã định danh", "agency id"),
    Tag.IN_CHARGE: ("cơ quan chủ quản", "superior agency"),
    Tag.ORGAN_NAME: ("tên", "name"),
    Tag.ORGAN_ADDRESS: ("địa chỉ", "address"),
    Tag.EMAIL: ("thư điện tử", "e-mail address"),
    Tag.TELEPHONE: ("số điện thoại", "telephone number"),
    Tag.FAX: ("số fax", "fax number"),
    Tag.WEBSITE: ("trang thông tin điện tử", "website"),
}


def _of(place: str, owner: _Name) -> dict[str, _Name]:
    """Return the names of an agency's fields: `mã định danh của cơ quan gửi`, `agency id of the sender`."""
    return {
        inside(place, tag): (f"{vi} của {owner[0]}", f"{en} of {owner[1]}")
        for tag, (vi, en) in _ORGANIZATION_FIELDS.items()
    }


_RECEIVER = inside(paths.UPDATE, f"{Tag.RECEIVER_LIST}.{Tag.RECEIVER}")

NAMES: Final[Mapping[str, _Name]] = MappingProxyType(
    {
        **_of(paths.FROM, ("cơ quan gửi", "the sender")),
        **_of(paths.TO, ("cơ quan nhận", "the recipient")),
        paths.TO: ("cơ quan nhận", "recipient"),
        inside(paths.MESSAGE_HEADER, Tag.DOCUMENT_ID): ("mã định danh văn bản", "document id"),
        inside(paths.CODE, Tag.CODE_NUMBER): ("số văn bản", "document number"),
        inside(paths.CODE, Tag.CODE_NOTATION): ("ký hiệu văn bản", "document notation"),
        inside(paths.PROMULGATION, Tag.PLACE): ("địa danh ban hành", "place of issue"),
        inside(paths.PROMULGATION, Tag.PROMULGATION_DATE): ("ngày ban hành văn bản", "date of issue"),
        inside(paths.DOCUMENT_TYPE, Tag.TYPE_NAME): ("tên loại văn bản", "name of the document type"),
        inside(paths.MESSAGE_HEADER, Tag.SUBJECT): ("trích yếu nội dung", "subject"),
        inside(paths.MESSAGE_HEADER, Tag.CONTENT): ("nội dung tóm tắt", "summary"),
        inside(paths.SIGNER, Tag.COMPETENCE): ("quyền hạn ký", "signing capacity"),
        inside(paths.SIGNER, Tag.POSITION): ("chức vụ người ký", "position of the signer"),
        inside(paths.SIGNER, Tag.FULL_NAME): ("họ tên người ký", "name of the signer"),
        inside(paths.OTHER_INFO, Tag.SPHERE): ("phạm vi lưu hành", "sphere of circulation"),
        inside(paths.OTHER_INFO, Tag.TYPIST): ("ký hiệu người soạn thảo", "initials of the drafter"),
        inside(paths.OTHER_INFO, Tag.COPIES): ("số lượng bản phát hành", "number of copies"),
        inside(paths.OTHER_INFO, Tag.PAGES): ("số trang", "number of pages"),
        inside(paths.APPENDIXES, Tag.APPENDIX): ("tên phụ lục", "title of an appendix"),
        inside(paths.TO_PLACES, Tag.PLACE): ("dòng “Nơi nhận”", "line of places received"),
        paths.TRACE: ("vết gửi nhận đầu tiên", "first trace entry"),
        inside(paths.BUSINESS, Tag.BUSINESS_DOC_REASON): ("lý do", "reason"),
        inside(paths.BUSINESS, Tag.DOCUMENT_ID): ("mã định danh của văn bản được nói đến", "id of the document meant"),
        paths.STAFF: ("thông tin cán bộ thực hiện", "contact of the clerk"),
        paths.UPDATE: ("thông tin cập nhật", "description of the update"),
        inside(paths.UPDATE, Tag.RECEIVER_LIST): (
            "danh sách cơ quan nhận được thêm hoặc bỏ",
            "list of recipients added or removed",
        ),
        inside(_RECEIVER, Tag.ORGAN_ID): (
            "mã định danh của cơ quan nhận được thêm hoặc bỏ",
            "agency id of a recipient added or removed",
        ),
        inside(_RECEIVER, Tag.RECEIVER_TYPE): (
            "cách thay đổi (0 là bỏ, 1 là thêm) của cơ quan nhận",
            "kind of change (0 removed, 1 added) of a recipient",
        ),
        paths.REPLACEMENTS: ("danh sách văn bản bị thay thế", "list of replaced documents"),
        inside(paths.REPLACEMENT, Tag.DOCUMENT_ID): ("mã định danh văn bản bị thay thế", "id of a replaced document"),
        inside(paths.REPLACEMENT, Tag.ORGAN_ID_LIST): (
            "danh sách cơ quan mà văn bản bị thay thế",
            "list of agencies for which the document is replaced",
        ),
        paths.ATTACHMENT: ("tệp đính kèm", "attachment"),
        inside(paths.ATTACHMENT, Tag.ENCODED): ("nội dung của tệp đính kèm", "content of an attachment"),
        inside(paths.RESPONSE_FOR, Tag.ORGAN_ID): (
            "mã định danh của cơ quan được phản hồi",
            "id of the agency the status is for",
        ),
        inside(paths.RESPONSE_FOR, Tag.DOCUMENT_ID): (
            "mã định danh của văn bản được phản hồi",
            "id of the document the status is about",
        ),
        inside(paths.RESPONSE_FOR, Tag.CODE): (
            "số và ký hiệu của văn bản được phản hồi",
            "number and notation of the document the status is about",
        ),
        inside(paths.RESPONSE_FOR, Tag.PROMULGATION_DATE): (
            "ngày ban hành của văn bản được phản hồi",
            "date of issue of the document the status is about",
        ),
        inside(paths.MESSAGE_HEADER, Tag.STATUS_CODE): ("mã trạng thái", "status code"),
        inside(paths.MESSAGE_HEADER, Tag.DESCRIPTION): ("lý do (Description)", "reason (Description)"),
        inside(paths.MESSAGE_HEADER, Tag.TIMESTAMP): ("thời điểm cập nhật trạng thái", "time of the status"),
    }
)
"""What each place of the table is called, in Vietnamese and in English."""


def missing(place: str) -> Words:
    """Return the words for a required place that holds nothing."""
    vi, en = NAMES[place]
    return Words(
        vi=f"Thiếu {vi}.",
        en=f"Missing: {en}.",
        do_vi=f"Bổ sung {vi} vào phần tử {place}, ký lại và gửi lại.",
        do_en=f"Fill in the {en} in {place}, then sign and send again.",
    )


def advised(place: str) -> Words:
    """Return the words for a place that should hold something; the message is taken without it."""
    vi, en = NAMES[place]
    return Words(
        vi=f"Chưa có {vi}.",
        en=f"Not given: {en}.",
        do_vi=f"Gói tin vẫn được nhận. Lần sau nên ghi {vi} vào phần tử {place}.",
        do_en=f"The message is taken as it is. Next time, give the {en} in {place}.",
    )


def too_long(place: str, limit: int) -> Words:
    """Return the words for a text over the length of the field table; it is never cut."""
    vi, en = NAMES[place]
    return Words(
        vi=f"Dài quá {limit} ký tự: {vi}.",
        en=f"Longer than {limit} characters: {en}.",
        do_vi="Gói tin vẫn được nhận, không bị cắt bớt, nhưng phần mềm bên nhận có thể hiển thị thiếu. Nên rút gọn.",
        do_en="The message is taken and nothing is cut, but receiving software may show less. Make it shorter.",
    )


def too_high(place: str, limit: int) -> Words:
    """Return the words for a number that existing receivers cannot hold."""
    vi, en = NAMES[place]
    return Words(
        vi=f"Lớn hơn {limit}: {vi}.",
        en=f"Higher than {limit}: {en}.",
        do_vi="Gói tin vẫn được nhận. Kiểm tra lại con số; phần mềm của bên nhận có thể không đọc được.",
        do_en="The message is taken. Check the number; receiving software may be unable to read it.",
    )


def no_email(place: str) -> Words:
    """Return the words for an e-mail address that cannot be one."""
    vi, en = NAMES.get(place, ("thư điện tử của cán bộ thực hiện", "e-mail address of the clerk"))
    return Words(
        vi=f"Không đúng dạng địa chỉ: {vi}.",
        en=f"Not a possible address: {en}.",
        do_vi="Gói tin vẫn được nhận. Ghi một địa chỉ dạng ten@coquan.gov.vn hoặc để trống.",
        do_en="The message is taken. Give one address like name@agency.gov.vn, or leave it out.",
    )


TOO_MANY_RECIPIENTS: Final = Words(
    vi="Gói tin có quá nhiều cơ quan nhận.",
    en="The message has too many recipients.",
    do_vi="Chia danh sách cơ quan nhận thành nhiều gói tin, mỗi gói tin một mã định danh văn bản riêng.",
    do_en="Split the recipients over several messages, each with a document id of its own.",
)
TOO_MANY_ATTACHMENTS: Final = Words(
    vi="Gói tin có quá nhiều tệp đính kèm.",
    en="The message has too many attachments.",
    do_vi="Gộp các tệp nhỏ vào một tệp nén .zip hoặc chia văn bản thành nhiều gói tin.",
    do_en="Put small files together into one .zip file, or split the document over several messages.",
)
TOO_MANY_FINDINGS: Final = Words(
    vi="Còn nhiều lỗi khác không được liệt kê.",
    en="There are more findings that are not listed.",
    do_vi="Sửa các lỗi đã nêu rồi kiểm tra lại để thấy các lỗi còn lại.",
    do_en="Correct what is listed, then check again to see the rest.",
)
ISSUED_IN_FUTURE: Final = Words(
    vi="Ngày ban hành văn bản nằm trong tương lai.",
    en="The date of issue lies in the future.",
    do_vi="Kiểm tra ngày ban hành (năm/tháng/ngày) và đồng hồ của phần mềm, ký lại và gửi lại.",
    do_en="Check the date of issue (year/month/day) and the clock of the software, then sign and send again.",
)
UNKNOWN_PRIORITY: Final = Words(
    vi="Độ khẩn không thuộc các giá trị từ 0 đến 4.",
    en="The urgency is not one of the values 0 to 4.",
    do_vi="Ghi 0 (thường), 1 (khẩn), 2 (thượng khẩn), 3 (hỏa tốc) hoặc 4 (hỏa tốc hẹn giờ).",
    do_en="Give 0 (normal), 1 (urgent), 2 (very urgent), 3 (express) or 4 (express by a stated hour).",
)
UNKNOWN_BUSINESS: Final = Words(
    vi="Loại nghiệp vụ không thuộc các giá trị từ 0 đến 3.",
    en="The business type is not one of the values 0 to 3.",
    do_vi="Ghi 0 (văn bản mới), 1 (thu hồi), 2 (cập nhật) hoặc 3 (thay thế).",
    do_en="Give 0 (new), 1 (recall), 2 (update) or 3 (replacement).",
)
UNKNOWN_STEERING: Final = Words(
    vi="Loại chỉ đạo không thuộc các giá trị từ 0 đến 3.",
    en="The steering type is not one of the values 0 to 3.",
    do_vi="Gói tin vẫn được nhận và giữ nguyên giá trị. Nên ghi một giá trị từ 0 đến 3.",
    do_en="The message is taken and the value kept. Use a value from 0 to 3.",
)
UNKNOWN_RECEIVER_TYPE: Final = Words(
    vi="Không rõ cơ quan nhận được thêm hay bị bỏ.",
    en="It is not clear whether the recipient is added or removed.",
    do_vi="Ghi ReceiverType là 0 (bỏ khỏi danh sách nhận) hoặc 1 (thêm vào danh sách nhận).",
    do_en="Give ReceiverType 0 (removed from the recipients) or 1 (added to the recipients).",
)
NOTHING_CHANGES: Final = Words(
    vi="Bản cập nhật không cho biết thay đổi gì.",
    en="The update says that nothing changes.",
    do_vi="Gói tin vẫn được nhận. Đặt DocumentInfo hoặc DocumentReceiver bằng 1 theo nội dung cập nhật.",
    do_en="The message is taken. Set DocumentInfo or DocumentReceiver to 1, whichever changes.",
)
RECEIVERS_NOT_ANNOUNCED: Final = Words(
    vi="Có danh sách cơ quan nhận nhưng DocumentReceiver bằng 0.",
    en="Recipients are listed although DocumentReceiver is 0.",
    do_vi="Đặt DocumentReceiver bằng 1 nếu danh sách nhận thay đổi, hoặc bỏ ReceiverList.",
    do_en="Set DocumentReceiver to 1 if the recipients change, or remove ReceiverList.",
)
UNKNOWN_STATUS: Final = Words(
    vi="Mã trạng thái không có trong danh sách đã công bố.",
    en="The status code is not in the published list.",
    do_vi="Mã được giữ nguyên và chuyển cho bên gửi mà không diễn giải. Nên dùng 01–06, 13, 15 hoặc 16.",
    do_en="The code is kept and passed on unexplained. Use 01–06, 13, 15 or 16.",
)
CLASSIFIED: Final = Words(
    vi=(
        "Văn bản có dấu chỉ độ mật. Quyết định 28/2018/QĐ-TTg (Điều 1) không áp dụng cho văn bản chứa bí mật nhà "
        "nước; Trục không nhận và không lưu nội dung."
    ),
    en=(
        "The document bears a marking of state secrecy. Decision 28/2018/QĐ-TTg (Article 1) does not cover state "
        "secrets; the axis takes nothing and keeps nothing of it."
    ),
    do_vi=(
        "Không gửi lại qua Trục. Gửi qua kênh dành cho văn bản mật và báo ngay cho bộ phận phụ trách bảo vệ bí mật nhà "
        "nước của cơ quan. Nếu văn bản không mật, bỏ dấu chỉ độ mật ở vị trí được nêu."
    ),
    do_en=(
        "Do not send it again through the axis. Use the channel for classified documents and inform at once the unit "
        "in charge of state secrets. If the document is not secret, remove the marking at the place named."
    ),
)
