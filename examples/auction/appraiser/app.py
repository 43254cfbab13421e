"""The appraiser: an ephemeral worker, so nothing survives a call."""

from wit_world import exports
from wit_world.exports.api import Appraisal, Confidence

calls = 0


class Api(exports.Api):
    def appraise(self, title, tags):
        global calls
        calls += 1
        assert calls == 1, "an ephemeral instance answers one call"
        estimate = 10 * len(title) + 25 * len(tags)
        level = (Confidence.GUESS, Confidence.FAIR, Confidence.SURE)[min(len(tags), 2)]
        return Appraisal(estimate, level)
