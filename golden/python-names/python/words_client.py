"""The client of `acme:words/words`, made by witgen.

The resources of `acme:words-client/words-client`. Each member is one call over golem:rpc: its
parameters are written with the codecs of their types, and the reply is read back.
"""

from __future__ import annotations

import builtins
from typing import (
    List,
    Optional,
    Self,
)

from client_types import (
    ACME_WORDS_IMPORT_ENUM,
    ACME_WORDS_IMPORT_UNION,
    CLASS,
    NONE,
)
from componentize_py_types import Some
from remote import (
    Param,
    Pending,
    Remote,
    RemoteInterface,
    Resource,
)
from wit_value import (
    Bytes,
    ListOf,
    NestedOptionOf,
    OptionOf,
    S64,
    STRING,
    U8,
)
from wit_world.exports.words_types import (
    AcmeWordsImportEnum,
    AcmeWordsImportUnion,
    Class,
    None_,
)
from wit_world.imports.poll import Pollable
from wit_world.imports.types import (
    CancellationToken,
    WorkerId,
)
from wit_world.imports.wall_clock import Datetime

from wit_world.exports import words_client as _protocols

COMPONENT = "acme:words"


class FutureIntResult(Resource, _protocols.FutureIntResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[int]:
        return self._pending.get(S64)


class FutureStrResult(Resource, _protocols.FutureStrResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[str]:
        return self._pending.get(STRING)


class FutureListResult(Resource, _protocols.FutureListResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[List[None_]]:
        return self._pending.get(ListOf(NONE))


class FuturePassResult(Resource, _protocols.FuturePassResult):
    """A call under way."""

    def __init__(
        self,
        pending: Pending,
    ) -> None:
        self._pending = pending

    def subscribe(self) -> Pollable:
        return self._pending.subscribe()

    def get(self) -> Optional[Some[Optional[Some[Optional[AcmeWordsImportUnion]]]]]:
        return self._pending.get_some(NestedOptionOf(OptionOf(ACME_WORDS_IMPORT_UNION)))


class Import(RemoteInterface, _protocols.Import):
    """Stands for `acme:words/import`."""

    def __init__(
        self,
        worker_name: builtins.str,
    ) -> None:
        self._remote = Remote.worker(COMPONENT, worker_name)

    @classmethod
    def custom(
        cls,
        worker_id: WorkerId,
    ) -> Self:
        return cls._connected(Remote.worker_id(worker_id))

    def blocking_int(
        self,
        str: builtins.str,
        bytes: bytes,
    ) -> builtins.int:
        return self._remote.call(
            "acme:words/import.{int}",
            S64,
            Param(STRING, str),
            Param(Bytes(U8), bytes),
        )

    def int(
        self,
        str: builtins.str,
        bytes: bytes,
    ) -> FutureIntResult:
        return FutureIntResult(
            self._remote.start(
                "acme:words/import.{int}",
                Param(STRING, str),
                Param(Bytes(U8), bytes),
            ),
        )

    def schedule_int(
        self,
        str: builtins.str,
        bytes: bytes,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:words/import.{int}",
            Param(STRING, str),
            Param(Bytes(U8), bytes),
        )

    def blocking_str(
        self,
        int: builtins.int,
        self_value: Class,
    ) -> builtins.str:
        return self._remote.call(
            "acme:words/import.{str}",
            STRING,
            Param(U8, int),
            Param(CLASS, self_value),
        )

    def str(
        self,
        int: builtins.int,
        self_value: Class,
    ) -> FutureStrResult:
        return FutureStrResult(
            self._remote.start(
                "acme:words/import.{str}",
                Param(U8, int),
                Param(CLASS, self_value),
            ),
        )

    def schedule_str(
        self,
        int: builtins.int,
        self_value: Class,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:words/import.{str}",
            Param(U8, int),
            Param(CLASS, self_value),
        )

    def blocking_list(
        self,
        remote: None_,
        param: AcmeWordsImportUnion,
        cls_value: AcmeWordsImportEnum,
    ) -> List[None_]:
        return self._remote.call(
            "acme:words/import.{list}",
            ListOf(NONE),
            Param(NONE, remote),
            Param(ACME_WORDS_IMPORT_UNION, param),
            Param(ACME_WORDS_IMPORT_ENUM, cls_value),
        )

    def list(
        self,
        remote: None_,
        param: AcmeWordsImportUnion,
        cls_value: AcmeWordsImportEnum,
    ) -> FutureListResult:
        return FutureListResult(
            self._remote.start(
                "acme:words/import.{list}",
                Param(NONE, remote),
                Param(ACME_WORDS_IMPORT_UNION, param),
                Param(ACME_WORDS_IMPORT_ENUM, cls_value),
            ),
        )

    def schedule_list(
        self,
        remote: None_,
        param: AcmeWordsImportUnion,
        cls_value: AcmeWordsImportEnum,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:words/import.{list}",
            Param(NONE, remote),
            Param(ACME_WORDS_IMPORT_UNION, param),
            Param(ACME_WORDS_IMPORT_ENUM, cls_value),
        )

    def blocking_pass(
        self,
        a_b: builtins.int,
        import_: builtins.int,
        typing: builtins.int,
    ) -> Optional[Some[Optional[AcmeWordsImportUnion]]]:
        return self._remote.call(
            "acme:words/import.{pass}",
            NestedOptionOf(OptionOf(ACME_WORDS_IMPORT_UNION)),
            Param(U8, a_b),
            Param(U8, import_),
            Param(U8, typing),
        )

    def pass_(
        self,
        a_b: builtins.int,
        import_: builtins.int,
        typing: builtins.int,
    ) -> FuturePassResult:
        return FuturePassResult(
            self._remote.start(
                "acme:words/import.{pass}",
                Param(U8, a_b),
                Param(U8, import_),
                Param(U8, typing),
            ),
        )

    def schedule_pass(
        self,
        a_b: builtins.int,
        import_: builtins.int,
        typing: builtins.int,
        scheduled_for: Datetime,
    ) -> CancellationToken:
        return self._remote.schedule(
            scheduled_for,
            "acme:words/import.{pass}",
            Param(U8, a_b),
            Param(U8, import_),
            Param(U8, typing),
        )
