"""Locks that an S3 store keeps its objects under."""

from __future__ import annotations

from enum import StrEnum


class LockMode(StrEnum):
    """Whether objects are put under a lock of the store, and who may end it: the store's administrators, or nobody."""

    OFF = "off"
    GOVERNANCE = "governance"
    COMPLIANCE = "compliance"
