"""The resources of a client interface: those that stand for something of the target, and futures."""

from __future__ import annotations

from witgen.client.assembly import Assembly
from witgen.client.entities import Entity
from witgen.client.gates import Gates, both
from witgen.client.host_types import HostTypes
from witgen.client.members import Maker, Terms
from witgen.client.model import ClientResource, Extra, FutureResource, Member
from witgen.client.naming import member_names
from witgen.client.placement import Census, Home, Placement
from witgen.client.travel import Travel
from witgen.client.warnings import Warn
from witgen.resolve import model as m
from witgen.value import value


@value
class Declaration:
    """Declares the resources of a client interface and their members.

    Attributes:
        assembly: What is added to.
        interface: The client interface.
        entities: What becomes a client resource.
        names: What these resources are called.
        future_names: What the future of each function is called, by entity and full name.
        durable: Whether workers have names.
        extras: The members beyond Golem's rules.
        travel: What of the target can travel.
        placement: Where its types are.
        host: The host's types.
        warn: Takes warnings.
    """

    assembly: Assembly
    interface: m.InterfaceId
    entities: tuple[Entity, ...]
    names: tuple[str, ...]
    future_names: dict[tuple[int, str], str]
    durable: bool
    extras: tuple[Extra, ...]
    travel: Travel
    placement: Placement
    host: HostTypes
    warn: Warn

    def run(self, census: Census) -> tuple[tuple[ClientResource, ...], tuple[FutureResource, ...]]:
        """Types first, then futures and resources, then their functions."""
        late, placement = [], self.placement
        for ref, want in census.shown.items():
            if want.home is Home.CLIENT and self.travel.reaches_resource(ref):
                late.append(ref)
            else:
                placement.declare(ref)
        define, gates = self.assembly.define, placement.gates
        future_refs = {
            key: define(self.interface, name, m.Resource(), None, self._future_gate(key, gates))
            for key, name in self.future_names.items()
        }
        refs = []
        for entity, name in zip(self.entities, self.names, strict=True):
            gate = gates.entity(entity)
            ref = define(self.interface, name, m.Resource(), entity.docs, gate)
            refs.append(ref)
            if entity.resource is not None:
                placement.resources.setdefault(entity.resource, ref)
        for ref in late:
            placement.declare(ref)
        futures = {key: self._future(ref, key) for key, ref in future_refs.items()}
        resources = [self._resource(index, ref, futures) for index, ref in enumerate(refs)]
        return tuple(resources), tuple(futures.values())

    def _function(self, key: tuple[int, str]) -> m.Function:
        index, full = key
        return next(f for f in self.entities[index].functions if f.name == full)

    def _result(self, key: tuple[int, str]) -> m.Type:
        found = self._function(key).result
        assert found is not None  # only functions with a result have a future
        return found

    def _future_gate(self, key: tuple[int, str], gates: Gates) -> m.Stability:
        """A future is declared beside the resource of its function, not inside it."""
        entity = self.entities[key[0]]
        return both(gates.function(entity, self._function(key)), gates.entity(entity))

    def _future(self, ref: m.TypeId, key: tuple[int, str]) -> FutureResource:
        name, result = self.future_names[key], self._result(key)
        gate = self._future_gate(key, self.placement.gates)
        gate = gate if isinstance(gate, m.Unstable) else None
        this = (m.Param("self", self.assembly.anonymous(m.Borrow(ref))),)
        kind = m.FunctionKind(m.FunctionShape.METHOD, ref)
        mapped = self.placement.type(result)

        def method(plain: str, returns: m.Type | None) -> m.Function:
            full = f"[method]{name}.{plain}"
            function = m.Function(full, kind, this, returns, stability=gate)
            self.assembly.function(self.interface, function)
            return function

        option = self.assembly.anonymous(m.Option(mapped))
        subscribe, get = method("subscribe", self.host.pollable), method("get", option)
        tried = self._tried(result)
        if tried is None:
            return FutureResource(name, ref, mapped, subscribe, get)
        try_get = method("try-get", self.assembly.anonymous(m.Option(tried)))
        return FutureResource(name, ref, mapped, subscribe, get, try_get, method("cancel", None))

    def _tried(self, result: m.Type | None) -> m.Type | None:
        """`result<T, rpc-error>` for a result of the target, if errors are visible."""
        if self.host.error is None:
            return None
        mapped = None if result is None else self.placement.type(result)
        return self.assembly.anonymous(m.Result(mapped, self.host.error))

    def _resource(
        self,
        index: int,
        ref: m.TypeId,
        futures: dict[tuple[int, str], FutureResource],
    ) -> ClientResource:
        entity, name = self.entities[index], self.names[index]
        anonymous = self.assembly.anonymous
        terms = Terms(
            target=self.travel.resolve,
            type=self.placement.type,
            durable=self.durable,
            host=self.host,
            gates=self.placement.gates,
            warn=self.warn,
        )
        maker = Maker(entity, name, ref, anonymous(m.Own(ref)), anonymous(m.Borrow(ref)), terms)
        remote = None if entity.constructor is None else maker.remote(entity.constructor)
        constructor, custom = maker.constructor(remote), maker.custom(remote)
        self.assembly.function(self.interface, constructor)
        self.assembly.function(self.interface, custom)
        names = member_names(entity, name, self.extras, self.warn)
        members: list[Member] = []
        for function in entity.functions:
            future = futures.get((index, function.name))
            own = None if future is None else anonymous(m.Own(future.resource))
            tried = self._tried(function.result)
            members += maker.members(function, names[function.name], future, own, tried)
        for member in members:
            self.assembly.function(self.interface, member.function)
        return ClientResource(
            name=name,
            resource=ref,
            stands_for=entity.stands_for,
            constructor=constructor,
            custom=custom,
            remote_constructor=remote,
            remote_constructor_name=entity.new,
            remote_drop=entity.drop,
            members=tuple(members),
            docs=entity.docs,
            can_fail=maker.can_fail,
        )
