"""The agency's key, by the name that an operator gives it: a file, or a token's PKCS#11 URI."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from signing.certificates import Certificate
from signing.errors import KeyFault, KeyUnusable
from signing.keys import Signer, load_pem, load_pkcs12
from signing.pkcs11_keys import Pkcs11Signer
from signing.pkcs11_uris import is_pkcs11_uri, read_pkcs11_uri

PKCS12_NAMES: Final = frozenset({".p12", ".pfx"})
"""What the names of PKCS#12 containers end in."""


def open_signer(key: str | Path, certificates: Path | None = None, *, secret: str | None = None) -> Signer:
    """Return the signer that `key` names; `secret` is its password or PIN.

    A PKCS#12 container (`.p12`, `.pfx`) holds its certificates, a PEM key needs `certificates` beside it (PEM, its own
    first), a token (`pkcs11:…`, RFC 7512) may hold them. Raises `KeyUnusable`, `CertificateUnreadable`, and `OSError`
    for files.
    """
    octets = None if certificates is None else certificates.read_bytes()
    if is_pkcs11_uri(str(key)):
        given = () if octets is None else Certificate.many_from_pem(octets)
        return Pkcs11Signer(read_pkcs11_uri(str(key)), pin=secret, certificates=given)
    file, password = Path(key), None if secret is None else secret.encode()
    if file.suffix.lower() in PKCS12_NAMES:
        return load_pkcs12(file.read_bytes(), password=password)
    if octets is None:
        raise KeyUnusable(KeyFault.NO_CERTIFICATE)
    return load_pem(file.read_bytes(), octets, password=password)
