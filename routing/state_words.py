"""What a delivery's state is called, in Vietnamese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from envelopes.errors import Phrase
from routing.lifecycle import DeliveryState

STATE_WORDS: Final[Mapping[DeliveryState, Phrase]] = MappingProxyType(
    {
        DeliveryState.READY: ("chờ chuyển", "to be carried"),
        DeliveryState.LEASED: ("đang chuyển", "being carried"),
        DeliveryState.DEFERRED: ("sẽ thử lại", "to be tried again"),
        DeliveryState.CONSIGNED: ("chờ bên nhận lấy", "at the recipient's disposal"),
        DeliveryState.HELD: ("tạm dừng", "held"),
        DeliveryState.HANDED_OVER: ("đã giao, có xác nhận", "handed over"),
        DeliveryState.REFUSED: ("bên nhận không nhận được", "refused by the recipient"),
        DeliveryState.EXPIRED: ("hết hạn", "expired"),
        DeliveryState.WITHDRAWN: ("đã rút lại", "withdrawn"),
    }
)
"""By state, for a place within a sentence."""
