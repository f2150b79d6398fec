from __future__ import annotations

import subprocess
import sys

from vxa.app.progress import no_progress


def test_reporting_nothing_takes_any_report() -> None:
    assert no_progress(1, 2, "drawing") is None


def test_the_module_brings_no_torch(environment: dict[str, str]) -> None:
    code = "import sys, vxa.app.progress; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0
