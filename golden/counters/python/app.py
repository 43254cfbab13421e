"""The client component of `acme:counters/counters`, made by witgen.

It implements `acme:counters-client/counters-client` over golem:rpc. The resources are in
`counters_client.py`, where componentize-py looks for them. `witgen generate
--emit component` builds it. So does

    componentize-py -d wit -w static-wasm-rpc-client-counters \\
        componentize app -p . -o client.wasm

but then nothing happens here when a caller drops a handle.
"""

from wit_world import exports


class CountersClient(exports.CountersClient):
    """The interface has no functions of its own, only resources."""
