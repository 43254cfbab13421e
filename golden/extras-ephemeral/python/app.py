"""The client component of `acme:scale/scale`, made by witgen.

It implements `acme:scale-client/scale-client` over golem:rpc. The resources are in
`scale_client.py`, where componentize-py looks for them. `witgen generate
--emit component` builds it. So does

    componentize-py -d wit -w static-wasm-rpc-client-scale \\
        componentize app -p . -o client.wasm

but then nothing happens here when a caller drops a handle.
"""

from wit_world import exports


class ScaleClient(exports.ScaleClient):
    """The interface has no functions of its own, only resources."""
