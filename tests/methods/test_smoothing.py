from __future__ import annotations

import pytest
import torch

from vxa.methods.smoothing import KERNELS, smooth


def kernel_of(sigma: float, **options) -> torch.Tensor:
    point = torch.zeros(1, 5, 5, dtype=torch.float64)
    point[0, 2, 2] = 1
    return smooth(point, sigma, **options)[0, 1:4, 1:4]


@pytest.mark.parametrize(
    ("kernel", "centre", "edge", "corner"), [("authors", 0.3319, 0.1221, 0.0449), ("gaussian", 0.6193, 0.0838, 0.0113)]
)
def test_kernels_are_the_published_ones(kernel, centre: float, edge: float, corner: float) -> None:
    expected = [[corner, edge, corner], [edge, centre, edge], [corner, edge, corner]]
    torch.testing.assert_close(kernel_of(0.5, kernel=kernel), torch.tensor(expected).double(), atol=5e-5, rtol=0)


def test_the_authors_kernel_is_wider_than_its_sigma_by_the_root_of_two() -> None:
    torch.testing.assert_close(kernel_of(0.5), kernel_of(0.5 * 2**0.5, kernel="gaussian"))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("size", [3, 5, 9])
def test_constants_stay_and_any_axes_may_stand_before(kernel, size: int) -> None:
    torch.testing.assert_close(smooth(torch.ones(2, 3, 10, 12), 1.1, size, kernel), torch.ones(2, 3, 10, 12))
    maps = torch.rand(2, 3, 10, 12)
    torch.testing.assert_close(smooth(maps, 1.1, size, kernel)[1], smooth(maps[1], 1.1, size, kernel))


def test_it_can_be_switched_off_and_leaves_thin_maps_alone() -> None:
    map_tyx = torch.rand(1, 3, 3)
    assert smooth(map_tyx, 0.0) is map_tyx
    assert smooth(map_tyx, 1.0, 7) is map_tyx
    thin = torch.rand(1, 1, 3)
    assert smooth(thin, 0.5) is thin


def test_gradients_pass_and_the_input_stays() -> None:
    map_tyx = torch.rand(2, 4, 5, dtype=torch.float64, requires_grad=True)
    before = map_tyx.detach().clone()
    torch.autograd.gradcheck(lambda maps: smooth(maps, 0.5), map_tyx)
    assert torch.equal(map_tyx.detach(), before)
