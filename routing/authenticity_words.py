"""The words of document verdicts and of what accompanies them, in Vietnamese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from envelopes.errors import Words
from routing.authenticity import DocumentVerdict, DoubtCode

VERDICT_WORDS: Final[Mapping[DocumentVerdict, Words]] = MappingProxyType(
    {
        DocumentVerdict.PERSON_AND_AGENCY: Words(
            vi="Văn bản có chữ ký số hợp lệ của cá nhân và của cơ quan gửi.",
            en="The document carries valid signatures of a person and of the sending agency.",
            do_vi="Có thể dùng thay văn bản giấy theo Điều 5 Nghị định 30/2020/NĐ-CP.",
            do_en="It may stand for the paper original (NĐ 30/2020 Art. 5).",
        ),
        DocumentVerdict.AGENCY_ONLY: Words(
            vi="Văn bản có chữ ký số của cơ quan gửi, trước đó thiếu chữ ký số của cá nhân.",
            en="The document carries the agency's signature without that of a person before it.",
            do_vi="Đề nghị bên gửi gửi bản có đủ hai chữ ký số; chưa dùng thay văn bản giấy.",
            do_en="Ask the sender for a copy with both signatures; it does not stand for the paper original.",
        ),
        DocumentVerdict.PERSON_ONLY: Words(
            vi="Văn bản chỉ có chữ ký số của cá nhân, thiếu chữ ký số của cơ quan gửi.",
            en="The document carries a person's signature alone, without that of the sending agency.",
            do_vi="Đề nghị bên gửi gửi bản có đủ hai chữ ký số; chưa dùng thay văn bản giấy.",
            do_en="Ask the sender for a copy with both signatures; it does not stand for the paper original.",
        ),
        DocumentVerdict.UNSIGNED: Words(
            vi="Tệp văn bản không có chữ ký số của bên gửi.",
            en="The document itself carries no signature of the sender.",
            do_vi="Chỉ dùng để tham khảo, hoặc đề nghị bên gửi gửi bản đã ký số.",
            do_en="Use it for information only, or ask the sender for a signed copy.",
        ),
        DocumentVerdict.BROKEN: Words(
            vi="Tệp văn bản có chữ ký số không hợp lệ hoặc đã bị thay đổi sau khi ký.",
            en="A signature in the document does not hold, or the document was changed after it was signed.",
            do_vi="Không sử dụng văn bản này; đề nghị bên gửi kiểm tra, ký lại và gửi lại.",
            do_en="Do not use this document; ask the sender to check, sign and send it again.",
        ),
        DocumentVerdict.NOT_JUDGED: Words(
            vi="Trục không kiểm tra chữ ký số bên trong tệp này.",
            en="The axis does not judge the signatures inside this file.",
            do_vi="Kiểm tra chữ ký số bằng phần mềm đã tạo ra tệp trước khi sử dụng.",
            do_en="Check them with the software that made the file before relying on it.",
        ),
    }
)
"""By verdict."""

CANNOT_BE_JUDGED: Final = Words(
    vi="Tệp văn bản bị mã hóa, bị hỏng hoặc vượt giới hạn nên không kiểm tra được có chữ ký số hay không.",
    en="The document is encrypted, damaged or beyond the limits, so that whether it is signed cannot be judged.",
    do_vi="Không sử dụng văn bản này; đề nghị bên gửi khắc phục lỗi của tệp, ký số và gửi lại.",
    do_en="Do not use this document; ask the sender to mend the file, sign and send it again.",
)
"""Of a document that is `broken` though no signature in it is known to be: nobody says that it was altered."""

DOUBT_WORDS: Final[Mapping[DoubtCode, Words]] = MappingProxyType(
    {
        DoubtCode.AGENCY_BEFORE_PERSON: Words(
            vi="Chữ ký số của cơ quan được thực hiện trước chữ ký số của cá nhân.",
            en="The agency's signature was made before that of a person.",
            do_vi="Đề nghị bên gửi ký số theo đúng thứ tự tại Điều 32 Nghị định 30/2020/NĐ-CP.",
            do_en="Ask the sender to sign in the order of NĐ 30/2020 Art. 32.",
        ),
        DoubtCode.CHANGED_AFTER_AGENCY: Words(
            vi="Sau chữ ký số của cơ quan gửi có nội dung được điền thêm mà cơ quan gửi không ký lại.",
            en="Something was filled in after the sending agency signed, and that agency did not sign it.",
            do_vi="Không sử dụng văn bản này; đề nghị bên gửi kiểm tra nội dung, ký lại và gửi lại.",
            do_en="Do not use this document; ask the sender to check it, sign it once more and send it again.",
        ),
        DoubtCode.OTHER_AGENCY: Words(
            vi="Văn bản có chữ ký số của cơ quan khác, không phải cơ quan gửi.",
            en="The document carries the signature of another agency than the sender.",
            do_vi="Đối chiếu: bản sao mang chữ ký số của cơ quan ban hành bản chính là bình thường.",
            do_en="Compare: a copy may carry the signature of whoever issued the original.",
        ),
        DoubtCode.OWN_NOT_IN_FORCE: Words(
            vi="Chứng thư số của cơ quan gửi đã ký văn bản ngoài thời hạn đăng ký với Trục hoặc khi đang bị tạm khóa.",
            en="The sending agency's own certificate signed the document outside its registered window, or suspended.",
            do_vi="Đề nghị bên gửi ký lại bằng chứng thư số đang đăng ký, hoặc ký kèm dấu thời gian trong thời hạn đó.",
            do_en="Ask the sender to sign with a certificate registered now, or with a time stamp within the window.",
        ),
        DoubtCode.OTHER_NAME: Words(
            vi="Tên trên chứng thư số của người ký khác với tên người ký ghi trong văn bản.",
            en="The name on the signer's certificate is unlike the signer's in the message.",
            do_vi="Đối chiếu tên và chức vụ của người ký với bên gửi.",
            do_en="Check the signer's name and position with the sender.",
        ),
        DoubtCode.TIME_STAMP_UNPROVED: Words(
            vi="Dấu thời gian trên văn bản không do tổ chức được Trục tin cậy cấp hoặc không hợp lệ.",
            en="A time stamp on the document is of an authority that is not trusted here, or does not hold.",
            do_vi="Không căn cứ vào dấu thời gian này; các chữ ký số được kiểm tra theo thời điểm nhận.",
            do_en="Do not rely on it; the signatures are judged at the time of receipt.",
        ),
        DoubtCode.FILE_UNSIGNED: Words(
            vi="Một tệp kèm theo không có chữ ký số.",
            en="A file sent along carries no signature of its own.",
            do_vi="Đề nghị bên gửi ký số phụ lục ở tệp riêng theo Phụ lục I Nghị định 30/2020/NĐ-CP.",
            do_en="Ask the sender to sign annexes in files of their own (NĐ 30/2020 Annex I).",
        ),
        DoubtCode.FILE_NOT_JUDGED: Words(
            vi="Chữ ký số bên trong một tệp kèm theo không được kiểm tra.",
            en="The signatures inside a file sent along were not judged.",
            do_vi="Kiểm tra tệp đó bằng phần mềm đã tạo ra tệp trước khi sử dụng.",
            do_en="Check that file with the software that made it before relying on it.",
        ),
        DoubtCode.ARCHIVE: Words(
            vi="Trục không kiểm tra các tệp bên trong tệp nén nên không biết chúng có được ký số hay không.",
            en="The files inside an archive are not judged, so that nobody knows whether they are signed.",
            do_vi="Giải nén và kiểm tra chữ ký số của từng tệp, hoặc đề nghị bên gửi gửi riêng từng tệp không nén.",
            do_en="Unpack it and check each file's signatures, or ask the sender for each file by itself, not zipped.",
        ),
        DoubtCode.FILE_TOO_LARGE: Words(
            vi="Tệp PDF quá lớn nên Trục không kiểm tra chữ ký số bên trong.",
            en="The PDF is too large for the signatures in it to be judged here.",
            do_vi="Tự kiểm tra chữ ký số của tệp trước khi sử dụng; giới hạn của Trục ghi ở /v1/limits.",
            do_en="Check the file's signatures before relying on it; what is judged here is announced at /v1/limits.",
        ),
        DoubtCode.JUDGING_FAILED: Words(
            vi="Trục gặp lỗi khi đọc lại hoặc kiểm tra các tệp của văn bản.",
            en="The axis failed to read the files of the message again, or to judge them.",
            do_vi="Tự kiểm tra chữ ký số trong các tệp trước khi sử dụng và báo cho đơn vị vận hành Trục.",
            do_en="Check the signatures in the files before relying on them, and tell the operator of the axis.",
        ),
        DoubtCode.WORTH_REFUSED: Words(
            vi="Trục không tiếp nhận văn bản có tình trạng chữ ký số như vậy từ bên gửi này.",
            en="A document with such signatures, or without, is not accepted from this sender.",
            do_vi="Ký số đủ chữ ký của người có thẩm quyền rồi của cơ quan lên tệp văn bản, sau đó gửi lại.",
            do_en="Have the competent person and then the agency sign the document itself, and send it again.",
        ),
    }
)
"""By code; the name or file is the finding's value."""
