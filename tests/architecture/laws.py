"""The laws of the house. Each returns what breaks it in one module (or one file's text), as `line: words`."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath

from axis.logs import Holds, LogField
from tests.architecture.source import FLOORS, Module

FUNCTION_LINES_MAX = 50
PARAMETERS_MAX = 5
POSITIONAL_MAX = 2
MODULE_LINES_MAX = 400
TEST_MODULE_LINES_MAX = 500

TRANSACTIONS = "storage/database/transactions.py"
CLOCK = "axis/clock.py"
BROAD_CATCHES = (
    "axis/seam.py",  # background loops go on whatever fails in them; the work is due again
    "axis/web/problems.py",  # any failure becomes a problem document
    "axis/cli/main.py",  # the outermost frame of a program
    "signing/pdf/verify.py",  # whatever a hostile PDF does to the library means refusal
)
# An option, a parameter of a request and what a program connects with are parameters of a function.
DOORS = ("axis/cli/", "axis/web/api/", "axis/sdk/client.py")
PARSERS = ("envelopes/parser.py", "signing/xml/")
NOT_DEPLOYED = ("tests/", "benchmarks/", "scripts/")

# Who calls these decides how: FastAPI and Typer by keyword, structlog and Alembic in an order of their own.
FRAMEWORK_DECORATORS = {"router", "command"}
LOG_PROCESSOR = ["_logger", "_method", "fields"]
ALEMBIC_HOOKS = "migrations/env.py"

TIME_SOURCES = {"time": {"time", "time_ns", "localtime", "gmtime", "ctime"}}
DATE_CLASSES = {"date", "datetime", "dt"}
MOMENTS = {"now", "utcnow", "today"}
MINTS = {"uuid1", "uuid4", "uuid6", "uuid7"}
SLOW_CALLS = {"seal", "sign", "sign_jws", "verify", "verify_jws", "sleep", "wait"}
STORE_CALLS = {"put", "open", "get", "probe"}
LOG_FIELDS = {field.value for field in LogField if field.holds is not Holds.OWN}
SDK_IMPORTS = {"envelopes", "signing", "httpx", *sys.stdlib_module_names}
SDK_ROOMS = ("axis.sdk", "axis.clock")  # nothing else may read the time, and the clock knows nothing of a server

# One letter of each stands in brackets, so that this file keeps its own law.
PACKAGE_INDEX = re.compile(r"pypi[.]org|python[h]osted|debian[.]org|npm[j]s")
MACHINE_PATH = re.compile(r"(?<![\w.\]>])(?:/wor[k](?![\w-])|/(?:home|Users)/\w|/roo[t]/)")
DESIGN_FOLDER = re.compile(r"[.][.]/share[d]")
DESTRUCTIVE_OPTION = re.compile(r"excise_empty_xmlns[_]declarations")

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITION = (*FUNCTION, ast.ClassDef)


def session_stays_in_storage(module: Module) -> Iterator[str]:
    if not module.is_product or module.is_in("storage/"):
        return
    for node in ast.walk(module.tree):
        if "Session" in _names_of(node):
            yield f"{_line(node)}: only storage knows Session"


def commits_happen_in_transactions(module: Module) -> Iterator[str]:
    if not module.is_product or module.is_in(TRANSACTIONS):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit":
            yield f"{node.lineno}: only {TRANSACTIONS} commits"


def transactions_hold_up_nobody(module: Module) -> Iterator[str]:
    """Whatever takes long is done before or after: a transaction holds a connection, and locks others wait for."""
    if not module.is_product:
        return
    reached = {node for inside in _inside_transactions(module.tree) for one in inside for node in ast.walk(one)}
    for node in sorted(reached, key=_line):
        if name := _takes_long(node):
            yield f"{_line(node)}: {name} inside an open transaction"


def time_comes_from_the_clock(module: Module) -> Iterator[str]:
    if module.is_in(CLOCK, *NOT_DEPLOYED):
        return
    for node in ast.walk(module.tree):
        if _reads_the_time(node):
            yield f"{_line(node)}: only {CLOCK} reads the time"


def identifiers_are_minted_by_the_clock(module: Module) -> Iterator[str]:
    if module.is_in(CLOCK, *NOT_DEPLOYED):
        return
    for node in ast.walk(module.tree):
        if _names_of(node) & MINTS:
            yield f"{_line(node)}: only {CLOCK} mints identifiers"


def functions_are_short(module: Module) -> Iterator[str]:
    for function in _functions(module):
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > FUNCTION_LINES_MAX:
            yield f"{function.lineno}: {function.name} has {lines} lines, more than {FUNCTION_LINES_MAX}"


def functions_take_few_parameters(module: Module) -> Iterator[str]:
    for function in _functions(module):
        count = len(_positional(function)) + (0 if module.is_in(*DOORS) else len(function.args.kwonlyargs))
        if count > PARAMETERS_MAX:
            yield f"{function.lineno}: {function.name} takes {count} parameters, more than {PARAMETERS_MAX}"


def later_parameters_are_named(module: Module) -> Iterator[str]:
    if module.is_in("tests/", ALEMBIC_HOOKS):
        return
    overriding = {method for kind in _foreign_kinds(module.tree) for method in kind.body}
    for function in _functions(module):
        names = _positional(function)
        if len(names) > POSITIONAL_MAX and function not in overriding and not _has_another_caller(function):
            yield f"{function.lineno}: {function.name} takes {', '.join(names[POSITIONAL_MAX:])} without their names"


def modules_are_short(module: Module) -> Iterator[str]:
    limit = TEST_MODULE_LINES_MAX if module.is_in("tests/") else MODULE_LINES_MAX
    lines = len(module.text.splitlines())
    if lines > limit:
        yield f"1: {lines} lines, more than {limit}"


def modules_say_their_purpose(module: Module) -> Iterator[str]:
    if not ast.get_docstring(module.tree):
        yield "1: no docstring"


def public_names_are_explained(module: Module) -> Iterator[str]:
    if not module.is_product:
        return
    definitions = (node for node in module.tree.body if isinstance(node, DEFINITION))
    for node in definitions:
        if not node.name.startswith("_") and not ast.get_docstring(node):
            yield f"{node.lineno}: {node.name} has no docstring"


def modules_hold_something(module: Module) -> Iterator[str]:
    if module.path.name == "__init__.py":
        return
    if not any(_is_substance(statement) for statement in module.tree.body):
        yield "1: an empty module"


def catches_are_narrow(module: Module) -> Iterator[str]:
    if module.is_in(*BROAD_CATCHES):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type) and not _only_tidies(node):
            yield f"{node.lineno}: catches everything"
        if isinstance(node, ast.Call) and "suppress" in _names_of(node.func) and any(map(_is_broad, node.args)):
            yield f"{node.lineno}: suppresses everything"


def parsing_is_hardened(module: Module) -> Iterator[str]:
    if module.is_in(*NOT_DEPLOYED):
        return
    for name, value, line in _options(module.tree):
        if name == "resolve_entities" and value is not False:
            yield f"{line}: entities are never resolved"
        if name == "huge_tree" and not module.is_in(*PARSERS):
            yield f"{line}: only the hardened parsers set huge_tree"


def namespaces_are_left_alone(module: Module) -> Iterator[str]:
    for number, line in enumerate(module.text.splitlines(), start=1):
        if DESTRUCTIVE_OPTION.search(line):
            yield f"{number}: this option changes what was signed"


def pure_floors_read_no_environment(module: Module) -> Iterator[str]:
    if not module.is_in("envelopes/", "routing/", "signing/"):
        return
    for node in ast.walk(module.tree):
        if _names_of(node) & {"environ", "getenv"}:
            yield f"{_line(node)}: a pure floor reads no environment"


def sdk_stands_alone(module: Module) -> Iterator[str]:
    if not module.is_in("axis/sdk/"):
        return
    for node, name in _imports(module.tree):
        if name.split(".")[0] not in SDK_IMPORTS and not name.startswith(SDK_ROOMS):
            yield f"{node.lineno}: the SDK imports {name}"


def tests_do_not_sleep(module: Module) -> Iterator[str]:
    """What a test waits for is told by an event or a clock; to sleep 0 only lets others go on."""
    if not module.is_in("tests/"):
        return
    turns = {node for call in ast.walk(module.tree) for node in _turns_of(call)}
    for node in ast.walk(module.tree):
        match node:
            case ast.Attribute(value=ast.Name(id="time" | "asyncio" | "anyio"), attr="sleep") if node not in turns:
                yield f"{node.lineno}: a test sleeps"
            case ast.ImportFrom(module="time" | "asyncio" | "anyio") if "sleep" in _names_of(node):
                yield f"{node.lineno}: a test sleeps"


def log_fields_are_catalogued(module: Module) -> Iterator[str]:
    for line, name in logged_fields(module):
        if name not in LOG_FIELDS:
            yield f"{line}: {name or 'a mapping'} is no field of the log"


def logged_fields(module: Module) -> Iterator[tuple[int, str | None]]:
    """Line and name of each field that a module logs, without the exception; None for fields handed on unnamed."""
    for node in ast.walk(module.tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="logger")), keywords=fields) if module.is_product:
                yield from ((node.lineno, field.arg) for field in fields if field.arg != "exc_info")


def names_no_machine(path: PurePosixPath, text: str) -> Iterator[str]:
    """What in a file's text names a package index, the design folder or a path of one machine."""
    # Vectors that nobody here wrote lie beside the project; only the tests that use them may look there.
    laws = [PACKAGE_INDEX, MACHINE_PATH] + [DESIGN_FOLDER] * (not path.is_relative_to("tests/conformance"))
    for number, line in enumerate(text.splitlines(), start=1):
        found = [match for law in laws if (match := law.search(line))]
        yield from (f"{number}: names {match[0]}" for match in found)


LAWS = (
    session_stays_in_storage,
    commits_happen_in_transactions,
    transactions_hold_up_nobody,
    time_comes_from_the_clock,
    identifiers_are_minted_by_the_clock,
    functions_are_short,
    functions_take_few_parameters,
    later_parameters_are_named,
    modules_are_short,
    modules_say_their_purpose,
    public_names_are_explained,
    modules_hold_something,
    catches_are_narrow,
    parsing_is_hardened,
    namespaces_are_left_alone,
    pure_floors_read_no_environment,
    sdk_stands_alone,
    tests_do_not_sleep,
    log_fields_are_catalogued,
)


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 1)


def _inside_transactions(tree: ast.Module) -> Iterator[Sequence[ast.AST]]:
    """What is done while a transaction is open: bodies of its `with`, and of functions that take a session."""
    for node in ast.walk(tree):
        match node:
            case ast.With(items=items, body=body):
                opened = [number for number, item in enumerate(items) if _opens_transaction(item.context_expr)]
                if opened:
                    yield [*items[opened[0] + 1 :], *body]
            case ast.FunctionDef(args=arguments, body=body) | ast.AsyncFunctionDef(args=arguments, body=body):
                if _takes_session(arguments):
                    yield body
            case ast.Lambda(args=arguments, body=result):
                if _takes_session(arguments):
                    yield [result]


def _opens_transaction(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr="begin" | "read" | "glance")):
            return bool(_names_of(owner) & {"transactions", "_transactions"})
    return False


def _takes_session(arguments: ast.arguments) -> bool:
    return any(one.arg == "session" for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))


def _takes_long(node: ast.AST) -> str | None:
    """The name of what takes long in a node itself, or None: cryptography, the object store, the network, waiting."""
    match node:
        case ast.Name(id="httpx"):
            return "httpx"
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in SLOW_CALLS:
            return name
        case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in STORE_CALLS:
            return f"blobs.{name}" if _names_of(owner) & {"blobs", "_blobs"} else None
    return None


def _turns_of(node: ast.AST) -> Iterator[ast.expr]:
    """Mentions of a function, in a call, with 0 as what it is given: `f(0)`, and `call(f, 0)`."""
    if isinstance(node, ast.Call):
        row = [node.func, *node.args]
        yield from (one for one, given in pairwise(row) if isinstance(given, ast.Constant) and given.value == 0)


def _functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(module.tree) if isinstance(node, FUNCTION))


def _positional(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """What a caller may give without its name."""
    names = [argument.arg for argument in function.args.posonlyargs + function.args.args]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def _has_another_caller(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether Python or a framework calls it, and so says in what order its parameters stand."""
    is_pythons = function.name.startswith("__") and function.name != "__init__"
    decorators = {_root_of(one) for one in function.decorator_list}
    return is_pythons or bool(decorators & FRAMEWORK_DECORATORS) or _positional(function) == LOG_PROCESSOR


def _root_of(node: ast.expr) -> str:
    """The name an expression begins with: `router` of `router.get("/")`."""
    while isinstance(node, ast.Call | ast.Attribute):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _foreign_kinds(tree: ast.Module) -> Iterator[ast.ClassDef]:
    """The classes that derive from a library's, whose methods override what it calls."""
    ours = {*FLOORS, *sys.stdlib_module_names}
    foreign = {name.rpartition(".")[2] for _, name in _imports(tree) if name.split(".")[0] not in ours}
    kinds = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    return (kind for kind in kinds if any(_names_of(base) & foreign for base in kind.bases))


def _names_of(node: ast.AST) -> set[str]:
    """The names a node itself mentions: its identifier, its attribute, or what it imports."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return {name}
        case ast.ImportFrom(names=aliases):
            return {alias.name for alias in aliases}
    return set()


def _imports(tree: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                yield from ((node, alias.name) for alias in aliases)
            case ast.ImportFrom(module=str(name), level=0, names=aliases):
                yield from ((node, f"{name}.{alias.name}") for alias in aliases)


def _reads_the_time(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=attribute) if attribute in TIME_SOURCES.get(name, ()):
            return True
        case ast.ImportFrom(module=str(name), names=aliases):
            return any(alias.name in TIME_SOURCES.get(name, ()) for alias in aliases)
        case ast.Attribute(value=owner, attr=attribute) if attribute in MOMENTS:
            return bool(_names_of(owner) & DATE_CLASSES)
        case ast.Call(func=ast.Name(id=name)):
            return name in MOMENTS
        case ast.Call(func=ast.Attribute(value=owner, attr=attribute)) if attribute in MOMENTS:
            # The attribute itself was judged above; what remains is `func.now()` and the like, and clocks.
            owners = _names_of(owner.func if isinstance(owner, ast.Call) else owner)
            return not (owners & DATE_CLASSES or any(name.lower().endswith("clock") for name in owners))
    return False


def _is_substance(statement: ast.stmt) -> bool:
    is_words = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return not is_words and not isinstance(statement, (ast.Import, ast.ImportFrom, ast.Pass))


def _is_broad(caught: ast.expr | None) -> bool:
    if caught is None:
        return True
    kinds = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(_names_of(kind) & {"Exception", "BaseException"} for kind in kinds)


def _only_tidies(handler: ast.ExceptHandler) -> bool:
    """Whether the failure goes on unchanged: the handler ends in a bare `raise` and leaves in no other way."""
    leaves = (ast.Return, ast.Break, ast.Continue)
    goes_on = isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None
    return goes_on and not any(isinstance(node, leaves) for node in ast.walk(handler))


def _options(tree: ast.Module) -> Iterator[tuple[str, object, int]]:
    """Every `name=value` of a call and `"name": value` of a dictionary; the value where it is written out, or None."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg:
            yield node.arg, getattr(node.value, "value", None), node.lineno
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, getattr(value, "value", None), key.lineno
