"""QR codes of links: for a screen, a print, or a waiting room."""

import io

import segno

# Of the code's area, 15 % may be damaged or glared over and it still reads (level M of ISO/IEC 18004).
_LEVEL = "m"
_QUIET_ZONE = 4  # modules of white around it, as the standard asks


def svg(link: str) -> str:
    """Return the link as an SVG element: black on white whatever the page's colours, sized by who shows it."""
    out = io.BytesIO()
    segno.make_qr(link, error=_LEVEL).save(
        out, kind="svg", border=_QUIET_ZONE, dark="#000", light="#fff", omitsize=True, xmldecl=False, nl=False
    )
    return out.getvalue().decode()
