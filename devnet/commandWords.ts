/**
 * Errors of a node speak of methods and base units, since programs read them. On a command line the same errors speak of
 * commands and tokens.
 */
import { CHAIN_ERRORS } from '../chain/errors.ts';
import { formatTokens } from './amount.ts';

/** Fields of messages that are amounts. */
const AMOUNTS: Readonly<Partial<Record<keyof typeof CHAIN_ERRORS, readonly string[]>>> = {
  INSUFFICIENT_BALANCE: ['needed', 'available'],
  INSUFFICIENT_STAKE: ['needed', 'available'],
  INSUFFICIENT_RESERVE: ['needed', 'available'],
  OVERDRAFT: ['needed', 'available'],
  FEE_LIMIT_TOO_LOW: ['fee', 'limit'],
  FEE_NOT_PAYABLE: ['fee', 'free'],
};

/** The message of an error with its amounts in tokens. One that is not as the table of errors has it stays as it is. */
export function commandMessage(name: string, message: string): string {
  const known = Object.entries(AMOUNTS).find(([code]) => code === name);
  if (known === undefined) return message;
  const [code, amounts] = known;
  const template = CHAIN_ERRORS[code as keyof typeof CHAIN_ERRORS].message;
  const parts = template.split(/\{(\w+)\}/);
  const pattern = parts.map((part, at) => (at % 2 === 1 ? '(.+?)' : escaped(part))).join('');
  const found = new RegExp(`^${pattern}$`).exec(message);
  if (found === null) return message;
  return parts
    .map((part, at) => {
      if (at % 2 === 0) return part;
      const text = found[(at + 1) / 2] ?? '';
      return amounts.includes(part) && /^\d+$/.test(text) ? `${formatTokens(BigInt(text))} tokens` : text;
    })
    .join('');
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Hints that are other ones on a command line, by the name of their error. */
const HINTS: Readonly<Record<string, string>> = {
  METHOD_NOT_FOUND:
    'What answers is of another version than this command: stop it with devnet down and start it again with devnet up.',
  INTERNAL_ERROR: 'This is a defect of the node; devnet logs says more.',
  NOT_FOUND: 'Is this the RPC address of a devnet? devnet status shows it.',
  INSUFFICIENT_BALANCE: 'devnet balance shows what is free; thawing and reserved money is not.',
  FEE_NOT_PAYABLE: 'Send tokens to the sender first: devnet faucet, or devnet transfer.',
  FEE_LIMIT_TOO_LOW: 'Send it again: the limit is set anew.',
  NONCE_USED: 'Send it again: the next nonce is looked up anew.',
  GAP_TIMEOUT: 'Send it again: the next nonce is looked up anew.',
  NONCE_TAKEN: 'Send it again in a moment, when the other one is in a block.',
  WRONG_CHAIN: 'Another chain answers than before: devnet status names it.',
  TOO_MANY_LINKS: 'Raise it with devnet module update --max-links, or dissolve a link: devnet link dissolve.',
  UNKNOWN_LINK: 'devnet link list shows the links of a module.',
  UNKNOWN_PROPOSAL:
    'The other side accepts what one side proposed: devnet link proposals shows what is open.',
  TERMS_DIFFER: 'devnet link proposals shows the terms that are proposed now.',
  UNKNOWN_METHOD: 'devnet consensus show names the methods.',
  UNKNOWN_QUERY: 'devnet consensus show names the queries.',
  UNKNOWN_TRANSACTION: 'Is the hash right, and of this chain? devnet status names the chain.',
  NO_MECHANISM: 'This node lacks the code: devnet plugin install gives it to all nodes.',
  INJECTED_FAULT: 'devnet rpc-faults shows the faults in force; devnet rpc-faults --clear ends them.',
  BLOCK_NOT_FOUND: 'devnet status tells the height.',
  EPOCH_NOT_FOUND: 'devnet epoch shows the current one.',
  EPOCH_NOT_CLOSED:
    'An epoch is settled after its end: devnet epoch shows the current one, devnet epoch advance ends it.',
  TOO_MANY_WAITING: 'Nothing is wrong with the transaction: devnet tx tells what became of it.',
  WAIT_TIMEOUT: 'It may still become final: devnet tx tells, before you send it again.',
  REVERTED: 'Its block was taken back with the state: send it again; devnet tx shows what it was.',
  QUARANTINED: 'devnet plugin release ends the quarantine; devnet plugin list shows what ended it.',
  NODE_GONE: 'It may have been carried out: look before you do it again; other nodes answer.',
};

/** Methods and the commands that show the same. */
const COMMANDS: Readonly<Record<string, string>> = {
  account_get: 'devnet balance',
  chain_head: 'devnet status',
  consensus_divergence: 'devnet divergence',
  consensus_list: 'devnet consensus list',
  dev_dump: 'devnet dump',
  dev_faults: 'devnet faults',
  dev_heal: 'devnet heal',
  epoch_current: 'devnet epoch',
  escrow_list: 'devnet escrow show',
  gov_get: 'devnet gov show',
  gov_list: 'devnet gov list',
  gov_params: 'devnet gov params',
  module_list: 'devnet module list',
  node_info: 'devnet status',
  plugin_list: 'devnet plugin list',
  stake_get: 'devnet stake show',
};

/** The hint of an error, with commands in place of methods. */
export function commandHint(name: string, hint: string): string {
  const own = Object.hasOwn(HINTS, name) ? HINTS[name] : undefined;
  return (
    own ??
    hint
      .replace(/\b[a-z]+_[A-Za-z]+ \((devnet [^)]+)\)/g, '$1')
      .replace(/\b[a-z]+_[A-Za-z]+\b/g, method => COMMANDS[method] ?? method)
  );
}
