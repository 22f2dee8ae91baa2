"""`/users` and `/users/{id}`: for whom the traces ran; of one user a summary above its sessions."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import FromPath

from halo_dash.errors import NotFoundError
from halo_dash.model.group_query import parse_group_query
from halo_dash.model.twin import Json
from halo_dash.model.twin.groups import group_json, group_page_json
from halo_dash.web.formats import query_pairs
from halo_dash.web.raw_path import segments
from halo_dash.web.render import HaloRequest, respond, see_other, site_of
from halo_dash.web.selection import Place
from halo_dash.web.sessions.figures import Sums, sums
from halo_dash.web.sessions.listing import USERS, GroupsContext, group_view
from halo_dash.web.sessions.paths import user_path
from halo_dash.web.trace_list import clean_address


@dataclass(frozen=True, slots=True, kw_only=True)
class UserContext(GroupsContext):
    """Variables of `users/show.html`: a user, and the list of its sessions."""

    user: str
    whole: Sums
    """Over all that is stored, whatever the list is filtered by."""
    sessions: int
    agents: tuple[tuple[str, str], ...]
    """(agent, address of the user's traces with it)."""
    environment: str
    first_ns: int
    last_ns: int
    all_traces: str


@get("/users", sync_to_thread=True)
def users(request: HaloRequest) -> Response[bytes]:
    """The list of users. Raises UsageError for a parameter that is no filter."""
    pairs = query_pairs(request.scope)
    if (clean := clean_address(request, pairs, USERS)) is not None:
        return see_other(clean)
    return respond(request, site_of(request), group_view(request, "user", pairs, USERS))


@get("/users/{rest:path}", sync_to_thread=True)
def user(request: HaloRequest, rest: FromPath[str]) -> Response[bytes]:  # noqa: ARG001 - decoded; the raw path counts
    """One user. Raises NotFoundError, UsageError for a parameter that is no filter."""
    site = site_of(request)
    name = "/".join(segments(request.scope, "/users"))
    place = Place(user_path(name), locked=(("user", name),))
    pairs = query_pairs(request.scope)
    if (clean := clean_address(request, pairs, place)) is not None:
        return see_other(clean)
    row = site.store.figures.group("user", name, site.clock())
    if row is None:
        raise NotFoundError(
            f"There is no user {name[:80]!r} here.", hint="The list of users shows those there are."
        )
    view = group_view(request, "session", pairs, place)
    base = view.context
    context = UserContext(
        **{field.name: getattr(base, field.name) for field in fields(base)},
        user=name,
        whole=sums(row.figures),
        sessions=row.sessions,
        agents=tuple(
            (agent, f"/traces?{urlencode([('agent', agent), ('user', name)])}") for agent in row.agents
        ),
        environment=row.environment or "",
        first_ns=row.first_ns,
        last_ns=row.last_ns,
        all_traces=f"/traces?{urlencode([('user', name)])}",
    )

    def data() -> dict[str, Json]:
        page = site.store.figures.groups("session", parse_group_query([*place.locked, *pairs]), site.clock())
        return {**group_json("user", row), "sessions": group_page_json("session", page)}

    shown = replace(view, template="users/show.html", context=context, data=data)
    return respond(request, site, shown)
