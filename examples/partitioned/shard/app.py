"""A shard: each worker has the words of one part of the index."""

SEEN = {}


class Words:
    def add(self, words):
        for word in words:
            SEEN[word] = SEEN.get(word, 0) + 1
        return len(SEEN)

    def count(self, word):
        return SEEN.get(word, 0)

    def closest(self, word, most):
        return sorted((changes(word, other), other) for other in SEEN)[:most]


def changes(one, other):
    """How many letters must be inserted, removed or replaced (Levenshtein)."""
    before = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, wanted in enumerate(other, 1):
            replaced = before[column - 1] + (letter != wanted)
            now.append(min(before[column] + 1, now[-1] + 1, replaced))
        before = now
    return before[-1]
