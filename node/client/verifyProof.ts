import {
  Account,
  AddressError,
  accountKey,
  blockHash,
  Commit,
  CommitError,
  consensusRowKey,
  fromAddress,
  GovProposal,
  govProposalKey,
  Header,
  Link,
  linkKey,
  Proof,
  Reserve,
  reserveKey,
  type ValidatorSet,
  validatorsHash,
  verifyCommit,
  verifyProof as verifyPath,
} from '../../chain/index.ts';
import { CodecError, decode, encode, fromHex, type Hex, toHex } from '../../consensus/interface/index.ts';
import type { ProofResult } from './results.ts';
import type { Address } from './wire.ts';

export type ProofErrorCode = 'MALFORMED' | 'OTHER_KEY' | 'OTHER_VALIDATORS' | 'BAD_CERTIFICATE' | 'BAD_PATH';

/** A proof that proves nothing. */
export class ProofError extends Error {
  override readonly name = 'ProofError';
  readonly code: ProofErrorCode;
  constructor(code: ProofErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** What the proof is about. Links name modules by id: an alias can change hands. */
export type Subject =
  | { readonly kind: 'account'; readonly address: Address }
  | { readonly kind: 'link'; readonly parent: number; readonly child: number }
  | {
      readonly kind: 'escrow';
      readonly client: Address;
      readonly server: Address;
      readonly consensus?: number | undefined;
    }
  | { readonly kind: 'proposal'; readonly proposal: number }
  /** A row of the storage of a consensus module. */
  | { readonly kind: 'storage'; readonly consensus: number; readonly key: Hex };

export interface VerifyProofParameters {
  readonly subject: Subject;
  /** As `getAccountProof`, `getLinkProof`, `getEscrowProof`, `getProposalProof` or `getConsensusProof` answered. */
  readonly proof: ProofResult;
  /** What one trusts: nothing in the proof is believed unless these validators signed for it. */
  readonly trusted: {
    readonly chainId: string;
    /** Who votes at the height of the proof. */
    readonly validators: readonly { readonly validator: Address; readonly power: number }[];
  };
}

/** The proved row, null if there is none, and the block after which that holds. */
export type Proved = { readonly height: number; readonly time: number; readonly blockHash: Hex } & (
  | { readonly kind: 'account'; readonly value: Account | null }
  | { readonly kind: 'link'; readonly value: Link | null }
  | { readonly kind: 'escrow'; readonly value: Reserve | null }
  | { readonly kind: 'proposal'; readonly value: GovProposal | null }
  /** The module's own bytes. */
  | { readonly kind: 'storage'; readonly value: Uint8Array | null }
);

/**
 * Checks a proof from the trusted validators down: their certificate, the header, the path in the state tree, the
 * value. Asks nobody. Throws {@link ProofError}.
 *
 * @example
 * const subject = { kind: 'account', address: alice.address } as const;
 * const proof = await client.getAccountProof({ address: alice.address });
 * const { value, height } = verifyProof({ subject, proof, trusted: { chainId, validators } });
 */
export function verifyProof({ subject, proof, trusted }: VerifyProofParameters): Proved {
  const { key, value, path, header, commit, validators } = parts(subject, proof, trusted);
  const hash = blockHash(header);
  if (header.chainId !== trusted.chainId)
    throw new ProofError('OTHER_VALIDATORS', `it is of the chain ${header.chainId}`);
  if (header.validatorsHash !== validatorsHash(validators))
    throw new ProofError('OTHER_VALIDATORS', `height ${header.height} had other validators than the trusted`);
  verifyCertificate(commit, { height: header.height, hash }, validators, trusted.chainId);
  if (toHex(key) !== proof.key) throw new ProofError('OTHER_KEY', 'it is about another key');
  if (!verifyPath(header.stateRoot, key, value, path))
    throw new ProofError('BAD_PATH', 'the path does not lead to the state root of the header');
  return { height: header.height, time: header.time, blockHash: hash, ...row(subject.kind, value) };
}

function verifyCertificate(...[commit, block, validators, chainId]: Parameters<typeof verifyCommit>): void {
  try {
    verifyCommit(commit, block, validators, chainId);
  } catch (error) {
    if (!(error instanceof CommitError)) throw error;
    throw new ProofError('BAD_CERTIFICATE', error.message, error);
  }
}

function row(kind: Subject['kind'], value: Uint8Array | null) {
  if (kind === 'account') return { kind, value: value && decode(Account, value) };
  if (kind === 'link') return { kind, value: value && decode(Link, value) };
  if (kind === 'escrow') return { kind, value: value && decode(Reserve, value) };
  if (kind === 'storage') return { kind, value };
  return { kind, value: value && decode(GovProposal, value) };
}

/** Everything in memory form; what cannot be read proves nothing. */
function parts(subject: Subject, proof: ProofResult, trusted: VerifyProofParameters['trusted']) {
  try {
    const header: Header = { ...proof.header, proposer: fromAddress(proof.header.proposer) };
    const commit: Commit = {
      ...proof.commit,
      signatures: proof.commit.signatures.map(({ validator, signature }) => ({
        validator: fromAddress(validator),
        signature: fromHex(signature),
      })),
    };
    const validators: ValidatorSet = trusted.validators.map(({ validator, power }) => ({
      validator: fromAddress(validator),
      power,
    }));
    return {
      key: keyOf(subject),
      value: proof.value === null ? null : fromHex(proof.value),
      path: decode(Proof, fromHex(proof.proof)),
      // Through the codecs, which refuse what is no header and no certificate.
      header: decode(Header, encode(Header, header)),
      commit: decode(Commit, encode(Commit, commit)),
      validators: [...validators].sort((a, b) => (a.validator < b.validator ? -1 : 1)),
    };
  } catch (error) {
    if (error instanceof CodecError || error instanceof AddressError || error instanceof TypeError)
      throw new ProofError('MALFORMED', `not a proof: ${error.message}`, error);
    throw error;
  }
}

function keyOf(subject: Subject): Uint8Array {
  switch (subject.kind) {
    case 'account':
      return accountKey(fromAddress(subject.address));
    case 'link':
      return linkKey(subject.parent, subject.child);
    case 'escrow':
      return reserveKey(subject.consensus ?? 0, fromAddress(subject.client), fromAddress(subject.server));
    case 'proposal':
      return govProposalKey(subject.proposal);
    case 'storage':
      return consensusRowKey(subject.consensus, fromHex(subject.key));
  }
}
