"""Files that people attach: sound ones of each kind, and what could be wrong with one."""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable

from registry.embedded.scanner import EICAR

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
Parts = Iterable[tuple[str, bytes]]


def archive(parts: Parts, *, packed: bool = True) -> bytes:
    """Return a ZIP archive of the parts."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as made:
        for name, content in parts:
            made.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED)
    return written.getvalue()


def types(main: str, *more: str) -> tuple[str, bytes]:
    """Return the part of an office file that says which parts it has."""
    lines = "".join(f'<Override PartName="/p{n}.xml" ContentType="{one}"/>' for n, one in enumerate((main, *more)))
    return "[Content_Types].xml", f'<?xml version="1.0"?><Types>{lines}</Types>'.encode()


def docx(*more: tuple[str, bytes], main: str = WORD) -> bytes:
    """Return a document of Word with further parts."""
    return archive([types(main), ("word/document.xml", b"<document/>"), *more])


def xlsx(*more: tuple[str, bytes]) -> bytes:
    """Return a sheet of Excel."""
    return archive([types(SHEET), ("xl/workbook.xml", b"<workbook/>"), *more])


def odf(kind: str, *more: tuple[str, bytes], manifest: bytes = b"<manifest/>") -> bytes:
    """Return an open document of the kind: ``text``, ``spreadsheet``."""
    mimetype = f"application/vnd.oasis.opendocument.{kind}".encode()
    parts = [("mimetype", mimetype), ("META-INF/manifest.xml", manifest), ("content.xml", b"<content/>")]
    return archive([*parts, *more], packed=False)


def pdf(inside: bytes = b"", *, trailer: bytes = b"") -> bytes:
    """Return a PDF with something inside."""
    body = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R " + inside + b" >>\nendobj\n"
    body += b"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n"
    return body + b"trailer << /Root 1 0 R " + trailer + b" >>\nstartxref\n0\n%%EOF\n"


def packed_objects(content: bytes) -> bytes:
    """Return objects of a PDF that are packed into a stream."""
    packed = zlib.compress(content)
    return b">>\nendobj\n3 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Length %d >>\nstream\n%b\nendstream <<" % (
        len(packed),
        packed,
    )


def chunk(name: bytes, content: bytes) -> bytes:
    """Return a part of a PNG."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(*more: bytes, width: int = 2, height: int = 2, depth: int = 8) -> bytes:
    """Return a PNG with further parts before its points."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0))
    points = chunk(b"IDAT", zlib.compress(b"\0" * 14))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + points + chunk(b"IEND", b"")


def segment(marker: int, content: bytes) -> bytes:
    """Return a part of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def exif(orientation: int = 6, words: bytes = b"N61.4858 E21.7972") -> bytes:
    """Return what a camera notes: which way up, and where."""
    head = b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", 1)
    return segment(0xE1, head + struct.pack("<HHII", 0x0112, 3, 1, orientation) + b"\0\0\0\0" + words)


SCAN = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"points \xff\x00 \xff\xd0 more points"


def jpg(*more: bytes, width: int = 2, height: int = 2, after: bytes = b"") -> bytes:
    """Return a JPEG with further parts before its points."""
    frame = segment(0xC0, struct.pack(">BHHB", 8, height, width, 3) + b"\x01\x11\0\x02\x11\0\x03\x11\0")
    jfif = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
    return b"\xff\xd8" + jfif + b"".join(more) + frame + SCAN + b"\xff\xd9" + after


def with_flag(content: bytes, flag: int = 1) -> bytes:
    """Return an archive whose first part says that it is encrypted."""
    changed = bytearray(content)
    changed[6] |= flag
    changed[content.index(b"PK\x01\x02") + 8] |= flag
    return bytes(changed)


def with_link() -> bytes:
    """Return a document with a part that is a link to a file of the machine."""
    written = io.BytesIO(docx())
    with zipfile.ZipFile(written, "a") as made:
        link = zipfile.ZipInfo("word/link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, b"/etc/passwd")
    return written.getvalue()


def twice_named() -> bytes:
    """Return a document that names a part twice."""
    return docx(("word/DOCUMENT.xml", b"<other/>"))


def bomb(megabytes: int) -> bytes:
    """Return a document with a part that is so large when it is unpacked."""
    return docx(("word/media/large.bin", b"\0" * (megabytes * 1024 * 1024)))


def understated(content: bytes) -> bytes:
    """Return a document whose directory says that its last part is smaller than it is."""
    made = docx(("word/media/last.bin", content))
    at = made.rindex(b"PK\x01\x02")
    return made[: at + 24] + struct.pack("<I", 10) + made[at + 28 :]


def end_record(parts: int, directory: int) -> bytes:
    """Return an archive whose end says that it has so many parts and so large a directory."""
    made = docx()
    at = made.rindex(b"PK\x05\x06")
    return made[: at + 8] + struct.pack("<HHL", parts, parts, directory) + made[at + 16 :]


SOUND: dict[str, Callable[[], bytes]] = {
    "hakemus.pdf": pdf,
    "liite.docx": docx,
    "taulukko.xlsx": xlsx,
    "teksti.odt": lambda: odf("text"),
    "laskelma.ods": lambda: odf("spreadsheet"),
    "kuva.png": png,
    "kuva.jpg": jpg,
    "KUVA.JPEG": lambda: jpg(exif()),
}
EXE, HTML = b"MZ\x90\0" + b"\0" * 200, b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
LARGE = 20 * 1024 * 1024
ENTITY = b'<!DOCTYPE t [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Types>&b;</Types>'
TEMPLATE = b'<Relationships><Relationship Target="https://evil.example/t.dotm" TargetMode="External"/></Relationships>'
ENCRYPTED_ODF = b'<m:manifest xmlns:m="m"><m:encryption-data/></m:manifest>'
MACRO_TYPE = "application/vnd.ms-word.document.macroEnabled.main+xml"

# The name of a hostile file, what makes it, and why it is not taken.
HOSTILE: list[tuple[str, Callable[[], bytes], str]] = [
    ("tyhja.pdf", lambda: b"", "empty"),
    ("suuri.pdf", lambda: pdf().ljust(LARGE + 1), "too_large"),
    ("ohjelma.exe", lambda: EXE, "unknown"),
    ("kuva.svg", lambda: SVG, "unknown"),
    ("sivu.html", lambda: HTML, "unknown"),
    ("paketti.zip", docx, "unknown"),
    ("vanha.doc", lambda: OLE, "unknown"),
    ("makrot.docm", lambda: docx(("word/vbaProject.bin", b"x")), "unknown"),
    ("paatteeton", pdf, "unknown"),
    (".pdf", pdf, "unknown"),
    ("kaksi.pdf.exe", pdf, "unknown"),
    ("skripti.pdf\u202egpj.exe", pdf, "unknown"),
    ("nolla.exe\x00.pdf", lambda: EXE, "mismatch"),
    ("ohjelma.pdf", lambda: EXE, "mismatch"),
    ("kuva.png", lambda: SVG, "mismatch"),
    ("kuva.jpg", lambda: HTML, "mismatch"),
    ("kuva.pdf", png, "mismatch"),
    ("asiakirja.png", pdf, "mismatch"),
    ("teksti.docx", xlsx, "mismatch"),
    ("teksti.odt", docx, "mismatch"),
    ("laskelma.ods", lambda: odf("text"), "mismatch"),
    ("esitys.odt", lambda: odf("presentation"), "mismatch"),
    ("paketti.docx", lambda: archive([("a.txt", b"a")]), "mismatch"),
    ("tyhja.docx", lambda: archive([]), "mismatch"),
    ("vanha.pdf", lambda: OLE, "mismatch"),
    ("eicar.pdf", lambda: EICAR, "mismatch"),
    ("viidesti.pdf", lambda: b"  " + pdf(), "mismatch"),
    ("salattu.docx", lambda: OLE, "protected"),
    ("salattu.xlsx", lambda: with_flag(xlsx()), "protected"),
    ("salattu.odt", lambda: odf("text", manifest=ENCRYPTED_ODF), "protected"),
    ("salattu.pdf", lambda: pdf(trailer=b"/Encrypt 9 0 R"), "protected"),
    ("salattu2.pdf", lambda: pdf(trailer=b"/#45ncrypt 9 0 R"), "protected"),
    ("katkennut.pdf", lambda: pdf()[:-30], "damaged"),
    ("katkennut.docx", lambda: docx()[:-30], "damaged"),
    ("katkennut.png", lambda: png()[:-8], "damaged"),
    ("katkennut.jpg", lambda: jpg()[:-2], "damaged"),
    ("alku.docx", lambda: b"PK\x03\x04", "damaged"),
    ("alku.jpg", lambda: b"\xff\xd8\xff", "damaged"),
    ("alku.png", lambda: png()[:8], "damaged"),
    ("vaara.png", lambda: png().replace(b"IDAT", b"IDAX"), "damaged"),
    ("sivu.pdf", lambda: b"%PDF-1.7" + HTML, "damaged"),
    ("vaarennos.docx", lambda: understated(b"x" * 5000), "damaged"),
    ("rikki.odt", lambda: odf("text").replace(b"<content/>", b"<cantent/>"), "damaged"),
    ("tyypit.docx", lambda: archive([("[Content_Types].xml", b"<Types>")]), "damaged"),
    ("makrot.docx", lambda: docx(("word/vbaProject.bin", b"x")), "macros"),
    ("makrot2.docx", lambda: docx(main=MACRO_TYPE), "macros"),
    ("makrot3.docx", lambda: archive([types(WORD, "application/vnd.ms-office.vba&#80;roject")]), "macros"),
    ("makrot.xlsx", lambda: xlsx(("xl/macrosheets/sheet1.xml", b"<x/>")), "macros"),
    ("makrot.odt", lambda: odf("text", ("Basic/Standard/Module1.xml", b"<x/>")), "macros"),
    ("makrot.ods", lambda: odf("spreadsheet", ("Scripts/python/a.py", b"x")), "macros"),
    ("ohjelma.docx", lambda: docx(("word/embeddings/a.exe", EXE)), "macros"),
    ("malli.docx", lambda: docx(("word/_rels/settings.xml.rels", TEMPLATE)), "macros"),
    ("skripti.pdf", lambda: pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), "active"),
    ("skripti2.pdf", lambda: pdf(b"/OpenAction << /S /J#61vaScript >>"), "active"),
    ("skripti3.pdf", lambda: pdf(packed_objects(b"4 0 << /S /JavaScript /JS (x) >>")), "active"),
    ("komento.pdf", lambda: pdf(b"/OpenAction << /S /Launch /F (cmd.exe) >>"), "active"),
    ("sisalla.pdf", lambda: pdf(b"/Names << /EmbeddedFiles 9 0 R >>"), "active"),
    ("osia.docx", lambda: docx(*((f"word/{n}.xml", b"") for n in range(999))), "too_much"),
    ("luettelo.docx", lambda: end_record(5000, 400_000), "too_much"),
    ("luettelo2.docx", lambda: end_record(5, 2_000_000), "too_much"),
    ("pommi.png", lambda: png(width=60_000, height=60_000), "too_much"),
    ("pommi.jpg", lambda: jpg(width=60_000, height=60_000), "too_much"),
    ("pommi.docx", lambda: bomb(201), "too_much"),
    ("polku.docx", lambda: docx(("../../etc/cron.d/x", b"x")), "unsafe"),
    ("polku2.docx", lambda: docx(("/etc/passwd", b"x")), "unsafe"),
    ("polku3.docx", lambda: docx(("word\\..\\x", b"x")), "unsafe"),
    ("linkki.docx", with_link, "unsafe"),
    ("kahdesti.docx", twice_named, "unsafe"),
    ("entiteetti.docx", lambda: archive([("[Content_Types].xml", ENTITY)]), "unsafe"),
    ("kaksi.pdf", lambda: pdf() + docx(), "mixed"),
    ("kaksi.png", lambda: png() + docx(), "mixed"),
    ("kaksi.jpg", lambda: jpg(after=docx()), "mixed"),
    ("perassa.png", lambda: png() + HTML, "mixed"),
    ("perassa.docx", lambda: docx() + HTML, "mixed"),
    ("edella.docx", lambda: docx()[:4] + b"\0" * 40 + docx(), "mixed"),
]
# Given names, and what becomes of them.
NAMES = {
    "../../etc/passwd.pdf": "passwd.pdf",
    "C:\\Users\\Matti\\Desktop\\budjetti.pdf": "budjetti.pdf",
    "suunnitelma\u202efdp.pdf": "suunnitelmafdp.pdf",
    "rivi\r\nSet-Cookie: x=1.pdf": "rivi Set-Cookie_ x=1.pdf",
    'lainaus".pdf': "lainaus_.pdf",
    "nolla\x00tavu.pdf": "nollatavu.pdf",
    "näkymätön\u200b.pdf": "näkymätön.pdf",
    "ha\u0308kki.pdf": "häkki.pdf",
    "  paljon   välejä .pdf": "paljon välejä.pdf",
    "a" * 300 + ".pdf": "a" * 116 + ".pdf",
    "<script>.pdf": "_script_.pdf",
    "%2e%2e%2f.pdf": "_2e_2e_2f.pdf",
    "日本語.pdf": "日本語.pdf",
    "...": "file",
}
