"""What the command line itself says when something cannot be done; other floors bring their own words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from envelopes.errors import Phrase, Words


class CliCode(StrEnum):
    """Every reason the command line gives by itself. Stable: scripts read them with --json."""

    UNEXPECTED = "cli/unexpected"
    INTERRUPTED = "cli/interrupted"
    USAGE = "cli/usage"
    NOTHING_THERE = "cli/nothing-there"
    NO_ENTRY = "cli/no-entry"
    DEMO_FAILED = "cli/demo-failed"

    FILE_UNREADABLE = "cli/file-unreadable"
    FILE_UNWRITABLE = "cli/file-unwritable"
    FILE_EXISTS = "cli/file-exists"
    FILE_TOO_LARGE = "cli/file-too-large"
    VALUE_INVALID = "cli/value-invalid"

    PROFILE_MISSING = "cli/profile-missing"
    PROFILE_ELSEWHERE = "cli/profile-elsewhere"
    PROFILE_INVALID = "cli/profile-invalid"
    PROFILE_LACKS = "cli/profile-lacks"

    KEY_UNUSABLE = "cli/key-unusable"
    CERTIFICATE_UNREADABLE = "cli/certificate-unreadable"
    CERTIFICATE_UNJUDGED = "cli/certificate-unjudged"
    CERTIFICATE_OF_ANOTHER = "cli/certificate-of-another"
    TRUST_UNUSABLE = "cli/trust-unusable"
    SEAL_UNUSABLE = "cli/seal-unusable"
    SEAL_UNKNOWN = "cli/seal-unknown"
    NOT_SIGNABLE = "cli/not-signable"
    CANNOT_BE_CARRIED = "cli/cannot-be-carried"
    LIBRARIES_DIFFER = "cli/libraries-differ"

    RECEIPT_REFUSED = "cli/receipt-refused"
    NOT_REPORTED = "cli/not-reported"
    SEAL_REFUSED = "cli/seal-refused"
    CONTENT_DIFFERS = "cli/content-differs"
    AXIS_UNREACHABLE = "cli/axis-unreachable"
    ANSWER_UNREADABLE = "cli/answer-unreadable"
    TIMESTAMP_UNREACHABLE = "cli/timestamp-unreachable"
    TIMESTAMP_BUSY = "cli/timestamp-busy"
    TIMESTAMP_NOT_ANSWERED = "cli/timestamp-not-answered"

    ADDRESS_TAKEN = "cli/address-taken"
    NO_AUTHORITY_ASKED = "cli/no-authority-asked"
    NO_SEAL_REGISTER = "cli/no-seal-register"
    DATABASE_MISSING = "cli/database-missing"
    DATABASE_UNAVAILABLE = "cli/database-unavailable"
    DATABASE_BUSY = "cli/database-busy"
    SCHEMA_OUTDATED = "cli/schema-outdated"
    CLOCK_ASTRAY = "cli/clock-astray"
    DIRECTORY_INVALID = "cli/directory-invalid"
    EMBEDDED_UNAVAILABLE = "cli/embedded-unavailable"
    STORAGE_FAILED = "cli/storage-failed"
    BLOBS_UNAVAILABLE = "cli/blobs-unavailable"
    BLOB_KEYS_UNUSABLE = "cli/blob-keys-unusable"
    BLOBS_NOT_ENCRYPTED = "cli/blobs-not-encrypted"
    BLOBS_NOT_REWRAPPED = "cli/blobs-not-rewrapped"
    BLOBS_UPLOADS_WAIT = "cli/blobs-uploads-wait"


_GENERAL: Final = {
    CliCode.UNEXPECTED: Words(
        vi="Chương trình gặp lỗi ngoài dự kiến ({kind}).",
        en="The program met something it did not foresee ({kind}).",
        do_vi="Chạy lại; nếu vẫn lỗi, báo nhà phát triển kèm lệnh đã gõ và tên lỗi này.",
        do_en="Try again; if it stays, report the command and this name of the fault.",
    ),
    CliCode.INTERRUPTED: Words(
        vi="Đã dừng theo yêu cầu.",
        en="Interrupted.",
        do_vi="Chạy lại khi cần; việc đã hoàn tất trước đó vẫn còn.",
        do_en="Run it again when needed; what was done before stays done.",
    ),
    CliCode.USAGE: Words(
        vi="Lệnh gõ chưa đúng: {fault}.",
        en="The command line is not right: {fault}.",
        do_vi="Xem các tham số bằng --help sau tên lệnh.",
        do_en="See the options with --help after the command.",
    ),
    CliCode.DEMO_FAILED: Words(
        vi="Phần trình diễn không chạy đúng như dự kiến: {fault}.",
        en="The demonstration did not go as it must: {fault}.",
        do_vi="Chạy lại; nếu vẫn lỗi, báo nhà phát triển.",
        do_en="Run it again; if it stays, report it.",
    ),
    CliCode.NO_ENTRY: Words(
        vi="Danh mục không có mục nào mang mã này.",
        en="The directory has no entry under this id.",
        do_vi="Kiểm tra mã định danh: `axis agency export` ghi ra mọi cơ quan, `axis system show` liệt kê hệ thống.",
        do_en="Check the id: `axis agency export` writes every agency, `axis system show` lists every system.",
    ),
    CliCode.NOTHING_THERE: Words(
        vi="Không có gì mang mã này, hoặc không thuộc phạm vi của hệ thống gọi.",
        en="There is nothing under this id that concerns you.",
        do_vi="Kiểm tra lại mã; mã do Trục cấp khác với mã văn bản của cơ quan gửi.",
        do_en="Check the id; the axis's id of an envelope is another than the sender's id of the document.",
    ),
}

_FILES: Final = {
    CliCode.FILE_UNREADABLE: Words(
        vi="Không đọc được tệp.",
        en="The file cannot be read.",
        do_vi="Kiểm tra đường dẫn và quyền đọc.",
        do_en="Check its path, and that you may read it.",
    ),
    CliCode.FILE_UNWRITABLE: Words(
        vi="Không ghi được tệp.",
        en="The file cannot be written.",
        do_vi="Kiểm tra thư mục, quyền ghi và dung lượng đĩa.",
        do_en="Check the folder, that you may write there, and the free space.",
    ),
    CliCode.FILE_EXISTS: Words(
        vi="Đã có tệp mang tên này, nội dung khác; tệp không bị ghi đè.",
        en="A file of this name exists and holds something else; it was not overwritten.",
        do_vi="Chọn tên khác hoặc tự chuyển tệp cũ đi.",
        do_en="Choose another name, or move the old file away.",
    ),
    CliCode.FILE_TOO_LARGE: Words(
        vi="Tệp lớn hơn {limit} MB.",
        en="The file is larger than {limit} MB.",
        do_vi="Kiểm tra có chọn nhầm tệp; văn bản lớn hơn gửi thành nhiều phần.",
        do_en="Check that it is the right file; larger documents travel in parts.",
    ),
    CliCode.VALUE_INVALID: Words(
        vi="Giá trị không hợp lệ: cần {kind}.",
        en="The value cannot be used: {kind} is needed.",
        do_vi="Sửa giá trị rồi chạy lại.",
        do_en="Correct it and try again.",
    ),
    CliCode.PROFILE_MISSING: Words(
        vi="Chưa có hồ sơ kết nối (địa chỉ Trục, mã hệ thống, khóa).",
        en="There is no connection profile (the axis's address, the system's id, its key).",
        do_vi="Nêu tệp bằng --profile hoặc biến môi trường AXIS_PROFILE; axis up tạo sẵn một tệp.",
        do_en="Name the file with --profile or in AXIS_PROFILE; axis up writes one.",
    ),
    CliCode.PROFILE_ELSEWHERE: Words(
        vi='AXIS_PROFILE nêu đường dẫn tương đối, tính từ thư mục hiện tại "{name}", và ở đó không có tệp này.',
        en="AXIS_PROFILE holds a relative path; it counts from the present folder {name}, and there is no such file.",
        do_vi="Đặt AXIS_PROFILE thành đường dẫn tuyệt đối, hoặc chạy lệnh từ thư mục đã đặt biến.",
        do_en="Set AXIS_PROFILE to an absolute path, or run the command from the folder where it was set.",
    ),
    CliCode.PROFILE_INVALID: Words(
        vi="Hồ sơ kết nối không hợp lệ: {fault}.",
        en="The connection profile is not valid: {fault}.",
        do_vi="Sửa tệp TOML theo mô tả trong docs/cli.md.",
        do_en="Correct the TOML file as docs/cli.md describes it.",
    ),
    CliCode.PROFILE_LACKS: Words(
        vi='Cần mục "{name}", nhưng cả hồ sơ kết nối lẫn dòng lệnh đều không có.',
        en="{name} is needed and stands neither in the profile nor on the command line.",
        do_vi="Bổ sung vào hồ sơ kết nối, hoặc dùng {option}.",
        do_en="Add it to the profile, or use {option}.",
    ),
}

_PROOF: Final = {
    CliCode.NOT_REPORTED: Words(
        vi="Chứng cứ này không nêu kết quả kiểm tra chữ ký số nên không lập được báo cáo.",
        en="This evidence does not say how signatures were judged, so that there is nothing to report.",
        do_vi="Dùng biên nhận tiếp nhận, chứng cứ từ chối hoặc chứng cứ SignatureValidation.",
        do_en="Use the receipt of an acceptance, a rejection, or a SignatureValidation.",
    ),
    CliCode.KEY_UNUSABLE: Words(
        vi="Khóa bí mật không dùng được: {fault}.",
        en="The private key cannot be used: {fault}.",
        do_vi="Kiểm tra tệp khóa, mật khẩu và chứng thư số đi kèm.",
        do_en="Check the key file, its password, and that the certificate belongs to it.",
    ),
    CliCode.CERTIFICATE_UNREADABLE: Words(
        vi="Tệp không chứa chứng thư số X.509 dạng PEM.",
        en="The file holds no X.509 certificate in PEM.",
        do_vi="Kiểm tra có chọn nhầm tệp.",
        do_en="Check that it is the right file.",
    ),
    CliCode.CERTIFICATE_UNJUDGED: Words(
        vi="Chưa xét được chứng thư số này có được tin cậy hay không: {fault}.",
        en="Whether the certificate is trusted was not judged: {fault}.",
        do_vi="Khai báo AXIS_TRUST__FOLDER như của Trục, rồi chạy `axis trust check` với tệp chứng thư số.",
        do_en="Set AXIS_TRUST__FOLDER as the axis has it, and run `axis trust check` on the certificate.",
    ),
    CliCode.CERTIFICATE_OF_ANOTHER: Words(
        vi="Chứng thư số ghi mã định danh của cơ quan {name}, nhưng được đăng ký cho cơ quan {owner}.",
        en="The certificate names agency {name} by its organizationIdentifier, and is registered for {owner}.",
        do_vi="Kiểm tra có chọn nhầm tệp hoặc cơ quan; nếu nhầm, dùng `axis agency suspend-certificate`.",
        do_en="Check the file and the agency; where one is wrong, `axis agency suspend-certificate` takes it back.",
    ),
    CliCode.TRUST_UNUSABLE: Words(
        vi="Không dùng được làm chứng thư số gốc: {fault}.",
        en="A certificate cannot serve as a trust anchor: {fault}.",
        do_vi="Dùng chứng thư số của tổ chức chứng thực, không phải của người ký.",
        do_en="Use certificates of certification authorities, not of signers.",
    ),
    CliCode.SEAL_UNUSABLE: Words(
        vi="Các chứng thư số này không đủ để kiểm chứng biên nhận: {fault}.",
        en="These certificates do not suffice to believe receipts: {fault}.",
        do_vi="Để trong tệp cả chứng thư số của con dấu số của Trục lẫn chứng thư số của tổ chức chứng thực đã cấp.",
        do_en="Put there the certificate of the axis's seal and that of the authority it goes back to.",
    ),
    CliCode.SEAL_UNKNOWN: Words(
        vi="Không xác định được con dấu số đang dùng: {fault}.",
        en="Nothing tells which seal is in use: {fault}.",
        do_vi="Khai báo tệp chứng thư số của con dấu số; không cần khóa bí mật, mật khẩu hay mã PIN.",
        do_en="Name the file with the seal's certificate; no private key, password or PIN is needed.",
    ),
    CliCode.NOT_SIGNABLE: Words(
        vi="Không ký được gói tin này: đã có chữ ký số, hoặc không có chỗ đặt chữ ký.",
        en="This package cannot be signed: it carries a signature, or has no place for one.",
        do_vi="Ký bản chưa ký; phần tử edXMLHeader là nơi đặt chữ ký.",
        do_en="Sign the unsigned form; the signature's place is edXMLHeader.",
    ),
    CliCode.CANNOT_BE_CARRIED: Words(
        vi="Định dạng edXML không mang được giá trị này: {fault}.",
        en="The format cannot carry a value: {fault}.",
        do_vi="Sửa giá trị trong bản mô tả.",
        do_en="Correct the value in the description.",
    ),
    CliCode.LIBRARIES_DIFFER: Words(
        vi="Các thư viện XML trên máy này không cùng phiên bản; Trục không chạy để tránh hỏng dữ liệu.",
        en="The XML libraries of this machine are of different versions; the axis does not run with them.",
        do_vi="Cài lại các thư viện đúng theo tệp requirements.lock.",
        do_en="Install the libraries again as requirements.lock has them.",
    ),
    CliCode.RECEIPT_REFUSED: Words(
        vi="Biên nhận không kiểm chứng được: {fault}. Biên nhận này không chứng minh điều gì.",
        en="The receipt does not verify: {fault}. Nothing is proved by it.",
        do_vi="Kiểm tra chứng thư số con dấu số của Trục và tệp đối chiếu; lấy lại biên nhận từ Trục.",
        do_en="Check the certificates of the seal and the file compared with; get the receipt from the axis again.",
    ),
    CliCode.SEAL_REFUSED: Words(
        vi="Không tin được con dấu số mới: {fault}.",
        en="The new seal is not believed: {fault}.",
        do_vi="Hỏi đơn vị vận hành Trục qua kênh khác, rồi tự tay thay chứng thư số đã ghim nếu đúng là đã đổi.",
        do_en="Ask the axis's operator by another way, and replace the pinned certificates by hand if it did change.",
    ),
    CliCode.CONTENT_DIFFERS: Words(
        vi="Nội dung tải về khác nội dung Trục đã công bố.",
        en="What was downloaded is not what the axis announced.",
        do_vi="Không xác nhận; tải lại.",
        do_en="Do not acknowledge; download again.",
    ),
    CliCode.AXIS_UNREACHABLE: Words(
        vi="Trục không trả lời.",
        en="No answer came from the axis.",
        do_vi="Kiểm tra mạng và địa chỉ trong hồ sơ kết nối; gửi lại là an toàn, Trục nhận ra văn bản đã tiếp nhận.",
        do_en="Check the network and the profile's address; sending again is safe, the axis recognises what it has.",
    ),
    CliCode.TIMESTAMP_UNREACHABLE: Words(
        vi="Tổ chức cấp dấu thời gian không trả lời: {fault}.",
        en="No answer came from the time-stamping authority: {fault}.",
        do_vi="Kiểm tra mạng và địa chỉ đã khai ở --timestamp, hoặc khai thêm một tổ chức khác.",
        do_en="Check the network and the address given with --timestamp, or name one more authority.",
    ),
    CliCode.TIMESTAMP_BUSY: Words(
        vi="Tổ chức cấp dấu thời gian báo là tạm thời không phục vụ được.",
        en="The time-stamping authority answers that it cannot serve just now.",
        do_vi="Thử lại sau ít phút, hoặc khai thêm một tổ chức khác ở --timestamp.",
        do_en="Try again in a few minutes, or name one more authority with --timestamp.",
    ),
    CliCode.TIMESTAMP_NOT_ANSWERED: Words(
        vi="Địa chỉ này có trả lời, nhưng không phải trả lời của tổ chức cấp dấu thời gian.",
        en="What answered at this address did not answer as a time-stamping authority does.",
        do_vi="Kiểm tra địa chỉ đã khai ở --timestamp: phải là nơi nhận yêu cầu cấp dấu thời gian theo RFC 3161.",
        do_en="Check the address given with --timestamp: it must be where RFC 3161 requests for time stamps go.",
    ),
    CliCode.ANSWER_UNREADABLE: Words(
        vi="Phản hồi không phải của Trục (HTTP {status}).",
        en="The answer is not from an axis (HTTP {status}).",
        do_vi="Kiểm tra địa chỉ trong hồ sơ kết nối và các máy chủ trung gian; gửi lại là an toàn.",
        do_en="Check the profile's address and what stands in between; sending again is safe.",
    ),
}

_STORAGE: Final = {
    CliCode.ADDRESS_TAKEN: Words(
        vi="Địa chỉ hoặc cổng mạng này không dùng được: chương trình khác đang dùng, hoặc máy không có địa chỉ đó.",
        en="This address or port cannot be listened on: another program has it, or the machine lacks it.",
        do_vi="Chọn cổng khác: --port với axis up, AXIS_WEB__PORT với axis serve, AXIS_WORKER__PORT với axis worker; "
        "hoặc dừng chương trình kia.",
        do_en="Choose another port: --port with axis up, AXIS_WEB__PORT with axis serve, AXIS_WORKER__PORT with axis "
        "worker; or stop the other program.",
    ),
    CliCode.NO_AUTHORITY_ASKED: Words(
        vi="Trục không được hỏi tổ chức chứng thực nào, nên không chữ ký số nào kết luận được là hợp lệ "
        "(INDETERMINATE / TRY_LATER): {fault}.",
        en="No authority may be asked: every signature stays INDETERMINATE / TRY_LATER, and {fault}.",
        do_vi="Khai báo ở AXIS_AUTHORITIES__HOSTS máy chủ OCSP và CRL của các tổ chức chứng thực (docs/operations.md).",
        do_en="Name the hosts of the authorities' OCSP and CRLs in AXIS_AUTHORITIES__HOSTS (docs/operations.md).",
    ),
    CliCode.NO_SEAL_REGISTER: Words(
        vi="Chưa khai báo thư mục ghi các con dấu số: không thay được con dấu số mà hệ thống của các cơ quan tự nhận "
        "ra con dấu số mới.",
        en="There is no folder for the register of seals: the seal cannot be changed so that agencies' systems follow.",
        do_vi="Đặt AXIS_SEAL__REGISTER_FOLDER, một thư mục chung cho mọi tiến trình (docs/operations.md).",
        do_en="Set AXIS_SEAL__REGISTER_FOLDER to a folder that all processes share (docs/operations.md).",
    ),
    CliCode.DATABASE_MISSING: Words(
        vi="Chưa khai báo cơ sở dữ liệu.",
        en="No database is set.",
        do_vi="Đặt AXIS_DATABASE__URL; axis up in ra giá trị của bản chạy thử.",
        do_en="Set AXIS_DATABASE__URL; axis up prints its own.",
    ),
    CliCode.DATABASE_UNAVAILABLE: Words(
        vi="Không kết nối được cơ sở dữ liệu, hoặc kết nối bị đứt giữa chừng.",
        en="The database cannot be reached, or the connection broke.",
        do_vi="Kiểm tra AXIS_DATABASE__URL và máy chủ PostgreSQL; xem thay đổi đã được ghi chưa rồi mới chạy lại.",
        do_en="Check AXIS_DATABASE__URL and the PostgreSQL server; before repeating, see whether the change was made.",
    ),
    CliCode.DATABASE_BUSY: Words(
        vi="Cơ sở dữ liệu đang bận việc khác; chưa có gì thay đổi.",
        en="The database is busy with something else; nothing was changed.",
        do_vi="Chạy lại sau ít phút.",
        do_en="Try again in a few minutes.",
    ),
    CliCode.SCHEMA_OUTDATED: Words(
        vi="Cấu trúc cơ sở dữ liệu không khớp với phiên bản chương trình.",
        en="The database does not have the shape this program needs.",
        do_vi="Chạy axis db upgrade.",
        do_en="Run axis db upgrade.",
    ),
    CliCode.CLOCK_ASTRAY: Words(
        vi="Đồng hồ của máy này chạy {fault} so với máy chủ cơ sở dữ liệu; chưa có gì thay đổi.",
        en="The clock of this machine is {fault} that of the database's server; nothing was changed.",
        do_vi="Xem máy nào sai giờ, đồng bộ lại đồng hồ máy đó với máy chủ thời gian rồi chạy lại lệnh.",
        do_en="See which of the two is wrong, have it follow a time server, and try again.",
    ),
    CliCode.DIRECTORY_INVALID: Words(
        vi="Danh mục trong cơ sở dữ liệu tự mâu thuẫn.",
        en="The directory in the database contradicts itself.",
        do_vi="Sửa từng điểm nêu dưới đây; đừng sửa trực tiếp trong cơ sở dữ liệu.",
        do_en="Mend each point below, and do not change the database by hand.",
    ),
    CliCode.EMBEDDED_UNAVAILABLE: Words(
        vi="Không khởi động được PostgreSQL đi kèm: {fault}.",
        en="The embedded PostgreSQL cannot be started: {fault}.",
        do_vi="Khắc phục điều nêu trên; muốn dùng PostgreSQL riêng thì chạy axis serve và axis worker.",
        do_en="Remove what is in the way; on a PostgreSQL of your own, run axis serve and axis worker instead.",
    ),
    CliCode.BLOBS_UNAVAILABLE: Words(
        vi="Không dùng được kho lưu gói tin của Trục: {fault}.",
        en="The object store, where the axis keeps packages, cannot be used: {fault}.",
        do_vi="Kiểm tra AXIS_BLOBS__…: thư mục, quyền ghi, dung lượng đĩa; hoặc địa chỉ, `bucket`, khóa truy cập S3.",
        do_en="Check AXIS_BLOBS__…: the folder, who may write there and the free space, or the S3 store and its keys.",
    ),
    CliCode.BLOB_KEYS_UNUSABLE: Words(
        vi="Không dùng được khóa mã hóa gói tin: {fault}.",
        en="The keys that packages are encrypted under cannot be used: {fault}.",
        do_vi="Sửa AXIS_BLOBS__KEYS_FOLDER; mỗi tệp `.key` có 64 chữ số thập lục phân (`openssl rand -hex 32`).",
        do_en="Mend the folder AXIS_BLOBS__KEYS_FOLDER; each `.key` file holds 64 hex digits (`openssl rand -hex 32`).",
    ),
    CliCode.BLOBS_NOT_ENCRYPTED: Words(
        vi="Trục này không mã hóa gói tin, vì không khai báo thư mục khóa.",
        en="This axis does not encrypt packages: no folder of keys is named.",
        do_vi="Khai báo AXIS_BLOBS__KEYS_FOLDER; cách tạo khóa ghi trong docs/operations.md.",
        do_en="Set AXIS_BLOBS__KEYS_FOLDER; docs/operations.md says how keys are made.",
    ),
    CliCode.BLOBS_NOT_REWRAPPED: Words(
        vi="Còn {count} gói tin chưa chuyển được sang khóa mới.",
        en="{count} packages could not be brought under the new key.",
        do_vi="Đưa khóa còn thiếu vào thư mục khóa rồi chạy lại; gói tin hỏng thì khôi phục từ bản sao lưu.",
        do_en="Put the missing keys into the folder and run it again; restore what is damaged from a backup.",
    ),
    CliCode.BLOBS_UPLOADS_WAIT: Words(
        vi="Gói tin đã chuyển xong, nhưng {count} phần của các lượt tải lên chưa hết hạn vẫn cần khóa cũ.",
        en="All packages are done, but {count} chunks of uploads that are not over need an older key.",
        do_vi="Giữ khóa cũ và chạy lại sau 25 giờ kể từ khi mọi tiến trình dùng khóa mới.",
        do_en="Keep the older key, and run it again 25 hours after all processes use the new one.",
    ),
    CliCode.STORAGE_FAILED: Words(
        vi="Hệ thống lưu trữ của Trục báo lỗi ({kind}); không rõ thay đổi đã được ghi hay chưa.",
        en="The axis's memory failed ({kind}); whether the change was made is not known.",
        do_vi="Xem nhật ký của Trục và của PostgreSQL; xem thay đổi đã được ghi chưa rồi mới chạy lại.",
        do_en="See the logs of the axis and of PostgreSQL; before repeating, see whether the change was made.",
    ),
}

CLI_WORDS: Final[Mapping[CliCode, Words]] = MappingProxyType({**_GENERAL, **_FILES, **_PROOF, **_STORAGE})
"""By code; placeholders are filled where the reason is given."""


def filled(code: CliCode, names: Mapping[str, str | Phrase]) -> Words:
    """Return the words of a reason with its placeholders filled."""
    return CLI_WORDS[code].filled(names)
