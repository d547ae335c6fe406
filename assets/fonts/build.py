# SPDX-License-Identifier: Apache-2.0
"""Builds yuexin.ttf, the one face of the screens and of the printed sheets.

Called by build.sh. Steps: collect the characters, draw each from the first source
that has it, turn cubic outlines into quadratic ones, write a plain TrueType font
with no hinting and no layout tables.
"""

import bz2
import os
import re
import sys
import unicodedata

from fontTools.fontBuilder import FontBuilder
from fontTools.misc.roundTools import otRound
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

UNIHAN = "/usr/share/unicode/Unihan_OtherMappings.txt.bz2"
REGIONS = "../regions/regions-guangdong.csv"
NOTO = "/usr/share/fonts/truetype/noto/"

# In order of preference. Face 2 of the collection is the mainland (SC) one.
SOURCES = [
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    (NOTO + "NotoSans-Regular.ttf", -1),
    (NOTO + "NotoSansSymbols2-Regular.ttf", -1),
    (NOTO + "NotoSansSymbols-Regular.ttf", -1),
    (NOTO + "NotoSansMath-Regular.ttf", -1),
]

FAMILY = "Yuexin Sans"
VERSION = "1.0"
UNITS = 1000  # units per em, of every source
# Greatest distance, in units, between the cubic and the quadratic outline: 1/1000 em
# is 0.02 mm in the largest type on a plate and 0.06 of a pixel at 64 px.
MAX_ERROR = 1.0
# The PDF writer reads only the first plane, so each character beyond it has a second
# code point here. fonts.go repeats this number.
ALIAS_FIRST = 0xE000

SYMBOLS = (
    "¥€£©®™°±×÷·•…‥‰′″§¶†‡–—―‘’“”‹›«»"
    "←↑→↓↔↕↖↗↘↙↻⟳⇄⇒⇔➜"
    "✓✔✕✖✗☐☑●○◎◉◆◇■□▪▫▲△▼▽►◄▶◀▸▾▴◂★☆"
    "⓪①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳㊣㈠㈡㈢㈣㈤㈥㈦㈧㈨㈩"
    "⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉½¼¾⅓⅔"
    "≈≠≤≥≡∞√∑∏∈∩∪∠⊥∥∴∵−∙⋮⋯"
    "℃℉№℡ℓΩμπ㎎㎏㎜㎝㎞㎡㎥㏄"
    "☎☏✉✎⚑⚠ℹ⌫⏎⇧⌨☰♀♂※"
    "─│┌┐└┘├┤┬┴┼━┃"
)
PINYIN = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüêếềńňǹḿɑɡĀÁǍÀĒÉĚÈĪÍǏÌŌÓǑÒŪÚǓÙǕǗǙǛÜÊŃŇǸ"
SPACES = "\u00a0\u2002\u2003\u2009\u200b\u202f\u3000"

# Characters in no source, put together from parts of other characters:
# (donor, contour numbers, x scale, x shift).
COMPOSED = {
    # 輋𣒍村 in Wuhua county: 木 and 亻 of 柎, 可 of 啊.
    "\U0002348d": [("柎", [3], 0.97, 0), ("柎", [2], 0.92, 10), ("啊", [3, 4, 5], 1, 0)],
}


def standard_characters():
    """The 8,105 characters of 通用规范汉字表 (2013) in its order: Unihan kTGH."""
    table = {}
    with bz2.open(UNIHAN, "rt", encoding="utf-8") as lines:
        for line in lines:
            match = re.match(r"U\+([0-9A-F]+)\tkTGH\t2013:(\d+)\s*$", line)
            if match:
                table[int(match[2])] = chr(int(match[1], 16))
    if sorted(table) != list(range(1, 8106)):
        sys.exit("build.py: %s holds %d of the 8105 standard characters" % (UNIHAN, len(table)))
    return [table[n] for n in sorted(table)]


def gb2312():
    """Everything in GB/T 2312: older forms of names, Greek, Cyrillic, kana, rules."""
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                yield bytes([high, low]).decode("gb2312")
            except UnicodeDecodeError:
                pass


def big5_frequent():
    """Level 1 of Big5: names of compatriots and elders written in traditional forms."""
    for high in range(0xA4, 0xC7):
        for low in [*range(0x40, 0x7F), *range(0xA1, 0xFF)]:
            if (high, low) > (0xC6, 0x7E):
                return
            yield bytes([high, low]).decode("big5")


def wanted(standard):
    """Splits the characters into those that must be there and those that are welcome."""
    with open(REGIONS, encoding="utf-8") as f:
        regions = f.read()
    must = set(standard) | set(regions) | set(SYMBOLS) | set(PINYIN) | set(SPACES)
    must |= {chr(c) for c in range(0x20, 0x7F)} | {chr(c) for c in range(0xA0, 0x100)}
    must |= {chr(c) for c in range(0xFF01, 0xFF5F)} | set("￠￡￢￣￤￥")
    must |= set(gb2312()) | set(big5_frequent())
    must = {c for c in must if unicodedata.category(c) != "Cc"}
    welcome = {chr(c) for c in range(0x3000, 0x3040)} | {chr(c) for c in range(0x2E80, 0x2FE0)}
    return must, welcome - must


class Source:
    """One font to take outlines from."""

    def __init__(self, path, number):
        self.font = TTFont(path, fontNumber=number)
        self.cmap = self.font.getBestCmap()
        self.glyphs = self.font.getGlyphSet()
        if self.font["head"].unitsPerEm != UNITS:
            sys.exit("build.py: %s has %d units" % (path, self.font["head"].unitsPerEm))

    def has(self, char):
        return ord(char) in self.cmap

    def record(self, char):
        pen = DecomposingRecordingPen(self.glyphs)
        self.glyphs[self.cmap[ord(char)]].draw(pen)
        return pen.value, otRound(self.glyphs[self.cmap[ord(char)]].width)


def compose(char, source):
    """Draws a character of COMPOSED; its advance is that of the last donor."""
    drawn, advance = [], 0
    for donor, numbers, scale, shift in COMPOSED[char]:
        operations, advance = source.record(donor)
        contours, current = [], []
        for operation in operations:
            current.append(operation)
            if operation[0] in ("closePath", "endPath"):
                contours.append(current)
                current = []
        pen = DecomposingRecordingPen({})
        moved = TransformPen(pen, (scale, 0, 0, 1, shift, 0))
        for number in numbers:
            for name, arguments in contours[number]:
                getattr(moved, name)(*arguments)
        drawn += pen.value
    return drawn, advance


def outline(operations, cubic):
    """The TrueType glyph of a drawing; cubic outlines run the other way round."""
    pen = TTGlyphPen(None)
    target = Cu2QuPen(pen, MAX_ERROR, reverse_direction=cubic) if cubic else pen
    for name, arguments in operations:
        getattr(target, name)(*arguments)
    return pen.glyph()


def draw(char, sources):
    """The glyph of a character and its advance, or None if no source has it."""
    if char in COMPOSED:
        operations, advance = compose(char, sources[0])
        return outline(operations, True), advance
    for source in sources:
        if source.has(char):
            operations, advance = source.record(char)
            return outline(operations, "CFF " in source.font), advance
    return None


def collect(sources, must, welcome):
    """Glyphs, advances and the character map, in code point order."""
    glyphs, metrics, cmap = {}, {}, {}
    blank = TTGlyphPen(None)
    for x0, y0, x1, y1 in ((80, -60, 920, 820), (140, 0, 860, 760)):
        corners = [(x0, y0), (x0, y1), (x1, y1), (x1, y0)]
        blank.moveTo(corners[0])
        for corner in corners[1:] if x0 == 80 else []:
            blank.lineTo(corner)
        if x0 != 80:
            for corner in reversed(corners[1:]):
                blank.lineTo(corner)
        blank.closePath()
    glyphs[".notdef"], metrics[".notdef"] = blank.glyph(), 1000

    absent = []
    for char in sorted(must | welcome):
        drawn = draw(char, sources)
        if drawn is None:
            if char in must:
                absent.append("U+%04X" % ord(char))
            continue
        name = "u%04X" % ord(char)
        glyphs[name], metrics[name], cmap[ord(char)] = drawn[0], drawn[1], name
    if absent:
        sys.exit("build.py: no source has " + " ".join(absent))

    beyond = [code for code in sorted(cmap) if code > 0xFFFF]
    for index, code in enumerate(beyond):
        cmap[ALIAS_FIRST + index] = cmap[code]
    return glyphs, metrics, cmap


def build(sources, glyphs, metrics, cmap):
    """Puts the tables together. Line metrics are those of the Noto CJK source."""
    builder = FontBuilder(UNITS, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap(cmap)
    builder.setupGlyf(glyphs)
    table = builder.font["glyf"]
    builder.setupHorizontalMetrics(
        {name: (metrics[name], getattr(table[name], "xMin", 0) or 0) for name in glyphs})
    builder.setupHorizontalHeader(ascent=1160, descent=-288)
    builder.setupOS2(
        sTypoAscender=880, sTypoDescender=-120, sTypoLineGap=0, usWinAscent=1160,
        usWinDescent=288, sxHeight=543, sCapHeight=733, fsType=0, usWeightClass=400,
        ulCodePageRange1=(1 << 0) | (1 << 18), achVendID="NONE")
    builder.setupPost(keepGlyphNames=False)
    builder.setupNameTable(names(sources), mac=False)
    builder.updateHead(fontRevision=float(VERSION))
    stamp = int(os.environ["SOURCE_DATE_EPOCH"]) + 2082844800
    builder.font["head"].created = builder.font["head"].modified = stamp
    builder.font.recalcTimestamp = False
    return builder.font


def names(sources):
    original = lambda source: source.font["name"].getDebugName(0)
    copyrights = dict.fromkeys(original(source) for source in sources)
    return {
        "copyright": "; ".join(copyrights) + ". Modified as " + FAMILY + ".",
        "familyName": FAMILY,
        "styleName": "Regular",
        "uniqueFontIdentifier": "YuexinSans-Regular;" + VERSION,
        "fullName": FAMILY + " Regular",
        "version": "Version " + VERSION,
        "psName": "YuexinSans-Regular",
        "licenseDescription": "This Font Software is licensed under the SIL Open Font License, Version 1.1.",
        "licenseInfoURL": "https://openfontlicense.org",
    }


def main():
    standard = standard_characters()
    with open("characters.txt", "w", encoding="utf-8") as f:
        for start in range(0, len(standard), 50):
            f.write("".join(standard[start:start + 50]) + "\n")

    sources = [Source(path, number) for path, number in SOURCES]
    must, welcome = wanted(standard)
    glyphs, metrics, cmap = collect(sources, must, welcome)
    build(sources, glyphs, metrics, cmap).save("yuexin.ttf")
    print("yuexin.ttf: %d glyphs, %d code points, %d bytes"
          % (len(glyphs), len(cmap), os.path.getsize("yuexin.ttf")))


if __name__ == "__main__":
    main()
