"""Keys, certificates and trust that commands are given as files."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import typer

from axis.cli.failures import Unable
from axis.cli.fault_words import fault_of
from axis.cli.files import read_file
from axis.cli.profile import KeyPlace, Profile
from axis.cli.words import CliCode
from axis.sdk import Axis, Credentials, Origin, ReceiptVerifier, Timestamper
from axis.sdk.keys import PKCS12_NAMES
from signing.assertions import AssertionKey
from signing.certificates import Certificate
from signing.errors import CertificateUnreadable, KeyUnusable, TrustUnusable
from signing.keys import Signer, load_pem, load_pkcs12
from signing.pkcs11_keys import Pkcs11Signer
from signing.pkcs11_uris import Pkcs11Uri
from signing.timestamping import AUTHORITIES_MAX, Stamper
from signing.trust import TrustStore

_KEY_BYTES_MAX: Final = 1024 * 1024
"""A key, a container or a bundle of certificates; the largest national trust lists have some hundred kilobytes."""

_HTTP_ADDRESS: Final = ("địa chỉ http hoặc https đầy đủ", "a whole http or https address")

PIN_VARIABLE: Final = "AXIS_PKCS11_PIN"
"""The environment variable with the PIN of a token, for programs that sign without a person."""


def open_client(profile: Profile) -> Axis:
    """Return a client of the profile's axis, to be closed; raises `Unable`."""
    try:
        key = AssertionKey.from_text(read_file(profile.key, _KEY_BYTES_MAX))
    except KeyUnusable as error:
        raise Unable(CliCode.KEY_UNUSABLE, str(profile.key), fault=fault_of(error)) from error
    with _seal_named(profile.seal_certificates):
        certificates = read_certificates(profile.seal_certificates)
        credentials = Credentials(profile.system_id, key)
        return Axis(profile.url, credentials, seal_certificates=certificates, origin=profile.origin)


def open_verifier(seal: Path, origin: Origin) -> ReceiptVerifier:
    """Return a verifier for the seal whose certificates are in a file or folder; raises `Unable`."""
    with _seal_named(seal):
        return ReceiptVerifier.pinned(read_certificates(seal), origin)


def profile_signer(profile: Profile | None) -> Signer:
    """Return the signer of a profile; raises `Unable` where it has none."""
    if profile is None or profile.signer is None:
        raise Unable(CliCode.PROFILE_LACKS, "signer", name="signer", option="axis envelope sign --key | --p12")
    return load_signer(profile.signer, profile.signer_certificates, password_file=profile.signer_password_file)


def load_signer(key: KeyPlace, certificates: Path | None, *, password_file: Path | None) -> Signer:
    """Return the signer in a PKCS#12 container (`.p12`, `.pfx`), in a PEM key with its certificates, or on a token.

    A password or PIN is taken from the first line of its file; without a file, that of a token from `AXIS_PKCS11_PIN`,
    and a person at a terminal is asked for it or for that of a container. Raises `Unable`.
    """
    try:
        return _signer(key, certificates, password_file=password_file)
    except KeyUnusable as error:
        raise Unable(CliCode.KEY_UNUSABLE, str(key), fault=fault_of(error)) from error
    except CertificateUnreadable as error:
        raise Unable(CliCode.CERTIFICATE_UNREADABLE, str(certificates or key)) from error


def read_certificates(path: Path) -> tuple[Certificate, ...]:
    """Return every certificate of a PEM file, or of all `.pem` and `.crt` files of a folder; raises `Unable`."""
    if path.is_dir():
        files = sorted(one for one in path.iterdir() if one.suffix in {".pem", ".crt"})
        return tuple(certificate for file in files for certificate in read_certificates(file))
    try:
        return Certificate.many_from_pem(read_file(path, _KEY_BYTES_MAX))
    except CertificateUnreadable as error:
        raise Unable(CliCode.CERTIFICATE_UNREADABLE, str(path)) from error


def trust_of(given: Path | None, profile: Profile | None) -> TrustStore:
    """Return the trust store in the file or folder given, else in the profile's; raises `Unable` where neither is."""
    path = given or (profile.trust if profile else None)
    if path is None:
        raise Unable(CliCode.PROFILE_LACKS, "trust", name="trust", option="--trust")
    return TrustStore(read_certificates(path))


@contextmanager
def stamping(addresses: Sequence[str], given: Path | None, *, profile: Profile | None) -> Iterator[Stamper | None]:
    """Yield what stamps signatures at these authorities, or None where none is named; their anchors as `trust_of`.

    Raises `Unable`.
    """
    if not addresses:
        yield None
        return
    if len(addresses) > AUTHORITIES_MAX:
        kind = (f"không quá {AUTHORITIES_MAX} địa chỉ", f"a list of at most {AUTHORITIES_MAX} addresses")
        raise Unable(CliCode.VALUE_INVALID, "--timestamp", kind=kind)
    for address in addresses:
        if not _is_http(address):
            raise Unable(CliCode.VALUE_INVALID, f"--timestamp {address}", kind=_HTTP_ADDRESS)
    with Timestamper(tuple(addresses), trust_of(given, profile)) as stamper:
        yield stamper


def _is_http(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


@contextmanager
def _seal_named(path: Path) -> Iterator[None]:
    """Say of certificates that do not suffice to believe receipts in which file they are."""
    try:
        yield
    except TrustUnusable as error:
        raise Unable(CliCode.SEAL_UNUSABLE, str(path), fault=fault_of(error)) from error


def _signer(key: KeyPlace, certificates: Path | None, *, password_file: Path | None) -> Signer:
    password = None if password_file is None else read_file(password_file, _KEY_BYTES_MAX).split(b"\n")[0].rstrip(b"\r")
    if isinstance(key, Pkcs11Uri):
        given = read_certificates(certificates) if certificates else ()
        return Pkcs11Signer(key, pin=_pin(key, password), certificates=given)
    octets = read_file(key, _KEY_BYTES_MAX)
    if key.suffix.lower() in PKCS12_NAMES:
        return load_pkcs12(octets, password=password if password_file else _asked(key.name))
    if certificates is None:
        raise Unable(CliCode.PROFILE_LACKS, str(key), name="signer_certificates", option="--certificate")
    return load_pem(octets, read_file(certificates, _KEY_BYTES_MAX), password=password)


def _pin(key: Pkcs11Uri, password: bytes | None) -> str | None:
    if password is None:
        named = os.environ.get(PIN_VARIABLE)
        password = named.encode() if named else _asked(f"PIN {key.token_name}")
    return None if password is None else password.decode("utf-8", "replace")


def _asked(name: str) -> bytes | None:
    if not sys.stdin.isatty():
        return None
    asked: str = typer.prompt(name, hide_input=True, default="", show_default=False, err=True)
    return asked.encode() or None
