from __future__ import annotations

import pytest

from vxa.tiny import weights_path
from vxa.tiny.caption_tokens import CaptionTokenizer
from vxa.tiny.scenes import describe_scene

transformers = pytest.importorskip("transformers")


def test_ids_are_those_of_transformers() -> None:
    reference = transformers.CLIPTokenizer.from_pretrained(weights_path() / "tokenizer")
    own = CaptionTokenizer()
    assert own.num_tokens == len(reference)
    for seed in range(100):
        caption = describe_scene(seed, "test")[1]
        assert list(own.encode(caption).ids) == reference(caption.text).input_ids


def test_words_know_their_tokens() -> None:
    own = CaptionTokenizer()
    for seed in range(100):
        caption = describe_scene(seed, "train")[1]
        encoded = own.encode(caption)
        for span, tokens in encoded.word_tokens:
            assert len(tokens) >= 1 and tokens == tuple(range(tokens[0], tokens[-1] + 1))
            assert tuple(encoded.ids[t] for t in tokens) == tuple(
                token for word in span.text.split() for token in own._word_ids(word)
            )


def test_captions_fit_and_are_padded_with_the_end() -> None:
    own = CaptionTokenizer()
    encoded = [own.encode(describe_scene(seed, "train")[1]) for seed in range(300)]
    assert max(len(item.ids) for item in encoded) <= 36
    assert own.pad(encoded[:1], 40)[0][-1] == own.eos and len(own.pad(encoded[:1])[0]) == 77
    with pytest.raises(ValueError, match="more than 3"):
        own.pad(encoded[:1], 3)
