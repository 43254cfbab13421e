"""The client component of `acme:print/print@1.2.0`, made by witgen.

It implements `acme:print-client/print-client@1.2.0` over golem:rpc. The resources are in
`print_client.py`, where componentize-py looks for them. `witgen generate
--emit component` builds it. So does

    componentize-py -d wit -w static-wasm-rpc-client-print \\
        componentize app -p . -o client.wasm

but then nothing happens here when a caller drops a handle.
"""

from wit_world import exports


class PrintClient(exports.PrintClient):
    """The interface has no functions of its own, only resources."""
