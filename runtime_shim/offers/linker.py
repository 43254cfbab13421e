"""Assembling the linker of a component: WASI underneath, the host's offers on top.

One linker serves all instances of a component. Offers shadow WASI's interfaces by exact name, which
wins over wasmtime's semver-compatible one.
"""

from __future__ import annotations

from collections.abc import Mapping

import wasmtime
from wasmtime.component import Linker, LinkerInstance, ResourceType

from runtime_shim.boundary import ffi
from runtime_shim.boundary.reflect import Interface, Shape
from runtime_shim.boundary.resources import Codec, Exported, Passed
from runtime_shim.errors import LinkError
from runtime_shim.offers.provide import HostResource, Offer


class Codecs:
    """The codec of every resource that a component knows.

    `handles` is the form that is passed; `objects` differs for client resources, whose `self` is
    the client. `kept` is what the linker calls.
    """

    def __init__(self, shape: Shape, offers: Mapping[str, Offer]) -> None:
        self.kept: list[object] = []
        self._shape = shape
        self._hosted: dict[tuple[str, str], HostResource] = {}
        for number, resource in enumerate(shape.imported.known, start=1):
            offer = offers.get(resource.interface)
            make = offer.resources.get(resource.name) if offer else None
            if make is not None:
                self._hosted[resource.interface, resource.name] = make(number)

    def hosted(self, interface: str, name: str) -> HostResource | None:
        """The resource that the host defines as `interface`'s `name`."""
        return self._hosted.get((interface, name))

    def handles(self, ty: ResourceType) -> Codec | None:
        """How the resource travels."""
        return self._codec(ty, objects=False)

    def objects(self, ty: ResourceType) -> Codec | None:
        """How the resource appears as `self` or as the result of a constructor."""
        return self._codec(ty, objects=True)

    def _codec(self, ty: ResourceType, *, objects: bool) -> Codec | None:
        owner = self._shape.resources.find(ty)
        if owner is None:
            return None
        if self._shape.imported.find(ty) is None:
            return Exported(owner.name, owner.interface)
        hosted = self._hosted.get((owner.interface, owner.name))
        if hosted is None:
            return Passed()
        return hosted.self_codec if objects else hosted.codec


def build(
    engine: wasmtime.Engine,
    shape: Shape,
    offers: Mapping[str, Offer],
    codecs: Codecs,
) -> Linker:
    """The linker for a component of this shape.

    Raises:
        LinkError: An import needs something that its offer lacks.
    """
    linker = Linker(engine)
    linker.allow_shadowing = True
    linker.add_wasip2()
    with linker.root() as root:
        for interface in shape.imports.values():
            offer = offers.get(interface.name)
            if offer is None:
                continue
            if not interface.name:
                _define(root, interface, offer, codecs)
            elif interface.functions or interface.owned:
                with root.add_instance(interface.name) as instance:
                    _define(instance, interface, offer, codecs)
    return linker


def _define(instance: LinkerInstance, interface: Interface, offer: Offer, codecs: Codecs) -> None:
    for name in interface.owned:  # an alias of another's must not be defined again
        hosted = codecs.hosted(interface.name, name)
        if hosted is None or hosted.codec.number is None:
            raise LinkError(f"nothing provides the resource `{name}` of `{interface.name}`")
        ty = ResourceType.host(hosted.codec.number)
        codecs.kept.append(ffi.define_resource(instance, name, ty, hosted.drop))
    for name, function in interface.functions.items():
        host = offer.functions.get(name)
        if host is None or function.raw is None:
            raise LinkError(f"nothing provides the function `{name}` of `{interface.name}`")
        lifting = [codecs.handles] * len(function.raw.params)
        if name.startswith("[method]"):
            lifting[0] = codecs.objects
        label = f"{interface.name}.{{{name}}}"
        run, unfit, raw, packed = host.run, host.unfit, function.raw, function.packed
        of = codecs.objects if host.makes else codecs.handles
        made = ffi.define(instance, name, label, raw, lifting, of, run, unfit, packed=packed)
        codecs.kept.append(made)
