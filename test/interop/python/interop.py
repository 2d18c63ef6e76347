"""A client that knows the documents only: a transfer, proofs, an escrow and paid calls on a running devnet.

Reads { rpc, module, validators } from stdin: URLs, and the validators that it trusts as [address, power]. Prints what it
saw as JSON; any disagreement raises.
"""

import copy
import json
import sys

from call import Refused, call, describe
from chain import Key, Node, RpcError, account_key, proved, reserve, reserve_key, signed, transfer, unsigned
from encoding import from_address

TOKEN = 10**9
given = json.load(sys.stdin)
node = Node(given["rpc"])
trusted = {from_address(address): power for address, power in given["validators"]}
chain_id = node.ask("node_info")["chainId"]
alice = Key(b"a client written in Python, 32 B")
bob = Key(b"and the one to whom it sends 32B")
stranger = Key(bytes(32))


def require(truth, what):
    if not truth:
        raise AssertionError(what)


def made(key, nonce, call):
    encoded, name = signed(unsigned(chain_id, key.account, nonce, TOKEN, call), key)
    return encoded, "0x" + name.hex()


def send(key, call):
    encoded, name = made(key, node.ask("account_get", address=key.address)["nonce"], call)
    final = node.ask("tx_submitAndWait", tx="0x" + encoded.hex())
    require(final["ok"], f"the call failed: {final}")
    require(final["hash"] == name, "another hash")
    return encoded, final


def account(key):
    """[nonce, free] as the validators signed it; None for an account that does not exist."""
    return proved(node.ask("account_proof", address=key.address), account_key(key.account), trusted, chain_id)


def refused_proofs():
    """Every change of a proof must be noticed."""
    answer = node.ask("account_proof", address=alice.address)
    changes = {
        "value": lambda a: a.update(value="0x9200ceffffffff"),
        "absence": lambda a: a.update(value=None),
        "header": lambda a: a["header"].update(stateRoot="0x" + "00" * 32),
        "signature": lambda a: a["commit"]["signatures"][0].update(signature="0x02" + "01" * 64),
        "quorum": lambda a: a["commit"].update(signatures=[]),
    }
    for name, change in changes.items():
        changed = copy.deepcopy(answer)
        change(changed)
        try:
            proved(changed, account_key(alice.account), trusted, chain_id)
        except ValueError:
            continue
        raise AssertionError(f"a proof with another {name} was believed")
    return sorted(changes)


def refusal(work):
    try:
        work()
    except (Refused, RpcError) as error:
        return error.name
    raise AssertionError("was not refused")


node.ask("dev_mint", address=alice.address, amount=str(10 * TOKEN))
encoded, final = send(alice, transfer(bob.account, TOKEN))
require(int(final["fee"]) == 100 + -(-len(encoded) // 4), f"the fee of a transfer is {final['fee']}")
require(account(bob) == [0, TOKEN], f"bob has {account(bob)}")
require(account(alice) == [1, 9 * TOKEN - int(final["fee"])], f"alice has {account(alice)}")
require(account(stranger) is None, "a stranger has an account")
require(node.ask("tx_submit", tx="0x" + encoded.hex())["hash"] == final["hash"], "sent again, it has another hash")
used = refusal(lambda: node.ask("tx_submit", tx="0x" + made(alice, 0, transfer(bob.account, 2))[0].hex()))

module = describe(given["module"])
require(module["chain"] == chain_id and module["protocol"] == 2, "another chain or protocol")
server = from_address(module["address"])
send(alice, reserve(0, server, TOKEN))
row = proved(
    node.ask("escrow_proof", client=alice.address, server=module["address"]),
    reserve_key(0, alice.account, server),
    trusted,
    chain_id,
)
require(row == [TOKEN, 0, 0], f"the reserve is {row}")

price = int(module["functions"]["add"]["price"])
epoch = node.ask("epoch_current")["epoch"]
pay = dict(epoch=epoch, max_usage=price)
results, costs = [], []
for nonce in (1, 2, 3):
    # The third header carries a tally of the first two calls.
    tally = {"nonce": 2, "count": 2, "total": str(sum(costs))} if nonce == 3 else None
    params = {"numbers": [nonce, 40], "note": "größer \U0001f980"}
    result, receipt = call(alice, module, given["module"], "add", params, nonce=nonce, tally=tally, **pay)
    results.append(result["sum"])
    costs.append(int(receipt["cost"]))
again = refusal(lambda: call(alice, module, given["module"], "add", {"numbers": [1]}, nonce=3, **pay))
cheap = refusal(
    lambda: call(alice, module, given["module"], "add", {"numbers": [1]}, nonce=4, epoch=epoch, max_usage=price - 1)
)
stolen = refusal(
    lambda: call(stranger, module, given["module"], "add", {"numbers": [1]}, nonce=1, **pay)
)

print(
    json.dumps(
        {
            "client": alice.address,
            "refusedProofs": refused_proofs(),
            "usedNonce": used,
            "epoch": epoch,
            "results": results,
            "costs": costs,
            "refusals": [again, cheap, stolen],
        }
    )
)
