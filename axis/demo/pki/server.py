"""Serves the infrastructure over HTTP on loopback: certificates, CRLs, OCSP and time stamps, on a thread.

certomancer's own application answers, at the addresses that the certificates name. Its header `X-Certomancer-Fake-Time`
(ISO 8601) moves one answer to another moment; without it the clock is asked.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from certomancer.integrations.animator import Animator, AnimatorArchStore
from werkzeug.exceptions import BadRequest, ServiceUnavailable
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from axis.clock import Clock
from axis.demo.pki.authorities import Authorities

MOMENT_HEADER: Final = "X-Certomancer-Fake-Time"
"""Names the moment of one answer, in ISO 8601."""

_GLANCE_SECONDS: Final = 0.05
"""How often the server looks whether it is to end; nobody who ends it waits longer."""

REQUEST_BYTES_MAX: Final = 64 * 1024
"""Bytes of an OCSP or time-stamp request: real ones have a few hundred."""


@contextmanager
def serving(folder: Path, clock: Clock) -> Iterator[Authorities]:
    """Yield the infrastructure around this moment, served on a free port of loopback; its keys are in `folder`."""
    server = make_server("127.0.0.1", 0, _absent, threaded=True, request_handler=_SilentRequestHandler)
    try:
        authorities = Authorities(folder, clock.now(), url=f"http://127.0.0.1:{server.port}")
        server.app = _Application(authorities, clock)
        thread = threading.Thread(target=server.serve_forever, args=(_GLANCE_SECONDS,), name="authorities")
        thread.start()
        try:
            yield authorities
        finally:
            server.shutdown()
            thread.join()
    finally:
        server.server_close()


class _SilentRequestHandler(WSGIRequestHandler):
    """Writes no log: what is asked of a demonstration's authorities is nobody's news."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 named by werkzeug
        """Write nothing."""


class _Application(Animator):
    """certomancer's application, which asks our clock, in whole seconds, and serves what `Authorities` says."""

    def __init__(self, authorities: Authorities, clock: Clock) -> None:
        architecture = authorities.architecture
        super().__init__(AnimatorArchStore({architecture.arch_label: architecture}), with_web_ui=False)
        self._authorities = authorities
        self._clock = clock

    def at_time(self, request: Request) -> datetime:
        """Return the moment a request is answered for; raises `ValueError` for a header that names none."""
        named = request.headers.get(MOMENT_HEADER)
        if named is None:
            return self._clock.now()
        moment = datetime.fromisoformat(named)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def serve_ocsp_response(self, request: Request, **path: str) -> Response:
        """Return the answer of a responder."""
        with _unreadable_is_bad():
            answer = self._authorities.answer_ocsp(
                _body(request), at=self.at_time(request), responder=self._service(path)
            )
        return Response(answer, mimetype="application/ocsp-response")

    def serve_timestamp_response(self, request: Request, **path: str) -> Response:
        """Return the answer of a time-stamping authority."""
        with _unreadable_is_bad():
            answer = self._authorities.answer_timestamp(
                _body(request), at=self.at_time(request), tsa=self._service(path)
            )
        return Response(answer, mimetype="application/timestamp-reply")

    def serve_crl(self, request: Request, **path: Any) -> Response:
        """Return the newest CRL of an authority as DER."""
        with _unreadable_is_bad():
            crl = self._authorities.crl(self._service(path), at=self.at_time(request))
        return Response(crl, mimetype="application/pkix-crl")

    def _service(self, path: Mapping[str, Any]) -> str:
        """Return the service that is asked; raises `NotFound` for one of another infrastructure."""
        _ = self.architectures[path["arch"]]
        return str(path["label"])


def _body(request: Request) -> bytes:
    request.max_content_length = REQUEST_BYTES_MAX
    return request.get_data(cache=False)


@contextmanager
def _unreadable_is_bad() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise BadRequest from error


def _absent(environ: Any, start_response: Any) -> Any:
    """Answer who asks before the infrastructure is there."""
    return ServiceUnavailable()(environ, start_response)
