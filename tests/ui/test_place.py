from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from vxa.app.hand_over import HandOver
from vxa.app.result import Result
from vxa.app.session import Session
from vxa.ui.picture_prompt import FoundPrompt
from vxa.ui.place import StandalonePlace


def test_a_page_of_its_own_saves_into_a_new_folder_with_the_mask(
    session: Session, result: Result, tmp_path: Path
) -> None:
    place = StandalonePlace(lambda: session, tmp_path)
    handed = HandOver(word=1, invert=True)
    saved = place.save(result, handed)
    assert saved.folder.parent == tmp_path
    with Image.open(saved.folder / "square-inpaint.png") as mask:
        assert (np.asarray(mask) == np.asarray(handed.mask(result))).all()
        assert place.read_prompt(mask) == FoundPrompt(result.job.prompt, result.job.tokens)
