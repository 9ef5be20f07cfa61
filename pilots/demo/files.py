"""A file for the world to try: a page of PDF with a few lines, written by hand."""

from collections.abc import Iterable
from io import BytesIO

SIZE, LEADING = 12, 18  # points


def page_of(lines: Iterable[str]) -> BytesIO:
    """Return a PDF of one page that says the lines."""
    said = b"".join(b"(%b) Tj T*\n" % _escaped(line) for line in lines)
    words = b"BT /F1 %d Tf %d TL 60 760 Td\n%bET" % (SIZE, LEADING, said)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R"
        b" /Resources << /Font << /F1 4 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(words), words),
    ]
    written, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%btrailer << /Size %d /Root 1 0 R >>\n" % (count, table, count)
    return BytesIO(written + end + b"startxref\n%d\n%%%%EOF\n" % len(written))


def _escaped(line: str) -> bytes:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").encode("cp1252", "replace")
