"""How a command ends, for scripts: one number for each thing that a caller would do next."""

from __future__ import annotations

from enum import IntEnum
from typing import Self


class ExitCode(IntEnum):
    """The exit codes of every command. A number never changes its meaning; `vi` and `en` say what it is."""

    vi: str
    en: str

    def __new__(cls, value: int, vi: str, en: str) -> Self:
        """Return the member with its meaning in both languages."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.vi = vi
        member.en = en
        return member

    DONE = 0, "Đã thực hiện", "Done."
    UNEXPECTED = 1, "Lỗi ngoài dự kiến của chương trình", "Something unexpected: a fault of the program."
    USAGE = 2, "Lệnh gõ sai hoặc thiếu tham số", "The command line is wrong: see --help."
    REFUSED = 3, "Trục từ chối, có nêu lý do", "The axis understood and refused, with reasons."
    INPUT = 4, "Tệp hoặc giá trị đưa vào không đọc được hoặc không hợp lệ", "A file or value cannot be read or used."
    NOT_PROVEN = (
        5,
        "Chữ ký, biên nhận hoặc nội dung không kiểm chứng được",
        "A signature, a receipt or downloaded content does not verify.",
    )
    UNREACHABLE = (
        6,
        "Không liên lạc được với Trục, cơ sở dữ liệu hoặc địa chỉ nhận thông báo đang thử",
        "No answer from the axis or its database, or none that counts from a webhook that is tried.",
    )
    NOTHING_THERE = 7, "Không có gì để trả về", "There is nothing there: an unknown id, an empty inbox."
    SETTINGS = 8, "Tham số cài đặt bị từ chối", "The settings are refused: see axis config check."
    LATER = 9, "Trục đang bận; chạy lại sau", "The axis is busy; the same command may succeed later."
    STUCK = (
        10,
        "Có việc bị hỏng hoặc ứ đọng, xem kết quả đã in ra",
        "Something is broken or stuck: see what was printed.",
    )
    INTERRUPTED = 130, "Bị người dùng dừng", "Interrupted from the keyboard."

    @classmethod
    def of(cls, number: int) -> ExitCode:
        """Return the code with this number; UNEXPECTED for one that is not documented."""
        return next((code for code in cls if code == number), cls.UNEXPECTED)
