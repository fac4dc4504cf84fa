"""File names become safe, and those a model may carry stay as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envelopes.errors import InvalidModel
from envelopes.filenames import safe_name
from envelopes.limits import ATTACHMENT_NAME_MAX
from envelopes.remarks import Reason
from envelopes.texts import check_attachment_name, is_carried_unchanged


@pytest.mark.parametrize(
    ("raw", "safe", "reasons"),
    [
        ("7.pdf", "7.pdf", ()),
        ("Công văn số 7 (bản ký).signed.pdf", "Công văn số 7 (bản ký).signed.pdf", ()),
        ("báo cáo..pdf", "báo cáo..pdf", ()),
        ("100%.pdf", "100%.pdf", ()),
        ("CON", "CON", ()),
        ("../../etc/passwd", "passwd", (Reason.NAME_IS_A_PATH,)),
        ("..\\..\\boot.ini", "boot.ini", (Reason.NAME_IS_A_PATH,)),
        ("a/../../b.pdf", "b.pdf", (Reason.NAME_IS_A_PATH,)),
        ("..", "unnamed", (Reason.NAME_IS_A_PATH,)),
        ("/etc/passwd", "passwd", (Reason.NAME_IS_A_PATH,)),
        ("\\\\may-chu\\chung\\7.pdf", "7.pdf", (Reason.NAME_IS_A_PATH,)),
        ("7.pdf%00.exe", "7.pdf%00.exe", (Reason.NAME_IS_A_PATH,)),
        ("%2E%2e%2fx", "%2E%2e%2fx", (Reason.NAME_IS_A_PATH,)),
        ("thư mục/7.pdf", "7.pdf", (Reason.NAME_CHANGED,)),
        ("C:\\Users\\x\\7.pdf", "7.pdf", (Reason.NAME_CHANGED,)),
        ("a:b*c?.pdf", "a_b_c_.pdf", (Reason.NAME_CHANGED,)),
        ("hoa\u202efdp.exe", "hoafdp.exe", (Reason.NAME_CHANGED,)),
        ("7\u200b.pdf", "7.pdf", (Reason.NAME_CHANGED,)),
        ("dòng\nmới.pdf", "dòngmới.pdf", (Reason.NAME_CHANGED,)),
        ("7\u00a0a.pdf", "7 a.pdf", (Reason.NAME_CHANGED,)),
        (".", "unnamed", (Reason.NAME_CHANGED,)),
        ("thư mục/", "unnamed", (Reason.NAME_CHANGED,)),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf", (Reason.NAME_TOO_LONG,)),
        ("x" * 300, "x" * 200, (Reason.NAME_TOO_LONG,)),
        ("x." + "y" * 300, "x." + "y" * 198, (Reason.NAME_TOO_LONG,)),
    ],
)
def test_names_become_safe(raw: str, safe: str, reasons: tuple[Reason, ...]) -> None:
    name = safe_name(raw)
    assert (name.text, name.reasons) == (safe, reasons)


_NAMES = st.text(st.one_of(st.sampled_from('./\\:*?"<>|%0 \u202e\n\u00a0ắ'), st.characters()), min_size=1)


@given(_NAMES.map(str.strip).filter(bool))
def test_every_safe_name_may_be_carried(raw: str) -> None:
    name = safe_name(raw).text
    check_attachment_name(name)
    assert is_carried_unchanged(name)
    assert len(name) <= ATTACHMENT_NAME_MAX


@given(_NAMES.filter(is_carried_unchanged))
def test_what_may_be_carried_stays(name: str) -> None:
    try:
        check_attachment_name(name)
    except InvalidModel:
        return
    assert safe_name(name).text == name
