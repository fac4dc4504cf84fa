"""The profile of a connected system: one small TOML file, so that its first package is one command."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

from axis.cli.failures import Unable
from axis.cli.fault_words import fault_of
from axis.cli.faults import Fault, InputFault, input_fault, syntax_fault
from axis.cli.files import read_file, write_file
from axis.cli.words import CliCode
from axis.sdk import EnvironmentKind, Origin
from envelopes.identifiers import IdentifierError, OrganId, SystemId
from signing.errors import KeyUnusable
from signing.pkcs11_uris import SCHEME, Pkcs11Uri, is_pkcs11_uri, read_pkcs11_uri

KeyPlace = Path | Pkcs11Uri
"""Where a private key is: in a file, or on a token."""

_IdT = TypeVar("_IdT", OrganId, SystemId)

PROFILE_VARIABLE: Final = "AXIS_PROFILE"
"""The environment variable that names a profile where `--profile` does not."""

_PROFILE_BYTES_MAX: Final = 64 * 1024
"""A profile has ten short lines; anything larger is another file."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Where a system's axis is and what it proves itself with. Paths in the file are relative to its folder.

    `key` is the system's private key (JWK or PEM), `seal_certificates` (PEM) are those of the axis's seal, former ones
    too, and of the authority they go back to: receipts of no other key are believed.
    For signing: `signer` is a PKCS#12 container, a PEM key with `signer_certificates` beside it, or a key on a token by
    its PKCS#11 URI; its password or PIN, where it has one, is the first line of `signer_password_file`. `agency` is who
    the system speaks for unless told otherwise, `trust` the anchors (PEM) that other agencies' signatures are judged
    by. `environment` and `instance` are where receipts are expected to come from.
    """

    url: str
    system_id: SystemId
    key: Path
    seal_certificates: Path
    agency: OrganId | None = None
    signer: KeyPlace | None = None
    signer_certificates: Path | None = None
    signer_password_file: Path | None = None
    trust: Path | None = None
    environment: EnvironmentKind | None = None
    instance: str | None = None

    @property
    def origin(self) -> Origin:
        """Where this system expects receipts to come from."""
        return Origin(self.environment, self.instance)


_NAMES: Final = tuple(field.name for field in fields(Profile))
_REQUIRED: Final = ("url", "system_id", "key", "seal_certificates")
_WITHOUT_PATHS: Final = frozenset({"url", "system_id", "agency", "signer", "environment", "instance"})


def key_place(text: str, folder: Path = Path()) -> KeyPlace:
    """Return where a key is: a PKCS#11 URI is read, anything else is a file, relative to `folder`; raises `Unable`."""
    if not is_pkcs11_uri(text):
        return folder / text
    try:
        return read_pkcs11_uri(text)
    except KeyUnusable as error:
        # The text is not repeated: it might hold a PIN.
        raise Unable(CliCode.KEY_UNUSABLE, SCHEME, fault=fault_of(error)) from error


def find_profile(given: Path | None, environment: Mapping[str, str] = os.environ) -> Profile | None:
    """Return the profile that is given or named in the environment, None where neither is; raises `Unable`."""
    named = environment.get(PROFILE_VARIABLE)
    path = given or (Path(named) if named else None)
    if path is not None and given is None and not path.is_absolute() and not path.exists():
        raise Unable(CliCode.PROFILE_ELSEWHERE, f"{PROFILE_VARIABLE}={path}", name=str(Path.cwd()))
    return None if path is None else read_profile(path)


def require_profile(given: Path | None) -> Profile:
    """Return the profile that is given or named in the environment; raises `Unable` where neither is."""
    profile = find_profile(given)
    if profile is None:
        raise Unable(CliCode.PROFILE_MISSING, "--profile")
    return profile


def read_profile(path: Path) -> Profile:
    """Return the profile in a TOML file; raises `Unable` for one that is not whole."""
    try:
        members = tomllib.loads(read_file(path, _PROFILE_BYTES_MAX).decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _invalid(path, syntax_fault(error, "TOML")) from error
    for name, value in members.items():
        if name not in _NAMES:
            raise _invalid(path, input_fault(InputFault.UNKNOWN_ENTRY, name=name))
        if not isinstance(value, str) or not value:
            raise _invalid(path, input_fault(InputFault.NOT_A_TEXT, name=name))
    missing = [f'"{name}"' for name in _REQUIRED if name not in members]
    if missing:
        raise _invalid(path, input_fault(InputFault.MISSING_ENTRY, names=", ".join(missing)))
    return _built(path, members)


def write_profile(path: Path, profile: Profile, *, replaces: bool = False) -> None:
    """Write a profile, over another one only if it `replaces`; paths below its folder are written relative to it."""
    lines = []
    for name in _NAMES:
        value = getattr(profile, name)
        if isinstance(value, Path):
            value = value.absolute()
            below = value.is_relative_to(path.parent.absolute())
            value = value.relative_to(path.parent.absolute()) if below else value
        if value is not None:
            # JSON and TOML write a text in double quotes alike.
            lines.append(f"{name} = {json.dumps(str(value), ensure_ascii=False)}\n")
    write_file(path, "".join(lines).encode(), is_private=True, replaces=replaces)


def _built(path: Path, members: Mapping[str, str]) -> Profile:
    parts = urlsplit(members["url"])
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _invalid(path, input_fault(InputFault.ADDRESS))
    paths = {name: path.parent / value for name, value in members.items() if name not in _WITHOUT_PATHS}
    signer = key_place(members["signer"], path.parent) if "signer" in members else None
    return Profile(
        url=members["url"],
        system_id=_identifier(path, SystemId, text=members["system_id"], fault=InputFault.SYSTEM_ID),
        key=paths.pop("key"),
        seal_certificates=paths.pop("seal_certificates"),
        signer=signer,
        agency=_identifier(path, OrganId, text=members["agency"], fault=InputFault.AGENCY)
        if "agency" in members
        else None,
        environment=_environment(path, members["environment"]) if "environment" in members else None,
        instance=members.get("instance"),
        **paths,
    )


def _identifier(path: Path, kind: type[_IdT], *, text: str, fault: InputFault) -> _IdT:
    try:
        return kind(text)
    except IdentifierError as error:
        raise _invalid(path, input_fault(fault)) from error


def _environment(path: Path, text: str) -> EnvironmentKind:
    if text not in set(EnvironmentKind):
        raise _invalid(path, input_fault(InputFault.ENVIRONMENT))
    return EnvironmentKind(text)


def _invalid(path: Path, fault: Fault) -> Unable:
    return Unable(CliCode.PROFILE_INVALID, str(path), fault=fault)
