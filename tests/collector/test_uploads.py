"""Requests on their way to gRPC: counted as they pass, and bounded without anyone waiting for ever."""

from __future__ import annotations

import asyncio
import threading
from itertools import pairwise

import grpc
from hypothesis import given
from hypothesis import strategies as st

from collector.running import TRACES, Running, request_of
from halo_dash.collector.frames import DATA, HEADERS, PREFACE, RST_STREAM, Frame, FrameScanner
from halo_dash.collector.uploads import Upload, Uploads

frames = st.builds(
    Frame,
    length=st.integers(0, 40),
    kind=st.integers(0, 9),
    flags=st.integers(0, 255),
    stream=st.integers(0, 9),
)

steps_of_four = st.tuples(st.integers(0, 3), st.sampled_from(["send", "answer", "lose"]), st.integers(1, 90))


def wire(frame: Frame) -> bytes:
    head = (
        frame.length.to_bytes(3, "big") + bytes([frame.kind, frame.flags]) + frame.stream.to_bytes(4, "big")
    )
    return head + bytes(frame.length)


@given(st.lists(frames, max_size=12), st.lists(st.integers(0, 400), max_size=12), st.booleans())
def test_frames_are_seen_however_the_bytes_are_cut(sent: list[Frame], cuts: list[int], opens: bool) -> None:
    data = (PREFACE if opens else b"") + b"".join(map(wire, sent))
    scanner = FrameScanner(len(PREFACE) if opens else 0)
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    seen = [frame for begin, end in pairwise(edges) for frame in scanner.feed(data[begin:end])]
    assert seen == sent


class Side:
    """A client's end that only remembers what it was told."""

    def __init__(self) -> None:
        self.is_held = False
        self.closed = asyncio.Event()

    def hold(self) -> None:
        self.is_held = True

    def let_go(self) -> None:
        self.is_held = False

    def close(self) -> None:
        self.closed.set()


def data(length: int, stream: int = 1, *, ends: bool = False) -> bytes:
    return wire(Frame(length, DATA, int(ends), stream))


ANSWER = wire(Frame(3, HEADERS, 5, 1))


async def started(uploads: Uploads, count: int) -> list[tuple[Side, Upload]]:
    sides = [Side() for _ in range(count)]
    made = [(side, Upload(uploads, side)) for side in sides]
    for _, upload in made:
        upload.sent(PREFACE)
    return made


def test_the_oldest_goes_on_and_the_others_wait_their_turn() -> None:
    async def play() -> None:
        uploads = Uploads(patience_s=60, room=100)
        (first, one), (second, two), (third, three) = await started(uploads, 3)
        one.sent(data(60))
        two.sent(data(30))
        assert not first.is_held
        assert not second.is_held
        three.sent(data(30))
        assert (first.is_held, second.is_held, third.is_held) == (False, True, True)
        one.sent(data(500, ends=True))
        assert not first.is_held, "the oldest may always go on"
        one.answered(ANSWER)
        assert (uploads.total, second.is_held, third.is_held) == (60, False, False)
        two.sent(data(50) + wire(Frame(4, RST_STREAM, 0, 1)))
        assert uploads.total == 30
        three.lost()
        assert uploads.total == 0

    asyncio.run(play())


def test_one_that_stops_in_the_middle_is_hung_up_on() -> None:
    async def play() -> None:
        uploads = Uploads(patience_s=0.05, room=100)
        (first, one), (second, two), (third, three) = await started(uploads, 3)
        one.sent(data(80))
        two.sent(data(80, ends=True))
        three.sent(data(10))
        while not first.closed.is_set():
            one.sent(wire(Frame(8, 6, 0, 0)))  # a ping is no progress
            await asyncio.sleep(0.01)
        one.lost()
        assert not second.is_held
        assert not second.closed.is_set(), "it waits for its answer, which is not its fault"
        assert not third.closed.is_set(), "it was told to wait"

    asyncio.run(asyncio.wait_for(play(), 20))


@given(st.lists(steps_of_four, max_size=40))
def test_somebody_may_always_go_on(steps: list[tuple[int, str, int]]) -> None:
    async def play() -> None:
        uploads = Uploads(patience_s=60, room=100)
        made = await started(uploads, 4)
        for who, what, size in steps:
            side, upload = made[who]
            if what == "send" and not side.is_held:
                upload.sent(data(size))
            elif what == "answer":
                upload.answered(ANSWER)
            elif what == "lose":
                upload.lost()
            assert uploads.total == sum(each.size for _, each in made)
            assert not all(side.is_held for side, _ in made)
            assert uploads.total > 100 or not any(side.is_held for side, _ in made)

    asyncio.run(play())


def test_many_big_messages_at_once_are_all_taken(collector: Running) -> None:
    failures: list[Exception] = []

    def send(trace: int) -> None:
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_send_message_length", -1)]
        try:
            with grpc.insecure_channel(collector.target, options=options) as channel:
                body = request_of(3, trace=trace, text="x" * (3 << 20)).SerializeToString()
                channel.unary_unary(TRACES)(body, timeout=50)
        except Exception as error:  # noqa: BLE001 - reported below
            failures.append(error)

    threads = [threading.Thread(target=send, args=(5_000 + n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert all(len(collector.store.spans.outline(f"{5_000 + n:032x}")) == 3 for n in range(6))
