"""`axis blobs`: the keys that packages are encrypted under."""

from __future__ import annotations

from typing import Final

import typer

from axis.cli.commands import command
from axis.cli.exits import ExitCode
from axis.cli.failures import Unable
from axis.cli.opening import silence_logs
from axis.cli.output import Label, Output
from axis.cli.words import CliCode
from axis.settings import load_settings

group: Final = typer.Typer(help="The object store, and the keys that packages are encrypted under.")

_OUTCOMES: Final[dict[str, Label]] = {
    "rewrapped": ("chuyển sang khóa đang dùng", "brought under the key in use"),
    "current": ("đã ở dưới khóa đang dùng", "under the key in use already"),
    "plain": ("lưu không mã hóa, từ trước khi có khóa", "kept unencrypted, from before there were keys"),
    "key_absent": ("CẦN MỘT KHÓA KHÔNG CÓ trong thư mục", "NEED A KEY THAT IS NOT in the folder"),
    "damaged": ("BỊ HỎNG phần đầu", "have a DAMAGED header"),
}
"""What became of objects when their keys were wrapped anew."""


@command(group, "keys")
def keys(output: Output) -> None:
    """List the keys of AXIS_BLOBS__KEYS_FOLDER by name and id, and say which one new packages go under.

    The ids are what error messages name; they tell nothing of the keys. names.key is not listed: it is no key of
    packages, and never changes.
    """
    from axis.stores import open_ring  # noqa: PLC0415 it takes hold of the whole store, which takes a moment

    ring = open_ring(load_settings().blobs)
    if ring is None:
        raise _not_encrypted()
    rows = sorted((label, identifier.hex(), identifier == ring.active) for identifier, label in ring.labels.items())
    used = output.pick(("đang dùng", "in use"))
    output.give(
        {"keys": [{"name": label, "id": identifier, "active": is_active} for label, identifier, is_active in rows]},
        output.table(
            (("Tên", "Name"), ("Mã", "Id"), ("Trạng thái", "State")),
            [(label, identifier, used if is_active else "") for label, identifier, is_active in rows],
        ),
    )


@command(group, "rewrap")
def rewrap(output: Output) -> None:
    """Wrap the data key of every package anew under the key in use, so that older keys can go.

    No package is read or written for it. Safe beside a running axis, and harmless to repeat; a run that was interrupted
    is taken up by the next. Ends with 0 where no package needs an older key any more, and with 4 where one does, or a
    chunk of an upload: these are left as they are, and are gone within 25 hours.
    """
    from axis.stores import open_ring, open_staging, rewrap_store  # noqa: PLC0415 as above
    from storage.blobs.rewrapping import Wrapping  # noqa: PLC0415 as above

    clock, settings = silence_logs(), load_settings()
    ring = open_ring(settings.blobs)
    if ring is None:
        raise _not_encrypted()
    found = rewrap_store(settings.blobs, ring, present=clock.now)
    counts = {outcome: found[Wrapping(outcome)] for outcome in _OUTCOMES}
    if left := counts["key_absent"] + counts["damaged"]:
        output.remark(*(f"{counts[outcome]}: {output.pick(words)}" for outcome, words in _OUTCOMES.items()))
        raise Unable(CliCode.BLOBS_NOT_REWRAPPED, "AXIS_BLOBS__KEYS_FOLDER", count=str(left))
    if waiting := open_staging(settings.blobs, clock.now).count_under_older_keys():
        raise Unable(CliCode.BLOBS_UPLOADS_WAIT, "AXIS_BLOBS__KEYS_FOLDER", count=str(waiting))
    output.give(
        {"packages": counts},
        output.table(
            (("Gói tin", "Packages"), ("Số lượng", "Number")),
            [(output.pick(words), counts[outcome]) for outcome, words in _OUTCOMES.items()],
        ),
    )


def _not_encrypted() -> Unable:
    return Unable(CliCode.BLOBS_NOT_ENCRYPTED, "AXIS_BLOBS__KEYS_FOLDER", exit_code=ExitCode.SETTINGS)
