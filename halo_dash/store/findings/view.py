"""Reading findings."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from halo_dash.model.filter import Filter
from halo_dash.model.judged import JudgedTrace, JudgeState, ListedRule, RuleProblem
from halo_dash.model.trace import TraceRow
from halo_dash.store.bits import Bits
from halo_dash.store.database import Database
from halo_dash.store.driver import Connection, Error, connect
from halo_dash.store.findings.board import Board
from halo_dash.store.findings.codec import unpack_findings
from halo_dash.store.findings.file import KIND, FindingsFile, is_usable
from halo_dash.store.findings.judging import Health, Judging
from halo_dash.store.index_files import IndexFiles
from halo_dash.store.judged_sets import JudgedSets
from halo_dash.store.statements import sql, sql_many

T = TypeVar("T")

_IN_ONE_STATEMENT = 500
_log = logging.getLogger(__name__)


class FindingsView:
    """`store.findings`. For any thread; questions are short, so one connection serves them all."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._files = IndexFiles(database.path, KIND)
        self._guard = threading.RLock()
        self._connection: Connection | None = None
        self._number = 0
        self._board = Board()
        self._lost = 0
        """Number of a file that failed."""

    def judging(self, rules: str) -> Judging:
        """The writer. `rules` identifies the rules: when it changes all traces are judged again."""
        return Judging(self._database, self._files, rules)

    def of(self, trace_id: str) -> JudgedTrace | None:
        """What was found in one trace; None where it was not judged yet."""
        return self.of_traces([trace_id]).get(trace_id)

    def of_traces(self, trace_ids: Sequence[str]) -> Mapping[str, JudgedTrace]:
        """Trace id -> what was found in it, for those that were judged."""

        def read(connection: Connection) -> dict[str, JudgedTrace]:
            found: dict[str, JudgedTrace] = {}
            for begin in range(0, len(trace_ids), _IN_ONE_STATEMENT):
                some = trace_ids[begin : begin + _IN_ONE_STATEMENT]
                rows = connection.execute(sql_many("findings", "verdicts", len(some)), some).fetchall()
                for trace_id, revision, is_failed, is_partial, packed in rows:
                    findings, numbers = unpack_findings(packed)
                    names = tuple(self._names(connection, numbers))
                    found[trace_id] = JudgedTrace(
                        trace_id, revision, bool(is_failed), findings, names, bool(is_partial)
                    )
            return found

        return self._ask(read, {}) if trace_ids else {}

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

        def read(connection: Connection) -> JudgeState:
            (judged,) = connection.execute(sql("findings", "count")).fetchone()
            (waiting,) = connection.execute(sql("findings", "waiting_count"), (now_ns,)).fetchone()
            return JudgeState(is_ready=True, judged=judged, waiting=waiting)

        return self._ask(read, JudgeState(is_ready=False))

    def sequence(self) -> int:
        """Counts verdicts: grows with every trace that is judged. Cheap enough to poll."""
        return self._ask(lambda found: int(found.execute(sql("findings", "progress")).fetchone()[1]), 0)

    def judged_since(self, sequence: int, limit: int) -> tuple[str, ...]:
        """The traces judged after a `sequence`, the latest first."""
        rows = self._rows("judged_since", sequence, limit)
        return tuple(trace_id for (trace_id,) in rows)

    def health(self) -> tuple[Health, ...]:
        """The rules that failed."""
        return tuple(Health(row[0], row[1], row[2], bool(row[3]), *row[4:]) for row in self._rows("health"))

    def rules(self) -> tuple[tuple[ListedRule, ...], tuple[RuleProblem, ...]]:
        """The rules that judge, and the files and packages whose rules cannot."""
        rules, problems = self._rows("rules"), self._rows("problems")
        return tuple(ListedRule(*row) for row in rules), tuple(RuleProblem(*row) for row in problems)

    def _rows(self, name: str, *parameters: object) -> list[Any]:
        return self._ask(lambda found: found.execute(sql("findings", name), parameters).fetchall(), [])

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
        with self._guard:
            self._ask(self._board_follows, None)
            yield self._board

    @contextmanager
    def current(self) -> Iterator[tuple[Connection, int, Board] | None]:
        """(connection, number of the file, sets of traces) as of now, for the store's own use.

        Whatever the file fails at inside the block counts as nothing found: see `lose`.
        """
        with self._guard:
            self._ask(self._board_follows, None)
            yield None if self._connection is None else (self._connection, self._number, self._board)

    def _board_follows(self, connection: Connection) -> None:
        self._board.follow(connection)

    def _ask(self, question: Callable[[Connection], T], nothing: T) -> T:
        """An answer from the file; `nothing` while there is none, and where it is damaged."""
        with self._guard:
            if self._connection is None or not self._files.is_newest(self._number):
                self._open()
            if self._connection is None:
                return nothing
            try:
                return question(self._connection)
            except Exception:  # noqa: BLE001 - see `lose`
                self.lose()
                return nothing

    def lose(self) -> None:
        """The file failed: whatever damage makes of it, lists of traces go on without findings.

        The judge makes another one, under the next number.
        """
        _log.warning("The findings beside %s cannot be read.", self._database.path, exc_info=True)
        with self._guard:
            if self._connection is not None:
                self._connection.close()
            self._connection, self._board, self._lost = None, Board(), self._number

    def try_again(self, rule: str) -> bool:
        """Forget that a rule failed, so that it judges all traces again. Returns whether it had failed.

        Raises `StoreError`. The judge hears of it by itself, or when it is started.
        """
        number = self._files.newest()
        if not number:
            return False
        with closing(FindingsFile(self._files.path(number))) as file:
            if not file.prepare():
                return False
            with file.writing() as writer:
                if not writer.execute(sql("findings", "drop_health"), (rule,)).rowcount:
                    return False
                progress = file.progress()
                progress.rules = ""
                file.put_progress(progress)
        return True

    def renew_if_damaged(self) -> bool:
        """Begin a new file where the newest one is damaged. Returns whether it was."""
        number = self._files.newest()
        if not number:
            return False
        try:
            with closing(connect(self._files.path(number), read_only=True)) as connection:
                (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        except Error as error:
            said = str(error)
        if said == "ok":
            return False
        file = FindingsFile(self._files.path(number + 1))
        file.prepare()
        file.close()
        return True

    def _open(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, self._number, self._board = None, self._files.newest(), Board()
        if not self._number or self._number == self._lost:
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
