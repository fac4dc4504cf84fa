"""What can be wrong with a trust store, in Vietnamese and English, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from envelopes.errors import Finding, Severity, Words


class TrustCode(StrEnum):
    """What is wrong with a trust store, or with an authority that is to be added to it. Stable."""

    FOLDER_UNREADABLE = "trust/folder-unreadable"
    FOLDER_NOT_SET = "trust/folder-not-set"
    NOT_SET = "trust/not-set"
    TOO_MANY = "trust/too-many"
    ENTRY_UNREADABLE = "trust/entry-unreadable"
    ENTRY_INVALID = "trust/entry-invalid"
    ENTRY_MISSING = "trust/entry-missing"
    CERTIFICATE_UNREADABLE = "trust/certificate-unreadable"
    NO_CERTIFICATE = "trust/no-certificate"
    SEVERAL_CERTIFICATES = "trust/several-certificates"
    OTHER_CERTIFICATE = "trust/other-certificate"
    REPEATED = "trust/repeated"
    NOT_AUTHORITY = "trust/not-authority"
    WEAK_KEY = "trust/weak-key"
    DEMAND_BROKEN = "trust/demand-broken"
    PURPOSE_UNSERVED = "trust/purpose-unserved"
    PURPOSE_LACKING = "trust/purpose-lacking"
    EXPIRED = "trust/expired"
    WINDOW_CLOSED = "trust/window-closed"


class EntryFault(StrEnum):
    """In what an entry of the file about an authority is wrong; each is `trust/entry-invalid`, in words of its own."""

    MISSING = "missing"
    UNKNOWN = "unknown"
    WORD = "word"
    FORM = "form"


WORD_SHOWN_MAX: Final = 60
"""Characters of a wrong word that are repeated: the longest right one has 30, and a finding stays a line."""

_WORDS: Final[Mapping[TrustCode, Words]] = MappingProxyType(
    {
        TrustCode.FOLDER_UNREADABLE: Words(
            vi="Không đọc được thư mục các tổ chức chứng thực được tin cậy.",
            en="The folder of trusted authorities cannot be read.",
            do_vi="Kiểm tra đường dẫn và quyền đọc của tài khoản chạy Trục.",
            do_en="Check the path, and that the axis's account may read it.",
        ),
        TrustCode.FOLDER_NOT_SET: Words(
            vi="Chưa khai báo thư mục các tổ chức chứng thực được tin cậy (AXIS_TRUST__FOLDER).",
            en="The folder of trusted authorities is not set (AXIS_TRUST__FOLDER).",
            do_vi="Tạo một thư mục rồi khai báo nó, hoặc nêu bằng tùy chọn --folder.",
            do_en="Make a folder and set it, or name it by --folder.",
        ),
        TrustCode.NOT_SET: Words(
            vi="Chưa khai báo các tổ chức chứng thực được tin cậy.",
            en="Nothing says which authorities are trusted.",
            do_vi="Khai báo AXIS_TRUST__FOLDER (hoặc AXIS_TRUST__ANCHORS), hoặc nêu thư mục bằng tùy chọn --folder.",
            do_en="Set AXIS_TRUST__FOLDER (or AXIS_TRUST__ANCHORS), or name a folder by --folder.",
        ),
        TrustCode.TOO_MANY: Words(
            vi="Thư mục chứa nhiều tệp hơn mức cho phép.",
            en="The folder holds more files than are read.",
            do_vi="Bỏ các tệp không phải của tổ chức chứng thực ra khỏi thư mục.",
            do_en="Take out the files that are no authority's.",
        ),
        TrustCode.ENTRY_UNREADABLE: Words(
            vi="Tệp mô tả tổ chức chứng thực không phải là TOML hợp lệ.",
            en="The file about an authority is not valid TOML.",
            do_vi="Sửa cú pháp của tệp; tệp do `axis trust add` ghi luôn đúng.",
            do_en="Correct its syntax; what `axis trust add` writes is always right.",
        ),
        TrustCode.ENTRY_INVALID: Words(
            vi="Một mục trong tệp mô tả tổ chức chứng thực bị thiếu, lạ hoặc sai giá trị.",
            en="An entry of the file about an authority is missing, unknown, or has a wrong value.",
            do_vi="Sửa mục được nêu theo tài liệu vận hành (docs/operations.md).",
            do_en="Correct the entry named, as docs/operations.md has it.",
        ),
        TrustCode.ENTRY_MISSING: Words(
            vi="Chứng thư số này không có tệp mô tả bên cạnh nên không được tin cậy.",
            en="This certificate has no file about it, and is trusted for nothing.",
            do_vi="Thêm tổ chức chứng thực bằng `axis trust add`, hoặc bỏ tệp ra khỏi thư mục.",
            do_en="Add the authority by `axis trust add`, or take the file out of the folder.",
        ),
        TrustCode.CERTIFICATE_UNREADABLE: Words(
            vi="Không có đúng một chứng thư số dạng PEM đọc được.",
            en="There is not exactly one readable certificate in PEM.",
            do_vi="Đặt chứng thư số của tổ chức chứng thực vào tệp .pem cùng tên với tệp mô tả.",
            do_en="Put the authority's certificate into the .pem file of the same name.",
        ),
        TrustCode.NO_CERTIFICATE: Words(
            vi="Tệp đã nêu không chứa chứng thư số nào đọc được, dạng PEM hay DER.",
            en="The file named holds no readable certificate, in PEM or in DER.",
            do_vi="Nêu tệp chứa chứng thư số, không phải tệp khóa hay tệp yêu cầu cấp chứng thư số.",
            do_en="Name a file with a certificate, not one with a key or a request for a certificate.",
        ),
        TrustCode.SEVERAL_CERTIFICATES: Words(
            vi="Tệp đã nêu chứa nhiều chứng thư số, mỗi lần chỉ thêm được một.",
            en="The file named holds several certificates, and one is added at a time.",
            do_vi="Tách mỗi chứng thư số ra một tệp, rồi thêm từng tổ chức chứng thực.",
            do_en="Put each certificate into a file of its own, and add the authorities one by one.",
        ),
        TrustCode.OTHER_CERTIFICATE: Words(
            vi="Dấu vân tay ghi trong tệp mô tả không phải của chứng thư số bên cạnh.",
            en="The fingerprint in the file is not that of the certificate beside it.",
            do_vi="Đối chiếu dấu vân tay với nguồn công bố chính thức của tổ chức chứng thực.",
            do_en="Compare the fingerprint with what the authority itself publishes.",
        ),
        TrustCode.REPEATED: Words(
            vi="Chứng thư số này đã có trong thư mục.",
            en="This certificate is in the folder already.",
            do_vi="Sửa tệp mô tả hiện có thay vì thêm lần nữa.",
            do_en="Change the file that is there, instead of adding it again.",
        ),
        TrustCode.NOT_AUTHORITY: Words(
            vi="Chứng thư số này không phải của tổ chức chứng thực, hoặc thiếu mục đích hay định danh khóa.",
            en="This certificate is no certification authority's, or lacks key usage or key identifier.",
            do_vi="Dùng chứng thư số của chính tổ chức chứng thực (CA), không phải của người ký.",
            do_en="Take the certificate of the authority itself, not a signer's.",
        ),
        TrustCode.WEAK_KEY: Words(
            vi="Khóa của tổ chức chứng thực yếu hơn mức chính sách chữ ký số cho phép.",
            en="The authority's key is weaker than the signing policy allows.",
            do_vi="Dùng chứng thư số mới hơn của tổ chức chứng thực.",
            do_en="Take a newer certificate of the authority.",
        ),
        TrustCode.DEMAND_BROKEN: Words(
            vi="Chứng thư số không đáp ứng một yêu cầu bắt buộc của RFC 5280.",
            en="The certificate breaks a demand of RFC 5280.",
            do_vi="Hỏi tổ chức chứng thực; nếu vẫn phải dùng, ghi tên yêu cầu vào mục `tolerates`.",
            do_en="Ask the authority; where it must be used as it is, name the demand under `tolerates`.",
        ),
        TrustCode.PURPOSE_UNSERVED: Words(
            vi="Không có tổ chức chứng thực gốc nào đang được tin cậy cho một mục đích mà Trục cần.",
            en="No anchor is trusted at present for a purpose that the axis needs.",
            do_vi="Thêm mục đích đó vào `purposes` của một tổ chức chứng thực gốc đang được tin cậy.",
            do_en="Add the purpose to the `purposes` of an anchor whose window holds the present.",
        ),
        TrustCode.PURPOSE_LACKING: Words(
            vi="Tổ chức chứng thực này có trong danh mục tin cậy, nhưng không phải cho mục đích đang xét.",
            en="This authority is in the trust store, but not for the purpose that is asked for.",
            do_vi="Nếu muốn tin cậy, thêm mục đích đó vào `purposes` trong tệp mô tả đã nêu.",
            do_en="Where it is to be trusted for it, add the purpose to `purposes` in the file named.",
        ),
        TrustCode.EXPIRED: Words(
            vi="Chứng thư số của tổ chức chứng thực không còn hoặc chưa có hiệu lực.",
            en="The authority's certificate is not in force.",
            do_vi="Giữ lại để kiểm tra chữ ký cũ; thêm chứng thư số mới của tổ chức chứng thực.",
            do_en="Keep it for old signatures; add the authority's new certificate.",
        ),
        TrustCode.WINDOW_CLOSED: Words(
            vi="Thời gian tin cậy chưa bắt đầu, đã kết thúc, hoặc không trùng lúc nào với hiệu lực của chứng thư số.",
            en="The window of trust has not begun, has ended, or holds no moment of the certificate's validity.",
            do_vi="Nếu đã thôi tin cậy thì giữ lại để kiểm tra chữ ký cũ; nếu không thì sửa thời gian trong tệp mô tả.",
            do_en="Where it was given up, keep it for old signatures; otherwise correct the window in its file.",
        ),
    }
)

_LAPSED: Final = Words(
    vi="Tổ chức chứng thực gốc được tin cậy cho một mục đích mà Trục cần đang ở ngoài thời gian tin cậy, hoặc thời "
    "gian đó không trùng lúc nào với hiệu lực của chứng thư số.",
    en="The anchor that is trusted for a purpose the axis needs is outside its window of trust, or the window holds "
    "no moment of its certificate's validity.",
    do_vi="Sửa `trusted_from`, `trusted_until` trong tệp mô tả, hoặc thêm tổ chức chứng thực gốc kế tiếp.",
    do_en="Correct `trusted_from`, `trusted_until` in its file, or add the anchor that follows.",
)
"""Of a purpose that somebody would serve, were it not for a window."""

_ENTRY_WORDS: Final[Mapping[EntryFault, Words]] = MappingProxyType(
    {
        EntryFault.MISSING: Words(
            vi="Tệp mô tả tổ chức chứng thực thiếu mục `{entry}`.",
            en="The file about an authority lacks the entry `{entry}`.",
            do_vi="Thêm mục đó theo tài liệu vận hành (docs/operations.md).",
            do_en="Add it, as docs/operations.md has it.",
        ),
        EntryFault.UNKNOWN: Words(
            vi="Tệp mô tả tổ chức chứng thực không có mục nào tên là `{entry}`.",
            en="The file about an authority has no entry of the name `{entry}`.",
            do_vi="Bỏ mục đó hoặc sửa tên thành một trong: {allowed}.",
            do_en="Take it out, or correct its name to one of {allowed}.",
        ),
        EntryFault.WORD: Words(
            vi="Mục `{entry}` không nhận giá trị `{word}`.",
            en="The entry `{entry}` cannot hold `{word}`.",
            do_vi="Dùng giá trị trong số: {allowed}.",
            do_en="Take what is among {allowed}.",
        ),
        EntryFault.FORM: Words(
            vi="Mục `{entry}` phải là {vi}.",
            en="The entry `{entry}` must be {en}.",
            do_vi="Sửa mục đó theo tài liệu vận hành (docs/operations.md).",
            do_en="Correct it, as docs/operations.md has it.",
        ),
    }
)


def finding(code: TrustCode, place: str = "", *, value: str | None = None, is_warning: bool = False) -> Finding:
    """Return what is wrong as a finding; `place` is a file, `value` an entry, a lint or a purpose."""
    severity = Severity.WARNING if is_warning else Severity.ERROR
    return Finding(code.value, place, severity, _WORDS[code], value)


def unserved_finding(purpose: str, *, is_lapsed: bool) -> Finding:
    """Return that no anchor serves a purpose; `is_lapsed` where one would, but for its window."""
    found = finding(TrustCode.PURPOSE_UNSERVED, value=purpose)
    return replace(found, words=_LAPSED) if is_lapsed else found


def entry_finding(fault: EntryFault, file: str, *, entry: str, among: Iterable[str] = (), **names: str) -> Finding:
    """Return what is wrong with an entry of a file: `word` it holds, `among` which it must be, or `vi` and `en`."""
    shown = names | {"entry": _shown(entry), "word": _shown(names.get("word", ""))}
    shown["allowed"] = ", ".join(f"`{one}`" for one in among)
    words = _ENTRY_WORDS[fault]
    vi, en, do_vi, do_en = (one.format_map(shown) for one in (words.vi, words.en, words.do_vi, words.do_en))
    return Finding(TrustCode.ENTRY_INVALID.value, file, Severity.ERROR, Words(vi, en, do_vi, do_en), entry)


def _shown(text: str) -> str:
    """Return a text as it stands within the words: short, and without what would end its quotation."""
    return text[:WORD_SHOWN_MAX].replace("`", "'")
