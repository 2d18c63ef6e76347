/** A program that pays wages at the start of each epoch. */
import { createClient, type KeyPair } from 'devnet/client';

export interface Wage {
  /** Account id. */
  readonly to: `0x${string}`;
  /** Base units. */
  readonly amount: bigint;
}

export interface Payroll {
  /** The URL of a devnet. */
  readonly url: string;
  readonly payer: KeyPair;
  readonly wages: readonly Wage[];
}

/** Nobody is paid rather than some. */
export class NotEnough extends Error {
  override readonly name = 'NotEnough';
  readonly code = 'NOT_ENOUGH';
  constructor(needed: bigint, free: bigint) {
    super(`the wages are ${needed}, the payer has ${free}`);
  }
}

/** Pays all wages once; how much that was. Throws {@link NotEnough} before it pays anybody. */
export async function payWages({ url, payer, wages }: Payroll): Promise<bigint> {
  const client = createClient(url);
  try {
    const needed = wages.reduce((sum, { amount }) => sum + amount, 0n);
    const { free } = await client.getAccount({ address: payer.address });
    if (free < needed) throw new NotEnough(needed, free);
    for (const { to, amount } of wages)
      await client.send({ from: payer, call: { kind: 'transfer', to, amount } });
    return needed;
  } finally {
    client.close();
  }
}

/** Pays at the start of each epoch until the result is called. `onPaid` hears of each time, with the epoch. */
export async function payEachEpoch(
  payroll: Payroll,
  onPaid: (epoch: number) => void,
  onError: (error: unknown) => void,
): Promise<() => Promise<void>> {
  const client = createClient(payroll.url);
  let last = Promise.resolve();
  const unsubscribe = await client.subscribeEpochs({
    onEpoch: notice => {
      if (notice.kind !== 'epoch') return;
      last = last
        .then(() => payWages(payroll))
        .then(() => onPaid(notice.epoch))
        .catch(onError);
    },
  });
  return async () => {
    await unsubscribe();
    await last;
    client.close();
  };
}
