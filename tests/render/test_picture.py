from __future__ import annotations

import io
import logging
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vxa.core.errors import PictureError
from vxa.render.picture import MAX_PIXELS, read_picture, rgb_array

PIXELS = np.random.default_rng(3).integers(0, 256, (5, 7, 3), dtype=np.uint8)


def reopened(image: Image.Image, file_format: str, **options: object) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)  # type: ignore[arg-type]
    buffer.seek(0)
    return Image.open(buffer)


def on_white(value: int, alpha: int) -> int:
    """Blend with white in whole numbers, rounded."""
    return (value * alpha + 255 * (255 - alpha) + 127) // 255


def test_rgb_passes_unchanged_as_an_array_of_its_own() -> None:
    image = Image.fromarray(PIXELS)
    array = rgb_array(image)
    assert array.dtype == np.uint8
    assert np.array_equal(array, PIXELS)
    array[:] = 0
    assert np.array_equal(np.asarray(image), PIXELS)


def test_alpha_is_laid_on_white() -> None:
    alphas = np.arange(256, dtype=np.uint8).reshape(16, 16)
    rgba = np.dstack([np.full((16, 16), 10, np.uint8), np.full((16, 16), 200, np.uint8), alphas, alphas])
    array = rgb_array(Image.fromarray(rgba))
    for pixel, alpha in zip(array.reshape(-1, 3), range(256), strict=True):
        assert pixel.tolist() == [on_white(10, alpha), on_white(200, alpha), on_white(alpha, alpha)]


def test_hidden_colors_of_transparent_pixels_do_not_show() -> None:
    assert rgb_array(Image.new("RGBA", (2, 2), (255, 0, 0, 0))).min() == 255
    assert rgb_array(Image.new("LA", (2, 2), (0, 0))).min() == 255


def test_grey_with_alpha() -> None:
    assert rgb_array(Image.new("LA", (1, 1), (100, 51)))[0, 0].tolist() == [on_white(100, 51)] * 3


def test_premultiplied_alpha() -> None:
    """Mode RGBa keeps 100 · 128/255 = 50: half-transparent 100 again, on white."""
    image = Image.new("RGBA", (1, 1), (100, 100, 100, 128)).convert("RGBa")
    assert abs(int(rgb_array(image)[0, 0, 0]) - on_white(100, 128)) <= 1


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_grey(file_format: str) -> None:
    grey = PIXELS[:, :, 0]
    array = rgb_array(reopened(Image.fromarray(grey), file_format))
    assert np.array_equal(array, np.repeat(grey[:, :, None], 3, axis=2))


def test_black_and_white() -> None:
    bits = PIXELS[:, :, 0] > 127
    image = reopened(Image.fromarray(bits), "PNG")
    assert image.mode == "1"
    assert np.array_equal(rgb_array(image)[:, :, 0], np.where(bits, 255, 0))


@pytest.mark.parametrize(("transparent", "expected"), [(0, [255, 255]), (1, [0, 255])])
def test_black_and_white_with_a_transparent_value(transparent: int, expected: list[int]) -> None:
    image = Image.fromarray(np.array([[False, True]]))
    image.info["transparency"] = transparent
    assert rgb_array(image)[0, :, 1].tolist() == expected


def test_palette() -> None:
    image = Image.fromarray(PIXELS).quantize(8)
    assert image.mode == "P"
    assert np.array_equal(rgb_array(reopened(image, "PNG")), np.asarray(image.convert("RGB")))


def palette_of_two() -> Image.Image:
    image = Image.new("P", (2, 1))
    image.putpalette([200, 0, 0, 0, 100, 0])
    image.putpixel((1, 0), 1)
    return image


@pytest.mark.parametrize("file_format", ["PNG", "GIF"])
def test_palette_with_a_transparent_entry(file_format: str) -> None:
    image = reopened(palette_of_two(), file_format, transparency=0)
    assert image.mode == "P"
    assert rgb_array(image).tolist() == [[[255, 255, 255], [0, 100, 0]]]


def test_palette_with_alpha_per_entry() -> None:
    image = reopened(palette_of_two(), "PNG", transparency=bytes([51, 255]))
    assert rgb_array(image).tolist() == [[[on_white(200, 51), on_white(0, 51), on_white(0, 51)], [0, 100, 0]]]


def test_rgb_with_a_transparent_color() -> None:
    image = Image.fromarray(np.uint8([[[1, 2, 3], [4, 5, 6]]]))
    array = rgb_array(reopened(image, "PNG", transparency=(1, 2, 3)))
    assert array.tolist() == [[[255, 255, 255], [4, 5, 6]]]


def test_grey_with_a_transparent_value() -> None:
    image = Image.fromarray(np.uint8([[7, 9]]))
    assert rgb_array(reopened(image, "PNG", transparency=7))[0, :, 0].tolist() == [255, 9]


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_sixteen_bits_are_divided_by_257_and_rounded(file_format: str) -> None:
    values = np.array([[0, 128, 129, 257, 32768, 65406, 65407, 65535]], dtype=np.uint16)
    image = reopened(Image.fromarray(values), file_format)
    assert image.mode in ("I;16", "I")
    expected = [round(value / 257) for value in values[0].tolist()]
    assert rgb_array(image)[0, :, 0].tolist() == expected
    assert expected == [0, 0, 1, 1, 128, 254, 255, 255]


@pytest.mark.parametrize("mode", ["I;16", "I;16L", "I;16B"])
def test_sixteen_bits_in_either_byte_order(mode: str) -> None:
    values = np.array([[0, 257, 65535]], dtype=">u2" if mode.endswith("B") else "<u2")
    image = Image.frombytes(mode, (3, 1), values.tobytes())
    assert rgb_array(image)[0, :, 0].tolist() == [0, 1, 255]


def test_sixteen_bits_with_a_transparent_value() -> None:
    image = Image.fromarray(np.array([[300, 600]], dtype=np.uint16))
    image.info["transparency"] = 300
    assert rgb_array(image)[0, :, 0].tolist() == [255, 2]


def test_32_bit_integers_beyond_sixteen_bits_are_refused() -> None:
    with pytest.raises(PictureError, match="from 0 to 65535; got values from -1 to 70000"):
        rgb_array(Image.fromarray(np.array([[-1, 70000]], dtype=np.int32)))


@pytest.mark.parametrize("mode", ["F", "LAB"])
def test_modes_of_unknown_range_are_refused(mode: str) -> None:
    with pytest.raises(PictureError, match=f"got Pillow mode {mode}. Save it as PNG or JPEG"):
        rgb_array(Image.new(mode, (2, 2)))


def test_cmyk_by_hand() -> None:
    """Full cyan ink takes all red away; no ink is white."""
    image = Image.fromarray(np.uint8([[[255, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 255]]]), "CMYK")
    assert rgb_array(image).tolist() == [[[0, 255, 255], [255, 255, 255], [0, 0, 0]]]


def test_cmyk_jpeg_is_not_inverted() -> None:
    image = reopened(Image.new("CMYK", (16, 16), (0, 0, 0, 0)), "JPEG")
    assert image.mode == "CMYK"
    assert rgb_array(image).min() >= 250


@pytest.mark.parametrize("mode", ["YCbCr", "HSV", "RGBX"])
def test_other_color_spaces(mode: str) -> None:
    image = Image.new("RGB", (2, 2), (255, 255, 255)).convert(mode)
    assert rgb_array(image).min() >= 254


# EXIF orientation: where the stored first row and first column lie in the scene; by TIFF 6.0, page 36.
UNDO = {
    1: lambda scene: scene,
    2: lambda scene: scene[:, ::-1],
    3: lambda scene: scene[::-1, ::-1],
    4: lambda scene: scene[::-1],
    5: lambda scene: scene.transpose(1, 0, 2),
    6: lambda scene: scene.transpose(1, 0, 2)[::-1],
    7: lambda scene: scene.transpose(1, 0, 2)[::-1, ::-1],
    8: lambda scene: scene.transpose(1, 0, 2)[:, ::-1],
}


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_undone(orientation: int, file_format: str) -> None:
    stored = np.ascontiguousarray(UNDO[orientation](PIXELS))
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if file_format == "WEBP" else {}
    image = reopened(Image.fromarray(stored), file_format, exif=exif.tobytes(), **options)
    assert np.array_equal(rgb_array(image), PIXELS)


def test_an_orientation_without_meaning_is_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 77
    assert np.array_equal(rgb_array(reopened(Image.fromarray(PIXELS), "PNG", exif=exif.tobytes())), PIXELS)


def test_broken_exif_is_logged_and_the_pixels_kept(caplog: pytest.LogCaptureFixture) -> None:
    image = reopened(Image.fromarray(PIXELS), "PNG")
    image.load()
    image.info["exif"] = b"Exif\x00\x00not a TIFF header"
    with caplog.at_level(logging.WARNING):
        assert np.array_equal(rgb_array(image), PIXELS)
    assert "EXIF" in caplog.text


def test_of_an_animation_the_first_frame_is_taken() -> None:
    frames = [Image.new("L", (2, 2), value) for value in (10, 20)]
    image = reopened(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert (rgb_array(image) == 10).all()


def test_the_pixel_cap_is_told_with_a_size_that_fits() -> None:
    with pytest.raises(PictureError, match=r"at most 100 pixels; got 40 × 10 = 400\. Scale it down.* 20 × 5\."):
        rgb_array(Image.new("RGB", (40, 10)), max_pixels=100)
    assert rgb_array(Image.new("RGB", (20, 5)), max_pixels=100).shape == (5, 20, 3)


def test_the_default_cap_is_checked_before_decoding(tmp_path: Path) -> None:
    """Only the header claims the size: decoding would fail or fill the memory."""
    path = tmp_path / "bomb.png"
    Image.new("1", (8, 8)).save(path)
    content = bytearray(path.read_bytes())
    content[16:24] = (5000).to_bytes(4, "big") + (4000).to_bytes(4, "big")
    header = bytes(content[12:29])
    content[29:33] = zlib.crc32(header).to_bytes(4, "big")
    path.write_bytes(bytes(content))
    with pytest.raises(PictureError, match=f"at most {MAX_PIXELS:,} pixels; got 5000 × 4000"):
        read_picture(path)
    content[16:24] = (60000).to_bytes(4, "big") + (60000).to_bytes(4, "big")
    content[29:33] = zlib.crc32(bytes(content[12:29])).to_bytes(4, "big")
    path.write_bytes(bytes(content))
    with pytest.raises(PictureError):
        read_picture(path)


@pytest.mark.parametrize("size", [(0, 3), (3, 0), (0, 0)])
def test_empty_pictures_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(PictureError, match="at least one pixel"):
        rgb_array(Image.new("RGB", size))


@pytest.mark.parametrize("wrong", [None, "picture.png", PIXELS])
def test_what_is_no_image_is_refused(wrong: object) -> None:
    with pytest.raises(PictureError, match=r"Pillow image to convert; got (nothing|str|ndarray)"):
        rgb_array(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("suffix", ["png", "bmp", "webp", "gif", "tiff"])
def test_files_are_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"picture.{suffix}"
    flat = np.full((6, 9, 3), (10, 200, 60), np.uint8)
    options = {"lossless": True} if suffix == "webp" else {}
    Image.fromarray(flat).save(path, **options)
    assert np.array_equal(read_picture(path), flat)
    assert np.array_equal(read_picture(str(path)), flat)


def test_files_that_are_no_pictures(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"no such file: .*missing\.png\. Check the path"):
        read_picture(tmp_path / "missing.png")
    with pytest.raises(PictureError, match="a folder"):
        read_picture(tmp_path)
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(PictureError, match=r"something else: .*text\.png"):
        read_picture(tmp_path / "text.png")
    (tmp_path / "empty.png").touch()
    with pytest.raises(PictureError):
        read_picture(tmp_path / "empty.png")


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_cut_off_files_are_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"picture.{suffix}"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(PictureError, match="Expected a picture"):
        read_picture(path)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow warns of broken EXIF data and goes on.
@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"])
def test_damaged_files_give_a_picture_or_a_picture_error(tmp_path: Path, file_format: str) -> None:
    """Sixty files with a few bytes overwritten: nothing but PictureError may come out."""
    rng = np.random.default_rng(0)
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, file_format)
    path = tmp_path / "damaged"
    refused = 0
    for _ in range(60):
        content = bytearray(buffer.getvalue())
        for place in rng.integers(0, min(len(content), 200), 4):
            content[place] = rng.integers(0, 256)
        path.write_bytes(bytes(content))
        try:
            assert read_picture(path).dtype == np.uint8
        except PictureError:
            refused += 1
    assert refused > 0
