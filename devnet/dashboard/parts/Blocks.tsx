/** The newest blocks, as they come. */
import { duration } from '../format.ts';
import { heads, now } from '../live.ts';
import { Account } from './Account.tsx';
import { BlockLink, Short } from './texts.tsx';

const SHOWN = 15;

export const Blocks = () => (
  <section class="card wide" aria-labelledby="blocks-title">
    <h2 id="blocks-title">Blocks</h2>
    <table>
      <thead>
        <tr>
          <th class="number">Height</th>
          <th class="number">Epoch</th>
          <th class="number">Transactions</th>
          <th>Age</th>
          <th class="optional">Proposer</th>
          <th class="optional">Hash</th>
        </tr>
      </thead>
      <tbody data-test="blocks">
        {heads.value.slice(0, SHOWN).map(({ height, epoch, transactions, time, proposer, hash }) => (
          <tr key={height} class={transactions > 0 ? 'busy' : ''}>
            <td class="number">
              <BlockLink height={height} />
            </td>
            <td class="number">{epoch}</td>
            <td class="number">{transactions}</td>
            <td>{duration(now.value - time)}</td>
            <td class="optional">
              <Account address={proposer} />
            </td>
            <td class="optional">
              <Short text={hash} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);
