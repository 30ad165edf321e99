"""Style sheets, scripts and pictures: read once, joined, compressed.

An address carries a digest of all that there is, so whoever has it need never ask again, and what
one file names beside itself is at the same digest.
"""

import functools
import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from flask import Flask, Response, request

from clinic.errors import NotFound

FOLDER: Final = Path(__file__).parent / "static"
SHEET: Final = "css/style.css"  # what all pages share, as one
SCRIPT: Final = "js/page.js"  # what any page may need, as one

# In the order in which they hold; a sheet that is not named is of the pages of its blueprint.
SHARED: Final = ("tokens", "base", "parts", "frame", "charts", "pages", "find", "forced")
ON_PAPER: Final = "print"
SCRIPTS: Final = (
    "swap",
    "poll",
    "keys",
    "menu",
    "exit",
    "copy",
    "print",
    "preview",
    "show",
    "find",
    "live",
)

# A finger that has left what it touched does not hover any longer, but browsers go on as if it did.
HOVER: Final = re.compile(r"[^{};]*(?<!not\():hover[^{}]*\{[^{}]*\}")
COMMENT: Final = re.compile(r"/\*.*?\*/\s*", re.DOTALL)  # strangers are sent the sheet, too
YEAR: Final = 31_536_000
WORTH_IT: Final = 256  # bytes; below, compression saves nothing


@dataclass(frozen=True)
class Asset:
    """A file as it is sent."""

    content: bytes
    packed: bytes  # the same, compressed
    mimetype: str


@dataclass(frozen=True)
class Assets:
    """All of them by name, and the digest of all."""

    files: dict[str, Asset]
    digest: str


@functools.cache
def read(folder: Path = FOLDER) -> Assets:
    """Return what the folder has, style sheets and the scripts of all pages joined."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    sheets = {path.stem: _taken(found, path, folder) for path in paths if path.suffix == ".css"}
    scripts = [_taken(found, folder / "js" / f"{name}.js", folder) for name in SCRIPTS]
    found |= _sheets(sheets) | {SCRIPT: _script(scripts).encode()}
    digest = hashlib.sha256()
    for name, content in found.items():
        digest.update(f"{name} {len(content)} ".encode() + content)
    return Assets({name: _asset(name, found[name]) for name in found}, digest.hexdigest()[:16])


def install(app: Flask) -> None:
    """Serve them; `url_for("static", filename=…)` has the digest by itself."""

    def name_digest(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values["digest"] = read().digest

    app.url_defaults(name_digest)
    app.add_template_global(_sheet_of, "sheet_of")
    app.add_url_rule("/static/<digest>/<path:filename>", "static", _send)


def _sheet_of(blueprint: str | None) -> str:
    """The name of the style sheet of a blueprint's pages."""
    name = _named(blueprint)
    return name if name in read().files else SHEET


def _send(digest: str, filename: str) -> Response:
    asset = read().files.get(filename)
    if asset is None:
        raise NotFound
    is_packed = asset.packed != asset.content and request.accept_encodings.quality("gzip") > 0
    response = Response(asset.packed if is_packed else asset.content, mimetype=asset.mimetype)
    response.headers["Vary"] = "Accept-Encoding"
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
    # Where a page is older than the server, it gets what there is, and may not keep it.
    is_right = digest == read().digest
    keep = f"public, max-age={YEAR}, immutable" if is_right else "no-cache"
    response.headers["Cache-Control"] = keep
    return response


def _asset(name: str, content: bytes) -> Asset:
    packed = gzip.compress(content, mtime=0) if len(content) > WORTH_IT else content
    return Asset(content, packed, mimetypes.guess_type(name)[0] or "application/octet-stream")


def _taken(found: dict[str, bytes], path: Path, folder: Path) -> str:
    return found.pop(path.relative_to(folder).as_posix()).decode()


def _sheets(sheets: dict[str, str]) -> dict[str, bytes]:
    """Return one sheet for the pages of each blueprint, and one for those without their own.

    Rules inside of rules, which could keep them apart in one sheet, are too new for old phones.
    """
    shared = "".join(sheets.pop(name) for name in SHARED)
    paper = f"@media print {{\n{sheets.pop(ON_PAPER)}}}\n"
    named = {SHEET: ""} | {_named(name): sheet for name, sheet in sheets.items()}
    return {name: _served(f"{shared}{own}{paper}").encode() for name, own in named.items()}


def _served(sheet: str) -> str:
    return HOVER.sub(r"@media (hover: hover) {\g<0>\n}", COMMENT.sub("", sheet))


def _named(blueprint: str | None) -> str:
    return f"css/{blueprint}.css"


def _script(scripts: list[str]) -> str:
    """Return the scripts one after the other, each with names of its own."""
    return "".join(f"{{\n{script}}}\n" for script in scripts)
