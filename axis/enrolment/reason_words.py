"""The words of every reason of enrolment, in Vietnamese and English: what is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from envelopes.errors import Words

_AGENCIES: Final = {
    "enrolment/no-reason": Words(
        vi="Thay đổi danh mục phải ghi người thực hiện và lý do (tối đa {limit} ký tự).",
        en="A change of the directory names its author and its reason (at most {limit} characters).",
        do_vi="Nêu số, ngày của quyết định hoặc văn bản đề nghị làm lý do.",
        do_en="Give the number and date of the decision or request as the reason.",
    ),
    "enrolment/already-closed": Words(
        vi="Cơ quan đã ngừng hoạt động từ ngày {closed}.",
        en="The agency has been closed from {closed} on.",
        do_vi="Nếu ngày đó sai, sửa bằng lệnh nhập danh mục; cơ quan kế thừa sửa bằng lệnh succeed.",
        do_en="If that date is wrong, correct it by an import; successors are set with the command succeed.",
    ),
    "enrolment/closes-before-opening": Words(
        vi="Ngày ngừng hoạt động không sau ngày bắt đầu hoạt động ({opens}).",
        en="The closing date is not after the day the agency came into being ({opens}).",
        do_vi="Kiểm tra ngày có hiệu lực của quyết định giải thể, sáp nhập.",
        do_en="Check the effective date of the decision that closes the agency.",
    ),
    "enrolment/no-successor": Words(
        vi="Chưa nêu cơ quan kế thừa nào.",
        en="No successor is given.",
        do_vi="Nêu ít nhất một cơ quan kế thừa có trong danh mục.",
        do_en="Name at least one successor that is in the directory.",
    ),
    "enrolment/not-a-successor": Words(
        vi="Cơ quan này không phải là cơ quan kế thừa của {closed}.",
        en="This agency is no successor of {closed}.",
        do_vi="Ghi nhận cơ quan kế thừa bằng lệnh axis agency succeed trước, hoặc chọn một cơ quan kế thừa đã có.",
        do_en="Name it as a successor with axis agency succeed first, or choose one of those there are.",
    ),
    "enrolment/forwards-to-whom": Words(
        vi="Cơ quan có nhiều cơ quan kế thừa; chưa nêu cơ quan nào nhận thay.",
        en="The agency has several successors, and it is not said which of them gets its mail.",
        do_vi="Nêu một cơ quan kế thừa bằng --to; Trục không gửi một văn bản cho nhiều cơ quan kế thừa.",
        do_en="Name one of them with --to; one message does not go to several successors.",
    ),
    "enrolment/forwards-elsewhere": Words(
        vi="Văn bản gửi cơ quan này đang được chuyển cho {other}, không có trong các cơ quan kế thừa mới.",
        en="Mail to this agency goes to {other}, which is not among the new successors.",
        do_vi="Bỏ quy tắc chuyển tiếp bằng lệnh axis agency forward --off trước, rồi đặt lại sau.",
        do_en="End the rule with axis agency forward --off first, and set it anew afterwards.",
    ),
}

_CERTIFICATES: Final = {
    "enrolment/certificate-unreadable": Words(
        vi="Tệp không chứa chứng thư số X.509 (DER hoặc PEM) đọc được.",
        en="The file holds no readable X.509 certificate, neither DER nor PEM.",
        do_vi="Xuất lại chứng thư số (không kèm khóa bí mật) ở dạng DER hoặc PEM.",
        do_en="Export the certificate again, without its private key, as DER or PEM.",
    ),
    "enrolment/certificate-of-authority": Words(
        vi="Đây là chứng thư số của tổ chức chứng thực, không phải của cơ quan.",
        en="This is the certificate of a certification authority, not of an agency.",
        do_vi="Đăng ký chứng thư số mà chính cơ quan dùng để ký.",
        do_en="Register the certificate that the agency itself signs with.",
    ),
    "enrolment/certificate-key-forbidden": Words(
        vi="Khóa của chứng thư số quá yếu hoặc thuộc loại không được phép.",
        en="The key of the certificate is too weak or of a kind that is not allowed.",
        do_vi="Dùng chứng thư số có khóa RSA từ 2048 bit hoặc ECDSA P-256, P-384.",
        do_en="Use a certificate with an RSA key of at least 2048 bits, or ECDSA P-256 or P-384.",
    ),
    "enrolment/certificate-window": Words(
        vi="Thời gian đăng ký từ {start} đến {end} đã qua, bị đảo ngược hoặc nằm ngoài thời hạn của chứng thư số.",
        en="The window from {start} to {end} is over, upside down, or outside the certificate's own validity.",
        do_vi="Chọn thời gian nằm trong thời hạn của chứng thư số và còn hiệu lực.",
        do_en="Choose a window that overlaps the certificate's validity and is not over.",
    ),
    "enrolment/certificate-of-another": Words(
        vi="Chứng thư số này đã được đăng ký cho cơ quan {owner}.",
        en="This certificate is registered for the agency {owner}.",
        do_vi="Mỗi chứng thư số chỉ thuộc một cơ quan: dùng chứng thư số của chính cơ quan này.",
        do_en="A certificate belongs to one agency: use one issued to this agency.",
    ),
    "enrolment/certificate-suspended": Words(
        vi="Đăng ký của chứng thư số này đang bị tạm đình chỉ.",
        en="The registration of this certificate is suspended.",
        do_vi="Khôi phục bằng lệnh restore-certificate, kèm lý do, rồi mới thay đổi thời gian.",
        do_en="Restore it with restore-certificate, giving a reason, before changing its window.",
    ),
    "enrolment/certificate-unknown": Words(
        vi="Không có chứng thư số nào được đăng ký với giá trị băm này.",
        en="No certificate is registered under this fingerprint.",
        do_vi="Xem giá trị băm SHA-256 bằng lệnh axis agency show.",
        do_en="See the SHA-256 fingerprints with axis agency show.",
    ),
}

_SYSTEMS: Final = {
    "enrolment/system-exists": Words(
        vi="Mã hệ thống kết nối này đã được dùng.",
        en="This system id is in use.",
        do_vi="Chọn mã khác; mã đã dùng không được cấp lại, kể cả khi hệ thống đã bị gỡ bỏ.",
        do_en="Choose another id; an id is never given again, not even after the system was removed.",
    ),
    "enrolment/system-unknown": Words(
        vi="Không có hệ thống kết nối nào mang mã này.",
        en="No connected system has this id.",
        do_vi="Xem danh sách bằng lệnh axis system show.",
        do_en="See the list with axis system show.",
    ),
    "enrolment/system-removed": Words(
        vi="Hệ thống này đã bị gỡ bỏ; việc gỡ bỏ là vĩnh viễn.",
        en="This system was removed, and removal is for ever.",
        do_vi="Đăng ký hệ thống mới với mã khác.",
        do_en="Register a new system under another id.",
    ),
    "enrolment/system-without-scope": Words(
        vi="Hệ thống chưa được giao hoạt động thay cho cơ quan nào.",
        en="The system is to act for no agency.",
        do_vi="Nêu ít nhất một cơ quan (kèm hoặc không kèm các đơn vị trực thuộc).",
        do_en="Name at least one agency, with or without those below it.",
    ),
    "enrolment/system-name": Words(
        vi="Tên hệ thống trống, dài quá {limit} ký tự hoặc có khoảng trắng ở hai đầu.",
        en="The system's name is empty, longer than {limit} characters, or has blanks at its ends.",
        do_vi="Đặt tên ngắn gọn mà người vận hành nhận ra.",
        do_en="Give a short name that operators recognise.",
    ),
    "enrolment/key-unreadable": Words(
        vi="Tệp không chứa khóa công khai dùng được (JWK hoặc PEM; ECDSA P-256, P-384 hoặc RSA từ 2048 bit).",
        en="The file holds no usable public key (JWK or PEM; ECDSA P-256 or P-384, or RSA of at least 2048 bits).",
        do_vi="Đề nghị đơn vị kết nối gửi lại khóa công khai.",
        do_en="Ask those who connect the system for their public key again.",
    ),
    "enrolment/key-private": Words(
        vi="Tệp chứa khóa bí mật; Trục chỉ đăng ký khóa công khai và không bao giờ nhận khóa bí mật.",
        en="The file holds a private key; the axis registers public keys and never takes a private one.",
        do_vi="Coi khóa này như đã lộ nếu nó được gửi đi; tạo cặp khóa mới và chỉ gửi khóa công khai.",
        do_en="If it was sent to you, treat it as leaked: have a new pair made and only its public half sent.",
    ),
    "enrolment/key-repeated": Words(
        vi="Hệ thống đã có hoặc từng có khóa với mã này.",
        en="The system has, or had, a key with this id.",
        do_vi="Tạo cặp khóa mới; khóa cũ không được dùng lại.",
        do_en="Make a new pair; a key that was replaced is not used again.",
    ),
    "enrolment/overlap": Words(
        vi="Thời gian dùng song song hai khóa là từ 0 đến {limit} giờ.",
        en="Old and new key overlap for 0 to {limit} hours.",
        do_vi="Chọn khoảng đủ để cập nhật phần mềm; 0 nếu khóa cũ đã lộ.",
        do_en="Choose as long as the software's update takes; 0 where the old key has leaked.",
    ),
}

_WEBHOOKS: Final = {
    "enrolment/webhook-address": Words(
        vi="Địa chỉ nhận thông báo phải là https, không kèm tên đăng nhập, phần truy vấn (?) hay phần sau dấu #; "
        "http chỉ dùng cho chính máy này.",
        en="A webhook's address is https, without user, query (?) and fragment (#); http is for this machine itself.",
        do_vi="Sửa địa chỉ; bên nhận biết người gọi là Trục nhờ chữ ký, không nhờ mã bí mật trong địa chỉ.",
        do_en="Correct the address; who calls, a receiver knows by the signature, not by a secret in the address.",
    ),
    "enrolment/webhook-not-allowed": Words(
        vi="Trục không được gọi địa chỉ này: dùng http khi vận hành chính thức, hoặc là địa chỉ của chính Trục.",
        en="This address may not be called: it is http in production, or one of the axis's own doors.",
        do_vi="Khai báo địa chỉ https của hệ thống nhận.",
        do_en="Give the https address of the receiving system.",
    ),
    "enrolment/webhook-private": Words(
        vi="Tên máy chủ dẫn đến địa chỉ mạng nội bộ chưa được cho phép.",
        en="The host's name leads to an address inside that nobody allowed.",
        do_vi="Dùng địa chỉ công khai; nếu hệ thống nhận thật sự ở mạng nội bộ, khai báo mạng đó trong "
        "AXIS_WEBHOOKS__NETWORKS.",
        do_en="Use a public address; if the receiver really is inside, list its network in AXIS_WEBHOOKS__NETWORKS.",
    ),
    "enrolment/webhook-unresolved": Words(
        vi="Không tra được địa chỉ của tên máy chủ.",
        en="The host's name has no address, or none came in time.",
        do_vi="Kiểm tra tên máy chủ và dịch vụ DNS rồi chạy lại lệnh.",
        do_en="Check the name and the DNS, then give the command again.",
    ),
    "enrolment/webhook-absent": Words(
        vi="Hệ thống này chưa có địa chỉ nhận thông báo.",
        en="This system has no webhook.",
        do_vi="Khai báo bằng lệnh `axis system webhook set`.",
        do_en="Set one with `axis system webhook set`.",
    ),
    "enrolment/webhook-span": Words(
        vi="Khoảng thời gian cần gửi lại phải kết thúc sau khi bắt đầu.",
        en="The span of time to repeat ends after it begins.",
        do_vi="Sửa --from và --to.",
        do_en="Correct --from and --to.",
    ),
}

_FILES: Final = {
    "agency-file/too-large": Words(
        vi="Tệp lớn hơn {limit} MB: cả nước có chưa đến 200.000 cơ quan, tương đương khoảng một nửa mức này.",
        en="The file is larger than {limit} MB; the whole country's 200,000 agencies need about half of that.",
        do_vi="Kiểm tra có chọn nhầm tệp; nếu đúng, chia thành nhiều tệp, cấp trên trước.",
        do_en="Check that it is the right file; if so, split it, parents first.",
    ),
    "agency-file/not-utf8": Words(
        vi="Tệp không ở bảng mã UTF-8.",
        en="The file is not UTF-8.",
        do_vi="Lưu lại tệp ở dạng 'CSV UTF-8' hoặc JSON UTF-8.",
        do_en="Save it again as 'CSV UTF-8' or as JSON in UTF-8.",
    ),
    "agency-file/malformed": Words(
        vi="Tệp sai cú pháp tại dòng này: {fault}.",
        en="The file is malformed at this line: {fault}.",
        do_vi="Sửa cú pháp; JSON là một danh sách các đối tượng, CSV theo RFC 4180.",
        do_en="Correct the syntax: JSON is one list of objects, CSV follows RFC 4180.",
    ),
    "agency-file/separator": Words(
        vi="Các cột không cách nhau bằng dấu phẩy.",
        en="The columns are not separated by commas.",
        do_vi="Xuất lại tệp với dấu phẩy; dấu chấm phẩy chỉ dùng giữa các mã trong một ô.",
        do_en="Export it with commas; semicolons stand only between ids inside one cell.",
    ),
    "agency-file/column-missing": Words(
        vi='Thiếu cột "{column}".',
        en="The column {column} is missing.",
        do_vi="Để đủ các cột, kể cả cột trống: thiếu một cột thì không rõ là giữ nguyên hay xóa giá trị cũ.",
        do_en="Keep every column, empty ones too: without it nobody can tell whether old values stay or go.",
    ),
    "agency-file/column-unknown": Words(
        vi="Không có cột nào tên như vậy.",
        en="There is no such column.",
        do_vi="Các cột là: {columns}.",
        do_en="The columns are: {columns}.",
    ),
    "agency-file/column-repeated": Words(
        vi="Cột này xuất hiện hai lần.",
        en="This column stands there twice.",
        do_vi="Để lại một cột.",
        do_en="Leave one of them.",
    ),
    "agency-file/empty": Words(
        vi="Tệp không có cơ quan nào.",
        en="The file holds no agency.",
        do_vi="Kiểm tra có chọn nhầm tệp.",
        do_en="Check that it is the right file.",
    ),
    "agency-file/too-many-faults": Words(
        vi="Còn nhiều dòng sai khác không liệt kê ở đây.",
        en="More rows are wrong than are listed here.",
        do_vi="Sửa các dòng đã nêu rồi chạy lại.",
        do_en="Correct those listed and try again.",
    ),
}

_ROWS: Final = {
    "agency-row/length": Words(
        vi="Dòng có {count} ô, tiêu đề có {expected} cột.",
        en="The row has {count} cells where the header has {expected}.",
        do_vi="Đặt ô có dấu phẩy trong dấu ngoặc kép.",
        do_en="Put cells that contain commas between double quotes.",
    ),
    "agency-row/no-id": Words(
        vi="Dòng không có mã định danh.",
        en="The row has no id.",
        do_vi="Ghi mã định danh chính thức của cơ quan vào cột organ_id.",
        do_en="Write the agency's official id into the column organ_id.",
    ),
    "agency-row/id": Words(
        vi="Đây không phải là mã định danh cơ quan.",
        en="This is no agency id.",
        do_vi="Mã gồm 1 đến 35 ký tự: chữ cái không dấu, chữ số, dấu chấm, gạch nối, gạch dưới (QĐ 20/2020/QĐ-TTg).",
        do_en="An id has 1 to 35 characters: ASCII letters and digits, dots, hyphens and underscores (QĐ 20/2020).",
    ),
    "agency-row/name": Words(
        vi="Tên trống, dài quá {limit} ký tự, hoặc chứa ký tự không hiển thị được.",
        en="The name is empty, longer than {limit} characters, or holds characters that cannot be carried.",
        do_vi="Ghi tên chính thức của cơ quan.",
        do_en="Write the agency's official name.",
    ),
    "agency-row/switch": Words(
        vi="Giá trị phải là true hoặc false.",
        en="The value is true or false.",
        do_vi="Ghi true hoặc false; để trống là giá trị thường gặp.",
        do_en="Write true or false; empty stands for the usual one.",
    ),
    "agency-row/date": Words(
        vi="Đây không phải là ngày ở dạng năm-tháng-ngày.",
        en="This is no date written as year-month-day.",
        do_vi="Ghi ngày như 2025-03-01.",
        do_en="Write dates as 2025-03-01.",
    ),
    "agency-row/kind": Words(
        vi="Giá trị sai kiểu: cần {kind}.",
        en="The value is of the wrong kind: {kind} is needed.",
        do_vi="Chuỗi đặt trong ngoặc kép, danh sách trong ngoặc vuông, true, false và null viết thường.",
        do_en="Texts stand in quotes, lists in brackets; true, false and null are written in small letters.",
    ),
    "agency-row/contradiction": Words(
        vi="Dòng tự mâu thuẫn: một mã được nêu hai lần, ngày kết thúc không sau ngày bắt đầu, hoặc cơ quan nhận thay "
        "không phải là cơ quan kế thừa.",
        en="The row contradicts itself: an id is given twice, it ends no later than it begins, or its mail goes to "
        "no successor.",
        do_vi="Kiểm tra mã, các mã khác (không phân biệt chữ hoa, chữ thường), cơ quan kế thừa, cơ quan nhận thay "
        "và hai ngày.",
        do_en="Check the id, the aliases (upper and lower case are alike), the successors, who gets its mail and "
        "both dates.",
    ),
}

WORDS: Final[Mapping[str, Words]] = MappingProxyType({**_AGENCIES, **_CERTIFICATES, **_SYSTEMS, **_WEBHOOKS})
"""By code of a refused change."""

FILE_WORDS: Final[Mapping[str, Words]] = MappingProxyType({**_FILES, **_ROWS})
"""By code of a refused file or row."""
