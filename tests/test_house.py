"""House rules that no linter knows: size, mirrors, names, and where printing is allowed."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "vxa"
TESTS = ROOT / "tests"

MAX_FILE_LINES = 450
MAX_FUNCTION_LINES = 60
WITHOUT_MIRROR = {"__init__.py", "__main__.py"}
MAY_PRINT = {"app/output.py"}
VAGUE_NAMES = {"utils", "util", "helper", "helpers", "manager", "misc", "common"}

# Suites over several modules are named for what they prove; those over several folders stand at the top of tests/,
# those on a running webui in tests/live, those of the benchmarks in tests/benchmarks.
ACROSS_MODULES = {
    "test_bad_input.py",
    "test_browser.py",
    "test_contract.py",
    "test_families.py",
    "test_faults.py",
    "test_guarantees.py",
}

OUTSIDE_THE_PACKAGE = (TESTS, TESTS / "live", TESTS / "benchmarks")

MODULES = sorted(PACKAGE.rglob("*.py"))
each_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def mirror_of(path: Path) -> Path:
    inside = path.relative_to(PACKAGE)
    return TESTS / inside.parent / f"test_{inside.stem.strip('_')}.py"


def num_body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count from the def to the end, less the docstring: explaining more must not cost."""
    has_docstring = ast.get_docstring(function) is not None
    docstring = function.body[0]
    num_lines = (function.end_lineno or 0) - function.lineno + 1
    return num_lines - ((docstring.end_lineno or 0) - docstring.lineno + 1 if has_docstring else 0)


def test_there_is_something_to_check() -> None:
    assert len(MODULES) > 10


@each_module
def test_module_says_what_it_holds(path: Path) -> None:
    tree = parsed(path)
    assert ast.get_docstring(tree), "a docstring: what the module holds and what it must not know"
    if len(tree.body) > 1:
        future = tree.body[1]
        assert isinstance(future, ast.ImportFrom) and future.module == "__future__", (
            "from __future__ import annotations"
        )


@each_module
def test_module_has_a_mirror_among_the_tests(path: Path) -> None:
    if path.name in WITHOUT_MIRROR:
        return
    mirror = mirror_of(path)
    assert mirror.is_file(), f"expected {mirror.relative_to(ROOT)}"
    names = [node.name for node in ast.walk(parsed(mirror)) if isinstance(node, ast.FunctionDef)]
    assert any(name.startswith("test_") for name in names), f"{mirror.relative_to(ROOT)} holds no test"


@each_module
def test_module_and_its_functions_are_short(path: Path) -> None:
    num_lines = len(path.read_text(encoding="utf-8").splitlines())
    assert num_lines <= MAX_FILE_LINES, f"{num_lines} lines"
    functions = [node for node in ast.walk(parsed(path)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    long = {node.name: num_body_lines(node) for node in functions if num_body_lines(node) > MAX_FUNCTION_LINES}
    assert not long


@each_module
def test_module_has_a_name_that_says_something(path: Path) -> None:
    assert not set(path.with_suffix("").relative_to(PACKAGE).parts) & VAGUE_NAMES


@each_module
def test_module_does_not_print(path: Path) -> None:
    if path.relative_to(PACKAGE).as_posix() in MAY_PRINT:
        return
    calls = [node for node in ast.walk(parsed(path)) if isinstance(node, ast.Call)]
    lines = [node.lineno for node in calls if isinstance(node.func, ast.Name) and node.func.id == "print"]
    assert not lines, "library code logs; only the command line's output module prints"


@each_module
def test_every_name_in_all_exists(path: Path) -> None:
    inside = path.relative_to(ROOT).with_suffix("").parts
    # The webui's own packages are absent here; __main__ would run.
    if inside[1] == "webui" or path.name == "__main__.py":
        return
    module = importlib.import_module(".".join(inside).removesuffix(".__init__"))
    missing = [name for name in getattr(module, "__all__", ()) if not hasattr(module, name)]
    assert not missing


def test_every_test_file_mirrors_a_module() -> None:
    known = {mirror_of(path) for path in MODULES}
    orphans = [
        path
        for path in sorted(TESTS.rglob("test_*.py"))
        if path not in known and path.parent not in OUTSIDE_THE_PACKAGE and path.name not in ACROSS_MODULES
    ]
    assert not orphans, [path.relative_to(ROOT).as_posix() for path in orphans]


def declared_requirements() -> list[Requirement]:
    tomllib = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    return [requirement for requirement in map(Requirement, lines) if requirement.name != project["name"]]


def test_the_lock_pins_what_is_declared_within_its_range() -> None:
    lines = (ROOT / "requirements-lock.txt").read_text(encoding="utf-8").splitlines()
    locked = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert all(str(each.specifier).startswith("==") and each.url is None for each in locked)
    pins = {each.name: str(each.specifier)[2:] for each in locked if each.marker is None or each.marker.evaluate()}
    for requirement in declared_requirements():
        assert requirement.name in pins, requirement
        assert requirement.specifier.contains(pins[requirement.name]), f"{requirement} is locked to {pins}"
