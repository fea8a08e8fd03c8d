"""Metadata survive colorizing: EXIF in any script, IPTC, XMP, texts and resolution."""

import io
import struct
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from typing import Literal

import numpy as np
import pytest
import tifffile
from PIL import ExifTags, Image, PngImagePlugin

from colorizer.imaging import OUTPUT_FORMATS, Picture, SaveOptions, decode_image, encode_image, metadata
from colorizer.imaging.provenance import Provenance
from tests.factories import file_bytes, smooth

PIXELS = smooth(1, 30, 50)
SOURCE = Provenance("photo", datetime(2026, 1, 2, tzinfo=UTC))
CAPTION, ARTIST = "Der Müllplatz, 東京", "José Núñez"
IPTC = b"\x1c\x02\x78" + struct.pack(">H", len(CAPTION.encode())) + CAPTION.encode()
XMP = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
 xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:own="http://example.org/archive/" xmp:Rating="4" tiff:Orientation="6" exif:GPSLatitude="52,31N"
 xmp:CreatorTool="Scanner" own:Box="12">
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{CAPTION}</rdf:li></rdf:Alt></dc:description>
<dc:subject><rdf:Bag><rdf:li>sheep</rdf:li></rdf:Bag></dc:subject>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>""".encode()


def jpeg_with_metadata() -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = CAPTION.encode()
    exif[ExifTags.Base.Artist] = ARTIST.encode()
    exif[ExifTags.Base.Orientation] = 6
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.ExifImageWidth], details[ExifTags.Base.ExifImageHeight] = 50, 30
    details[ExifTags.Base.DateTimeOriginal] = "1938:05:01 12:00:00"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 0.0)
    data = file_bytes(PIXELS, "JPEG", exif=exif.tobytes(), xmp=XMP, comment=b"a comment", dpi=(300, 300))
    return data[:2] + metadata.photoshop_segment(IPTC) + data[2:]


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def written_exif(data: bytes) -> Image.Exif:
    return opened(data).getexif()


def utf8(value: str) -> str:
    """Return a text that Pillow decoded as Latin-1 as it was meant."""
    return value.encode("latin-1").decode()


@pytest.mark.parametrize("file_format", OUTPUT_FORMATS)
@pytest.mark.parametrize("is_deep", [False, True])
def test_metadata_survive(file_format: str, is_deep: bool) -> None:
    picture = decode_image(jpeg_with_metadata(), "old.jpg")
    assert picture.notes == ()
    if is_deep:
        picture = picture.with_pixels(picture.pixels.astype(np.uint16) * 257)
    data = encode_image(picture, SaveOptions(file_format), SOURCE)
    exif = written_exif(data)
    assert utf8(exif[ExifTags.Base.ImageDescription]) == f"{CAPTION} ({SOURCE.sentence})"
    assert utf8(exif[ExifTags.Base.Artist]) == ARTIST
    details = exif.get_ifd(ExifTags.IFD.Exif)
    assert (details[ExifTags.Base.ExifImageWidth], details[ExifTags.Base.ExifImageHeight]) == (30, 50)
    assert details[ExifTags.Base.DateTimeOriginal] == "1938:05:01 12:00:00"
    again = decode_image(data, "result")
    assert again.size == (30, 50)
    assert again.iptc == (b"" if file_format == "webp" else IPTC)
    packet = again.xmp.decode()
    for kept in (CAPTION, SOURCE.sentence, "sheep", 'Rating="4"', ':Box="12"', "compositeWithTrainedAlgorithmicMedia"):
        assert kept in packet
    for dropped in ("Orientation", "GPSLatitude", "Scanner"):
        assert dropped not in packet
    assert packet.count("CreatorTool") == 1
    if file_format in ("png", "jpeg"):
        assert again.texts["Comment"] == "a comment"
    if file_format != "webp":
        assert again.dpi == pytest.approx((300, 300), abs=0.1)


def test_gps_in_xmp_is_kept_if_asked_for() -> None:
    data = encode_image(decode_image(jpeg_with_metadata()), SaveOptions("png", keep_gps=True), SOURCE)
    assert "GPSLatitude" in decode_image(data).xmp.decode()
    assert ExifTags.GPS.GPSLatitude in written_exif(data).get_ifd(ExifTags.IFD.GPSInfo)


def test_iptc_of_png_and_tiff_is_read() -> None:
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("Raw profile type iptc", metadata.raw_profile(IPTC))
    assert decode_image(file_bytes(PIXELS, pnginfo=chunks)).iptc == IPTC
    numbers = IPTC + bytes(-len(IPTC) % 4)
    for kind, count, value in (
        (1, len(IPTC), IPTC),
        (4, len(numbers) // 4, struct.unpack(f"<{len(numbers) // 4}I", numbers)),
    ):
        for dtype in (np.uint8, np.uint16):
            buffer = io.BytesIO()
            tifffile.imwrite(
                buffer, PIXELS[..., 0].astype(dtype), metadata=None, extratags=[(33723, kind, count, value, True)]
            )
            assert decode_image(buffer.getvalue()).iptc.rstrip(b"\0") == IPTC


@pytest.mark.parametrize(
    "packet", [b"", b"<no xml", b"<a/>", XMP.replace(b"</rdf:RDF>", b""),
               XMP.replace(b"<x:xmpmeta", b'<!DOCTYPE a [<!ENTITY b "c">]><x:xmpmeta')]
)  # fmt: skip
def test_unusable_xmp_is_replaced(packet: bytes) -> None:
    data = encode_image(decode_image(file_bytes(PIXELS, "JPEG", xmp=packet)), SaveOptions(), SOURCE)
    root = ET.fromstring(opened(data).info["xmp"].strip())
    assert SOURCE.sentence in "".join(root.itertext())


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_tiff_without_resolution_gets_none(dtype: type) -> None:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, PIXELS[..., 0].astype(dtype), metadata=None)
    picture = decode_image(buffer.getvalue())
    assert picture.dpi is None
    result = encode_image(picture.with_pixels(PIXELS.astype(dtype)), SaveOptions("tiff"), SOURCE)
    page = tifffile.TiffFile(io.BytesIO(result)).pages[0]
    assert isinstance(page, tifffile.TiffPage)
    assert 282 not in page.tags
    assert np.array_equal(page.asarray(), PIXELS.astype(dtype))


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_texts_of_bigtiff_are_read(byteorder: Literal["<", ">"], dtype: type) -> None:
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer, PIXELS[..., 0].astype(dtype), metadata=None, description=CAPTION.encode(), byteorder=byteorder,
        bigtiff=True, extratags=[(315, 2, 0, ARTIST.encode(), True)],
    )  # fmt: skip
    exif = Image.Exif()
    exif.load(decode_image(buffer.getvalue()).exif)
    assert utf8(exif[ExifTags.Base.ImageDescription]) == CAPTION
    assert utf8(exif[ExifTags.Base.Artist]) == ARTIST


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_tiff_resolution_per_centimeter(dtype: type) -> None:
    buffer = io.BytesIO()
    gray: np.ndarray = PIXELS[..., 0].astype(dtype)
    tifffile.imwrite(buffer, gray, metadata=None, resolution=(118.11, 118.11), resolutionunit="CENTIMETER")
    assert decode_image(buffer.getvalue()).dpi == pytest.approx((300, 300), abs=0.1)


def test_losses_are_named() -> None:
    deep = Picture(PIXELS, alpha=PIXELS[..., 0], gray16=PIXELS[..., 0].astype(np.uint16), iptc=IPTC, name="a.tif",
                   texts={"Comment": "good", "Title": "Sheep"})  # fmt: skip
    for file_format, words in (
        ("jpeg", ("16 bits", "transparent", "Title")),
        ("webp", ("16 bits", "Title", "IPTC")),
        ("tiff", ("Title",)),
        ("png", ()),
    ):
        losses = SaveOptions(file_format).losses(deep)
        assert len(losses) == len(words)
        assert all(word in loss for word, loss in zip(words, losses, strict=True))


def test_16_bits_with_alpha_are_written() -> None:
    levels = np.repeat(np.linspace(0, 65535, 1500, dtype=np.uint16).reshape(30, 50, 1), 3, -1)
    for file_format in ("png", "tiff"):
        picture = Picture(levels, alpha=PIXELS[..., 0])
        again = decode_image(encode_image(picture, SaveOptions(file_format)))
        assert again.gray16 is not None
        assert np.abs(again.gray16.astype(int) - levels[..., 0]).max() <= 1
        assert again.alpha is not None
        assert np.array_equal(again.alpha, PIXELS[..., 0])
