from __future__ import annotations

import json

import pytest

from vxa.app.editing.token_pairs import pair_tokens
from vxa.core.errors import AlignmentError
from vxa.engine.host import Host


def states(host: Host, source: str, target: str, kind: str = "auto") -> tuple[str, str, str]:
    found = pair_tokens(host.tokenize(source)[0], host.tokenize(target)[0], kind)
    sides = [" ".join(f"{token.text}:{state}" for token, state in side) for side in (found.source, found.target)]
    return found.kind, *sides


def test_the_kind_is_suggested_and_every_token_has_a_state(host: Host) -> None:
    assert states(host, "a red hat", "a blue hat") == (
        "replace", "a:kept red:swapped hat:kept", "a:kept blue:swapped hat:kept",
    )  # fmt: skip
    assert states(host, "a hat", "a red hat") == ("refine", "a:kept hat:kept", "a:kept red:new hat:kept")
    assert states(host, "a red hat", "a hat")[1] == "a:kept red:dropped hat:kept"
    assert states(host, "a hat", "a hat") == ("reweight", "a:kept hat:kept", "a:kept hat:kept")
    assert states(host, "a cat here", "a big dog here", "cac")[2] == "a:kept big:new dog:new here:kept"


def test_a_word_of_more_tokens_shares_out_what_it_takes_over(host: Host) -> None:
    found = pair_tokens(host.tokenize("a cat sits")[0], host.tokenize("a dinosaur sits")[0]).to_json()
    assert [link for link in found["links"] if link[0] == 2] == [[2, 2, 0.5], [2, 3, 0.5]]
    assert [token["state"] for token in found["target"]] == ["kept", *["swapped"] * 2, "kept"]
    assert json.loads(json.dumps(found)) == found


def test_replacing_unequal_numbers_of_words_offers_to_refine(host: Host) -> None:
    with pytest.raises(AlignmentError, match=r"got 3 and 2\. Use refine"):
        states(host, "a hat", "a red hat", "replace")
