"""How a function becomes a command: every one takes --json and --lang, and ends with a documented code."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from typing import Annotated, Any, Concatenate, ParamSpec

import typer

from axis.cli.failures import FORESEEN, report
from axis.cli.language import Language
from axis.cli.output import Output

Given = ParamSpec("Given")

AsJson = Annotated[bool, typer.Option("--json", help="Write one JSON document to standard output and nothing else.")]
InLanguage = Annotated[
    Language | None,
    typer.Option("--lang", help="Language of words: vi or en. Without it, that of LANG.", show_default=False),
]

_SHARED = (
    inspect.Parameter("as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=AsJson),
    inspect.Parameter("language", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=InLanguage),
)


def command(
    group: typer.Typer, name: str
) -> Callable[[Callable[Concatenate[Output, Given], None]], Callable[Concatenate[Output, Given], None]]:
    """Return a decorator that makes a function, which takes an `Output` first, a command of the group.

    Foreseen errors become words on standard error (a JSON document on standard output with --json) and an exit code;
    all others go on to the outermost frame.
    """

    def enrol(function: Callable[Concatenate[Output, Given], None]) -> Callable[Concatenate[Output, Given], None]:
        group.command(name)(_door(function))
        return function

    return enrol


def _door(function: Callable[Concatenate[Output, Given], None]) -> Callable[..., None]:
    signature = inspect.signature(function, eval_str=True)
    parameters = (*list(signature.parameters.values())[1:], *_SHARED)

    def door(*, as_json: bool, language: Language | None, **given: Any) -> None:
        output = Output(language or Language.of(os.environ), as_json)
        try:
            function(output, **given)  # type: ignore[call-arg] # Typer fills what the signature below names
        except FORESEEN as error:
            raise typer.Exit(report(error, output)) from error

    door.__name__ = function.__name__
    door.__doc__ = function.__doc__
    door.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    door.__signature__ = inspect.Signature(list(parameters))  # type: ignore[attr-defined] # what Typer reads
    return door
