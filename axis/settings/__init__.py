"""Every setting of the axis, and the only place that reads the environment."""

from axis.settings.broker import BrokerKind, BrokerSettings
from axis.settings.judging import AuthoritySettings, DocumentMode, DocumentSettings, RevocationSettings
from axis.settings.outward import WebhookSettings
from axis.settings.refusals import (
    Refusal,
    SettingsRefused,
    load_settings,
    read_settings,
    refusals_of,
    unknown_variables,
)
from axis.settings.rows import SettingRow, describe, effective
from axis.settings.storing import BlobSettings, S3Settings, StoreKind
from axis.settings.tree import (
    DatabaseSettings,
    Environment,
    LimitSettings,
    SealSettings,
    Settings,
    TrustSettings,
    WebSettings,
    WorkerSettings,
)

__all__ = [
    "AuthoritySettings",
    "BlobSettings",
    "BrokerKind",
    "BrokerSettings",
    "DatabaseSettings",
    "DocumentMode",
    "DocumentSettings",
    "Environment",
    "LimitSettings",
    "Refusal",
    "RevocationSettings",
    "S3Settings",
    "SealSettings",
    "SettingRow",
    "Settings",
    "SettingsRefused",
    "StoreKind",
    "TrustSettings",
    "WebSettings",
    "WebhookSettings",
    "WorkerSettings",
    "describe",
    "effective",
    "load_settings",
    "read_settings",
    "refusals_of",
    "unknown_variables",
]
