"""`axis config`: the settings in force, and whether the axis would start with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

import typer

from axis.cli import options
from axis.cli.commands import command
from axis.cli.failures import Hindered, finding_document, finding_lines
from axis.cli.opening import silence_logs
from axis.cli.output import Label, Output
from axis.cli.terms import ENVIRONMENTS
from axis.settings import Settings, SettingsRefused, StoreKind, describe, effective, load_settings, unknown_variables

group: Final = typer.Typer(help="The settings.")

_SECRET: Final[Label] = ("(đã khai báo)", "(set)")
"""What is shown of a secret in place of its value."""

_UNASKED: Final[Label] = (
    "CHƯA hỏi cơ sở dữ liệu: Trục chỉ khởi động nếu cơ sở dữ liệu trả lời và đúng phiên bản. Dùng --database để hỏi.",
    "The database was NOT asked: the axis starts only if it answers and has the right revision. --database asks it.",
)
_UNASKED_STORE: Final[Label] = (
    "CHƯA hỏi kho lưu trữ S3: khi kho không nhận, Trục không tiếp nhận được gói tin nào. Dùng --store để hỏi.",
    "The S3 store was NOT asked: while it does not let the axis in, no package is accepted. --store asks it.",
)


@command(group, "check")
def check(
    output: Output,
    *,
    database: Annotated[
        bool, typer.Option("--database", help="Ask the database too: whether it answers, and has this version's shape.")
    ] = False,
    store: Annotated[
        bool, typer.Option("--store", help="Ask an S3 store too: whether it lets the axis in and takes objects.")
    ] = False,
) -> None:
    """Say whether the axis would start with the environment's settings, and print those in force.

    Tries all that `axis serve` and `axis worker` need before they listen: files, folders, the trust store, the key of
    the seal, which is opened (by its PIN where it is on a token), and the register of seals. Nothing is started or
    written. The database is asked only with --database, and an S3 store only with --store; without them, the answer
    holds as long as they do their part. Every reason not to start is told at once, and the command ends with the code
    of the first, as a start would. What only will be regretted is a warning: no authority that may be asked, in
    production no register of seals. Secrets are shown only as set.
    """
    from axis.cli.rehearsal import Neighbour, hindrances, misgivings  # noqa: PLC0415 it takes hold of the whole axis, which takes a second

    meanings = {row.name: row.meaning for row in describe()}
    settings = _settings(output, meanings)
    silence_logs()
    asked = {Neighbour.DATABASE: database, Neighbour.STORE: store}
    asks = frozenset(one for one, is_asked in asked.items() if is_asked)
    found = tuple(hindrances(settings, at=options.present(), asks=asks))
    if found:
        raise Hindered(found)
    values, unknown = effective(settings), unknown_variables()
    warnings = tuple(misgivings(settings))
    secrets = {_SECRET[1]: output.pick(_SECRET)}
    output.give(
        {
            "environment": settings.environment.value,
            "settings": dict(values),
            "unknown": list(unknown),
            "database_asked": database,
            "warnings": [finding_document(one) for one in warnings],
            "store_asked": store,
        },
        output.table(
            (("Tham số", "Setting"), ("Giá trị", "Value"), ("Ý nghĩa", "Meaning")),
            [(name, secrets.get(value, value), meanings.get(name)) for name, value in values],
        ),
        *_said(settings, unknown, unasked=_unasked(settings, database=database, store=store)),
        *(line for one in warnings for line in finding_lines(one, output.language)),
    )


def _settings(output: Output, meanings: Mapping[str, str]) -> Settings:
    """Return the settings; of those that are refused, tell what they may hold, and raise `SettingsRefused`."""
    try:
        return load_settings()
    except SettingsRefused as error:
        named = dict.fromkeys(refusal.setting for refusal in error.refusals)
        output.remark(*(f"{name}: {meanings[name]}" for name in named if name in meanings))
        raise


def _unasked(settings: Settings, *, database: bool, store: bool) -> list[Label]:
    """Return whose word is still missing."""
    is_elsewhere = settings.blobs.kind is StoreKind.S3
    return [*([] if database else [_UNASKED]), *([_UNASKED_STORE] if is_elsewhere and not store else [])]


def _said(settings: Settings, unknown: tuple[str, ...], *, unasked: list[Label]) -> list[Label]:
    vi, en = ENVIRONMENTS[settings.environment]
    said = [(f"Trục khởi động được ({vi}).", f"The axis would start ({en})."), *unasked]
    if unknown:
        strangers = ", ".join(unknown)
        said.append((f"Không có tham số nào tên: {strangers}", f"No setting is called: {strangers}"))
    return said
