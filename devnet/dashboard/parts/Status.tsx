/** What the chain said to a row of a claim, in words (docs/protocol/consensus-0.md, "Rows"). */
import { Foreign, Tag } from './texts.tsx';

const WORDS: Readonly<Record<string, string>> = {
  OK: 'taken: everything in it holds',
  BAD_SIGNATURE: 'refused: the client did not sign what is claimed',
  WRONG_SERVER: 'refused: it names another server',
  WRONG_EPOCH: 'refused: it names another epoch',
  NOT_ASCENDING: 'refused: the nonces do not ascend',
  REPLAY: 'refused: these calls are settled already',
  OVER_MAX: 'refused: a call costs more than its client allowed',
  OVER_PRICE: 'refused: a call costs more than the price on chain',
  INSUFFICIENT: 'taken as far as the reserve went',
};

const kindOf = (status: string): string =>
  status === 'OK' ? 'running' : status === 'INSUFFICIENT' ? '' : 'failed';

export const Status = ({ status }: { readonly status: string }) => (
  <span title={WORDS[status]}>
    <Tag kind={kindOf(status)}>{status}</Tag>
  </span>
);

/** null for a status of a mechanism that is not known here. */
export const StatusWords = ({ status }: { readonly status: string }) => (
  <>
    <Status status={status} /> <Foreign text={WORDS[status] ?? ''} />
  </>
);
