"""A set of row numbers as bits, in blocks, so that a rare value costs little wherever its rows are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

_BLOCK_BITS = 12
_IN_BLOCK = (1 << _BLOCK_BITS) - 1


class Bits:
    """A mutable set of whole numbers from 0."""

    BLOCK = _BLOCK_BITS
    """`blocks` has the bits of 2**BLOCK rows each, by their number."""

    __slots__ = ("_size", "blocks")

    def __init__(self, blocks: dict[int, int] | None = None) -> None:
        self.blocks = {} if blocks is None else blocks
        self._size: int | None = None

    @classmethod
    def of(cls, rows: Iterable[int]) -> Bits:
        """The set of these rows."""
        by_block: dict[int, bytearray] = {}
        for row in rows:
            block = by_block.get(row >> _BLOCK_BITS)
            if block is None:
                block = by_block[row >> _BLOCK_BITS] = bytearray((_IN_BLOCK + 1) // 8)
            block[(row & _IN_BLOCK) >> 3] |= 1 << (row & 7)
        return cls({number: int.from_bytes(block, "little") for number, block in by_block.items()})

    @classmethod
    def union(cls, sets: Iterable[Bits]) -> Bits:
        """A new set of everything that is in any of them."""
        blocks: dict[int, int] = {}
        for each in sets:
            for number, bits in each.blocks.items():
                blocks[number] = blocks.get(number, 0) | bits
        return cls(blocks)

    def copy(self) -> Bits:
        """The same set, which changes by itself."""
        return Bits(dict(self.blocks))

    def __iter__(self) -> Iterator[int]:
        """The rows, ascending."""
        for number in sorted(self.blocks):
            bits = self.blocks[number]
            while bits:
                lowest = bits & -bits
                yield (number << _BLOCK_BITS) + lowest.bit_length() - 1
                bits ^= lowest

    def to_flags(self) -> bytes:
        """`1` at the place of each row that is in, `0` elsewhere."""
        in_block = _IN_BLOCK + 1
        found = bytearray(b"0" * ((max(self.blocks, default=-1) + 1) * in_block))
        for number, bits in self.blocks.items():
            flags = format(bits, f"0{in_block}b").encode()
            found[number * in_block : (number + 1) * in_block] = flags[::-1]
        return bytes(found)

    def put(self, row: int, *, is_in: bool) -> None:
        """Make the row a member, or not."""
        self._size = None
        number, bit = row >> _BLOCK_BITS, 1 << (row & _IN_BLOCK)
        if is_in:
            self.blocks[number] = self.blocks.get(number, 0) | bit
        elif number in self.blocks:
            self.blocks[number] &= ~bit

    def intersection(self, others: Sequence[Bits]) -> Bits:
        """What is in this set and in all others; this set itself where there are no others."""
        if not others:
            return self
        blocks = dict(self.blocks)
        for other in others:
            blocks = {number: bits & other.blocks.get(number, 0) for number, bits in blocks.items()}
        return Bits(blocks)

    def without(self, other: Bits) -> Bits:
        """What is in this set and not in the other."""
        blocks = {number: bits & ~other.blocks.get(number, 0) for number, bits in self.blocks.items()}
        return Bits({number: bits for number, bits in blocks.items() if bits})

    @property
    def size(self) -> int:
        """How many rows it has; counted once until it changes."""
        if self._size is None:
            self._size = sum(bits.bit_count() for bits in self.blocks.values())
        return self._size

    def count_of(self, other: Bits) -> int:
        """How many rows both have."""
        mine = self.blocks
        return sum((mine.get(number, 0) & bits).bit_count() for number, bits in other.blocks.items())
