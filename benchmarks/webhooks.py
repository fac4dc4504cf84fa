"""`python -m benchmarks.webhooks`: events and packages a second that one receiver is given, over TLS on loopback."""

from __future__ import annotations

import os
import ssl
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from rich.console import Console
from rich.table import Table

from axis.caller import Caller
from axis.clock import SystemClock
from axis.demo.enrolling import enrol
from axis.demo.keys import KeyRing
from axis.demo.letters import FIRST, compose
from axis.embedded import EmbeddedAxis, Plan
from axis.enrolment.registrar import Instruction
from axis.exchange.outcomes import Acceptance
from axis.logs import configure_logs
from axis.sdk import sign_package
from axis.wiring import Axis
from envelopes.model import Attachment
from envelopes.notification import RECEIVED_DIGEST
from envelopes.packages import package_of
from routing.webhooks import WebhookMode

SENDER, TAKER = "H51.15", "H41.21"
COUNT: Final = 200
SIZES: Final = (0, 1_000_000)
"""Octets that are added to the letter's own ten thousand."""

WORD: Final = Instruction("benchmark", "measured")


@contextmanager
def receiving(folder: Path) -> Iterator[str]:
    """Yield the address of a receiver that takes everything, and names the digest it was told."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Take one call."""
            left = int(self.headers["Content-Length"])
            while left:
                left -= len(self.rfile.read(min(left, 65_536)))
            self.send_response(200)
            self.send_header(RECEIVED_DIGEST, self.headers["Content-Digest"])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Leave the screen to the figures."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(folder / "tls.pem"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{server.server_address[1]}/axis"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def _certificate(path: Path) -> Path:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
    os.environ["SSL_CERT_FILE"] = str(path)
    return path


def _send(axis: Axis, ring: KeyRing, *, size: int, first: int) -> None:
    people, directory = ring.participants(), axis.atlas.refresh()
    system = directory.system(people[SENDER].credentials.system_id)
    if system is None:
        raise LookupError(SENDER)
    for number in range(first, first + COUNT):
        at = axis.clock.now()
        letter = compose(replace(FIRST, number=number), people[SENDER], recipients=[people[TAKER]], at=at)
        if size:
            more = Attachment(name="phu-luc.bin", content_id="phu-luc", content=os.urandom(size * 3 // 4))
            letter = replace(letter, attachments=(*letter.attachments, more))
        package = package_of(sign_package(letter, people[SENDER].signer, at=at))
        outcome = axis.intake.submit(package, Caller(system, directory))
        if not isinstance(outcome, Acceptance):
            raise TypeError(outcome.findings[0].code)


def _carry(axis: Axis) -> float:
    begun, done = time.monotonic(), 0
    while done < COUNT:
        done += axis.courier.carry_due()
    return COUNT / (time.monotonic() - begun)


def main() -> None:
    """Measure and show."""
    shown = Table("what", "octets more", "a second, one receiver")
    with tempfile.TemporaryDirectory() as place, receiving(Path(place)) as url:
        folder, clock = Path(place), SystemClock()
        with (folder / "axis.log").open("w", encoding="utf-8") as log:
            configure_logs(clock, log, is_strict=True)
            ring = KeyRing(folder / "keys", clock.now())
            more = {"webhooks": {"networks": ["127.0.0.0/8"]}}
            with EmbeddedAxis(folder, ring.files, plan=Plan(has_worker=False, more=more)) as embedded:
                axis = embedded.axis
                enrol(axis.registrar, tuple(ring.participants().values()))
                system_id = ring.participants()[TAKER].credentials.system_id
                cases = [(WebhookMode.EVENT, 0), *((WebhookMode.PACKAGE, size) for size in SIZES)]
                for place_in_row, (mode, size) in enumerate(cases):
                    axis.registrar.set_webhook(system_id, url, instruction=WORD, mode=mode)
                    _send(axis, ring, size=size, first=1 + place_in_row * COUNT)
                    shown.add_row(mode.value, str(size), f"{_carry(axis):.1f}")
    Console().print(shown)


if __name__ == "__main__":
    main()
