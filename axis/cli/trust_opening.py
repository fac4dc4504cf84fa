"""Where `axis trust` takes hold of the trust store: the folder given, or what the settings name; without a database."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from axis import wiring
from axis.anchorage.folder import Entry, Reading, examine_folder, octets_in, read_folder, store_of, unserved
from axis.anchorage.words import TrustCode, finding
from axis.cli.failures import InputRefused, Unable
from axis.cli.opening import silence_logs
from axis.cli.words import CliCode
from axis.errors import Refused
from axis.exchange.signature_words import finding_for
from axis.settings import Settings, load_settings
from envelopes.dialects import parse_package
from envelopes.errors import Finding
from envelopes.parser import SIGNATURE_PARENT, XMLDSIG_NAMESPACE
from signing.certificates import Certificate
from signing.errors import CertificateUnreadable
from signing.lints import LINT_CODES
from signing.policy import DOCUMENT_POLICY, PACKAGE_POLICY, SEAL_POLICY, TIMESTAMP_POLICY
from signing.purposes import Purpose, TrustedAuthority
from signing.trust import TrustStore
from signing.verdict import CertificatePath, Failure, FailureCode, Verdict
from signing.xml.verify import XmlVerifier

_PEM = b"-----BEGIN "
_POLICIES = {one.purpose: one for one in (PACKAGE_POLICY, DOCUMENT_POLICY, TIMESTAMP_POLICY, SEAL_POLICY)}


@dataclass(frozen=True, slots=True)
class Judged:
    """What a certificate is trusted for: its path, or why there is none.

    `purpose` is None where an authority is judged for nothing in particular. `finding` says why it is not trusted.
    """

    purpose: Purpose | None
    judged: CertificatePath | Failure
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A trust store to judge by, and what keeps an axis from starting on it though it can be judged by."""

    store: TrustStore
    faults: tuple[Finding, ...]
    entries: tuple[Entry, ...] = ()

    def lacking(self, path: CertificatePath, purpose: Purpose) -> Finding | None:
        """Return that an authority of a path is in the store but not for this purpose, at its file; None for none."""
        named = {one.authority.certificate: one for one in self.entries}
        for certificate in path.certificates:
            entry = named.get(certificate)
            if entry is not None and not entry.authority.serves(purpose):
                return finding(TrustCode.PURPOSE_LACKING, entry.file, value=purpose.value)
        return None


def folder_of(given: Path | None) -> Path:
    """Return the folder given, or that of the settings; raises `SettingsRefused`, and `Refused` where there is none."""
    folder = given or load_settings().trust.folder
    if folder is None:
        raise Refused((finding(TrustCode.FOLDER_NOT_SET),))
    return folder


def read_trust(given: Path | None, *, at: datetime, is_to_serve: bool) -> Reading:
    """Return every authority and what is wrong; of the settings' simple form, the certificates alone.

    A folder that somebody named may be on its way yet: whether it serves what an axis needs is asked where it
    `is_to_serve` one. That of the settings always is.

    Raises `SettingsRefused`, and `Refused` where nothing can be read or nothing is set.
    """
    silence_logs()
    settings = None if given else _settings()
    folder = given or (settings.trust.folder if settings else None)
    if folder is not None:
        needed = _needed(settings) if is_to_serve or settings else ()
        return examine_folder(octets_in(folder), needed, at=at)
    store = wiring.load_trust(settings or _settings())
    return Reading(tuple(Entry("", one) for one in store.authorities), ())


def open_store(given: Path | None, *, at: datetime) -> Opened:
    """Return the trust store as it would be taken up now, with the purposes that nobody serves at `at` (aware).

    Raises `Refused` with all that is wrong with the authorities themselves, and where no anchor is among them.
    """
    silence_logs()
    settings = None if given else _settings()
    folder = given or (settings.trust.folder if settings else None)
    if folder is None:
        return Opened(wiring.load_trust(settings or _settings()), ())
    octets = octets_in(folder)
    reading = read_folder(octets)
    authorities = [one.authority for one in reading.entries]
    if not reading.errors and not any(one.is_anchor for one in authorities):
        raise Refused(tuple(unserved(authorities, _needed(settings))))
    faults = tuple(unserved(authorities, _needed(settings), at=at))
    return Opened(store_of(octets, ()), faults, reading.entries)


def certificates_in(file: Path, octets: bytes) -> tuple[Certificate, ...]:
    """Return the certificates of a file somebody named: PEM, whatever stands between them, or one in DER.

    Raises `InputRefused` where there is none.
    """
    try:
        if _PEM in octets:
            return Certificate.many_from_pem(octets)
        return (Certificate(octets),)
    except CertificateUnreadable as error:
        raise InputRefused((finding(TrustCode.NO_CERTIFICATE, file.name),)) from error


def certificate_in(file: Path, octets: bytes) -> Certificate:
    """Return the only certificate of a file somebody named; raises `InputRefused` for none or several."""
    first, *others = certificates_in(file, octets)
    if others:
        raise InputRefused((finding(TrustCode.SEVERAL_CERTIFICATES, file.name, value=str(1 + len(others))),))
    return first


def judge_chain(
    opened: Opened, chain: tuple[Certificate, ...], *, purposes: tuple[Purpose, ...], at: datetime
) -> tuple[Judged, ...]:
    """Return what the first certificate is trusted for at the aware moment `at`; the others help to find its path.

    No `purposes` are all of them for a signer, and nothing in particular for an authority.
    """
    signer, *others = chain
    if not signer.is_authority:
        return tuple(
            _judged_signer(opened, signer, others=others, purpose=one, at=at) for one in purposes or tuple(Purpose)
        )
    path = opened.store.path_of(signer, others, at=at)
    if isinstance(path, Failure):
        return (Judged(None, path, finding_for(path)),)
    return tuple(Judged(one, path, opened.lacking(path, one)) for one in purposes) or (Judged(None, path),)


def _judged_signer(
    opened: Opened, signer: Certificate, *, others: list[Certificate], purpose: Purpose, at: datetime
) -> Judged:
    judged = opened.store.judge(signer, others, at=at, policy=_POLICIES[purpose])
    if isinstance(judged, CertificatePath):
        return Judged(purpose, judged)
    lacking = None
    if judged.code is FailureCode.UNTRUSTED:
        path = opened.store.path_of(signer, others, at=at)
        lacking = opened.lacking(path, purpose) if isinstance(path, CertificatePath) else None
    return Judged(purpose, judged, lacking or finding_for(judged))


def authority_of(
    authority: TrustedAuthority, *, window: tuple[datetime | None, datetime | None], tolerates: frozenset[str]
) -> TrustedAuthority:
    """Return the authority with its window and what is tolerated; raises `Unable` where they cannot be."""
    since, until = window
    if since is not None and until is not None and until <= since:
        raise Unable(CliCode.VALUE_INVALID, "--until", kind=("thời điểm sau --from", "a moment after --from"))
    if unknown := sorted(tolerates - LINT_CODES):
        known = ", ".join(sorted(LINT_CODES))
        raise Unable(
            CliCode.VALUE_INVALID, f"--tolerate {unknown[0]}", kind=(f"một trong: [{known}]", f"one of {known}")
        )
    return replace(authority, trusted_from=since, trusted_until=until, tolerates=tolerates)


def refusal_of(opened: Opened, verdict: Verdict, *, octets: bytes, at: datetime) -> tuple[Finding, ...]:
    """Return why a package's signature did not pass; where an entry of the store lacks the purpose, that alone."""
    if verdict.failure is None:
        return ()
    refusal = finding_for(verdict.failure)
    if verdict.failure.code is not FailureCode.UNTRUSTED:
        return (refusal,)
    brought = tuple(_brought_by(octets))
    signers = [one for one in brought if not one.is_authority]
    paths = [opened.store.path_of(one, [other for other in brought if other != one], at=at) for one in signers]
    lacking = (opened.lacking(one, Purpose.PACKAGE) for one in paths if isinstance(one, CertificatePath))
    return next(((one,) for one in lacking if one is not None), (refusal,))


def _brought_by(octets: bytes) -> Iterator[Certificate]:
    """Yield the certificates that a package's signature brings, trusted for nothing; what is none is left out."""
    for element in parse_package(octets).iter(f"{{{XMLDSIG_NAMESPACE}}}X509Certificate"):
        try:
            yield Certificate(base64.b64decode(element.text or ""))
        except (CertificateUnreadable, ValueError):
            continue


def judge_package(store: TrustStore, octets: bytes, *, at: datetime) -> Verdict:
    """Return the verdict on a package's signature; raises `UnreadableMessage` for what is none."""
    return XmlVerifier(parse_package, SIGNATURE_PARENT, store, PACKAGE_POLICY).verify(octets, at=at)


def _settings() -> Settings:
    """Return the settings; raises `Refused` where they name no trust store in either form."""
    settings = load_settings()
    if settings.trust.folder is None and settings.trust.anchors is None:
        raise Refused((finding(TrustCode.NOT_SET),))
    return settings


def _needed(settings: Settings | None) -> tuple[Purpose, ...]:
    """Return what an axis needs; of a folder that somebody named, what every axis does."""
    return wiring.purposes_needed(Settings.model_construct() if settings is None else settings)
