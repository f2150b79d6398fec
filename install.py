"""Run by the webui at each start, before the page opens: adds what VXA lacks, and changes nothing that is present.

Packages go in without their dependencies, since the webui pins its own; a failure is said and is not fatal.
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version

WANTED = {
    "einops": "einops>=0.4.1,<1",
    "safetensors": "safetensors>=0.3.1",
    "tqdm": "tqdm>=4.64",
    # newer ones ask for a newer huggingface_hub than the webui's transformers can bear
    "diffusers": "diffusers>=0.30,<0.33",
}
"""Distribution name: what to ask pip for."""


def missing() -> list[str]:
    """List what is not there, as pip wants it; versions that are present are left as they are."""
    return [wanted for name, wanted in WANTED.items() if not _is_present(name)]


def _is_present(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def install(wanted: list[str]) -> str:
    """Install packages through the webui's launcher, and say in a line what happened where that says nothing."""
    if not wanted:
        return "VXA: everything it needs is here."
    try:
        import launch  # the webui's; it costs some time, so only when there is something to do
    except ImportError:
        return f"VXA: not started by the webui; install by hand: pip install --no-deps {' '.join(wanted)}"
    if launch.args.skip_install:
        return f"VXA: --skip-install was given, so these stay missing: {', '.join(wanted)}"
    try:
        launch.run_pip("install --no-deps " + " ".join(f'"{each}"' for each in wanted), f"{', '.join(wanted)} for VXA")
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else "pip failed"
        return f"VXA: could not install {', '.join(wanted)} ({reason}); the tab works without, some samplers do not."
    return ""


if __name__ == "__main__":
    said = install(missing())
    sys.stdout.write(f"{said}\n" if said else "")
