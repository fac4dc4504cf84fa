"""Each law catches what breaks it, and lets pass what keeps it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

import pytest

from tests.architecture import laws
from tests.architecture.source import Module

Law = Callable[[Module], Iterator[str]]
DESTRUCTIVE = "excise_empty_xmlns" + "_declarations"

BROKEN: list[tuple[Law, str, str]] = [
    (laws.session_stays_in_storage, "axis/a.py", "from sqlalchemy.orm import Session"),
    (laws.session_stays_in_storage, "routing/a.py", "def find(session: Session): ..."),
    (laws.session_stays_in_storage, "axis/a.py", "def find(session: orm.Session): ..."),
    (laws.commits_happen_in_transactions, "axis/a.py", "session.commit()"),
    (laws.commits_happen_in_transactions, "storage/database/engine.py", "connection.commit()"),
    *[
        (laws.transactions_hold_up_nobody, path, source)
        for path, source in (
            ("axis/a.py", "with self._transactions.begin() as session:\n    self._notary.seal(evidence)"),
            ("axis/a.py", "with transactions.read() as session:\n    if x:\n        sign_jws(statement)"),
            ("axis/a.py", "with premises.transactions.glance() as session, store.wait(): ..."),
            ("axis/a.py", "with lock, transactions.begin() as session, self._blobs.open(digest): ..."),
            ("axis/a.py", "with transactions.begin() as session:\n    self._blobs.put(stream)"),
            ("axis/a.py", "with transactions.begin() as session:\n    premises.blobs.get(digest)"),
            ("axis/a.py", "with transactions.begin() as session:\n    premises.blobs.probe()"),
            ("axis/a.py", "with transactions.begin() as session:\n    httpx.post(url)"),
            ("axis/a.py", "def settle(session: WriteSession):\n    verify_jws(statement)"),
            ("axis/a.py", "async def settle(x, *, session):\n    signer.sign(octets)"),
            ("axis/a.py", "transactions.run(lambda session: verifier.verify(octets))"),
            ("axis/a.py", "with transactions.begin() as session:\n    def f(session):\n        seal()"),
            ("storage/a.py", "def find(session: ReadSession):\n    time.sleep(1)"),
        )
    ],
    (laws.time_comes_from_the_clock, "axis/a.py", "datetime.now(UTC)"),
    (laws.time_comes_from_the_clock, "axis/a.py", "datetime.datetime.utcnow()"),
    (laws.time_comes_from_the_clock, "signing/a.py", "dt.date.today()"),
    (laws.time_comes_from_the_clock, "axis/a.py", "field(default_factory=datetime.now)"),
    (laws.time_comes_from_the_clock, "axis/a.py", "import time\ntime.time()"),
    (laws.time_comes_from_the_clock, "axis/a.py", "from time import time_ns"),
    (laws.time_comes_from_the_clock, "axis/a.py", "from axis.clock import now\nnow()"),
    (laws.time_comes_from_the_clock, "storage/a.py", "func.now()"),
    (laws.identifiers_are_minted_by_the_clock, "axis/a.py", "from uuid import uuid4"),
    (laws.identifiers_are_minted_by_the_clock, "storage/a.py", "uuid.uuid7()"),
    (laws.functions_are_short, "axis/a.py", "def long():\n" + "    x = 1\n" * 50),
    (laws.functions_are_short, "tests/test_a.py", "async def test_long():\n" + "    x = 1\n" * 50),
    (laws.functions_take_few_parameters, "axis/a.py", "def many(a, b, c, /, d, e, f): ..."),
    (laws.functions_take_few_parameters, "axis/a.py", "class A:\n    def many(self, a, b, c, d, e, f): ..."),
    (laws.functions_take_few_parameters, "axis/a.py", "class A:\n    def many(self, a, b, *, c, d, e, f): ..."),
    (laws.functions_take_few_parameters, "axis/cli/a.py", "def command(a, b, c, d, e, f): ..."),
    (laws.later_parameters_are_named, "axis/a.py", "def three(a, b, c): ..."),
    (laws.later_parameters_are_named, "axis/a.py", "class A:\n    async def three(self, a, b, c, *, d): ..."),
    (laws.later_parameters_are_named, "axis/a.py", "class A:\n    def __init__(self, a, b, c): ..."),
    (laws.later_parameters_are_named, "axis/a.py", "class A(Own):\n    def three(self, a, b, c): ..."),
    (
        laws.later_parameters_are_named,
        "axis/a.py",
        "from routing.a import Own\nclass A(Own):\n    def f(self, a, b, c): ...",
    ),
    (laws.later_parameters_are_named, "axis/a.py", "@cache\ndef three(a, b, c): ..."),
    (laws.later_parameters_are_named, "axis/logs.py", "def processor(logger, method, fields): ..."),
    (laws.later_parameters_are_named, "migrations/versions/1.py", "def hook(name, kind, parents): ..."),
    (laws.modules_are_short, "axis/a.py", "x = 1\n" * 401),
    (laws.modules_are_short, "tests/test_a.py", "x = 1\n" * 501),
    (laws.modules_say_their_purpose, "axis/__init__.py", ""),
    (laws.modules_say_their_purpose, "tests/test_a.py", "x = 1"),
    (laws.public_names_are_explained, "axis/a.py", "def carry(): ..."),
    (laws.public_names_are_explained, "axis/a.py", "class Courier:\n    x: int"),
    (laws.modules_hold_something, "axis/a.py", '"""To be written."""\nfrom __future__ import annotations'),
    (laws.catches_are_narrow, "axis/a.py", "try: ...\nexcept Exception: ..."),
    (laws.catches_are_narrow, "axis/a.py", "try: ...\nexcept (OSError, BaseException) as e: ..."),
    (laws.catches_are_narrow, "axis/a.py", "try: ...\nexcept: ..."),
    (laws.catches_are_narrow, "axis/a.py", "with contextlib.suppress(Exception): ..."),
    (laws.catches_are_narrow, "axis/a.py", "try: ...\nexcept BaseException as e:\n    raise Refused from e"),
    (laws.catches_are_narrow, "axis/a.py", "try: ...\nexcept:\n    if x:\n        return\n    raise"),
    (laws.catches_are_narrow, "axis/web/app.py", "try: ...\nexcept Exception: ..."),
    (laws.parsing_is_hardened, "envelopes/parser.py", "XMLParser(resolve_entities=True)"),
    (laws.parsing_is_hardened, "envelopes/parser.py", "XMLParser(resolve_entities='internal')"),
    (laws.parsing_is_hardened, "signing/xml/a.py", "OPTIONS = {'resolve_entities': flag}"),
    (laws.parsing_is_hardened, "axis/a.py", "XMLParser(huge_tree=True)"),
    (laws.parsing_is_hardened, "signing/a.py", "XMLParser(**{'huge_tree': False})"),
    (laws.namespaces_are_left_alone, "signing/xml/a.py", f"etree.c14n({DESTRUCTIVE}=True)"),
    (laws.pure_floors_read_no_environment, "signing/a.py", "os.environ['HOME']"),
    (laws.pure_floors_read_no_environment, "routing/a.py", "from os import getenv"),
    (laws.sdk_stands_alone, "axis/sdk/client.py", "import routing"),
    (laws.sdk_stands_alone, "axis/sdk/__init__.py", "from axis.settings import Settings"),
    (laws.sdk_stands_alone, "axis/sdk/client.py", "from axis import settings"),
    (laws.sdk_stands_alone, "axis/sdk/client.py", "def send():\n    import pydantic"),
    (laws.tests_do_not_sleep, "tests/test_a.py", "def test_a():\n    time.sleep(0.1)"),
    (laws.tests_do_not_sleep, "tests/conftest.py", "time.sleep(seconds)"),
    (laws.tests_do_not_sleep, "tests/test_a.py", "from time import sleep"),
    (laws.tests_do_not_sleep, "tests/test_a.py", "from asyncio import sleep as nap"),
    (laws.tests_do_not_sleep, "tests/test_a.py", "async def a():\n    await asyncio.sleep(0.01)"),
    (laws.tests_do_not_sleep, "tests/test_a.py", "client.portal.call(asyncio.sleep, 1)"),
    (laws.tests_do_not_sleep, "tests/test_a.py", "eventually(time.sleep)"),
    (laws.log_fields_are_catalogued, "axis/a.py", "logger.info(LogEvent.TOKEN_REFUSED, subject=subject)"),
    (laws.log_fields_are_catalogued, "axis/a.py", "logger.error(LogEvent.WORK_FAILED, **details)"),
    (laws.log_fields_are_catalogued, "axis/a.py", "logger.bind(caller=1)"),
]

KEPT: list[tuple[Law, str, str]] = [
    (laws.session_stays_in_storage, "storage/database/engine.py", "from sqlalchemy.orm import Session"),
    (laws.session_stays_in_storage, "axis/a.py", "class SigningSession: ..."),
    (laws.commits_happen_in_transactions, "storage/database/transactions.py", "session.commit()"),
    *[
        (laws.transactions_hold_up_nobody, path, source)
        for path, source in (
            ("axis/a.py", "with transactions.begin() as session:\n    x = 1\nself._notary.seal(evidence)"),
            ("axis/a.py", "with self._blobs.open(digest) as stream, transactions.begin() as session: ..."),
            ("axis/a.py", "with transactions.begin() as session:\n    session.get(row, key)\n    known.get(name)"),
            ("axis/a.py", "with path.open() as stream, file.read() as x:\n    sign(stream)"),
            ("axis/a.py", "def settle(sealed):\n    verify_jws(statement)"),
            ("axis/a.py", "with transactions.begin() as session:\n    count_sealed(seal, verify)"),
            ("tests/test_a.py", "with transactions.begin() as session:\n    barrier.wait()"),
        )
    ],
    (laws.time_comes_from_the_clock, "axis/clock.py", "datetime.now(UTC)"),
    (laws.time_comes_from_the_clock, "axis/a.py", "self._clock.now()"),
    (laws.time_comes_from_the_clock, "axis/a.py", "SystemClock().now()"),
    (laws.time_comes_from_the_clock, "axis/a.py", "import time\ntime.monotonic() - time.perf_counter()"),
    (laws.time_comes_from_the_clock, "tests/test_a.py", "datetime.now(UTC)"),
    (laws.identifiers_are_minted_by_the_clock, "axis/clock.py", "uuid.uuid7()"),
    (laws.identifiers_are_minted_by_the_clock, "axis/a.py", "from uuid import UUID"),
    (laws.functions_are_short, "axis/a.py", "def long():\n" + "    x = 1\n" * 49),
    (laws.functions_take_few_parameters, "axis/a.py", "class A:\n    def many(self, a, b, c, d, *, e): ..."),
    (laws.functions_take_few_parameters, "axis/cli/a.py", "def command(a, *, b, c, d, e, f): ..."),
    (laws.later_parameters_are_named, "axis/a.py", "class A:\n    def three(self, a, b, *, c): ..."),
    (
        laws.later_parameters_are_named,
        "axis/web/a.py",
        "class A:\n    async def __call__(self, scope, receive, send): ...",
    ),
    (laws.later_parameters_are_named, "axis/web/api/a.py", "@router.get('/')\ndef three(a, b, c): ..."),
    (laws.later_parameters_are_named, "axis/cli/a.py", "@command(group, 'x')\ndef three(a, b, c): ..."),
    (laws.later_parameters_are_named, "axis/logs.py", "def processor(_logger, _method, fields): ..."),
    (laws.later_parameters_are_named, "migrations/env.py", "def hook(name, kind, parents): ..."),
    (
        laws.later_parameters_are_named,
        "signing/a.py",
        "from lib.a import B\nclass A(B):\n    def f(self, a, b, c): ...",
    ),
    (laws.later_parameters_are_named, "tests/test_a.py", "def three(a, b, c): ..."),
    (laws.modules_are_short, "axis/a.py", "x = 1\n" * 400),
    (laws.modules_say_their_purpose, "axis/__init__.py", '"""Doors and use cases."""'),
    (laws.public_names_are_explained, "axis/a.py", "def _carry(): ..."),
    (laws.modules_hold_something, "axis/a.py", "LIMIT = 1"),
    (laws.modules_hold_something, "axis/__init__.py", '"""Doors and use cases."""'),
    (laws.catches_are_narrow, "axis/a.py", "try: ...\nexcept (OSError, ValueError): ..."),
    (laws.catches_are_narrow, "axis/a.py", "try: ...\nexcept BaseException:\n    stop()\n    raise"),
    *[
        (laws.catches_are_narrow, seam, "try: ...\nexcept Exception: ...")
        for seam in ("axis/seam.py", "axis/web/problems.py", "axis/cli/main.py", "signing/pdf/verify.py")
    ],
    (laws.parsing_is_hardened, "envelopes/parser.py", "XMLParser(resolve_entities=False, huge_tree=True)"),
    (laws.parsing_is_hardened, "signing/xml/parse.py", "XMLParser(resolve_entities=False, huge_tree=True)"),
    (laws.pure_floors_read_no_environment, "axis/settings.py", "os.environ['AXIS_CLOCK']"),
    (
        laws.sdk_stands_alone,
        "axis/sdk/client.py",
        "import httpx\nfrom axis.clock import Clock\nfrom axis.sdk.errors import Refused",
    ),
    (laws.sdk_stands_alone, "axis/web/a.py", "import fastapi"),
    (laws.tests_do_not_sleep, "tests/test_a.py", "async def a():\n    await asyncio.sleep(0)"),
    (laws.tests_do_not_sleep, "tests/test_a.py", "client.portal.call(asyncio.sleep, 0)"),
    (laws.tests_do_not_sleep, "tests/test_a.py", "Event().wait(timeout=1)"),
    (laws.tests_do_not_sleep, "axis/demo/a.py", "time.sleep(0.1)"),
    (laws.log_fields_are_catalogued, "axis/a.py", "logger.error(LogEvent.WORK_FAILED, work='a', exc_info=error)"),
    (laws.log_fields_are_catalogued, "tests/test_a.py", "logger.info(LogEvent.TOKEN_REFUSED, subject=1)"),
]


def judge(law: Law, path: str, text: str) -> list[str]:
    return list(law(Module(PurePosixPath(path), text)))


@pytest.mark.parametrize(("law", "path", "text"), BROKEN)
def test_a_law_catches_what_breaks_it(law: Law, path: str, text: str) -> None:
    assert len(judge(law, path, text)) == 1


@pytest.mark.parametrize(("law", "path", "text"), KEPT)
def test_a_law_lets_pass_what_keeps_it(law: Law, path: str, text: str) -> None:
    assert judge(law, path, text) == []


def test_every_law_has_been_seen_catching() -> None:
    assert {law for law, _, _ in BROKEN} == set(laws.LAWS)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("README.md", "see https://" + "pypi" + ".org/simple"),
        ("requirements.lock", "--index-url https://files.python" + "hosted.org"),
        ("Makefile", "deb http://deb.debian" + ".org/debian"),
        ("package.json", "registry.npm" + "js.com"),
        ("docs/a.md", "cd /wor" + "k/main"),
        ("scripts/a", "source /home" + "/someone/env"),
        ("scripts/a", 'PATH="/roo' + 't/bin"'),
        ("tests/envelopes/test_a.py", "Path('.." + "/shared/domain')"),
    ],
)
def test_a_file_that_names_a_machine_is_caught(path: str, line: str) -> None:
    assert len(list(laws.names_no_machine(PurePosixPath(path), f"first\n{line}\n"))) == 1


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("tests/conformance/test_a.py", "Path('.." + "/shared/conformance')"),
        ("axis/wiring.py", "from axis.workers import broker  # axis/workers"),
        ("docs/a.md", "the framework/workbench"),
    ],
)
def test_a_file_that_names_no_machine_passes(path: str, line: str) -> None:
    assert list(laws.names_no_machine(PurePosixPath(path), line)) == []
