/** The tests of consensus-0 run twice: on its code in this process, and on its code in a process of its own. */
import type { Host, World } from '../../consensus/compliance/index.ts';
import { consensus0 } from '../../consensus/index.ts';
import type { ConsensusModule } from '../../consensus/interface/index.ts';
import { type IsolatedModule, isolatedModule } from '../support/isolatedModule.ts';
import { hostIn, type WorldSettings } from './support.ts';

export interface TestRunner {
  readonly isolated: boolean;
  module(): ConsensusModule;
  hostIn(epoch: number, settings?: WorldSettings | World): Host;
  /** How many runs of a property there are time for: in a process of its own each call takes several round trips. */
  runs(many: number): number;
}

/** One process for all tests, started by the first that asks it something. */
let process: IsolatedModule | null = null;

function elsewhere(): ConsensusModule {
  const { name, version } = consensus0.info;
  const url = new URL('../../consensus/index.ts', import.meta.url).href;
  process ??= isolatedModule(consensus0, { url, exportName: 'consensus0', name, version });
  return process.module;
}

after(async () => {
  await process?.close();
  process = null;
});

const runnerOf = (isolated: boolean): TestRunner => {
  const module = (): ConsensusModule => (isolated ? elsewhere() : consensus0);
  return {
    isolated,
    module,
    hostIn: (epoch, settings) => hostIn(epoch, settings, module()),
    runs: many => (isolated ? Math.ceil(many / 10) : many),
  };
};

export function inBothRunners(title: string, tests: (runner: TestRunner) => void): void {
  describe(title, () => tests(runnerOf(false)));
  describe(`${title}, in a process of its own`, () => tests(runnerOf(true)));
}
