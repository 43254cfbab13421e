"""Uses of wasmtime: assembling text and validating binaries.

The only module of the generator that imports wasmtime, and only when it is called.
"""

from __future__ import annotations

from witgen.component.body import MAGIC, MODULE_VERSION
from witgen.diagnostics import Diagnostic, Place, WitError


def wat2wasm(text: str, file: str = "<wat>") -> bytes:
    """Assemble the text of a core module or component.

    Args:
        text: WebAssembly text.
        file: Its name in messages.

    Raises:
        WitError: The text is not WebAssembly text.
    """
    import wasmtime

    try:
        return bytes(wasmtime.wat2wasm(text.encode("utf-8", "surrogatepass")))
    except wasmtime.WasmtimeError as error:
        message = str(error).splitlines()[0] if str(error) else "this is not WebAssembly text"
        note = tuple(line for line in str(error).splitlines()[1:] if line.strip())
        raise WitError([Diagnostic("CMP3003", message, Place(file), help=note)]) from None


def validate(data: bytes, file: str = "<wasm>") -> None:
    """Validate a core module or component, including function bodies.

    This compiles a component, unoptimised: it takes seconds for one that contains an interpreter.

    Raises:
        WitError: The binary is not valid.
    """
    import wasmtime

    config = wasmtime.Config()
    config.cranelift_opt_level = "none"
    config.wasm_component_model_implements = True
    engine = wasmtime.Engine(config)
    try:
        if data[:8] == MAGIC + MODULE_VERSION:
            wasmtime.Module.validate(engine, data)
        else:
            from wasmtime.component import Component

            if data[:4] != MAGIC:
                raise WitError(  # otherwise wasmtime would take it for text
                    [Diagnostic("CMP3001", "not a WebAssembly binary", Place(file, offset=0))]
                )
            Component(engine, data)
    except wasmtime.WasmtimeError as error:
        message = ": ".join(line.strip() for line in str(error).splitlines() if line.strip())
        raise WitError([Diagnostic("CMP3004", message, Place(file))]) from None
