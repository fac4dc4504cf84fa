"""The outside judge and maker of time stamps: `openssl ts` stamps for us and judges what we accept."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from axis.demo.authority import Credential
from signing.certificates import Certificate
from tests.signing.pki import MOMENT, hierarchy
from tests.signing.stamping import POLICY

needs_openssl: Final = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl is missing (Debian package openssl)"
)

_CONFIGURATION: Final = f"""
[tsa]
default_tsa = ours
[ours]
serial = serial
signer_digest = sha256
default_policy = {POLICY}
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def accepts(
    folder: Path, token: bytes, stamped: bytes, anchor: bytes | None = None, others: tuple[Certificate, ...] = ()
) -> bool:
    """Whether openssl verifies the token over these octets at MOMENT, trusting the root of the tests or this one alone.

    `others` are intermediates that the token need not bring.
    """
    (folder / "stamped").write_bytes(stamped)
    (folder / "token.der").write_bytes(token)
    (folder / "root.pem").write_bytes(anchor or hierarchy().root.certificate_pem)
    (folder / "others.pem").write_bytes(b"".join(one.pem for one in others))
    moment = str(int(MOMENT.timestamp()))
    told = ("-verify", "-data", "stamped", "-in", "token.der", "-token_in", "-CAfile", "root.pem", "-attime", moment)
    along = ("-untrusted", "others.pem") if others else ()
    return _run(folder, *told, *along).returncode == 0


def reads_request(folder: Path, request: bytes) -> str:
    """What openssl reads in a request."""
    (folder / "request.tsq").write_bytes(request)
    done = _run(folder, "-query", "-in", "request.tsq", "-text")
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass(frozen=True, slots=True)
class OpensslAuthority:
    """An authority that openssl runs; its clock is the machine's."""

    folder: Path
    holder: Credential

    def answer(self, request: bytes) -> bytes:
        """The answer to a request, whatever openssl makes of it."""
        (self.folder / "tsa.cnf").write_text(_CONFIGURATION)
        (self.folder / "serial").write_text("0A\n")
        (self.folder / "request.tsq").write_bytes(request)
        (self.folder / "key.pem").write_bytes(self.holder.key_pem())
        first, *chain = self.holder.certificates_pem.split(b"-----BEGIN")[1:]
        (self.folder / "own.pem").write_bytes(b"-----BEGIN" + first)
        (self.folder / "chain.pem").write_bytes(b"".join(b"-----BEGIN" + one for one in chain))
        keys = ("-signer", "own.pem", "-inkey", "key.pem", "-chain", "chain.pem")
        files = ("-queryfile", "request.tsq", "-out", "answer.tsr")
        done = _run(self.folder, "-reply", "-config", "tsa.cnf", *keys, *files)
        assert done.returncode == 0, done.stderr
        return (self.folder / "answer.tsr").read_bytes()


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["openssl", "ts", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
