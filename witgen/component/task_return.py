"""What `task.return` may return: not a borrowed handle, which wasmtime 50 does not check."""

from __future__ import annotations

from witgen.component import types as t
from witgen.component.cursor import Cursor
from witgen.component.names import Names
from witgen.component.scope import Scope
from witgen.component.typereader import read_value_type

TASK_RETURN = 0x09


def check_task_return(cursor: Cursor, scope: Scope, names: Names) -> None:
    """Look at the definition at a cursor, which stays where it is.

    Args:
        cursor: Before the opcode.
        scope: The scope of the definition.
        names: The names of this scope.

    Raises:
        Malformed: The result contains a borrowed handle.
    """
    ahead = Cursor(cursor.data, cursor.position + 1, cursor.end)
    if ahead.byte() == 0x00 and _borrows(read_value_type(ahead, scope).type, names, scope, cursor):
        raise cursor.fail("the result of `task.return` contains a borrowed handle")


def _borrows(type: t.DefType | None, names: Names, scope: Scope, cursor: Cursor) -> bool:
    scope.budget.charge(1, cursor)
    parts: tuple[t.DefType | None, ...]
    match type:
        case t.Borrow():
            return True
        case t.Ref():
            parts = (names.definition(type),)
        case t.List(part) | t.Option(part):
            parts = (part,)
        case t.Record() | t.Variant() | t.Tuple() | t.Map() | t.Result() | t.FixedList():
            parts = tuple(t.parts(type))
        case _:
            parts = ()
    return any(_borrows(part, names, scope, cursor) for part in parts)
