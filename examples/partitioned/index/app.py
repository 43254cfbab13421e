"""The index: asks the shards that have the words, all of them at the same time."""

import time
from zlib import crc32

from wit_world.exports.index import Found
from wit_world.imports.poll import poll
from wit_world.imports.shard_client import Words


class Index:
    def add(self, parts, text):
        words = [[] for _ in range(parts)]
        for word in text.split():
            words[home(word, parts)].append(word)
        return answers(shard(n, parts).add(words[n]) for n in range(parts))

    def count(self, parts, word):
        return shard(home(word, parts), parts).blocking_count(word)

    def closest(self, parts, word, most):
        begin = time.monotonic()
        found = answers(shard(n, parts).closest(word, most) for n in range(parts))
        nearest = sorted(pair for pairs in found for pair in pairs)[:most]
        took = time.monotonic() - begin
        return Found([word for _, word in nearest], round(took * 1000))


def shard(number, parts):
    """The worker that has one of the parts."""
    return Words(f"{number + 1}-of-{parts}")


def home(word, parts):
    """The part that a word belongs to, the same for everyone who asks."""
    return crc32(word.encode()) % parts


def answers(futures):
    """The answers to calls that were all started before the first is waited for."""
    started = dict(enumerate(futures))
    found = {}
    while started:
        waiting = list(started)
        for place in poll([started[n].subscribe() for n in waiting]):
            found[waiting[place]] = started.pop(waiting[place]).get()
    return [found[n] for n in sorted(found)]
