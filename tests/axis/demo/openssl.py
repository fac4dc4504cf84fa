"""The outside judge of certificates, CRLs, OCSP answers and time stamps: the `openssl` command."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest

from axis.demo.pki.authorities import Authorities
from axis.demo.pki.server import MOMENT_HEADER
from signing.certificates import Certificate

needs_openssl: Final = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl is missing (Debian package openssl)"
)

_ANY_AGE: Final = str(10 * 365 * 86400)
"""Seconds by which an OCSP answer may be out of date: `openssl ocsp` compares it with today, not with `-attime`."""


class OpenSsl:
    """What `openssl` says about one infrastructure, in its own words; it is told nothing but files in `folder`."""

    def __init__(self, authorities: Authorities, folder: Path) -> None:
        self._authorities = authorities
        self._folder = folder

    def verify(self, name: str, *options: str, at: datetime, crls: Sequence[bytes] = ()) -> str:
        """Return what it says about a holder's certificate and what travels with it, trusting the root alone."""
        holder = self._authorities[name]
        chain = ["-untrusted", self._file("chain.pem", *holder.chain)] if holder.chain else []
        given = [part for crl in crls for part in ("-CRLfile", self._crl(crl))]
        checked = ["-crl_check_all", *given] if crls else []
        strictly = ["-x509_strict", *_at(at), "-CAfile", self._root(), *chain, *checked, *options]
        return run("verify", *strictly, self._file("leaf.pem", holder.certificate))

    def ask_status(self, name: str, *, at: datetime, issuer: str = "issuing") -> str:
        """Return what it says after asking the responder that a certificate names."""
        holder, of = self._authorities[name], self._file("issuer.pem", self._authorities.certificate(issuer))
        url = self._authorities.ocsp_url(self._authorities.responder_of(name))
        about = ["-issuer", of, "-cert", self._file("leaf.pem", holder.certificate), "-no_proxy", "127.0.0.1"]
        judged = ["-CAfile", self._root(), "-verify_other", of, *_at(at), "-validity_period", _ANY_AGE]
        return run("ocsp", *about, "-url", url, "-header", f"{MOMENT_HEADER}={at.isoformat()}", *judged)

    def verify_crl(self, crl: bytes, issuer: str) -> str:
        """Return what it says about a CRL and the key of an authority, and how it reads it."""
        given = self._folder / "given.crl"
        given.write_bytes(crl)
        of = self._file("issuer.pem", self._authorities.certificate(issuer))
        return run("crl", "-inform", "DER", "-in", str(given), "-CAfile", of, "-noout", "-text")

    def ask_stamp(self, digest: bytes) -> bytes:
        """Return a request for a time stamp over a SHA-256, with a nonce, as DER."""
        asked = self._folder / "asked.tsq"
        run("ts", "-query", "-digest", digest.hex(), "-sha256", "-cert", "-out", str(asked))
        return asked.read_bytes()

    def verify_stamp(self, request: bytes, response: bytes, *, at: datetime) -> str:
        """Return what it says about a response to a request for a time stamp, trusting the root alone."""
        asked, given = self._folder / "asked.tsq", self._folder / "given.tsr"
        asked.write_bytes(request)
        given.write_bytes(response)
        known = self._file("issuer.pem", *self._authorities.intermediates)
        trusted = ["-CAfile", self._root(), "-untrusted", known, *_at(at)]
        return run("ts", "-verify", "-in", str(given), "-queryfile", str(asked), *trusted)

    def _root(self) -> str:
        return self._file("root.pem", *self._authorities.anchors)

    def _crl(self, crl: bytes) -> str:
        path = self._folder / f"{len(list(self._folder.glob('*.crl.pem')))}.crl.pem"
        subprocess.run(["openssl", "crl", "-inform", "DER", "-out", path], input=crl, check=True, timeout=60)
        return str(path)

    def _file(self, name: str, *certificates: Certificate) -> str:
        path = self._folder / name
        path.write_bytes(b"".join(one.pem for one in certificates))
        return str(path)


def run(*arguments: str) -> str:
    """Return all that `openssl` prints."""
    done = subprocess.run(["openssl", *arguments], capture_output=True, check=False, timeout=60)
    return (done.stdout + done.stderr).decode()


def _at(moment: datetime) -> tuple[str, str]:
    return "-attime", str(int(moment.timestamp()))
