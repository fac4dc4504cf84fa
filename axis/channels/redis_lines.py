"""Redis as a broker: a list for each queue, bounded and short-lived. Anything that speaks its protocol will do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, ConnectionError, RedisError, TimeoutError  # noqa: A004 theirs are meant
from redis.retry import Retry

from axis.channels.lines import ANSWER_SECONDS, KEPT_SECONDS, LENGTH_MAX, BrokerFault, BrokerUnavailable
from axis.channels.tls import TlsFiles

_OF_TLS: Final = "rediss://"


class RedisLine:
    """A list of Redis. Messages are pushed to its right end and popped from its left one; popped is gone."""

    def __init__(self, client: Redis, key: str) -> None:
        self._client = client
        self._key = key

    def push(self, octets: bytes) -> None:
        """Put a message at the end, drop the first of too many, and have the whole list end by itself."""
        with _translated():
            pipe = self._client.pipeline(transaction=True)
            pipe.rpush(self._key, octets)
            pipe.ltrim(self._key, -LENGTH_MAX, -1)
            pipe.expire(self._key, KEPT_SECONDS)
            pipe.execute()

    def pull(self, seconds: float) -> bytes | None:
        """Return the first message, or None when there was none for so long: the server wakes who waits."""
        with _translated():
            found = self._client.blpop([self._key], timeout=seconds)
        if found is None:
            return None
        octets = found[1]
        return octets.encode() if isinstance(octets, str) else octets

    def probe(self) -> None:
        """Ask whether it answers."""
        with _translated():
            self._client.ping()

    def rest(self) -> None:
        """End the connection."""
        self._client.connection_pool.disconnect()


class RedisLines:
    """A Redis, at its address: `redis://` or, with TLS, `rediss://`. Its keys are called after the instance."""

    def __init__(self, url: str, instance: str, *, tls: TlsFiles) -> None:
        self._url = url
        self._instance = instance
        self._options = _tls_options(tls) if url.startswith(_OF_TLS) else {}

    def open(self, queue: str) -> RedisLine:
        """Return a line to the list of this name."""
        client = Redis.from_url(
            self._url,
            # What waits in `pull` is answered within its time, which is shorter than this on top of it.
            socket_timeout=2 * ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            # A failure is told at once; who called decides when to try again.
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            **self._options,
        )
        return RedisLine(client, f"axis:{self._instance}:{queue}")


def _tls_options(tls: TlsFiles) -> Mapping[str, Any]:
    """Return how the server is verified, by its name too, and what is shown to it."""
    tls.context()  # refuses files that are none
    named = {"ssl_ca_certs": tls.authorities, "ssl_certfile": tls.certificate, "ssl_keyfile": tls.key}
    files = {name: str(path) for name, path in named.items() if path is not None}
    return {"ssl_cert_reqs": "required", "ssl_check_hostname": True, **files}


@contextmanager
def _translated() -> Iterator[None]:
    """Let the library's errors leave as ours, without their words: these quote addresses and commands."""
    try:
        yield
    except AuthenticationError:
        raise BrokerUnavailable(BrokerFault.REFUSED) from None
    except TimeoutError:
        raise BrokerUnavailable(BrokerFault.SLOW) from None
    except (ConnectionError, OSError):
        raise BrokerUnavailable(BrokerFault.UNREACHABLE) from None
    except RedisError:  # no room, no right, still loading, a key of another kind
        raise BrokerUnavailable(BrokerFault.REFUSED) from None
