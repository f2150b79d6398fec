#!/usr/bin/env python3
"""Start VXA from a fresh clone: one command, nothing to install by hand.

python run.py            set up on first use, show which pixels listen to which word, then serve the app
python run.py --no-app   the same without the app
python run.py --port N   any other option goes to the app (python run.py setup, then vxa app --help, lists them)
python run.py setup      set up only, and check again what is installed
python run.py test       set up, then every check; further arguments go to pytest

The first start makes .venv beside this file and installs requirements-lock.txt into it (on Linux torch's usual
build carries CUDA, which is large). To use another build of torch, tell pip where it is, by its own settings, or
make .venv and install torch there first: a torch of the pinned version is kept.

This file knows the standard library alone and nothing of the package: it must run where nothing is installed yet.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

OLDEST_PYTHON = (3, 10)
NO_APP = "--no-app"
ROOT = Path(__file__).resolve().parent
GRACE_SECONDS = 15.0
"""How long a program that was interrupted may take to put things in order before it is ended."""


class SetupError(Exception):
    """What a person has to do before VXA can start; the message is shown as it is."""


class TerminatedError(KeyboardInterrupt):
    """This program alone was told to end (SIGTERM): unlike on Ctrl-C, nobody has told the programs it started."""


class Environment:
    """The virtual environment beside this file, and the stamp that says what was installed in it.

    The stamp is written last and removed first: an install that was interrupted leaves none, and is done again.
    """

    name = ".venv"
    depends_on = ("requirements-lock.txt", "requirements-peers.txt", "pyproject.toml")
    """What is installed follows from these files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / self.name
        self.stamp = self.folder / "vxa-setup.json"
        self.python = self.folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def fingerprint(self) -> dict[str, str]:
        """Say what an install depends on: a change in any of it makes the next start install again."""
        digest = hashlib.sha256()
        for name in self.depends_on:
            digest.update((self.root / name).read_bytes())
        # The package is installed by its path, and a venv belongs to one Python: both may have moved.
        version = "{}.{}".format(*sys.version_info[:2])
        return {"files": digest.hexdigest(), "root": str(self.root), "python": version}

    def is_current(self) -> bool:
        """Tell whether the last install finished and nothing that it depends on has changed."""
        try:
            written = json.loads(self.stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return written == self.fingerprint() and self.python.exists()

    def install(self) -> None:
        """Make the environment if there is none that works, and bring it to what its files say.

        Raises:
            SetupError: If a step failed; pip's own words stand above the message.
        """
        self.stamp.unlink(missing_ok=True)
        self._make()
        self._fill()
        partial = self.stamp.with_suffix(".part")
        partial.write_text(json.dumps(self.fingerprint(), indent=2) + "\n", encoding="utf-8")
        partial.replace(self.stamp)

    def _fill(self) -> None:
        headline("Installing requirements-lock.txt (once; a few minutes, most of it torch)")
        # The peers' own pins contradict the lock, which is why they stand apart: nothing to warn of.
        lock = ["--no-warn-conflicts", "--requirement", str(self.root / "requirements-lock.txt")]
        self._pip(lock, "install the packages VXA needs")
        headline("Installing vxa itself")
        peers = ["--requirement", str(self.root / "requirements-peers.txt")]
        alone = ["--quiet", "--no-deps", "--no-build-isolation", *peers, "--editable", str(self.root)]
        self._pip(alone, "install vxa itself")

    def _pip(self, arguments: Sequence[str], purpose: str) -> None:
        pip = [str(self.python), "-m", "pip", "--disable-pip-version-check", "install"]
        self._require([*pip, *arguments], purpose)

    def _make(self) -> None:
        if self._works():
            return
        leftover = self.folder.exists()
        headline(f"Making {self.folder}" + (" anew (what is there does not work with this Python)" if leftover else ""))
        remedy = "On Debian and Ubuntu: apt install python3-venv"
        self._require([sys.executable, "-m", "venv", "--clear", str(self.folder)], "make a virtual environment", remedy)

    def _works(self) -> bool:
        """Tell whether the environment runs, has pip, and belongs to this version of Python."""
        probe = f"import sys, pip; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
        try:
            done = subprocess.run([str(self.python), "-c", probe], env=child_environment(), capture_output=True)
        except OSError:
            return False
        return done.returncode == 0

    def _require(self, command: Sequence[str], purpose: str, remedy: str = "") -> None:
        code = run_program(command, cwd=self.root)
        if code != 0:
            advice = remedy or "The lines above say why. Starting again goes on where this stopped."
            raise SetupError(f"Could not {purpose} (exit code {code}). {advice}")


class OldestGradio(Environment):
    """The gradio that the webui pins, laid over the main environment: only tests of the page use it."""

    name = ".venv-gradio3"
    depends_on = ("requirements-gradio3.txt",)

    @property
    def is_possible(self) -> bool:
        """Whether this Python can have it: packages of that age are built for none later than 3.11."""
        return (self.root / self.depends_on[0]).exists() and sys.version_info < (3, 12)

    def lay_over(self, main: Environment) -> None:
        """Let it see the packages of another environment, behind its own.

        Raises:
            SetupError: If one of the two does not run.
        """
        ask = ["-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"]
        places = [
            subprocess.run([str(each.python), *ask], env=child_environment(), capture_output=True, text=True)
            for each in (self, main)
        ]
        if any(each.returncode for each in places):
            raise SetupError(f"Could not ask where packages lie: {places[0].stderr}{places[1].stderr}")
        ours, theirs = (each.stdout.strip() for each in places)
        (Path(ours) / "zz_main.pth").write_text(theirs + "\n", encoding="utf-8")

    def _fill(self) -> None:
        headline(f"Installing {self.depends_on[0]}, for tests of the page as the webui shows it")
        self._pip(["--quiet", "--requirement", str(self.root / self.depends_on[0])], "install gradio 3")


def headline(text: str) -> None:
    """Show what is being done now."""
    print(f"\n== {text}", flush=True)


def child_environment(**extra: str) -> dict[str, str]:
    """Give the environment of every program started here, free of what would leak another Python into it."""
    leaking = {"PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "__PYVENV_LAUNCHER__"}
    kept = {name: value for name, value in os.environ.items() if name not in leaking}
    # A pip.ini with user = true would put the packages outside the environment.
    return kept | {"PIP_USER": "0", "PYTHONUTF8": "1"} | extra


def run_program(command: Sequence[str], cwd: Path, env: dict[str, str] | None = None) -> int:
    """Run a program on this terminal until it ends, and give its exit code.

    On Ctrl-C the terminal tells the program too; it is given time to leave in order before it is ended.

    Raises:
        KeyboardInterrupt: After the program is gone, if this one was interrupted.
    """
    with subprocess.Popen(command, cwd=cwd, env=env or child_environment()) as process:
        try:
            code = process.wait()
        except KeyboardInterrupt as interrupt:
            end_program(process, is_told=not isinstance(interrupt, TerminatedError))
            raise
    return code if code >= 0 else 128 - code


def end_program(process: subprocess.Popen[bytes], is_told: bool) -> None:
    """Wait for a program that was told to end, tell it (again), and in the last resort kill it."""
    if not is_told:
        process.terminate()
    for insist in (process.terminate, process.kill, process.kill):
        try:
            process.wait(timeout=GRACE_SECONDS)
            return
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            # A second Ctrl-C: whoever sits there does not want to wait.
            insist()


def start(environment: Environment, arguments: Sequence[str]) -> int:
    """Show the bundled example, then serve the app; options that are not ours go to the app."""
    vxa = [str(environment.python), "-m", "vxa"]
    headline("Which pixels listen to which word: the bundled example")
    code = run_program([*vxa, "example"], cwd=environment.root)
    if code != 0 or NO_APP in arguments:
        return code
    headline("The app (Ctrl-C ends it)")
    return run_program([*vxa, "app", *arguments], cwd=environment.root)


def check(environment: Environment, arguments: Sequence[str]) -> int:
    """Run every check of the project, all of them even if one fails; extra arguments go to pytest."""
    oldest = OldestGradio(environment.root)
    if oldest.is_possible:
        if not oldest.is_current():
            oldest.install()
        oldest.lay_over(environment)
    python = [str(environment.python), "-m"]
    num_workers = min(4, os.cpu_count() or 1)
    steps = {
        "ruff check": [*python, "ruff", "check", "."],
        "ruff format --check": [*python, "ruff", "format", "--check", "."],
        "basedpyright": [*python, "basedpyright"],
        "pytest": [*python, "pytest", "-n", str(num_workers), "--dist", "loadfile", *arguments],
    }
    # Workers share the cores: more threads than cores only makes them wait for one another.
    env = child_environment(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")
    failed: dict[str, int] = {}
    for name, command in steps.items():
        headline(name)
        began = time.monotonic()
        code = run_program(command, cwd=environment.root, env=env)
        print(f"   {name}: {'passed' if code == 0 else f'failed, exit code {code}'}, {time.monotonic() - began:.1f} s")
        if code != 0:
            failed[name] = code
    headline(f"Failed: {', '.join(failed)}" if failed else "Every check passed")
    return next(iter(failed.values()), 0)


def check_python() -> None:
    """Refuse a Python on which the install would fail later, less clearly.

    Raises:
        SetupError: If this Python is too old, or a 32-bit one.
    """
    if sys.version_info < OLDEST_PYTHON:
        wanted, got = ("{}.{}".format(*version[:2]) for version in (OLDEST_PYTHON, sys.version_info))
        raise SetupError(f"VXA needs Python {wanted} or newer; this is {got} ({sys.executable}). Use a newer one.")
    if sys.maxsize < 2**32:
        raise SetupError(f"VXA needs a 64-bit Python: torch has no other; {sys.executable} is a 32-bit one.")


def parse(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """Split the command line into what to do and what to pass on.

    Raises:
        SetupError: If it names no command, before anything is installed.
    """
    if not arguments or arguments[0].startswith("-"):
        command, rest = "start", list(arguments)
    else:
        command, rest = arguments[0], list(arguments[1:])
    if command not in ("start", "setup", "test"):
        raise SetupError(f"Expected setup, test or an option; got {command!r}. See python run.py --help.")
    if command == "setup" and rest:
        raise SetupError(f"setup takes nothing more; got {' '.join(rest)}.")
    if command == "start" and NO_APP in rest and len(rest) > 1:
        raise SetupError(f"With {NO_APP} there is no app to pass options to; got {' '.join(rest)}. Leave one out.")
    return command, rest


def run(arguments: Sequence[str]) -> int:
    """Do what the command line says and give the exit code."""
    if arguments and arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    command, rest = parse(arguments)
    check_python()
    environment = Environment(ROOT)
    if command == "setup" or not environment.is_current():
        environment.install()
    if command == "setup":
        headline(f"Ready. Python with vxa: {environment.python}")
        return 0
    return check(environment, rest) if command == "test" else start(environment, rest)


def main(arguments: Sequence[str]) -> int:
    """Run, turn what a person has to know into a line on stderr, and leave nothing running behind."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TerminatedError

    for stream in (sys.stdout, sys.stderr):
        # A path may hold letters that the terminal, or the file behind it, has no code for.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGTERM, stop)
    try:
        return run(arguments)
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as interrupt:
        print("\nStopped.", file=sys.stderr)
        return 128 + (signal.SIGTERM if isinstance(interrupt, TerminatedError) else signal.SIGINT)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
