/** How many requests a body holds, without parsing it. */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/** At most `max`: 1 for what is no batch. Of text that is no JSON any number. */
export function batchLength(body: Buffer, max: number): number {
  const start = body.findIndex(byte => byte > 0x20);
  if (body[start] !== 0x5b) return 1;
  let depth = 0;
  let length = 1;
  for (let at = start; at < body.length && length < max; at++) {
    const byte = body[at];
    if (byte === QUOTE) at = endOfString(body, at);
    else if (byte === 0x5b || byte === 0x7b) depth += 1;
    else if (byte === 0x5d || byte === 0x7d) depth -= 1;
    else if (byte === COMMA && depth === 1) length += 1;
  }
  return length;
}

/** Index of the quote that closes the string that starts at `at`. */
function endOfString(body: Buffer, at: number): number {
  for (let end = body.indexOf(QUOTE, at + 1); end >= 0; end = body.indexOf(QUOTE, end + 1)) {
    let slashes = 0;
    while (body[end - 1 - slashes] === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return end;
  }
  return body.length;
}
