"""Where `axis seal` takes hold of the axis: its seal, its trust and its register, without a database."""

from __future__ import annotations

from typing import Final

from axis import wiring
from axis.cli.exits import ExitCode
from axis.cli.failures import Unable
from axis.cli.fault_words import fault_of
from axis.cli.opening import silence_logs
from axis.cli.words import CliCode
from axis.exchange.notary import Notary, SealBroken
from axis.exchange.seal_words import SealCode, refused
from axis.exchange.seals import KnownSeal, SealRegister
from axis.settings import Settings, load_settings, read_settings
from signing.certificates import Certificate
from signing.errors import KeyUnusable
from signing.keys import Signer

_CERTIFICATE_SETTING: Final = "AXIS_SEAL__CERTIFICATE_FILE"


def open_register() -> SealRegister:
    """Return the register of seals of the axis that the settings name, for which no private key is needed.

    Who seals is told by the settings' certificates, and by the key alone where they name none: a container or a token
    holds them then, and opens by its password or PIN. Raises `SettingsRefused`, `Unable` where nothing tells which seal
    is in use, `CertificateUnreadable`, and `Refused` for the register.
    """
    silence_logs()
    settings = read_settings()
    try:
        return wiring.open_register(settings, seal_chain(settings))
    except KeyUnusable as error:
        fault = fault_of(error)
        raise Unable(CliCode.SEAL_UNKNOWN, _CERTIFICATE_SETTING, exit_code=ExitCode.SETTINGS, fault=fault) from error


def announce_seal(successor: Signer) -> KnownSeal:
    """Return the next seal, proved on trial and endorsed by the present one.

    Raises `SettingsRefused`, `KeyUnusable`, and `Refused` for a seal that is unfit or may not follow.
    """
    clock, settings = silence_logs(), load_settings()
    seal, trust = wiring.load_seal(settings), wiring.load_trust(settings)
    letterhead = wiring.letterhead_of(settings, successor.certificate)
    try:
        Notary(successor, lambda: trust, letterhead=letterhead, clock=clock).try_out()
    except SealBroken as error:
        raise refused(SealCode.UNFIT, value=error.fault) from error
    chain = (successor.certificate, *successor.chain)
    present = (seal.certificate, *seal.chain)
    return wiring.open_register(settings, present).announce(chain, seal, at=clock.now())


def seal_chain(settings: Settings) -> tuple[Certificate, ...]:
    """Return the certificate of the seal in use, then its intermediates: the settings' own where they name any.

    Raises `KeyUnusable`, `CertificateUnreadable`.
    """
    named = settings.seal
    if named.certificate_file is not None or (named.key_file is None and named.pkcs11_uri is None):
        return wiring.seal_chain(settings)
    seal = wiring.load_seal(settings)
    return (seal.certificate, *seal.chain)
