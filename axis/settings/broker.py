"""The settings of the broker."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo

from axis.settings.branch import Branch
from axis.settings.causes import BROKER_ADDRESS, BROKER_FILES


class BrokerKind(StrEnum):
    """What tells workers that there is work."""

    NONE = "none"
    MEMORY = "memory"
    REDIS = "redis"
    RABBITMQ = "rabbitmq"


_SCHEMES: Final[Mapping[BrokerKind, tuple[str, ...]]] = MappingProxyType(
    {BrokerKind.REDIS: ("redis", "rediss"), BrokerKind.RABBITMQ: ("amqp", "amqps")}
)
_TLS_SCHEMES: Final = ("rediss", "amqps")


def _is_of_broker(url: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
    schemes = _SCHEMES.get(info.data.get("kind", BrokerKind.NONE), ())
    if url is None:
        if schemes:
            raise ValueError(BROKER_ADDRESS)
        return None
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in schemes or not parts.hostname or parts.query or parts.fragment or not _has_port(parts):
        raise ValueError(BROKER_ADDRESS)
    return url


def _has_port(parts: SplitResult) -> bool:
    """Return whether an address's port is one, or left out."""
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def _is_for_tls(file: Path, info: ValidationInfo) -> Path:
    url = info.data.get("url")
    if url is None or urlsplit(url.get_secret_value()).scheme not in _TLS_SCHEMES:
        raise ValueError(BROKER_FILES)
    return file


_BrokerAddress = Annotated[SecretStr | None, AfterValidator(_is_of_broker)]
_BrokerFile = Annotated[Path, AfterValidator(_is_for_tls)]


class BrokerSettings(Branch):
    """The broker that wakes workers. It may lose everything at any time: the database is the queue."""

    kind: BrokerKind = Field(
        default=BrokerKind.NONE,
        description="What wakes workers when there is work. `none`: they look every two seconds. `redis` or `rabbitmq` "
        "wake them within milliseconds. `memory` reaches the threads of one process alone, which is what `axis up` is.",
    )
    url: _BrokerAddress = Field(
        default=None,
        validate_default=True,
        description="Address of the broker, redis://user:password@host:port/number or amqp://user:password@host:port/"
        "vhost; with TLS, and then its certificate and name are verified, rediss:// or amqps://. Never shown and never "
        "logged.",
    )
    ca_file: _BrokerFile | None = Field(
        default=None,
        description="Authorities that the broker's certificate is believed by, PEM, and no others; without one, those "
        "of the machine.",
    )
    certificate_file: _BrokerFile | None = Field(
        default=None,
        description="Certificate that the axis shows to the broker, PEM, where it asks for one.",
    )
    key_file: _BrokerFile | None = Field(
        default=None,
        description="Private key of that certificate, PEM without a password, readable by the axis alone; not needed "
        "where it stands in the same file.",
    )
