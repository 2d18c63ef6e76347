import { type CheckedEvidence, type Evidence, evidenceChecks } from '../../chain/index.ts';
import type { BulkVerifier } from '../ordering/types.ts';

/** Verifies both signatures of each evidence, all in one batch. Throws EvidenceError where no signature could help. */
export async function checkEvidence(
  evidence: readonly Evidence[],
  verifier: BulkVerifier,
  chainId: string,
): Promise<CheckedEvidence[]> {
  const checks = evidence.map(entry => evidenceChecks(entry, chainId));
  const results = (await verifier.verify(checks.flat())).values();
  return evidence.map((entry, index) => {
    const verified = (checks[index] ?? []).map(() => results.next().value === true);
    return { evidence: entry, verified: verified.every(Boolean) };
  });
}
