"""The infrastructure as written in `authorities.yml`, with its dates, keys and addresses filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any, Final, Self

import yaml
from certomancer.config_utils import parse_duration

from axis.demo.authority import KeyKind
from axis.demo.pki.keys import key_file

ARCHITECTURE: Final = "pki"
"""What certomancer calls the whole; it begins every path of the served addresses."""

_MOMENT: Final = re.compile(r"moment(?: (?P<sign>[+-]) (?P<duration>P\w+))?")


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that was written, at one moment. `configuration` is what certomancer takes."""

    holders: Mapping[str, str]
    """What each holder is, by name."""

    key_kinds: Mapping[str, str]
    """The kind of every certificate's key."""

    stopped: Mapping[str, datetime]
    """When authorities issued their last CRL that issue none any more, aware."""

    unsent: frozenset[str]
    """Authorities whose certificate is given to nobody."""

    configuration: Mapping[str, Any]

    @classmethod
    def at(cls, moment: datetime, *, url: str) -> Self:
        """Return the plan with its dates around an aware moment, and `url` before all addresses in certificates."""
        text = files("axis.demo.pki").joinpath("authorities.yml").read_text("utf-8")
        written = _dated(yaml.safe_load(text), moment)
        architecture = written["pki-architectures"][ARCHITECTURE]
        for label, certificate in architecture["certs"].items():
            certificate.setdefault("subject-key", label)
        kinds = {label: written["keys"].get(label, KeyKind.ECDSA_P256.value) for label in architecture["certs"]}
        keys = {label: {"path": key_file(label)} for label in kinds}
        return cls(
            holders=written["holders"],
            key_kinds=kinds,
            stopped={label: datetime.fromisoformat(one) for label, one in written["stopped"].items()},
            unsent=frozenset(written["unsent"]),
            configuration={
                "external-url-prefix": url,
                "keysets": {ARCHITECTURE: {"keys": keys}},
                "pki-architectures": written["pki-architectures"],
            },
        )


def _dated(written: Any, moment: datetime) -> Any:
    """Return what was written, with each text that means a moment replaced by that moment (ISO 8601)."""
    match written:
        case dict():
            return {name: _dated(one, moment) for name, one in written.items()}
        case list():
            return [_dated(one, moment) for one in written]
        case str() if found := _MOMENT.fullmatch(written):
            duration = parse_duration(found["duration"] or "P0D")
            return (moment - duration if found["sign"] == "-" else moment + duration).isoformat()
    return written
