"""Answers as they come from the network: read whole, or told to be no answer of an axis."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from axis.sdk.errors import AnswerUnreadable, AxisUnreachable


@contextmanager
def arrived(method: str, path: str) -> Iterator[None]:
    """Turn what an answer fails at on its way into `AxisUnreachable`, or `AnswerUnreadable` where it came."""
    try:
        yield
    except httpx.TransportError as error:
        raise AxisUnreachable(f"{method} {path}: {type(error).__name__}") from error
    except httpx.DecodingError as error:
        raise AnswerUnreadable(httpx.codes.OK, "its compression is broken") from error


@contextmanager
def members_read(status: int = 200) -> Iterator[None]:
    """Turn what a missing or misshapen member of an answer raises into `AnswerUnreadable`."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        # The kind alone: the text of the error may quote the answer.
        raise AnswerUnreadable(status, type(error).__name__) from error


def members_of(response: httpx.Response) -> dict[str, Any]:
    """Return the JSON object in an answer; raises `AnswerUnreadable`, as for the page of a captive portal."""
    try:
        members = json.loads(response.content)
    except (ValueError, RecursionError) as error:
        raise AnswerUnreadable(response.status_code, "no JSON") from error
    if not isinstance(members, dict):
        raise AnswerUnreadable(response.status_code, "no JSON object")
    return members


def octets_of(members: Mapping[str, object], name: str) -> bytes:
    """Return the octets that a member holds in base64; raises `AnswerUnreadable`."""
    with members_read():
        encoded = members[name]
        if not isinstance(encoded, str):
            raise TypeError(name)
        return base64.b64decode(encoded, validate=True)
