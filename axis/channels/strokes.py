"""The broker as dramatiq sees it: messages through lines, acknowledged by being taken, and only those that we send."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Iterable
from typing import Any, Final

from dramatiq import Broker, Message
from dramatiq.broker import Consumer, MessageProxy
from dramatiq.errors import ActorNotFound, DecodeError

from axis.channels.lines import OCTETS_MAX, PULL_SECONDS, RETRY_SECONDS, BrokerUnavailable, Line, Lines, Standing
from axis.logs import LogEvent, logger

RUBBISH_SECONDS: Final = 60.0
"""Between two lines of the log about rubbish: whoever can write to the broker must not be able to fill the log."""


class LineBroker(Broker):
    """A broker that may lose everything: what is taken is gone, what fails is not tried again, nothing is put aside.

    dramatiq's own brokers for Redis and RabbitMQ promise more than the axis wants and bound less (see the decision in
    docs/adr/0019-what-the-broker-is-for.md).
    """

    def __init__(self, lines: Lines) -> None:
        super().__init__(middleware=[])
        self._lines = lines
        self._pushing: dict[str, Line] = {}

    def declare_queue(self, queue_name: str) -> None:
        """Have workers listen to a queue; the broker itself learns of it with the first use."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues[queue_name] = queue_name
            self.emit_after("declare_queue", queue_name)

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:  # noqa: ARG002  dramatiq's
        """Push a message; for one thread. Raises `BrokerUnavailable`, within seconds."""
        queue = message.queue_name
        if queue not in self._pushing:
            self._pushing[queue] = self._lines.open(queue)
        self._pushing[queue].push(message.encode())
        return message

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 1000) -> Consumer:  # noqa: ARG002  likewise
        """Return what hands the messages of a queue to the workers of this process, `prefetch` at a time."""
        return _Listening(self, self._lines.open(queue_name), queue=queue_name, places=prefetch)

    def rest(self) -> None:
        """End the connections that messages are pushed on, until one is; for the thread that pushes."""
        for line in self._pushing.values():
            line.rest()

    def probe(self, queue: str) -> None:
        """Ask the broker whether it serves, on a connection of its own; raises `BrokerUnavailable`."""
        line = self._lines.open(queue)
        try:
            line.probe()
        finally:
            line.rest()


class _Listening(Consumer):
    """Gives the messages of one queue, whatever becomes of the broker meanwhile: it never raises.

    dramatiq would wait for three seconds after an error, and log it each time.
    """

    def __init__(self, broker: Broker, line: Line, *, queue: str, places: int) -> None:
        self._broker = broker
        self._line = line
        self._queue = queue
        self._places = threading.Semaphore(places)
        self._standing = Standing("listen")
        self._pause = threading.Event()  # never set: it waits
        self._told_at: float | None = None

    def __next__(self) -> MessageProxy | None:
        """Return the next message, or None after about a second without one.

        While this process has its hands full, others get what comes.
        """
        if not self._places.acquire(timeout=PULL_SECONDS):
            self._line.rest()
            return None
        message = self._pulled()
        if message is None:
            self._places.release()
        return message

    def ack(self, message: MessageProxy) -> None:  # noqa: ARG002  dramatiq's signature
        """Note that a message was dealt with; the broker forgot it when it was taken."""
        self._places.release()

    def nack(self, message: MessageProxy) -> None:  # noqa: ARG002  likewise
        """Note that a message failed; the row that it told of is due all the same."""
        self._places.release()

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Give back what a stopping worker has not begun, so that another need not wait for its sweep."""
        try:
            for message in messages:
                self._line.push(message.encode())
        except BrokerUnavailable:
            return

    def close(self) -> None:
        """End the connection."""
        self._line.rest()

    def _pulled(self) -> MessageProxy | None:
        try:
            octets = self._line.pull(PULL_SECONDS)
        except BrokerUnavailable as error:
            self._standing.lost(error.fault)
            self._pause.wait(RETRY_SECONDS)
            return None
        self._standing.found()
        if octets is None:
            return None
        message = self._read(octets)
        if message is None:
            self._tell_rubbish()
        return message

    def _read(self, octets: bytes) -> MessageProxy | None:
        """Return a message that we could have sent; None for any other, of which nothing is kept.

        Whoever else writes to the broker can do no more than wake a worker.
        """
        if len(octets) > OCTETS_MAX:
            return None
        try:
            message = Message.decode(octets)
            actor = self._broker.get_actor(message.actor_name)
            inspect.signature(actor.fn).bind(*message.args)
        except (DecodeError, ActorNotFound, TypeError, RecursionError):
            return None
        if (message.queue_name, message.kwargs, message.options) != (self._queue, {}, {}):
            return None  # options are orders to dramatiq: wait, answer, go on there
        return MessageProxy(Message(self._queue, message.actor_name, message.args, {}, {}))

    def _tell_rubbish(self) -> None:
        now = time.monotonic()
        if self._told_at is None or now - self._told_at >= RUBBISH_SECONDS:
            self._told_at = now
            logger.warning(LogEvent.BROKER_RUBBISH, work="listen")
