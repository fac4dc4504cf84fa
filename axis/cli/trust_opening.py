"""Where `axis trust` takes hold of the trust store: the folder given, or what the settings name; without a database."""

from __future__ import annotations

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
from envelopes.parser import SIGNATURE_PARENT
from signing.certificates import Certificate
from signing.errors import CertificateUnreadable
from signing.lints import LINT_CODES
from signing.policy import DOCUMENT_POLICY, PACKAGE_POLICY, SEAL_POLICY, TIMESTAMP_POLICY
from signing.purposes import Purpose, TrustedAuthority
from signing.trust import TrustStore
from signing.verdict import CertificatePath, Failure, Verdict
from signing.xml.verify import XmlVerifier

_PEM = b"-----BEGIN "
_POLICIES = {one.purpose: one for one in (PACKAGE_POLICY, DOCUMENT_POLICY, TIMESTAMP_POLICY, SEAL_POLICY)}


@dataclass(frozen=True, slots=True)
class Judged:
    """What a signer is trusted for: its path, or why there is none. `purpose` is None for an authority itself."""

    purpose: Purpose | None
    judged: CertificatePath | Failure

    @property
    def finding(self) -> Finding | None:
        """Why it is not trusted, in words; None where it is."""
        return finding_for(self.judged) if isinstance(self.judged, Failure) else None


@dataclass(frozen=True, slots=True)
class Opened:
    """A trust store to judge by, and what keeps an axis from starting on it though it can be judged by."""

    store: TrustStore
    faults: tuple[Finding, ...]


def folder_of(given: Path | None) -> Path:
    """Return the folder given, or that of the settings; raises `SettingsRefused`, and `Refused` where there is none."""
    folder = given or load_settings().trust.folder
    if folder is None:
        raise Refused((finding(TrustCode.FOLDER_NOT_SET),))
    return folder


def read_trust(given: Path | None, *, at: datetime) -> Reading:
    """Return every authority and what is wrong; of the settings' simple form, the certificates alone.

    Raises `SettingsRefused`, and `Refused` where nothing can be read or nothing is set.
    """
    silence_logs()
    settings = None if given else _settings()
    folder = given or (settings.trust.folder if settings else None)
    if folder is not None:
        return examine_folder(octets_in(folder), _needed(settings), at=at)
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
        raise Refused(tuple(unserved(authorities, _needed(settings) or (Purpose.PACKAGE,))))
    return Opened(store_of(octets, ()), tuple(unserved(authorities, _needed(settings), at=at)))


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
    store: TrustStore, chain: tuple[Certificate, ...], *, purposes: tuple[Purpose, ...], at: datetime
) -> tuple[Judged, ...]:
    """Return what the first certificate is trusted for at the aware moment `at`; the others help to find its path."""
    signer, *others = chain
    if signer.is_authority:
        return (Judged(None, store.path_of(signer, others, at=at)),)
    return tuple(Judged(one, store.judge(signer, others, at=at, policy=_POLICIES[one])) for one in purposes)


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


def refusal_of(verdict: Verdict) -> tuple[Finding, ...]:
    """Return why a package's signature did not pass."""
    return () if verdict.failure is None else (finding_for(verdict.failure),)


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
    return () if settings is None else wiring.purposes_needed(settings)
