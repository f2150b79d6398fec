"""Probabilities against loops in float64."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from vxa.engine import probabilities
from vxa.engine.probabilities import attention_probabilities, mean_attention

HEADS, HEAD_DIM, NUM_QUERIES, NUM_KEYS = 3, 8, 20, 11


@pytest.fixture
def query_qc() -> torch.Tensor:
    return 2 * torch.randn(NUM_QUERIES, HEADS * HEAD_DIM)


@pytest.fixture
def key_kc() -> torch.Tensor:
    return 2 * torch.randn(NUM_KEYS, HEADS * HEAD_DIM)


def naive(query_qc: torch.Tensor, key_kc: torch.Tensor) -> np.ndarray:
    """Attention of every head by its definition: shape (heads, k, q)."""
    query, key = query_qc.double().numpy(), key_kc.double().numpy()
    probs = np.zeros((HEADS, len(key), len(query)))
    for head in range(HEADS):
        channels = slice(head * HEAD_DIM, (head + 1) * HEAD_DIM)
        for q in range(len(query)):
            logits = [float(query[q, channels] @ key[k, channels]) / math.sqrt(HEAD_DIM) for k in range(len(key))]
            weights = [math.exp(logit - max(logits)) for logit in logits]
            probs[head, :, q] = np.array(weights) / sum(weights)
    return probs


@pytest.mark.parametrize("slice_bytes", [1, 2 * 4 * NUM_QUERIES * NUM_KEYS, 64 << 20])
@pytest.mark.parametrize("tokens", [None, (0,), (4, 1, 10), (2, 2)])
@pytest.mark.parametrize("keep_heads", [True, False])
def test_equals_the_naive_form(
    query_qc: torch.Tensor,
    key_kc: torch.Tensor,
    slice_bytes: int,
    tokens: tuple[int, ...] | None,
    keep_heads: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(probabilities._SLICE_BYTES, "cpu", slice_bytes)
    before = query_qc.clone(), key_kc.clone()
    probs_htq = attention_probabilities(query_qc, key_kc, HEADS, tokens, keep_heads)
    expected = naive(query_qc, key_kc)
    expected = expected if keep_heads else expected.mean(0, keepdims=True)
    expected = expected if tokens is None else expected[:, list(tokens)]
    assert probs_htq.shape == expected.shape and probs_htq.dtype == torch.float32 and probs_htq.is_contiguous()
    np.testing.assert_allclose(probs_htq.numpy(), expected, atol=1e-6)
    assert torch.equal(query_qc, before[0]) and torch.equal(key_kc, before[1])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_any_float_type_is_computed_in_float32(
    query_qc: torch.Tensor, key_kc: torch.Tensor, dtype: torch.dtype
) -> None:
    query_qc, key_kc = query_qc.to(dtype), key_kc.to(dtype)
    probs_htq = attention_probabilities(query_qc, key_kc, HEADS, None, keep_heads=True)
    assert probs_htq.dtype == torch.float32
    np.testing.assert_allclose(probs_htq.numpy(), naive(query_qc, key_kc), atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_autocast_does_not_reach_it(query_qc: torch.Tensor, key_kc: torch.Tensor, dtype: torch.dtype) -> None:
    plain = attention_probabilities(query_qc, key_kc, HEADS, None)
    with torch.autocast("cpu", dtype=dtype):
        assert (query_qc @ key_kc.T).dtype == dtype, "autocast is on"
        assert torch.equal(attention_probabilities(query_qc, key_kc, HEADS, None), plain)


def test_logits_beyond_half_precision_do_not_overflow() -> None:
    query_qc = torch.full((2, 8), 250.0, dtype=torch.float16)
    key_kc = torch.stack([torch.full((8,), 250.0), torch.full((8,), -250.0)]).half()
    probs_htq = attention_probabilities(query_qc, key_kc, 1, None)
    assert probs_htq[0].tolist() == [[1.0, 1.0], [0.0, 0.0]]


def test_a_device_without_autocast_works() -> None:
    # meta cannot be autocast on, as mps could not before torch 2.5
    with pytest.raises(RuntimeError):
        torch.autocast(device_type="meta", enabled=False)
    empty = torch.empty(NUM_QUERIES, HEADS * HEAD_DIM, device="meta")
    assert attention_probabilities(empty, empty, HEADS, (0, 3)).shape == (1, 2, NUM_QUERIES)


def test_no_gradient_is_recorded(query_qc: torch.Tensor, key_kc: torch.Tensor) -> None:
    assert not attention_probabilities(query_qc.requires_grad_(), key_kc, HEADS, None).requires_grad


@pytest.mark.parametrize("slice_bytes", [1, 64 << 20])
def test_the_mean_over_queries_equals_the_naive_one(
    query_qc: torch.Tensor, key_kc: torch.Tensor, slice_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(probabilities._SLICE_BYTES, "cpu", slice_bytes)
    mean_hk = mean_attention(query_qc, key_kc, HEADS)
    np.testing.assert_allclose(mean_hk.numpy(), naive(query_qc, key_kc).mean(2), atol=1e-6)
