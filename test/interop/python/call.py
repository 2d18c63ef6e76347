"""The paid call between modules: docs/protocol/calls.md."""

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import ed25519
from chain import signing_bytes
from encoding import from_address


class Refused(Exception):
    def __init__(self, status, error):
        super().__init__(f"{status} {error['name']}: {error['message']}")
        self.status, self.name = status, error["name"]


def jcs(value):
    """RFC 8785, for values without floats and with ASCII names."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(data):
    return sha256(data).hexdigest()


def describe(url):
    with urlopen(url + "/", timeout=30) as response:
        return json.load(response)


def call(key, module, url, fn, params, *, epoch, nonce, max_usage, tally=None):
    """Pays for one call. The result and the checked receipt; raises Refused."""
    header = {
        "v": 2,
        "chain": module["chain"],
        "server": module["address"],
        "client": key.address,
        "fn": fn,
        "params_hash": digest(jcs(params)),
        "time": int(time.time() * 1000),
        "epoch": epoch,
        "nonce": nonce,
        "max_usage": str(max_usage),
    }
    if tally is not None:
        header["tally"] = tally
    text = jcs(header)
    headers = {"content-type": "application/json", "module-auth": blob(text, key.sign("header", 2, text))}
    try:
        with urlopen(Request(f"{url}/{fn}", jcs(params), headers), timeout=30) as response:
            body, sealed = response.read(), response.headers["module-receipt"]
    except HTTPError as error:
        raise Refused(error.code, json.load(error)["error"]) from None
    return json.loads(body), checked_receipt(sealed, text, body, module["address"], max_usage)


def blob(text, signature):
    return urlsafe_b64encode(text).rstrip(b"=").decode() + ".ed25519." + signature[1:].hex()


def checked_receipt(sealed, header, body, server, max_usage):
    encoded, scheme, signature = sealed.split(".")
    text = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    receipt = json.loads(text)
    if jcs(receipt) != text or sorted(receipt) != ["cost", "header_hash", "result_hash", "time", "v"]:
        raise ValueError("no receipt in JCS form")
    message = signing_bytes("receipt", 2, text)
    if scheme != "ed25519" or not ed25519.verify(from_address(server), message, bytes.fromhex(signature)):
        raise ValueError("the server did not sign the receipt")
    if receipt["header_hash"] != digest(header) or receipt["result_hash"] != digest(body):
        raise ValueError("a receipt for another call")
    if int(receipt["cost"]) > max_usage:
        raise ValueError("the receipt costs more than was allowed")
    return receipt
