"""What the plugin tests/peers/sharedlines.c writes: the cache lines that one of two processors wrote and the other touched. Whoever
asks which lines are shared is told those that both touch from RATE times an operation on; that leaves out what interrupts do."""
import collections
import dataclasses

RATE = 0.05


def in_order(sources):
    """file:3, file:12 and file:5 as one word: file:3,5,12."""
    files = collections.defaultdict(set)
    for path, _, line in (source.partition(":") for source in sources if source):
        files[path].add(int(line))
    return " ".join(f"{path}:{','.join(map(str, sorted(lines)))}" for path, lines in files.items())


@dataclasses.dataclass
class Side:
    """What one processor did to a line: stores, loads per operation, masks of bytes, {instruction: touches}."""
    stores: float
    loads: float
    stored: int
    loaded: int
    places: dict

    @property
    def touches(self):
        return self.stores + self.loads


@dataclasses.dataclass
class Line:
    address: int
    sides: list

    @property
    def counts(self):
        """One processor writes it and the other touches it, each at least RATE times an operation."""
        return any(a.stores >= RATE and b.touches >= RATE for a, b in (self.sides, self.sides[::-1]))

    @property
    def same_bytes(self):
        """Some byte that one processor writes is touched by the other: no matter of layout."""
        return any(a.stored & (b.stored | b.loaded) for a, b in (self.sides, self.sides[::-1]))

    @property
    def written(self):
        return self.sides[0].stored | self.sides[1].stored

    @property
    def bytes(self):
        return self.written | self.sides[0].loaded | self.sides[1].loaded

    def functions(self, written):
        """[(function, share of the touches, lines of source)], the most frequent first. written: places.of."""
        found, lines = collections.Counter(), collections.defaultdict(set)
        for side in self.sides:
            for place, touches in side.places.items():
                function, source = written[place]
                found[function] += touches
                lines[function].add(source)
        return [(name, touches / found.total(), in_order(lines[name])) for name, touches in found.most_common()]


@dataclasses.dataclass
class Window:
    operations: int
    touches: list          # Of each processor, an operation.
    lines: list            # All that one wrote and the other touched.

    @property
    def shared(self):
        return sorted((line for line in self.lines if line.counts), key=lambda line: -sum(side.touches for side in line.sides))

    @property
    def rare(self):
        return [line for line in self.lines if not line.counts]


def side(words, operations):
    places = (place.split(":") for place in words[4].split(",") if place)
    return Side(int(words[0]) / operations, int(words[1]) / operations, int(words[2], 16), int(words[3], 16),
                {int(place, 16): int(touches) for place, touches in places})


def windows(text):
    """What the plugin wrote: {label: Window}."""
    found = {}
    for words in (line.split("\t") for line in text.splitlines()):
        if words[0] == "#":
            n = int(words[2])
            found[words[1]] = Window(n, [int(words[3]) / n, int(words[4]) / n], [])
        else:
            n = int(words[1])
            found[words[0]].lines.append(Line(int(words[2], 16), [side(words[3:8], n), side(words[8:13], n)]))
    return found
