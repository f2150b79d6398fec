from __future__ import annotations

from vxa.tiny.captions import BACKGROUND, WHOLE_SCENE
from vxa.tiny.scenes import describe_scene


def test_spans_mark_the_words_they_name() -> None:
    for seed in range(200):
        _, caption = describe_scene(seed, "train")
        for span in caption.spans:
            assert caption.text[span.start : span.end] == span.text


def test_captions_say_what_is_so_and_name_every_object() -> None:
    for seed in range(200):
        layout, caption = describe_scene(seed, "dev")
        nouns = [span for span in caption.spans if span.kind == "noun"]
        assert [span.text for span in nouns] == [item.noun for item in layout.objects]
        for span in caption.spans:
            if span.object_index >= 0:
                assert getattr(layout.objects[span.object_index], span.kind) == span.text
            elif span.object_index == WHOLE_SCENE:
                assert span.text == layout.relation
            else:
                assert span.object_index == BACKGROUND and f"{layout.background} background" in caption.text
        for index, item in enumerate(layout.objects):
            named = any(span.kind == "color" and span.object_index == index for span in caption.spans)
            assert named == item.is_color_named


def test_articles_fit() -> None:
    text = " ".join(f" {describe_scene(seed, 'train')[1].text} " for seed in range(300))
    assert " a orange" not in text and " an red" not in text and " an orange" in text


def test_captions_are_short_lower_case_and_varied() -> None:
    texts = [describe_scene(seed, "train")[1].text for seed in range(300)]
    assert all(text == text.lower() and len(text.split()) <= 26 for text in texts)
    starts = ("a picture of", "a drawing of", "a white background with")
    assert all(any(text.startswith(start) for text in texts) for start in starts)


def test_ambiguous_captions_are_a_minority_and_both_readings_occur() -> None:
    captions = [describe_scene(seed, "train")[1] for seed in range(2000)]
    ambiguous = [caption for caption in captions if caption.is_ambiguous]
    assert 0.01 < len(ambiguous) / len(captions) < 0.15
    clear = [caption for caption in captions if not caption.is_ambiguous]
    for word in ("rose", "orange"):
        for kind in ("noun", "color"):
            assert any((span.kind, span.text) == (kind, word) for caption in clear for span in caption.spans)
