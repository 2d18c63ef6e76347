/** Removes what a snapshot replaced: nothing reads it any more, so it may be interrupted and done again. */
import { Block, Commit, sha256 } from '../../chain/index.ts';
import { decode } from '../../consensus/interface/index.ts';
import { type Database, type Row, writeBatch } from './database.ts';
import type { Base } from './formats.ts';
import * as keys from './keys.ts';

/** `idle`: the state slot that is not in use. */
export async function sweep(database: Database, base: Base, idle: keys.StateSlot): Promise<void> {
  if (database.getSync(keys.STAGE_KEY) === undefined) await database.clear(keys.stateRange(idle));
  if (base.height <= 1) return;
  await sweepBlocks(database, base.height);
  await sweepSettlements(database, base.height);
  await database.clear(keys.epochsBelow(base.epoch));
}

/** A block leaves together with what points to it. Sets of validators stay: they are few, and shared. */
async function sweepBlocks(database: Database, base: number): Promise<void> {
  for await (const [key, value] of database.iterator(keys.blocksBelow(base))) {
    const { header, transactions } = decode(Block, value);
    const certificate = database.getSync(keys.certificateKey(header.height));
    const gone = [key, keys.certificateKey(header.height), keys.outcomesKey(header.height)];
    if (certificate !== undefined) gone.push(keys.heightKey(decode(Commit, certificate).blockHash));
    for (const transaction of transactions) gone.push(keys.transactionKey(sha256(transaction)));
    await writeBatch(database, gone.map(remove));
  }
}

async function sweepSettlements(database: Database, base: number): Promise<void> {
  const gone: Row[] = [];
  for await (const key of database.keys(keys.SETTLEMENTS))
    if (keys.settlementHeight(key) < base) gone.push(remove(key));
  await writeBatch(database, gone);
}

const remove = (key: Uint8Array): Row => ({ type: 'del', key });
