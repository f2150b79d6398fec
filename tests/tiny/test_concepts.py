from __future__ import annotations

from vxa.tiny.concepts import scene_concepts, scene_prompts
from vxa.tiny.scenes import draw_scene
from vxa.tiny.vocabulary import AMBIGUOUS_WORDS, domain_words


def test_concepts_are_made_of_words_of_the_scenes_that_mean_one_thing() -> None:
    concepts = scene_concepts()
    assert concepts.names == ("Color", "Shape", "Size", "Pattern", "Background", "Relation")
    words = [part for group in concepts.words for word in group for part in word.split()]
    assert set(words) <= set(domain_words()) and not set(words) & set(AMBIGUOUS_WORDS)
    assert "red" in concepts.words[0] and "star" in concepts.words[1] and "left of" in concepts.words[5]


def test_prompts_are_captions_of_the_split() -> None:
    assert scene_prompts(3, "dev") == tuple(draw_scene(seed, "dev").caption for seed in range(3))
    assert len(set(scene_prompts(20))) > 15
