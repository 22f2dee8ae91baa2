"""`/import`: a file of traces into the store, from the browser."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

from halo_dash.errors import InvalidInputError
from halo_dash.ingest import Ingest
from halo_dash.store import Store
from halo_dash.transfer.importing import ImportReport, import_bytes
from halo_dash.web.render import HaloRequest, View, respond, site_of


@dataclass(frozen=True, slots=True)
class ImportForm:
    """What the browser sends."""

    file: UploadFile
    csrf_token: str = ""
    """Checked before this is read."""


@dataclass(frozen=True, slots=True)
class ImportContext:
    """Template context of `settings/import.html`."""

    report: ImportReport | None
    """What the import did; None before one."""
    shown: tuple[str, ...]
    """The first of its trace ids, to follow."""


@get("/import", sync_to_thread=True)
def import_form(request: HaloRequest) -> Response[bytes]:
    """The form."""
    return respond(
        request, site_of(request), View("settings/import.html", ImportContext(None, ()), "settings")
    )


# Two handlers of one path are wrapped twice by Litestar 2.25 (`sync_to_thread`), so the upload has its own.
@post("/import/file", status_code=200, sync_to_thread=True)
def import_upload(
    request: HaloRequest,
    data: Annotated[ImportForm, Body(media_type=RequestEncodingType.MULTI_PART)],
) -> Response[bytes]:
    """Import one file. Raises InvalidInputError for one that cannot be read; then nothing is changed."""
    site = site_of(request)
    upload = data.file
    if not upload.filename:
        raise InvalidInputError("No file was chosen.", hint="Choose a file, then import it.")
    with Store.open(site.settings.store_path) as store, Ingest(store) as ingest:
        report = import_bytes(ingest, upload.file.read(), upload.filename)
    view = View(
        template="settings/import.html",
        context=ImportContext(report, report.traces[:20]),
        section="settings",
        data=lambda: asdict(report),
    )
    return respond(request, site, view)
