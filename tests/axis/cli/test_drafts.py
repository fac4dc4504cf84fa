"""Descriptions become messages, or are refused with everything that is wrong in them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from axis.cli.draft_words import DRAFT_WORDS, DraftCode
from axis.cli.drafts import DescriptionRefused, read_description
from envelopes.codes import BusinessDocType, Priority, ReceiverType
from envelopes.identifiers import DocumentId, OrganId
from envelopes.model import Envelope, Organization, Receiver, ReplacementInfo, SignerInfo, UpdateInfo
from envelopes.texts import VIETNAM
from envelopes.validation import is_refused, validate
from tests.signing.pki import MOMENT

LETTER = """
from = { organ_id = "H51.15", name = "Sở Nội vụ tỉnh Mẫu" }
to = ["H41.21", { organ_id = "H26.18", name = "Văn phòng" }]
number = "123"
notation = "SNV-VP"
subject = "V/v báo cáo công tác văn thư"
place = "Sóc Trăng"
date = 2026-11-20
document_type = "Công văn"
signer = { full_name = "Nguyễn Văn Mẫu", position = "Phó Giám đốc" }
priority = "urgent"
pages = 3
attachments = ["letter.pdf", { file = "annex.bin", name = "../Phụ lục.pdf", description = "Phụ lục" }]
"""


def read(folder: Path, text: str, name: str = "letter.toml", sender: OrganId | None = None) -> Envelope:
    """The message of a description with two files beside it."""
    (folder / "letter.pdf").write_bytes(b"%PDF-1.4 letter")
    (folder / "annex.bin").write_bytes(b"%PDF-1.4 annex")
    (folder / name).write_text(text)
    return read_description(folder / name, at=MOMENT, sender=sender)


def refusals(folder: Path, text: str, name: str = "letter.toml") -> list[tuple[str, str]]:
    """Code and entry of everything that is wrong."""
    with pytest.raises(DescriptionRefused) as refused:
        read(folder, text, name)
    return [(finding.code, finding.path) for finding in refused.value.findings]


def test_a_letter_becomes_a_message_that_the_rules_let_pass(tmp_path: Path) -> None:
    envelope = read(tmp_path, LETTER)
    assert envelope.sender == Organization(OrganId("H51.15"), name="Sở Nội vụ tỉnh Mẫu")
    assert [str(one.organ_id) for one in envelope.recipients] == ["H41.21", "H26.18"]
    assert envelope.document_id == DocumentId("H51.15,2026/11/20,123/SNV-VP")
    assert envelope.other.priority is Priority.URGENT
    assert envelope.signer == SignerInfo("Nguyễn Văn Mẫu", "Phó Giám đốc")
    assert [(one.name, one.media_type, one.content) for one in envelope.attachments] == [
        ("letter.pdf", "application/pdf", b"%PDF-1.4 letter"),
        ("Phụ lục.pdf", "application/pdf", b"%PDF-1.4 annex"),
    ]
    assert not is_refused(validate(envelope, today=MOMENT.astimezone(VIETNAM).date()))


def test_the_same_letter_in_json_is_the_same_message(tmp_path: Path) -> None:
    members = {
        "from": "H51.15",
        "to": ["H41.21"],
        "number": "1",
        "notation": "A",
        "date": "2026-11-20",
        "attachments": ["letter.pdf"],
    }
    toml = "\n".join(f"{name} = {value if name == 'date' else json.dumps(value)}" for name, value in members.items())
    assert read(tmp_path, json.dumps(members), "letter.json") == read(tmp_path, toml)


def test_what_is_left_out_is_the_usual(tmp_path: Path) -> None:
    envelope = read(tmp_path, 'to = ["H41"]', sender=OrganId("H51"))
    assert envelope.sender.organ_id == OrganId("H51")
    assert envelope.promulgation_date == MOMENT.astimezone(VIETNAM).date()
    assert envelope.document_id is None
    assert (envelope.trace[0].organ_id, envelope.trace[0].timestamp) == (OrganId("H51"), MOMENT)


def test_recall_update_and_replacement_say_what_they_do(tmp_path: Path) -> None:
    base = 'from = "H51"\nto = ["H41"]\nreason = "Sai số liệu"\n'
    recall = read(tmp_path, base + 'business = "recall"\ntarget = "A"').business
    assert (recall.doc_type, recall.document_id, recall.updates) == (BusinessDocType.RECALL, DocumentId("A"), ())
    update = read(tmp_path, base + 'business = "update"\ntarget = "A"\nadd = ["H26"]\nremove = ["H41"]').business
    receivers = (
        Receiver(OrganId("H41"), ReceiverType.REMOVED),
        Receiver(OrganId("H26"), ReceiverType.ADDED),
    )
    assert update.updates == (UpdateInfo(document_changes=False, receivers_change=True, receivers=receivers),)
    replacement = read(tmp_path, base + 'business = "replace"\nreplaces = ["A", "B"]').business
    assert replacement.replacements == (ReplacementInfo(DocumentId("A")), ReplacementInfo(DocumentId("B")))


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = """
    from = "H 51"
    to = ["H41", 5, { organ_id = "?", nmae = "x" }, {}]
    date = "20/11/2026"
    priority = "very"
    pages = true
    copies = "2"
    subejct = "V/v"
    document_id = "a\\tb"
    attachments = ["none.pdf", { name = "x" }]
    to_places = "Lưu"
    """
    assert sorted(refusals(tmp_path, text)) == sorted(
        [
            ("draft/organ-id", "from.organ_id"),
            ("draft/missing", "from"),
            ("draft/kind", "to[2]"),
            ("draft/organ-id", "to[3].organ_id"),
            ("draft/unknown", "to[3].nmae"),
            ("draft/missing", "to[4].organ_id"),
            ("draft/kind", "date"),
            ("draft/choice", "priority"),
            ("draft/kind", "pages"),
            ("draft/kind", "copies"),
            ("draft/unknown", "subejct"),
            ("draft/document-id", "document_id"),
            ("draft/file", "attachments[1].file"),
            ("draft/missing", "attachments[2].file"),
            ("draft/kind", "to_places"),
        ]
    )


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("a.toml", "to = [", "draft/malformed"),
        ("a.json", "[]", "draft/kind"),
        ("a.json", "[" * 100_000, "draft/malformed"),
        ("a.json", "nothing", "draft/malformed"),
    ],
)
def test_what_is_no_description_is_refused(tmp_path: Path, name: str, text: str, code: str) -> None:
    assert refusals(tmp_path, text, name) == [(code, str(tmp_path / name))]


def test_a_zip_by_another_name_keeps_its_octets(tmp_path: Path) -> None:
    (tmp_path / "A.ZIP").write_bytes(b"PK\x03\x04 not really")
    (attachment,) = read(tmp_path, 'from = "H51"\nto = ["H41"]\nattachments = ["A.ZIP"]').attachments
    assert (attachment.name, attachment.media_type) == ("A.ZIP", "application/octet-stream")


def test_a_day_is_a_day_and_nothing_finer(tmp_path: Path) -> None:
    assert refusals(tmp_path, 'from = "H51"\nto = ["H41"]\ndate = 2026-11-20T08:00:00') == [("draft/kind", "date")]
    assert read(tmp_path, 'from = "H51"\nto = ["H41"]\ndue_date = "2026-12-05"').due_date == date(2026, 12, 5)


def test_every_reason_has_words() -> None:
    assert set(DRAFT_WORDS) == set(DraftCode)
