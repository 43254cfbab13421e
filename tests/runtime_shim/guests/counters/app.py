"""A target with global state, a resource, and functions of every shape."""

import os
import random
import sys
import time

from api import DROPPED
from componentize_py_types import Err
from wit_world import exports

TOTAL = 0


class Api(exports.Api):
    def add(self, a, b):
        return a + b

    def inc_global_by(self, value):
        global TOTAL
        TOTAL += value
        print(f"total {TOTAL}")

    def get_global_value(self):
        return TOTAL

    def get_dropped(self):
        return list(DROPPED)

    def echo_shape(self, value):
        return value

    def check(self, text):
        if text != "good":
            raise Err(f"not good: {text}")

    def slow(self, milliseconds):
        time.sleep(milliseconds / 1000)
        return milliseconds

    def fail(self, message):
        raise ValueError(message)

    def environment(self):
        return sorted(os.environ.items()), sys.argv

    def random(self):
        return [random.SystemRandom().getrandbits(64), time.time_ns(), time.monotonic_ns()]
