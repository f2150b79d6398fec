"""What tests of jobs share: a small random model, the embedded one, and a picture with a disc and a box in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import vxa
from vxa.app.jobs import VisualizeJob
from vxa.app.session import Session
from vxa.engine.host import Host
from vxa.engine.seam import Seam

PROMPT = "a red circle left of a blue square"


@pytest.fixture(scope="session")
def host() -> Host:
    """A random model with two levels: 7 cross layers of 4 heads, pictures in multiples of 16 pixels."""
    from vxa.hosts.memory import RandomHost

    return RandomHost()


@pytest.fixture(scope="session")
def embedded_host() -> Host:
    """The model that ships with the package."""
    from vxa.hosts.load import load_host

    return load_host(device="cpu")


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """Environment in which another Python finds this vxa from any folder, installed or not."""
    return {**os.environ, "PYTHONPATH": str(Path(vxa.__file__).resolve().parents[1])}


@pytest.fixture
def session(host: Host) -> Session:
    """A session on the random model that records only what a job needs, as the command line does."""
    return Session(lambda _: host)


@pytest.fixture(scope="session")
def picture() -> np.ndarray:
    """A picture whose sides are multiples of nothing: shape (41, 58, 3), uint8."""
    return draw_picture(41, 58)


@pytest.fixture
def picture_file(tmp_path: Path, picture: np.ndarray) -> Path:
    path = tmp_path / "shapes.png"
    Image.fromarray(picture).save(path)
    return path


@pytest.fixture
def job() -> VisualizeJob:
    """A job that runs the model once."""
    return VisualizeJob(prompt=PROMPT, tokens="circle, blue square", timesteps=(200,), draws=1)


@pytest.fixture(scope="session")
def counting_calls() -> Callable[[Host], AbstractContextManager[list[int]]]:
    """A block that counts UNet calls: its list gets one entry a call, the rows of the batch."""

    @contextmanager
    def counting(host: Host) -> Iterator[list[int]]:
        calls: list[int] = []
        with Seam() as seam:
            seam.before(host.unet, lambda module, inputs: calls.append(len(inputs[0])))
            yield calls

    return counting


def draw_picture(height: int, width: int) -> np.ndarray:
    image = Image.new("RGB", (width, height), (200, 220, 240))
    draw = ImageDraw.Draw(image)
    draw.ellipse((0.1 * width, 0.3 * height, 0.4 * width, 0.7 * height), fill=(220, 30, 30))
    draw.rectangle((0.6 * width, 0.3 * height, 0.9 * width, 0.7 * height), fill=(30, 60, 220))
    return np.array(image)


@pytest.fixture(scope="session")
def vectors_file(host: Host, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Head relevance vectors of the random model for color, shape and size, drawn at random themselves."""
    from tests.made_vectors import make_vectors
    from vxa.app.heads.files import save_vectors

    vectors = make_vectors(host.sites.head_layers)
    return str(save_vectors(vectors, tmp_path_factory.mktemp("vectors") / "vectors.npz"))


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory: pytest.TempPathFactory, tiny_model_path: Path) -> str:
    """A CLIP model of a few thousand weights, in the layout of transformers."""
    import torch
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPTokenizer

    folder = tmp_path_factory.mktemp("clip")
    tokenizer = CLIPTokenizer.from_pretrained(tiny_model_path / "tokenizer")
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    ids = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
    torch.manual_seed(0)
    config = CLIPConfig(
        text_config={**sizes, **ids, "vocab_size": len(tokenizer)},
        vision_config={**sizes, "image_size": 32, "patch_size": 8},
        projection_dim=8,
    )
    CLIPModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}).save_pretrained(folder)
    return str(folder)
