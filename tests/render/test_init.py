from __future__ import annotations

import subprocess
import sys

from vxa import render


def test_all_names_exist_and_are_sorted_out_by_hand() -> None:
    assert all(hasattr(render, name) for name in render.__all__)
    assert len(set(render.__all__)) == len(render.__all__)


def test_rendering_needs_neither_torch_nor_matplotlib() -> None:
    code = "import sys, vxa.render; print([name for name in ('torch', 'matplotlib', 'gradio') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
