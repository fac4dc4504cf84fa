"""What `axis up` lays out for a newcomer: a profile for each agency of the demonstration, and a first letter."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from axis.cli.profile import Profile, write_profile
from axis.demo.home import Home
from axis.demo.keys import PASSWORD
from axis.demo.letters import page

SENDER: Final = "H51.15"
RECIPIENT: Final = "H26.18"

_LETTER: Final = """# The first letter, for `axis envelope send`. Change what you like; a number is accepted once a day.
number = "1"
notation = "SNV-VP"
document_type = "Công văn"
subject = "V/v thử kết nối với Trục liên thông văn bản quốc gia"
to = ["H26.18", "H41.21"]
attachments = ["van-ban.pdf"]
"""


@dataclass(frozen=True, slots=True)
class Firsts:
    """Where everything was laid: two profiles and the letter's description."""

    folder: Path
    sender: Path
    recipient: Path
    letter: Path


def lay_out(folder: Path, home: Home) -> Firsts:
    """Return what was laid out in `folder`: profiles anew, since the address may be another; a letter once."""
    profiles = {str(organ_id): _profile(home, str(organ_id)) for organ_id in home.ring.participants()}
    letter = folder / "letter" / "letter.toml"
    if not letter.exists():
        letter.parent.mkdir(parents=True, exist_ok=True)
        (letter.parent / "van-ban.pdf").write_bytes(page("Thu ket noi voi Truc lien thong van ban quoc gia"))
        letter.write_text(_LETTER, encoding="utf-8")
    return Firsts(folder, profiles[SENDER], profiles[RECIPIENT], letter)


def _profile(home: Home, organ_id: str) -> Path:
    path, participant = home.ring.folder / f"{organ_id}.toml", home.ring.participants()[organ_id]
    password = home.ring.folder / "password"
    password.write_bytes(PASSWORD + b"\n")
    profile = Profile(
        url=home.url,
        system_id=participant.credentials.system_id,
        key=home.ring.system_file(organ_id),
        seal_certificates=home.ring.seal_file,
        agency=participant.organ_id,
        signer=home.ring.agency_file(organ_id),
        signer_password_file=password,
        trust=home.ring.files.anchors,
    )
    write_profile(path, profile, replaces=True)
    return path
