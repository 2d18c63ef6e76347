import type { Transport } from '../transport/types.ts';
import type { InstallJson } from '../wireConsensus.ts';

export interface InstallConsensusParameters extends Omit<InstallJson, 'mintCap'> {
  /** Base units that it may mint in one epoch; 0 when absent. */
  readonly mintCap?: bigint | undefined;
}

export interface InstallConsensusReturnType {
  readonly id: number;
  /** Epoch. */
  readonly activeFrom: number;
}

/**
 * Announces code that the node has, under a new consensus id or as an upgrade of one; on devnets only. Resolves once that
 * is final; it comes into force with its epoch.
 *
 * @example
 * await client.installConsensus({ id: 7, name: 'time-lock', version: '1.0.0', codeHash, params: { maxEpochs: 100 } });
 */
export async function installConsensus(
  transport: Transport,
  { mintCap = 0n, ...parameters }: InstallConsensusParameters,
): Promise<InstallConsensusReturnType> {
  return transport.request('dev_installConsensus', { ...parameters, mintCap: mintCap.toString() });
}
