"""Whatever the model admits is written so that it reads back equal, and written again gives the same octets."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from envelopes.errors import Severity
from envelopes.model import Envelope
from envelopes.reader import read
from envelopes.status import StatusReport
from envelopes.writer import write
from tests.envelopes import strategies

# A message is large, so that drawing one takes longer than the judgement on it.
_patient = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@_patient
@given(strategies.messages)
def test_what_is_written_reads_back_equal_and_without_errors(message: Envelope | StatusReport) -> None:
    reading = read(write(message))
    assert reading.message == message
    assert [finding for finding in reading.findings if finding.severity is Severity.ERROR] == []


@_patient
@given(strategies.messages)
def test_writing_again_what_was_read_gives_the_same_octets(message: Envelope | StatusReport) -> None:
    octets = write(message)
    assert write(read(octets).message) == octets
