"""The words of every reason of this floor, in Vietnamese and English: what is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from envelopes.errors import Words

_SENDER: Final = {
    "sender/unknown": Words(
        vi="Danh mục không có cơ quan, tổ chức nào mang mã định danh ghi ở phần bên gửi.",
        en="No agency in the directory has the id given as the sender.",
        do_vi="Kiểm tra mã của cơ quan gửi; nếu chưa có trong danh mục, đề nghị đơn vị quản lý danh mục bổ sung.",
        do_en="Check the sender's id; if the agency is missing, ask those who keep the directory to add it.",
    ),
    "sender/closed": Words(
        vi="Cơ quan gửi đã ngừng hoạt động. Cơ quan kế thừa: {successors_vi}.",
        en="The sending agency has closed. Its successors: {successors_en}.",
        do_vi="Gửi bằng mã định danh và chứng thư số của cơ quan kế thừa.",
        do_en="Send under the id and with the certificate of the successor.",
    ),
    "sender/not-yet-open": Words(
        vi="Cơ quan gửi chưa đến ngày bắt đầu hoạt động ghi trong danh mục.",
        en="The directory says that the sending agency does not exist yet.",
        do_vi="Gửi lại từ ngày cơ quan có hiệu lực, hoặc đề nghị sửa ngày trong danh mục.",
        do_en="Send again from the day the agency comes into being, or have the date in the directory corrected.",
    ),
    "sender/not-owner": Words(
        vi="Chứng thư số đã ký gói tin được đăng ký cho cơ quan khác, không phải cơ quan gửi.",
        en="The certificate that signed the package is registered for another agency than the sender.",
        do_vi="Ký bằng chứng thư số của chính cơ quan ghi ở phần bên gửi.",
        do_en="Sign with a certificate of the agency named as the sender.",
    ),
    "sender/certificate-not-registered": Words(
        vi="Chứng thư số đã ký gói tin chưa được đăng ký với Trục.",
        en="The certificate that signed the package is not registered with the axis.",
        do_vi="Đăng ký chứng thư số cho cơ quan gửi, hoặc ký bằng chứng thư số đã đăng ký.",
        do_en="Have the certificate registered for the sending agency, or sign with one that is.",
    ),
    "sender/certificate-out-of-window": Words(
        vi="Chứng thư số đã ký gói tin nằm ngoài thời gian đăng ký sử dụng trên Trục.",
        en="The certificate that signed the package is outside the window for which it is registered.",
        do_vi="Ký bằng chứng thư số đang trong thời gian đăng ký, hoặc đề nghị gia hạn đăng ký.",
        do_en="Sign with a certificate whose registration is in force, or ask for the registration to be extended.",
    ),
    "sender/certificate-suspended": Words(
        vi="Việc sử dụng chứng thư số này trên Trục đang bị tạm đình chỉ.",
        en="The registration of this certificate is suspended.",
        do_vi="Ký bằng chứng thư số khác của cơ quan; liên hệ đơn vị vận hành Trục để biết lý do.",
        do_en="Sign with another certificate of the agency; ask the axis operator for the cause.",
    ),
    "sender/system-may-not-act": Words(
        vi="Hệ thống kết nối không được phép gửi thay cho cơ quan ghi ở phần bên gửi.",
        en="The calling system may not act for the agency named as the sender.",
        do_vi="Gửi từ hệ thống của cơ quan đó, hoặc đề nghị đơn vị vận hành Trục mở phạm vi cho hệ thống này.",
        do_en="Send from that agency's own system, or ask the axis operator to widen this system's scope.",
    ),
    "sender/succeeds": Words(
        vi="Cơ quan gửi là cơ quan kế thừa của {closed}: Trục ghi nhận theo vai trò của {closed} trong văn bản trước.",
        en="The sender took over from {closed}, and is heard in the part that {closed} has in the earlier document.",
        do_vi="Không cần làm gì.",
        do_en="Nothing.",
    ),
}

_RECIPIENT: Final = {
    "recipient/unknown": Words(
        vi="Danh mục không có cơ quan, tổ chức nào mang mã định danh này.",
        en="No agency in the directory has this id.",
        do_vi="Tra lại mã định danh của bên nhận trong danh mục rồi gửi lại cho bên nhận này.",
        do_en="Look the recipient's id up in the directory, then send again to this recipient.",
    ),
    "recipient/closed": Words(
        vi="Bên nhận đã ngừng hoạt động. Cơ quan kế thừa: {successors_vi}.",
        en="The recipient has closed. Its successors: {successors_en}.",
        do_vi="Nếu văn bản cần đến cơ quan kế thừa, gửi cho cơ quan đó; danh mục không có quy tắc chuyển tiếp.",
        do_en="If a successor should have the document, address that agency; no rule of the directory does it.",
    ),
    "recipient/not-yet-open": Words(
        vi="Bên nhận chưa đến ngày bắt đầu hoạt động ghi trong danh mục.",
        en="The directory says that the recipient does not exist yet.",
        do_vi="Gửi lại từ ngày cơ quan có hiệu lực, hoặc gửi cho cơ quan hiện đang phụ trách.",
        do_en="Send again from the day the agency comes into being, or address the agency in charge today.",
    ),
    "recipient/not-receiving": Words(
        vi="Bên nhận có trong danh mục nhưng không nhận văn bản qua Trục.",
        en="The recipient is in the directory but receives no documents through the axis.",
        do_vi="Gửi cho cơ quan chủ quản của bên nhận, hoặc gửi bằng phương thức khác.",
        do_en="Address the agency above it, or send by other means.",
    ),
    "recipient/group": Words(
        vi="Mã này chỉ dùng để gộp nhóm các cơ quan, không phải một cơ quan nhận văn bản.",
        en="This id only groups agencies; it is no agency that receives documents.",
        do_vi="Ghi từng cơ quan nhận trong nhóm.",
        do_en="Name each agency of the group that should receive the document.",
    ),
    "recipient/is-sender": Words(
        vi="Bên nhận trùng với bên gửi.",
        en="The recipient is the sender itself.",
        do_vi="Bỏ cơ quan gửi khỏi danh sách bên nhận.",
        do_en="Take the sender out of the list of recipients.",
    ),
    "recipient/duplicate": Words(
        vi="Cơ quan này đã đứng ở vị trí {first} trong danh sách bên nhận (có thể dưới mã khác); chỉ gửi một lần.",
        en="This agency already stands at place {first} of the recipients, perhaps under another id; it gets one.",
        do_vi="Không cần làm gì; lần sau ghi mỗi cơ quan một lần.",
        do_en="Nothing; name each agency once in future.",
    ),
    "recipient/forwarded": Words(
        vi="Bên nhận {closed} đã ngừng hoạt động; cơ quan kế thừa {successors_vi} nhận thay.",
        en="The recipient {closed} has closed; its successor {successors_en} gets what is sent to it.",
        do_vi="Không cần làm gì; lần sau gửi thẳng cho cơ quan kế thừa.",
        do_en="Nothing; address the successor itself in future.",
    ),
    "recipient/none-left": Words(
        vi="Không còn bên nhận nào nhận được văn bản này.",
        en="No recipient is left to whom this message can go.",
        do_vi="Sửa danh sách bên nhận theo lý do nêu cho từng bên nhận rồi gửi lại.",
        do_en="Correct the recipients by the reason given for each, then send again.",
    ),
    "recipient/never-had-it": Words(
        vi="Văn bản chưa từng được gửi đến cơ quan này nên không có gì để thu hồi.",
        en="The document was never sent to this agency, so that there is nothing to recall from it.",
        do_vi="Bỏ cơ quan này khỏi danh sách; xem các bên nhận của văn bản trong vết của văn bản.",
        do_en="Take the agency off the list; the trace of the document names everybody it was sent to.",
    ),
    "recipient/already-recalled": Words(
        vi="Văn bản đã được thu hồi tại cơ quan này, hoặc cơ quan này đã được yêu cầu và chưa trả lời.",
        en="The document was recalled from this agency already, or it was asked and has not answered yet.",
        do_vi="Xem kết quả thu hồi trong vết của văn bản; nếu vẫn cần gửi thì gửi thành văn bản mới.",
        do_en="See in the trace what came of it; what the agency shall have after all is sent as a new document.",
    ),
    "recipient/added-and-removed": Words(
        vi="Bản cập nhật vừa bổ sung vừa loại bỏ cơ quan này.",
        en="The update adds this agency and takes it off, both.",
        do_vi="Chỉ giữ một dòng cho cơ quan này trong ReceiverList.",
        do_en="Keep one entry for the agency in ReceiverList.",
    ),
}

_DOCUMENT: Final = {
    "document/no-id": Words(
        vi="Gói tin không có mã văn bản, nên không thể nhận biết việc gửi lặp lại.",
        en="The message has no document id, so that a repeated submission could not be recognised.",
        do_vi="Đặt DocumentId do hệ thống của bên gửi cấp rồi gửi lại.",
        do_en="Set the DocumentId given by the sender's own system and send again.",
    ),
    "document/conflict": Words(
        vi="Mã văn bản này đã được tiếp nhận với nội dung khác.",
        en="A document with this id was already accepted with other content.",
        do_vi="Để sửa văn bản đã gửi, dùng nghiệp vụ cập nhật (2) hoặc thay thế (3); văn bản mới phải có mã mới.",
        do_en="To change a sent document, use an update (type 2) or a replacement (type 3); a new one needs a new id.",
    ),
    "document/sent-late": Words(
        vi="Văn bản được gửi chậm so với ngày ban hành.",
        en="The document was sent late for its date of issue.",
        do_vi="Gửi trong ngày ký, chậm nhất trong buổi sáng ngày làm việc tiếp theo; văn bản khẩn gửi ngay sau khi ký.",
        do_en="Send on the day of signing, at the latest on the morning of the next working day; an urgent one now.",
    ),
    "document/duplicate-number": Words(
        vi="Bên gửi đã có văn bản khác cùng số, ký hiệu trong năm này: {earlier}.",
        en="The sender already sent another document with this number and notation in this year: {earlier}.",
        do_vi="Văn bản vẫn được tiếp nhận; kiểm tra việc cấp số, nếu gửi nhầm thì thu hồi.",
        do_en="The document was accepted all the same; check the numbering, and recall it if it was sent by mistake.",
    ),
    "business/unknown-type": Words(
        vi="Loại nghiệp vụ của văn bản không thuộc các giá trị 0, 1, 2, 3.",
        en="The business type of the document is none of 0, 1, 2, 3.",
        do_vi="Ghi loại nghiệp vụ là 0 (mới), 1 (thu hồi), 2 (cập nhật) hoặc 3 (thay thế).",
        do_en="Write 0 (new), 1 (recall), 2 (update) or 3 (replacement).",
    ),
    "business/not-original-sender": Words(
        vi="Chỉ cơ quan đã gửi văn bản mới được thu hồi, cập nhật hoặc thay thế văn bản đó.",
        en="Only the agency that sent a document may recall, update or replace it.",
        do_vi="Nếu không tiếp nhận văn bản, gửi trạng thái 02 kèm lý do cho bên gửi.",
        do_en="To turn a received document down, send status 02 with the reason to its sender.",
    ),
    "business/unknown-target": Words(
        vi="Cơ quan gửi chưa gửi qua Trục văn bản nào mang mã được nêu để thu hồi, cập nhật hoặc thay thế.",
        en="The sender has sent no document through the axis under the id that is to be recalled, updated or replaced.",
        do_vi="Ghi đúng mã của văn bản đã gửi; văn bản bị từ chối trước đây có thể gửi lại như văn bản mới.",
        do_en="Give the id of the document as it was sent; one that was refused then can be sent anew.",
    ),
    "business/not-a-document": Words(
        vi="Mã được nêu là của thông điệp thu hồi hoặc cập nhật, không phải của văn bản.",
        en="The id is that of a recall or of an update, not of a document.",
        do_vi="Ghi mã của chính văn bản; thông điệp thu hồi hoặc cập nhật không thể bị thu hồi.",
        do_en="Give the id of the document itself; a recall or an update cannot be recalled.",
    ),
    "business/nothing-for-added": Words(
        vi="Bản cập nhật bổ sung cơ quan nhận nhưng không kèm tệp nào, nên cơ quan đó không nhận được văn bản.",
        en="The update adds a recipient and brings no file, so that the recipient would not get the document.",
        do_vi="Đính kèm văn bản vào bản cập nhật, ký lại và gửi lại.",
        do_en="Attach the document to the update, then sign and send again.",
    ),
}

_STATUS: Final = {
    "status/unknown-document": Words(
        vi="Trong số văn bản cơ quan này đã gửi hoặc nhận qua Trục, không có văn bản nào mang mã được nêu.",
        en="Among the documents this agency sent or received through the axis, none has the id given.",
        do_vi="Ghi ở ResponseFor đúng mã văn bản (DocumentId) như trong văn bản đã nhận.",
        do_en="Give in ResponseFor the DocumentId exactly as it stands in the document received.",
    ),
    "status/not-a-party": Words(
        vi="Cơ quan này không phải bên gửi, cũng không phải bên nhận của văn bản.",
        en="The agency is neither the sender nor a recipient of the document.",
        do_vi="Chỉ ghi vào nhật ký an toàn thông tin; hệ thống gọi chỉ được trả lời là không có văn bản.",
        do_en="For the security log alone; the caller is only told that there is no such document.",
    ),
    "status/wrong-direction": Words(
        vi="Trạng thái này phải do phía bên kia của văn bản gửi: 13 do bên gửi, các mã khác do bên nhận.",
        en="This status is for the other side to give: 13 by the document's sender, the others by its recipients.",
        do_vi="Kiểm tra mã trạng thái và vai trò của cơ quan đối với văn bản.",
        do_en="Check the status code, and whether your agency sent or received the document.",
    ),
    "status/wrong-addressee": Words(
        vi="Cơ quan ở ResponseFor/OrganId không phải phía bên kia của văn bản này.",
        en="The agency in ResponseFor/OrganId is not the other side of this document.",
        do_vi="Trạng thái của bên nhận gửi cho bên gửi văn bản; mã 13 gửi cho một bên nhận.",
        do_en="Address a recipient's status to the document's sender, and 13 to one of its recipients.",
    ),
    "status/conflict": Words(
        vi="Một thông báo trạng thái cùng mã, cùng thời điểm cho văn bản này đã được tiếp nhận với nội dung khác.",
        en="A status with this code and time for this document was already accepted with other content.",
        do_vi="Nếu là thông báo trạng thái mới, ghi Timestamp là thời điểm lập thông báo đó rồi gửi lại.",
        do_en="If this is a new statement, give it the Timestamp at which it is made and send again.",
    ),
    "status/already-recalled": Words(
        vi="Văn bản đã được thu hồi tại cơ quan này, hoặc cơ quan này đã được yêu cầu và chưa trả lời.",
        en="The document was recalled from this agency already, or it was asked and has not answered yet.",
        do_vi="Xem kết quả trong vết của văn bản; chỉ yêu cầu lại khi bên nhận đã trả lời 16.",
        do_en="See in the trace what came of it; ask again only where the recipient has answered 16.",
    ),
    "status/not-asked": Words(
        vi="Không có yêu cầu thu hồi hoặc cập nhật nào đang chờ cơ quan này trả lời về văn bản.",
        en="No recall or update of this document waits for an answer of this agency.",
        do_vi="Chỉ gửi 15 hoặc 16 sau khi nhận yêu cầu; kiểm tra mã văn bản ở ResponseFor.",
        do_en="Send 15 or 16 only after being asked; check the DocumentId in ResponseFor.",
    ),
    "status/demand-not-seen": Words(
        vi="Bên gửi đã có yêu cầu thu hồi hoặc cập nhật mới hơn; cơ quan trả lời khi chưa tải yêu cầu đó về.",
        en="The sender has made a newer recall or update, and this answer was given before it was fetched.",
        do_vi="Tải yêu cầu mới về, rồi gửi câu trả lời mới có Timestamp sau lúc tải; kiểm tra đồng hồ của hệ thống.",
        do_en="Fetch the newer one, then answer anew with a Timestamp after that; check the clock of the system.",
    ),
    "status/already-answered": Words(
        vi="Cơ quan này đã trả lời yêu cầu thu hồi hoặc cập nhật văn bản.",
        en="This agency has answered the recall or update of the document already.",
        do_vi="Câu trả lời đầu tiên có giá trị; nếu cần đổi, đề nghị bên gửi yêu cầu lại.",
        do_en="The first answer counts; to change it, have the sender ask again.",
    ),
}

_ACKNOWLEDGEMENT: Final = {
    "acknowledgement/lease-not-live": Words(
        vi="Lượt nhận này đã hết hạn, đã được trả lại hoặc thuộc hệ thống khác.",
        en="This lease has expired, was released, or belongs to another system.",
        do_vi="Nhận lại văn bản (lease) rồi xác nhận trong thời hạn; không cần tải lại nếu đã có gói tin.",
        do_en="Lease the delivery again and acknowledge in time; what was downloaded need not be fetched again.",
    ),
    "acknowledgement/other-delivery": Words(
        vi="Xác nhận đã ký nói về một lượt chuyển phát khác.",
        en="The signed acknowledgement speaks of another delivery.",
        do_vi="Ký xác nhận với đúng mã lượt chuyển phát đang xác nhận.",
        do_en="Sign an acknowledgement that names the delivery being acknowledged.",
    ),
    "acknowledgement/system-may-not-act": Words(
        vi="Hệ thống kết nối không được phép nhận thay cho bên nhận này.",
        en="The calling system may not act for this recipient.",
        do_vi="Xác nhận từ hệ thống của bên nhận, hoặc đề nghị đơn vị vận hành Trục mở phạm vi.",
        do_en="Acknowledge from the recipient's own system, or ask the axis operator to widen the scope.",
    ),
    "acknowledgement/certificate-not-registered": Words(
        vi="Chứng thư số đã ký xác nhận chưa được đăng ký với Trục.",
        en="The certificate that signed the acknowledgement is not registered with the axis.",
        do_vi="Đăng ký chứng thư số cho bên nhận, hoặc ký bằng chứng thư số đã đăng ký.",
        do_en="Have the certificate registered for the recipient, or sign with one that is.",
    ),
    "acknowledgement/certificate-out-of-window": Words(
        vi="Chứng thư số đã ký xác nhận nằm ngoài thời gian đăng ký sử dụng trên Trục.",
        en="The certificate that signed the acknowledgement is outside the window for which it is registered.",
        do_vi="Ký bằng chứng thư số đang trong thời gian đăng ký, hoặc đề nghị gia hạn đăng ký.",
        do_en="Sign with a certificate whose registration is in force, or ask for the registration to be extended.",
    ),
    "acknowledgement/certificate-suspended": Words(
        vi="Việc sử dụng chứng thư số đã ký xác nhận đang bị tạm đình chỉ trên Trục.",
        en="The registration of the certificate that signed the acknowledgement is suspended.",
        do_vi="Ký bằng chứng thư số khác của bên nhận; liên hệ đơn vị vận hành Trục để biết lý do.",
        do_en="Sign with another certificate of the recipient; ask the axis operator for the cause.",
    ),
    "acknowledgement/not-recipient": Words(
        vi="Chứng thư số đã ký xác nhận được đăng ký cho cơ quan khác, không phải bên nhận.",
        en="The certificate that signed the acknowledgement is registered for another agency than the recipient.",
        do_vi="Ký xác nhận bằng chứng thư số của chính bên nhận.",
        do_en="Sign the acknowledgement with a certificate of the recipient itself.",
    ),
    "acknowledgement/wrong-digest": Words(
        vi="Giá trị băm trong xác nhận không khớp với gói tin mà Trục lưu giữ cho lượt chuyển phát này.",
        en="The digest in the acknowledgement is not that of the package the axis keeps for this delivery.",
        do_vi="Tải lại gói tin, tính SHA-256 trên đúng các byte nhận được rồi xác nhận lại.",
        do_en="Download the package again, take the SHA-256 of exactly the octets received, and acknowledge anew.",
    ),
    "acknowledgement/not-fetched": Words(
        vi="Gói tin chưa được tải về lần nào nên chưa thể xác nhận đã nhận.",
        en="The package was never downloaded, so its receipt cannot be acknowledged.",
        do_vi="Tải gói tin rồi mới xác nhận.",
        do_en="Download the package before acknowledging it.",
    ),
    "acknowledgement/impossible-time": Words(
        vi="Thời điểm ghi trong xác nhận nằm trước khi Trục tiếp nhận văn bản hoặc ở tương lai.",
        en="The time in the acknowledgement lies before the axis accepted the message, or in the future.",
        do_vi="Đồng bộ đồng hồ của hệ thống theo giờ của Trục, rồi ký lại xác nhận.",
        do_en="Set the system's clock by the axis's, then sign the acknowledgement again.",
    ),
    "acknowledgement/no-reason": Words(
        vi="Xác nhận không nhận được phải nêu lý do.",
        en="An acknowledgement of failure must say why.",
        do_vi="Ghi lý do ngắn gọn, ký lại và gửi lại.",
        do_en="Give a short reason, sign and send again.",
    ),
    "acknowledgement/already-final": Words(
        vi="Lượt chuyển phát này đã kết thúc ({state}).",
        en="This delivery has already ended ({state}).",
        do_vi="Xem vết của văn bản; việc xử lý tiếp theo thể hiện bằng trạng thái nghiệp vụ.",
        do_en="Look at the trace; whatever happens next is said by a business status.",
    ),
    "acknowledgement/not-at-disposal": Words(
        vi="Lượt chuyển phát này hiện chưa sẵn sàng để xác nhận ({state}).",
        en="This delivery is not at the recipient's disposal at present ({state}).",
        do_vi="Thử lại khi văn bản có trong danh sách chờ nhận.",
        do_en="Try again when the delivery stands in the inbox.",
    ),
}

_DIRECTORY: Final = {
    "directory/alias-clash": Words(
        vi="Mã định danh {alias} vừa thuộc {one} vừa thuộc {other}.",
        en="The id {alias} belongs to both {one} and {other}.",
        do_vi="Mỗi mã (không phân biệt chữ hoa, chữ thường) chỉ thuộc một cơ quan: bỏ mã này ở một trong hai dòng.",
        do_en="Each id (upper and lower case alike) belongs to one agency: take it out of one of the two rows.",
    ),
    "directory/repeated-row": Words(
        vi="Dữ liệu nhập có nhiều dòng cho cùng một cơ quan.",
        en="The import has more than one row for this agency.",
        do_vi="Gộp các dòng thành một.",
        do_en="Make one row of them.",
    ),
    "directory/unknown-parent": Words(
        vi="Không có cơ quan cấp trên {missing} trong danh mục.",
        en="The directory has no parent agency {missing}.",
        do_vi="Thêm cơ quan cấp trên vào dữ liệu nhập hoặc sửa mã.",
        do_en="Add the parent to the import, or correct its id.",
    ),
    "directory/unknown-successor": Words(
        vi="Không có cơ quan kế thừa {missing} trong danh mục.",
        en="The directory has no successor agency {missing}.",
        do_vi="Thêm cơ quan kế thừa vào dữ liệu nhập hoặc sửa mã.",
        do_en="Add the successor to the import, or correct its id.",
    ),
    "directory/parent-cycle": Words(
        vi="Quan hệ cấp trên đi vòng: {cycle}.",
        en="The chain of parents runs in a circle: {cycle}.",
        do_vi="Sửa cơ quan cấp trên của một trong các cơ quan này.",
        do_en="Correct the parent of one of these agencies.",
    ),
    "directory/succession-cycle": Words(
        vi="Quan hệ kế thừa đi vòng: {cycle}.",
        en="The chain of successors runs in a circle: {cycle}.",
        do_vi="Sửa cơ quan kế thừa của một trong các cơ quan này.",
        do_en="Correct the successors of one of these agencies.",
    ),
    "directory/unknown-agency": Words(
        vi="Không có cơ quan {missing} trong danh mục.",
        en="The directory has no agency {missing}.",
        do_vi="Thêm cơ quan vào danh mục trước, hoặc sửa mã.",
        do_en="Add the agency to the directory first, or correct the id.",
    ),
    "directory/repeated-certificate": Words(
        vi="Chứng thư số này được đăng ký hai lần.",
        en="This certificate is registered twice.",
        do_vi="Giữ một đăng ký; mỗi chứng thư số chỉ thuộc một cơ quan.",
        do_en="Keep one registration; a certificate belongs to one agency.",
    ),
    "directory/repeated-system": Words(
        vi="Mã hệ thống kết nối này được dùng hai lần.",
        en="This system id is used twice.",
        do_vi="Chọn mã khác cho một trong hai hệ thống.",
        do_en="Choose another id for one of the two systems.",
    ),
}

WORDS: Final[Mapping[str, Words]] = MappingProxyType(
    {**_SENDER, **_RECIPIENT, **_DOCUMENT, **_STATUS, **_ACKNOWLEDGEMENT, **_DIRECTORY}
)
"""By reason code. `{name}` is a placeholder for an identifier, filled where the reason is found."""
