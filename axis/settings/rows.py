"""The settings as rows of a table, for the documentation and `axis config check`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType, NoneType
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import to_json

from axis.settings.tree import NESTED, PREFIX, Settings


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting: the environment variable, what it holds, its default (empty for none), and what it means."""

    name: str
    type: str
    default: str
    meaning: str


def describe() -> tuple[SettingRow, ...]:
    """Return a row for every setting, in the order of the tree."""
    return tuple(
        SettingRow(name, _kind_of(field), _shown(field.get_default(call_default_factory=True)), field.description or "")
        for name, field in _fields(Settings, PREFIX)
    )


def effective(settings: Settings) -> tuple[tuple[str, str], ...]:
    """Return each setting's name and the value in force, in the tree's order; a secret shows only that it is set."""
    return tuple(_values(settings, PREFIX))


def _fields(branch: type[BaseModel], prefix: str) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in branch.model_fields.items():
        path = prefix + name.upper()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _fields(field.annotation, path + NESTED)
        else:
            yield path, field


def _values(branch: BaseModel, prefix: str) -> Iterator[tuple[str, str]]:
    for name in type(branch).model_fields:
        value = getattr(branch, name)
        path = prefix + name.upper()
        if isinstance(value, BaseModel):
            yield from _values(value, path + NESTED)
        else:
            yield path, _shown(value)


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case SecretStr():
            return "(set)"
        case bool():
            return str(value).lower()
        case tuple() | dict() | frozenset():
            return to_json(_in_order(value)).decode()
        case _:
            return str(value)


def _in_order(value: object) -> object:
    """Return a value with its sets as lists, sorted: whoever compares two runs finds them equal."""
    match value:
        case frozenset():
            return sorted(value)
        case dict():
            return {name: _in_order(one) for name, one in value.items()}
    return value


_JSON: Final[Mapping[Any, str]] = MappingProxyType({tuple: "JSON list", dict: "JSON object"})
"""What is written as JSON, because it has several parts."""


def _kind_of(field: FieldInfo) -> str:
    """Return what a setting holds, in words; one that may be absent, what it holds when present."""
    if get_origin(field.annotation) in _JSON:
        return _JSON[get_origin(field.annotation)]
    if get_origin(field.annotation) is frozenset:
        (member,) = get_args(field.annotation)
        return f"JSON list of {'days' if member is date else ' | '.join(member)}"
    kinds: tuple[Any, ...] = get_args(field.annotation) or (field.annotation,)
    (kind,) = (getattr(kind, "__origin__", kind) for kind in kinds if kind is not NoneType)
    if issubclass(kind, StrEnum):
        return " | ".join(kind)
    if kind is bool:
        return "true | false"
    if issubclass(kind, int):
        return f"whole number{_range_of(field)}"
    return {SecretStr: "secret", Path: "path"}.get(kind, "text")


def _range_of(field: FieldInfo) -> str:
    limits = {side: getattr(limit, side) for limit in field.metadata for side in ("ge", "le") if hasattr(limit, side)}
    return f" {limits['ge']} to {limits['le']}" if "le" in limits else f" from {limits['ge']}"
