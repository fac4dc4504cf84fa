"""What is given back while its octets leave: the download looks now and then, and is broken off."""

from __future__ import annotations

import io
import socket
from dataclasses import dataclass

import pytest

from axis.errors import AxisError, LeaseLost, Recalled, Withdrawn
from axis.exchange.contents import Content
from axis.web import downloads
from axis.web.app import create_app
from axis.web.downloads import CHUNK_BYTES, GLANCE_SECONDS, Download
from tests.axis.web.calling import bearer
from tests.axis.web.fakes import FakeAxis
from tests.axis.web.running import BUFFERED_OCTETS, Logged, client_of, served

SIZE = 8 * 1024 * 1024
"""Of a package that nobody's machine takes in before its reader reads."""


@dataclass
class Given:
    """A content, and whether it is still given out."""

    elapsed: float = 0.0
    looks: int = 0
    fault: type[AxisError] | None = None

    def stopwatch(self) -> float:
        return self.elapsed

    def require(self) -> None:
        self.looks += 1
        if self.fault is not None:
            raise self.fault

    def content(self) -> Content:
        return Content("1.edxml", "00" * 32, SIZE, range(SIZE), io.BytesIO(bytes(SIZE)), require=self.require)


def test_a_download_looks_once_a_second_whether_its_content_is_still_given_out() -> None:
    given = Given()
    download = Download(300, is_in_force=lambda: True, stopwatch=given.stopwatch)
    given.elapsed = 5 * GLANCE_SECONDS
    download.hold(given.content())
    for looks in (0, 1, 2):
        assert [len(download.read()) for _ in range(10)] == [CHUNK_BYTES] * 10
        assert given.looks == looks
        given.elapsed += GLANCE_SECONDS
    given.fault = Recalled
    with pytest.raises(Recalled):
        download.read()
    with pytest.raises(Recalled):
        download.read()
    download.end()


@pytest.mark.parametrize(
    ("fault", "code"),
    [(Recalled, "delivery/recalled"), (Withdrawn, "delivery/withdrawn"), (LeaseLost, "lease/lost")],
)
def test_what_was_taken_back_meanwhile_breaks_the_download_off(
    fault: type[AxisError], code: str, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "GLANCE_SECONDS", 0.0)
    axis, given = FakeAxis(), Given()
    monkeypatch.setattr(axis.shelf, "content", lambda *_: given.content())
    address_of = f"/v1/envelopes/{axis.tracer.view.envelope_id}/content"
    with served(create_app(axis)) as address, socket.socket() as connection:
        with client_of(address) as client:
            headers = bearer(client, axis, "vpcp")
        connection.settimeout(30)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFERED_OCTETS)
        connection.connect(address)
        named = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        connection.sendall(f"GET {address_of} HTTP/1.1\r\nHost: axis\r\n{named}\r\n".encode())
        received = len(connection.recv(1))
        given.fault = fault
        while octets := connection.recv(1 << 16):
            received += len(octets)
        assert received < SIZE
        logged.wait_for(event="download_cut_short")
    (cut,) = (line for line in logged() if line["event"] == "download_cut_short")
    assert cut["code"] == code
    assert not {"library_message", "request_failed"} & {line["event"] for line in logged()}
