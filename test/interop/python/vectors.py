"""Reads cases from stdin and prints what this side makes of them; the test compares it with the project's own codecs."""

import json
import sys

import ed25519
from chain import Key, signed, transfer, unsigned
from encoding import from_address, pack, to_address, unhex, unpack


def native(value):
    """JSON has no bytes and no large integers: they come as {"hex"} and {"int"}."""
    if isinstance(value, list):
        return [native(item) for item in value]
    if isinstance(value, dict):
        return unhex(value["hex"]) if "hex" in value else int(value["int"])
    return value


def refuses(raw):
    try:
        unpack(raw)
    except (ValueError, IndexError):
        return True
    return False


given = json.load(sys.stdin)
key = Key(unhex(given["seed"]))
transaction = unsigned("devnet-test", key.account, 7, 1000, transfer(bytes(32), 2**64 - 1), 300)
encoded, name = signed(transaction, key)
print(
    json.dumps(
        {
            "packed": ["0x" + pack(native(value)).hex() for value in given["values"]],
            "again": [pack(unpack(unhex(text))) == unhex(text) for text in given["canonical"]],
            "refused": [refuses(unhex(text)) for text in given["other"]],
            "account": "0x" + key.account.hex(),
            "address": key.address,
            "roundTrip": to_address(from_address(key.address)) == key.address,
            "transaction": "0x" + encoded.hex(),
            "hash": "0x" + name.hex(),
            "verified": [
                ed25519.verify(unhex(row["account"]), unhex(row["message"]), unhex(row["signature"]))
                for row in given["signatures"]
            ],
        }
    )
)
