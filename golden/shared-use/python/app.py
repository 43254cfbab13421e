"""The client component of `acme:shop/shop@2.0.0`, made by witgen.

It implements `acme:shop-client/shop-client@2.0.0` over golem:rpc. The resources are in
`shop_client.py`, where componentize-py looks for them. `witgen generate
--emit component` builds it. So does

    componentize-py -d wit -w static-wasm-rpc-client-shop \\
        componentize app -p . -o client.wasm

but then nothing happens here when a caller drops a handle.
"""

from wit_world import exports


class ShopClient(exports.ShopClient):
    """The interface has no functions of its own, only resources."""
