from __future__ import annotations

from vxa.webui.notice import build_notice


def test_the_reason_is_shown_and_not_run() -> None:
    blocks = build_notice(ValueError("<script>alert(1)</script>"))
    text = " ".join(str(getattr(block, "value", "")) for block in blocks.blocks.values())
    assert "ValueError: &lt;script&gt;" in text and "<script>" not in text
