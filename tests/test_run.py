"""run.py, the front door: its own parts, and a whole first start of a stand-in project that needs no network."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from types import ModuleType

import pytest

RUN = Path(__file__).resolve().parent.parent / "run.py"
posix = pytest.mark.skipif(os.name == "nt", reason="signals of a POSIX terminal")

# Builds the stand-in as pip asks for it, with the standard library alone: a wheel whose .pth names the folder.
BACKEND = """
    import zipfile
    from pathlib import Path

    def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
        name = "vxa-0.1.0-py3-none-any.whl"
        info = "vxa-0.1.0.dist-info"
        files = {
            "vxa_standin.pth": str(Path(__file__).parent),
            f"{info}/METADATA": "Metadata-Version: 2.1\\nName: vxa\\nVersion: 0.1.0\\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\\nGenerator: standin\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        }
        files[f"{info}/RECORD"] = "".join(f"{file},,\\n" for file in [*files, f"{info}/RECORD"])
        with zipfile.ZipFile(Path(wheel_directory) / name, "w") as wheel:
            for file, text in files.items():
                wheel.writestr(file, text)
        return name
"""
STAND_IN = """
    import json, os, sys
    print("RAN", json.dumps({"arguments": sys.argv[1:], "prefix": sys.prefix}), flush=True)
    sys.exit(int(os.environ.get("STAND_IN_EXIT", "0")))
"""


def load_run() -> ModuleType:
    spec = importlib.util.spec_from_file_location("vxa_run", RUN)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses and annotations look a module up by its name.
    sys.modules["vxa_run"] = module
    spec.loader.exec_module(module)
    return module


run = load_run()


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text), encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A stand-in for a clone, in a folder whose name has spaces and more than ASCII."""
    folder = tmp_path / "a clöne of vxa"
    write(folder / "backend.py", BACKEND)
    write(folder / "vxa" / "__init__.py", "")
    write(folder / "vxa" / "__main__.py", STAND_IN)
    # What every new venv has: nothing to fetch.
    write(folder / "requirements-lock.txt", "pip\n")
    write(folder / "requirements-peers.txt", "# none\n")
    write(
        folder / "pyproject.toml",
        """
        [build-system]
        requires = []
        build-backend = "backend"
        backend-path = ["."]
        [project]
        name = "vxa"
        version = "0.1.0"
        """,
    )
    shutil.copy(RUN, folder / "run.py")
    return folder


def start(project: Path, *arguments: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(project / "run.py"), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=cwd or project,
        env=os.environ | {"PYTHONUTF8": "1"} | env,
        timeout=300,
    )


def calls(done: subprocess.CompletedProcess[str]) -> list[list[str]]:
    """What the stand-in package was asked to do, in order."""
    lines = [line for line in done.stdout.splitlines() if line.startswith("RAN ")]
    return [json.loads(line.removeprefix("RAN "))["arguments"] for line in lines]


def stamped(project: Path) -> run.Environment:  # type: ignore[name-defined]
    environment = run.Environment(project)
    environment.python.parent.mkdir(parents=True)
    environment.python.touch()
    environment.stamp.write_text(json.dumps(environment.fingerprint()), encoding="utf-8")
    return environment


def test_a_finished_install_is_current(project: Path) -> None:
    assert not run.Environment(project).is_current()
    assert stamped(project).is_current()


@pytest.mark.parametrize("changed", ["requirements-lock.txt", "requirements-peers.txt", "pyproject.toml"])
def test_a_change_in_what_was_installed_is_seen(project: Path, changed: str) -> None:
    environment = stamped(project)
    with (project / changed).open("a", encoding="utf-8") as file:
        file.write("# more\n")
    assert not environment.is_current()


def test_a_moved_clone_a_broken_stamp_and_a_lost_python_are_seen(project: Path, tmp_path: Path) -> None:
    stamped(project)
    moved = project.rename(tmp_path / "moved")
    environment = run.Environment(moved)
    assert not environment.is_current(), "the package was installed by its path"
    environment.stamp.write_text("{", encoding="utf-8")
    assert not environment.is_current()
    environment.stamp.write_text(json.dumps(environment.fingerprint()), encoding="utf-8")
    assert environment.is_current()
    environment.python.unlink()
    assert not environment.is_current()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ("start", [])),
        (["--no-app"], ("start", ["--no-app"])),
        (["--port", "8000"], ("start", ["--port", "8000"])),
        (["test", "-k", "grid", "-x"], ("test", ["-k", "grid", "-x"])),
        (["setup"], ("setup", [])),
    ],
)
def test_command_line(arguments: list[str], expected: tuple[str, list[str]]) -> None:
    assert run.parse(arguments) == expected


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tset"], "got 'tset'"),
        (["--no-app", "--port", "1"], "With --no-app there is no app"),
        (["setup", "now"], "setup takes nothing more; got now"),
    ],
)
def test_a_wrong_command_line_is_refused_before_anything_is_installed(
    project: Path, arguments: list[str], said: str
) -> None:
    done = start(project, *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (project / ".venv").exists()


def test_help_needs_no_install(project: Path) -> None:
    done = start(project, "--help")
    assert done.returncode == 0
    assert "python run.py test" in done.stdout
    assert not (project / ".venv").exists()


def test_an_old_python_is_told_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "OLDEST_PYTHON", (99, 0))
    with pytest.raises(run.SetupError, match=r"needs Python 99\.0 or newer; this is 3\.\d+ \(.*\)\. Use a newer one\."):
        run.check_python()


def test_the_oldest_python_is_the_one_the_package_declares(root: Path) -> None:
    declared = (root / "pyproject.toml").read_text(encoding="utf-8")
    assert f'requires-python = ">={run.OLDEST_PYTHON[0]}.{run.OLDEST_PYTHON[1]}"' in declared


def test_programs_get_no_other_pythons_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("PIP_USER", "1")
    monkeypatch.setenv("PIP_TIMEOUT", "7")
    environment = run.child_environment(OMP_NUM_THREADS="1")
    assert "PYTHONPATH" not in environment
    assert environment["PIP_USER"] == "0"
    assert environment["PIP_TIMEOUT"] == "7", "how pip reaches its packages is the user's affair"
    assert environment["OMP_NUM_THREADS"] == "1"


@pytest.mark.parametrize("code", [0, 1, 5, 42])
def test_exit_codes_come_through(tmp_path: Path, code: int) -> None:
    assert run.run_program([sys.executable, "-c", f"raise SystemExit({code})"], cwd=tmp_path) == code


@posix
def test_a_program_that_was_killed_has_the_shells_exit_code(tmp_path: Path) -> None:
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert run.run_program([sys.executable, "-c", killed], cwd=tmp_path) == 128 + signal.SIGKILL


def wait_for(path: Path, seconds: float = 20) -> str:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if path.exists() and (text := path.read_text(encoding="utf-8")):
            return text
        time.sleep(0.02)
    raise AssertionError(f"{path.name} did not appear within {seconds} s")


@posix
@pytest.mark.parametrize(("how", "code"), [("ctrl-c", 130), ("terminate", 143)])
def test_interrupted_it_lets_the_program_tidy_up_and_leaves_nothing_running(project: Path, how: str, code: int) -> None:
    write(
        project / "vxa" / "__main__.py",
        """
        import os, signal, time
        from pathlib import Path

        def leave(*_):
            time.sleep(0.5)  # longer than subprocess.call would wait before it kills
            Path("tidied").write_text("yes")
            raise SystemExit(0)

        signal.signal(signal.SIGINT, leave)
        signal.signal(signal.SIGTERM, leave)
        Path("pid").write_text(str(os.getpid()))
        time.sleep(60)
        """,
    )
    environment = stamped(project)
    environment.python.unlink()
    environment.python.symlink_to(sys.executable)
    # A session of its own, so that the interrupt reaches these two and not this test.
    command = [sys.executable, str(project / "run.py"), "--no-app"]
    pipe = subprocess.PIPE
    # programs in the background of a script inherit that Ctrl-C is ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(command, cwd=project, start_new_session=True, stdout=pipe, stderr=pipe, text=True)
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        pid = int(wait_for(project / "pid"))
        if how == "ctrl-c":
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.terminate()
        _, told = process.communicate(timeout=run.GRACE_SECONDS - 5)
    assert process.returncode == code
    assert told.strip() == "Stopped."
    assert (project / "tidied").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.slow
def test_first_start_second_start_and_recovery(project: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    first = start(project, "--port", "8123", cwd=elsewhere)
    assert first.returncode == 0, first.stdout + first.stderr
    assert calls(first) == [["example"], ["app", "--port", "8123"]]
    assert str(project / ".venv") in first.stdout, "the package runs in its own environment"
    assert "Installing" in first.stdout

    began = time.monotonic()
    second = start(project, "--no-app")
    assert calls(second) == [["example"]]
    assert "Installing" not in second.stdout
    assert time.monotonic() - began < 3

    failing = start(project, STAND_IN_EXIT="3")
    assert failing.returncode == 3
    assert calls(failing) == [["example"]], "no app after a failed example"

    # An install that was cut off: no stamp, and an environment that does not run.
    environment = run.Environment(project)
    environment.stamp.unlink()
    environment.python.unlink()
    again = start(project, "--no-app")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "anew" in again.stdout
    assert calls(again) == [["example"]]


@pytest.mark.slow
def test_a_failed_install_says_so_and_is_not_taken_for_done(project: Path) -> None:
    write(project / "requirements-lock.txt", "./no-such-package\n")
    # The folder's name cannot be written in this encoding: that must not be what fails.
    done = start(project, "setup", PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert r"a cl\xf6ne of vxa" in done.stdout
    assert "Could not install the packages VXA needs" in done.stderr
    assert "Traceback" not in done.stderr
    assert not run.Environment(project).is_current()


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="gradio 3 has no environment on this Python")
def test_the_oldest_gradio_s_environment_sees_the_main_one_behind_its_own(project: Path) -> None:
    write(project / "requirements-gradio3.txt", "pip\n")
    main, oldest = run.Environment(project), run.OldestGradio(project)
    assert oldest.is_possible and not oldest.is_current()
    main.install()
    oldest.install()
    oldest.lay_over(main)
    assert oldest.is_current()
    (theirs,) = main.folder.rglob("vxa_standin.pth")
    write(theirs.with_name("only_there.py"), "")
    ask = [str(oldest.python), "-c", "import pip, only_there; print(pip.__file__); print(only_there.__file__)"]
    places = subprocess.run(ask, capture_output=True, text=True, env=run.child_environment()).stdout.splitlines()
    assert [str(oldest.folder) in places[0], str(main.folder) in places[1]] == [True, True]
