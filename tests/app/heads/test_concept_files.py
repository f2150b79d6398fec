from __future__ import annotations

from pathlib import Path

import pytest

from tests.published import published
from vxa.app.heads.concept_files import load_concepts
from vxa.core.concepts import VISUAL_CONCEPTS, Concepts
from vxa.core.errors import ConfigError

EXPECTED = Concepts.of({"Color": ["red", "navy blue"], "Size": ["small"]})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("set.json", '{"Color": ["red", "navy blue"], "Size": ["small"]}'),
        ("set.csv", 'Color, red, navy blue\n\n"Size", small,\n'),
        ("set.csv", "\ufeffColor\r\n\r\n1. red\r\n2. navy blue\r\n\r\nSize\r\n\r\n1. small\r\n"),
        ("set.txt", "Color\n1. red\n 2.  navy blue\nSize\n1) small\n"),
    ],
)
def test_tables_lists_and_objects_are_read(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_bytes(text.encode())
    assert load_concepts(tmp_path / name) == EXPECTED


def test_the_published_files_are_read() -> None:
    table, words = (load_concepts(published(name)) for name in ("concept_words.csv", "concept_words.txt"))
    assert table == words
    assert table.names == VISUAL_CONCEPTS and {len(group) for group in table.words} == {10}
    assert table.words[0][:2] == ("Dog", "Cat") and "Oak tree" in table.words[1]


def test_the_sets_that_ship() -> None:
    visual = load_concepts("visual")
    assert visual.names == VISUAL_CONCEPTS and {len(group) for group in visual.words} == {10}
    assert load_concepts("scenes").names == ("Color", "Shape", "Size", "Pattern", "Background", "Relation")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("set.json", "[1]", "an object of lists of words"),
        ("set.json", '{"Color": [1]}', "an object of lists of words"),
        ("set.json", "{", "JSON in"),
        ("set.json", '{"Color": []}', "at least one word for 'Color'"),
        ("set.txt", "red\nblue\n", "names of concepts and numbered words"),
        ("set.txt", "1. red\nColor\n", "the name of a concept before its words"),
        ("set.txt", "Color\n1. red\nColor\n1. blue\n", "'Color' twice"),
        ("set.txt", "Color\nSize\n1. small\n", "at least one word for 'Color'"),
        ("set.csv", "", "numbered words"),
    ],
)
def test_files_that_are_no_sets_are_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match=message):
        load_concepts(tmp_path / name)


def test_unknown_names_and_binary_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Did you mean visual"):
        load_concepts("visuals")
    (tmp_path / "set.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_concepts(tmp_path / "set.csv")
