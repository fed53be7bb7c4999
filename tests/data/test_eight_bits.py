"""Image files of every mode: decoded as what they show, or refused by name."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from dltheory.data import ImageFolderData
from dltheory.errors import DataError
from tests.data.conftest import write_image

GREY = ImageFolderData(name="shades", size=2, classes=2, normalised=False, mean=(0.5,), std=(1.0,))
COLOUR = ImageFolderData(name="shades", size=2, classes=2, normalised=False)


@pytest.fixture
def root(tmp_path):
    """Two classes of one black image each, of which a test replaces the first."""
    for part in ("train", "test"):
        for name in ("a", "b"):
            write_image(tmp_path / "shades" / part / name / "0.png", 0, size=2)
    return tmp_path


def place(root, suffix):
    (root / "shades" / "train" / "a" / "0.png").unlink()
    return root / "shades" / "train" / "a" / f"first.{suffix}"


def shades(spec, root):
    """The pixels of the first training image, row by row; one list a channel."""
    train = spec.load(root, cache=root / "cache").train
    return (train.images[0].flatten(1) * 255).round().long().tolist()


def png(path, *, depth, colour, rows):
    """A PNG of 2×2 pixels with these bytes in each row: no library writes all of them."""

    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", 2, 2, depth, colour, 0, 0, 0)
    lines = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + parts)


WIDE = [[0, 257], [32896, 65535]]
NARROW = [0, 1, 128, 255]


@pytest.mark.parametrize("spec", [GREY, COLOUR], ids=["grey", "colour"])
def test_grey_of_sixteen_bits_is_scaled_to_eight(spec, root):
    png(place(root, "png"), depth=16, colour=0, rows=[struct.pack(">2H", *row) for row in WIDE])

    assert shades(spec, root) == [NARROW] * spec.shape[0]


@pytest.mark.parametrize("suffix", ["tiff", "pgm"])
def test_other_files_of_sixteen_bits_are_scaled_too(suffix, root):
    path = place(root, suffix)
    if suffix == "pgm":
        path.write_bytes(b"P5 2 2 65535\n" + struct.pack(">4H", 0, 257, 32896, 65535))
    else:
        Image.fromarray(np.array(WIDE, dtype=np.uint16)).save(path)

    assert shades(GREY, root) == [NARROW]


def test_sixteen_bits_are_rounded_to_the_nearest_of_eight(root):
    path = place(root, "png")
    png(path, depth=16, colour=0, rows=[struct.pack(">2H", 128, 129), struct.pack(">2H", 385, 386)])

    assert shades(GREY, root) == [[0, 1, 1, 2]]


def test_colour_of_sixteen_bits_keeps_its_upper_eight(root):
    rows = [struct.pack(">6H", *(v for v in row for _ in range(3))) for row in WIDE]
    png(place(root, "png"), depth=16, colour=2, rows=rows)

    assert shades(COLOUR, root) == [NARROW] * 3


def test_one_bit_is_black_and_white(root):
    image = Image.new("1", (2, 2))
    image.putpixel((1, 0), 1)
    image.save(place(root, "png"))

    assert shades(COLOUR, root) == [[0, 255, 0, 0]] * 3


def test_a_palette_gives_its_colours(root):
    image = Image.new("P", (2, 2))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 1), 1)
    image.save(place(root, "png"))

    assert shades(COLOUR, root) == [[10, 10, 10, 40], [20, 20, 20, 50], [30, 30, 30, 60]]


def test_four_inks_become_three_colours(root):
    Image.new("CMYK", (2, 2), (255, 0, 0, 0)).save(place(root, "tiff"))

    assert shades(COLOUR, root) == [[0] * 4, [255] * 4, [255] * 4]


@pytest.mark.parametrize(("mode", "colour"), [("RGBA", (9, 9, 9, 255)), ("LA", (9, 255))])
def test_an_alpha_channel_that_hides_nothing_is_left_away(mode, colour, root):
    Image.new(mode, (2, 2), colour).save(place(root, "png"))

    assert shades(COLOUR, root) == [[9] * 4] * 3


def transparent_palette(path):
    image = Image.new("P", (2, 2))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.save(path, transparency=0)


def two_frames(path):
    first, second = Image.new("RGB", (2, 2)), Image.new("RGB", (2, 2), (9, 9, 9))
    first.save(path, save_all=True, append_images=[second])


REFUSED = {
    "first.png .*mode RGBA with transparent pixels": (
        "png",
        Image.new("RGBA", (2, 2), (9, 9, 9, 254)).save,
    ),
    "first.png .*mode LA with transparent pixels": ("png", Image.new("LA", (2, 2), (9, 0)).save),
    "first.png .*mode P with transparent pixels": ("png", transparent_palette),
    "first.tiff .*mode F, which has no form of 8 bits": ("tiff", Image.new("F", (2, 2)).save),
    "first.tiff .*mode I, whole numbers of 32 bits in a TIFF": (
        "tiff",
        Image.new("I", (2, 2)).save,
    ),
    "first.png .*2 frames instead of 1": ("png", two_frames),
    "first.tiff .*2 frames instead of 1": ("tiff", two_frames),
    "first.webp .*2 frames instead of 1": ("webp", two_frames),
}


@pytest.mark.parametrize("message", REFUSED)
@pytest.mark.parametrize("spec", [GREY, COLOUR], ids=["grey", "colour"])
def test_what_has_no_form_of_eight_bits_is_refused_by_name(spec, message, root):
    suffix, write = REFUSED[message]
    write(place(root, suffix))

    with pytest.raises(DataError, match=message):
        shades(spec, root)
