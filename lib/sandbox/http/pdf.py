"""A PDF of a few lines of text: one page, Helvetica, nothing more."""

from __future__ import annotations

_FONTS = b"<< /Font << /F1 5 0 R >> >>"
_TOP, _LEFT, _SIZE, _STEP = 780, 56, 11, 18


def document(lines: list[str]) -> bytes:
    """Return a one-page PDF (A4) of some lines; what Latin-1 lacks becomes a question mark."""
    shown = "\n".join(f"({_escaped(line)}) Tj T*" for line in lines)
    content = f"BT /F1 {_SIZE} Tf {_STEP} TL {_LEFT} {_TOP} Td\n{shown}\nET".encode("cp1252", "replace")
    return _file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources %b >>" % _FONTS,
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        ]
    )


def _escaped(line: str) -> str:
    text = line.replace("−", "-").replace("×", "x")
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _file(objects: list[bytes]) -> bytes:
    """Number the objects, and add the table of where each of them begins."""
    made, starts = bytearray(b"%PDF-1.4\n"), []
    for number, each in enumerate(objects, 1):
        starts.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    size = len(objects) + 1
    tail = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return bytes(made) + tail % (size, table, size, len(made))
