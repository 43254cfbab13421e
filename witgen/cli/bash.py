"""Completion in Bash, which splits words at colons: `shop:ca` is three words to it."""

from __future__ import annotations

import os
from typing import Any

from click.shell_completion import (
    BashComplete,
    CompletionItem,
    add_completion_class,
    split_arg_string,
)


class Bash(BashComplete):
    """click's, with words that have colons put together again."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is completed, and that one."""
        at = int(os.environ["COMP_CWORD"])
        words = split_arg_string(os.environ["COMP_WORDS"])[1 : at + 1]
        words += [""] * (at - len(words))
        joined: list[str] = []
        for word in words:
            if joined and word and (word.startswith(":") or joined[-1].endswith(":")):
                joined[-1] += word
            else:
                joined.append(word)
        *before, self._last = joined or [""]
        return before, self._last

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """What Bash puts in the place of its word: only what follows the last colon."""
        begun = self._last[: self._last.rfind(":") + 1]
        return f"{item.type},{item.value.removeprefix(begun)}"


def register() -> None:
    """Complete this way."""
    add_completion_class(Bash)
