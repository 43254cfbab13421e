"""Written compositions made by chance, of a library whose interfaces share types and a resource."""

from __future__ import annotations

import random
from functools import cache

from wac_parts import LIBRARY, arithmetic, library, wit

from witgen.wac import Dependency


@cache
def graph_packages() -> tuple[Dependency, ...]:
    """What the texts name: components, and the WIT that they are made from."""
    given = arithmetic() | library()
    given["t:t"] = wit(LIBRARY)
    given["t:w"] = wit(LIBRARY.replace("package t:lib", "package t:w"))
    return tuple(Dependency(name, data, f"{name}.wasm") for name, data in given.items())


_FACES = ("types", "plain", "make", "both")
_MEMBERS = {
    "types": ("tint", "dot", "thing", "[method]thing.get"),
    "plain": ("dot", "draw"),
    "make": ("thing", "make"),
    "both": ("tint", "dot", "pick"),
}


def graph_text(random_: random.Random) -> str:
    """Instances of the library and its user, wired and exported at random."""
    lines = ["package t:app;"]
    given: list[str] = []
    if random_.random() < 0.5:
        name = random_.choice(_FACES)
        lines.append(f"import in: t:t/{name};")
        given.append("in")
    libraries = [f"l{n}" for n in range(random_.randint(1, 2))]
    lines += [f"let {name} = new t:lib {{}};" for name in libraries]
    users = []
    for number in range(random_.randint(0, 3)):
        arguments = [
            f"{name}: {random_.choice(libraries)}.{name}"
            for name in _FACES[:3]
            if random_.random() < 0.4
        ]
        if given and random_.random() < 0.3:
            arguments.append("in")
        if random_.random() < 0.7:
            arguments.append(f"...{random_.choice(libraries)}")
        if random_.random() < 0.7:
            arguments.append("...")
        lines.append(f"let u{number} = new t:user {{ {', '.join(arguments)} }};")
        users.append(f"u{number}")
    for number in range(random_.randint(0, 6)):
        choices = [f"{name}.{random_.choice(_FACES)}" for name in libraries]
        choices += [f"{name}.both" for name in users] + [f"{name}.go" for name in users] + given
        value = random_.choice(choices)
        face = value.partition(".")[2]
        match random_.randrange(5):
            case 0 if face in _MEMBERS:
                lines.append(f'export {value}["{random_.choice(_MEMBERS[face])}"];')
            case 1 if face in _MEMBERS or value in given:
                lines.append(f"export {value}...;")
            case 2:
                lines.append(f"export {value} as e{number};")
            case 3 if users:
                lines.append(f"export {random_.choice(users)}...;")
            case _:
                lines.append(f"export {value};")
    return "\n".join(lines)
