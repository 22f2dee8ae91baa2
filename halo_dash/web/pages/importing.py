"""`/import`: a file of traces into the store, from the browser."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

from halo_dash.errors import HaloError, InvalidInputError
from halo_dash.ingest import Ingest
from halo_dash.store import Store
from halo_dash.transfer.importing import ImportReport, import_bytes
from halo_dash.web.formats import requested
from halo_dash.web.render import HaloRequest, View, respond, site_of
from halo_dash.web.site import Site


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
    refusal: HaloError | None = None
    """Why the file was not taken."""


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
    """Import one file. One that cannot be read changes nothing; the form comes back and says why.

    Raises InvalidInputError for such a file where a program asks.
    """
    site = site_of(request)
    try:
        report = _import(site, data.file)
    except InvalidInputError as refusal:
        if requested(request.scope) != "html":
            raise
        context = ImportContext(None, (), refusal)
        refused = View("settings/import.html", context, "settings", status=refusal.http_status)
        return respond(request, site, refused)
    view = View(
        template="settings/import.html",
        context=ImportContext(report, report.traces[:20]),
        section="settings",
        data=lambda: asdict(report),
    )
    return respond(request, site, view)


def _import(site: Site, upload: UploadFile) -> ImportReport:
    if not upload.filename:
        raise InvalidInputError("No file was chosen.", hint="Choose a file, then import it.")
    with Store.open(site.settings.store_path, prices=site.store.prices) as store, Ingest(store) as ingest:
        return import_bytes(ingest, upload.file.read(), upload.filename)
