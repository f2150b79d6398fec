"""What the webui loads from an extension's folder: scripts/, javascript/, style.css; each small and without copies."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urljoin

from vxa.ui.assets import ASSETS, STYLES

WEBUI = "http://127.0.0.1:7860/"


def test_the_entry_is_thin(root: Path) -> None:
    lines = (root / "scripts" / "vxa.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 20 and [path.name for path in (root / "scripts").glob("*.py")] == ["vxa.py"]


def test_the_style_sheet_imports_that_of_the_tab(root: Path) -> None:
    text = (root / "style.css").read_text(encoding="utf-8")
    imported = re.findall(r'@import url\("([^"]+)"\);', text)
    assert [Path(each).name for each in imported] == list(STYLES)
    for folder in ("vxa", "stable-diffusion-webui-vxa", "C%3A/My Webui/ext"):
        # the webui gives an extension's files as file=<path>?<date>
        address = urljoin(f"{WEBUI}file=extensions/{folder}/style.css?1700000000.5", imported[0])
        assert address == f"{WEBUI}file=extensions/{folder}/vxa/ui/assets/{STYLES[0]}"
    assert all((root / each).is_file() for each in imported)


def test_the_loader_finds_the_scripts_beside_it(root: Path) -> None:
    text = (root / "javascript" / "vxa.js").read_text(encoding="utf-8")
    found = re.search(r'src\.replace\(/(.+)/, "(.+)"\)', text)
    assert found is not None
    pattern, put = found[1], found[2]
    for folder in ("extensions/vxa", "extensions/a b—c", "/data/sd/extensions/vxa"):
        source = f"{WEBUI}file={folder}/javascript/vxa.js?1700000000.5"
        assert re.sub(pattern, put, source) == f"{WEBUI}file={folder}/vxa/ui/assets/"
    assert (root / put).resolve() == ASSETS
    assert [path.name for path in (root / "javascript").iterdir()] == ["vxa.js"]
