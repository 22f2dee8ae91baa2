"""Where templates and static files are, and the addresses static files are served under.

Every address holds a digest of the whole static tree, `/static/<digest>/js/main.js`. A file never
changes under its address, so browsers keep it for ever; and because modules import each other by
relative paths, they stay within one version without an import map (which a strict CSP would have
to make an exception for).
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from halo_dash.errors import NotFoundError, UsageError

_PACKAGE = Path(__file__).resolve().parent.parent

BUNDLE = "app.css"
"""All of `static/css` in one file: one request, whatever the number of parts."""

_APART = "css/apart/"
"""But for these: large sheets of pages that few people open, which ask for them as `apart/NAME.css`."""

_FOR_PEOPLE = re.compile(rb"/\*.*?\*/\s*|(?<=\n)\s+", re.DOTALL)
"""Comments and indentation: a twelfth of what every page has to load once. No text of ours holds either."""

_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".txt": "text/plain",
}


def folder(name: str) -> Path:
    """The folder `templates` or `static`: packaged beside the code, or the checkout's top level."""
    for candidate in (_PACKAGE / f"_{name}", _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise UsageError(
        f"The {name} folder is missing beside {_PACKAGE}.",
        hint="The installation is incomplete: install halo-dash again.",
    )


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file, ready to send."""

    body: bytes
    gzipped: bytes | None
    """None where compressing does not pay."""
    content_type: str
    etag: str


class Assets:
    """All static files, read once."""

    def __init__(self, root: Path) -> None:
        files = {
            p.relative_to(root).as_posix(): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()
        }
        sheets = {name: body for name, body in files.items() if name.endswith(".css")}
        apart = {name: body for name, body in sheets.items() if name.startswith(_APART)}
        # `@layer` decides what wins, so the order of the parts is free, but the order of layers comes first.
        ordered = sorted(set(sheets) - set(apart), key=lambda name: (name != "css/layers.css", name))
        files = {name: body for name, body in files.items() if name not in sheets}
        files |= {name.removeprefix("css/"): _FOR_PEOPLE.sub(b"", body) for name, body in apart.items()}
        files[BUNDLE] = _FOR_PEOPLE.sub(b"", b"\n".join(sheets[name] for name in ordered))
        digest = hashlib.sha256()
        for name in sorted(files):
            digest.update(name.encode() + b"\0" + files[name] + b"\0")
        self.version = digest.hexdigest()[:12]
        self._assets = {
            name: _asset(name, body) for name, body in files.items() if Path(name).suffix in _TYPES
        }

    @property
    def icon_names(self) -> tuple[str, ...]:
        """The drawings in the icon sprite."""
        return tuple(re.findall(r'<symbol id="([a-z-]+)"', self.get("img/icons.svg").body.decode()))

    @property
    def names(self) -> list[str]:
        """Every file that can be asked for."""
        return sorted(self._assets)

    def url(self, name: str) -> str:
        """The address of a file, for templates; a wrong name is an error at once."""
        if name not in self._assets:
            raise NotFoundError(f"There is no static file {name!r}.")
        return f"/static/{self.version}/{name}"

    def get(self, name: str) -> Asset:
        """One file by its name inside `static/`."""
        try:
            return self._assets[name]
        except KeyError:
            raise NotFoundError(f"There is no static file {name!r}.") from None


def _asset(name: str, body: bytes) -> Asset:
    small = gzip.compress(body, compresslevel=9, mtime=0)
    return Asset(
        body=body,
        gzipped=small if len(small) < len(body) * 0.9 else None,
        content_type=_TYPES[Path(name).suffix],
        etag=f'"{hashlib.sha256(body).hexdigest()[:16]}"',
    )
