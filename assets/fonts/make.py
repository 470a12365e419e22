"""Make `plates.ttf.xz` from a TrueType font of the npm package named in `SOURCE.toml`.

    python assets/fonts/make.py NotoSansSC_500Medium.ttf

All characters are kept. What a plate does not use is left out: positioning, substitution,
vertical writing and hinting. The digests that it prints belong in `SOURCE.toml`.
"""  # noqa: INP001 - a script beside its data, not a package

import hashlib
import io
import lzma
import sys
from pathlib import Path

from fontTools import subset

OUTPUT = Path(__file__).with_name("plates.ttf.xz")
LEFT_OUT = ("BASE", "DSIG", "GDEF", "GPOS", "GSUB", "STAT", "VORG", "vhea", "vmtx")
NAMES = (0, 1, 2, 3, 4, 5, 6, 13, 14)
"""Kept entries of the name table: copyright, names, version, licence and its address."""


def strip(path: Path) -> bytes:
    """The font with every character it maps, and only the tables that drawing needs."""
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.glyph_names = False
    options.notdef_outline = True
    options.recalc_timestamp = False
    options.name_IDs = list(NAMES)
    options.drop_tables += list(LEFT_OUT)
    font = subset.load_font(str(path), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=font.getBestCmap())
    subsetter.subset(font)
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


def main() -> None:
    """Write the font and print digests and sizes."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the script and one path
        sys.exit(__doc__)
    source = Path(sys.argv[1])
    plain = strip(source)
    packed = lzma.compress(plain, preset=9 | lzma.PRESET_EXTREME)
    OUTPUT.write_bytes(packed)
    for name, data in (("input", source.read_bytes()), ("ttf", plain), ("xz", packed)):
        print(name, len(data), hashlib.sha256(data).hexdigest())  # noqa: T201 - its result


if __name__ == "__main__":
    main()
