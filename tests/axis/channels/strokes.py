"""Both ends of a broker for its contract: a bell that rings, a worker that listens, and an axis with work for it."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final

from pydantic import SecretStr

from axis.channels.bell import QUEUE, Bell
from axis.channels.brokers import open_broker
from axis.channels.memory_lines import MemoryLines
from axis.channels.strokes import LineBroker
from axis.demo.letters import FIRST
from axis.settings import BrokerKind, BrokerSettings
from axis.workers import process
from axis.workers.process import WorkerProcess
from axis.workers.rounds import rounds_of
from envelopes.evidence import EvidenceType
from envelopes.identifiers import EnvelopeId
from tests.fixtures.brokers import INSTANCE, RabbitServer, RedisServer
from tests.fixtures.exchange import SENDER, Exchange
from tests.fixtures.running import eventually

NEVER: Final = 3600.0
"""Between two sweeps where only a stroke may wake."""

ALL: Final = Counter([EvidenceType.SUBMISSION_ACCEPTANCE, EvidenceType.CONTENT_CONSIGNMENT])
_numbers = count(5000)


class MemoryServer:
    """What holds for real servers, of the one that is no server."""

    kind = BrokerKind.MEMORY

    def __init__(self) -> None:
        self.lines = MemoryLines()

    def flush(self) -> None:
        self.lines.open(QUEUE).flush()

    def put(self, octets: bytes) -> None:
        self.lines.open(QUEUE).push(octets)

    def length(self) -> int:
        return len(self.lines.open(QUEUE))


Server = MemoryServer | RedisServer | RabbitServer


def broker_of(server: Server) -> LineBroker:
    """Return the broker as one more process has it."""
    if isinstance(server, MemoryServer):
        return LineBroker(server.lines)
    files = {}
    if server.tls is not None:
        files = {
            "ca_file": server.tls.authorities,
            "certificate_file": server.tls.certificate,
            "key_file": server.tls.key,
        }
    broker = open_broker(BrokerSettings(kind=server.kind, url=SecretStr(server.url), **files), INSTANCE)
    assert broker is not None
    return broker


@dataclass(slots=True)
class Yard:
    """An axis whose worker hears of its work by a broker alone, unless a sweep comes first."""

    exchange: Exchange
    server: Server
    bell: Bell
    accepted: list[EnvelopeId] = field(default_factory=list)

    def send(self) -> EnvelopeId:
        """Return a letter that was accepted and rung for."""
        letter = self.exchange.letter(replace(FIRST, number=next(_numbers)), to=("G22",))
        envelope_id = self.exchange.accept(letter).envelope_id
        self.accepted.append(envelope_id)
        self.bell.ring(envelope_id, ())
        return envelope_id

    def evidence(self, envelope_id: EnvelopeId) -> Counter[EvidenceType]:
        found = self.exchange.axis.tracer.evidences(envelope_id, self.exchange.caller(SENDER))
        return Counter(record.type for record in found)

    def sealed(self, envelope_id: EnvelopeId, *, seconds: float) -> float:
        """Return after how many seconds everything about a letter is sealed."""
        begun = time.monotonic()
        eventually(lambda: self.evidence(envelope_id) == ALL or None, seconds=seconds)
        return time.monotonic() - begun

    def all_once(self) -> bool:
        """Whether there is each evidence about each letter, and none twice."""
        return [one for one in self.accepted if self.evidence(one) != ALL] == []

    def woken(self, times: int = 9) -> float:
        """Return after how many seconds a stroke has its work done, at the median."""
        return statistics.median(self.sealed(self.send(), seconds=10) for _ in range(times))


@contextmanager
def working(
    exchange: Exchange, server: Server, patch: Callable[[object, str, object], None], *, sweep: float = NEVER
) -> Iterator[Yard]:
    """Yield a yard with a bell and a worker at work, whose first sweep is over."""
    patch(process, "SWEEP_SECONDS", sweep)
    broker = broker_of(server)
    bell = Bell(exchange.axis.premises.transactions, broker)
    worker = WorkerProcess(rounds_of(exchange.axis), broker_of(server))
    bell.start()
    worker.start()
    try:
        swept = exchange.axis.metrics.registry
        eventually(lambda: swept.get_sample_value("axis_owed_evidences"))
        yield Yard(exchange, server, bell)
    finally:
        bell.stop()
        worker.stop()
