from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vxa.core.errors import ConfigError
from vxa.hosts.load import load_host
from vxa.tiny import weights_path
from vxa.tiny.card_sheets import SHEETS, SheetConfig, data_sheet, write_sheets
from vxa.tiny.obedience import Drawing

pytest.importorskip("diffusers")

QUICK = SheetConfig(num_pictures=3, num_tried=2, num_mapped=2, drawing=Drawing(num_steps=2, guidance=2.0))


def test_every_sheet_is_written_and_shows_something(tmp_path: Path) -> None:
    paths = write_sheets(load_host(weights_path()), tmp_path / "card", QUICK)
    assert [path.stem for path in paths] == list(SHEETS)
    for path in paths:
        page = np.asarray(Image.open(path).convert("RGB"))
        assert page.std() > 10, path


def test_the_data_are_the_first_scenes_of_the_train_split() -> None:
    few, more = data_sheet(SheetConfig(num_pictures=2)), data_sheet(SheetConfig(num_pictures=3))
    assert few.width < more.width and few.height == more.height


@pytest.mark.parametrize("wrong", [{"num_pictures": 0}, {"num_tried": 0}, {"num_mapped": 0}])
def test_impossible_settings_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="at least one"):
        SheetConfig(**wrong)
