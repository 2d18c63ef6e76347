/** Which mechanism a page is about, where there are several. */
import { listConsensus } from '../../../node/client/actions/listConsensus.ts';
import { goTo } from '../location.ts';
import { gateway } from '../transport.ts';
import { useAnswer } from '../useAnswer.ts';

interface MechanismsProps {
  readonly consensus: number;
  readonly linkTo: (consensus: number) => string;
}

export function Mechanisms({ consensus, linkTo }: MechanismsProps) {
  const answer = useAnswer(() => listConsensus(gateway), []);
  if (answer.state !== 'here' || answer.value.length < 2) return null;
  return (
    <select
      aria-label="Consensus module"
      value={consensus}
      onChange={event => goTo(linkTo(Number(event.currentTarget.value)))}
    >
      {answer.value.map(({ id, name }) => (
        <option key={id} value={id}>
          {id}: {name}
        </option>
      ))}
    </select>
  );
}
