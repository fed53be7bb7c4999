"""Conversion of image files to 8 bits per channel, or refusal with a reason."""

import numpy as np
from PIL import Image

# The formats that may hold 16-bit grey, and the modes of Pillow that can be converted to 8 bits.
WIDE_GREY = {"PNG", "PPM"}  # whose 16 bits Pillow opens as 32-bit whole numbers up to 65,535
COLOURS = {"1", "L", "P", "RGB", "CMYK", "YCbCr", "LAB", "HSV"}


def eight_bits(image: Image.Image, mode: str) -> Image.Image:
    """The image in `mode`, which is "L" (grey) or "RGB".

    Grey values v of 16 bits become v/257, rounded. Pillow itself reduces 16-bit colour to its upper
    8 bits when it reads a file. Grey becomes colour with three equal channels. Colour becomes grey
    with Pillow's weights (ITU-R 601-2). CMYK is converted without a colour profile. ValueError is
    raised, with the reason, for several frames, transparent pixels, 32-bit integers and floating
    point.
    """
    frames = getattr(image, "n_frames", 1)
    if frames != 1:
        raise ValueError(f"{frames} frames instead of 1")
    image.load()
    if image.mode.startswith("I"):
        return _from_sixteen_bits(image).convert(mode)
    plain = _without_alpha(image)
    if plain.mode not in COLOURS:
        raise ValueError(f"mode {image.mode}, which has no form of 8 bits")
    return plain if plain.mode == mode else plain.convert(mode)


def _from_sixteen_bits(image: Image.Image) -> Image.Image:
    values = np.asarray(image)
    if image.mode == "I" and image.format not in WIDE_GREY:
        raise ValueError(f"mode I, whole numbers of 32 bits in a {image.format}")
    if "transparency" in image.info:
        raise ValueError(f"mode {image.mode} with a transparent value")
    wide = values.astype(np.uint32)
    return Image.fromarray(((wide + 128) // 257).astype(np.uint8))


def _without_alpha(image: Image.Image) -> Image.Image:
    """The image without its alpha channel; raises ValueError unless all pixels are opaque."""
    if not image.has_transparency_data:
        return image
    seen = image.convert("RGBA")
    alpha = seen.getchannel("A").getextrema()
    if alpha != (255, 255):
        raise ValueError(f"mode {image.mode} with transparent pixels")
    return seen.convert("RGB")
