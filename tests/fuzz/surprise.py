"""What no input may bring about."""

from __future__ import annotations


class Surprise(Exception):
    """Something other than a judgement or a typed refusal came of an input, or a judgement that nobody signed for."""
