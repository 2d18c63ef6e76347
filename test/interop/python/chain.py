"""Transactions, certificates and proofs: docs/protocol/transactions.md, blocks.md and state.md."""

import json
from urllib.request import Request, urlopen

import ed25519
from encoding import from_address, hash_of, pack, sha256, to_address, unhex, unpack

ED25519 = b"\x02"


class RpcError(Exception):
    def __init__(self, error):
        super().__init__(f"{error['data']['name']}: {error['message']}")
        self.number, self.name = error["code"], error["data"]["name"]


class Node:
    def __init__(self, url):
        self.url = url

    def ask(self, method, **params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = Request(self.url, body, {"content-type": "application/json"})
        with urlopen(request, timeout=30) as response:
            answer = json.load(response)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]


class Key:
    """An ed25519 key."""

    def __init__(self, seed):
        self.seed = seed
        self.account = ed25519.public_key(seed)
        self.address = to_address(self.account)

    def sign(self, domain, version, body):
        return ED25519 + ed25519.sign(self.seed, signing_bytes(domain, version, body))


def signing_bytes(domain, version, body):
    return f"devnet:{domain}:{version}:".encode() + body


def transfer(to, amount):
    return [0, [to, amount]]


def reserve(consensus, server, amount):
    return [10, [consensus, server, amount]]


def unsigned(chain_id, sender, nonce, fee_limit, call, expiry=None):
    return [chain_id, sender, nonce, fee_limit, expiry, call]


def signed(transaction, key):
    """Bytes of the signed transaction, and its hash."""
    encoded = pack([transaction, key.sign("transaction", 1, pack(transaction))])
    return encoded, sha256(encoded)


def header_of(json_header):
    hashes = ["transactionsRoot", "evidenceRoot", "stateRoot", "eventsRoot", "lastCommitHash", "validatorsHash", "nextValidatorsHash"]
    return [
        *(json_header[name] for name in ["version", "chainId", "height", "time", "epoch"]),
        unhex(json_header["parentHash"]),
        from_address(json_header["proposer"]),
        *(unhex(json_header[name]) for name in hashes),
    ]


def check_certificate(commit, header, validators, chain_id):
    """Raises unless more than two thirds of these validators signed this header. Validators: account -> power."""
    block_hash = hash_of(header_of(header))
    if header["chainId"] != chain_id:
        raise ValueError("a header of another chain")
    if hash_of([[account, validators[account]] for account in sorted(validators)]) != unhex(header["validatorsHash"]):
        raise ValueError("the header names other validators")
    if commit["height"] != header["height"] or unhex(commit["blockHash"]) != block_hash:
        raise ValueError("a certificate for another block")
    voters = [from_address(row["validator"]) for row in commit["signatures"]]
    if any(a >= b for a, b in zip(voters, voters[1:])):
        raise ValueError("voters out of order")
    if sum(validators[voter] for voter in voters) * 3 <= sum(validators.values()) * 2:
        raise ValueError("no quorum")
    message = signing_bytes("vote", 1, pack([chain_id, 1, commit["height"], commit["round"], block_hash]))
    for voter, row in zip(voters, commit["signatures"]):
        signature = unhex(row["signature"])
        if signature[:1] != ED25519 or not ed25519.verify(voter, message, signature[1:]):
            raise ValueError("a wrong signature")
    return block_hash


def check_path(root, key, value, proof):
    """Raises unless the proof shows that the key has this value, or none, under the root."""
    siblings, neighbour = proof
    key_hash = sha256(key)
    if value is not None:
        if neighbour is not None:
            raise ValueError("a neighbour of a present key")
        node = leaf(key_hash, sha256(value))
    elif neighbour is None:
        node = bytes(32)
    else:
        other, value_hash = neighbour
        if other == key_hash or any(bit(other, i) != bit(key_hash, i) for i in range(len(siblings))):
            raise ValueError("the neighbour is on another path")
        node = leaf(other, value_hash)
    for index in reversed(range(len(siblings))):
        sibling = siblings[index]
        node = inner(sibling, node) if bit(key_hash, index) else inner(node, sibling)
    if node != root:
        raise ValueError("the path does not lead to the root")


def leaf(key_hash, value_hash):
    return sha256(b"\x00" + key_hash + value_hash)


def inner(left, right):
    return sha256(b"\x01" + left + right)


def bit(key_hash, index):
    return key_hash[index >> 3] >> (7 - (index & 7)) & 1


def proved(answer, key, validators, chain_id):
    """The row under a key as validators signed it, or None if there is none. Asks nobody."""
    check_certificate(answer["commit"], answer["header"], validators, chain_id)
    value = None if answer["value"] is None else unhex(answer["value"])
    check_path(unhex(answer["header"]["stateRoot"]), key, value, unpack(unhex(answer["proof"])))
    return None if value is None else unpack(value)


def account_key(account):
    return b"\x01" + account


def reserve_key(consensus, client, server):
    return b"\x40" + consensus.to_bytes(4, "big") + client + server
