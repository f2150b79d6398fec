from __future__ import annotations

import os
from pathlib import Path

import pytest

from vxa.app import atomic
from vxa.app.atomic import writing_folder
from vxa.core.errors import OutputError


def tree(folder: Path) -> dict[str, str | None]:
    """Everything below a folder: text of files, None for folders."""
    return {
        path.relative_to(folder).as_posix(): path.read_text() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """A folder that holds an older result and a file of the user's."""
    folder = tmp_path / "out"
    folder.mkdir()
    for name in ("a.txt", "b.txt", "mine.txt"):
        (folder / name).write_text(f"old {name}")
    return folder


def write(folder: Path, names: str = "abc") -> None:
    for name in names:
        (folder / f"{name}.txt").write_text(f"new {name}")


def test_a_new_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    with writing_folder(tmp_path / "x" / "y" / "z") as draft:
        write(draft)
    assert tree(tmp_path) == {
        "x": None, "x/y": None, "x/y/z": None,
        "x/y/z/a.txt": "new a", "x/y/z/b.txt": "new b", "x/y/z/c.txt": "new c",
    }  # fmt: skip


def test_files_of_the_same_names_are_replaced_and_others_stay(there: Path) -> None:
    with writing_folder(there) as draft:
        write(draft)
    assert tree(there.parent) == {
        "out": None,
        "out/a.txt": "new a",
        "out/b.txt": "new b",
        "out/c.txt": "new c",
        "out/mine.txt": "old mine.txt",
    }


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, MemoryError])
def test_whatever_ends_the_block_leaves_everything_as_it_was(
    there: Path, tmp_path: Path, error: type[BaseException]
) -> None:
    before = tree(tmp_path)
    for folder in (there, tmp_path / "new" / "deep"):
        with pytest.raises(error), writing_folder(folder) as draft:
            write(draft)
            raise error
        assert tree(tmp_path) == before


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("fatal", range(1, 6))
def test_a_move_that_fails_half_way_is_taken_back(
    there: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fatal: int, error: BaseException
) -> None:
    before = tree(tmp_path)
    moves = 0
    replace = os.replace

    def failing(source: Path, target: Path) -> None:
        nonlocal moves
        moves += 1
        if moves == fatal:
            raise error
        replace(source, target)

    monkeypatch.setattr(atomic.os, "replace", failing)
    expected = OutputError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected), writing_folder(there) as draft:
        write(draft)
    assert tree(tmp_path) == before


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    before = tree(tmp_path)
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OutputError, match="file"), writing_folder(folder) as draft:
            write(draft)
        assert tree(tmp_path) == before


def test_a_folder_where_a_file_goes_stays(there: Path, tmp_path: Path) -> None:
    (there / "b.txt").unlink()
    (there / "b.txt").mkdir()
    before = tree(tmp_path)
    with (
        pytest.raises(OutputError, match=r"a file to replace; got the folder .*b\.txt"),
        writing_folder(there) as draft,
    ):
        write(draft)
    assert tree(tmp_path) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a device that is always full")
def test_a_full_disk_is_an_output_error(there: Path, tmp_path: Path) -> None:
    before = tree(tmp_path)
    with pytest.raises(OutputError, match="No space left on device"), writing_folder(there) as draft:
        write(draft)
        with Path("/dev/full").open("w") as file:
            file.write("x")
    assert tree(tmp_path) == before


def test_files_get_the_usual_permissions(tmp_path: Path) -> None:
    (tmp_path / "usual").mkdir()
    with writing_folder(tmp_path / "out") as draft:
        write(draft)
    usual = (tmp_path / "usual").stat().st_mode
    assert (tmp_path / "out").stat().st_mode == usual
