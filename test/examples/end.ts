/** What `play.ts` prints before each example. */
export const END = '-- 8< --';
