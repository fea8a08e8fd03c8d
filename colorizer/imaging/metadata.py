"""Metadata that a result keeps of its original: EXIF, XMP, IPTC and texts."""

import base64
import struct
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

from PIL import ExifTags, Image

from colorizer.imaging.provenance import SOURCE_TYPE, Provenance

_EXIF_TAGS = [
    getattr(ExifTags.Base, name)
    for name in (
        "DocumentName", "ImageDescription", "Make", "Model", "Software", "DateTime", "Artist", "Copyright",
        "Rating", "XPTitle", "XPComment", "XPAuthor", "XPKeywords", "XPSubject",
    )
]  # fmt: skip
_IPTC_RESOURCE = 0x0404
MAX_EXIF_BYTES = 2**20
"""Longer EXIF is dropped: no camera writes as much, and decoding it takes seconds."""
_MAX_XMP_BYTES = 2**20
_MAX_TEXT_BYTES = 2**16
_NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
}
for _prefix, _uri in _NAMESPACES.items():
    ET.register_namespace(_prefix, _uri)
_OUTDATED = {
    "tiff": ("Orientation", "ImageWidth", "ImageLength", "BitsPerSample", "PhotometricInterpretation",
             "SamplesPerPixel", "Compression", "PlanarConfiguration"),
    "exif": ("PixelXDimension", "PixelYDimension", "ColorSpace"),
    "xmp": ("Thumbnails", "CreatorTool", "MetadataDate"),
    "photoshop": ("ColorMode", "ICCProfile"),
    "Iptc4xmpExt": ("DigitalSourceType",),
}  # fmt: skip
"""XMP properties that are no longer true of a result, or that it sets anew."""


def clean_exif(source: Image.Exif) -> bytes:
    """Return the EXIF of author, camera, exposure and GPS position, without orientation and thumbnail."""
    try:
        kept = Image.Exif()
        # Only these tags: others of a TIFF file describe how its pixels were stored.
        for tag in _EXIF_TAGS:
            if tag in source:
                kept[tag] = _raw(source[tag])
        for block in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
            if values := source.get_ifd(block):
                kept.get_ifd(block).update({tag: _raw(value) for tag, value in values.items()})
                kept[block] = kept.get_ifd(block)
        return kept.tobytes() if len(kept) else b""
    except Exception:  # Broken EXIF is common, and no reason to refuse an image.
        return b""


def result_exif(exif: bytes, size: tuple[int, int], *, keep_gps: bool, provenance: Provenance | None) -> Image.Exif:
    """Return the EXIF of a result.

    Args:
        exif: of the original, as from `clean_exif`.
        size: width and height of the result in pixels.
        keep_gps: whether the GPS position stays.
        provenance: added to the description.
    """
    result = Image.Exif()
    if exif:
        result.load(exif)
    for tag in list(result):
        result[tag] = _raw(result[tag])
    details = result.get_ifd(ExifTags.IFD.Exif)
    for tag, value in list(details.items()):
        details[tag] = _raw(value)
    for tag, length in zip((ExifTags.Base.ExifImageWidth, ExifTags.Base.ExifImageHeight), size, strict=True):
        if tag in details:
            details[tag] = length
    if not keep_gps and ExifTags.IFD.GPSInfo in result:
        del result[ExifTags.IFD.GPSInfo]
    if provenance:
        own = _text(result.get(ExifTags.Base.ImageDescription, b"")).strip("\0 \n")
        result[ExifTags.Base.ImageDescription] = _joined(own, provenance.sentence).encode()
    return result


def _raw(value: Any) -> Any:
    """Return the bytes of a text that is not ASCII: Pillow decodes EXIF as Latin-1, and would encode it as ASCII."""
    return (
        value.encode("latin-1") if isinstance(value, str) and not value.isascii() and max(value) < "\u0100" else value
    )


def _text(value: bytes | str) -> str:
    if isinstance(value, str):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _joined(own: str, sentence: str) -> str:
    return f"{own} ({sentence})" if own else sentence


def read_xmp(info: Mapping[Any, Any]) -> bytes:
    """Return the XMP packet of an image that Pillow opened; empty if there is none, or if it is not valid."""
    packet = info.get("xmp") or info.get("XML:com.adobe.xmp") or b""
    packet = packet.encode() if isinstance(packet, str) else bytes(packet)
    return packet if _rdf(packet) is not None else b""


def _rdf(packet: bytes) -> tuple[ET.Element, ET.Element] | None:
    """Parse an XMP packet to its root and its rdf:RDF."""
    packet = packet.strip(b"\0 \r\n\t")
    # Without these, entities cannot be used to make a small packet huge.
    if not packet or len(packet) > _MAX_XMP_BYTES or b"<!DOCTYPE" in packet or b"<!ENTITY" in packet:
        return None
    try:
        root = ET.fromstring(packet)
        ET.tostring(root)
    except (ET.ParseError, ValueError, RecursionError):  # the last of elements nested thousands deep
        return None
    rdf = root if root.tag == _name("rdf", "RDF") else root.find(f".//{_name('rdf', 'RDF')}")
    return None if rdf is None else (root, rdf)


def _name(prefix: str, name: str) -> str:
    return f"{{{_NAMESPACES[prefix]}}}{name}"


def result_xmp(packet: bytes, *, keep_gps: bool, provenance: Provenance | None) -> bytes:
    """Return the XMP packet (ISO 16684-1) of a result: that of the original, with the provenance.

    Args:
        packet: of the original, may be empty.
        keep_gps: whether the GPS position stays.
        provenance: of the colors.
    """
    parsed = _rdf(packet)
    if parsed is None:
        if provenance is None:
            return b""
        root = ET.Element(_name("x", "xmpmeta"))
        rdf = ET.SubElement(root, _name("rdf", "RDF"))
    else:
        root, rdf = parsed
    outdated = {_name(prefix, name) for prefix, names in _OUTDATED.items() for name in names}
    gps = _name("exif", "GPS")
    own = ""
    for description in rdf.findall(_name("rdf", "Description")):
        for key in list(description.attrib):
            if key in outdated or (not keep_gps and key.startswith(gps)):
                del description.attrib[key]
        for child in list(description):
            if child.tag in outdated or (not keep_gps and child.tag.startswith(gps)):
                description.remove(child)
            elif provenance and child.tag == _name("dc", "description"):
                own = own or "".join(child.itertext()).strip()
                description.remove(child)
    if provenance:
        added = ET.SubElement(rdf, _name("rdf", "Description"), {_name("rdf", "about"): ""})
        added.set(_name("xmp", "CreatorTool"), "Colorizer")
        added.set(_name("xmp", "MetadataDate"), provenance.when.isoformat(timespec="seconds"))
        added.set(_name("Iptc4xmpExt", "DigitalSourceType"), SOURCE_TYPE)
        alternatives = ET.SubElement(ET.SubElement(added, _name("dc", "description")), _name("rdf", "Alt"))
        item = ET.SubElement(alternatives, _name("rdf", "li"))
        item.set("{http://www.w3.org/XML/1998/namespace}lang", "x-default")
        item.text = _joined(own, provenance.sentence)
    header = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    return f'{header}{ET.tostring(root, encoding="unicode")}<?xpacket end="w"?>'.encode()


def read_iptc(info: Mapping[Any, Any]) -> bytes:
    """Return the IPTC-IIM records (captions, keywords) of a JPEG or PNG that Pillow opened; may be empty."""
    resources, value = info.get("photoshop"), b""
    if isinstance(resources, dict):
        value = resources.get(_IPTC_RESOURCE, b"")
    elif text := info.get("Raw profile type iptc"):
        value = _from_raw_profile(text)
    return value if isinstance(value, bytes) and len(value) <= _MAX_XMP_BYTES else b""


def photoshop_segment(iptc: bytes) -> bytes:
    """Return the JPEG segment APP13 that holds IPTC records; empty if they are too long for one."""
    body = b"Photoshop 3.0\0" + _resource(iptc)
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body if iptc and len(body) < 65_000 else b""


def raw_profile(iptc: bytes) -> str:
    """Return IPTC records as the text chunk in which ImageMagick and ExifTool keep them in PNG files."""
    data = _resource(iptc)
    digits = data.hex()
    lines = "\n".join(digits[start : start + 72] for start in range(0, len(digits), 72))
    return f"\niptc\n{len(data):8}\n{lines}\n"


def _resource(iptc: bytes) -> bytes:
    """Wrap IPTC records in a Photoshop image resource."""
    return b"8BIM" + struct.pack(">HHI", _IPTC_RESOURCE, 0, len(iptc)) + iptc + bytes(len(iptc) % 2)


def _from_raw_profile(text: str) -> bytes:
    try:
        data = base64.b16decode("".join(text.split()[2:]).upper())
    except ValueError:
        return b""
    start = data.find(struct.pack(">H", _IPTC_RESOURCE), 4)
    if not data.startswith(b"8BIM") or start != 4:
        return data
    length = struct.unpack_from(">I", data, 8)[0]
    return data[12 : 12 + length]


def read_texts(image: Image.Image) -> dict[str, str]:
    """Return the texts of a PNG, or the comment of a JPEG, by their keywords."""
    texts = {key: str(value) for key, value in getattr(image, "text", {}).items() if "xmp" not in key.lower()}
    comment = image.info.get("comment")
    if isinstance(comment, bytes) and image.format in ("JPEG", "MPO"):
        texts = {"Comment": _text(comment)}
    texts = {key: value for key, value in texts.items() if not key.startswith("Raw profile")}
    return texts if sum(map(len, texts.values())) <= _MAX_TEXT_BYTES else {}
