"""Keys that never leave their token: an HSM's, a smart card's, a USB token's (PKCS#11)."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

import pkcs11
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass, TokenFlag
from pkcs11.exceptions import (
    AttributeTypeInvalid,
    PinExpired,
    PinIncorrect,
    PinInvalid,
    PinLenRange,
    PinLocked,
    PKCS11Error,
    UserAlreadyLoggedIn,
)
from pkcs11.types import SignMixin

from signing.algorithms import SignatureAlgorithm
from signing.certificates import Certificate
from signing.errors import CertificateUnreadable, KeyFault, KeyUnusable
from signing.keys import algorithm_of
from signing.pkcs11_uris import Pkcs11Uri
from signing.policy import CERTIFICATES_MAX, PACKAGE_POLICY

TURN_SECONDS: Final = 10
"""How long a thread waits for its turn at a module. A signature takes milliseconds, on a slow smart card a second: who
waited this long waits for a device that hangs, and only the one thread inside it is lost."""

PROOF: Final = b"axis: this key belongs to its certificate"
"""What a key signs when it is opened. It is no SignedInfo and no JWS, so its signature proves nothing elsewhere."""

_PIN_FAULTS: Final = {
    PinIncorrect: KeyFault.PIN_WRONG,
    PinInvalid: KeyFault.PIN_WRONG,
    PinLenRange: KeyFault.PIN_WRONG,
    PinLocked: KeyFault.PIN_LOCKED,
    PinExpired: KeyFault.PIN_LOCKED,
}


class _Module:
    """A PKCS#11 library, loaded once per process. One thread at a time: it is initialised without locks of its own."""

    def __init__(self, path: str) -> None:
        self.lib: Final = pkcs11.lib(path)
        self.generation = 0
        self._turn = threading.Lock()

    @contextmanager
    def turn(self, token: str) -> Iterator[None]:
        """Have the module to oneself; raises `KeyUnusable` where that takes longer than `TURN_SECONDS`."""
        if not self._turn.acquire(timeout=TURN_SECONDS):
            raise KeyUnusable(KeyFault.DEVICE_BUSY, token=token, seconds=str(TURN_SECONDS))
        try:
            yield
        finally:
            self._turn.release()

    def begin_anew(self) -> None:
        """Initialise the library again: only then does it see a token that came back.

        All sessions of the process with the library end; each signer opens its own again when its turn comes.
        """
        self.generation += 1
        with suppress(PKCS11Error):
            self.lib.finalize()
        self.lib.initialize()


class _Entered(Protocol):
    """A token that let us in, as long as that lasts."""

    def get_objects(self, attrs: dict[Attribute, Any] | None = None) -> Iterator[pkcs11.Object]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Opened:
    """A key that can sign, as long as its session lasts."""

    entered: _Entered
    key: SignMixin
    generation: int
    asks_each_time: bool


class Pkcs11Signer:
    """A key on a token. Safe to use from several threads, which sign one after the other.

    The token's certificates are looked at once, when the key is opened.
    """

    def __init__(self, uri: Pkcs11Uri, *, pin: str | None, certificates: Sequence[Certificate] = ()) -> None:
        """Open the key; `certificates` (its own first) replace those that the token may hold. Raises `KeyUnusable`.

        1. The module is loaded, the one token found and unlocked, the one private key found.
        2. The key's own certificate is the one under which what it signs verifies; of several the one that ends last.
        3. It is of a kind that may sign packages.
        """
        self._uri: Final = uri
        self._pin: Final = pin
        self._refused: KeyFault | None = None
        self._module: Final = _module_of(uri)
        with self._module.turn(uri.token_name), _named(uri):
            if not self._sees_token():
                # Many modules know only the tokens that were there when they were initialised.
                self._module.begin_anew()
            self._opened: _Opened | None = (opened := self._open())
            others = tuple(certificates) or _certificates_of(opened)
            latest = sorted(others, key=lambda one: (not one.is_authority, one.not_after), reverse=True)
            self.certificate: Final = self._own(certificates[:1] or latest, opened)
        self.chain: Final = _chain_of(self.certificate, others)

    def __repr__(self) -> str:
        return f"Pkcs11Signer({self.certificate.fingerprint})"

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """SHA-256 for RSA and P-256, SHA-384 for P-384: the digest is as long as the curve."""
        return algorithm_of(_public(self.certificate))

    def sign(self, octets: bytes) -> bytes:
        """Return the signature value over `octets`: PKCS#1 v1.5, or r‖s in fixed width for ECDSA (RFC 9231).

        A session that was lost is opened again once. Raises `KeyUnusable` where the token cannot sign after that. A PIN
        that was refused is not tried again, because tokens lock themselves after a few.
        """
        algorithm = self.algorithm
        with self._module.turn(self._uri.token_name), _named(self._uri):
            if self._refused is not None:
                raise KeyUnusable(self._refused, token=self._uri.token_name)
            opened = self._opened
            # The handles of an earlier generation may by now be those of somebody else's key.
            if opened is not None and opened.generation == self._module.generation:
                with suppress(PKCS11Error):
                    return self._sign(opened, octets, algorithm=algorithm)
            return self._sign(self._reopen(), octets, algorithm=algorithm)

    def _reopen(self) -> _Opened:
        """Return the key opened anew; raises where it is not there, or is another one by now."""
        lost, self._opened = self._opened, None
        if lost is None or lost.generation == self._module.generation:
            self._module.begin_anew()
        try:
            opened = self._open()
        except tuple(_PIN_FAULTS) as error:
            self._refused = _PIN_FAULTS[type(error)]
            raise
        if not self._belongs(self.certificate, opened):
            raise KeyUnusable(KeyFault.OTHER_CERTIFICATE)
        self._opened = opened
        return opened

    def _open(self) -> _Opened:
        uri, tokens = self._uri, self._tokens()
        if len(tokens) != 1:
            raise KeyUnusable(KeyFault.SEVERAL_DEVICES if tokens else KeyFault.NO_DEVICE, token=uri.token_name)
        entered = self._log_in(tokens[0])
        wanted: dict[Attribute, object] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
        wanted |= {} if uri.label is None else {Attribute.LABEL: uri.label}
        wanted |= {} if uri.key_id is None else {Attribute.ID: uri.key_id}
        keys = [one for one in entered.get_objects(wanted) if isinstance(one, SignMixin)]
        if len(keys) != 1:
            entered.close()
            raise KeyUnusable(KeyFault.SEVERAL_KEYS if keys else KeyFault.NO_KEY, token=uri.token_name)
        return _Opened(entered, keys[0], self._module.generation, _asks_each_time(keys[0]))

    def _sees_token(self) -> bool:
        with suppress(PKCS11Error):
            return bool(self._tokens())
        return False

    def _tokens(self) -> list[pkcs11.Token]:
        uri = self._uri
        return [
            one
            for one in self._module.lib.get_tokens()
            if uri.token in {None, one.label} and uri.serial in {None, one.serial.rstrip(b" \0")}
        ]

    def _log_in(self, token: pkcs11.Token) -> _Entered:
        if self._pin is None and token.flags & TokenFlag.LOGIN_REQUIRED:
            raise KeyUnusable(KeyFault.PIN_MISSING, token=self._uri.token_name)
        try:
            return token.open(user_pin=self._pin)
        except UserAlreadyLoggedIn:
            # Another signer of this process did: a token knows processes, not sessions.
            return token.open()

    def _own(self, candidates: Sequence[Certificate], opened: _Opened) -> Certificate:
        if not candidates:
            raise KeyUnusable(KeyFault.NO_CERTIFICATE)
        admitted = [one for one in candidates if PACKAGE_POLICY.admits_key(one.x509.public_key())]
        if not admitted:
            raise KeyUnusable(KeyFault.FORBIDDEN)
        for one in admitted:
            if self._belongs(one, opened):
                return one
        raise KeyUnusable(KeyFault.OTHER_CERTIFICATE)

    def _belongs(self, certificate: Certificate, opened: _Opened) -> bool:
        """Return whether the key is this certificate's: what it signs verifies under it, whatever the token says."""
        public = _public(certificate)
        kind = KeyType.RSA if isinstance(public, rsa.RSAPublicKey) else KeyType.EC
        if opened.key.key_type != kind:
            return False
        return _verifies(public, self._sign(opened, PROOF, algorithm=algorithm_of(public)))

    def _sign(self, opened: _Opened, octets: bytes, *, algorithm: SignatureAlgorithm) -> bytes:
        pin = self._pin if opened.asks_each_time else None
        if not algorithm.is_ecdsa:
            return opened.key.sign(octets, mechanism=Mechanism.SHA256_RSA_PKCS, pin=pin)
        # Not all tokens know ECDSA with its digest; all of them sign a digest.
        digest = hashlib.sha384 if algorithm is SignatureAlgorithm.ECDSA_SHA384 else hashlib.sha256
        return opened.key.sign(digest(octets).digest(), mechanism=Mechanism.ECDSA, pin=pin)


_loading = threading.Lock()
_modules: Final[dict[str, _Module]] = {}


def _module_of(uri: Pkcs11Uri) -> _Module:
    with _loading:
        try:
            return _modules.get(uri.module) or _modules.setdefault(uri.module, _Module(uri.module))
        except PKCS11Error as error:
            raise KeyUnusable(KeyFault.NO_MODULE, module=uri.module) from error


@contextmanager
def _named(uri: Pkcs11Uri) -> Iterator[None]:
    """Turn what the library raises into the fault it is."""
    try:
        yield
    except PKCS11Error as error:
        raise _fault_of(error, uri) from error


def _fault_of(error: PKCS11Error, uri: Pkcs11Uri) -> KeyUnusable:
    """Return the fault by the kind of error alone: its text is a library's and may hold what was looked for."""
    if fault := _PIN_FAULTS.get(type(error)):
        return KeyUnusable(fault, token=uri.token_name)
    return KeyUnusable(KeyFault.DEVICE_FAILED, token=uri.token_name, code=type(error).__name__)


def _asks_each_time(key: SignMixin) -> bool:
    """Return whether the token wants the PIN for each signature, as those for qualified signatures do."""
    try:
        return bool(key[Attribute.ALWAYS_AUTHENTICATE])
    except (AttributeTypeInvalid, KeyError):
        return False


def _certificates_of(opened: _Opened) -> tuple[Certificate, ...]:
    """Return the certificates on the token: those with the key's id, where there is one, and all authorities'."""
    found: list[tuple[bytes, Certificate]] = []
    for one in opened.entered.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        try:
            found.append((bytes(one[Attribute.ID] or b""), Certificate(bytes(one[Attribute.VALUE]))))
        except (CertificateUnreadable, AttributeTypeInvalid, KeyError):
            continue
    key_id = bytes(opened.key[Attribute.ID] or b"")
    is_named = any(known == key_id and not one.is_authority for known, one in found)
    return tuple(one for known, one in found if one.is_authority or not is_named or known == key_id)


def _chain_of(own: Certificate, others: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """Return the intermediates that lead from `own` upwards, the issuer first, without the anchor."""
    chain: list[Certificate] = []
    lowest = own
    while len(chain) + 1 < CERTIFICATES_MAX:
        above = next((one for one in others if one.subject == lowest.issuer and one.subject != one.issuer), None)
        if above is None or above in chain:
            break
        chain.append(above)
        lowest = above
    return tuple(chain)


def _public(certificate: Certificate) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    public = certificate.x509.public_key()
    if not isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise KeyUnusable(KeyFault.FORBIDDEN)
    return public


def _verifies(public: rsa.RSAPublicKey | ec.EllipticCurvePublicKey, value: bytes) -> bool:
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(value, PROOF, padding.PKCS1v15(), hashes.SHA256())
            return True
        half = len(value) // 2
        parts = int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big")
        digest = hashes.SHA384() if public.key_size > 256 else hashes.SHA256()
        public.verify(encode_dss_signature(*parts), PROOF, ec.ECDSA(digest))
    except InvalidSignature:
        return False
    # Some tokens leave out leading zeros; what they sign is then of another length now and then, and refused.
    return len(value) == 2 * ((public.key_size + 7) // 8)
