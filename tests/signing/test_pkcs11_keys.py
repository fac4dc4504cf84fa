"""Keys on a real token: they sign as any other key, from several threads, and survive the loss of their session."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pkcs11
import pytest

from axis.demo.authority import KeyKind, Usage
from envelopes.parser import SIGNATURE_PARENT, parse
from signing import pkcs11_keys
from signing.errors import KeyFault, KeyUnusable
from signing.jws import sign_jws, verify_jws
from signing.pkcs11_keys import Pkcs11Signer
from signing.policy import PACKAGE_POLICY
from signing.verdict import Indication
from signing.xml.sign import XmlSigner
from signing.xml.verify import XmlVerifier
from tests.fixtures.tokens import PIN, Cabinet, Token, needs_softhsm
from tests.signing.forgery import Forgery, as_credential, rsa_key
from tests.signing.pki import MOMENT, certificate, chain, credential, hierarchy, trust
from tests.signing.test_keys import KINDS, verify
from tests.signing.xml.packages import PACKAGE
from tests.signing.xml.xmlsec1 import accepts, needs_xmlsec1

pytestmark = needs_softhsm


def fault_of(act: Callable[[], object]) -> KeyFault:
    """The fault that an act ends with; it never tells the PIN."""
    with pytest.raises(KeyUnusable) as raised:
        act()
    assert PIN not in f"{raised.value!r} {raised.value} {raised.value.names} {raised.value.__cause__!r}"
    return raised.value.fault


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_on_a_token_signs_with_the_algorithm_it_states(token: Token, kind: KeyKind) -> None:
    holder = credential(kind=kind)
    token.put(holder)
    signer = Pkcs11Signer(token.address(), pin=PIN)
    assert (signer.certificate, signer.chain) == (certificate(holder), chain(holder))
    assert signer.algorithm is KINDS[kind]
    for number in range(20):
        verify(holder, signer.sign(str(number).encode()), str(number).encode())


@pytest.mark.parametrize("kind", [KeyKind.RSA_2048, KeyKind.ECDSA_P256])
@needs_xmlsec1
def test_its_xml_signature_is_accepted_here_and_by_an_outside_judge(
    token: Token, kind: KeyKind, tmp_path: Path
) -> None:
    token.put(credential(kind=kind))
    signed = XmlSigner(parse, SIGNATURE_PARENT, Pkcs11Signer(token.address(), pin=PIN)).sign(PACKAGE, at=MOMENT)
    verdict = XmlVerifier(parse, SIGNATURE_PARENT, trust(), PACKAGE_POLICY).verify(signed, at=MOMENT)
    assert verdict.indication is Indication.TOTAL_PASSED
    assert accepts(tmp_path, signed)


def test_its_jws_is_accepted(token: Token) -> None:
    token.put(credential())
    signer = Pkcs11Signer(token.address(), pin=PIN)
    found = {signer.certificate.fingerprint: signer.certificate}
    assert verify_jws(sign_jws(b"{}", signer, kind="test"), found.get, kind="test").payload == b"{}"


def test_several_threads_sign_at_once(token: Token) -> None:
    holder = credential(kind=KeyKind.RSA_2048)
    token.put(holder)
    signer = Pkcs11Signer(token.address(), pin=PIN)
    ready = threading.Barrier(4)

    def work(name: int) -> list[tuple[bytes, bytes]]:
        ready.wait(30)
        return [(octets, signer.sign(octets)) for octets in (f"{name} {number}".encode() for number in range(25))]

    with ThreadPoolExecutor(4) as threads:
        done = [pair for pairs in threads.map(work, range(4)) for pair in pairs]
    assert len(done) == 100
    for octets, value in done:
        verify(holder, value, octets)


def test_two_keys_of_one_token_sign_side_by_side(token: Token) -> None:
    first, second = credential("A"), credential("B")
    token.put(first, "A", key_id="0a")
    token.put(second, "B", key_id="0b")
    signers = [(holder, Pkcs11Signer(token.address(name), pin=PIN)) for holder, name in ((first, "A"), (second, "B"))]
    for holder, signer in signers * 2:
        assert signer.certificate == certificate(holder)
        verify(holder, signer.sign(b"octets"), b"octets")


def test_a_key_that_asks_for_the_pin_each_time_gets_it(token: Token) -> None:
    holder = credential()
    token.put(holder, asks=True)
    signer = Pkcs11Signer(token.address(), pin=PIN)
    for _ in range(3):
        verify(holder, signer.sign(b"octets"), b"octets")


def test_certificates_may_be_given_instead_of_being_on_the_token(token: Token) -> None:
    holder = credential()
    token.put(holder, parts="k")
    assert fault_of(lambda: Pkcs11Signer(token.address(), pin=PIN)) is KeyFault.NO_CERTIFICATE
    given = (certificate(holder), *chain(holder), certificate(hierarchy().root))
    signer = Pkcs11Signer(token.address(), pin=PIN, certificates=given)
    assert (signer.certificate, signer.chain) == (certificate(holder), chain(holder))


def test_a_certificate_of_another_key_is_refused_though_it_carries_the_keys_id(token: Token) -> None:
    token.put(credential("A"), parts="k")
    token.put(credential("B"), parts="c")
    assert fault_of(lambda: Pkcs11Signer(token.address(), pin=PIN)) is KeyFault.OTHER_CERTIFICATE
    others = (certificate(credential(kind=KeyKind.RSA_2048)),)
    opened = fault_of(lambda: Pkcs11Signer(token.address(), pin=PIN, certificates=others))
    assert opened is KeyFault.OTHER_CERTIFICATE


def test_of_several_certificates_of_one_id_the_keys_own_is_taken(token: Token) -> None:
    holder = credential("A")
    token.put(credential("B"), parts="c")
    token.put(holder)
    assert Pkcs11Signer(token.address(), pin=PIN).certificate == certificate(holder)


def test_a_key_that_is_too_weak_is_refused(token: Token) -> None:
    token.put(as_credential(Forgery().under(hierarchy().intermediate, rsa_key(1024))))
    assert fault_of(lambda: Pkcs11Signer(token.address(), pin=PIN)) is KeyFault.FORBIDDEN


def test_what_is_not_there_is_told_by_its_own_fault(token: Token) -> None:
    token.put(credential("A", usage=Usage.SIGNATURE))
    token.put(credential("B"), "seal", key_id="02")
    address = token.address
    nowhere = replace(token.address(), module="/nowhere/module.so")
    assert fault_of(lambda: Pkcs11Signer(nowhere, pin=PIN)) is KeyFault.NO_MODULE
    assert fault_of(lambda: Pkcs11Signer(replace(address(), token="other"), pin=PIN)) is KeyFault.NO_DEVICE  # noqa: S106 a label
    assert fault_of(lambda: Pkcs11Signer(address("other"), pin=PIN)) is KeyFault.NO_KEY
    assert fault_of(lambda: Pkcs11Signer(address(), pin=PIN)) is KeyFault.SEVERAL_KEYS


def test_of_two_keys_with_one_label_the_id_tells(token: Token) -> None:
    token.put(credential("A"), key_id="41")
    token.put(credential("B"), key_id="42")
    assert Pkcs11Signer(token.address(id="B"), pin=PIN).certificate == certificate(credential("B"))


def test_two_tokens_of_one_label_are_told_apart_by_serial(cabinet: Cabinet) -> None:
    first, second = cabinet.token("twice"), cabinet.token("twice")
    assert fault_of(lambda: Pkcs11Signer(first.address(), pin=PIN)) is KeyFault.SEVERAL_DEVICES
    serials = [one.serial.decode() for one in pkcs11.lib(first.module).get_tokens() if one.label == "twice"]
    assert len(serials) == 2
    faults = [fault_of(partial(Pkcs11Signer, first.address(serial=one), pin=PIN)) for one in serials]
    assert faults == [KeyFault.NO_KEY, KeyFault.NO_KEY]
    first.destroy()
    second.destroy()


def test_a_wrong_pin_and_none(token: Token) -> None:
    token.put(credential())
    assert fault_of(lambda: Pkcs11Signer(token.address(), pin="4711")) is KeyFault.PIN_WRONG
    assert fault_of(lambda: Pkcs11Signer(token.address(), pin="1")) is KeyFault.PIN_WRONG
    assert fault_of(lambda: Pkcs11Signer(token.address(), pin=None)) is KeyFault.PIN_MISSING


def test_nothing_shows_the_pin(token: Token) -> None:
    token.put(credential())
    signer = Pkcs11Signer(token.address(), pin=PIN)
    assert repr(signer) == f"Pkcs11Signer({signer.certificate.fingerprint})"
    assert PIN not in f"{signer} {signer._opened!r} {signer._uri!r}"


def test_a_session_that_was_lost_is_opened_again(token: Token) -> None:
    holder = credential()
    token.put(holder)
    signer = Pkcs11Signer(token.address(), pin=PIN)
    pkcs11.lib(token.module).reinitialize()  # as when the daemon behind a module was restarted
    verify(holder, signer.sign(b"octets"), b"octets")


def test_a_token_that_is_pulled_out_is_missed_and_found_again(token: Token) -> None:
    holder = credential()
    token.put(holder)
    signer = Pkcs11Signer(token.address(), pin=PIN)
    with token.pulled_out():
        for _ in range(3):
            assert fault_of(lambda: signer.sign(b"octets")) is KeyFault.NO_DEVICE
    verify(holder, signer.sign(b"octets"), b"octets")


def test_signers_of_other_tokens_go_on_when_one_is_pulled_out(cabinet: Cabinet) -> None:
    there, gone = cabinet.token(), cabinet.token()
    there.put(credential("A"))
    gone.put(credential("B"))
    stays, goes = Pkcs11Signer(there.address(), pin=PIN), Pkcs11Signer(gone.address(), pin=PIN)
    with gone.pulled_out():
        for _ in range(2):
            assert fault_of(lambda: goes.sign(b"octets")) is KeyFault.NO_DEVICE
            verify(credential("A"), stays.sign(b"octets"), b"octets")
    verify(credential("B"), goes.sign(b"octets"), b"octets")


def test_after_a_loss_nobody_signs_with_a_handle_that_became_somebody_elses(cabinet: Cabinet) -> None:
    one, other = cabinet.token(), cabinet.token()
    one.put(credential("A"))
    other.put(credential("B"))
    pkcs11.lib(one.module).reinitialize()  # from here on the module numbers what it hands out as at first
    first, second = Pkcs11Signer(one.address(), pin=PIN), Pkcs11Signer(other.address(), pin=PIN)
    with other.pulled_out():
        assert fault_of(lambda: second.sign(b"octets")) is KeyFault.NO_DEVICE
    verify(credential("B"), second.sign(b"octets"), b"octets")
    verify(credential("A"), first.sign(b"octets"), b"octets")


def test_a_token_that_came_back_with_another_key_is_refused(token: Token, cabinet: Cabinet) -> None:
    token.put(credential("A"))
    signer = Pkcs11Signer(token.address(), pin=PIN)
    with token.pulled_out():
        other = cabinet.token(token.label)
        other.put(credential("B"))
        assert fault_of(lambda: signer.sign(b"octets")) is KeyFault.OTHER_CERTIFICATE
        other.destroy()


def test_a_pin_that_was_refused_is_not_tried_again(token: Token, cabinet: Cabinet) -> None:
    token.put(credential())
    signer = Pkcs11Signer(token.address(), pin=PIN)
    with token.pulled_out():
        other = cabinet.token(token.label, pin="another-pin")
        assert fault_of(lambda: signer.sign(b"octets")) is KeyFault.PIN_WRONG
        other.destroy()
    # The old token is back and its PIN is right, but only a person can know that.
    assert fault_of(lambda: signer.sign(b"octets")) is KeyFault.PIN_WRONG


def test_who_waits_for_a_token_that_hangs_is_told(token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    token.put(credential())
    signer = Pkcs11Signer(token.address(), pin=PIN)
    monkeypatch.setattr(pkcs11_keys, "TURN_SECONDS", 0.05)
    with signer._module.turn(token.label):
        assert fault_of(lambda: signer.sign(b"octets")) is KeyFault.DEVICE_BUSY
    assert signer.sign(b"octets")
