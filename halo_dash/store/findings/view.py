"""Reading findings."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from halo_dash.model.filter import Filter
from halo_dash.model.judged import JudgedTrace, JudgeState, ListedRule, RuleProblem
from halo_dash.model.trace import TraceRow
from halo_dash.store.bits import Bits
from halo_dash.store.database import Database
from halo_dash.store.driver import Connection, Error, connect, explained
from halo_dash.store.findings.board import Board
from halo_dash.store.findings.codec import unpack_findings
from halo_dash.store.findings.file import KIND, is_usable
from halo_dash.store.findings.judging import Health, Judging
from halo_dash.store.index_files import IndexFiles
from halo_dash.store.judged_sets import JudgedSets
from halo_dash.store.statements import sql, sql_many

_IN_ONE_STATEMENT = 500


class FindingsView:
    """`store.findings`. For any thread; questions are short, so one connection serves them all."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._files = IndexFiles(database.path, KIND)
        self._guard = threading.RLock()
        self._connection: Connection | None = None
        self._number = 0
        self._board = Board()

    def judging(self, rules: str) -> Judging:
        """The writer. `rules` identifies the rules: when it changes all traces are judged again."""
        return Judging(self._database, self._files, rules)

    def of(self, trace_id: str) -> JudgedTrace | None:
        """What was found in one trace; None where it was not judged yet."""
        return self.of_traces([trace_id]).get(trace_id)

    def of_traces(self, trace_ids: Sequence[str]) -> Mapping[str, JudgedTrace]:
        """Trace id -> what was found in it, for those that were judged."""
        if not trace_ids:
            return {}
        found: dict[str, JudgedTrace] = {}
        with self._reading() as connection:
            if connection is None:
                return {}
            for begin in range(0, len(trace_ids), _IN_ONE_STATEMENT):
                some = trace_ids[begin : begin + _IN_ONE_STATEMENT]
                rows = connection.execute(sql_many("findings", "verdicts", len(some)), some).fetchall()
                for trace_id, revision, is_failed, packed in rows:
                    findings, numbers = unpack_findings(packed)
                    names = tuple(self._names(connection, numbers))
                    found[trace_id] = JudgedTrace(trace_id, revision, bool(is_failed), findings, names)
        return found

    def _names(self, connection: Connection, numbers: Sequence[int]) -> Iterator[str]:
        if any(number not in self._board.clusters for number in numbers):
            self._board.learn(connection)
        for number in numbers:
            yield self._board.clusters[number].name

    def attach(self, rows: Iterable[TraceRow]) -> tuple[TraceRow, ...]:
        """The rows with what was found in them."""
        kept = tuple(rows)
        judged = self.of_traces([row.summary.trace_id for row in kept])
        return tuple(
            replace(row, judged=found) if (found := judged.get(row.summary.trace_id)) else row for row in kept
        )

    def state(self, now_ns: int) -> JudgeState:
        """How far judging has come."""
        with self._reading() as connection:
            if connection is None:
                return JudgeState(is_ready=False)
            (judged,) = connection.execute(sql("findings", "count")).fetchone()
            (waiting,) = connection.execute(sql("findings", "waiting_count"), (now_ns,)).fetchone()
            return JudgeState(is_ready=True, judged=judged, waiting=waiting)

    def sequence(self) -> int:
        """Counts verdicts: grows with every trace that is judged. Cheap enough to poll."""
        with self._reading() as connection:
            if connection is None:
                return 0
            (_revision, current, _rules) = connection.execute(sql("findings", "progress")).fetchone()
        return int(current)

    def judged_since(self, sequence: int, limit: int) -> tuple[str, ...]:
        """The traces judged after a `sequence`, the latest first."""
        with self._reading() as connection:
            if connection is None:
                return ()
            rows = connection.execute(sql("findings", "judged_since"), (sequence, limit)).fetchall()
        return tuple(trace_id for (trace_id,) in rows)

    def health(self) -> tuple[Health, ...]:
        """The rules that failed."""
        with self._reading() as connection:
            rows = connection.execute(sql("findings", "health")).fetchall() if connection else []
        return tuple(Health(row[0], row[1], row[2], bool(row[3]), *row[4:]) for row in rows)

    def rules(self) -> tuple[tuple[ListedRule, ...], tuple[RuleProblem, ...]]:
        """The rules that judge, and the files and packages whose rules cannot."""
        with self._reading() as connection:
            if connection is None:
                return (), ()
            rules = connection.execute(sql("findings", "rules")).fetchall()
            problems = connection.execute(sql("findings", "problems")).fetchall()
        return tuple(ListedRule(*row) for row in rules), tuple(RuleProblem(*row) for row in problems)

    def sets(self, *asked: Filter) -> JudgedSets:
        """What rules found, for selections that ask these filters."""
        named = {value for each in asked for value in each.cluster}
        named |= {value for each in asked for name, value in each.excluded if name == "cluster"}
        by_rule: dict[str, list[Bits]] = {}
        by_cluster: dict[str, list[Bits]] = {}
        with self.board() as board:
            for number, bits in board.by_cluster.items():
                identity = board.clusters[number]
                by_rule.setdefault(identity.rule, []).append(bits)
                # Most questions name none: the groups of thousands of clusters are not to be written out.
                for name in named & {identity.name, identity.group} if named else ():
                    by_cluster.setdefault(name, []).append(bits)
            return JudgedSets(
                failed=board.failed.copy(),
                is_ready=board.sequence > 0,
                by_rule={rule: Bits.union(sets) for rule, sets in by_rule.items()},
                by_cluster={name: Bits.union(sets) for name, sets in by_cluster.items()},
            )

    @contextmanager
    def board(self) -> Iterator[Board]:
        """Sets of traces as of now; not to be changed, and not to be kept."""
        with self._reading() as connection:
            if connection is not None:
                self._board.follow(connection)
            yield self._board

    @contextmanager
    def current(self) -> Iterator[tuple[Connection, int, Board] | None]:
        """(connection, number of the file, sets of traces) as of now, for the store's own use."""
        with self._reading() as connection:
            if connection is None:
                yield None
                return
            self._board.follow(connection)
            yield connection, self._number, self._board

    @contextmanager
    def _reading(self) -> Iterator[Connection | None]:
        with self._guard:
            if self._connection is None or not self._files.is_newest(self._number):
                self._open()
            with explained(self._database.path):
                yield self._connection

    def _open(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, self._number, self._board = None, self._files.newest(), Board()
        if not self._number:
            return
        try:
            connection = connect(self._files.path(self._number), read_only=True)
        except Error:
            return  # published and gone again in between
        if is_usable(connection):
            connection.execute("PRAGMA query_only=ON")
            self._connection = connection
        else:
            connection.close()

    def close(self) -> None:
        """Close the connection."""
        with self._guard:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
