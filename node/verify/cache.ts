import { createHash } from 'node:crypto';
import type { Check } from '../../consensus/interface/index.ts';
import type { BulkVerifier } from '../ordering/types.ts';

/**
 * Remembers answers, so that a signature is verified once on its way from the pool (or a vote) to the block (or its
 * certificate). The least recently used are forgotten first.
 */
export function cachedVerifier(verifier: BulkVerifier, size: number): BulkVerifier {
  const answers = new Map<string, boolean>();

  function recall(key: string): boolean | undefined {
    const answer = answers.get(key);
    if (answer === undefined) return undefined;
    answers.delete(key);
    answers.set(key, answer);
    return answer;
  }

  function remember(key: string, answer: boolean): void {
    answers.set(key, answer);
    if (answers.size <= size) return;
    const oldest = answers.keys().next();
    if (!oldest.done) answers.delete(oldest.value);
  }

  return {
    async verify(checks, urgency) {
      const keys = checks.map(keyOf);
      const results = keys.map(recall);
      const unknown = checks.filter((_, index) => results[index] === undefined);
      if (unknown.length === 0) return results.map(answer => answer === true);
      const fresh = await verifier.verify(unknown, urgency);
      let next = 0;
      return results.map((answer, index) => {
        if (answer !== undefined) return answer;
        const right = fresh[next++] === true;
        remember(keys[index] ?? '', right);
        return right;
      });
    },
  };
}

/** 32 bytes as a text. Lengths separate the parts: no two checks share their bytes. */
export function keyOf({ account, signature, message }: Check): string {
  return createHash('sha256')
    .update(`${account} ${signature.length} `)
    .update(signature)
    .update(message)
    .digest('binary');
}
