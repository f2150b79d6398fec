"""A set of concepts, each with the words that stand for it. Pure text; files are read in `vxa.app.heads`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vxa.core.errors import ConfigError

VISUAL_CONCEPTS = (
    *("Animals", "Plants", "Fruits and Vegetables", "People", "Vehicles", "Buildings", "Furniture", "Electronics"),
    *("Clothing", "Accessories", "Tools", "Toys", "Food and Beverages", "Books and Documents", "Sports Equipment"),
    *("Musical Instruments", "Written Characters", "Color", "Shape", "Texture", "Size", "Counting", "Image Style"),
    *("Material", "Lighting Conditions", "Facial Expressions", "Facial Features", "Poses and Gestures"),
    *("Nature Scenes", "Weather Conditions", "Time of Day", "Geo-locations", "Brand Logos", "Geometric Patterns"),
)
"""Names of the concepts of the published head relevance vectors, in their order."""


@dataclass(frozen=True)
class Concepts:
    """Named groups of words."""

    names: tuple[str, ...]
    """At least one, each once whatever the case."""
    words: tuple[tuple[str, ...], ...]
    """Words or short phrases of each, at least one, each once."""

    def __post_init__(self) -> None:
        if not self.names or len(self.names) != len(self.words):
            raise ConfigError("at least one concept, each with its words", got=f"{len(self.names)} concepts")
        if repeated := _repeated(self.names):
            raise ConfigError("concepts with distinct names", got=f"{repeated!r} twice")
        for name, words in zip(self.names, self.words, strict=True):
            if not words or not all(word.strip() for word in words):
                raise ConfigError(f"at least one word for {name!r}, none of them blank", got=list(words) or "none")
            if repeated := _repeated(words):
                raise ConfigError(f"distinct words for {name!r}", got=f"{repeated!r} twice")

    @classmethod
    def of(cls, words: Mapping[str, Iterable[str]]) -> Concepts:
        """Make a set of a mapping from names to words."""
        return cls(tuple(words), tuple(tuple(group) for group in words.values()))

    def __len__(self) -> int:
        return len(self.names)

    def to_json(self) -> dict[str, list[str]]:
        """Write the set as plain data: what `of` reads."""
        return {name: list(words) for name, words in zip(self.names, self.words, strict=True)}


def _repeated(texts: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for text in texts:
        if text.casefold() in seen:
            return text
        seen.add(text.casefold())
    return None
