from __future__ import annotations

from pathlib import Path

from vxa.app.session import Session
from vxa.ui.page import build_page
from vxa.ui.place import StandalonePlace


def test_the_page_is_built_without_a_model(tmp_path: Path) -> None:
    def session() -> Session:
        raise AssertionError("the model was asked for while the page was built")

    page = build_page(StandalonePlace(session, tmp_path))
    config = page.blocks.get_config_file()
    ids = {each["props"].get("elem_id") for each in config["components"]}
    assert {"vxa_header", "vxa", "vxa_picture", "vxa_prompt", "vxa_tokens", "vxa_layers", "vxa_generate"} <= ids
    assert not list(tmp_path.iterdir())
