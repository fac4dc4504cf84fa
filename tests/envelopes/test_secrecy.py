"""State secrecy: markings are found however they are typed, ordinary uses of the words are left alone."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import pytest

from envelopes import paths
from envelopes.model import Code, DocumentType, Envelope, Extension, OtherInfo, SignerInfo, StaffInfo
from envelopes.paths import numbered
from envelopes.rules import CLASSIFIED, rules
from envelopes.status import StatusReport
from envelopes.validation import is_refused, validate
from tests.envelopes.builders import TODAY, attachment, envelope, organization, recall, status_report

MARKED = [
    "[MẬT] V/v kế hoạch năm 2026",
    "[ Mật ] V/v kế hoạch",
    "(Tối mật) V/v kế hoạch",
    "[TUYỆT MẬT]",
    "<Mật> Kế hoạch",
    "*MẬT* Kế hoạch",
    "［ＭẬＴ］ Kế hoạch",  # full-width letters
    "[M\u200bẬ\u200bT] Kế hoạch",  # invisible characters
    "[MAT] Ke hoach nam 2026",
    "[TOI MAT] Ke hoach",
    "Kế hoạch năm 2026 (Mật)",
    "Kế hoạch năm 2026 [TUYỆT MẬT].",
    "Ke hoach nam 2026 (tuyet mat)",
    "Kế hoạch. Độ mật: Mật",
    "Độ mật : TỐI MẬT; kế hoạch",
    "ĐỘ MẬT - MẬT",
    "mức độ mật là tuyệt mật",
    "Do mat: Mat",
    "do mat=toi mat",
    "Mật",
    "- TỐI  MẬT -",
    "Tuyệt mật: Kế hoạch phòng thủ",
    "TỐI MẬT - Kế hoạch",
]
ORDINARY = [
    "V/v tăng cường bảo mật hệ thống thông tin",
    "Bảo vệ bí mật kinh doanh của doanh nghiệp",
    "Bảo vệ bí mật nhà nước: tập huấn năm 2026",
    "V/v quản lý tài liệu mật tại các cơ quan",
    "Giải mật tài liệu lưu trữ giai đoạn 1975–1990",
    "Báo cáo mật độ dân số năm 2026",
    "MẬT ĐỘ XÂY DỰNG KHU ĐÔ THỊ MỚI",
    "Mật độ: khảo sát giao thông",
    "Hội chợ mật ong (mật ong rừng) năm 2026",
    "Quan hệ mật thiết giữa hai tỉnh",
    "Đổi mật khẩu tài khoản (mật khẩu mạnh)",
    "Đo mật độ: phương pháp mới",
    "Độ mật: Thường",
    "Độ mật: Không",
    "Độ mật: mật độ cao",
    "Dieu tra mat do dan so (mat 2)",
    "Thong bao mat dien (mat)",
    "Cấp lại thẻ do mất: mặt trước",
    "Cap lai the do mat - mat the",
    "V/v tối mặt trời lặn",
    "[MẮT] Khám bệnh định kỳ",
    "[MẤT] Thông báo mất con dấu",
    "Khám mắt (mắt)",
    "MAT",
]


def marked(message: Envelope | StatusReport) -> list[str]:
    return [finding.path for finding in validate(message, today=TODAY) if finding.code == CLASSIFIED]


def forms(text: str) -> list[str]:
    return [text, text.upper(), text.lower(), unicodedata.normalize("NFD", text)]


@pytest.mark.parametrize("text", MARKED)
def test_finds_a_marking_in_a_text_however_it_is_typed(text: str) -> None:
    for form in forms(text):
        assert marked(envelope(subject=form)) == ["MessageHeader.Subject"], form


@pytest.mark.parametrize("text", ORDINARY)
def test_leaves_ordinary_words_alone_however_they_are_typed(text: str) -> None:
    for form in forms(text):
        assert marked(envelope(subject=form)) == [], form


@pytest.mark.parametrize(
    ("message", "path"),
    [
        (envelope(content="[MẬT] a"), "MessageHeader.Content"),
        (envelope(code=Code("123", "KH-UBND (Mật)")), "MessageHeader.Code.CodeNotation"),
        (envelope(document_type=DocumentType("Công văn mật")), "MessageHeader.DocumentType.TypeName"),
        (envelope(other=OtherInfo(sphere="Mat")), "MessageHeader.OtherInfo.SphereOfPromulgation"),
        (envelope(other=OtherInfo(sphere="Lưu hành tối mật")), "MessageHeader.OtherInfo.SphereOfPromulgation"),
        (envelope(other=OtherInfo(typist="MẬT")), "MessageHeader.OtherInfo.TyperNotation"),
        (
            envelope(other=OtherInfo(appendixes=("Phụ lục 1", "[MẬT] Phụ lục 2"))),
            "MessageHeader.OtherInfo.Appendixes.Appendix[2]",
        ),
        (envelope(to_places=("Lưu: VT (Mật)",)), "MessageHeader.ToPlaces.Place[1]"),
        (envelope(attachments=(attachment("kế hoạch (Mật).pdf"),)), "AttachmentEncoded.Attachment[1].AttachmentName"),
        (envelope(attachments=(attachment(description="Tối mật"),)), "AttachmentEncoded.Attachment[1].Description"),
        (
            replace(recall(), business=replace(recall().business, reason="Thu hồi. Độ mật: Mật")),
            "TraceHeaderList.Bussiness.BussinessDocReason",
        ),
        (status_report(description="Văn bản ghi độ mật: Mật"), "MessageHeader.Description"),
    ],
)
def test_looks_wherever_the_document_is_spoken_of(message: Envelope | StatusReport, path: str) -> None:
    assert marked(message) == [path]


@pytest.mark.parametrize(
    "message",
    [
        envelope(sender=organization(name="Mật")),
        envelope(signer=SignerInfo("Mật", position="Phó Giám đốc")),
        envelope(business=replace(envelope().business, staff=(StaffInfo(staff="Mật"),))),
        envelope(document_type=DocumentType("Cam kết bảo mật")),
        envelope(other=OtherInfo(sphere="Thông tin bí mật")),
        envelope(other=OtherInfo(sphere="Nội bộ", typist="MAT")),  # initials of Mai Anh Tuấn
        envelope(code=Code("123", "TB-TM")),
    ],
)
def test_names_and_initials_are_no_markings(message: Envelope) -> None:
    assert marked(message) == []


@pytest.mark.parametrize(
    "xml",
    [
        "<SecurityLevel>Mật</SecurityLevel>",
        "<SecurityLevel>1</SecurityLevel>",
        "<DoMat>TM</DoMat>",
        "<MucDoMat>Toi mat</MucDoMat>",
        "<ĐộMật>Mật</ĐộMật>",
        "<do_mat>2</do_mat>",
        "<Secret>true</Secret>",
        "<IsSecret>1</IsSecret>",
        "<SecretLevelName>Tuyệt mật</SecretLevelName>",
        "<Confidentiality>secret</Confidentiality>",
        '<Xa SecurityLevel="Mật"></Xa>',
        '<Xa><Xb doMat="3"></Xb></Xa>',
        "<Xa><SecurityLevel><Code>0</Code><Name>Mật</Name></SecurityLevel></Xa>",
        "<Note>Độ mật: Mật</Note>",
        '<Note label="[MẬT]"></Note>',
    ],
)
def test_finds_the_grade_in_elements_outside_the_standard(xml: str) -> None:
    name = re.split(r"[ >]", xml[1:], maxsplit=1)[0]
    message = envelope(extensions=(Extension(paths.OTHER_INFO, xml.encode()),))
    assert marked(message) == [f"MessageHeader.OtherInfo.{name}"]


@pytest.mark.parametrize(
    "xml",
    [
        "<SecurityLevel></SecurityLevel>",
        "<SecurityLevel>0</SecurityLevel>",
        "<SecurityLevel>Thường</SecurityLevel>",
        "<SecurityLevel>0 - Thường</SecurityLevel>",
        "<DoMat>Không</DoMat>",
        "<DoMat>Không mật</DoMat>",
        "<IsSecret>false</IsSecret>",
        "<Secret>none</Secret>",
        "<SecurityLevel><Code>0</Code><Name>Bình thường</Name></SecurityLevel>",
        "<MatDo>2</MatDo>",
        "<MatKhau>Mật khẩu</MatKhau>",
        "<Priority>1</Priority>",
        '<SecurityToken level="1">abc</SecurityToken>',
    ],
)
def test_leaves_elements_alone_that_deny_secrecy_or_mean_something_else(xml: str) -> None:
    assert marked(envelope(extensions=(Extension(paths.SIGNER, xml.encode()),))) == []


def test_names_the_place_of_an_element_below_an_item() -> None:
    extension = Extension(numbered(paths.ATTACHMENT, 2), "<DoMat>Mật</DoMat>".encode())
    assert marked(envelope(extensions=(extension,))) == ["AttachmentEncoded.Attachment[2].DoMat"]


def test_refuses_says_why_and_repeats_nothing_of_it() -> None:
    findings = validate(envelope(subject="[TUYỆT MẬT] Kế hoạch"), today=TODAY)
    assert is_refused(findings)
    [rule] = [rule for rule in rules() if rule.code == CLASSIFIED]
    assert findings[-1].words == rule.words
    assert findings[-1].value is None
    for words in (rule.words.vi, rule.words.en):
        assert "28/2018/QĐ-TTg" in words
    assert "bộ phận phụ trách bảo vệ bí mật nhà nước" in rule.words.do_vi
    assert "channel for classified documents" in rule.words.do_en
