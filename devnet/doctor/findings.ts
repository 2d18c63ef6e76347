/** The judgement of a check-up: of each fact whether it is well, and what to do where it is not. */
import type { Facts } from './facts.ts';

export interface Finding {
  readonly check: string;
  /** `look`: a devnet works, but somebody should know. */
  readonly state: 'ok' | 'look' | 'wrong';
  readonly message: string;
  /** What to do; empty where all is well. */
  readonly hint: string;
}

const MEGABYTE = 1024 * 1024;
/** Resident bytes of one node, and some for the supervisor. */
const NODE_BYTES = 130 * MEGABYTE;
/** Less, and a chain under load fills the disk while somebody looks elsewhere. */
const ROOMY_DISK = 1024 * MEGABYTE;
const NEEDED_DISK = 200 * MEGABYTE;
/** A directory of this size makes every start slower. */
const LARGE_DATA = 4 * 1024 * MEGABYTE;
/** Milliseconds by which file systems and clocks may differ. */
const CLOCK_SLACK = 5_000;
const NEEDED_NODE = [20, 19] as const;

export const findingsOf = (facts: Facts): readonly Finding[] =>
  [nodeVersion, memory, ports, disk, sandbox, clock, data, leftovers].map(check => check(facts));

const ok = (check: string, message: string): Finding => ({ check, state: 'ok', message, hint: '' });
const look = (check: string, message: string, hint: string): Finding => ({
  check,
  state: 'look',
  message,
  hint,
});
const wrong = (check: string, message: string, hint: string): Finding => ({
  check,
  state: 'wrong',
  message,
  hint,
});

function nodeVersion({ node }: Facts): Finding {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const [neededMajor, neededMinor] = NEEDED_NODE;
  if (major < neededMajor || (major === neededMajor && minor < neededMinor))
    return wrong('node', `Node ${node} is too old`, `install Node ${NEEDED_NODE.join('.')} or newer`);
  return ok('node', `Node ${node}`);
}

function memory({ freeMemory, nodes, cores, supervisor }: Facts): Finding {
  const told = `${megabytes(freeMemory)} free, ${cores} ${cores === 1 ? 'core' : 'cores'}`;
  const needed = nodes * NODE_BYTES;
  // Those of a devnet that runs have their memory already.
  if (supervisor !== null || freeMemory >= needed) return ok('memory', told);
  return look(
    'memory',
    `${told}; ${nodes} ${nodes === 1 ? 'node takes' : 'nodes take'} about ${megabytes(needed)}`,
    'close something, or start fewer nodes: devnet up --nodes 1',
  );
}

function ports({ ports: { host, inUse, asked }, supervisor, directory }: Facts): Finding {
  if (asked === 0) return ok('ports', 'the system chooses them');
  if (inUse.length === 0) return ok('ports', `${asked} on ${host} and those of the nodes are free`);
  const list = `${inUse.join(', ')} on ${host} ${inUse.length === 1 ? 'is' : 'are'} in use`;
  if (supervisor !== null) return ok('ports', `${list}: a devnet runs in ${directory}`);
  return wrong(
    'ports',
    list,
    `see who listens (ss -ltnp, lsof -i :${inUse[0]}) and stop it, or choose others: devnet up --port ${asked + 1_000}`,
  );
}

function disk({ writable, directory, freeDisk }: Facts): Finding {
  if (!writable)
    return wrong(
      'disk',
      `${directory} cannot be written`,
      'choose another directory: devnet up --dir <directory>',
    );
  const told = `${megabytes(freeDisk)} free in ${directory}`;
  if (freeDisk >= ROOMY_DISK) return ok('disk', told);
  const hint = 'make room, or keep the chain elsewhere: devnet up --dir <directory>';
  return freeDisk < NEEDED_DISK ? wrong('disk', told, hint) : look('disk', told, hint);
}

function sandbox({ isolation: { tiers, missing } }: Facts): Finding {
  const told = tiers.length === 0 ? 'plugins cannot be isolated' : `plugins run in ${tiers.join(', ')}`;
  if (missing.length === 0) return ok('sandbox', told);
  const message = [told, ...missing.map(({ tier, reason }) => `no ${tier}: ${reason}`)].join('; ');
  const hint = missing.map(({ tier, remedy }) => `for ${tier} ${remedy}`).join('; ');
  return tiers.length === 0 ? wrong('sandbox', message, hint) : look('sandbox', message, hint);
}

/** Block times only grow, and come from this clock. */
function clock({ now, newestFile, directory }: Facts): Finding {
  const told = new Date(now).toISOString();
  const behind = newestFile === null ? 0 : newestFile - now;
  if (behind <= CLOCK_SLACK) return ok('clock', told);
  return wrong(
    'clock',
    `${told}, ${Math.round(behind / 1_000)} s before files in ${directory} were written`,
    'set the clock (timedatectl set-ntp true): until it has caught up, blocks cannot carry its time',
  );
}

function data({ chain, directory }: Facts): Finding {
  if (chain.kind === 'none') return ok('data', `no chain in ${directory} yet`);
  if (chain.kind === 'unreadable') return wrong('data', chain.message, chain.hint);
  const told = `chain ${chain.chainId}, ${megabytes(chain.bytes)} in ${directory}`;
  if (chain.bytes < LARGE_DATA) return ok('data', told);
  return look('data', told, 'a new chain starts sooner: devnet up --reset');
}

function leftovers({ leftNodes, staleRun, directory, supervisor }: Facts): Finding {
  if (leftNodes.length > 0) {
    const names = leftNodes.map(({ index, pid }) => `node ${index} (process ${pid})`).join(', ');
    return wrong(
      'leftovers',
      `${names} of ${directory} ${leftNodes.length === 1 ? 'runs' : 'run'} without a supervisor`,
      `devnet up ends them; or kill -9 ${leftNodes.map(({ pid }) => pid).join(' ')}`,
    );
  }
  if (staleRun)
    return look(
      'leftovers',
      `the devnet in ${directory} was killed: its run.json is still there`,
      'devnet up goes on with its chain',
    );
  return ok('leftovers', supervisor === null ? 'none' : `none: process ${supervisor} keeps its nodes`);
}

const megabytes = (bytes: number): string =>
  bytes >= 1024 * MEGABYTE
    ? `${(bytes / 1024 / MEGABYTE).toFixed(1)} GB`
    : `${Math.round(bytes / MEGABYTE)} MB`;
