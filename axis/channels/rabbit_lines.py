"""RabbitMQ as a broker: a queue that drops its oldest messages, and all of them after a while."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, TypeVar

import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.adapters.utils.connection_workflow import AMQPConnectorException, AMQPConnectorStackTimeout
from pika.exceptions import (
    AMQPChannelError,
    AMQPConnectionError,
    AMQPError,
    AMQPHeartbeatTimeout,
    AuthenticationError,
    ChannelClosedByBroker,
    ConnectionBlockedTimeout,
    ProbableAccessDeniedError,
    ProbableAuthenticationError,
)

from axis.channels.lines import ANSWER_SECONDS, KEPT_SECONDS, LENGTH_MAX, BrokerFault, BrokerUnavailable
from axis.channels.tls import TlsFiles

HEARTBEAT_SECONDS: Final = 4
"""After twice this without a word each side gives the other up: what bounds the wait for a server that hangs."""

QUEUE_KEPT_SECONDS: Final = 86_400
"""How long the server keeps a queue that nobody uses: an axis that was moved away leaves nothing behind."""

_REFUSED: Final = (
    AuthenticationError,
    ProbableAuthenticationError,
    ProbableAccessDeniedError,
    ConnectionBlockedTimeout,
    ChannelClosedByBroker,
    AMQPChannelError,
)
_OF_TLS: Final = "amqps://"

_QUEUE: Final = {
    "x-max-length": LENGTH_MAX,
    "x-overflow": "drop-head",
    "x-message-ttl": KEPT_SECONDS * 1000,
    "x-expires": QUEUE_KEPT_SECONDS * 1000,
}
_PASSING: Final = pika.BasicProperties(delivery_mode=pika.DeliveryMode.Transient.value, content_type="application/json")

Result = TypeVar("Result")


class RabbitLine:
    """A queue of RabbitMQ, declared with every new connection: whoever deleted it finds it again."""

    def __init__(self, parameters: pika.connection.Parameters, queue: str) -> None:
        self._parameters = parameters
        self._queue = queue
        self._connection: pika.BlockingConnection | None = None
        self._channel: BlockingChannel | None = None
        self._arriving: Iterator[Any] | None = None

    def push(self, octets: bytes) -> None:
        """Publish a message and wait until the server has it."""
        self._do(lambda channel: channel.basic_publish("", self._queue, octets, _PASSING))

    def pull(self, seconds: float) -> bytes | None:
        """Return the first message, or None when there was none for so long: the server sends them as they come."""
        return self._do(lambda channel: self._next(channel, seconds))

    def probe(self) -> None:
        """Connect, declare the queue, and end the connection."""
        self._do(lambda channel: channel.queue_declare(self._queue, passive=True))
        self.rest()

    def rest(self) -> None:
        """End the connection."""
        connection, self._connection, self._channel, self._arriving = self._connection, None, None, None
        if connection is not None:
            with suppress(AMQPError, OSError, AssertionError):
                connection.close()

    def _do(self, deed: Callable[[BlockingChannel], Result]) -> Result:
        """Return what a deed gives; where a connection was lost since it was last used, on a new one."""
        with _translated(self.rest):
            was_open = self._connection is not None
            try:
                return deed(self._opened())
            except AMQPHeartbeatTimeout:
                raise
            except (AMQPConnectionError, AMQPChannelError, OSError):
                if not was_open:
                    raise
                self.rest()
                return deed(self._opened())

    def _opened(self) -> BlockingChannel:
        if self._channel is None:
            self._connection = pika.BlockingConnection(self._parameters)
            channel = self._connection.channel()
            # Durable is the queue, not what is in it: newer servers know no other queue that several may use.
            channel.queue_declare(self._queue, durable=True, arguments=_QUEUE)
            channel.confirm_delivery()
            channel.basic_qos(prefetch_count=1)  # the rest is for others
            self._channel = channel
        return self._channel

    def _next(self, channel: BlockingChannel, seconds: float) -> bytes | None:
        if self._arriving is None:
            self._arriving = channel.consume(self._queue, inactivity_timeout=seconds)
        found = next(self._arriving, None)
        if found is None:  # the queue was deleted, and with it our place at it
            self.rest()
            return None
        method, _, octets = found
        if method is None:
            return None
        channel.basic_ack(method.delivery_tag)
        return bytes(octets)


class RabbitLines:
    """A RabbitMQ, at its address: `amqp://` or, with TLS, `amqps://`. Its queues are called after the instance."""

    def __init__(self, url: str, instance: str, *, tls: TlsFiles) -> None:
        # It writes several lines for each attempt that fails, with addresses; what is to be known we tell, and once.
        logging.getLogger("pika").setLevel(logging.CRITICAL + 1)
        parameters = pika.URLParameters(url)
        parameters.heartbeat = HEARTBEAT_SECONDS
        parameters.blocked_connection_timeout = ANSWER_SECONDS
        parameters.socket_timeout = parameters.stack_timeout = ANSWER_SECONDS
        parameters.connection_attempts = 1
        if url.startswith(_OF_TLS):
            parameters.ssl_options = pika.SSLOptions(tls.context(), parameters.host)
        self._parameters = parameters
        self._instance = instance

    def open(self, queue: str) -> RabbitLine:
        """Return a line to the queue of this name."""
        return RabbitLine(self._parameters, f"axis.{self._instance}.{queue}")


@contextmanager
def _translated(rest: Callable[[], None]) -> Iterator[None]:
    """Let the library's errors leave as ours, without their words, and the line be made anew."""
    try:
        yield
    except (AMQPHeartbeatTimeout, AMQPConnectorStackTimeout):
        rest()
        raise BrokerUnavailable(BrokerFault.SLOW) from None
    except _REFUSED:
        rest()
        raise BrokerUnavailable(BrokerFault.REFUSED) from None
    except (
        AMQPError,
        AMQPConnectorException,
        OSError,
        AssertionError,
    ):  # the library asserts that a connection it has lost is there
        rest()
        raise BrokerUnavailable(BrokerFault.UNREACHABLE) from None
