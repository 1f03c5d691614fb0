"""Options of a verb: a table of names, each a Flag, a Value or a List. Unknown ones end the tool with one line."""
from console import Stop


class Options:
    """flags: names without a value. values: name -> check(text). lists: like values, may come several times."""

    def __init__(self, verb, flags=(), values=None, lists=None):
        self.verb, self.flags = verb, set(flags)
        self.values, self.lists = values or {}, lists or {}

    def parse(self, words):
        """(found, rest): rest is None without `--`, else what stands behind it; plain words are found['words']."""
        found = {"words": []}
        found.update({name: False for name in self.flags})
        found.update({name: None for name in self.values})
        found.update({name: [] for name in self.lists})
        position = 0
        while position < len(words):
            word = words[position]
            position += 1
            if word == "--":
                return found, words[position:]
            if not word.startswith("-") or word == "-":
                found["words"].append(word)
                continue
            name, equals, text = word.lstrip("-").partition("=")
            if not word.startswith("--") or name not in found or name == "words":
                raise Stop(f"{self.verb}: unknown option {word}")
            if name in self.flags:
                if equals:
                    raise Stop(f"{self.verb}: --{name} takes no value")
                found[name] = True
                continue
            if not equals:
                if position == len(words):
                    raise Stop(f"{self.verb}: --{name} needs a value")
                text = words[position]
                position += 1
            if name in self.values:
                found[name] = self.values[name](f"--{name}", text)
            else:
                found[name].append(self.lists[name](f"--{name}", text))
        return found, None


def text(name, value):
    return value


def number(low, high):
    """A check for a decimal number within bounds."""

    def check(name, value):
        if not value.isdecimal() or not low <= int(value) <= high:
            raise Stop(f"{name}: '{value}' is not a number from {low} to {high}")
        return int(value)

    return check


def choice(*words):
    def check(name, value):
        if value not in words:
            raise Stop(f"{name}: '{value}' is none of {', '.join(words)}")
        return value

    return check
