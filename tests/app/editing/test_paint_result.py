from __future__ import annotations

from pathlib import Path

import numpy as np

from vxa.app.editing.paint_job import PaintJob
from vxa.app.editing.studio import Studio
from vxa.app.replay import replay
from vxa.engine.host import Host


def test_it_is_saved_with_its_masks_and_made_again_byte_for_byte(
    host: Host, studio: Studio, picture: np.ndarray, tmp_path: Path
) -> None:
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[5:30, 5:20] = 200
    job = PaintJob(
        prompt="a red circle", words="circle, red", feathers="circle=2", seeds="red=3", steps=2, compare=True,
        method="inject5",
    )  # fmt: skip
    found = studio.paint(job, {"circle": mask, "red": 255 - mask}, picture)
    saved = found.save(tmp_path)
    names = {"source", "mask-circle", "mask-red", "picture", "plain", "circle-heat", "red-heat", "levels", "sheet"}
    assert {path.stem for path in saved.all} == names | {"job", "maps"}
    before = {path.name: path.read_bytes() for path in saved.all}
    assert not replay(saved.pictures[-1], load=lambda _: host).changed
    assert {path.name: path.read_bytes() for path in saved.all} == before
    assert found.figures["levels"] == [0, 1] and "“circle” looks" in found.status
