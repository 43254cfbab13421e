"""The client component of `acme:vault/vault@1.0.0`, made by witgen.

It implements `acme:vault-client/vault-client@1.0.0` over golem:rpc. The resources are in
`vault_client.py`, where componentize-py looks for them. `witgen generate
--emit component` builds it. So does

    componentize-py -d wit -w static-wasm-rpc-client-vault \\
        componentize app -p . -o client.wasm

but then nothing happens here when a caller drops a handle.
"""

from wit_world import exports


class VaultClient(exports.VaultClient):
    """The interface has no functions of its own, only resources."""
