"""Heights and widths of pictures, latents and attention maps; nothing of tensors or models."""

from __future__ import annotations

from dataclasses import dataclass

from vxa.core.errors import ShapeError


@dataclass(frozen=True, order=True)
class Grid:
    """A lattice of cells, always (height, width), row-major.

    A stride-2, padding-1 convolution maps n cells to ceil(n / 2), so the map of a layer `level` times downsampled
    is the latent grid halved `level` times with rounding up. Never derive it from a square root of a length.
    """

    height: int
    """Rows, at least 1."""
    width: int
    """Columns, at least 1."""

    def __post_init__(self) -> None:
        if self.height < 1 or self.width < 1:
            raise ShapeError("a grid of at least 1×1", got=f"{self.height}×{self.width}")

    @property
    def cells(self) -> int:
        """Number of cells, height × width."""
        return self.height * self.width

    def halved(self) -> Grid:
        """Halve both sides, rounding up.

        Example:
            >>> Grid(5, 8).halved()
            Grid(height=3, width=4)
        """
        return Grid(-(-self.height // 2), -(-self.width // 2))

    def level(self, level: int) -> Grid:
        """Halve `level` times, rounding up each time."""
        grid = self
        for _ in range(level):
            grid = grid.halved()
        return grid

    def times(self, factor: int) -> Grid:
        """Scale both sides by a whole number."""
        return Grid(self.height * factor, self.width * factor)

    def divided(self, factor: int) -> Grid:
        """Divide both sides by a whole number that divides them.

        Raises:
            ShapeError: If a side is no multiple of `factor`.
        """
        if self.height % factor or self.width % factor:
            raise ShapeError(
                f"a height and width that are multiples of {factor}", got=str(self), remedy="Pad the picture first."
            )
        return Grid(self.height // factor, self.width // factor)

    def padded(self, multiple: int) -> Grid:
        """Round both sides up to a multiple of `multiple`.

        Example:
            >>> Grid(500, 300).padded(64)
            Grid(height=512, width=320)
        """
        return Grid(-(-self.height // multiple) * multiple, -(-self.width // multiple) * multiple)

    def __str__(self) -> str:
        return f"{self.height}×{self.width}"
