/** An address by the name that people know, with a link to its page. */
import { shortened } from '../format.ts';
import { aliases, names } from '../names.ts';
import { accountLink, moduleLink } from '../route.ts';
import { Foreign } from './texts.tsx';

export function Account({ address }: { readonly address: string }) {
  const name = names.value.get(address);
  return (
    <a href={accountLink(address)} title={address}>
      {name === undefined ? <code>{shortened(address)}</code> : <Foreign text={name} />}
    </a>
  );
}

export const Module = ({ id }: { readonly id: number }) => (
  <a href={moduleLink(id)}>
    <Foreign text={aliases.value.get(id) ?? `module ${id}`} />
  </a>
);
