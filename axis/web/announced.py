"""Every limit with its unit and reason, as the API announces them: the reasons stand beside the limits themselves."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from itertools import pairwise
from types import ModuleType
from typing import Final

from axis.settings import LimitSettings, Settings, WebSettings
from axis.web import access_tokens, assertions, connections, downloads, readers, schemas, spool, waiting
from axis.web import limits as web_limits
from axis.web.api import uploads as api_uploads
from axis.web.schemas import LimitBody
from envelopes import acknowledgement, limits
from routing import leases
from routing import uploads as routing_uploads
from signing import allowances, jws, policy

_CHARACTERS, _OCTETS, _SECONDS, _ITEMS = "characters", "octets", "seconds", "items"

_ANNOUNCED: Final[Mapping[ModuleType, Mapping[str, str]]] = {
    limits: {
        "DEPTH_MAX": "levels",
        "ATTRIBUTE_VALUE_MAX": _CHARACTERS,
        "JUNK_BEFORE_PROLOG_MAX": _OCTETS,
        "ZIP_RATIO_MAX": "octets unpacked for each octet packed",
        "ZIP_UNPACKED_MAX": _OCTETS,
        "UNPACKED_TOTAL_MAX": _OCTETS,
        "ATTACHMENT_NAME_MAX": _CHARACTERS,
        "TEXT_MAX": _CHARACTERS,
        "ORGAN_ID_MAX": _CHARACTERS,
        "DOCUMENT_ID_MAX": _CHARACTERS,
        "SYSTEM_ID_MAX": _CHARACTERS,
    },
    leases: {
        "LEASE_COUNT_MAX": "deliveries",
        "LEASE_TIME_MIN": _SECONDS,
        "LEASE_TIME_MAX": _SECONDS,
        "LONG_POLL_MAX": _SECONDS,
        "CLOCKS_APART": _SECONDS,
    },
    routing_uploads: {
        "UPLOAD_LASTS": _SECONDS,
        "CHUNK_BYTES_MAX": _OCTETS,
        "CHUNK_BYTES_MIN": _OCTETS,
        "OPEN_UPLOADS_MAX": "uploads",
        "OPEN_PACKAGES_MAX": "packages of the largest size",
    },
    api_uploads: {"CHUNK_SECONDS": _SECONDS},
    allowances: {"RSA_BITS_MIN": "bits", "RSA_BITS_MAX": "bits", "RSA_EXPONENT_MIN": "as a number"},
    policy: {
        "CERTIFICATES_MAX": "certificates",
        "CERTIFICATE_BYTES_MAX": _OCTETS,
        "REFERENCES_MAX": "references",
        "TRANSFORMS_MAX": "transforms",
        "SWELL_MAX": _OCTETS,
        "SIGNING_TIME_TOLERANCE": _SECONDS,
        "TIMESTAMP_BYTES_MAX": _OCTETS,
        "TIMESTAMPS_MAX": "time stamps",
        "TIMESTAMP_CLOCK_TOLERANCE": _SECONDS,
        "TIMESTAMP_ACCURACY_MAX": _SECONDS,
        "TIMESTAMP_DELAY_MAX": _SECONDS,
        "EMBEDDED_MAX": "certificates, CRLs and OCSP answers",
        "EMBEDDED_BYTES_MAX": _OCTETS,
    },
    acknowledgement: {"REASON_MAX": _CHARACTERS},
    jws: {"TOKEN_BYTES_MAX": _OCTETS},
    assertions: {
        "ASSERTION_SECONDS_MAX": _SECONDS,
        "ASSERTION_BYTES_MAX": _CHARACTERS,
        "JTI_MAX": _CHARACTERS,
        "CLOCK_SKEW": _SECONDS,
    },
    access_tokens: {"TOKEN_BYTES_MAX": _CHARACTERS, "ROOTS_MAX": "agencies"},
    web_limits: {"BURST_SECONDS": _SECONDS, "UNPACKED_SHARE": "octets unpacked that count as one of the package"},
    connections: {
        "HEADER_SECONDS": _SECONDS,
        "HEADER_BYTES_MAX": _OCTETS,
        "KEEP_ALIVE_SECONDS": _SECONDS,
        "CONNECTIONS_MAX": "connections",
    },
    spool: {
        "PACKAGE_SECONDS": _SECONDS,
        "UPLOADS": "packages",
        "UPLOADS_PER_SYSTEM": "packages",
        "BUNDLE_SECONDS": _SECONDS,
        "BUNDLES": "packages",
        "BUNDLES_PER_SYSTEM": "packages",
        "SMALL_BYTES": _OCTETS,
        "SMALL_SECONDS": _SECONDS,
    },
    waiting: {"SEATS": "calls", "SEATS_PER_SYSTEM": "calls"},
    downloads: {"DOWNLOADS": "downloads", "DOWNLOADS_PER_SYSTEM": "downloads", "DOWNLOAD_SECONDS": _SECONDS},
    readers: {"STALLED_SECONDS": _SECONDS},
    schemas: {"PAGE_MAX": "envelopes", "LEASE_RECIPIENTS_MAX": "agencies"},
}
"""By module: the limits that callers can meet, and their units. Of the format all are announced: octets or items where
nothing else stands here."""

_PREFIXES: Final = {
    acknowledgement: "acknowledgement_",
    routing_uploads: "upload_",
    api_uploads: "upload_",
    policy: "signature_",
    jws: "jws_",
    assertions: "assertion_",
    access_tokens: "token_",
}

_SETTINGS: Final[Mapping[str, str]] = {
    "concurrent_verifications": "packages",
    "large_package": _OCTETS,
    "multipart_package": _OCTETS,
    "requests_per_minute": "requests per minute and system",
}


def announced_limits(settings: Settings) -> tuple[LimitBody, ...]:
    """Return every limit that a caller can meet, by name."""
    found = [*_of_modules(), *_of_settings(settings)]
    return tuple(sorted(found, key=lambda limit: limit.name))


@cache
def reasons_in(module: ModuleType) -> Mapping[str, str]:
    """Return the docstring of each constant of a module, on one line."""
    body = ast.parse(inspect.getsource(module)).body
    found: dict[str, str] = {}
    for statement, following in pairwise(body):
        match statement, following:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                found[name] = " ".join(text.split())
    return found


def _of_modules() -> Iterator[LimitBody]:
    for module, units in _ANNOUNCED.items():
        reasons = reasons_in(module)
        names = [name for name in reasons if name.isupper()] if module is limits else list(units)
        for name in names:
            value = getattr(module, name)
            number = value.total_seconds() if isinstance(value, timedelta) else value
            unit = units.get(name, _OCTETS if "BYTES" in name else _ITEMS)
            yield LimitBody(name=_name(module, name), value=int(number), unit=unit, reason=reasons[name])


def _name(module: ModuleType, name: str) -> str:
    """Return the public name; the few that say little by themselves get their module's in front."""
    prefix = _PREFIXES.get(module, "")
    return f"{prefix}{name.lower().removeprefix(prefix)}"


def _of_settings(settings: Settings) -> Iterator[LimitBody]:
    for name, unit in _SETTINGS.items():
        reason = LimitSettings.model_fields[name].description or ""
        yield LimitBody(name=name, value=getattr(settings.limits, name), unit=unit, reason=reason)
    reason = WebSettings.model_fields["token_lifetime"].description or ""
    yield LimitBody(name="token_lifetime", value=settings.web.token_lifetime, unit=_SECONDS, reason=reason)
