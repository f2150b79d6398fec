from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

import vxa
from vxa.__main__ import main as main_with_ui
from vxa.app import cli
from vxa.app.cli import COMMANDS, build_parser, main
from vxa.core.errors import ConfigError, InterruptedRunError


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch):
    """Make `vxa tokens x` raise what the test wants."""

    def prepare(error: BaseException) -> None:
        def run(arguments: object, output: object) -> None:
            raise error

        module = SimpleNamespace(add_flags=lambda parser: parser.add_argument("prompt"), run=run)
        monkeypatch.setattr(cli, "import_module", lambda name: module)

    return prepare


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (
            ConfigError("a whole number", got="x", remedy="Type one."),
            2,
            "vxa: Expected a whole number; got x. Type one.\n",
        ),
        (NotADirectoryError(20, "Not a directory", "x"), 2, "vxa: [Errno 20] Not a directory: 'x'\n"),
        (InterruptedRunError(), 130, "vxa: Expected the run to finish; got an interrupt."),
        (KeyboardInterrupt(), 130, "vxa: interrupted; nothing was left half written.\n"),
    ],
)
def test_what_went_wrong_is_one_line_and_an_exit_code(
    failing, capsys: pytest.CaptureFixture[str], error: BaseException, code: int, message: str
) -> None:
    failing(error)
    assert main(["tokens", "x"]) == code
    out, err = capsys.readouterr()
    assert out == "" and err.startswith(message) and len(err.splitlines()) == 1


def test_a_mistake_of_ours_is_not_hidden(failing) -> None:
    failing(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        main(["tokens", "x"])


@pytest.mark.parametrize("words", [[], ["tokenz"], ["tokens"], ["visualize", "p.png"], ["layers", "--height", "tall"]])
def test_a_malformed_line_is_refused_with_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert "usage: vxa" in capsys.readouterr().err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([name, "--help"])
    assert caught.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert f"usage: vxa {name}" in text
    assert COMMANDS[name].summary[1:] in text


def test_only_the_chosen_command_is_loaded() -> None:
    parser = build_parser(["tokens", "layers"])
    assert parser.parse_args(["tokens", "layers"]).prompt == "layers"
    assert not hasattr(parser.parse_args(["layers"]), "run")


def test_version_and_help_need_no_torch(environment: dict[str, str]) -> None:
    code = """
import sys
from vxa.__main__ import main
for words in (["--version"], ["--help"]):
    try:
        main(words)
    except SystemExit as stop:
        assert stop.code == 0
assert not {"torch", "numpy", "PIL"} & set(sys.modules), "loaded too much"
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert f"vxa {vxa.__version__}" in done.stdout and "commands:" in done.stdout


def test_python_m_vxa_is_the_same_program(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "vxa", "tokens", ""], capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("vxa: Expected a prompt; got an empty one.") and "Traceback" not in done.stderr
    assert main_with_ui(["tokens", " "]) == 2
    assert capsys.readouterr().err == done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_a_reader_that_has_enough_is_no_error(environment: dict[str, str]) -> None:
    code = """
import sys
from vxa.app.cli import main
sys.exit(main(["app"], serve=lambda ready, **_: [ready("x" * 100) for _ in range(10_000)]))
"""
    command = ["bash", "-c", '"$0" -c "$1" | true; echo ${PIPESTATUS[0]}', sys.executable, code]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert (done.stdout.strip(), done.stderr) == ("0", "")
