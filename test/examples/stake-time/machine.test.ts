import assert from 'node:assert/strict';
import { createHost, replayAll, type Sample } from '../../../consensus/compliance/index.ts';
import { describe as describeModule } from '../../../node/plugins/describe.ts';
import { bundled, inMachine } from '../../node/machine/support.ts';
import { overTheWire } from '../../node/plugins/overTheWire.ts';
import { alice, params, world } from './people.ts';
import { subject } from './subject.ts';

/** A lock that was extended as often as it can be, whose calls touch most rows. */
const fullest: Sample = {
  name: 'many extensions',
  world,
  steps: [
    step('lock', { epochs: 50 }, 10_000n),
    ...Array.from({ length: 15 }, (_, index) => [
      { kind: 'epoch' } as const,
      step('extend', { lock: 1, epochs: 51 + index }),
    ]).flat(),
    { kind: 'epoch' },
    step('claim', { lock: 1 }),
    step('exit', { lock: 1 }),
  ],
};

describe('stake-time tokens in the metered machine', function () {
  this.timeout(120_000);
  const { module } = subject;
  const long = { ...params, curve: { ...params.curve, tMax: 100 }, governor: null };

  it('say the same as here, within the fuel of every call', async () => {
    const machine = inMachine(
      await bundled('../../../examples/stake-time/src/index.ts', import.meta.url),
      'default',
    );
    assert.deepEqual(describeModule(machine.shell), describeModule(module));
    const inside = overTheWire(module, machine.code);
    assert.equal(replayAll({ ...subject, module: inside }), replayAll(subject));
    const many = { module, params: long, samples: [fullest] };
    assert.equal(replayAll({ ...many, module: inside }), replayAll(many));
  });

  it('pass over two hundred epochs within the fuel of a close', async () => {
    const machine = inMachine(
      await bundled('../../../examples/stake-time/src/index.ts', import.meta.url),
      'default',
    );
    const inside = overTheWire(module, machine.code);
    const host = createHost({ module, params, world });
    assert.ok(host.call({ sender: alice, method: 'lock', args: { epochs: 8 }, value: 1_000n }).ok);
    const block = { ...host.block(), epoch: 700, height: 9_000 };
    assert.deepEqual(inside.closeEpoch?.(block, host.view, 699), module.closeEpoch?.(block, host.view, 699));
  });
});

function step(method: string, args: object, value = 0n): Sample['steps'][number] {
  return { kind: 'call', sender: alice, method, args, value, expect: 'ok' };
}
