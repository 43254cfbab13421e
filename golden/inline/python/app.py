"""The client component of `acme:office/office@1.0.0`, made by witgen.

It implements `acme:office-client/office-client@1.0.0` over golem:rpc. The resources are in
`office_client.py`, where componentize-py looks for them. `witgen generate
--emit component` builds it. So does

    componentize-py -d wit -w static-wasm-rpc-client-office \\
        componentize app -p . -o client.wasm

but then nothing happens here when a caller drops a handle.
"""

from wit_world import exports


class OfficeClient(exports.OfficeClient):
    """The interface has no functions of its own, only resources."""
