"""Canonical bytes, hashes and addresses: docs/protocol/encoding.md and keys.md."""

from hashlib import blake2b, sha256 as _sha256

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def sha256(data):
    return _sha256(data).digest()


def pack(value):
    """None, booleans, integers, bytes, text, and lists for arrays, structs and unions."""
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return bytes([value]) if value < 0x80 else sized(0xCC, value)
    if isinstance(value, bytes):
        return sized(0xC4, len(value)) + value
    if isinstance(value, str):
        raw = value.encode()
        return (bytes([0xA0 | len(raw)]) if len(raw) < 32 else sized(0xD9, len(raw))) + raw
    items = b"".join(map(pack, value))
    return (bytes([0x90 | len(value)]) if len(value) < 16 else sized(0xDB, len(value), 1)) + items


def sized(tag, number, least=0):
    """The tag of the smallest width that holds the number, and the number. Arrays begin at two bytes."""
    for step in range(least, 4):
        if number < 1 << (8 << step):
            return bytes([tag + step]) + number.to_bytes(1 << step, "big")
    raise ValueError(f"{number} does not fit 64 bits")


def unpack(data):
    """The value of canonical bytes. Refuses everything that pack would not have made."""
    value, end = read(data, 0)
    if end != len(data) or pack(value) != data:
        raise ValueError("not canonical")
    return value


def read(data, at):
    tag = data[at]
    at += 1
    if tag < 0x80:
        return tag, at
    if tag in (0xC0, 0xC2, 0xC3):
        return {0xC0: None, 0xC2: False, 0xC3: True}[tag], at
    if 0xCC <= tag <= 0xCF:
        return number(data, at, 1 << tag - 0xCC)
    if 0xC4 <= tag <= 0xC6:
        length, at = number(data, at, 1 << tag - 0xC4)
        return piece(data, at, length)
    if 0xA0 <= tag < 0xC0 or 0xD9 <= tag <= 0xDB:
        length, at = (tag & 0x1F, at) if tag < 0xC0 else number(data, at, 1 << tag - 0xD9)
        raw, at = piece(data, at, length)
        return raw.decode(), at
    if 0x90 <= tag < 0xA0 or tag in (0xDC, 0xDD):
        length, at = (tag & 0x0F, at) if tag < 0xA0 else number(data, at, 2 << tag - 0xDC)
        items = []
        for _ in range(length):
            item, at = read(data, at)
            items.append(item)
        return items, at
    raise ValueError(f"the byte {tag:#x} begins no value")


def number(data, at, width):
    raw, end = piece(data, at, width)
    return int.from_bytes(raw, "big"), end


def piece(data, at, length):
    if at + length > len(data):
        raise ValueError("the bytes end inside a value")
    return data[at : at + length], at + length


def hash_of(value):
    return sha256(pack(value))


def unhex(text):
    return bytes.fromhex(text[2:])


def to_address(account):
    body = b"\x2a" + account
    number = int.from_bytes(body + ss58_checksum(body), "big")
    text = ""
    while number > 0:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return text


def from_address(text):
    number = 0
    for character in text:
        number = number * 58 + ALPHABET.index(character)
    raw = number.to_bytes(35, "big")
    if raw[0] != 42 or ss58_checksum(raw[:33]) != raw[33:]:
        raise ValueError(f"{text} is no address of prefix 42")
    return raw[1:33]


def ss58_checksum(body):
    return blake2b(b"SS58PRE" + body).digest()[:2]
