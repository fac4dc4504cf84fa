"""Judges a readable message by the rule table: every finding at once, each with its place."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import chain
from typing import Final

from envelopes import paths
from envelopes.codes import BusinessDocType, StatusCode, UnknownCode
from envelopes.errors import Finding, Severity
from envelopes.findings import capped
from envelopes.layout import Branch, File, Part, PlacedText, document, status, texts_of
from envelopes.limits import ATTACHMENTS_MAX, RECIPIENTS_MAX
from envelopes.model import Envelope, UpdateInfo
from envelopes.parser import PREFIX, Tag
from envelopes.paths import inside, numbered, without_numbers
from envelopes.rules import CLASSIFIED, KIND_OF, MessageKind, Rule, code_of, rules_for
from envelopes.secrecy import markings
from envelopes.status import StatusReport

_DATE_TOLERANCE: Final = timedelta(days=1)
"""Clocks differ, and what is sent in the evening may bear the date of the next day."""

_VALUE_MAX: Final = 40
"""Characters of an offending code that are shown: enough for every identifier, too few for content."""

_STEERING_MAX: Final = 3
_NUMBERS: Final = frozenset({inside(paths.OTHER_INFO, Tag.COPIES), inside(paths.OTHER_INFO, Tag.PAGES)})
_RECEIVERS: Final = inside(paths.UPDATE, Tag.RECEIVER_LIST)
_DESCRIPTION: Final = inside(paths.MESSAGE_HEADER, Tag.DESCRIPTION)
_CONDITIONAL: Final = frozenset({code_of("N", _RECEIVERS), code_of("N", _DESCRIPTION)})
"""Required only where another field asks for it, so not by their absence alone."""

_PREFIXED: Final = f"{PREFIX}:"
_Contents = tuple[str, set[str]]

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")


@dataclass(frozen=True, slots=True)
class _Fact:
    """Something that a row of the table may judge."""

    code: str
    path: str
    value: str | None = None


def validate(message: Envelope | StatusReport, *, today: date) -> tuple[Finding, ...]:
    """Return everything the rule table finds in the message.

    `today` is the date in Vietnam. At most `FINDINGS_MAX` are returned, errors first where there are more. Findings
    hold no content: `value` is given for identifiers, codes and dates alone, and cut after 40 characters. Who the
    recipients are, and whether one is named twice under two ids, the directory knows and not this table.
    """
    if isinstance(message, Envelope):
        tree, facts = document(message), _document_facts(message, today)
    else:
        tree, facts = status(message), _status_facts(message)
    kind, texts = _kind(message), tuple(texts_of(tree))
    table = rules_for(kind)
    secret = (_Fact(CLASSIFIED, path) for path in markings(texts, message.extensions))
    everything = chain(_absent(tree, texts, kind=kind), _out_of_range(texts, table), facts, secret)
    return capped(_finding(table[fact.code], fact) for fact in everything if fact.code in table)


def is_refused(findings: Iterable[Finding]) -> bool:
    """Return whether any finding refuses the message."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def _kind(message: Envelope | StatusReport) -> MessageKind | None:
    if isinstance(message, StatusReport):
        return MessageKind.STATUS
    doc_type = message.business.doc_type
    return KIND_OF[doc_type] if isinstance(doc_type, BusinessDocType) else None


def _fact(letter: str, path: str, *, value: str | None = None) -> _Fact:
    return _Fact(code_of(letter, without_numbers(path)), path, value)


def _finding(rule: Rule, fact: _Fact) -> Finding:
    value = fact.value
    if value is not None and len(value) > _VALUE_MAX:
        value = f"{value[:_VALUE_MAX]}…"
    return Finding(rule.code, fact.path, rule.severity, rule.words, value)


def _absent(tree: Branch, texts: Sequence[PlacedText], *, kind: MessageKind | None) -> Iterator[_Fact]:
    """Yield what the table requires and the message does not hold."""
    given = {without_numbers(path) for path, _ in texts}
    required = _required_of(kind)
    return (
        _Fact(rule.code, inside(path, name))
        for path, names in _contents(tree)
        for name, rule in required.get(without_numbers(path), ())
        if name not in names and rule.unless not in given
    )


@cache
def _required_of(kind: MessageKind | None) -> Mapping[str, Sequence[tuple[str, Rule]]]:
    """Return the rows that require an element, with its name, by the place it is required in."""
    required: defaultdict[str, list[tuple[str, Rule]]] = defaultdict(list)
    for rule in rules_for(kind).values():
        if rule.code.startswith("N.") and rule.code not in _CONDITIONAL:
            parent, _, name = rule.path.rpartition(".")
            required[parent].append((name, rule))
    return dict(required)


def _contents(branch: Branch) -> Sequence[_Contents]:
    """Return every place at or below the branch with the names of the elements in it that hold something."""
    names: set[str] = set()
    contents: list[_Contents] = [(branch.path, names)]
    for part in branch.parts:
        below = _contents(part) if isinstance(part, Branch) else ()
        contents += below
        if _holds_something(part, below):
            names.add(part.name.removeprefix(_PREFIXED))
    return contents


def _holds_something(part: Part, below: Sequence[_Contents]) -> bool:
    match part:
        case Branch():
            return part.always or bool(below[0][1])
        case File():
            return bool(part.attachment.size)
        case _:
            return True


def _out_of_range(texts: Sequence[PlacedText], table: Mapping[str, Rule]) -> Iterator[_Fact]:
    for path, text in texts:
        place = without_numbers(path)
        rule = table.get(code_of("R", place))
        if rule is not None and rule.limit is not None:
            amount = int(text) if place in _NUMBERS else len(text)
            if amount > rule.limit:
                yield _Fact(rule.code, path, str(amount))


def _document_facts(message: Envelope, today: date) -> Iterator[_Fact]:
    issued = message.promulgation_date
    if issued is not None and issued > today + _DATE_TOLERANCE:
        yield _fact("M", inside(paths.PROMULGATION, Tag.PROMULGATION_DATE), value=issued.isoformat())
    if message.steering_type > _STEERING_MAX:
        yield _fact("M", inside(paths.MESSAGE_HEADER, Tag.STEERING_TYPE), value=str(message.steering_type))
    yield from _unknown(message.other.priority, inside(paths.OTHER_INFO, Tag.PRIORITY))
    yield from _unknown(message.business.doc_type, inside(paths.BUSINESS, Tag.BUSINESS_DOC_TYPE))
    yield from _counts(message)
    yield from _document_emails(message)
    for number, update in enumerate(message.business.updates, 1):
        yield from _update_facts(update, numbered(paths.UPDATE, number))


def _status_facts(message: StatusReport) -> Iterator[_Fact]:
    yield from _email(message.sender.email, paths.FROM)
    if message.staff is not None:
        yield from _email(message.staff.email, paths.STATUS_STAFF)
    yield from _unknown(message.status, inside(paths.MESSAGE_HEADER, Tag.STATUS_CODE))
    if isinstance(message.status, StatusCode) and message.status.needs_reason and message.description is None:
        yield _fact("N", _DESCRIPTION, value=message.status.value)


def _unknown(code: object, path: str) -> Iterator[_Fact]:
    """Yield a code outside its list; an empty one is missing, which is another row."""
    if isinstance(code, UnknownCode) and code.raw:
        yield _fact("M", path, value=code.raw)


def _counts(message: Envelope) -> Iterator[_Fact]:
    if len(message.recipients) > RECIPIENTS_MAX:
        yield _fact("R", paths.TO, value=str(len(message.recipients)))
    if len(message.attachments) > ATTACHMENTS_MAX:
        yield _fact("R", paths.ATTACHMENT, value=str(len(message.attachments)))


def _document_emails(message: Envelope) -> Iterator[_Fact]:
    yield from _email(message.sender.email, paths.FROM)
    for number, recipient in enumerate(message.recipients, 1):
        yield from _email(recipient.email, numbered(paths.TO, number))
    for number, staff in enumerate(message.business.staff, 1):
        yield from _email(staff.email, numbered(paths.STAFF, number))


def _email(address: str | None, owner: str) -> Iterator[_Fact]:
    if address is not None and not _EMAIL.fullmatch(address):
        yield _fact("T", inside(owner, Tag.EMAIL))


def _update_facts(update: UpdateInfo, path: str) -> Iterator[_Fact]:
    listed = inside(path, Tag.RECEIVER_LIST)
    if update.receivers_change and not update.receivers:
        yield _fact("N", listed)
    if update.receivers and not update.receivers_change:
        yield _fact("M", inside(path, Tag.DOCUMENT_RECEIVER))
    if not update.document_changes and not update.receivers_change:
        yield _fact("M", path)
    for number, receiver in enumerate(update.receivers, 1):
        yield from _unknown(
            receiver.receiver_type, inside(inside(listed, Tag.RECEIVER, number=number), Tag.RECEIVER_TYPE)
        )
