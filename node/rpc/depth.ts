const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Whether JSON text nests deeper than `max`, without parsing it: what is too deep must not reach anything recursive.
 * Text that is no JSON may get any answer.
 */
export function isDeeperThan(text: string, max: number): boolean {
  if (!hasMoreThan(text, max)) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > max) return true;
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
  }
  return false;
}

/** Index of the quote that closes the string that starts at `at`. */
function endOfString(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === BACKSLASH) end += 1;
    else if (code === QUOTE) return end;
  }
  return text.length;
}

/** Whether there are more than `max` opening brackets anywhere: nearly always not, and that is found out quickly. */
function hasMoreThan(text: string, max: number): boolean {
  let left = max;
  for (const bracket of ['{', '['])
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1))
      if (left-- === 0) return true;
  return false;
}
