"""The register of seals: which one seals, which ones follow, which ones did, and who said so."""

from __future__ import annotations

from pathlib import Path

import pytest

from axis.demo.authority import Credential
from axis.errors import Refused
from axis.exchange.seal_words import SealCode
from axis.exchange.seals import FILE_BYTES_MAX, REREAD_SECONDS, KnownSeal, SealRegister, SealState
from envelopes.evidence_facts import Environment, EnvironmentKind
from tests.axis.seals import HERE, chain_of, endorsed, seal
from tests.signing.pki import MOMENT, certificate, hierarchy, signer

OLD, NEW, NEWER = (seal(name) for name in ("một", "hai", "ba"))
ELSEWHERE = Environment(EnvironmentKind.PRODUCTION, "truc-khac")


class Watch:
    """Seconds that pass when a test says so."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def register(folder: Path | None, active: Credential = OLD, watch: Watch | None = None) -> SealRegister:
    """The register of an axis that seals with `active`."""
    return SealRegister(folder, chain_of(active), origin=HERE, elapsed=watch or Watch())


def states(known: tuple[KnownSeal, ...]) -> list[tuple[str, SealState]]:
    return [(one.certificate.fingerprint, one.state) for one in known]


def name(holder: Credential) -> str:
    return certificate(holder).fingerprint


def announced(folder: Path, following: Credential, *, by: Credential = OLD) -> KnownSeal:
    return register(folder, by).announce(chain_of(following), signer(by), at=MOMENT)


def refusal(folder: Path | None, following: Credential = NEW, *, active: Credential = OLD) -> tuple[str, str]:
    """Code and place of why nothing is announced."""
    with pytest.raises(Refused) as raised:
        register(folder, active).announce(chain_of(following), signer(active), at=MOMENT)
    return raised.value.findings[0].code, raised.value.findings[0].path


def test_without_a_folder_the_seal_in_use_is_all_that_is_known() -> None:
    assert states(register(None).seals()) == [(name(OLD), SealState.ACTIVE)]
    assert refusal(None) == (SealCode.NO_REGISTER, "")


def test_a_seal_is_announced_then_active_and_the_one_before_it_retired(tmp_path: Path) -> None:
    seal = announced(tmp_path, NEW)
    assert (seal.state, seal.endorsed_by) == (SealState.ANNOUNCED, name(OLD))
    before = register(tmp_path).seals()
    assert states(before) == [(name(NEW), SealState.ANNOUNCED), (name(OLD), SealState.ACTIVE)]
    after = register(tmp_path, NEW).seals()
    assert states(after) == [(name(NEW), SealState.ACTIVE), (name(OLD), SealState.RETIRED)]
    assert [one.endorsement for one in after] == [seal.endorsement, None]
    assert [one.chain for one in after] == [chain_of(NEW), chain_of(OLD)]


def test_seals_follow_one_another_and_all_of_them_stay_known(tmp_path: Path) -> None:
    announced(tmp_path, NEW)
    announced(tmp_path, NEWER, by=NEW)
    known = dict(states(register(tmp_path, OLD).seals()))
    assert known == {name(OLD): SealState.ACTIVE, name(NEW): SealState.ANNOUNCED, name(NEWER): SealState.ANNOUNCED}
    known = dict(states(register(tmp_path, NEWER).seals()))
    assert known == {name(OLD): SealState.RETIRED, name(NEW): SealState.RETIRED, name(NEWER): SealState.ACTIVE}


def test_a_former_seal_that_nobody_endorsed_may_be_put_there_by_hand(tmp_path: Path) -> None:
    (tmp_path / "2019.pem").write_bytes(OLD.certificates_pem)
    assert states(register(tmp_path, NEW).seals())[1] == (name(OLD), SealState.RETIRED)


def test_announcing_again_changes_nothing(tmp_path: Path) -> None:
    first = announced(tmp_path, NEW)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    assert announced(tmp_path, NEW) == first
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_an_announcement_that_was_interrupted_is_made_again(tmp_path: Path) -> None:
    announced(tmp_path, NEW)
    (endorsement,) = tmp_path.glob("*.jws")
    endorsement.unlink()
    assert announced(tmp_path, NEW).state is SealState.ANNOUNCED
    assert endorsement.exists()


def test_a_seal_has_one_successor_and_it_is_a_new_one(tmp_path: Path) -> None:
    announced(tmp_path, NEW)
    assert refusal(tmp_path, NEWER) == (SealCode.ANNOUNCED, "")
    assert refusal(tmp_path, OLD) == (SealCode.SAME, "")
    assert refusal(tmp_path, OLD, active=NEW) == (SealCode.SAME, "")


def test_a_running_axis_sees_what_was_announced_within_seconds(tmp_path: Path) -> None:
    watch = Watch()
    running = register(tmp_path, watch=watch)
    announced(tmp_path, NEW)
    assert len(running.seals()) == 1
    watch.seconds = REREAD_SECONDS
    assert len(running.seals()) == 2


def test_a_folder_that_becomes_unreadable_takes_nothing_away(tmp_path: Path) -> None:
    watch = Watch()
    announced(tmp_path, NEW)
    running = register(tmp_path, watch=watch)
    (tmp_path / "broken.pem").write_bytes(b"no certificate")
    watch.seconds = REREAD_SECONDS
    assert len(running.seals()) == 2


WRONG = {
    "no certificate": ("x.pem", b"no certificate"),
    "an authority": ("x.pem", hierarchy().root.certificate_pem),
    "too large": ("x.pem", OLD.certificates_pem + b"\n" * FILE_BYTES_MAX),
    "no token": ("x.jws", b"no token"),
    "about a stranger": ("x.jws", endorsed(OLD, NEWER).encode()),
    "by a stranger": ("x.jws", endorsed(NEWER, NEW).encode()),
    "signed by another": ("x.jws", endorsed(OLD, NEW, signed_by=NEW).encode()),
    "about another axis": ("x.jws", endorsed(OLD, NEW, origin=ELSEWHERE).encode()),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_register_with_a_file_that_does_not_hold_is_refused_by_its_name(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "new.pem").write_bytes(NEW.certificates_pem)
    file, octets = WRONG[wrong]
    (tmp_path / file).write_bytes(octets)
    with pytest.raises(Refused) as raised:
        register(tmp_path)
    assert (raised.value.findings[0].code, raised.value.findings[0].path) == (SealCode.UNREADABLE, file)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as raised:
        register(tmp_path / "nowhere")
    assert raised.value.findings[0].code == SealCode.UNREADABLE
