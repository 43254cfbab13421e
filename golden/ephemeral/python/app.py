"""The client component of `acme:clock/clock@0.1.0-rc.1`, made by witgen.

It implements `acme:clock-client/clock-client@0.1.0-rc.1` over golem:rpc. The resources are in
`clock_client.py`, where componentize-py looks for them. `witgen generate
--emit component` builds it. So does

    componentize-py -d wit -w static-wasm-rpc-client-clock \\
        componentize app -p . -o client.wasm

but then nothing happens here when a caller drops a handle.
"""

from wit_world import exports


class ClockClient(exports.ClockClient):
    """The interface has no functions of its own, only resources."""
