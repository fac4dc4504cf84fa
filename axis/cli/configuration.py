"""`axis config`: the settings in force, and whether the axis would start with them."""

from __future__ import annotations

from typing import Final

import typer

from axis.cli.commands import command
from axis.cli.output import Output
from axis.settings import SettingsRefused, describe, effective, load_settings, unknown_variables

group: Final = typer.Typer(help="The settings.")


@command(group, "check")
def check(output: Output) -> None:
    """Say whether the axis would start with the environment's settings, and print those in force.

    Every reason not to start is told at once (exit code 8). Secrets are shown only as set.
    """
    meanings = {row.name: row.meaning for row in describe()}
    try:
        settings = load_settings()
    except SettingsRefused as error:
        named = dict.fromkeys(refusal.setting for refusal in error.refusals)
        output.remark(*(f"{name}: {meanings[name]}" for name in named if name in meanings))
        raise
    values = effective(settings)
    unknown = unknown_variables()
    strangers = ", ".join(unknown)
    output.give(
        {
            "environment": settings.environment.value,
            "settings": dict(values),
            "unknown": list(unknown),
        },
        output.table(
            (("Tham số", "Setting"), ("Giá trị", "Value"), ("Ý nghĩa", "Meaning")),
            [(name, value, meanings.get(name)) for name, value in values],
        ),
        (f"Trục khởi động được ({settings.environment}).", f"The axis would start ({settings.environment})."),
        *([(f"Không có tham số nào tên: {strangers}", f"No setting is called: {strangers}")] if unknown else []),
    )
