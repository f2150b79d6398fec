from __future__ import annotations

import pytest

from vxa.app.editing.sharing import share_out, share_out_pairs, share_out_to_all
from vxa.core.errors import SelectionError
from vxa.engine.host import Host


def test_each_prompt_gets_the_words_it_has(host: Host) -> None:
    tables = [host.tokenize(prompt)[0] for prompt in ("a cat on a mat", "a dog on a mat")]
    assert share_out(["cat", "Dog", "a mat"], tables) == [("cat", "a mat"), ("Dog", "a mat")]
    assert share_out_pairs((("cat", 1), ("mat", 2)), tables) == [(("cat", 1), ("mat", 2)), (("mat", 2),)]
    assert share_out_to_all(["cat", "dog", "mat"], tables, "words") == ("cat, mat", "dog, mat")
    with pytest.raises(SelectionError, match="a word of the prompt; got 'cow'"):
        share_out(["cow"], tables)
    with pytest.raises(
        SelectionError, match=r"none of cat in “a dog on a mat”\. Add one of its words: a, dog, on, mat"
    ):
        share_out_to_all(["cat"], tables, "words")
