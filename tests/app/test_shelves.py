from __future__ import annotations

from pathlib import Path

import pytest

from vxa.app.heads.weaken_job import WeakenJob
from vxa.app.settings import iter_fields
from vxa.app.shelves import HELP, Shelves
from vxa.core.errors import ConfigError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in ("head-vectors/sd14.npz", "head-vectors/.hidden.npz", "clip/small/config.json", "secret.npz"):
        path = tmp_path / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "files"


def test_a_name_becomes_the_path_in_its_folder_and_stays_it(home: Path) -> None:
    shelves = Shelves(home)
    path = shelves.admit("vectors", " sd14.npz ")
    assert path == str(home / "head-vectors" / "sd14.npz") == shelves.admit("vectors", path)
    assert shelves.admit("clip", "small") == str(home / "clip" / "small")


@pytest.mark.parametrize("name", ["auto", "embedded", "", " auto "])
def test_what_names_no_file_needs_none(name: str) -> None:
    assert Shelves().admit("vectors", name) == name
    assert Shelves().admit("prompt", "/etc/passwd") == "/etc/passwd", "text that is no name of a file"
    assert Shelves().admit("clip", "") == ""


def test_whether_something_else_exists_is_not_told(home: Path) -> None:
    there = [str(home / "secret.npz"), "../secret.npz", ".", "..", ".hidden.npz", "small"]
    told = {}
    for name in (*there, f"{home}/head-vectors/./sd14.npz", "/nowhere.npz", "nowhere", "~/x", "\0", "C:sd14.npz"):
        with pytest.raises(ConfigError) as error:
            Shelves(home).admit("vectors", name)
        told[name] = str(error.value).replace(repr(name), "NAME")
    assert len(set(told.values())) == 1, told
    assert "auto, embedded, sd14.npz" in told["nowhere"] and "head-vectors" in told["nowhere"]


def test_a_hub_is_never_asked(home: Path) -> None:
    with pytest.raises(ConfigError, match=r"a CLIP model by name, of those in .*: small; got 'openai/clip-vit-base'"):
        Shelves(home).admit("clip", "openai/clip-vit-base")


def test_without_a_folder_there_is_none(tmp_path: Path) -> None:
    for shelves in (Shelves(), Shelves(tmp_path / "missing")):
        with pytest.raises(ConfigError, match="auto, embedded; got 'x'"):
            shelves.admit("vectors", "x")


def test_a_home_of_the_user_is_not_spelled_out(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(home.parent))
    monkeypatch.setenv("USERPROFILE", str(home.parent))
    path = Shelves(Path("~/files")).admit("vectors", "sd14.npz")
    assert path == str(Path("~/files/head-vectors/sd14.npz")) and Path(path).expanduser().is_file()


def test_what_is_said_of_a_setting_is_of_one_that_there_is() -> None:
    assert set(HELP) <= {field.name for field in iter_fields(WeakenJob)}
