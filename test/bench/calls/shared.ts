/** What the processes of the bench agree on. */
export const PRICE = 1_000n;
export const PARAMS = JSON.stringify({
  text: 'a question of the usual length, asked by a client of the module',
});
export const ECHO = {
  text: 'an answer of about the same length, as a module would give to it, and paid for',
};

/** Microseconds of all threads of this process. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
