"""`axis config`: the settings in force, and whether the axis would start with them."""

from __future__ import annotations

from typing import Final

import typer

from axis.cli.commands import command
from axis.cli.output import Output
from axis.settings import describe, effective, load_settings, unknown_variables

group: Final = typer.Typer(help="The settings.")


@command(group, "check")
def check(output: Output) -> None:
    """Say whether the axis would start with the environment's settings, and print those in force.

    Every reason not to start is told at once (exit code 8). Secrets are shown only as set.
    """
    settings = load_settings()
    values = effective(settings)
    unknown = unknown_variables()
    meanings = {row.name: row.meaning for row in describe()}
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
