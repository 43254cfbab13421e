"""The client component of `acme:desk/desk`, made by witgen.

It implements `acme:desk-client/desk-client` over golem:rpc. The resources are in
`desk_client.py`, where componentize-py looks for them. Build it with

    componentize-py -d wit -w static-wasm-rpc-client-desk \\
        componentize app -p . -o client.wasm
"""

from wit_world import exports


class DeskClient(exports.DeskClient):
    """The interface has no functions of its own, only resources."""
