from __future__ import annotations

from pathlib import Path

from PIL import Image

from vxa.tiny.curves import plot_run, read_curves


def test_curves_are_read_and_drawn(tmp_path: Path) -> None:
    lines = ["step,seconds,name,value", "10,1.0,loss,0.5", "10,1.0,psnr,20", "20,2.0,loss,0.25", "20,2.0,psnr,22"]
    (tmp_path / "vae.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert read_curves((tmp_path / "vae.csv").read_text("utf-8")) == {
        "loss": ([10, 20], [0.5, 0.25]),
        "psnr": ([10, 20], [20, 22]),
    }
    written = plot_run(tmp_path)
    assert sorted(path.name for path in written) == ["vae.loss.png", "vae.quality.png"]
    for path in written:
        with Image.open(path) as picture:
            assert picture.size == (800, 480)


def test_a_run_without_curves_has_no_pictures(tmp_path: Path) -> None:
    assert plot_run(tmp_path) == []
