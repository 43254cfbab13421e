"""The client component of `acme:museum/museum@3.1.4`, made by witgen.

It implements `acme:museum-client/museum-client@3.1.4` over golem:rpc. The resources are in
`museum_client.py`, where componentize-py looks for them. `witgen generate
--emit component` builds it. So does

    componentize-py -d wit -w static-wasm-rpc-client-museum \\
        componentize app -p . -o client.wasm

but then nothing happens here when a caller drops a handle.
"""

from wit_world import exports


class MuseumClient(exports.MuseumClient):
    """The interface has no functions of its own, only resources."""
