"""Where `axis seal` takes hold of the axis: its present key, its trust and its register, without a database."""

from __future__ import annotations

from axis import wiring
from axis.cli.opening import silence_logs
from axis.exchange.notary import Notary, SealBroken
from axis.exchange.seal_words import SealCode, refused
from axis.exchange.seals import KnownSeal, SealRegister
from axis.settings import load_settings
from signing.keys import Signer


def open_register() -> SealRegister:
    """Return the register of seals of the axis that the settings name.

    Raises `SettingsRefused`, `KeyUnusable` for the seal in use, `Refused` for the register.
    """
    silence_logs()
    settings = load_settings()
    return wiring.open_register(settings, wiring.load_seal(settings))


def announce_seal(successor: Signer) -> KnownSeal:
    """Return the next seal, proved on trial and endorsed by the present one.

    Raises `Refused` for a seal that is unfit or may not follow, and what `open_register` raises.
    """
    clock, settings = silence_logs(), load_settings()
    seal, trust = wiring.load_seal(settings), wiring.load_trust(settings)
    letterhead = wiring.letterhead_of(settings, successor.certificate)
    try:
        Notary(successor, lambda: trust, letterhead=letterhead, clock=clock).try_out()
    except SealBroken as error:
        raise refused(SealCode.UNFIT, value=error.fault) from error
    chain = (successor.certificate, *successor.chain)
    return wiring.open_register(settings, seal).announce(chain, seal, at=clock.now())
