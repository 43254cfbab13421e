"""Loading the generated host stubs: `DIR/host` holds one package, whose `CLIENT` is the link."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from runtime_shim.errors import LinkError
from runtime_shim.link import ClientLink


def load_link(directory: str | Path) -> ClientLink:
    """The link of the one package in `directory`.

    Raises:
        LinkError: there is no package or more than one, or it does not hold a link.
    """
    packages = sorted(p.parent for p in Path(directory).glob("*/__init__.py"))
    if len(packages) != 1:
        raise LinkError(f"{directory} holds {len(packages)} packages; a stub folder holds one")
    package = packages[0]
    # A name of its own: stubs of equal names in two folders must not be mixed up.
    name = f"_witgen_link_{package.resolve().as_posix().encode().hex()}"
    spec = importlib.util.spec_from_file_location(
        name, package / "__init__.py", submodule_search_locations=[str(package)]
    )
    if spec is None or spec.loader is None:
        raise LinkError(f"{package} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise LinkError(f"{package}: {type(error).__name__}: {error}") from error
    finally:
        for loaded in [key for key in sys.modules if key.split(".")[0] == name]:
            del sys.modules[loaded]
    link = getattr(module, "CLIENT", None)
    if not isinstance(link, ClientLink):
        raise LinkError(f"{package} has no `CLIENT`")
    return link
