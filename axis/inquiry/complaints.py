"""Everything that may be stuck or broken: its stable code, how much it matters, and words for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from envelopes.errors import Phrase, Words


class Gravity(StrEnum):
    """How much a complaint matters."""

    BROKEN = "broken"
    """Something does not work, and does not mend itself."""
    LATE = "late"
    """Something waits longer than it should."""
    KNOWN = "known"
    """Somebody should know; nothing is wrong with the axis."""


class Complaint(StrEnum):
    """What `axis doctor` can find. Stable: scripts read it with --json."""

    DATABASE_AWAY = "doctor/database-away"
    SCHEMA_OTHER = "doctor/schema-other"
    CLOCK_ASTRAY = "doctor/clock-astray"
    PARTITIONS_MISSING = "doctor/partitions-missing"
    PARTITIONS_BEHIND = "doctor/partitions-behind"
    WORKER_NONE = "doctor/worker-none"
    STORE_AWAY = "doctor/store-away"
    TRUST_BROKEN = "doctor/trust-broken"
    SEAL_UNUSABLE = "doctor/seal-unusable"
    SEAL_ENDED = "doctor/seal-ended"
    SEAL_ENDS = "doctor/seal-ends-soon"

    DELIVERY_OVERDUE = "doctor/delivery-overdue"
    DELIVERY_ENDLESS = "doctor/delivery-cannot-be-ended"
    LEASE_OVERDUE = "doctor/lease-overdue"
    ALARM_OVERDUE = "doctor/alarm-overdue"
    EVIDENCE_LATE = "doctor/evidence-late"
    EVIDENCE_FAILING = "doctor/evidence-cannot-be-sealed"
    DEMAND_OVERDUE = "doctor/demand-overdue"
    NOTICE_OVERDUE = "doctor/notice-overdue"
    NOTICE_ENDLESS = "doctor/notice-not-ended"
    RECEIVER_RESTING = "doctor/receiver-resting"
    VERDICT_WAITING = "doctor/verdict-waiting"
    AUTHORITY_SILENT = "doctor/authority-silent"
    CERTIFICATE_OVERDUE = "doctor/certificate-overdue"
    DOCUMENT_OVERDUE = "doctor/document-overdue"
    UPLOAD_OVERDUE = "doctor/upload-overdue"
    HOUSE_UNKEPT = "doctor/house-not-kept"
    RECIPIENT_WITHOUT_SYSTEM = "doctor/recipient-no-system"

    DELIVERY_HELD = "doctor/delivery-held"
    RECIPIENT_SILENT = "doctor/recipient-silent"
    DEMAND_UNANSWERED = "doctor/demand-unanswered"
    LOOK_TOO_SLOW = "doctor/look-too-slow"

    @property
    def gravity(self) -> Gravity:
        """How much it matters."""
        return COMPLAINTS[self][0]

    @property
    def words(self) -> Words:
        """What is wrong and what to do, with places for names."""
        return COMPLAINTS[self][1]


_SURROUNDINGS: Final = {
    Complaint.DATABASE_AWAY: (
        Gravity.BROKEN,
        Words(
            vi="Cơ sở dữ liệu không trả lời: không tiếp nhận, chuyển phát hay cấp chứng cứ nào được.",
            en="The database does not answer: nothing is accepted, delivered or sealed.",
            do_vi="Kiểm tra AXIS_DATABASE__URL và máy chủ PostgreSQL; các tiến trình của Trục tự kết nối lại.",
            do_en="Check AXIS_DATABASE__URL and the PostgreSQL server; the axis's processes reconnect by themselves.",
        ),
    ),
    Complaint.SCHEMA_OTHER: (
        Gravity.BROKEN,
        Words(
            vi="Cấu trúc cơ sở dữ liệu không khớp với phiên bản chương trình này: tiến trình khởi động lại sẽ "
            "dừng ngay.",
            en="The database has another revision than this program: a process that is restarted ends at once.",
            do_vi="Chạy `axis db upgrade` bằng phiên bản mới nhất đã cài; hoặc chạy lệnh này bằng đúng phiên bản "
            "đang dùng.",
            do_en="Run `axis db upgrade` with the newest version installed, or this command with the one that runs.",
        ),
    ),
    Complaint.CLOCK_ASTRAY: (
        Gravity.BROKEN,
        Words(
            vi="Đồng hồ của máy này chạy {fault} so với máy chủ cơ sở dữ liệu; tiến trình của Trục trên máy này "
            "đang ngừng.",
            en="The clock of this machine is {fault} that of the database's server: the axis's processes here "
            "stand still.",
            do_vi="Xem máy nào sai giờ và đồng bộ lại với máy chủ thời gian; các tiến trình tự chạy tiếp sau một giây.",
            do_en="See which of the two is wrong and have it follow a time server; processes go on a second later.",
        ),
    ),
    Complaint.PARTITIONS_MISSING: (
        Gravity.BROKEN,
        Words(
            vi="Thiếu phân vùng của tháng này hoặc tháng sau ({count}), trước hết là {oldest}: sắp không ghi được gì.",
            en="Partitions of this month or the next are missing: {count}, {oldest} first. Soon nothing can be "
            "written.",
            do_vi="Chạy `axis db upgrade` để tạo ngay; rồi xem vì sao tiến trình axis worker đứng đầu không tạo trước.",
            do_en="Run `axis db upgrade`, which makes them; then see why the leader of the workers did not.",
        ),
    ),
    Complaint.PARTITIONS_BEHIND: (
        Gravity.LATE,
        Words(
            vi="Chưa có phân vùng đủ ba tháng tới, thiếu từ {oldest}: {why}.",
            en="Partitions do not stand ready for three months, {oldest} is missing: {why}.",
            do_vi="Khởi động axis worker, hoặc xem work_failed của `keep_house` trong nhật ký của tiến trình đứng đầu.",
            do_en="Start axis worker, or see work_failed of `keep_house` in the log of the leader.",
        ),
    ),
    Complaint.WORKER_NONE: (
        Gravity.BROKEN,
        Words(
            vi="Không có tiến trình axis worker nào đang làm việc: không ai giữ khóa của tiến trình đứng đầu.",
            en="No worker is at work: nobody holds the lock of the leader.",
            do_vi="Khởi động axis worker. Nếu có tiến trình đang chạy, xem clock_astray, work_failed trong nhật "
            "ký của nó.",
            do_en="Start axis worker. Where one runs, see clock_astray and work_failed in its log.",
        ),
    ),
    Complaint.STORE_AWAY: (
        Gravity.BROKEN,
        Words(
            vi="Không dùng được kho lưu gói tin: {fault}.",
            en="The object store, where packages are kept, cannot be used: {fault}.",
            do_vi="Kiểm tra AXIS_BLOBS__…: thư mục, quyền ghi, dung lượng đĩa, khóa mã hóa; hoặc kho S3 và khóa "
            "truy cập.",
            do_en="Check AXIS_BLOBS__…: the folder, who may write there, the keys of packages; or the S3 store.",
        ),
    ),
    Complaint.TRUST_BROKEN: (
        Gravity.BROKEN,
        Words(
            vi="Thư mục các tổ chức chứng thực được tin cậy bị hỏng: {fault}. Tiến trình khởi động lại sẽ dừng ngay.",
            en="The trust store is broken: {fault}. A process that is restarted ends at once.",
            do_vi="Chạy `axis trust check` để xem mọi chỗ sai, rồi sửa thư mục.",
            do_en="`axis trust check` tells all that is wrong; mend the folder.",
        ),
    ),
    Complaint.SEAL_UNUSABLE: (
        Gravity.BROKEN,
        Words(
            vi="Không đọc được chứng thư số của con dấu số: {fault}.",
            en="The certificate of the seal cannot be read: {fault}.",
            do_vi="Chạy `axis config check` để xem mọi chỗ sai.",
            do_en="`axis config check` tells all that is wrong.",
        ),
    ),
    Complaint.SEAL_ENDED: (
        Gravity.BROKEN,
        Words(
            vi="Chứng thư số của con dấu số đã hết hạn ngày {day}: Trục không tiếp nhận được gì.",
            en="The certificate of the seal ended on {day}: nothing is accepted.",
            do_vi="Thay con dấu số (docs/operations.md).",
            do_en="Change the seal (docs/operations.md).",
        ),
    ),
    Complaint.SEAL_ENDS: (
        Gravity.LATE,
        Words(
            vi="Chứng thư số của con dấu số hết hạn ngày {day}, còn chưa đầy một tháng.",
            en="The certificate of the seal ends on {day}, in less than a month.",
            do_vi="Xin chứng thư số mới và chạy `axis seal rotate`; hệ thống của các cơ quan cần thời gian để nhận ra.",
            do_en="Have the next one certified and run `axis seal rotate`; agencies' systems need time to follow.",
        ),
    ),
}

_WORK: Final = {
    Complaint.DELIVERY_OVERDUE: (
        Gravity.LATE,
        Words(
            vi="{count} lượt chuyển phát đã quá hạn mà chưa được xử lý: {why}.",
            en="Deliveries past their deadline, about which nothing was done: {count}; {why}.",
            do_vi="Khởi động axis worker, hoặc xem work_failed của `end_due` trong nhật ký.",
            do_en="Start axis worker, or see work_failed of `end_due` in the log.",
        ),
    ),
    Complaint.DELIVERY_ENDLESS: (
        Gravity.BROKEN,
        Words(
            vi="{count} lượt chuyển phát đã quá hạn nhưng không kết thúc được; Trục thử lại mỗi giờ.",
            en="Deliveries past their deadline that cannot be ended: {count}; it is tried again every hour.",
            do_vi="Tìm work_failed của `end_due` kèm mã lượt chuyển phát này trong nhật ký, báo nhà phát triển; "
            "`axis delivery end` kết thúc thủ công.",
            do_en="Find work_failed of `end_due` with this delivery in the log and report it; `axis delivery "
            "end` ends it "
            "by hand.",
        ),
    ),
    Complaint.LEASE_OVERDUE: (
        Gravity.LATE,
        Words(
            vi="{count} lượt nhận (lease) đã hết giờ mà văn bản chưa trở lại hàng chờ: {why}.",
            en="Leases that ran out and whose deliveries did not come back: {count}; {why}.",
            do_vi="Khởi động axis worker, hoặc xem work_failed của `return_leases` trong nhật ký.",
            do_en="Start axis worker, or see work_failed of `return_leases` in the log.",
        ),
    ),
    Complaint.ALARM_OVERDUE: (
        Gravity.LATE,
        Words(
            vi="{count} lượt chuyển phát chậm mà chưa được cảnh báo: {why}.",
            en="Delayed deliveries for which no alarm was raised: {count}; {why}.",
            do_vi="Khởi động axis worker, hoặc xem work_failed của `raise_alarms` trong nhật ký.",
            do_en="Start axis worker, or see work_failed of `raise_alarms` in the log.",
        ),
    ),
    Complaint.EVIDENCE_LATE: (
        Gravity.LATE,
        Words(
            vi="{count} chứng cứ phải cấp mà chưa ký được: {why}.",
            en="Evidence that is owed and not sealed: {count}; {why}.",
            do_vi="Khởi động axis worker; nếu có, xem seal_failed và work_failed của `attest` trong nhật ký.",
            do_en="Start axis worker; where one runs, see seal_failed and work_failed of `attest` in its log.",
        ),
    ),
    Complaint.EVIDENCE_FAILING: (
        Gravity.BROKEN,
        Words(
            vi="{count} chứng cứ không ký được dù đã thử nhiều lần; chứng cứ lâu nhất đã thử {attempts} lần.",
            en="Evidence that cannot be sealed though it was tried again and again, {attempts} times the oldest: "
            "{count}.",
            do_vi="Tìm work_failed của `attest` kèm mã sự kiện (`owed`) này trong nhật ký và báo nhà phát triển; "
            "khi sửa xong, Trục tự ký trong vòng sáu giờ.",
            do_en="Find work_failed of `attest` with this event (`owed`) in the log and report it; once mended it is "
            "sealed "
            "by itself within six hours.",
        ),
    ),
    Complaint.DEMAND_OVERDUE: (
        Gravity.LATE,
        Words(
            vi="{count} yêu cầu thu hồi hoặc cập nhật quá hạn trả lời mà chưa được cảnh báo: {why}.",
            en="Recalls or updates without an answer for which no alarm was raised: {count}; {why}.",
            do_vi="Khởi động axis worker, hoặc xem work_failed của `tell_unanswered` trong nhật ký.",
            do_en="Start axis worker, or see work_failed of `tell_unanswered` in the log.",
        ),
    ),
    Complaint.NOTICE_OVERDUE: (
        Gravity.LATE,
        Words(
            vi="{count} thông báo đến hạn gửi tới hệ thống bên nhận mà chưa gửi: {why}.",
            en="Notices to webhooks that are due and were not carried: {count}; {why}.",
            do_vi="Khởi động axis worker, hoặc thêm một tiến trình; xem work_failed của `carry` trong nhật ký.",
            do_en="Start axis worker, or one more; see work_failed of `carry` in the log.",
        ),
    ),
    Complaint.NOTICE_ENDLESS: (
        Gravity.LATE,
        Words(
            vi="{count} thông báo tới hệ thống bên nhận đã hết thời gian gửi mà chưa kết thúc: {why}.",
            en="Notices to webhooks past their time that were not ended: {count}; {why}.",
            do_vi="Khởi động axis worker, hoặc xem work_failed của `end_overdue` trong nhật ký.",
            do_en="Start axis worker, or see work_failed of `end_overdue` in the log.",
        ),
    ),
    Complaint.RECEIVER_RESTING: (
        Gravity.LATE,
        Words(
            vi="Địa chỉ nhận thông báo của hệ thống {who} lỗi {failures} lần liên tiếp (lần cuối: {outcome}) nên tạm "
            "nghỉ; {count} thông báo đang chờ.",
            en="The webhook of {who} failed {failures} times in a row (last: {outcome}) and rests. Notices that wait: "
            "{count}.",
            do_vi="Xem `axis system webhook show` rồi liên hệ đơn vị vận hành hệ thống đó; văn bản vẫn chờ để "
            "được nhận.",
            do_en="See `axis system webhook show`, and call whoever runs that system; the deliveries can be pulled.",
        ),
    ),
    Complaint.VERDICT_WAITING: (
        Gravity.LATE,
        Words(
            vi="{count} văn bản đã tiếp nhận còn chờ kết luận về chữ ký số hơn một ngày: {why}.",
            en="Accepted messages that wait for the verdict on their signatures for over a day: {count}; {why}.",
            do_vi="Xem authority_unreachable trong nhật ký; kiểm tra AXIS_AUTHORITIES__HOSTS và đường mạng ra ngoài.",
            do_en="See authority_unreachable in the log; check AXIS_AUTHORITIES__HOSTS and the way out.",
        ),
    ),
    Complaint.AUTHORITY_SILENT: (
        Gravity.LATE,
        Words(
            vi="Tổ chức chứng thực tại {who} không trả lời về {count} chứng thư số, dù đã hỏi nhiều lần.",
            en="The authority at {who} does not answer, though it was asked again and again. Certificates: {count}.",
            do_vi="Xem authority_unreachable trong nhật ký: tên máy chủ, đường mạng ra ngoài, AXIS_AUTHORITIES__HOSTS.",
            do_en="See authority_unreachable in the log: the name, the way out, AXIS_AUTHORITIES__HOSTS.",
        ),
    ),
    Complaint.CERTIFICATE_OVERDUE: (
        Gravity.LATE,
        Words(
            vi="{count} chứng thư số đến hạn hỏi tổ chức chứng thực mà chưa hỏi: {why}.",
            en="Certificates whose authorities were to be asked and were not: {count}; {why}.",
            do_vi="Khởi động axis worker, hoặc thêm một tiến trình; xem work_failed của `examine` trong nhật ký.",
            do_en="Start axis worker, or one more; see work_failed of `examine` in the log.",
        ),
    ),
    Complaint.DOCUMENT_OVERDUE: (
        Gravity.LATE,
        Words(
            vi="{count} văn bản chưa được kiểm tra chữ ký số bên trong tệp đính kèm: {why}.",
            en="Messages whose documents were to be judged and were not: {count}; {why}.",
            do_vi="Khởi động axis worker, hoặc thêm một tiến trình; xem work_failed của `appraise` trong nhật ký.",
            do_en="Start axis worker, or one more; see work_failed of `appraise` in the log.",
        ),
    ),
    Complaint.UPLOAD_OVERDUE: (
        Gravity.LATE,
        Words(
            vi="{count} lượt tải lên đã hết hạn mà dữ liệu tạm chưa được xóa: {why}.",
            en="Uploads that are over and whose octets were to be cleared and were not: {count}; {why}.",
            do_vi="Xem work_failed của `clear_uploads`; S3 phải cho khóa xóa `uploads/`, không lưu giữ mặc định.",
            do_en="See work_failed of `clear_uploads`; S3 must let `uploads/` be deleted, without default retention.",
        ),
    ),
    Complaint.HOUSE_UNKEPT: (
        Gravity.LATE,
        Words(
            vi="{count} dữ liệu tạm đã hết hạn nhiều giờ mà chưa được dọn: {why}.",
            en="Rows that were to be forgotten hours ago and are still there: {count}; {why}.",
            do_vi="Khởi động axis worker, hoặc xem work_failed của `keep_house` trong nhật ký của tiến trình đứng đầu.",
            do_en="Start axis worker, or see work_failed of `keep_house` in the log of the leader.",
        ),
    ),
    Complaint.RECIPIENT_WITHOUT_SYSTEM: (
        Gravity.LATE,
        Words(
            vi="Cơ quan {who} có {count} văn bản đang chờ nhưng không có hệ thống nào được phép nhận.",
            en="No system in force may pull what waits for {who}. Deliveries: {count}.",
            do_vi="Kết nối hệ thống cho cơ quan này (`axis system add`), khôi phục hệ thống đang đình chỉ, "
            "hoặc kết thúc lượt chuyển phát.",
            do_en="Connect a system for it (`axis system add`), restore one that is suspended, or end the deliveries.",
        ),
    ),
    Complaint.DELIVERY_HELD: (
        Gravity.KNOWN,
        Words(
            vi="{count} lượt chuyển phát đang tạm dừng; lượt lâu nhất do {who} dừng, lý do: {reason}.",
            en="Deliveries that are held: {count}; the first by {who}, because: {reason}.",
            do_vi="Cho đi tiếp bằng `axis delivery resume` khi hết lý do; sau 30 ngày lượt tạm dừng tự đi tiếp.",
            do_en="Let them go on with `axis delivery resume` when the reason is gone; a hold ends by itself after "
            "30 days.",
        ),
    ),
    Complaint.RECIPIENT_SILENT: (
        Gravity.KNOWN,
        Words(
            vi="Cơ quan {who} chưa nhận {count} văn bản đã chờ quá ba ngày; hệ thống được phép nhận: {systems}.",
            en="{who} has not fetched what has waited for over three days: {count}. Systems that may: {systems}.",
            do_vi="Liên hệ cơ quan hoặc đơn vị vận hành hệ thống đó; khi hết hạn chuyển phát, bên gửi nhận chứng cứ "
            "không giao được.",
            do_en="Call the agency, or whoever runs its system; when the time is over senders get evidence of the "
            "failure.",
        ),
    ),
    Complaint.DEMAND_UNANSWERED: (
        Gravity.KNOWN,
        Words(
            vi="{count} cơ quan chưa trả lời yêu cầu thu hồi hoặc cập nhật, đã quá hạn.",
            en="Recipients who have not answered a recall or an update in time: {count}.",
            do_vi="Vết của văn bản nêu cơ quan chưa trả lời; bên gửi liên hệ trực tiếp. Trả lời muộn vẫn có giá trị.",
            do_en="The trace of the document names them, and its sender calls there. A late answer counts all "
            "the same.",
        ),
    ),
    Complaint.LOOK_TOO_SLOW: (
        Gravity.KNOWN,
        Words(
            vi="Chưa xem được mục này trong thời gian cho phép: {who}.",
            en="This could not be looked at in the time that a look may take: {who}.",
            do_vi="Chạy lại khi cơ sở dữ liệu bớt bận; nếu lặp lại, kiểm tra PostgreSQL (`autovacuum`, đĩa).",
            do_en="Try again when the database is less busy; if it stays, see to PostgreSQL (`autovacuum`, disks).",
        ),
    ),
}

COMPLAINTS: Final[Mapping[Complaint, tuple[Gravity, Words]]] = MappingProxyType({**_SURROUNDINGS, **_WORK})
"""How much each matters, and its words."""


def ahead_of(ahead: timedelta) -> Phrase:
    """Return by how much a clock is ahead of another one, or behind, for a place within a sentence."""
    seconds = f"{abs(ahead.total_seconds()):.0f}"
    if ahead < timedelta():
        return f"chậm {seconds} giây", f"{seconds} s behind"
    return f"nhanh {seconds} giây", f"{seconds} s ahead of"
