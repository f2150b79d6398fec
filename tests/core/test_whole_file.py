from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from vxa.core.errors import OutputError
from vxa.core.whole_file import write_whole, writing_file


def test_the_new_content_takes_the_place_of_the_old(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for content in (b"old", b"new"):
        with writing_file(path) as file:
            file.write(content)
    assert path.read_bytes() == b"new" and list(tmp_path.iterdir()) == [path]


def test_a_text_is_written_in_utf_8(tmp_path: Path) -> None:
    write_whole(tmp_path / "file", "old")
    write_whole(tmp_path / "file", "a → b\n")
    assert (tmp_path / "file").read_bytes() == "a → b\n".encode()


def test_two_writers_of_one_file_do_not_hurt_each_other(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with ThreadPoolExecutor(2) as threads, writing_file(path) as file:
        file.write(b"first")
        threads.submit(write_whole, path, "second").result()
        assert path.read_bytes() == b"second"
    assert path.read_bytes() == b"first" and list(tmp_path.iterdir()) == [path]


def test_what_breaks_off_leaves_the_old_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), writing_file(path) as file:
        file.write(b"ne")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"to write .*absent"), writing_file(tmp_path / "absent" / "file"):
        pass
