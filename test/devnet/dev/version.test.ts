import assert from 'node:assert/strict';
import fc from 'fast-check';
import { gt } from 'semver';
import { nextDevVersion } from '../../../devnet/plugins/dev/version.ts';

describe('the version of a plugin under work', () => {
  const cases: readonly [version: string, known: readonly string[], next: string][] = [
    ['1.0.0', [], '1.0.0-dev.1'],
    ['1.0.0', ['1.0.0-dev.3'], '1.0.0-dev.4'],
    // What is announced counts as what is in force.
    ['1.0.0', ['1.0.0-dev.3', '1.0.0-dev.10'], '1.0.0-dev.11'],
    // Raised by hand: it begins to count anew.
    ['1.1.0', ['1.0.0-dev.3'], '1.1.0-dev.1'],
    // A release is above its prereleases, and so are words behind `dev`.
    ['1.0.0', ['1.0.0'], '1.0.1-dev.1'],
    ['1.0.0', ['1.0.1-dev.7'], '1.0.1-dev.8'],
    ['1.0.0', ['1.0.0-rc.1'], '1.0.1-dev.1'],
    ['1.0.0', ['1.0.0-alpha.1'], '1.0.0-dev.1'],
    ['1.0.0-beta.2', [], '1.0.0-dev.1'],
    ['0.1.0', ['2.5.9'], '2.5.10-dev.1'],
  ];
  for (const [version, known, next] of cases)
    it(`${version} after ${known.join(' and ') || 'nothing'} is ${next}`, () =>
      assert.equal(nextDevVersion(version, known), next));

  it('is above all that is known, whatever that is', () => {
    const number = fc.nat(12);
    const release = fc.tuple(number, number, number).map(parts => parts.join('.'));
    const word = fc.constantFrom('', '-dev.0', '-dev.9', '-dev', '-dev.x.1', '-alpha', '-rc.3', '-zeta.9.9');
    const version = fc.tuple(release, word).map(([base, suffix]) => base + suffix);
    fc.assert(
      fc.property(version, fc.array(version, { maxLength: 4 }), (own, known) => {
        const next = nextDevVersion(own, known);
        for (const each of known) assert.ok(gt(next, each), `${next} after ${each}`);
        assert.notEqual(nextDevVersion(own, [...known, next]), next);
      }),
    );
  });
});
