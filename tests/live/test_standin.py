"""The stand-in for `modules.*` says nothing that the webui's own source does not; VXA_WEBUI_SOURCE is its folder."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable
from pathlib import Path

import pytest

pytestmark = [pytest.mark.live, pytest.mark.filterwarnings("ignore:invalid escape sequence")]

STAND_IN = Path(__file__).resolve().parents[1] / "webui" / "standin" / "modules"
INVENTED = {
    "scripts": {"load_scripts"},
    "script_callbacks": {"CATEGORIES"},
    "sd_hijack": {"EmbeddingDatabase"},
    "sd_models": {"loader"},
    "shared": {"Shared", "TotalTQDM"},
    "shared_options": {"DEFAULTS"},
}
"""What the stand-in has in another place or needs for itself."""


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def defined(nodes: Iterable[ast.AST]) -> dict[str, ast.AST]:
    """What nodes define: functions, classes, variables and imports, by name."""
    found: dict[str, ast.AST] = {}
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.setdefault(node.name, node)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update({(each.asname or each.name): node for each in node.names})
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found.update({target.id: node for target in targets if isinstance(target, ast.Name)})
    return found


def own(module: str) -> dict[str, ast.AST]:
    """What a module of the stand-in offers."""
    nodes = [
        node for node in parsed(STAND_IN / f"{module}.py").body if not isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    skipped = INVENTED.get(module, set())
    return {name: node for name, node in defined(nodes).items() if not name.startswith("_") and name not in skipped}


def arguments(node: ast.AST) -> list[str]:
    assert isinstance(node, ast.FunctionDef)
    return [each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]


@pytest.fixture(scope="module")
def source() -> Path:
    folder = os.environ.get("VXA_WEBUI_SOURCE")
    if not folder:
        pytest.skip("VXA_WEBUI_SOURCE names no folder of a webui")
    return Path(folder) / "modules"


@pytest.mark.parametrize("module", sorted(path.stem for path in STAND_IN.glob("*.py") if path.stem != "__init__"))
def test_names_and_arguments_are_the_webuis(source: Path, module: str) -> None:
    theirs = defined(ast.walk(parsed(source / f"{module}.py")))
    for name, node in own(module).items():
        assert name in theirs, f"{module}.{name}"
        real = theirs[name]
        if isinstance(node, ast.FunctionDef) and isinstance(real, ast.FunctionDef):
            shown = [each for each in arguments(node) if each not in ("args", "kwargs")]
            assert shown == arguments(real)[: len(shown)], f"{module}.{name}"
        elif isinstance(node, ast.ClassDef) and isinstance(real, ast.ClassDef):
            check_class(node, real, module)


def check_class(ours: ast.ClassDef, theirs: ast.ClassDef, module: str) -> None:
    real = defined(theirs.body)
    for name, node in defined(ours.body).items():
        if name.startswith("_") and name != "__init__":
            continue
        assert name in real or f"{name}_value" in real or f"self.{name}" in ast.unparse(theirs), (
            f"{module}.{ours.name}.{name}"
        )
        if isinstance(node, ast.FunctionDef) and isinstance(real.get(name), ast.FunctionDef):
            assert arguments(node) == arguments(real[name])[: len(arguments(node))], f"{module}.{ours.name}.{name}"


def constants(paths: Iterable[Path]) -> set[str]:
    """Every text that stands in some files."""
    nodes = (node for path in paths for node in ast.walk(parsed(path)))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_settings_are_the_webuis(source: Path) -> None:
    theirs = constants([source / "shared_options.py", *source.parent.glob("extensions-builtin/*/scripts/*.py")])
    ours = defined(parsed(STAND_IN / "shared_options.py").body)["DEFAULTS"]
    assert isinstance(ours, ast.Assign) and isinstance(ours.value, ast.Dict)
    unknown = {each.value for each in ours.value.keys if isinstance(each, ast.Constant)} - theirs
    assert not unknown


def test_flags_are_the_webuis(source: Path) -> None:
    theirs = {text.removeprefix("--").replace("-", "_") for text in constants([source / "cmd_args.py"])}
    call = next(each for each in ast.walk(parsed(STAND_IN / "shared_cmd_options.py")) if isinstance(each, ast.Call))
    unknown = {each.arg for each in call.keywords} - theirs
    assert not unknown
