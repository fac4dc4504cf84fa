"""The tree of settings: each with its default, its unit and the reason for both."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from axis.settings.branch import Branch
from axis.settings.broker import BrokerSettings
from axis.settings.causes import (
    DATABASE_ADDRESS,
    DATABASE_PORT,
    HTTP_ADDRESS,
    ONE_SEAL_KEY,
    ONE_TRUST,
    PKCS11_ADDRESS,
)
from axis.settings.judging import AuthoritySettings, CalendarSettings, DocumentSettings, RevocationSettings
from axis.settings.outward import WebhookSettings
from axis.settings.storing import BlobSettings
from envelopes.limits import BUNDLE_BYTES_MAX
from signing.errors import KeyUnusable
from signing.pkcs11_uris import read_pkcs11_uri

PREFIX: Final = "AXIS_"
"""What the names of all environment variables of the axis begin with."""

NESTED: Final = "__"
"""What stands between a branch and its setting: `AXIS_DATABASE__URL`."""

_DRIVER: Final = "postgresql+psycopg"
_DEVELOPMENT_URL: Final = "http://127.0.0.1:8080"


class Environment(StrEnum):
    """What the axis is run for."""

    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


def _is_http(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(HTTP_ADDRESS)
    return url.rstrip("/")


def _is_postgresql(url: SecretStr) -> SecretStr:
    if not url.get_secret_value().startswith(f"{_DRIVER}://"):
        raise ValueError(DATABASE_ADDRESS)
    try:
        make_url(url.get_secret_value())
    except (ArgumentError, ValueError) as error:
        raise ValueError(DATABASE_PORT) from error
    return url


def _is_on_token(uri: str, info: ValidationInfo) -> str:
    try:
        read_pkcs11_uri(uri)
    except KeyUnusable as error:
        raise ValueError(PKCS11_ADDRESS) from error
    if info.data.get("key_file") is not None:
        raise ValueError(ONE_SEAL_KEY)
    return uri


def _is_all_trust(folder: Path, info: ValidationInfo) -> Path:
    if info.data.get("anchors") is not None or info.data.get("intermediates") is not None:
        raise ValueError(ONE_TRUST)
    return folder


_DatabaseAddress = Annotated[SecretStr, AfterValidator(_is_postgresql)]
_TrustFolder = Annotated[Path, AfterValidator(_is_all_trust)]
_KeyOnToken = Annotated[str, AfterValidator(_is_on_token)]
_WebAddress = Annotated[str, AfterValidator(_is_http)]
_InstanceId = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?$")]


class DatabaseSettings(Branch):
    """PostgreSQL, the database and the queue of record."""

    url: _DatabaseAddress | None = Field(
        default=None,
        description="Address of the database, postgresql+psycopg://user:password@host/name. Every command that works "
        "on the axis itself needs it, but `axis up` and `axis demo`, which always start a PostgreSQL of their own.",
    )
    pool_size: int = Field(
        default=10,
        ge=1,
        le=200,
        description="Connections per process, beside one of its own with which each listens or leads. All processes "
        "together must stay under the server's max_connections, which is 100 unless somebody raised it.",
    )


class SealSettings(Branch):
    """The key that seals receipts."""

    key_file: Path | None = Field(
        default=None,
        description="Private key of the seal, PEM (PKCS#8) or PKCS#12 (.p12, .pfx), readable by the axis alone. "
        "Without one, here or on a token, `axis serve` and `axis worker` do not start; `axis up` and `axis demo` seal "
        "with a key they make.",
    )
    key_password: SecretStr | None = Field(
        default=None, description="Password of the key file, where it has one. Never shown and never logged."
    )
    certificate_file: Path | None = Field(
        default=None,
        description="Certificate of the seal and its intermediates, PEM; not needed where the key file is PKCS#12, or "
        "where the token with the key holds them. `axis seal list` needs nothing else of the seal.",
    )
    pkcs11_uri: _KeyOnToken | None = Field(
        default=None,
        description="Private key of the seal on a token (an HSM) instead of in a file: "
        "pkcs11:token=NAME;object=LABEL?module-path=/path/of/module.so (RFC 7512).",
    )
    pkcs11_pin: SecretStr | None = Field(
        default=None, description="PIN of that token. Never shown and never logged; it does not stand in the URI."
    )
    register_folder: Path | None = Field(
        default=None,
        description="Folder with the certificates of announced and former seals and what each says about the next, "
        "published at /v1/seals and written by `axis seal rotate`. The same for all processes; read again every ten "
        "seconds.",
    )


class TrustSettings(Branch):
    """Whose certificates are believed."""

    anchors: Path | None = Field(
        default=None,
        description="Trust anchors, the simple form: a PEM file or a folder of them, each trusted for everything. "
        "Whoever can write here decides whose signatures are valid.",
    )
    intermediates: Path | None = Field(
        default=None,
        description="Intermediate certificates that senders leave out of their packages: a PEM file or a folder. They "
        "are not trusted by being here.",
    )
    folder: _TrustFolder | None = Field(
        default=None,
        description="Folder of authorities, each trusted for stated purposes and within a window of time; instead "
        "of the two above. `axis trust` lists it, adds to it and checks it; changes act within seconds, without "
        "a restart.",
    )
    require_timestamp: bool = Field(
        default=False,
        description="Refuse packages whose signature has no time stamp that counts (XAdES B-T). Otherwise a stamp that "
        "proves nothing is not counted, and the signature is judged without it.",
    )


class WebSettings(Branch):
    """The door that systems knock at."""

    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on. Behind a proxy on the same machine the loopback address is enough.",
    )
    port: int = Field(
        default=8080, ge=0, le=65535, description="Port to listen on. 0 takes any free one and prints it."
    )
    public_url: _WebAddress = Field(
        default=_DEVELOPMENT_URL,
        description="Address under which systems reach the axis. Tokens and receipts name it, so it stays the same "
        "for years.",
    )
    issuer: _WebAddress | None = Field(
        default=None, description="`iss` of tokens and issuer of receipts, where it is another than the public address."
    )
    token_lifetime: int = Field(
        default=300,
        ge=30,
        le=3600,
        description="Seconds a token is valid. Short, because a token that was issued cannot be taken back; a "
        "suspended system is stopped within 10 s all the same, because each request asks the directory.",
    )
    token_key_file: Path | None = Field(
        default=None,
        description="Private key that tokens are signed with, PEM (ECDSA P-256). Without it each process makes its own "
        "at its start, which is right for a single process only.",
    )


class WorkerSettings(Branch):
    """Where a worker is watched; systems never call it."""

    host: str = Field(
        default="127.0.0.1",
        description="Address at which a worker answers /health/live, /health/ready and /metrics, without asking who "
        "calls: the loopback address, or one in the network of those who watch.",
    )
    port: int = Field(
        default=8081,
        ge=0,
        le=65535,
        description="Port of the same. Each worker on a machine needs its own; 0 takes any free one and prints it.",
    )


class LimitSettings(Branch):
    """What one process takes on at once; what a package may hold is not a setting but part of the format."""

    concurrent_verifications: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Large packages verified at once per process, the next gets 503. Each takes up to ten times its "
        "size in memory, half a gigabyte for the largest.",
    )
    large_package: int = Field(
        default=1_000_000,
        ge=10_000,
        description="Octets from which a package counts as large. Smaller ones are verified in a few milliseconds and "
        "need no queue.",
    )
    multipart_package: int = Field(
        default=400 * 1024 * 1024,
        ge=1_000_000,
        le=BUNDLE_BYTES_MAX,
        description="Octets of a package in parts (multipart/related), or of an upload, at most: 300 MB of files with "
        "room to spare. Each on its way in takes as much of the disk for temporary files, eight of them at once in "
        "one process.",
    )
    requests_per_minute: int = Field(
        default=1_200,
        ge=1,
        description="Requests of one system per minute, then 429. A ministry's system sends some hundred an hour; "
        "twenty a second leave room for catching up and none for a loop without a pause.",
    )


class Settings(BaseSettings):
    """All settings. Read them with `load_settings`, which refuses what production must not run with."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=NESTED,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        nested_model_default_partial_update=True,
    )

    environment: Environment = Field(
        default=Environment.DEVELOPMENT,
        description="development, test or production. Every receipt says whether it comes from production; production "
        "refuses to start with defaults made for development.",
    )
    instance: _InstanceId = Field(
        default="axis-development",
        description="Name of this axis in every receipt, at most 64 of a-z, 0-9, dot and hyphen: tells receipts of two "
        "axes apart.",
    )
    database: DatabaseSettings = DatabaseSettings()
    broker: BrokerSettings = BrokerSettings()
    blobs: BlobSettings = BlobSettings()
    seal: SealSettings = SealSettings()
    trust: TrustSettings = TrustSettings()
    revocation: RevocationSettings = RevocationSettings()
    authorities: AuthoritySettings = AuthoritySettings()
    webhooks: WebhookSettings = WebhookSettings()
    web: WebSettings = WebSettings()
    worker: WorkerSettings = WorkerSettings()
    limits: LimitSettings = LimitSettings()
    documents: DocumentSettings = DocumentSettings()
    calendar: CalendarSettings = CalendarSettings()

    @property
    def issuer(self) -> str:
        """Who issues tokens and receipts: `web.issuer`, or the public address."""
        return self.web.issuer or self.web.public_url
