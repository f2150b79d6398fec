"""The arrows between the folders point down only; imports are parsed, those inside functions too."""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "vxa"

# Folder -> the folders it may import besides itself. "" is what stands directly in vxa/.
BELOW_UI = {"", "core", "render", "engine", "methods", "hosts", "tiny", "app"}
ARROWS: dict[str, set[str]] = {
    "core": set(),
    "render": {"core"},
    "engine": {"core"},
    "methods": {"engine", "core"},
    "hosts": {"engine", "core"},
    "tiny": {"core", "engine", "methods", "hosts", "render"},
    "app": BELOW_UI,
    "ui": BELOW_UI,
    "webui": BELOW_UI | {"ui"},
    "": BELOW_UI,
}

# The program's outermost file plugs the user interface into the command line, which knows none.
OUTERMOST = PACKAGE / "__main__.py"

# (folder, exactly what it imports, why): the few steps upwards that are wanted.
EXCEPTIONS = {
    (
        "hosts",
        "vxa.tiny.weights_path",
    ): "the embedded model is the default of the diffusers host; only its path is known",
    ("", "vxa.ui.server.serve"): "`python -m vxa` plugs the page into the command line, which may not know it",
}

# Foreign package -> the folders that may know it; what is not named is free for all but core and render.
FOREIGN = {
    "gradio": {"ui", "webui"},
    "modules": {"webui"},
    "ldm": {"webui"},
    "sgm": {"webui"},
    "fastapi": {"app", "ui", "webui"},
    "diffusers": {"engine", "hosts", "tiny"},
    "argparse": {"app", "tiny"},
}
CORE_MAY_KNOW = {"torch", "numpy", "einops"}
RENDER_MAY_KNOW = {"numpy", "PIL", "matplotlib"}


class Import(NamedTuple):
    path: Path
    line: int
    target: str
    """What is imported, dotted: for `from a.b import c` it is a.b.c."""

    @property
    def folder(self) -> str:
        return folder_of(self.path)

    @property
    def place(self) -> str:
        return f"{self.path.relative_to(PACKAGE.parent)}:{self.line}"


def folder_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py"))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def iter_imports(path: Path, tree: ast.Module) -> Iterator[Import]:
    package = ["vxa", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Import(path, node.lineno, name.name)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            for name in node.names:
                yield Import(path, node.lineno, f"{source}.{name.name}")
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__"):
            if node.args and isinstance(node.args[0], ast.Constant):
                yield Import(path, node.lineno, str(node.args[0].value))


def all_imports() -> list[Import]:
    return [found for path in modules() for found in iter_imports(path, parsed(path))]


def breaks_arrow(found: Import) -> bool:
    parts = found.target.split(".")
    if parts[0] != "vxa" or (found.folder, found.target) in EXCEPTIONS:
        return False
    is_folder = len(parts) > 1 and (parts[1] in ARROWS or (PACKAGE / parts[1]).is_dir())
    target = parts[1] if is_folder else ""
    allowed = ARROWS[found.folder] | ({"ui"} if found.path == OUTERMOST else set())
    return target != found.folder and target not in allowed


def test_imports_are_found_wherever_they_stand() -> None:
    source = """
        import a.b
        from vxa.core import grid
        def function():
            from ..hosts.tiny import Tiny
            from . import seam
            importlib.import_module("gradio")
    """
    found = iter_imports(PACKAGE / "engine" / "x.py", ast.parse(textwrap.dedent(source)))
    assert [each.target for each in found] == [
        "a.b",
        "vxa.core.grid",
        "vxa.hosts.tiny.Tiny",
        "vxa.engine.seam",
        "gradio",
    ]


@pytest.mark.parametrize(
    ("path", "target", "broken"),
    [
        ("core/x.py", "vxa.core.grid.Grid", False),
        ("core/x.py", "vxa.engine.seam", True),
        ("core/x.py", "vxa.visualize", True),
        ("engine/x.py", "vxa.render.overlay", True),
        ("render/x.py", "vxa.core.errors.ShapeError", False),
        ("methods/x.py", "vxa.hosts", True),
        ("hosts/x.py", "vxa.tiny.weights_path", False),
        ("hosts/x.py", "vxa.tiny.train", True),
        ("app/x.py", "vxa.ui.page", True),
        ("ui/x.py", "vxa.app.jobs", False),
        ("ui/x.py", "vxa.webui", True),
        ("__main__.py", "vxa.app.cli.main", False),
        ("__main__.py", "vxa.ui.server.serve", False),
        ("__main__.py", "vxa.webui", True),
        ("__init__.py", "vxa.ui", True),
    ],
)
def test_an_arrow_upwards_is_seen(path: str, target: str, broken: bool) -> None:
    assert breaks_arrow(Import(PACKAGE / path, 1, target)) is broken


def test_every_folder_has_its_arrows() -> None:
    folders = {folder_of(path) for path in modules()}
    assert folders <= set(ARROWS), "a new folder needs a place in design.md and here"


def test_imports_follow_the_arrows() -> None:
    broken = [f"{found.place} imports {found.target}" for found in all_imports() if breaks_arrow(found)]
    assert not broken, "\n".join(broken)


def test_foreign_packages_stay_where_they_belong() -> None:
    broken = []
    for found in all_imports():
        package = found.target.split(".")[0]
        allowed = found.folder in FOREIGN[package] if package in FOREIGN else True
        if package != "vxa" and package not in sys.stdlib_module_names and package != "__future__":
            allowed &= found.folder != "core" or package in CORE_MAY_KNOW
            allowed &= found.folder != "render" or package in RENDER_MAY_KNOW
        if not allowed:
            broken.append(f"{found.place} imports {found.target}")
    assert not broken, "\n".join(broken)


def test_hooks_are_put_on_in_the_seam_only() -> None:
    seam = PACKAGE / "engine" / "seam.py"
    broken = []
    for path in modules():
        for node in ast.walk(parsed(path)):
            hooks = isinstance(node, ast.Attribute) and node.attr.startswith("register_") and "hook" in node.attr
            # Assigning a forward, or a processor, is patching by another name.
            patches = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr == "forward"
            replaces = isinstance(node, ast.Attribute) and node.attr in ("set_attn_processor", "set_processor")
            # A model in training is our own: it may choose its kernel. A host keeps its.
            if (hooks and path != seam) or patches or (replaces and folder_of(path) != "tiny"):
                broken.append(f"{path.relative_to(PACKAGE.parent)}:{node.lineno} {ast.unparse(node)}")
    assert not broken, "\n".join(broken)
    assert "register_forward" in seam.read_text(encoding="utf-8"), "the seam itself moved: this test guards nothing"


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, cwd=PACKAGE.parent
    )


def test_importing_vxa_brings_no_host_and_no_gradio() -> None:
    done = run_python("""
        import sys, vxa
        heavy = {"gradio", "diffusers", "transformers", "modules", "matplotlib", "fastapi"}
        print(*sorted(heavy & {name.split(".")[0] for name in sys.modules}))
    """)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_the_lower_floors_import_where_no_host_is_installed() -> None:
    floors = {"", "core", "render", "engine", "methods"}
    names = [
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in modules()
        if folder_of(path) in floors and path.name != "__main__.py"
    ]
    done = run_python(f"""
        import importlib, sys

        class Absent:
            def find_spec(self, name, path=None, target=None):
                if name.split(".")[0] in {{"gradio", "diffusers", "transformers", "modules", "matplotlib"}}:
                    raise ModuleNotFoundError(f"No module named {{name!r}} (made absent)", name=name)

        sys.meta_path.insert(0, Absent())
        for name in {names!r}:
            importlib.import_module(name)
    """)
    assert done.returncode == 0, done.stderr
