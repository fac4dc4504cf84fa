"""Entries of a description, read by name and kind; what is wrong is collected, and nothing is overlooked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from axis.cli.draft_words import KINDS, DraftCode, draft_finding
from envelopes.errors import Finding, Phrase
from envelopes.identifiers import DocumentId, IdentifierError, OrganId

Value = TypeVar("Value")


@dataclass(slots=True)
class Entries:
    """One table of a description. `finish` tells of entries nobody asked for."""

    members: Mapping[str, object]
    findings: list[Finding]
    path: str = ""
    asked: set[str] = field(default_factory=set)

    def place(self, name: str) -> str:
        """Return where an entry stands, as findings name it."""
        return f"{self.path}.{name}" if self.path else name

    def text(self, name: str, *, is_required: bool = False) -> str | None:
        """Return a text; blanks at its ends do not matter, an empty one is none."""
        value = self._take(name, str, words="text", is_required=is_required)
        return (value.strip() or None) if value is not None else None

    def number(self, name: str) -> int | None:
        """Return a whole number."""
        value = self._take(name, int, words="whole number")
        if isinstance(value, bool):
            self._wrong(DraftCode.KIND, name, kind=KINDS["whole number"])
            return None
        return value

    def switch(self, name: str) -> bool:
        """Return true or false; false where it is left out."""
        return bool(self._take(name, bool, words="switch"))

    def day(self, name: str) -> date | None:
        """Return a date: TOML's own, or text YYYY-MM-DD."""
        value = self._take(name, object, words="day")
        if isinstance(value, str):
            return self._parsed(name, value, parse=date.fromisoformat, kind="day")
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if value is not None:
            self._wrong(DraftCode.KIND, name, kind=KINDS["day"])
        return None

    def organ_id(self, name: str, *, is_required: bool = False) -> OrganId | None:
        """Return an agency id."""
        value = self.text(name, is_required=is_required)
        return None if value is None else self._identified(name, value, kind=OrganId, code=DraftCode.ORGAN_ID)

    def document_id(self, name: str) -> DocumentId | None:
        """Return a document id."""
        value = self.text(name)
        return None if value is None else self._identified(name, value, kind=DocumentId, code=DraftCode.DOCUMENT_ID)

    def choice(self, name: str, choices: Mapping[str, Value], *, default: Value) -> Value:
        """Return what the entry's text stands for."""
        value = self.text(name)
        if value is None:
            return default
        if value not in choices:
            self._wrong(DraftCode.CHOICE, name, value=value[:40], names=_quoted(choices))
            return default
        return choices[value]

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(one for one in self.items(name, "text", build=lambda entry: entry.text("text")) if one is not None)

    def organ_ids(self, name: str) -> tuple[OrganId, ...]:
        """Return a list of agency ids."""
        found = self.items(name, "organ_id", build=lambda entry: entry.organ_id("organ_id"))
        return tuple(one for one in found if one is not None)

    def document_ids(self, name: str) -> tuple[DocumentId, ...]:
        """Return a list of document ids."""
        found = self.items(name, "document_id", build=lambda entry: entry.document_id("document_id"))
        return tuple(one for one in found if one is not None)

    def items(self, name: str, short: str, *, build: Callable[[Entries], Value]) -> tuple[Value, ...]:
        """Return what `build` makes of each item of a list; a bare text stands for a table with `short` alone."""
        listed = self._take(name, list, words="list") or []
        return tuple(_finished(entry, build) for entry in self._tables(name, listed, short=short))

    def table(self, name: str, short: str, *, build: Callable[[Entries], Value]) -> Value | None:
        """Return what `build` makes of a table; a bare text stands for one with `short` alone."""
        value = self._take(name, object, words="table")
        if value is None:
            return None
        built = [_finished(entry, build) for entry in self._tables(name, [value], short=short, is_list=False)]
        return built[0] if built else None

    def wrong(self, code: DraftCode, name: str, *, value: str | None = None) -> None:
        """Note that an entry cannot be used."""
        self._wrong(code, name, value=value)

    def finish(self) -> None:
        """Note every entry that nobody asked for: most are slips of the pen."""
        for name in self.members:
            if name not in self.asked:
                self._wrong(DraftCode.UNKNOWN, name, names=_quoted(sorted(self.asked)))

    def _tables(self, name: str, values: list[object], *, short: str, is_list: bool = True) -> Iterator[Entries]:
        for number, value in enumerate(values, 1):
            place = f"{name}[{number}]" if is_list else name
            if isinstance(value, Mapping):
                yield Entries(value, self.findings, self.place(place))
            elif isinstance(value, str):
                yield Entries({short: value}, self.findings, self.place(place))
            else:
                self._wrong(DraftCode.KIND, place, kind=KINDS["text or table"])

    def _take(self, name: str, kind: type[Value], *, words: str, is_required: bool = False) -> Value | None:
        self.asked.add(name)
        value = self.members.get(name)
        if value is None or value == "":
            if is_required:
                self._wrong(DraftCode.MISSING, name)
            return None
        if not isinstance(value, kind):
            self._wrong(DraftCode.KIND, name, kind=KINDS[words])
            return None
        return value

    def _identified(self, name: str, text: str, *, kind: Callable[[str], Value], code: DraftCode) -> Value | None:
        try:
            return kind(text)
        except IdentifierError:
            self._wrong(code, name, value=text[:40])
            return None

    def _parsed(self, name: str, text: str, *, parse: Callable[[str], Value], kind: str) -> Value | None:
        try:
            return parse(text)
        except ValueError:
            self._wrong(DraftCode.KIND, name, value=text[:40], kind=KINDS[kind])
            return None

    def _wrong(self, code: DraftCode, name: str, *, value: str | None = None, **names: str | Phrase) -> None:
        self.findings.append(draft_finding(code, self.place(name), value=value, **names))


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _finished(entries: Entries, build: Callable[[Entries], Value]) -> Value:
    built = build(entries)
    entries.finish()
    return built
