"""What people list by hand is complete: tables, rooms, fields of evidence, reasons not to start, codes of statuses."""

from __future__ import annotations

import base64
import inspect
import re
from collections.abc import Iterator

import pytest
from lxml import etree

from axis.settings import refusals
from envelopes.codes import StatusCode
from envelopes.evidence import AXIS_NAMESPACE, ERDS_NAMESPACE, EvidenceType
from storage.database.tables import APPEND_ONLY, Base
from tests.architecture.source import ROOT
from tests.docs.names import unknown_options
from tests.docs.pages import all_pages, page
from tests.fixtures.running import RunningAxis, eventually

COLUMNS = {
    EvidenceType.SUBMISSION_ACCEPTANCE: 0,
    EvidenceType.SUBMISSION_REJECTION: 1,
    EvidenceType.CONTENT_CONSIGNMENT: 2,
    EvidenceType.CONTENT_HANDOVER: 3,
    EvidenceType.CONTENT_HANDOVER_FAILURE: 4,
}
"""The columns of the tables of fields on the evidence page."""

_FIELD = re.compile(r"^\| `(?P<name>\w+)`\S* \|(?P<marks>(?:[^|]*\|){5}) (?P<says>.+) \|$", re.MULTILINE)


def test_every_table_of_the_database_is_described() -> None:
    text = page("docs/architecture.md").text
    assert [name for name in Base.metadata.tables if f"`{name}`" not in text] == []
    sentence = next(line for line in text.splitlines() if "refuse UPDATE" in line)
    assert [name for name in APPEND_ONLY if f"`{name}`" not in sentence] == []


def test_every_floor_and_room_is_described() -> None:
    text = page("docs/architecture.md").text
    rooms = {path.parent.name for path in (ROOT / "axis").glob("*/__init__.py")}
    assert [name for name in rooms if f"[`{name}`](../axis/{name})" not in text] == []


def test_every_reason_not_to_start_is_described() -> None:
    codes = set(re.findall(r'"(settings/[a-z-]+)"', inspect.getsource(refusals)))
    assert codes
    assert [code for code in codes if f"`{code}`" not in page("docs/settings.md").text] == []


def test_every_status_code_is_in_the_glossary() -> None:
    text = page("docs/glossary.md").text
    assert [code for code in StatusCode if f"| {code.value} |" not in text or f"`{code.name}`" not in text] == []


def test_every_element_that_evidence_may_have_is_described() -> None:
    assert [name for name in elements_of_the_schemas() if f"`{name}`" not in page("docs/evidence.md").text] == []


def elements_of_the_schemas() -> Iterator[str]:
    """The names of all elements that the schemas declare."""
    for schema in ("evidence.xsd", "evidence-axis.xsd"):
        tree = etree.parse(ROOT / "envelopes" / "schemas" / schema)
        found = (element.get("name") for element in tree.iter("{http://www.w3.org/2001/XMLSchema}element"))
        yield from (name for name in found if name)


def described(kind: EvidenceType) -> tuple[set[str], set[str]]:
    """The fields that the page says an evidence of this kind always has, and those it may have."""
    found = list(_FIELD.finditer(page("docs/evidence.md").text))
    marks = {match["name"]: match["marks"].split("|")[COLUMNS[kind]].strip() for match in found}
    always = {name for name, mark in marks.items() if mark in {"●", "empty"}}
    return always, {name for name, mark in marks.items() if mark == "○"}


def fields_of(octets: bytes) -> set[str]:
    """The fields of a sealed evidence: children of the root and of our own additions."""
    root = etree.fromstring(octets)
    facts = root.find(f".//{{{AXIS_NAMESPACE}}}Facts")
    assert root.tag == f"{{{ERDS_NAMESPACE}}}Evidence"
    assert facts is not None
    return {etree.QName(child).localname for child in (*root, *facts)}


@pytest.fixture(scope="session")
def sealed(running: RunningAxis) -> dict[EvidenceType, bytes]:
    """One evidence of each kind that is issued, as the running axis sealed it."""
    sender, taker, refuser = running.agencies(3)
    receipt = sender.sdk.send(running.package(sender, taker, refuser))
    for station, failure in ((taker, None), (refuser, "Văn bản gửi nhầm")):
        (offer,) = station.sdk.lease(wait=10).offers
        station.sdk.fetch(offer)
        station.sdk.acknowledge(offer, station.signer, failure=failure)
    altered = running.package(sender, taker).replace(b"SNV-VP</", b"SNV-VQ</", 1)
    rejection = sender.post(altered).json()["evidence"]

    def everything() -> dict[EvidenceType, bytes] | None:
        found = {evidence.type: octets for evidence, octets in sender.sdk.evidences(receipt.envelope_id)}
        return found if len(found) == len(COLUMNS) - 1 else None

    return eventually(everything) | {EvidenceType.SUBMISSION_REJECTION: base64.b64decode(rejection)}


@pytest.mark.parametrize("kind", COLUMNS)
def test_each_evidence_has_the_fields_that_the_page_says(sealed: dict[EvidenceType, bytes], kind: EvidenceType) -> None:
    always, sometimes = described(kind)
    found = fields_of(sealed[kind])
    assert always - found == set()
    assert found - always - sometimes == set()


def test_a_field_the_page_does_not_speak_of_is_caught(sealed: dict[EvidenceType, bytes]) -> None:
    handover = fields_of(sealed[EvidenceType.CONTENT_HANDOVER])
    always, sometimes = described(EvidenceType.SUBMISSION_ACCEPTANCE)
    assert handover - always - sometimes == {"PreviousEvidence", "Acknowledgement"}


def test_every_command_that_a_page_shows_is_one() -> None:
    blocks = [body for one in all_pages() for _, body in one.blocks("sh")]
    lines = [line for body in blocks for line in body.splitlines() if line.startswith("axis ")]
    assert len(lines) > 10
    assert [unknown for line in lines for unknown in unknown_options(line)] == []


def test_a_command_that_is_none_is_caught() -> None:
    assert unknown_options("axis envelope teleport letter.toml") == {"axis envelope teleport letter.toml"}
    assert unknown_options("axis envelope send --fast letter.toml") == {"--fast"}
    assert unknown_options("axis verify receipt.xml --package letter.edxml") == set()
