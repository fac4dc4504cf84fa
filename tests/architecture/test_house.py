"""The project keeps the laws of the house."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.architecture.laws import LAWS, LOG_FIELDS, logged_fields, names_no_machine
from tests.architecture.source import FLOORS, ROOT, Module, project_files, project_modules

MODULES = project_modules()


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_every_module_keeps_the_law(law: Callable[[Module], Iterator[str]]) -> None:
    assert [f"{module.path}:{broken}" for module in MODULES for broken in law(module)] == []


def test_no_file_names_a_machine_or_a_package_index() -> None:
    texts = ((path, (ROOT / path).read_text("utf-8", errors="replace")) for path in project_files())
    assert [f"{path}:{broken}" for path, text in texts for broken in names_no_machine(path, text)] == []


def test_the_laws_read_every_floor() -> None:
    assert {module.path.parts[0] for module in MODULES} >= {*FLOORS, "tests"}


def test_every_floor_is_typed() -> None:
    assert [floor for floor in FLOORS if not (ROOT / floor / "py.typed").is_file()] == []


def test_every_field_of_the_log_is_logged_somewhere() -> None:
    assert {name for module in MODULES for _, name in logged_fields(module)} == LOG_FIELDS
