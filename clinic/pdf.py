"""Documents to print, as PDF."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import typst

_TEMPLATES: Final = Path(__file__).parent / "templates"
# The first that this machine has; the last one comes with the typesetter.
_FONTS: Final = ("Inter", "Noto Sans", "DejaVu Sans", "Liberation Sans", "Libertinus Serif")


def pdf_of(template: str, facts: Mapping[str, Any]) -> bytes:
    """Return the document that a template makes of these facts, which are JSON.

    They come in as values: what somebody is called is never read as markup.
    """
    source = (_TEMPLATES / template).read_bytes()
    data = json.dumps({**facts, "fonts": _FONTS})
    made, _ = typst.compile_with_warnings(source, format="pdf", sys_inputs={"data": data})
    return bytes(made)
