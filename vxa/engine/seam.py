"""The only place where hooks are put on and taken off."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

from torch import nn
from torch.utils.hooks import RemovableHandle

ForwardHook = Callable[[nn.Module, tuple[Any, ...], Any], Any]
PreHook = Callable[[nn.Module, tuple[Any, ...]], Any]


class Seam:
    """A set of forward hooks that comes off as one.

    Hooks go on only while the block is entered, and all come off in reverse order whatever happens in it, also when
    putting on a later one failed. Leaving twice is harmless.

    Example:
        >>> layer = nn.Identity()
        >>> with Seam() as seam:
        ...     seam.after(layer, lambda module, inputs, output: None)
        ...     count_hooks(layer)
        1
        >>> count_hooks(layer)
        0
    """

    def __init__(self) -> None:
        self._handles: list[RemovableHandle] = []

    def __enter__(self) -> Seam:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def after(self, module: nn.Module, hook: ForwardHook) -> None:
        """Call `hook(module, inputs, output)` after each forward; a result other than None replaces the output."""
        self._handles.append(module.register_forward_hook(hook))

    def before(self, module: nn.Module, hook: PreHook) -> None:
        """Call `hook(module, inputs)` before each forward; a result other than None replaces the inputs."""
        self._handles.append(module.register_forward_pre_hook(hook))

    def remove(self) -> None:
        """Take every hook off, last one first."""
        while self._handles:
            self._handles.pop().remove()


def count_hooks(module: nn.Module) -> int:
    """Count forward hooks and pre-hooks on a module and everything in it."""
    # torch offers no public way to ask
    return sum(len(vars(part)[kind]) for part in module.modules() for kind in ("_forward_hooks", "_forward_pre_hooks"))
