"""Editing over HTTP: what the library gives, for pictures and masks in base64."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from tests.app.http.conftest import PROMPT, as_text, png_bytes
from vxa.app.editing.edit_job import EditJob
from vxa.app.editing.paint_job import PaintJob
from vxa.app.editing.studio import Studio
from vxa.app.heads.adjust_job import AdjustJob
from vxa.app.jobs import GenerateJob
from vxa.app.session import Session
from vxa.engine.host import Host
from vxa.engine.seam import count_hooks

EDITED = "a green circle left of a blue square"
QUICK = {"prompt": PROMPT, "steps": 2, "height": 32, "width": 48}
Count = Callable[[Host], AbstractContextManager[list[int]]]


def ask(client: TestClient, route: str, **values: Any) -> dict[str, Any]:
    answer = client.post(f"/vxa/v1/{route}", json=values)
    assert answer.status_code == 200, answer.text[:500]
    return answer.json()


def pixels(text: str) -> np.ndarray:
    with Image.open(io.BytesIO(base64.b64decode(text))) as image:
        return np.asarray(image)


@pytest.fixture
def mask() -> np.ndarray:
    mask = np.zeros((32, 48), np.uint8)
    mask[4:20, 6:30] = 255
    return mask


def test_an_edit_is_that_of_the_library(client: TestClient, session: Session) -> None:
    told = ask(client, "edit", **QUICK, edit=f"{EDITED} || a red star left of a blue square", tokens="circle")
    result = Studio(session).edit(
        EditJob(**QUICK, edit=f"{EDITED} || a red star left of a blue square", tokens="circle")
    )
    assert set(told["pictures"]) == {"source", "edit", "edit_2", "sheet", "maps"}
    np.testing.assert_array_equal(pixels(told["pictures"]["source"]), result.source)
    np.testing.assert_array_equal(pixels(told["pictures"]["edit_2"]), result.edits[1])
    assert [each["kind"] for each in told["alignments"]] == ["replace", "replace"]
    assert [look["picture"] for look in told["maps"]] == ["source", "edit"], "the star has no circle"
    assert told["change"] == result.changes and "1 edit" not in told["status"]


def test_a_generation_is_that_of_the_library(client: TestClient, session: Session) -> None:
    told = ask(client, "generate", **QUICK, tokens="circle", modes="heat")
    result = session.generate(GenerateJob(**QUICK, tokens="circle"))
    np.testing.assert_array_equal(pixels(told["drawn"]), result.picture)
    assert set(told["words"][0]["pictures"]) == {"heat"}


def test_a_painting_is_that_of_the_library(client: TestClient, session: Session, mask: np.ndarray) -> None:
    told = ask(client, "paint", **QUICK, masks={"circle": as_text(png_bytes(mask))}, feathers="circle=2")
    result = Studio(session).paint(PaintJob(**QUICK, words="circle", feathers="circle=2"), {"circle": mask})
    np.testing.assert_array_equal(pixels(told["pictures"]["picture"]), result.main[1])
    assert told["inside"] == result.inside and told["job"]["words"] == "circle"
    assert [each["file"] for each in told["given"]] == ["mask-circle.png"]


def test_what_was_inverted_is_not_inverted_again(
    client: TestClient, host: Host, picture: np.ndarray, counting_calls: Count
) -> None:
    shared = {"prompt": PROMPT, "picture": as_text(png_bytes(picture)), "steps": 3}
    with counting_calls(host) as calls:
        inverted = ask(client, "invert", **shared)
    num_calls = len(calls)
    with counting_calls(host) as calls:
        told = ask(client, "edit", **shared, edit=EDITED)
    assert num_calls > len(calls) == 3, "one a step, and none to invert"
    assert told["reconstruction"] == inverted["reconstruction"]
    assert told["pictures"]["reconstruction"] and set(inverted["pictures"]) == {"reconstruction", "sheet"}
    with counting_calls(host) as calls:
        ask(client, "edit", **{**shared, "steps": 2}, edit=EDITED)
    assert len(calls) > 2, "other settings are another inversion"


def test_the_job_of_an_answer_may_be_sent_again(client: TestClient, mask: np.ndarray) -> None:
    edited = ask(client, "edit", **QUICK, edit=EDITED, cross_end=0.5, sheet=False)
    assert ask(client, "edit", **edited["job"], sheet=False)["pictures"] == edited["pictures"]
    masks = {"circle": as_text(png_bytes(mask))}
    painted = ask(client, "paint", **QUICK, masks=masks)
    assert ask(client, "paint", **painted["job"], masks=masks)["pictures"] == painted["pictures"]


def test_a_form_edits_a_picture_too(client: TestClient, picture: np.ndarray) -> None:
    typed = {"prompt": PROMPT, "edit": EDITED, "steps": "2", "cross_end": "0.5"}
    files = {"picture": ("any.png", png_bytes(picture))}
    by_form = client.post("/vxa/v1/edit", data=typed, files=files).json()
    by_json = ask(client, "edit", **typed, picture=as_text(png_bytes(picture)))
    assert by_form["pictures"] == by_json["pictures"] and by_form["job"]["cross_end"] == 0.5


def test_prompts_are_aligned_without_running_the_model(client: TestClient, host: Host, counting_calls: Count) -> None:
    with counting_calls(host) as calls:
        told = ask(client, "align", prompt="a red circle", edit="a green circle || a very red circle")
        control = ask(client, "align", prompt="a red circle", edit="a green circle", method="cac")
    assert calls == []
    assert [each["kind"] for each in told["alignments"]] == ["replace", "refine"]
    assert [token["state"] for token in told["alignments"][0]["target"]] == ["kept", "swapped", "kept"]
    assert [token["state"] for token in told["alignments"][1]["target"]] == ["kept", "new", "kept", "kept"]
    assert told["alignments"][0]["links"][1] == [2, 2, 1.0]
    assert control["alignments"][0]["kind"] == "cac"


def test_a_prompt_of_several_chunks_is_edited(client: TestClient) -> None:
    long = "a red circle " + "and a blue square " * 25
    told = ask(client, "edit", **{**QUICK, "prompt": long}, edit=long.replace("red", "green"), sheet=False)
    assert len(told["alignments"][0]["target"]) > 77


SMALL, FULL = (as_text(png_bytes(Image.new("L", size, "white"))) for size in ((8, 8), (48, 32)))


@pytest.mark.parametrize(
    ("route", "values", "complaint"),
    [
        ("edit", {"edit": EDITED, "tokens": "star"}, "a word of the prompt; got 'star'"),
        ("edit", {"edit": EDITED, "blend": "star"}, "got 'star'"),
        ("edit", {"edit": EDITED, "weights": "star=2"}, "got 'star'"),
        ("edit", {"edit": EDITED, "weights": "circle=very"}, "weights as “word=2”"),
        ("edit", {"edit": "a big green circle", "edit_kind": "replace"}, "Use refine"),
        ("edit", {"edit": EDITED, "cross_start": 0.9, "cross_end": 0.2}, "cross-attention replacement"),
        ("edit", {"edit": EDITED, "self_start": 0.5}, "self-attention replacement"),
        ("edit", {"edit": EDITED, "word_windows": "circle=0.9-0.1"}, "windows of words (circle)"),
        ("edit", {"edit": EDITED, "height": 33}, "multiples of"),
        ("edit", {"edit": EDITED, "word_maps": True}, "words in tokens, for maps to be given; got none"),
        ("edit", {"edit": EDITED, "raw_maps": True}, "words in tokens, for maps to be given; got none"),
        ("edit", {"edit": " || ".join(f"a star {n}" for n in range(9))}, "at most 8 edited prompts; got 9"),
        ("edit", {"edit": EDITED, "height": 4096, "width": 4096}, "a picture of at most 4,194,304 pixels"),
        ("edit", {"edit": EDITED, "height": 2048, "width": 2048, "steps": 1000}, "work of at most 4,294,967,296"),
        ("align", {"edit": "a big green circle", "edit_kind": "replace"}, "Use refine"),
        ("align", {}, "an edited prompt or weights of words; got neither"),
        ("align", {"edit": EDITED, "steps": 5}, "a field of this request; got 'steps'"),
        ("paint", {"masks": {"star": FULL}}, "got 'star'"),
        ("paint", {"masks": {"circle": SMALL}}, "masks of 32×48"),
        ("paint", {"masks": {"circle": SMALL}, "words": "circle, square"}, "a mask for each of: circle, square"),
        ("paint", {"masks": {"circle": SMALL}, "start": 0.5, "end": 0.1}, "injection"),
        ("paint", {}, "the setting 'words'; got nothing"),
        ("paint", {"masks": {}}, "at least one painted word; got none"),
        ("paint", {"masks": {}, "words": "circle"}, "masks as an object of pictures by word; got none"),
        ("paint", {"masks": {"circle": "/etc/passwd"}}, "Addresses and paths are not opened"),
        ("invert", {}, "a picture; got none"),
        ("invert", {"picture": SMALL, "inversion": "diract"}, "Did you mean direct"),
        ("generate", {"tokens": "star"}, "got 'star'"),
        ("generate", {"height": 4096, "width": 4096}, "a picture of at most 4,194,304 pixels"),
    ],
)
def test_bad_input_is_told_before_the_model_runs(
    client: TestClient, host: Host, counting_calls: Count, route: str, values: dict[str, Any], complaint: str
) -> None:
    drawn = {} if route in ("invert", "align") else QUICK
    with counting_calls(host) as calls:
        answer = client.post(f"/vxa/v1/{route}", json={"prompt": PROMPT, **drawn, **values})
    assert answer.status_code == 422 and complaint in answer.json()["error"]["message"], answer.text[:300]
    assert calls == [] and count_hooks(host.unet) == 0


def test_an_adjustment_is_that_of_the_library(with_vectors: TestClient, session: Session, tmp_path: Path) -> None:
    told = ask(with_vectors, "adjust", **QUICK, adjust="red=color not shape", vectors="made.npz")
    job = AdjustJob(**QUICK, adjust="red=color not shape", vectors=str(tmp_path / "head-vectors" / "made.npz"))
    result = Studio(session).adjust(job)
    assert set(told["pictures"]) == {"picture", "plain", "sheet"} and told["job"] == job.to_json()
    np.testing.assert_array_equal(pixels(told["pictures"]["picture"]), result.adjusted)
    np.testing.assert_array_equal(pixels(told["pictures"]["plain"]), result.plain)
    assert told["change"] == [result.change]
    assert ask(with_vectors, "adjust", **told["job"])["pictures"] == told["pictures"], "it may be sent again"


def test_a_weakening_tells_its_curves(with_vectors: TestClient, host: Host) -> None:
    told = ask(with_vectors, "weaken", **QUICK, concept="color", counts=[0, 4], vectors="made.npz", sheet=False)
    assert told["counts"] == [0, 4] and set(told["curves"]) == {"color", "shape"} == set(told["area"])
    assert set(told["curves"]["color"]) == {"most", "least", "random"}
    assert set(told["pictures"]) == {"plain", "curves-color", "curves-shape"}
    assert count_hooks(host.unet) == 0


@pytest.mark.parametrize(
    ("route", "asked"),
    [
        ("weaken", {"concept": "color"}),
        ("adjust", {"adjust": "red=color not shape"}),
        ("excite", {"words": "circle", "concepts": "circle=shape"}),
        ("edit", {"edit": EDITED, "concepts": "green=color"}),
        ("generate", {"tokens": "circle", "preset": "head-lens", "lens": "color"}),
    ],
)
def test_vectors_are_named_and_no_path_is_opened(
    with_vectors: TestClient, route: str, asked: dict[str, Any], tmp_path: Path
) -> None:
    told = set()
    for name in (str(tmp_path / "secret.npz"), str(tmp_path / "nowhere.npz"), "../secret.npz", "secret.npz"):
        answer = with_vectors.post(f"/vxa/v1/{route}", json={**QUICK, **asked, "vectors": name})
        assert answer.status_code == 422 and "auto, embedded, made.npz" in answer.text
        told.add(answer.text.replace(name, "NAME"))
    assert len(told) == 1, "it is not told which of them exists"
    refused = with_vectors.post(f"/vxa/v1/{route}", json={**QUICK, **asked})
    assert refused.status_code == 422 and "which this one has; got none" in refused.json()["error"]["message"]


def test_a_clip_model_is_never_downloaded(with_vectors: TestClient) -> None:
    asked = {**QUICK, "concept": "color", "vectors": "made.npz", "clip": "openai/clip-vit-base-patch32"}
    answer = with_vectors.post("/vxa/v1/weaken", json=asked)
    assert answer.status_code == 422 and "a CLIP model by name" in answer.json()["error"]["message"]
