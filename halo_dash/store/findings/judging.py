"""Judging the store, trace by trace: which ones are due, and keeping what was found.

The store numbers every change of a trace; the findings keep the last number they have seen, in the
transaction that noted which traces wait. A trace is judged as it is when its turn comes, so whatever is
seen twice, late or again after a crash comes to the same findings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass

from halo_dash.errors import StoreError
from halo_dash.model.finding import SEVERITIES, Finding, Verdict
from halo_dash.model.judged import ListedRule, RuleProblem
from halo_dash.store.database import Database
from halo_dash.store.driver import Connection
from halo_dash.store.findings.clustering import Clustering
from halo_dash.store.findings.codec import pack_findings
from halo_dash.store.findings.file import FindingsFile
from halo_dash.store.findings.hits import pack_hits
from halo_dash.store.identity import store_id
from halo_dash.store.index_database import is_damage
from halo_dash.store.index_files import IndexFiles
from halo_dash.store.statements import sql, sql_many

QUIET_NS = 1_000_000_000
"""A trace is judged when nothing has arrived for it for so long."""

_CHANGES = 5_000
"""At most so many changes are noted in one transaction."""

_IN_ONE_STATEMENT = 500

_CHANGED, _RULES_CHANGED, _OTHERS_LEFT = 0, 1, 2
"""Why a trace waits: the `priority` of `waiting`."""

_ALWAYS = 1 << 62
"""A time that comes after all others."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be kept of one trace."""

    trace: int
    trace_id: str
    revision: int
    verdict: Verdict
    arrived_ns: int = 0
    """When its last span came."""
    again_ns: int | None = None
    """When to judge it again although nothing may change: it is open now."""
    is_partial: bool = False
    """Rules of others have not judged it yet: it waits for them."""


@dataclass(frozen=True, slots=True)
class Health:
    """How a rule fared."""

    rule: str
    version: str
    errors: int
    is_off: bool
    message: str
    trace_id: str
    time_ns: int


class Judging:
    """The writer of the findings. One thread of one process uses it."""

    def __init__(self, database: Database, files: IndexFiles, rules: str) -> None:
        """Open the findings, or begin new ones. `rules` identifies the rules: others mean to judge again."""
        self._database = database
        self._files = files
        self._rules = rules
        self._file = self._open()
        self._clustering = Clustering(self._file.connection)
        self._asked = self._data_version()

    def was_asked(self) -> bool:
        """Whether another process changed the findings: it wants a rule to be tried again."""
        before, self._asked = self._asked, self._data_version()
        return before != self._asked

    def _data_version(self) -> int:
        (version,) = self._file.connection.execute("PRAGMA data_version").fetchone()
        return int(version)

    def _open(self) -> FindingsFile:
        number = max(1, self._files.newest())
        file = self._usable(number)
        if file is None:
            # Of another form, or damaged: readers leave it alone as well.
            number += 1
            file = FindingsFile(self._files.path(number))
            file.prepare()
        self._files.remove_older(number)
        return file

    def _usable(self, number: int) -> FindingsFile | None:
        try:
            file = FindingsFile(self._files.path(number))
            if file.prepare():
                return file
            file.close()
        except StoreError as error:
            if not is_damage(error):
                raise
        return None

    def follow(self) -> bool:
        """Note which traces changed. Returns whether there are more. Raises `StoreError`."""
        progress = self._file.progress()
        with self._database.reading() as connection:
            (current,) = connection.execute(sql("traces", "revision")).fetchone()
            store = store_id(connection)
            if current < progress.revision or (progress.revision and progress.store != store):
                return self._begin_anew()
            changed, removed = _changes(connection, progress.revision)
            (forgotten,) = connection.execute(sql("removal", "forgotten")).fetchone()
            is_incomplete = bool(progress.revision) and forgotten > progress.revision
            every = _rows(connection) if is_incomplete or progress.rules != self._rules else set()
        if current == progress.revision and progress.rules == self._rules:
            return False
        has_more = len(changed) == _CHANGES
        with self._file.writing() as writer:
            if self._file.progress().rules != progress.rules:
                return True  # somebody has just asked for a rule to be tried again
            if is_incomplete:
                removed += [row for (row,) in writer.execute(sql("findings", "held")) if row not in every]
            writer.executemany(
                sql("findings", "wait"),
                [(row, _CHANGED, arrived_ns + QUIET_NS) for row, _, arrived_ns in changed],
            )
            for name in ("drop_verdict", "done"):
                writer.executemany(sql("findings", name), [(row,) for row in removed])
            if progress.rules != self._rules:
                writer.executemany(sql("findings", "wait_for_rules"), [(row,) for row in sorted(every)])
                progress.rules = self._rules
            progress.revision, progress.store = changed[-1][1] if has_more else current, store
            self._file.put_progress(progress)
        return has_more

    def _begin_anew(self) -> bool:
        """Another store, or an older state of this one, took the place of the one that was judged.

        In a new file, so that readers let go of what they remember of the old one.
        """
        self._file.close()
        number = self._files.newest() + 1
        self._file = FindingsFile(self._files.path(number))
        self._file.prepare()
        self._files.remove_older(number)
        self._clustering = Clustering(self._file.connection)
        self._asked = self._data_version()
        return True

    def due(self, now_ns: int, limit: int) -> list[tuple[int, str]]:
        """(row, trace id) of traces to judge now, the freshest first; what only the rules changed is last."""
        rows: list[int] = []
        for priority in (_CHANGED, _RULES_CHANGED):
            rows += self._waiting(priority, now_ns, limit - len(rows))
        return self._there(rows)

    def due_to_others(self, limit: int) -> list[tuple[int, str]]:
        """(row, trace id) of traces that the rules of others have not judged yet, the freshest first."""
        return self._there(self._waiting(_OTHERS_LEFT, _ALWAYS, limit))

    def _waiting(self, priority: int, now_ns: int, limit: int) -> list[int]:
        found = self._file.connection.execute(sql("findings", "due"), (priority, now_ns, limit))
        return [row for (row,) in found]

    def _there(self, rows: Sequence[int]) -> list[tuple[int, str]]:
        """Those that the store has; the others wait no more."""
        with self._database.reading() as connection:
            found = _ids(connection, rows)
        gone = [row for row in rows if row not in found]
        if gone:
            with self._file.writing() as writer:
                for name in ("drop_verdict", "done"):
                    writer.executemany(sql("findings", name), [(row,) for row in gone])
        return [(row, found[row]) for row in rows if row in found]

    def next_due_ns(self) -> int | None:
        """When the next trace that changed is due."""
        (due_ns,) = self._file.connection.execute(sql("findings", "next_due")).fetchone()
        return None if due_ns is None else int(due_ns)

    def keep(self, judgements: Sequence[Judgement]) -> None:
        """Keep verdicts, all or none. Raises `StoreError`."""
        if not judgements:
            return
        try:
            with self._file.writing() as writer:
                progress = self._file.progress()
                for each in judgements:
                    progress.sequence += 1
                    self._put(writer, each, progress.sequence)
                self._file.put_progress(progress)
        except BaseException:
            self._clustering.forget()
            raise

    def _put(self, writer: Connection, each: Judgement, sequence: int) -> None:
        findings = each.verdict.findings
        placed = [self._clustering.place(found) for found in findings]
        row = (
            each.trace,
            each.trace_id,
            each.revision,
            sequence,
            each.verdict.is_failed_in_effect,
            worst_of(findings),
            each.is_partial,
            pack_hits(findings, placed),
            pack_findings(findings, placed),
        )
        writer.execute(sql("findings", "put_verdict"), row)
        if each.is_partial:
            writer.execute(sql("findings", "wait"), (each.trace, _OTHERS_LEFT, each.arrived_ns))
        elif each.again_ns is not None:
            writer.execute(sql("findings", "wait"), (each.trace, _CHANGED, each.again_ns))
        else:
            writer.execute(sql("findings", "done"), (each.trace,))

    def list_rules(self, rules: Sequence[ListedRule], problems: Sequence[RuleProblem]) -> None:
        """Show which rules judge now, and which cannot."""
        rows = [(at, *astuple(each)) for at, each in enumerate(rules)]
        with self._file.writing() as writer:
            for table in ("rules", "rule_problems"):
                writer.execute(f"DELETE FROM {table}")  # noqa: S608 - our own table names
            writer.executemany(sql("findings", "add_rule"), rows)
            writer.executemany(sql("findings", "add_problem"), [astuple(each) for each in problems])

    def health(self) -> Mapping[str, Health]:
        """Rule -> how it fared, for those that failed."""
        rows = self._file.connection.execute(sql("findings", "health"))
        return {row[0]: Health(row[0], row[1], row[2], bool(row[3]), *row[4:]) for row in rows}

    def put_health(self, health: Health) -> None:
        """Keep how a rule fared."""
        with self._file.writing() as writer:
            row = (
                health.rule,
                health.version,
                health.errors,
                health.is_off,
                health.message,
                health.trace_id,
                health.time_ns,
            )
            writer.execute(sql("findings", "put_health"), row)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def worst_of(findings: Iterable[Finding]) -> int:
    """The place of the worst severity in `SEVERITIES`; one beyond where there is no finding."""
    return min((SEVERITIES.index(found.severity) for found in findings), default=len(SEVERITIES))


def _changes(connection: Connection, revision: int) -> tuple[list[tuple[int, int, int]], list[int]]:
    """((row, revision, last arrival) of changed traces, ascending by revision; rows of removed ones)."""
    changed = connection.execute(sql("traces", "arrivals_since"), (revision, _CHANGES)).fetchall()
    removed = connection.execute(sql("removal", "since"), (revision,))
    return changed, [row for row, _revision in removed]


def _rows(connection: Connection) -> set[int]:
    return {row for (row,) in connection.execute(sql("search", "rows"))}


def _ids(connection: Connection, rows: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for begin in range(0, len(rows), _IN_ONE_STATEMENT):
        some = rows[begin : begin + _IN_ONE_STATEMENT]
        found.update(connection.execute(sql_many("traces", "ids_of", len(some)), some))
    return found
