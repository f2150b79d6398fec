"""Edits against attention written out in full, in float64, whatever the host computes with; nothing left behind."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from tests.attention_layers import EDIT, NUM_COLUMNS, SOURCE, STYLES, Layer, make_layer
from vxa.core.errors import CaptureError, ShapeError
from vxa.core.grid import Grid
from vxa.engine.clock import Cue, Row
from vxa.engine.observe import Observation, observing
from vxa.engine.seam import Seam, count_hooks
from vxa.engine.sites import Site
from vxa.engine.steering.attention import Attention
from vxa.engine.steering.method import Method, Stage
from vxa.engine.steering.steer import steering

Expression = Callable[[Attention, Attention], Attention]
"""New attention of the edit row, from the source's and its own."""


class Edit(Method):
    """Give the edit row a new attention."""

    stage: ClassVar[Stage] = Stage.WEIGHTS

    def __init__(self, expression: Expression) -> None:
        self.expression = expression

    def touches(self, site: Site) -> bool:
        return True

    def edit(self, site: Site, cue: Cue, current: Sequence[Attention]) -> Mapping[int, Attention]:
        return {EDIT: self.expression(current[SOURCE], current[EDIT])}


generator = torch.Generator().manual_seed(1)
MATRIX = torch.rand(NUM_COLUMNS, NUM_COLUMNS, generator=generator, dtype=torch.float64) / 10
SHARE = torch.rand(NUM_COLUMNS, generator=generator, dtype=torch.float64)
WEIGHTS = torch.randn(NUM_COLUMNS, generator=generator, dtype=torch.float64)
MAPS = torch.rand(2, 20, generator=generator, dtype=torch.float64)
PAINTED_COLUMNS = (5, 2)


def head_weights(heads: int) -> Tensor:
    return torch.linspace(-1, 2, heads * NUM_COLUMNS, dtype=torch.float64).reshape(heads, NUM_COLUMNS)


def paint(probs_hqt: Tensor) -> Tensor:
    painted = torch.zeros_like(probs_hqt)
    for map_q, column in zip(MAPS, PAINTED_COLUMNS, strict=True):
        painted[..., column] = map_q
    return painted


def erase(probs_hqt: Tensor) -> Tensor:
    return probs_hqt * erasing()


def erasing() -> Tensor:
    weights = torch.ones(NUM_COLUMNS, dtype=torch.float64)
    weights[list(PAINTED_COLUMNS)] = 0
    return weights


def lift_scores(scores_hqt: Tensor) -> Tensor:
    return scores_hqt + 3 * paint(scores_hqt)


def normalise(probs_hqt: Tensor) -> Tensor:
    return probs_hqt / probs_hqt.sum(-1, keepdim=True)


# name: (the edit as the engine says it, the same with matrices: source's and own A, shape (h, q, t), to the new own A)
EDITS: dict[str, tuple[Expression, Callable[[Tensor, Tensor], Tensor]]] = {
    "replace": (lambda source, own: source @ MATRIX, lambda source, own: source @ MATRIX),
    "refine": (
        lambda source, own: source @ MATRIX * SHARE + own * (1 - SHARE),
        lambda source, own: (source @ MATRIX) * SHARE + own * (1 - SHARE),
    ),
    "reweight": (lambda source, own: own * WEIGHTS, lambda source, own: own * WEIGHTS),
    "reweight what was replaced": (
        lambda source, own: source @ MATRIX * WEIGHTS,
        lambda source, own: (source @ MATRIX) * WEIGHTS,
    ),
    "head by head": (
        lambda source, own: own * head_weights(3),
        lambda source, own: own * head_weights(3)[:, None],
    ),
    "inject, add": (
        lambda source, own: own + Attention.painted(MAPS, PAINTED_COLUMNS),
        lambda source, own: own + paint(own),
    ),
    "inject, replace": (
        lambda source, own: own * erasing() + Attention.painted(MAPS, PAINTED_COLUMNS),
        lambda source, own: erase(own) + paint(own),
    ),
    "inject into what was refined, then weigh": (
        lambda source, own: (source @ MATRIX + own * SHARE + Attention.painted(MAPS, PAINTED_COLUMNS)) * WEIGHTS,
        lambda source, own: (source @ MATRIX + own * SHARE + paint(own)) * WEIGHTS,
    ),
    "renormalise": (
        lambda source, own: (own + Attention.painted(MAPS, PAINTED_COLUMNS)).reshaped(normalise) * SHARE,
        lambda source, own: normalise(own + paint(own)) * SHARE,
    ),
    "scores": (
        lambda source, own: own.with_scores(lift_scores),
        lambda source, own: torch.softmax(lift_scores(own.log()), -1),
    ),
    "scores of the source": (
        lambda source, own: source.with_scores(lift_scores) @ MATRIX + own,
        lambda source, own: torch.softmax(lift_scores(source.log()), -1) @ MATRIX + own,
    ),
}


def edited(layer: Layer, *methods: Method) -> Tensor:
    with steering(layer.conductor, [layer.site], methods):
        return layer.run()


def written_out(layer: Layer, edit: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    def edit_row(probs: Tensor) -> Tensor:
        changed = probs.clone()
        changed[EDIT] = edit(probs[SOURCE], probs[EDIT])
        return changed

    return layer.run_naively(edit_row)


def assert_same(ours: Tensor, theirs: Tensor) -> None:
    torch.testing.assert_close(ours, theirs, atol=1e-11, rtol=1e-11)


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("style", STYLES)
def test_an_edit_is_the_edit_of_the_matrix(style: str, name: str) -> None:
    layer, (expression, matrices) = make_layer(style), EDITS[name]
    plain, ours = layer.run(), edited(layer, Edit(expression))
    assert_same(ours, written_out(layer, matrices))
    assert not torch.allclose(ours[EDIT], plain[EDIT], atol=1e-2), "an edit that changes something"
    assert torch.equal(ours[:EDIT], plain[:EDIT]), "the other rows, uncond and source, keep every bit"
    assert count_hooks(layer.module) == 0 and torch.equal(layer.run(), plain)


SIZES = list(itertools.product([Grid(1, 1), Grid(2, 9), Grid(8, 8)], [1, 2, 5, 8]))


@pytest.mark.parametrize("name", ["replace", "refine", "reweight what was replaced"])
@pytest.mark.parametrize("style", STYLES)
def test_at_any_size_and_number_of_heads(style: str, name: str) -> None:
    for grid, heads in SIZES:
        layer = make_layer(style, heads=heads, grid=grid, level=1)
        assert_same(edited(layer, Edit(EDITS[name][0])), written_out(layer, EDITS[name][1]))


@pytest.mark.parametrize("style", STYLES)
def test_self_attention_is_replaced_too(style: str) -> None:
    for grid, heads in SIZES:
        layer = make_layer(style, "self", heads=heads, grid=grid)
        ours = edited(layer, Edit(lambda source, own: source))
        assert_same(ours, written_out(layer, lambda source, own: source))
        assert torch.equal(ours[:EDIT], layer.run()[:EDIT])


def test_with_the_source_s_attention_and_values_a_row_becomes_the_source() -> None:
    layer = make_layer()
    assert layer.context is not None
    layer.context[EDIT] = layer.context[SOURCE]
    ours = edited(layer, Edit(lambda source, own: source))
    assert torch.equal(ours[EDIT], ours[SOURCE]) and not torch.equal(layer.hidden[EDIT], layer.hidden[SOURCE])


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", ["replace", "refine", "inject, add", "renormalise"])
def test_what_others_add_before_to_out_survives(style: str, name: str) -> None:
    layer = make_layer(style)
    extra = torch.randn_like(layer.hidden)
    with Seam() as seam:
        seam.before(layer.module.to_out[0], lambda module, inputs: (inputs[0] + extra,))
        ours = edited(layer, Edit(EDITS[name][0]))
    expected = written_out(layer, EDITS[name][1])
    assert_same(ours, expected + layer.module.to_out[0](extra) - layer.module.to_out[0].bias)


@pytest.mark.parametrize("style", STYLES)
def test_a_row_given_back_as_it_is_keeps_every_bit(style: str) -> None:
    layer = make_layer(style)
    assert torch.equal(edited(layer, Edit(lambda source, own: own)), layer.run())


def test_a_method_that_touches_nothing_gets_no_hook() -> None:
    layer, idle = make_layer(), Edit(lambda source, own: source)
    idle.touches = lambda site: False  # type: ignore[method-assign]
    plain = layer.run()
    with steering(layer.conductor, [layer.site], [idle]):
        assert count_hooks(layer.module) == 0
        assert torch.equal(layer.run(), plain)
    with steering(layer.conductor, [layer.site], []):
        assert count_hooks(layer.module) == 0


def test_nothing_happens_while_a_method_says_nothing() -> None:
    layer, silent = make_layer(), Edit(lambda source, own: own)
    silent.edit = lambda site, cue, current: {}  # type: ignore[method-assign]
    assert torch.equal(edited(layer, silent), layer.run())


def test_somebody_elses_call_is_not_edited() -> None:
    layer = make_layer()
    plain, heard = layer.run(), []
    with steering(layer.conductor, [layer.site], [Edit(EDITS["refine"][0])]), torch.no_grad():
        assert torch.equal(layer.run_unannounced(), plain)
        with layer.conductor.playing(layer.cue):
            thread = threading.Thread(target=lambda: heard.append(layer.module(layer.hidden, layer.context)))
            thread.start()
            thread.join()
            assert not torch.equal(layer.run_unannounced(), plain)
    assert torch.allclose(heard[0], plain, atol=1e-12)


def test_hooks_come_off_after_an_error_and_a_broken_call_leaves_no_trace() -> None:
    layer = make_layer()
    expected = edited(layer, Edit(EDITS["refine"][0]))
    with pytest.raises(KeyboardInterrupt), steering(layer.conductor, [layer.site], [Edit(EDITS["refine"][0])]):
        with pytest.raises(ZeroDivisionError), Seam() as seam:
            seam.before(layer.module.to_v, lambda module, inputs: 1 // 0)
            layer.run()
        layer.hidden = layer.hidden * 1.0
        assert torch.equal(layer.run(), expected), "the same cue, but queries and keys of its own"
        raise KeyboardInterrupt
    assert count_hooks(layer.module) == 0


def test_an_edit_that_fails_says_why_and_takes_its_hooks_off() -> None:
    layer = make_layer()
    with pytest.raises(ShapeError, match=r"a map between 77 context columns; got \(5, 5\)"):
        edited(layer, Edit(lambda source, own: source @ torch.eye(5)))
    with pytest.raises(ShapeError, match=r"weights of 77 context columns; got \(5,\)"):
        edited(layer, Edit(lambda source, own: own * torch.ones(5)))
    with pytest.raises(ShapeError, match=r"maps of 1 columns below 77 and 20 cells; got \(1, 4\)"):
        edited(layer, Edit(lambda source, own: own + Attention.painted(torch.ones(1, 4), (2,))))
    with pytest.raises(ShapeError, match=r"below 77 and 20 cells; got \(1, 20\) for columns \(77,\)"):
        edited(layer, Edit(lambda source, own: own + Attention.painted(torch.ones(1, 20), (77,))))
    assert count_hooks(layer.module) == 0


def test_merged_tokens_are_refused() -> None:
    layer = make_layer()
    layer.hidden = layer.hidden[:, ::2]
    with pytest.raises(ShapeError, match=r"4 rows of 20 queries at mid.0.0.cross; got query \(4, 10, .*Token merging"):
        edited(layer, Edit(lambda source, own: own))


def test_projections_that_are_fused_are_refused() -> None:
    layer = make_layer()
    with steering(layer.conductor, [layer.site], [Edit(lambda source, own: source)]), torch.no_grad():
        with layer.conductor.playing(layer.cue), pytest.raises(CaptureError, match=r"values of mid.0.0.cross; got \['"):
            layer.module.to_q(layer.hidden)
            layer.module.to_out[0](layer.hidden)


def test_values_may_come_first() -> None:
    layer = make_layer()
    plain = edited(layer, Edit(EDITS["refine"][0]))

    def forward(hidden: Tensor, context: Tensor) -> Tensor:
        module = layer.module
        parts = [
            project(part) for project, part in ((module.to_v, context), (module.to_k, context), (module.to_q, hidden))
        ]
        value, key, query = (part.unflatten(-1, (3, -1)).transpose(1, 2) for part in parts)
        return module.to_out[0](
            torch.nn.functional.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
        )

    with steering(layer.conductor, [layer.site], [Edit(EDITS["refine"][0])]), torch.no_grad():
        with layer.conductor.playing(layer.cue):
            assert_same(forward(layer.hidden, layer.context), plain)  # type: ignore[arg-type]


def test_keys_scaled_in_place_by_the_host_do_no_harm() -> None:
    layer = make_layer("explicit")
    expected = edited(layer, Edit(EDITS["refine"][0]))

    class InPlace:
        def __call__(self, attn: Any, hidden_states: Tensor, encoder_hidden_states: Any = None, **_: Any) -> Tensor:
            parts = (attn.to_q(hidden_states), attn.to_k(encoder_hidden_states), attn.to_v(encoder_hidden_states))
            parts[1].mul_(attn.scale)
            query, key, value = (part.unflatten(-1, (3, -1)).transpose(1, 2) for part in parts)
            return attn.to_out[0](((query @ key.mT).softmax(-1) @ value).transpose(1, 2).flatten(2))

    layer.module.set_processor(InPlace())
    assert_same(edited(layer, Edit(EDITS["refine"][0])), expected)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_stays_near(dtype: torch.dtype) -> None:
    exact = edited(make_layer(), Edit(EDITS["refine"][0]))
    layer = make_layer(dtype=torch.float64)
    layer.module.to(dtype)
    layer.hidden, layer.context = layer.hidden.to(dtype), layer.context.to(dtype)  # type: ignore[union-attr]
    half = edited(layer, Edit(EDITS["refine"][0]))
    assert half.dtype == dtype
    torch.testing.assert_close(half.double(), exact, atol=0.1, rtol=0.1)


def test_autocast_does_not_spoil_what_is_computed_beside_the_host() -> None:
    layer = make_layer(dtype=torch.float32)
    exact = edited(layer, Edit(EDITS["renormalise"][0]))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        ours = edited(layer, Edit(EDITS["renormalise"][0]))
    torch.testing.assert_close(ours.float(), exact, atol=0.05, rtol=0.05)


def test_gradients_flow_through_edits() -> None:
    layer = make_layer()

    def gradient(name: str) -> Tensor:
        hidden = layer.hidden.clone().requires_grad_()
        with steering(layer.conductor, [layer.site], [Edit(EDITS[name][0])]), layer.conductor.playing(layer.cue):
            layer.module(hidden, layer.context)[EDIT].square().sum().backward()
        assert hidden.grad is not None
        return hidden.grad

    for name in ("replace", "refine", "renormalise"):
        hidden, step = layer.hidden, 1e-6
        direction = torch.randn_like(hidden)
        sums = []
        for sign in (1, -1):
            layer.hidden = hidden + sign * step * direction
            sums.append(edited(layer, Edit(EDITS[name][0]))[EDIT].square().sum())
        layer.hidden = hidden
        expected = (sums[0] - sums[1]) / (2 * step)
        torch.testing.assert_close((gradient(name) * direction).sum(), expected, atol=1e-5, rtol=1e-5)


def test_no_matrix_of_cells_by_cells_is_ever_made() -> None:
    layer = make_layer("fused", "self", heads=2, grid=Grid(96, 96), dtype=torch.float32)
    largest = 0

    class Sizes(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            nonlocal largest
            output = func(*args, **(kwargs or {}))
            tensors = output if isinstance(output, (tuple, list)) else (output,)
            largest = max([largest, *(each.numel() for each in tensors if isinstance(each, Tensor))])
            return output

    with Sizes():
        edited(layer, Edit(lambda source, own: source))
    assert 0 < largest < layer.site.heads * (96 * 96) ** 2 / 100


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize(("style", "keep_heads"), [("fused", True), ("explicit", False), ("ldm", True)])
def test_maps_can_be_seen_before_and_after_the_edit(style: str, name: str, keep_heads: bool) -> None:
    layer, (expression, matrices) = make_layer(style), EDITS[name]
    observation = Observation((layer.site,), tokens=(2, 3, 5), keep_heads=keep_heads)
    seen: list[Tensor] = []
    layer.run_naively(lambda probs: (seen.append(probs), probs)[1])
    with steering(layer.conductor, [layer.site], [Edit(expression)]) as steered:
        with observing(layer.conductor, observation, steered.probabilities_before) as before:
            with observing(layer.conductor, observation, steered.probabilities_after) as after:
                layer.run()
    source, own = seen[0][SOURCE], seen[0][EDIT]
    for recorder, rows in ((before, (source, own)), (after, (source, matrices(source, own)))):
        for picture, probs_hqt in enumerate(rows):
            wanted = probs_hqt[..., [2, 3, 5]].mT.unflatten(-1, (5, 4)).float()
            wanted = wanted if keep_heads else wanted.mean(0, keepdim=True)
            ours = recorder.maps(picture).sums["mid.0.0.cross"]
            torch.testing.assert_close(ours, wanted, atol=1e-5, rtol=1e-4)


def test_a_layer_that_is_not_edited_is_seen_as_ever() -> None:
    layer = make_layer()
    observation = Observation((layer.site,))
    with observing(layer.conductor, observation) as alone:
        layer.run()
    with steering(layer.conductor, [], []) as steered:
        with observing(layer.conductor, observation, steered.probabilities_after) as recorder:
            layer.run()
    assert torch.equal(recorder.maps(1).sums["mid.0.0.cross"], alone.maps(1).sums["mid.0.0.cross"])


def test_observing_changes_no_bit_of_an_edit() -> None:
    layer = make_layer(dtype=torch.float32)
    plain = edited(layer, Edit(EDITS["refine"][0]))
    with steering(layer.conductor, [layer.site], [Edit(EDITS["refine"][0])]) as steered:
        with observing(layer.conductor, Observation((layer.site,)), steered.probabilities_after):
            assert torch.equal(layer.run(), plain)


def test_rows_in_any_order() -> None:
    rows = (Row("cond", 1, edit=1, source=0), Row("uncond", 1), Row("cond", 0), Row("uncond", 0))
    layer = make_layer(rows=rows)

    class Transfer(Edit):
        def edit(self, site: Site, cue: Cue, current: Sequence[Attention]) -> Mapping[int, Attention]:
            return {row: current[source] for row, source, _ in cue.edits()}

    def swap(probs: Tensor) -> Tensor:
        return torch.cat([probs[2:3], probs[1:]])

    assert_same(edited(layer, Transfer(lambda source, own: own)), layer.run_naively(swap))
