"""What several tests of the use cases begin with."""

from __future__ import annotations

import pytest

from axis.exchange.uploads import Uploads
from routing import uploads as rules
from tests.axis.exchange.uploading import uploads_of
from tests.fixtures.exchange import Exchange


@pytest.fixture
def uploads(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> Uploads:
    """The use case, for small packages in small chunks."""
    monkeypatch.setattr(rules, "CHUNK_BYTES_MIN", 100)
    return uploads_of(exchange)
