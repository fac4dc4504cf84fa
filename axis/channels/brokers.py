"""From the settings to the broker of a process."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import SecretStr

from axis.channels.bell import QUEUE
from axis.channels.lines import BrokerUnavailable, Lines
from axis.channels.memory_lines import MemoryLines
from axis.channels.strokes import LineBroker
from axis.channels.tls import TlsFiles
from axis.settings import BrokerKind, BrokerSettings


def open_broker(wanted: BrokerSettings, instance: str) -> LineBroker | None:
    """Return the broker that workers are woken by, None where they look by themselves; nothing is connected yet.

    Raises `KeyUnusable` or `CertificateUnreadable` for files of TLS that cannot be used.
    """
    if wanted.kind is BrokerKind.NONE:
        return None
    return LineBroker(MemoryLines() if wanted.url is None else _distant(wanted, wanted.url, instance=instance))


def question_to(broker: LineBroker | None) -> Callable[[], bool] | None:
    """Return what finds out whether a broker serves, None without one. It raises nothing: that is no fault of ours."""
    if broker is None:
        return None

    def answers() -> bool:
        try:
            broker.probe(QUEUE)
        except BrokerUnavailable:
            return False
        return True

    return answers


def _distant(wanted: BrokerSettings, url: SecretStr, *, instance: str) -> Lines:
    """Return the broker at an address; its library is loaded by those alone who use it."""
    tls = TlsFiles(wanted.ca_file, wanted.certificate_file, wanted.key_file)
    if wanted.kind is BrokerKind.REDIS:
        from axis.channels.redis_lines import RedisLines  # noqa: PLC0415 see above

        return RedisLines(url.get_secret_value(), instance, tls=tls)
    from axis.channels.rabbit_lines import RabbitLines  # noqa: PLC0415 see above

    return RabbitLines(url.get_secret_value(), instance, tls=tls)
