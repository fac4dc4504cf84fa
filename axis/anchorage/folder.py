"""The trust folder: every authority in it, what is wrong with it, and how another one is added."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from axis.anchorage.entries import read_entry, write_entry
from axis.anchorage.words import TrustCode, finding, unserved_finding
from axis.errors import Refused
from envelopes.errors import Finding, Severity
from signing.certificates import Certificate
from signing.errors import CertificateUnreadable, TrustUnusable
from signing.lints import failed_lints
from signing.paths import readable
from signing.policy import PACKAGE_POLICY
from signing.purposes import Purpose, TrustedAuthority
from signing.trust import TrustStore, check_authority

FILES_MAX: Final = 1_000
"""Files that are read: two for each authority. All licensed ones of the country with their intermediates need 200."""

FILE_BYTES_MAX: Final = 64 * 1024
"""One file, in bytes: a certificate or a few lines."""

_READ: Final = frozenset({".toml", ".pem"})
_MODE: Final = 0o644

Octets = Mapping[str, bytes]
"""The files of a folder by name, as they were at one moment."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An authority and the file that speaks of it."""

    file: str
    authority: TrustedAuthority


@dataclass(frozen=True, slots=True)
class Reading:
    """What a folder holds, and what is wrong: any error keeps it from being used."""

    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings for which the folder is not used."""
        return tuple(one for one in self.findings if one.severity is Severity.ERROR)

    @property
    def unread(self) -> tuple[str, ...]:
        """The files of which something is wrong and that make no authority, in order."""
        read = {one.file for one in self.entries}
        return tuple(sorted({one.path for one in self.findings if one.path and one.path not in read}))

    def problems(self, file: str) -> tuple[str, ...]:
        """Return the codes of what is wrong with a file, each once; none for an authority that is in no folder."""
        return tuple(dict.fromkeys(one.code for one in self.findings if file and one.path == file))


def octets_in(folder: Path) -> Octets:
    """Return the files of the folder that count; raises `Refused` where they cannot be read."""
    try:
        files = sorted(one for one in folder.iterdir() if one.suffix in _READ and not one.name.startswith("."))
        if len(files) > FILES_MAX:
            raise Refused((finding(TrustCode.TOO_MANY, folder.name, value=str(len(files))),))
        return {one.name: _octets_of(one) for one in files}
    except OSError as error:
        raise Refused((finding(TrustCode.FOLDER_UNREADABLE, folder.name),)) from error


def read_folder(octets: Octets) -> Reading:
    """Return every authority of the files, and everything that is wrong with them.

    A certificate without a file about it is only warned of: it is trusted for nothing, and the file comes last when an
    authority is added.
    """
    entries: list[Entry] = []
    findings: list[Finding] = []
    for name in sorted(one for one in octets if one.endswith(".toml")):
        try:
            authority = read_entry(name, octets[name], pem=octets.get(_beside(name, ".pem")))
            check_authority(authority.certificate)
        except Refused as refused:
            findings.extend(refused.findings)
        except TrustUnusable:
            findings.append(finding(TrustCode.NOT_AUTHORITY, name))
        else:
            entries.append(Entry(name, authority))
    findings.extend(_repeated(entries))
    lonely = (one for one in octets if one.endswith(".pem") and _beside(one, ".toml") not in octets)
    findings.extend(finding(TrustCode.ENTRY_MISSING, one, is_warning=True) for one in lonely)
    return Reading(tuple(entries), tuple(findings))


def store_of(octets: Octets, needed: Iterable[Purpose]) -> TrustStore:
    """Return the trust store of the files; raises `Refused` with all that is wrong, or for a purpose nobody serves."""
    reading = read_folder(octets)
    if reading.errors:
        raise Refused(reading.errors)
    authorities = [one.authority for one in reading.entries]
    if lacking := tuple(unserved(authorities, needed)):
        raise Refused(lacking)
    try:
        return TrustStore(authorities=authorities)
    except TrustUnusable as error:
        raise Refused((finding(TrustCode.NOT_AUTHORITY, value=error.fault.name),)) from error


def examine_folder(octets: Octets, needed: Iterable[Purpose], *, at: datetime) -> Reading:
    """Return the reading with what a person should know beside what keeps the folder from being used.

    Warnings: a certificate that is not in force at `at` (aware), a key that is not allowed then, a demand of RFC 5280
    that an authority's certificate breaks, a window that does not hold `at` or no moment of the certificate's validity.
    """
    reading = read_folder(octets)
    authorities = [one.authority for one in reading.entries]
    warnings = (one for entry in reading.entries for one in doubts(entry.authority, entry.file, at=at, is_warning=True))
    return Reading(reading.entries, (*reading.findings, *unserved(authorities, needed, at=at), *warnings))


def unserved(
    authorities: Iterable[TrustedAuthority], needed: Iterable[Purpose], *, at: datetime | None = None
) -> Iterator[Finding]:
    """Yield a finding for each purpose that no anchor serves; where `at` (aware) is given, within its window then.

    Without `at` windows do not count: an authority that is given up is taken up at once, the last one too.
    """
    named = [one for one in authorities if one.is_anchor]
    anchors = named if at is None else [one for one in named if one.is_trusted(at) and one.can_count()]
    for purpose in needed:
        if not any(one.serves(purpose) for one in anchors):
            yield unserved_finding(purpose.value, is_lapsed=any(one.serves(purpose) for one in named))


def doubts(authority: TrustedAuthority, file: str, *, at: datetime, is_warning: bool = False) -> Iterator[Finding]:
    """Yield what speaks against an authority at the aware moment `at`, though its certificate is one."""
    certificate = authority.certificate
    if not PACKAGE_POLICY.admits_key(certificate.x509.public_key(), at=at):
        yield finding(TrustCode.WEAK_KEY, file, is_warning=is_warning)
    for lint in failed_lints(readable(certificate)):
        if lint.code not in authority.tolerates:
            value = f"{lint.code} (RFC 5280 {lint.clause})"
            yield finding(TrustCode.DEMAND_BROKEN, file, value=value, is_warning=is_warning)
    if not certificate.is_in_force(at):
        yield finding(TrustCode.EXPIRED, file, is_warning=True)
    if not authority.is_trusted(at) or not authority.can_count():
        yield finding(TrustCode.WINDOW_CLOSED, file, is_warning=True)


def add_authority(folder: Path, authority: TrustedAuthority, *, at: datetime) -> Path:
    """Return the TOML file of an authority that is in the folder from now on; raises `Refused`, and then nothing is.

    1. The folder as it is can be used, or is empty.
    2. The certificate is a well-formed authority's, its key allowed at `at`, and not in the folder yet.
    3. The certificate is written, then the file about it: each whole or not at all.
    """
    reading = read_folder(octets_in(folder))
    if reading.errors:
        raise Refused(reading.errors)
    certificate = authority.certificate
    if any(one.authority.certificate == certificate for one in reading.entries):
        raise Refused((finding(TrustCode.REPEATED, value=certificate.fingerprint),))
    _check_fit(authority, at=at)
    stem = f"{authority.kind or 'authority'}-{certificate.fingerprint[:16]}"
    _write(folder / f"{stem}.pem", certificate.pem)
    file = folder / f"{stem}.toml"
    _write(file, write_entry(authority))
    return file


def _check_fit(authority: TrustedAuthority, *, at: datetime) -> None:
    certificate = authority.certificate
    try:
        check_authority(certificate)
        found = tuple(one for one in doubts(authority, "", at=at) if one.severity is Severity.ERROR)
    except (TrustUnusable, CertificateUnreadable) as error:
        raise Refused((finding(TrustCode.NOT_AUTHORITY, value=certificate.subject),)) from error
    if found:
        raise Refused(found)


def _repeated(entries: Iterable[Entry]) -> Iterator[Finding]:
    seen: set[Certificate] = set()
    for entry in entries:
        if entry.authority.certificate in seen:
            yield finding(TrustCode.REPEATED, entry.file, value=entry.authority.certificate.fingerprint)
        seen.add(entry.authority.certificate)


def _beside(name: str, suffix: str) -> str:
    return f"{name.rpartition('.')[0]}{suffix}"


def _octets_of(file: Path) -> bytes:
    with file.open("rb") as stream:
        octets = stream.read(FILE_BYTES_MAX + 1)
    if len(octets) > FILE_BYTES_MAX:
        raise Refused((finding(TrustCode.ENTRY_UNREADABLE, file.name),))
    return octets


def _write(file: Path, octets: bytes) -> None:
    """Write a file whole or not at all, and durably: who reads meanwhile finds the old state or the new one."""
    draft = file.with_name(f".{file.name}.part")
    with draft.open("wb") as stream:
        os.fchmod(stream.fileno(), _MODE)
        stream.write(octets)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
