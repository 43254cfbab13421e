"""The client component of `acme:depot/depot@0.2.0`, made by witgen.

It implements `acme:depot-client/depot-client@0.2.0` over golem:rpc. The resources are in
`depot_client.py`, where componentize-py looks for them. `witgen generate
--emit component` builds it. So does

    componentize-py -d wit -w static-wasm-rpc-client-depot \\
        componentize app -p . -o client.wasm

but then nothing happens here when a caller drops a handle.
"""

from wit_world import exports


class DepotClient(exports.DepotClient):
    """The interface has no functions of its own, only resources."""
