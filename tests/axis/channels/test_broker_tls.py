"""TLS towards a broker, on real servers: its certificate and its name are verified, and it may ask for ours."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from dramatiq import Message
from pydantic import SecretStr

from axis.channels.bell import ATTEST, QUEUE
from axis.channels.brokers import open_broker
from axis.channels.lines import BrokerUnavailable
from axis.channels.strokes import LineBroker
from axis.clock import SystemClock
from axis.settings import BrokerKind, BrokerSettings
from signing.errors import CertificateUnreadable, KeyUnusable
from tests.fixtures.brokers import INSTANCE, RabbitServer, RedisServer, Tls, serving

Distant = RedisServer | RabbitServer

pytestmark = pytest.mark.slow


def made(folder: Path, address: str = "127.0.0.1") -> Tls:
    """Return an authority of its own with one certificate, for an address."""
    folder.mkdir()
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("root", authority, by=authority, address=None)
    files = Tls(folder / "ca.pem", folder / "certificate.pem", folder / "key.pem")
    files.authorities.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    leaf = _certificate("leaf", key, by=authority, address=address)
    files.certificate.write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, *, by: ec.EllipticCurvePrivateKey, address: str | None
) -> x509.Certificate:
    now = SystemClock().now()
    subject, issuer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, "root"))
    builder = (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=address is None, path_length=None), critical=True)
    )
    if address is not None:
        named = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        builder = builder.add_extension(named, critical=False)
    return builder.sign(by, hashes.SHA256())


@pytest.fixture(params=[BrokerKind.REDIS, BrokerKind.RABBITMQ])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Distant]:
    """A broker that takes nothing but TLS, from those whose certificate it believes."""
    with serving(request.param, tmp_path / "server", tls=made(tmp_path / "tls")) as server:
        yield server


def broker(server: Distant, shown: Tls) -> LineBroker:
    files = {"ca_file": shown.authorities, "certificate_file": shown.certificate, "key_file": shown.key}
    opened = open_broker(BrokerSettings(kind=server.kind, url=SecretStr(server.url), **files), INSTANCE)
    assert opened is not None
    return opened


def test_both_sides_show_who_they_are(server: Distant, tmp_path: Path) -> None:
    assert server.tls is not None
    sound = broker(server, server.tls)
    sound.probe(QUEUE)
    sound.enqueue(Message(QUEUE, ATTEST, (), {}, {}))
    sound.rest()
    stranger = made(tmp_path / "stranger")
    for wrong in (stranger, replace(server.tls, authorities=stranger.authorities)):
        with pytest.raises(BrokerUnavailable):
            broker(server, wrong).probe(QUEUE)


def test_a_certificate_for_another_name_is_no_proof(server: Distant) -> None:
    assert server.tls is not None
    files = {"ca_file": server.tls.authorities, "certificate_file": server.tls.certificate, "key_file": server.tls.key}
    url = SecretStr(server.url.replace("127.0.0.1", "localhost"))
    other = open_broker(BrokerSettings(kind=server.kind, url=url, **files), INSTANCE)
    assert other is not None
    with pytest.raises(BrokerUnavailable):
        other.probe(QUEUE)


@pytest.mark.parametrize("kind", [BrokerKind.REDIS, BrokerKind.RABBITMQ])
@pytest.mark.parametrize("broken", ["authorities", "certificate", "key"])
def test_files_that_are_none_are_refused_before_anything_is_called(
    kind: BrokerKind, broken: str, tmp_path: Path
) -> None:
    files = made(tmp_path / "tls")
    getattr(files, broken).write_text("no PEM")
    scheme = "rediss" if kind is BrokerKind.REDIS else "amqps"
    shown = {"ca_file": files.authorities, "certificate_file": files.certificate, "key_file": files.key}
    settings = BrokerSettings(kind=kind, url=SecretStr(f"{scheme}://127.0.0.1"), **shown)
    with pytest.raises((KeyUnusable, CertificateUnreadable)):
        open_broker(settings, INSTANCE)
    missing = BrokerSettings(kind=kind, url=SecretStr(f"{scheme}://127.0.0.1"), ca_file=tmp_path / "nowhere.pem")
    with pytest.raises(KeyUnusable):
        open_broker(missing, INSTANCE)
