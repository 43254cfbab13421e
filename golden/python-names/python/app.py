"""The client component of `acme:words/words`, made by witgen.

It implements `acme:words-client/words-client` over golem:rpc. The resources are in
`words_client.py`, where componentize-py looks for them. `witgen generate
--emit component` builds it. So does

    componentize-py -d wit -w static-wasm-rpc-client-words \\
        componentize app -p . -o client.wasm

but then nothing happens here when a caller drops a handle.
"""

from wit_world import exports


class WordsClient(exports.WordsClient):
    """The interface has no functions of its own, only resources."""
