"""The resource of the interface `api`: componentize-py looks for it in a module of that name."""

from wit_world import exports

DROPPED = []


class Counter(exports.api.Counter):
    def __init__(self, name):
        self.name = name
        self.value = 0

    def inc_by(self, value):
        self.value += value

    def get_value(self):
        return self.value

    @classmethod
    def merge(cls, a, b):
        made = cls(f"{a.name}+{b.name}")
        made.value = a.value + b.value
        return made

    def __del__(self):
        DROPPED.append((self.name, self.value))
