"""A checkpoint as the webui holds it: the embedded model in real ldm code, its text encoder in the webui's manner."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from tests.webui.standin.replay import Webui

NUM_PIECES = 75


class Fix(NamedTuple):
    offset: int
    embedding: Any


class Chunk:
    """77 ids of a prompt; fixes count from the first piece."""

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.multipliers: list[float] = []
        self.fixes: list[Fix] = []


class TextEncoder(nn.Module):
    """Chunks prompts with emphasis, BREAK and embeddings as the webui's does, and scales the context by the weights."""

    def __init__(self, webui: Webui, wrapped: Any) -> None:
        super().__init__()
        self._webui = webui
        self.wrapped = wrapped
        self.tokenizer = wrapped.tokenizer
        self.id_start, self.id_end = self.tokenizer.bos_token_id, self.tokenizer.eos_token_id
        self.id_pad = self.id_end

    def process_texts(self, texts: list[str]) -> tuple[list[list[Chunk]], int]:
        chunked = [self._chunks(text) for text in texts]
        return chunked, max(sum(len(chunk.tokens) - 2 for chunk in chunks) for chunks in chunked)

    def _chunks(self, text: str) -> list[Chunk]:
        is_plain = self._webui.shared.opts.emphasis == "None"
        parts = [[text, 1.0]] if is_plain else self._webui.prompt_parser.parse_prompt_attention(text)
        chunks = [Chunk()]
        for part, weight in parts:
            if (part, weight) == ("BREAK", -1):
                chunks.append(Chunk())
                continue
            for word in part.split():
                self._add(chunks, word, weight)
        for chunk in chunks:
            missing = NUM_PIECES - len(chunk.tokens)
            chunk.tokens = [self.id_start, *chunk.tokens, *[self.id_end] * (missing + 1)]
            chunk.multipliers = [1.0, *chunk.multipliers, *[1.0] * (missing + 1)]
        return chunks

    def _add(self, chunks: list[Chunk], word: str, weight: float) -> None:
        embedding = self._webui.sd_hijack.model_hijack.embedding_db.word_embeddings.get(word)
        ids = [0] * embedding.vectors if embedding else self.tokenizer(word, add_special_tokens=False)["input_ids"]
        if len(chunks[-1].tokens) + len(ids) > NUM_PIECES:
            chunks.append(Chunk())
        if embedding is not None:
            chunks[-1].fixes.append(Fix(len(chunks[-1].tokens), embedding))
        chunks[-1].tokens += ids
        chunks[-1].multipliers += [weight] * len(ids)

    def forward(self, texts: list[str]) -> Tensor:
        chunked, _ = self.process_texts(texts)
        if len({len(chunks) for chunks in chunked}) > 1:
            raise AssertionError("prompts are encoded one at a time")
        ids = torch.tensor([[chunk.tokens for chunk in chunks] for chunks in chunked])
        weights = torch.tensor([[chunk.multipliers for chunk in chunks] for chunks in chunked])
        states = self.wrapped.transformer(ids.flatten(0, 1)).last_hidden_state * weights.flatten(0, 1)[..., None]
        return states.unflatten(0, ids.shape[:2]).flatten(1, 2)


def load_into(webui: Webui, model: Any, name: str = "vxa-tiny") -> Any:
    """Make the model the checkpoint that the webui has loaded."""
    raw = getattr(model.cond_stage_model, "wrapped", model.cond_stage_model)
    model.cond_stage_model = TextEncoder(webui, raw)
    model.sd_checkpoint_info = webui.sd_models.CheckpointInfo(str(Path("models") / f"{name}.safetensors"))
    model.sd_checkpoint_info.shorthash = f"{abs(hash(name)):010x}"[:10]
    model.lowvram = False
    webui.sd_models.model_data.set_sd_model(model)
    webui.sd_models.model_data.was_loaded_at_least_once = True
    return model


def add_embedding(webui: Webui, name: str, vectors: int) -> None:
    """Put a textual-inversion embedding beside the checkpoint."""
    known = webui.sd_hijack.model_hijack.embedding_db.word_embeddings
    known[name] = SimpleNamespace(name=name, vectors=vectors, shorthash=None)
