"""Whatever comes in, the reader gives a message that survives a rewrite, or a named refusal, within time and memory."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envelopes.errors import Severity, UnreadableMessage
from envelopes.limits import RECIPIENTS_MAX
from envelopes.model import Envelope
from envelopes.obstacles import Obstacle
from envelopes.parser import NAMESPACE
from envelopes.reader import read
from envelopes.remarks import REMARKS, Reason
from envelopes.status import StatusReport
from envelopes.validation import validate
from envelopes.writer import write
from tests.vectors import document, status, vector
from tests.vectors.variations import multipart, signature

_NAMES = [obstacle.value for obstacle in Obstacle]
_WORDS = {remark.words for remark in REMARKS.values()}
_SEEDS = (document(), status(), vector("flat.xml"), vector("edoc.xml"), multipart(binary=False, headers=True))
_TAGS = sorted({tag for seed in _SEEDS for tag in seed.split(b"<") if tag.strip()})
_INSERTS = st.sampled_from(
    [
        *(
            b"",
            b"<a/>",
            b"<!---->",
            b"x",
            b" ",
            b"null",
            b"\xc2\xa0",
            b"&#13;",
            b"&lt;",
            b"<![CDATA[",
            b"]]>",
            b"<",
            b">",
        ),
        *(b'"', b"<Subject>", b"<Token>", b"\x00", b"\xff", b"9" * 5000, b"../", b"cid:", b"-1", b"="),
        signature("ds").encode(),
    ]
)


def _judge(octets: bytes) -> None:
    try:
        reading = read(octets)
    except UnreadableMessage as refusal:
        assert refusal.finding.code in _NAMES  # noqa: PT017  either outcome is right
    else:
        assert isinstance(reading.message, Envelope | StatusReport)
        assert {finding.words for finding in reading.findings} <= _WORDS
        is_whole = all(finding.severity is Severity.WARNING for finding in reading.findings)
        if is_whole and not _is_silent(reading.message):
            assert read(write(reading.message)).message == reading.message


_SILENT = (
    f'<edXML xmlns="{NAMESPACE}"><edXMLEnvelope><edXMLHeader><MessageHeader><StaffInfo/><Token/></MessageHeader>'
    "</edXMLHeader></edXMLEnvelope></edXML>"
).encode()


def _is_silent(message: Envelope | StatusReport) -> bool:
    """Whether a status says nothing that only a status says: then nothing is left in writing to know it by."""
    silent = read(_SILENT).message
    return isinstance(message, StatusReport) and silent == replace(
        message, sender=silent.sender, extensions=silent.extensions
    )


def test_a_status_that_says_nothing_is_refused_by_the_rules() -> None:
    """Fuzzing found that it is written as a document; no such message gets as far as that."""
    message = read(_SILENT).message
    assert isinstance(message, StatusReport)
    assert isinstance(read(write(message)).message, Envelope)
    assert {one.severity for one in validate(message, today=date(2026, 11, 21))} >= {Severity.ERROR}


@given(st.binary())
def test_any_octets(octets: bytes) -> None:
    _judge(octets)


@settings(max_examples=400)
@given(st.sampled_from(_SEEDS), st.data())
def test_any_cut_and_any_insertion(seed: bytes, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(seed)))
        end = data.draw(st.integers(start, min(len(seed), start + 60)))
        seed = seed[:start] + data.draw(_INSERTS) + seed[end:]
    _judge(seed)


@settings(max_examples=400)
@given(st.sampled_from(_SEEDS), st.data())
def test_any_text_in_any_element(seed: bytes, data: st.DataObject) -> None:
    pieces = seed.split(b">")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(pieces) - 1))
        text = data.draw(
            st.text(st.characters(exclude_characters="<>&"), max_size=20) | st.sampled_from(["null", "-1"])
        )
        pieces[at] = text.encode("utf-8", "surrogatepass") + pieces[at].lstrip()
    _judge(b">".join(pieces))


@settings(max_examples=400)
@given(st.lists(st.sampled_from(_TAGS).map(lambda tag: b"<" + tag), max_size=30), st.sampled_from(_SEEDS))
def test_any_mixture_of_elements(tags: list[bytes], seed: bytes) -> None:
    middle = len(seed) // 2
    at = seed.index(b"<", middle)
    _judge(seed[:at] + b"".join(tags) + seed[at:])


def test_every_reason_has_words() -> None:
    assert set(REMARKS) == set(Reason)
    assert all(all((words.vi, words.en, words.do_vi, words.do_en)) for words in _WORDS)


def test_the_largest_list_of_recipients_is_read() -> None:
    fields = ("OrganName", "OrganizationInCharge", "OrganAdd", "Email", "Telephone", "Fax", "Website")
    said = "".join(f"<{name}>x</{name}>" for name in fields)
    recipients = "".join(f"<To><OrganId>H90.{number}</OrganId>{said}</To>" for number in range(RECIPIENTS_MAX))
    octets = (
        f'<edXML xmlns="{NAMESPACE}"><edXMLEnvelope><edXMLHeader><MessageHeader>{recipients}</MessageHeader>'
        "</edXMLHeader></edXMLEnvelope></edXML>"
    ).encode()
    started = time.process_time()
    message = read(octets).message
    assert isinstance(message, Envelope)
    assert len(message.recipients) == RECIPIENTS_MAX
    assert time.process_time() - started < 10


_MEASURE = """
import base64, random, sys
from envelopes.reader import read
from tests.vectors import document
content = random.Random(7).randbytes(int(sys.argv[1]) * 768 * 1024)
text = (base64.encodebytes if sys.argv[2] == "lines" else base64.b64encode)(content)
octets = document().replace(b"JVBERi0xLjQga2jDtG5nIHRo4bqtdA==", text)
del text, content

def status(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name))

before = status("VmRSS")
with open("/proc/self/clear_refs", "w") as peak:
    peak.write("5")
reading = read(octets)
assert not reading.findings and len(reading.message.attachments) == 2
print((status("VmHWM") - before) * 1024 / len(octets))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="peak memory is read from /proc")
@pytest.mark.parametrize("layout", ["one line", "lines"])
def test_a_large_package_takes_less_than_four_times_its_size(layout: str) -> None:
    run = subprocess.run([sys.executable, "-c", _MEASURE, "48", layout], capture_output=True, check=True, text=True)
    assert float(run.stdout) < 3, "beside the octets themselves"
