"""Packages on the sender's and the recipient's side: signed before they leave, judged before they are believed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from envelopes.bundles import bundled
from envelopes.errors import Finding
from envelopes.findings import capped
from envelopes.fitness import unfit
from envelopes.model import Envelope
from envelopes.packages import Package, measured, open_package, package_of
from envelopes.parser import SIGNATURE_PARENT, parse
from envelopes.reader import read_element
from envelopes.status import StatusReport
from envelopes.texts import VIETNAM
from envelopes.validation import validate
from envelopes.writer import write
from signing.keys import Signer
from signing.policy import PACKAGE_POLICY
from signing.timestamping import Stamper
from signing.trust import TrustStore
from signing.verdict import Verdict
from signing.xml.sign import XmlSigner
from signing.xml.verify import XmlVerifier


@dataclass(frozen=True, slots=True)
class CheckedPackage:
    """A package as its recipient may believe it. `message` is there exactly when the signature passed."""

    verdict: Verdict
    message: Envelope | StatusReport | None
    findings: tuple[Finding, ...]


def sign_package(
    message: Envelope | StatusReport, signer: Signer, *, at: datetime, stamper: Stamper | None = None
) -> bytes:
    """Return the message in its canonical form with a XAdES B-B signature; `at` is the claimed signing time.

    With a `stamper`, such as `Timestamper`, the level is B-T; raises `NoTimestamp` where no authority stamps.
    """
    return sign_octets(write(message), signer, at=at, stamper=stamper)


def sign_bundle(message: Envelope, signer: Signer, *, at: datetime, stamper: Stamper | None = None) -> Iterator[bytes]:
    """Return the octets of a package in parts, piece by piece: the signed message, then each file from where it is.

    For a message whose attachments are `Detached`. The signature covers their sizes and digests. As `sign_package`.
    """
    return bundled(sign_package(message, signer, at=at, stamper=stamper), message.attachments)


def sign_octets(octets: bytes, signer: Signer, *, at: datetime, stamper: Stamper | None = None) -> bytes:
    """Return a written, unsigned package with a XAdES B-B signature; for senders with a builder of their own.

    With a `stamper` the level is B-T. Raises `UnreadableMessage` for what is no XML of the format, `NotSignable` where
    it is signed already, `NoTimestamp` where no authority stamps.
    """
    return XmlSigner(parse, SIGNATURE_PARENT, signer).sign(octets, at=at, stamper=stamper)


def check_package(octets: bytes, trust: TrustStore, *, at: datetime) -> CheckedPackage:
    """Return the verdict on a package and, if it passed, the message in the octets the signature covers.

    Raises `UnreadableMessage` for what is no package. Whether the signer may speak for `From` only the axis's directory
    can tell: an axis delivers nothing where that is not so.
    """
    return check_opened(package_of(octets), trust, at=at)


@contextmanager
def open_file(path: Path) -> Iterator[Package]:
    """Yield a package on the disk, of which only the message is taken into memory, as long as its file stays open.

    Raises `OSError`, and `UnreadableMessage` for what is no package.
    """
    with path.open("rb") as stream:
        size, digest = measured(stream)
        yield open_package(stream, size=size, digest=digest)


def check_opened(package: Package, trust: TrustStore, *, at: datetime) -> CheckedPackage:
    """Return the verdict on a package that was opened, as `check_package`; files beside the message are read for it."""
    verdict = XmlVerifier(parse, SIGNATURE_PARENT, trust, PACKAGE_POLICY).verify(package.message, at=at)
    if verdict.covered is None:
        return CheckedPackage(verdict, None, ())
    reading = read_element(parse(verdict.covered), package.parts)
    rules = validate(reading.message, today=at.astimezone(VIETNAM).date())
    findings = capped((*unfit(reading), *reading.findings, *rules))
    return CheckedPackage(verdict, reading.message, findings)
