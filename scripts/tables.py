"""The tables of the documentation, one function each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import groupby
from typing import Final

from fastapi.routing import APIRoute

from axis.cli.reference import reference
from axis.logs import LogEvent, LogField
from axis.metrics import HealthCheck, Metrics, Waiting
from axis.settings import Settings, describe
from axis.web import health
from axis.web.announced import announced_limits, reasons_in
from axis.web.api import about, deliveries, directory, envelopes, evidences, leases, tokens, uploads
from axis.web.catalogue import CATALOGUE, ProblemType
from axis.workers import watch
from envelopes.errors import Severity
from envelopes.evidence import EvidenceType
from envelopes.rules import MessageKind, Rule, rules
from routing import lifecycle
from routing.authenticity_words import VERDICT_WORDS
from routing.demands import DEMAND_STEPS, DemandKind, DemandState, event_of
from routing.events import EVENTS, EventTag, evidence_owed
from scripts.markdown import ABSENT, both, code, fence, section, table
from signing import allowances, policy
from signing.lints import LINTS

FAMILIES: Final[Mapping[str, str]] = {
    "package": "The octets cannot be read as a package. Nothing is kept, and there is no evidence. "
    "`package/other-dialect` alone was read before it is refused, and comes with evidence.",
    "signature": "The package's signature does not pass. The message in it was not read.",
    "timestamp": "This axis requires a time stamp on the signature, and none counts. The message was not read.",
    "sender": "The message may not speak for the agency in `From`.",
    "recipient": "What is wrong with recipients. One refused recipient does not refuse the message; none left does.",
    "document": "The document's identity.",
    "business": "What a recall, an update or a replacement speaks of.",
    "status": "Who may say which status of which document to whom.",
    "message": "The rule table of the format, by family; the finding's own code names the place ([rules](rules.md)).",
    "upload": "A package that comes up in chunks. `Upload-Offset` of the answer says where to go on.",
    "acknowledgement": "The recipient's signed statement does not count. The delivery stays as it was.",
    "lease": "Whose turn it is at a delivery.",
    "delivery": "What was taken back.",
    "pdf": "What is wrong with a PDF or a signature in it; the place names the attachment. Where documents are judged "
    "before the answer and broken ones are refused (`documents.refuse`), it is an error; otherwise the message is "
    "accepted, it is a warning, and the document is worth less.",
    "authenticity": "What a clerk should look at in a document. But for the last it refuses nothing, and lessens "
    "nothing.",
    "resource": "What the caller may not see does not exist.",
    "request": "The HTTP request itself.",
    "access": "The access token.",
    "token": "The token endpoint; these answers carry `error` and `error_description` of RFC 6749 too.",
    "service": "Nothing is wrong with the request: send it again.",
    "internal": "Nobody foresaw this.",
}
"""What the problems of a family have in common, in the order of the page."""

_SUBJECTS: Final[Mapping[str, str]] = {
    "envelope": "A document message at the door.",
    "status": "A status message at the door.",
    "signature": "What is known of the signature on an accepted message.",
    "document": "What is known of the signatures inside its documents.",
    "carriage": "The axis's own work on a delivery it pushes.",
    "delivery": "What happens at a recipient's disposal.",
    "acknowledgement": "What a recipient says.",
    "notification": "What a recipient's system is told at its webhook.",
    "recall": "What is asked back: by a recall, by an update that takes an agency off, or by a status 13.",
    "update": "What is asked of those who have a document that changes.",
    "directory": "The directory of agencies.",
    "certificate": "Certificates of agencies.",
    "system": "Connected systems.",
    "trespass": "For the security log.",
}
_ROUTERS: Final = (tokens, envelopes, uploads, leases, deliveries, evidences, directory, about, health)
_PUBLIC: Final = ("/v1/limits", "/v1/problems", "/v1/seal", "/v1/token", "/health", "/metrics")
_DOCUMENTS: Final = frozenset(MessageKind) - {MessageKind.STATUS}


def settings() -> str:
    """Return every setting."""
    rows = ((code(row.name), row.type, code(row.default), row.meaning) for row in describe())
    return table(("variable", "holds", "default", "meaning, and why"), rows)


def problems() -> str:
    """Return every problem type by family."""
    by_family: dict[str, list[ProblemType]] = {family: [] for family in FAMILIES}
    for kind in CATALOGUE.values():
        by_family[kind.code.split("/")[0]].append(kind)
    return "".join(
        section(f"`{family}`", FAMILIES[family], body=_problems(kinds)) for family, kinds in by_family.items()
    )


def _problems(kinds: Iterable[ProblemType]) -> str:
    rows = (
        (
            code(kind.code),
            str(kind.status),
            both(kind.words.en, kind.words.vi),
            both(kind.words.do_en, kind.words.do_vi),
        )
        for kind in kinds
    )
    return table(("code", "status", "what is wrong", "what to do"), rows)


def worths() -> str:
    """Return what documents may be worth by their own signatures."""
    rows = (
        (code(verdict.value), both(words.en, words.vi), both(words.do_en, words.do_vi))
        for verdict, words in VERDICT_WORDS.items()
    )
    return table(("worth", "what it means", "what to do"), rows)


def events() -> str:
    """Return every event by subject, with the evidence it owes."""
    grouped = groupby(EVENTS, lambda tag: tag.split(".")[0])
    return "".join(section(f"`{subject}`", _SUBJECTS[subject], body=_events(tags)) for subject, tags in grouped)


def _events(tags: Iterable[EventTag]) -> str:
    rows = ((code(tag), both(EVENTS[tag].en, EVENTS[tag].vi), _owed(tag)) for tag in tags)
    return table(("event", "what happened", "evidence"), rows)


def _owed(tag: EventTag) -> str:
    owed = EVENTS[tag].evidence
    if owed is None:
        return ABSENT
    is_for_statuses = evidence_owed(tag, is_status=True) is not None
    return code(owed) if is_for_statuses or tag.startswith("envelope.") else f"{code(owed)}, for documents"


def evidence_types() -> str:
    """Return every evidence type with its event and what it is owed for."""
    columns = ("type", "`ERDSEventId`", "about", "owed for")
    return table(columns, (_evidence_type(kind) for kind in EvidenceType))


def _evidence_type(kind: EvidenceType) -> tuple[str, str, str, str]:
    owing = [code(tag) for tag, rule in EVENTS.items() if rule.evidence is kind]
    about_what = "one delivery" if kind.is_per_delivery else "the message"
    reasons = ", says why" if kind.is_negative else ""
    return code(kind), code(kind.uri), about_what + reasons, ", ".join(owing) or "reserved: nothing owes it yet"


def diagram() -> str:
    """Return the life cycle as a picture."""
    return fence("mermaid", lifecycle.draw())


def steps() -> str:
    """Return the transition table of the life cycle."""
    rows = [
        (code(source.value), code(event), code(target.value))
        for (source, event), target in lifecycle.TRANSITIONS.items()
    ]
    rows.append((code("held"), code(EventTag.DELIVERY_RESUMED), "the state it was stopped in"))
    return table(("from", "event", "to"), rows)


def demands() -> str:
    """Return where a recipient may stand with what it was asked, and what leads there."""
    born = {
        DemandState.WITHDRAWN: "the demand: nothing had been fetched, and what waited was withdrawn",
        DemandState.NEVER_FETCHED: "the demand: nothing had been fetched, and nothing waited any more",
        DemandState.ASKED: "the demand: the document had been fetched, or is only to change",
        DemandState.SUPERSEDED: "a later demand, in the place of an update that was `asked`",
    }
    answered = {
        target: f"status {status.value}, where it was {code(source.value)}"
        for (source, status), target in DEMAND_STEPS.items()
    }
    ways = born | answered
    events = {state: event_of(DemandKind.RECALL, state) for state in DemandState}
    rows = ((code(one.value), ways[one], code(tag) if tag else ABSENT) for one, tag in events.items())
    return table(("state", "by", "event, of a recall"), rows)


def deadlines() -> str:
    """Return how long each state may last."""
    rows = (
        (code(state.value), f"{_time(one.after)} after it was {one.since}", code(one.event), one.reason)
        for state, one in lifecycle.DEADLINES.items()
    )
    return table(("state", "ends", "by", "why so long"), rows)


def _time(span: timedelta) -> str:
    if span.days:
        return f"{span.days} day{'s' * (span.days > 1)}"
    return f"{span.total_seconds() / 60:.0f} minutes"


def limits() -> str:
    """Return every limit that the API announces, with the defaults of those that are settings."""
    announced = announced_limits(Settings.model_construct())
    rows = ((code(limit.name), f"{limit.value:,}", limit.unit, limit.reason) for limit in announced)
    return table(("name", "value", "unit", "why"), rows)


def signature_limits() -> str:
    """Return the limits of signatures and certificates."""
    modules = (allowances, policy)
    found = ((name, getattr(one, name), why) for one in modules for name, why in reasons_in(one).items())
    limits = [one for one in found if isinstance(one[1], int | timedelta) and not one[0].startswith("_")]
    rows = ((code(name.lower()), _value(value), why) for name, value, why in limits)
    return table(("name", "value", "why"), rows)


def _value(value: int | timedelta) -> str:
    return _time(value) if isinstance(value, timedelta) else f"{value:,}"


def signing_policy() -> str:
    """Return the table of algorithms with their dates."""
    rows = (
        (one.use.value, one.title, _identified(one), f"{one.since:%Y-%m-%d}", _end(one), one.why)
        for one in allowances.TABLE
    )
    return table(("use", "what", "identifier", "since", "until", "why"), rows)


def _identified(row: allowances.Allowance) -> str:
    return code(row.name) if row.bits is None else f"{row.bits[0]} to {row.bits[1]} bits"


def _end(row: allowances.Allowance) -> str:
    return ABSENT if row.until is None else f"{row.until:%Y-%m-%d}"


def signature_lints() -> str:
    """Return what RFC 5280 demands of certificates and is checked beside the path library."""
    rows = ((code(one.code), one.clause, one.demand, one.reason) for one in LINTS)
    return table(("lint", "clause of RFC 5280", "demand", "because"), rows)


def policies() -> str:
    """Return the signing policies by name."""
    rows = ((code(one.name), code(one.purpose), _usages(one), " ".join(why.split())) for one, why in _policies())
    return table(("policy", "authorities trusted for", "extended key usages it takes", "what it is for"), rows)


def _usages(one: policy.SignaturePolicy) -> str:
    named = sorted(f"{_USAGE_NAMES[usage.dotted_string]} (`{usage.dotted_string}`)" for usage in one.extended_usages)
    return ", ".join(named) + ("" if one.is_dedicated else ", or none listed")


_USAGE_NAMES: Final = {
    "2.5.29.37.0": "anyExtendedKeyUsage",
    "1.3.6.1.5.5.7.3.4": "emailProtection",
    "1.3.6.1.5.5.7.3.8": "timeStamping",
    "1.3.6.1.5.5.7.3.36": "documentSigning (RFC 9336)",
    "1.3.6.1.4.1.311.10.3.12": "document signing of Microsoft",
    "1.2.840.113583.1.1.5": "document signing of Adobe",
}
"""Extended key usages by their identifiers; a policy with another one fails the documentation."""


def _policies() -> Iterator[tuple[policy.SignaturePolicy, str]]:
    for name, why in reasons_in(policy).items():
        value = getattr(policy, name)
        if isinstance(value, policy.SignaturePolicy):
            yield value, why


def watch_limits() -> str:
    """Return the limits of the server at which a worker is watched."""
    rows = ((code(name.lower()), f"{getattr(watch, name):g}", why) for name, why in reasons_in(watch).items())
    return table(("name", "value", "why"), (row for row in rows if not row[0].startswith("`_")))


def rule_table() -> str:
    """Return every rule of the format."""
    rows = (
        (code(rule.code), _kinds(rule), rule.severity.value, _limit(rule), both(rule.words.en, rule.words.vi))
        for rule in rules()
    )
    return table(("code", "for", "weight", "at most", "what is wrong"), rows)


def _kinds(rule: Rule) -> str:
    if rule.kinds == frozenset(MessageKind):
        return "all"
    return "documents" if rule.kinds == _DOCUMENTS else ", ".join(kind for kind in MessageKind if kind in rule.kinds)


def _limit(rule: Rule) -> str:
    return ABSENT if rule.limit is None else f"{rule.limit:,}"


def rule_counts() -> str:
    """Return in one sentence how many rules there are."""
    refusing = sum(rule.severity is Severity.ERROR for rule in rules())
    return f"{len(rules())} rows: {refusing} refuse the message, {len(rules()) - refusing} only warn.\n"


def log_events() -> str:
    """Return everything that is logged."""
    return table(("event", "written when"), ((code(event), event.meaning) for event in LogEvent))


def log_fields() -> str:
    """Return everything a line of the log may hold."""
    return table(("field", "holds", "meaning"), ((code(field), field.holds, field.meaning) for field in LogField))


def metrics() -> str:
    """Return everything that is counted and measured."""
    return table(("metric", "kind", "labels", "meaning"), _metrics())


def _metrics() -> Iterator[tuple[str, str, str, str]]:
    counted = Metrics()
    # Series that appear when first set: a label shows only where there is one, a measurement once it was made.
    counted.count_refused("signature/altered")
    for check in HealthCheck:
        counted.set_health(check, is_passed=True)
    counted.set_sweep_lag(0)
    counted.set_owed_evidences(0)
    counted.set_waiting(Waiting(0, 0, 0, 0))
    counted.set_directory_version(0)
    counted.set_clock_ahead(0)
    counted.set_leader(is_leader=True)
    for family in counted.registry.collect():
        labels: dict[str, dict[str, None]] = {}
        for sample in family.samples:
            for label, value in sample.labels.items():
                if label != "le":
                    labels.setdefault(label, {})[value] = None
        described = (f"{code(label)}: {_values(label, values)}" for label, values in labels.items())
        suffix = "_total" if family.type == "counter" else ""
        yield code(family.name + suffix), family.type, "; ".join(described), family.documentation


def _values(label: str, values: Iterable[str]) -> str:
    return "a [problem](problems.md) code, or `other`" if label == "problem" else ", ".join(map(code, values))


def operations() -> str:
    """Return every operation of the HTTP API."""
    routes = [route for module in _ROUTERS for route in module.router.routes if isinstance(route, APIRoute)]
    rows = (
        (code(f"{method} {route.path}"), "" if route.path.startswith(_PUBLIC) else "yes", route.summary or "")
        for route in routes
        for method in sorted(route.methods or ())
    )
    return table(("operation", "token", "what it does"), rows)


TABLES: Final[Mapping[str, Callable[[], str]]] = {
    "settings": settings,
    "problems": problems,
    "document-worths": worths,
    "events": events,
    "evidence-types": evidence_types,
    "lifecycle-diagram": diagram,
    "lifecycle-steps": steps,
    "lifecycle-deadlines": deadlines,
    "demand-states": demands,
    "limits": limits,
    "limits-of-signatures": signature_limits,
    "signing-policy": signing_policy,
    "signing-policies": policies,
    "signature-lints": signature_lints,
    "limits-of-the-watch": watch_limits,
    "rules": rule_table,
    "rule-counts": rule_counts,
    "log-events": log_events,
    "log-fields": log_fields,
    "metrics": metrics,
    "command-line": reference,
    "operations": operations,
}
"""Every table by the name that pages call it by."""
