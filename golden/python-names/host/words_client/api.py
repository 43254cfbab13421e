"""The client of `acme:words/words`, made by witgen for programs that embed the host.

Each class is connected to a worker of the component deployed as `acme:words`,
by a caller, which is a `runtime_shim.Host`. A method waits for the result of its
function. With `_async` behind its name it is awaited; with `tell_` before it, the call
is queued, for a time when given. The `key` of a call makes it happen once, however often
it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import (
    Optional,
    TypeAlias,
    assert_never,
)

from runtime_shim.typed import (
    Caller,
    Case,
    Remote,
    Sent,
    Some,
    Value,
    in_thread,
    made_for,
)

__all__ = [
    "AcmeWordsImportEnum",
    "AcmeWordsImportUnion",
    "AcmeWordsImportUnionA",
    "AcmeWordsImportUnionBC",
    "COMPONENT",
    "Class",
    "Import",
    "NoneNone",
    "NoneSome",
    "NoneTrue1",
    "None_",
]

made_for(1)

COMPONENT = "acme:words"


@dataclass(frozen=True, slots=True)
class Class:
    """The record `class`."""

    from_: str
    lambda_: int
    int_: int


@dataclass(frozen=True, slots=True)
class NoneNone:
    """The case `none` of `none`."""


@dataclass(frozen=True, slots=True)
class NoneSome:
    """The case `some` of `none`."""

    value: int


@dataclass(frozen=True, slots=True)
class NoneTrue1:
    """The case `true-1` of `none`."""


None_: TypeAlias = NoneNone | NoneSome | NoneTrue1


@dataclass(frozen=True, slots=True)
class AcmeWordsImportUnionA:
    """The case `a` of `acme-words-import-union`."""

    value: Class


@dataclass(frozen=True, slots=True)
class AcmeWordsImportUnionBC:
    """The case `B-c` of `acme-words-import-union`."""


AcmeWordsImportUnion: TypeAlias = AcmeWordsImportUnionA | AcmeWordsImportUnionBC


class AcmeWordsImportEnum(Enum):
    """The enum `acme-words-import-enum`."""

    MRO = "mro"
    NAME = "name"
    VALUE = "value"


class Import:
    """Stands for `acme:words/import`."""

    def __init__(self, caller: Caller, worker: str) -> None:
        self._remote = Remote(caller, COMPONENT, worker)

    def int_(self, str_: str, bytes_: bytes, *, key: str | None = None) -> int:
        return self._remote.call(None, "acme:words/import.{int}", (str_, bytes_), key)

    async def int_async(
        self,
        str_: str,
        bytes_: bytes,
        *,
        key: str | None = None,
    ) -> int:
        """Like `int_`, in a thread of the event loop's executor."""
        return await in_thread(self.int_, str_, bytes_, key=key)

    def tell_int(
        self,
        str_: str,
        bytes_: bytes,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `int_`, to run at `at` if given; its result is dropped."""
        return self._remote.send("acme:words/import.{int}", (str_, bytes_), at, key)

    def str_(self, int_: int, self_value: Class, *, key: str | None = None) -> str:
        return self._remote.call(
            None,
            "acme:words/import.{str}",
            (int_, _lower_class(self_value)),
            key,
        )

    async def str_async(
        self,
        int_: int,
        self_value: Class,
        *,
        key: str | None = None,
    ) -> str:
        """Like `str_`, in a thread of the event loop's executor."""
        return await in_thread(self.str_, int_, self_value, key=key)

    def tell_str(
        self,
        int_: int,
        self_value: Class,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `str_`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:words/import.{str}",
            (int_, _lower_class(self_value)),
            at,
            key,
        )

    def list_(
        self,
        remote: None_,
        param: AcmeWordsImportUnion,
        cls_value: AcmeWordsImportEnum,
        *,
        key: str | None = None,
    ) -> list[None_]:
        return self._remote.call(
            _lift_list_none,
            "acme:words/import.{list}",
            (
                _lower_none(remote),
                _lower_acme_words_import_union(param),
                cls_value.value,
            ),
            key,
        )

    async def list_async(
        self,
        remote: None_,
        param: AcmeWordsImportUnion,
        cls_value: AcmeWordsImportEnum,
        *,
        key: str | None = None,
    ) -> list[None_]:
        """Like `list_`, in a thread of the event loop's executor."""
        return await in_thread(self.list_, remote, param, cls_value, key=key)

    def tell_list(
        self,
        remote: None_,
        param: AcmeWordsImportUnion,
        cls_value: AcmeWordsImportEnum,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `list_`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:words/import.{list}",
            (
                _lower_none(remote),
                _lower_acme_words_import_union(param),
                cls_value.value,
            ),
            at,
            key,
        )

    def pass_(
        self,
        a_b: int,
        import_: int,
        typing: int,
        *,
        key: str | None = None,
    ) -> Optional[Some[AcmeWordsImportUnion | None]]:
        return self._remote.call(
            _lift_option_option_acme_words_import_union,
            "acme:words/import.{pass}",
            (a_b, import_, typing),
            key,
        )

    async def pass_async(
        self,
        a_b: int,
        import_: int,
        typing: int,
        *,
        key: str | None = None,
    ) -> Optional[Some[AcmeWordsImportUnion | None]]:
        """Like `pass_`, in a thread of the event loop's executor."""
        return await in_thread(self.pass_, a_b, import_, typing, key=key)

    def tell_pass(
        self,
        a_b: int,
        import_: int,
        typing: int,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `pass_`, to run at `at` if given; its result is dropped."""
        return self._remote.send(
            "acme:words/import.{pass}",
            (a_b, import_, typing),
            at,
            key,
        )


def _lower_class(value: Class) -> Value:
    return {
        "from": value.from_,
        "lambda": value.lambda_,
        "int": value.int_,
    }


def _lower_none(value: None_) -> Value:
    match value:
        case NoneNone():
            return Case("none")
        case NoneSome():
            return Case("some", value.value)
        case NoneTrue1():
            return Case("true-1")
        case _:
            assert_never(value)


def _lower_acme_words_import_union(value: AcmeWordsImportUnion) -> Value:
    match value:
        case AcmeWordsImportUnionA():
            return Case("a", _lower_class(value.value))
        case AcmeWordsImportUnionBC():
            return Case("B-c")
        case _:
            assert_never(value)


def _lift_none(value: Value) -> None_:
    match value.name:
        case "none":
            return NoneNone()
        case "some":
            return NoneSome(value.value)
        case "true-1":
            return NoneTrue1()
        case _:
            raise ValueError(f"no case `{value.name}`")


def _lift_list_none(value: Value) -> list[None_]:
    return [_lift_none(item) for item in value]


def _lift_class(value: Value) -> Class:
    return Class(
        from_=value["from"],
        lambda_=value["lambda"],
        int_=value["int"],
    )


def _lift_acme_words_import_union(value: Value) -> AcmeWordsImportUnion:
    match value.name:
        case "a":
            return AcmeWordsImportUnionA(_lift_class(value.value))
        case "B-c":
            return AcmeWordsImportUnionBC()
        case _:
            raise ValueError(f"no case `{value.name}`")


def _lift_option_acme_words_import_union(value: Value) -> AcmeWordsImportUnion | None:
    if value is None:
        return None
    return _lift_acme_words_import_union(value)


def _lift_option_option_acme_words_import_union(
    value: Value,
) -> Optional[Some[AcmeWordsImportUnion | None]]:
    if value is None:
        return None
    return Some(_lift_option_acme_words_import_union(value.value))
