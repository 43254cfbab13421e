"""What can be sent between workers: the types and functions that golem:rpc supports."""

from __future__ import annotations

from dataclasses import field

from witgen.client.kinds import children
from witgen.resolve import model as m
from witgen.value import state

_SHAPES = frozenset(
    {
        m.FunctionShape.FREESTANDING,
        m.FunctionShape.METHOD,
        m.FunctionShape.STATIC,
        m.FunctionShape.CONSTRUCTOR,
    }
)


@state
class Travel:
    """Judges the types and functions of a target.

    Attributes:
        resolve: The target.
        exported: The resources that its exports declare.
        otherwise: The reason given for other resources.
    """

    resolve: m.Resolve
    exported: frozenset[m.TypeId]
    otherwise: str = "which the target does not export"
    _reasons: dict[m.TypeId, str | None] = field(default_factory=dict)
    _reaching: dict[m.TypeId, bool] = field(default_factory=dict)

    def reason(self, ty: m.Type) -> str | None:
        """Why values of the type cannot be sent: what it is or contains; None if they can."""
        if isinstance(ty, m.Prim):
            return "an error-context" if ty is m.Prim.ERROR_CONTEXT else None
        if ty not in self._reasons:
            self._reasons[ty] = None
            self._reasons[ty] = self._of_kind(ty)
        return self._reasons[ty]

    def reaches_resource(self, ty: m.Type) -> bool:
        """Whether values of the type contain handles of an exported resource."""
        if isinstance(ty, m.Prim):
            return False
        if ty not in self._reaching:
            self._reaching[ty] = False
            kind = self.resolve.types[ty].kind
            self._reaching[ty] = isinstance(kind, m.Resource) or any(
                self.reaches_resource(child) for child in children(kind)
            )
        return self._reaching[ty]

    def keeps(self, item: m.TypeId | m.Function) -> bool:
        """Whether a type or function can be part of a client or of what it refers to."""
        if isinstance(item, m.Function):
            return self.function(item) is None
        return self.reason(item) is None

    def function(self, function: m.Function) -> str | None:
        """Why a function cannot be called from another worker, or None."""
        shape = function.kind.shape
        if shape not in _SHAPES:
            return "it is asynchronous" if "async" in shape.value else "it is an accessor"
        for param in function.params:
            reason = self.reason(param.type)
            if reason:
                return f"its parameter `{param.name}` is or contains {reason}"
        reason = None if function.result is None else self.reason(function.result)
        return f"its result is or contains {reason}" if reason else None

    def _of_kind(self, ty: m.TypeId) -> str | None:
        typedef = self.resolve.types[ty]
        match typedef.kind:
            case m.Stream():
                return "a stream"
            case m.Future():
                return "a future"
            case m.Map():
                return "a map"
            case m.FixedLengthList():
                return "a fixed-length list"
            case m.Resource():
                if ty in self.exported:
                    return None
                return f"the resource `{typedef.name}`, {self.otherwise}"
            case kind:
                reasons = (self.reason(child) for child in children(kind))
                return next((reason for reason in reasons if reason), None)
