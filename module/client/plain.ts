/** Text of a stranger that people will read: a terminal must not obey it. */

const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu;

/** On one line, without control and direction characters, cut at `max` characters. */
export const plainText = (text: string, max = 1000): string => {
  const plain = text.slice(0, max).replace(CONTROLS, ' ');
  return text.length > max ? `${plain} ...` : plain;
};
