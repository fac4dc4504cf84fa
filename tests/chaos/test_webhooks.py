"""A webhook of the run under trouble believes nobody but the axis, and writes down who called."""

from __future__ import annotations

from pathlib import Path

import httpx

from axis.clock import SystemClock
from axis.demo.keys import KeyRing
from axis.sdk import WebhookVerifier
from axis.sdk.errors import WebhookFault
from tests.chaos.journal import Deed, Journal, read_journals
from tests.chaos.people import Bell
from tests.chaos.webhooks import Listener


def test_a_call_without_a_signature_rings_nothing_and_is_written_down(tmp_path: Path) -> None:
    seal = KeyRing(tmp_path / "keys", SystemClock().now()).seal
    bell = Bell()
    verifier = WebhookVerifier.pinned("http://127.0.0.1:1/axis", seal)
    listener = Listener(verifier, lambda _: 204, bell, Journal(tmp_path, "webhook"))
    assert listener.take({"Content-Type": "application/cloudevents+json"}, b"{}") == httpx.codes.UNAUTHORIZED
    ((name, line),) = read_journals(tmp_path)
    assert (name, line["deed"], line["fault"]) == ("webhook", Deed.MISTOLD, WebhookFault.SIGNATURE)
    assert not bell.rung.is_set()
