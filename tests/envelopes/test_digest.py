"""The content digest: the same for a package that was only built anew, another one for everything said otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from envelopes import paths
from envelopes.codes import StatusCode
from envelopes.digest import content_digest
from envelopes.identifiers import DocumentId, OrganId
from envelopes.model import Attachment, Envelope, Extension, TraceHeader
from envelopes.parser import parse
from envelopes.paths import numbered
from envelopes.reader import read
from envelopes.status import StatusReport
from envelopes.writer import write
from tests.envelopes import strategies
from tests.envelopes.builders import NOW, attachment, envelope, pdf, recall, replacement, status_report, update

Rebuild = Callable[[Envelope], Envelope]


def with_files(message: Envelope, change: Callable[[Attachment], Attachment]) -> Envelope:
    return replace(message, attachments=tuple(map(change, message.attachments)))


def relabelled(message: Envelope) -> Envelope:
    return with_files(message, lambda file: replace(file, media_type="application/octet-stream"))


def renumbered(message: Envelope) -> Envelope:
    return with_files(message, lambda file: replace(file, content_id=f"moi-{file.content_id}"))


def sent_later(message: Envelope) -> Envelope:
    return replace(message, trace=tuple(replace(hop, timestamp=NOW + timedelta(hours=1)) for hop in message.trace))


def sent_without_a_time(message: Envelope) -> Envelope:
    return replace(message, trace=tuple(replace(hop, timestamp=None) for hop in message.trace))


@pytest.mark.parametrize("message", [envelope(), recall(), update(), replacement()])
@pytest.mark.parametrize("rebuild", [relabelled, renumbered, sent_later, sent_without_a_time])
def test_recognises_a_message_that_was_built_anew(message: Envelope, rebuild: Rebuild) -> None:
    again = rebuild(message)
    assert again != message
    assert content_digest(again) == content_digest(message)


def test_recognises_other_octets_of_the_same_package() -> None:
    octets = write(envelope())
    root = parse(octets)
    header = root[0][0]
    header.insert(0, header[1])  # the trace first
    other = etree.tostring(root, pretty_print=False).replace(b"\n", b"\r\n").replace(b"edXML:", b"q:")
    other = other.replace(b"xmlns:edXML=", b"xmlns:q=")
    assert other != octets
    assert content_digest(read(other).message) == content_digest(envelope())


def test_recognises_a_package_whose_files_are_zipped_this_time() -> None:
    raw = envelope(attachments=(attachment("a.p7s", b"a" * 90, media_type="application/pkcs7-signature"),))
    zipped = envelope(attachments=(attachment("a.p7s", strategies.zip_of({"x.p7s": b"a" * 90})),))
    # Under a name that is no archive the writer would zip the archive again, so the label is taken off by hand.
    octets = write(replace(zipped, attachments=(replace(zipped.attachments[0], name="a.zip"),)))
    octets = octets.replace(b"a.zip", b"a.p7s").replace(b"application/pdf", b"application/zip")
    assert content_digest(read(octets).message) == content_digest(raw)


@pytest.mark.parametrize(
    "other",
    [
        envelope(subject="V/v báo cáo kết quả công tác văn thư năm 2027"),
        envelope(document_id=DocumentId("khác")),
        envelope(recipients=envelope().recipients[::-1]),
        envelope(trace=(TraceHeader(OrganId("H26.18"), NOW),)),
        envelope(trace=(*envelope().trace, TraceHeader(None, NOW))),
        envelope(attachments=envelope().attachments[::-1]),
        envelope(attachments=envelope().attachments[:1]),
        with_files(envelope(), lambda file: replace(file, content=pdf("Khac"))),
        with_files(envelope(), lambda file: replace(file, name=f"2-{file.name}")),
        with_files(envelope(), lambda file: replace(file, description=None)),
        envelope(extensions=(Extension(paths.SIGNER, b"<Xa></Xa>"),)),
        recall(),
    ],
)
def test_tells_apart_what_says_something_else(other: Envelope) -> None:
    assert content_digest(other) != content_digest(envelope())


def test_takes_a_file_by_its_octets_and_not_by_their_digest() -> None:
    one = envelope(attachments=(attachment(content=b"a"),))
    assert content_digest(envelope(attachments=(attachment(content=sha256(b"a").digest()),))) != content_digest(one)


def test_a_status_is_told_apart_by_its_code_and_by_its_time() -> None:
    first = status_report()
    others = [status_report(StatusCode.COMPLETED), status_report(timestamp=NOW + timedelta(seconds=1))]
    assert content_digest(first) == content_digest(status_report())
    assert content_digest(first) not in map(content_digest, others)


def test_has_room_for_extensions_beside_the_trace_and_the_files() -> None:
    places = (numbered(paths.TRACE, 1), numbered(paths.ATTACHMENT, 2), numbered(paths.REFERENCE, 2))
    message = envelope(
        trace=(TraceHeader(None, NOW),), extensions=tuple(Extension(place, b"<Xa></Xa>") for place in places)
    )
    assert content_digest(sent_later(message)) == content_digest(message)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(strategies.messages)
def test_every_message_has_one_that_survives_writing_and_reading(message: Envelope | StatusReport) -> None:
    digest = content_digest(message)
    assert len(digest) == 32
    assert content_digest(read(write(message)).message) == digest
