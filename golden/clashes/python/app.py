"""The client component of `acme:desk/desk`, made by witgen.

It implements `acme:desk-client/desk-client` over golem:rpc. The resources are in
`desk_client.py`, where componentize-py looks for them. `witgen generate
--emit component` builds it. So does

    componentize-py -d wit -w static-wasm-rpc-client-desk \\
        componentize app -p . -o client.wasm

but then nothing happens here when a caller drops a handle.
"""

from wit_world import exports


class DeskClient(exports.DeskClient):
    """The interface has no functions of its own, only resources."""
