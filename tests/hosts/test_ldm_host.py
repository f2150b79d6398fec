"""The ldm host on real ldm code: the same numbers as the diffusers host for the same weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from tests.real_ldm import in_float64, load_exported, real_ldm
from vxa.core.errors import ConfigError, HostError, PictureError, ShapeError, UnsupportedModelError
from vxa.core.grid import Grid
from vxa.core.tokens import TokenTable
from vxa.engine.clock import Clock, Cue, Row
from vxa.engine.host import Conditioning, Host
from vxa.engine.observe import Observation
from vxa.engine.probe import add_noise, make_noise, probe
from vxa.engine.sampling import SamplingPlan, sample
from vxa.engine.seam import count_hooks
from vxa.hosts.chunks import chunk_ids, make_table, split_pieces
from vxa.hosts.clip_tokens import read_pieces, read_specials
from vxa.hosts.ldm_host import LdmHost
from vxa.hosts.ldm_program import LdmProgram
from vxa.hosts.load import load_host
from vxa.tiny import weights_path
from vxa.tiny.export import export_webui
from vxa.tiny.pixels import pixels_from_pictures
from vxa.tiny.scenes import draw_scene

PROMPT = "a red circle, left of a blue square"
SIZE = Grid(96, 160)
# diffusers' k-diffusion schedulers hand torch tensors to numpy's old interface
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


class PlainProgram(LdmProgram):
    """ldm with nothing around it: its own tokenizer and text encoder, chunks of 77."""

    def __init__(self, model: Any) -> None:
        self.text = model.cond_stage_model
        self.turns: list[str] = []

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")

    @contextmanager
    def running(self) -> Iterator[None]:
        self.turns.append("taken")
        try:
            yield
        finally:
            self.turns.append("given")

    def tokenize(self, prompt: str) -> tuple[TokenTable, ...]:
        chunks = split_pieces(read_pieces(self.text.tokenizer, prompt))
        return (make_table(prompt, chunks, read_specials(self.text.tokenizer)),)

    def encode_prompts(self, prompts: Sequence[str], size: Grid) -> Conditioning:
        specials = read_specials(self.text.tokenizer)
        chunks = [split_pieces(read_pieces(self.text.tokenizer, prompt)) for prompt in prompts]
        most = max(map(len, chunks))
        ids = [[chunk_ids(chunk, specials) for chunk in [*each, *[[]] * (most - len(each))]] for each in chunks]
        states = self.text.transformer(torch.tensor(ids).flatten(0, 1)).last_hidden_state
        return Conditioning(states.unflatten(0, (len(prompts), most)).flatten(1, 2))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    exported = export_webui(weights_path(), tmp_path_factory.mktemp("exported"))
    with real_ldm() as util:
        yield load_exported(util, exported.config, exported.weights)


@pytest.fixture(scope="module")
def host(model: Any) -> LdmHost:
    return LdmHost(model, PlainProgram(model), name="vxa-tiny")


@pytest.fixture(scope="module")
def twin() -> Host:
    """The same weights in diffusers."""
    return load_host(device="cpu")


def _cue(latent: Grid, rows: int = 1, timestep: float = 300.0) -> Cue:
    return Cue(Clock(0, 1, timestep), tuple(Row("cond", row) for row in range(rows)), latent)


def _pixels(size: Grid = SIZE) -> Tensor:
    return torch.rand(1, 3, size.height, size.width, generator=torch.Generator().manual_seed(0)) * 2 - 1


def _scene() -> Tensor:
    """A picture as the model knows them: of pixels at random float32 itself says other maps than float64 does."""
    picture = Image.fromarray(draw_scene(3, "test").picture).resize((SIZE.width, SIZE.height), Image.Resampling.BICUBIC)
    return pixels_from_pictures(np.array(picture)[None])


def _noised(host: Host, pixels: Tensor, timestep: int) -> Tensor:
    with host.running():
        clean = host.encode_picture(pixels)
        return add_noise(host, clean, make_noise(tuple(clean.shape), 7).to(clean), timestep)


def _maps(host: Host, prompt: str, timestep: int, noisy: Tensor | None = None) -> dict[str, Tensor]:
    latent = SIZE.divided(host.info.downscale)
    noisy = _noised(host, _pixels(), timestep) if noisy is None else noisy
    with host.running():
        context = host.encode_prompts([prompt], SIZE)
        seen = Observation(tuple(host.sites.cross), keep_heads=True)
        return dict(probe(host, noisy, context, _cue(latent, 1, timestep), seen).maps().sums)


LOOKS = [(PROMPT, 0), (PROMPT, 240), ("", 900), ("a star, " * 40, 500)]


def _assert_same_maps(ours: dict[str, Tensor], theirs: dict[str, Tensor], tolerance: dict[str, float]) -> None:
    assert list(ours) == list(theirs) and len(ours) > 0
    for address, expected in theirs.items():
        assert float(expected.std()) > 1e-5, "maps that are all alike would agree for nothing"
        torch.testing.assert_close(ours[address], expected, rtol=0, atol=tolerance[address])


@pytest.mark.parametrize(("prompt", "timestep"), LOOKS)
def test_maps_equal_those_of_diffusers(host: LdmHost, twin: Host, wide_twin: Host, prompt: str, timestep: int) -> None:
    """From one latent, within 1e-4 or what float32 changes in both at a layer: steep attention makes much of it."""
    noisy = _noised(twin, _scene(), timestep)
    ours, theirs = (_maps(each, prompt, timestep, noisy) for each in (host, twin))
    assert len(ours) == len(host.sites.cross)
    wide = _maps(wide_twin, prompt, timestep, noisy.double())
    rounding = {address: float((theirs[address] - wide[address]).abs().max()) for address in theirs}
    assert max(rounding.values()) < 5e-4
    assert all(float((ours[address] - theirs[address]).abs().mean()) < 1e-6 for address in theirs)
    _assert_same_maps(ours, theirs, {address: max(1e-4, 2 * each) for address, each in rounding.items()})


@pytest.fixture(scope="module")
def wide_host(model: Any) -> LdmHost:
    wide = in_float64(model)
    return LdmHost(wide, PlainProgram(wide), name="vxa-tiny")


@pytest.fixture(scope="module")
def wide_twin() -> Host:
    return load_host(device="cpu", dtype="float64")


@pytest.mark.parametrize("pixels", [_pixels(), _scene()], ids=["random", "scene"])
@pytest.mark.parametrize(("prompt", "timestep"), LOOKS)
def test_maps_are_the_same_in_float64(
    wide_host: LdmHost, wide_twin: Host, prompt: str, timestep: int, pixels: Tensor
) -> None:
    noisy = [_noised(each, pixels.double(), timestep) for each in (wide_host, wide_twin)]
    assert noisy[0].dtype == torch.float64
    ours, theirs = (_maps(each, prompt, timestep, own) for each, own in zip((wide_host, wide_twin), noisy, strict=True))
    _assert_same_maps(ours, theirs, dict.fromkeys(theirs, 1e-6))


def test_pictures_go_in_and_out_as_in_diffusers(host: LdmHost, twin: Host) -> None:
    before = torch.random.get_rng_state()
    with host.running():
        latents = host.encode_picture(_pixels())
        again = host.encode_picture(_pixels())
        pixels = host.decode(latents)
    assert torch.equal(latents, again) and torch.equal(before, torch.random.get_rng_state()), "mean, not a draw"
    assert count_hooks(host._model) == 0
    with twin.running():
        torch.testing.assert_close(latents, twin.encode_picture(_pixels()), rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(pixels, twin.decode(latents), rtol=1e-4, atol=1e-4)


def test_drawn_pictures_equal_those_of_diffusers(host: LdmHost, twin: Host) -> None:
    plan = SamplingPlan((PROMPT,), Grid(64, 96), (3,), num_steps=3, guidance=4)
    drawn = []
    for each in (host, twin):
        with each.running():
            drawn.append(sample(each, plan))
    torch.testing.assert_close(drawn[0], drawn[1], rtol=1e-3, atol=1e-3)


def test_what_the_host_says_of_the_model(host: LdmHost, twin: Host) -> None:
    for name in ("family", "prediction_type", "sample", "latent_channels", "downscale", "size_multiple"):
        assert getattr(host.info, name) == getattr(twin.info, name), name
    assert len(host.info.hash) == 10 and host.info.name == "vxa-tiny"
    assert LdmHost(host._model, host._program, name="x", model_hash="0123456789").info.hash == "0123456789"
    names = [(site.address, site.ldm_name, site.diffusers_name, site.heads) for site in host.sites]
    assert names == [(site.address, site.ldm_name, site.diffusers_name, site.heads) for site in twin.sites]
    assert host.sites.find("model.diffusion_model.middle_block.1.transformer_blocks.0.attn2").place == "mid"


def test_the_program_is_asked_for_its_turn_and_given_it_back(host: LdmHost) -> None:
    program = host._program
    assert isinstance(program, PlainProgram)
    program.turns.clear()
    host.unet.training = True
    with pytest.raises(RuntimeError, match="stop"), host.running():
        assert not host.unet.training and not torch.is_grad_enabled()
        raise RuntimeError("stop")
    assert program.turns == ["taken", "given"] and host.unet.training and torch.is_grad_enabled()
    host.unet.training = False


def test_the_state_follows_the_program(host: LdmHost, monkeypatch: pytest.MonkeyPatch) -> None:
    before = host.state_key
    monkeypatch.setattr(PlainProgram, "state_key", property(lambda self: ("clip skip", 2)))
    assert host.state_key != before and hash(host.state_key)


def test_nothing_finite_is_an_error(host: LdmHost) -> None:
    broken = host.unet.get_parameter("out.2.weight")
    kept = broken.data.clone()
    latent = Grid(8, 8)
    try:
        broken.data.fill_(float("nan"))
        with host.running(), pytest.raises(HostError, match="finite numbers from the UNet"):
            context = host.encode_prompts([PROMPT], Grid(64, 64))
            host.predict(make_noise((1, 4, 8, 8), 0), context, _cue(latent))
    finally:
        broken.data.copy_(kept)


def test_a_vae_that_overflows_in_half_precision_runs_in_float32(host: LdmHost, monkeypatch: pytest.MonkeyPatch) -> None:
    vae: Any = host._model.first_stage_model
    with host.running():
        expected = host.encode_picture(_pixels())
    original = vae.encode

    def overflow(pixels: Tensor) -> Tensor:
        return original(pixels * float("nan") if pixels.dtype == torch.bfloat16 else pixels)

    kept = {name: value.clone() for name, value in vae.state_dict().items()}
    monkeypatch.setattr(vae, "encode", overflow)
    try:
        vae.to(torch.bfloat16)
        with host.running():
            found = host.encode_picture(_pixels())
        assert {value.dtype for value in vae.parameters()} == {torch.bfloat16}, "put back"
    finally:
        vae.to(torch.float32).load_state_dict(kept)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected, rtol=0, atol=0.1)


def test_bad_input_is_refused(host: LdmHost) -> None:
    with pytest.raises(ConfigError, match="at least one prompt"):
        host.encode_prompts([], SIZE)
    with pytest.raises(ShapeError, match="RGB pictures"):
        host.encode_picture(torch.zeros(1, 3, 60, 64))
    with pytest.raises(PictureError, match=r"pixels in \[-1, 1\]"):
        host.encode_picture(torch.full((1, 3, 64, 64), 255.0))
    with pytest.raises(UnsupportedModelError, match="an ldm or sgm model"):
        LdmHost(torch.nn.Linear(1, 1), PlainProgram(host._model), name="x")


def _widened(model: Any, extra: int) -> Any:
    """Copy the model with a first layer that reads `extra` more channels."""
    import copy

    wide = copy.deepcopy(model)
    unet = wide.model.diffusion_model
    first = unet.input_blocks[0][0]
    conv = torch.nn.Conv2d(4 + extra, first.out_channels, 3, padding=1)
    conv.weight.data.zero_()
    conv.weight.data[:, :4] = first.weight.data
    conv.bias.data.copy_(first.bias.data)
    unet.input_blocks[0][0], unet.in_channels = conv, 4 + extra
    wide.model.conditioning_key = "hybrid"
    return wide


@pytest.mark.parametrize("extra", [5, 4])
def test_inpainting_and_edit_models_are_told_that_nothing_is_given(host: LdmHost, model: Any, extra: int) -> None:
    wide = LdmHost(_widened(model, extra), PlainProgram(model), name="wide")
    assert wide.info.latent_channels == 4
    with wide.running():
        concat = wide.encode_prompts([PROMPT, ""], SIZE).added["concat"]
        assert concat.shape == (2, extra, SIZE.height // 8, SIZE.width // 8)
        if extra == 5:
            assert bool((concat[:, 0] == 1).all()), "all is masked"
            grey = wide.encode_picture(torch.zeros(1, 3, SIZE.height, SIZE.width))
            assert torch.equal(concat[:1, 1:], grey)
        else:
            assert not concat.any()
    for address, expected in _maps(host, PROMPT, 240).items():
        torch.testing.assert_close(_maps(wide, PROMPT, 240)[address], expected, rtol=0, atol=1e-5)


def test_depth_models_are_refused(model: Any) -> None:
    with pytest.raises(UnsupportedModelError, match="1 further channels"):
        LdmHost(_widened(model, 1), PlainProgram(model), name="depth")


class SgmLike:
    """The same networks under the names of sgm, text and vector apart."""

    def __init__(self, model: Any) -> None:
        self.conditioner = object()
        self.inner, self.model, self.first_stage_model = model, model.model, model.first_stage_model
        self.scale_factor, self.parameterization = model.scale_factor, "eps"
        self.alphas_cumprod = model.alphas_cumprod
        self.vectors: list[Tensor] = []

    def modules(self) -> Iterator[torch.nn.Module]:
        return self.inner.modules()

    def apply_model(self, latents: Tensor, timesteps: Tensor, cond: dict[str, Tensor]) -> Tensor:
        assert set(cond) == {"crossattn", "vector"}
        self.vectors.append(cond.pop("vector"))
        return self.inner.apply_model(latents, timesteps, cond.pop("crossattn"))


class SgmProgram(PlainProgram):
    def encode_prompts(self, prompts: Sequence[str], size: Grid) -> Conditioning:
        plain = super().encode_prompts(prompts, size)
        sizes = torch.tensor([[float(size.height), float(size.width)]] * len(prompts))
        return Conditioning(plain.context_btc, {"vector": sizes})


def test_models_of_sgm_get_text_and_vector_by_name(host: LdmHost, model: Any) -> None:
    sgm = SgmLike(model)
    named = LdmHost(sgm, SgmProgram(model), name="sdxl")
    assert named.info.sample == Grid(128, 128), "from the VAE, where the model does not say it"
    ours, expected = _maps(named, PROMPT, 240), _maps(host, PROMPT, 240)
    assert all(torch.equal(ours[address], expected[address]) for address in expected)
    assert [vector.tolist() for vector in sgm.vectors] == [[[SIZE.height, SIZE.width]]]


def test_schedulers_take_the_models_schedule(host: LdmHost, twin: Host) -> None:
    ours, theirs = host.make_scheduler("ddim", 5), twin.make_scheduler("ddim", 5)
    torch.testing.assert_close(ours.alphas_cumprod, theirs.alphas_cumprod, rtol=1e-5, atol=1e-6)
    assert ours.timesteps.tolist() == theirs.timesteps.tolist()
    with pytest.raises(ConfigError, match="from 1 to 999 steps"):
        host.make_scheduler("ddim", 0)
