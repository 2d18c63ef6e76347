import {
  blockHash,
  type Commit,
  type Header,
  type ValidatorSet,
  validatorsHash,
  verifyCommit,
} from '../../chain/index.ts';
import { OrderingError } from './types.ts';

/** A header with the proof that it is final, and who voted on it. */
export interface LightBlock {
  readonly header: Header;
  readonly commit: Commit;
  readonly validators: ValidatorSet;
}

/**
 * Verifies the header that follows a trusted one, which names the validators that must have voted on it. Returns the
 * header, to be trusted next. Throws OrderingError BAD_CERTIFICATE, or CommitError of the certificate itself.
 */
export function verifyAdjacent(trusted: Header, { header, commit, validators }: LightBlock): Header {
  const refuse = (problem: string): never => {
    throw new OrderingError('BAD_CERTIFICATE', problem, 'ask another node for this header');
  };
  if (header.chainId !== trusted.chainId)
    refuse(`a header of chain ${header.chainId}, not ${trusted.chainId}`);
  if (header.height !== trusted.height + 1)
    refuse(`height ${header.height} does not follow ${trusted.height}`);
  if (header.parentHash !== blockHash(trusted)) refuse('the header has another parent than the trusted one');
  if (header.validatorsHash !== trusted.nextValidatorsHash)
    refuse('the header names other validators than the trusted one announced');
  if (validatorsHash(validators) !== header.validatorsHash)
    refuse('these are not the validators of the header');
  verifyCommit(commit, { height: header.height, hash: blockHash(header) }, validators, header.chainId);
  return header;
}
