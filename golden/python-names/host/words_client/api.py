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
)

from runtime_shim.typed import (
    Caller,
    EnumOf,
    Function,
    ListOf,
    OptionOf,
    Prim,
    RecordOf,
    Remote,
    Sent,
    Some,
    VariantOf,
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
    "None_",
    "None_None_",
    "None_Some",
    "None_True1",
]

made_for(2)

COMPONENT = "acme:words"


@dataclass(frozen=True, slots=True)
class Class:
    """The record `class`."""

    from_: str
    lambda_: int
    int_: int


@dataclass(frozen=True, slots=True)
class None_None_:
    """The case `none` of `none`."""


@dataclass(frozen=True, slots=True)
class None_Some:
    """The case `some` of `none`."""

    value: int


@dataclass(frozen=True, slots=True)
class None_True1:
    """The case `true-1` of `none`."""


None_: TypeAlias = None_None_ | None_Some | None_True1


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
        return self._remote.call(IMPORT_INT, str_, bytes_, key=key)

    async def int_async(
        self,
        str_: str,
        bytes_: bytes,
        *,
        key: str | None = None,
    ) -> int:
        """Like `int_`, in a thread of the event loop's executor."""
        return await self._remote.call_async(IMPORT_INT, str_, bytes_, key=key)

    def tell_int(
        self,
        str_: str,
        bytes_: bytes,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `int_`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(IMPORT_INT, str_, bytes_, at=at, key=key)

    def str_(self, int_: int, self_value: Class, *, key: str | None = None) -> str:
        return self._remote.call(IMPORT_STR, int_, self_value, key=key)

    async def str_async(
        self,
        int_: int,
        self_value: Class,
        *,
        key: str | None = None,
    ) -> str:
        """Like `str_`, in a thread of the event loop's executor."""
        return await self._remote.call_async(IMPORT_STR, int_, self_value, key=key)

    def tell_str(
        self,
        int_: int,
        self_value: Class,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> Sent:
        """Queue `str_`, to run at `at` if given; its result is dropped."""
        return self._remote.tell(IMPORT_STR, int_, self_value, at=at, key=key)

    def list_(
        self,
        remote: None_,
        param: AcmeWordsImportUnion,
        cls_value: AcmeWordsImportEnum,
        *,
        key: str | None = None,
    ) -> list[None_]:
        return self._remote.call(IMPORT_LIST, remote, param, cls_value, key=key)

    async def list_async(
        self,
        remote: None_,
        param: AcmeWordsImportUnion,
        cls_value: AcmeWordsImportEnum,
        *,
        key: str | None = None,
    ) -> list[None_]:
        """Like `list_`, in a thread of the event loop's executor."""
        return await self._remote.call_async(
            IMPORT_LIST,
            remote,
            param,
            cls_value,
            key=key,
        )

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
        return self._remote.tell(IMPORT_LIST, remote, param, cls_value, at=at, key=key)

    def pass_(
        self,
        a_b: int,
        import_: int,
        typing: int,
        *,
        key: str | None = None,
    ) -> Optional[Some[AcmeWordsImportUnion | None]]:
        return self._remote.call(IMPORT_PASS, a_b, import_, typing, key=key)

    async def pass_async(
        self,
        a_b: int,
        import_: int,
        typing: int,
        *,
        key: str | None = None,
    ) -> Optional[Some[AcmeWordsImportUnion | None]]:
        """Like `pass_`, in a thread of the event loop's executor."""
        return await self._remote.call_async(IMPORT_PASS, a_b, import_, typing, key=key)

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
        return self._remote.tell(IMPORT_PASS, a_b, import_, typing, at=at, key=key)


IMPORT_INT = Function(
    "acme:words/import.{int}",
    ("str", Prim.STRING),
    ("bytes", ListOf(Prim.U8)),
    result=Prim.S64,
)
CLASS = RecordOf(
    Class,
    ("from", Prim.STRING),
    ("lambda", Prim.U8),
    ("int", Prim.S16),
)
IMPORT_STR = Function(
    "acme:words/import.{str}",
    ("int", Prim.U8),
    ("self-value", CLASS),
    result=Prim.STRING,
)
NONE = VariantOf(
    "none",
    ("none", None_None_, None),
    ("some", None_Some, Prim.U8),
    ("true-1", None_True1, None),
)
ACME_WORDS_IMPORT_UNION = VariantOf(
    "acme-words-import-union",
    ("a", AcmeWordsImportUnionA, CLASS),
    ("B-c", AcmeWordsImportUnionBC, None),
)
ACME_WORDS_IMPORT_ENUM = EnumOf(AcmeWordsImportEnum)
IMPORT_LIST = Function(
    "acme:words/import.{list}",
    ("remote", NONE),
    ("param", ACME_WORDS_IMPORT_UNION),
    ("cls-value", ACME_WORDS_IMPORT_ENUM),
    result=ListOf(NONE),
)
OPTION_OPTION_ACME_WORDS_IMPORT_UNION = OptionOf(OptionOf(ACME_WORDS_IMPORT_UNION))
IMPORT_PASS = Function(
    "acme:words/import.{pass}",
    ("a-b", Prim.U8),
    ("import", Prim.U8),
    ("typing", Prim.U8),
    result=OPTION_OPTION_ACME_WORDS_IMPORT_UNION,
)
