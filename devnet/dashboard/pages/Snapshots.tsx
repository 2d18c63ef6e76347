/** States of the whole devnet that it can go back to. */
import { useState } from 'preact/hooks';
import { listSnapshots } from '../../../node/client/actions/listSnapshots.ts';
import type { SnapshotJson } from '../../../node/client/wireDev.ts';
import { busy } from '../acting.ts';
import { loadDump, saveDump } from '../dumps.ts';
import { pulse } from '../live.ts';
import { Asked } from '../parts/Asked.tsx';
import { Sure } from '../parts/Sure.tsx';
import { Table } from '../parts/Table.tsx';
import { BlockLink, Foreign } from '../parts/texts.tsx';
import { revertTo, takeSnapshot } from '../snapshots.ts';
import { gateway } from '../transport.ts';
import { useAnswer } from '../useAnswer.ts';

export function Snapshots() {
  const answer = useAnswer(() => listSnapshots(gateway), [pulse.value, busy.value]);
  return (
    <>
      <section class="card">
        <h1>Snapshots</h1>
        <p class="quiet">
          Going back is one more block that has the state of then, on all nodes. Heights, nonces and time go
          on; what happened since is answered as reverted, and later snapshots are forgotten.
        </p>
        <Take />
        <Asked answer={answer}>{found => <Taken snapshots={found} />}</Asked>
      </section>
      <section class="card below">
        <h2>The state as a file</h2>
        <p class="quiet">
          A dump is loaded into this devnet or into another one, of any size. Validators, the code in force
          and the name of the chain stay; snapshots stay as well.
        </p>
        <div class="buttons">
          <button type="button" disabled={busy} onClick={saveDump}>
            Dump to a file
          </button>
        </div>
        <Load />
      </section>
    </>
  );
}

function Load() {
  const [file, setFile] = useState<File | null>(null);
  return (
    <div class="buttons below">
      <input
        type="file"
        aria-label="Dump to load"
        onChange={({ currentTarget: { files } }) => setFile(files?.[0] ?? null)}
      />
      {file !== null && <Sure name={`Load ${file.name}`} run={() => loadDump(file)} />}
    </div>
  );
}

function Take() {
  const [name, setName] = useState('');
  return (
    <form
      class="buttons"
      onSubmit={event => {
        event.preventDefault();
        takeSnapshot(name.trim());
        setName('');
      }}
    >
      <input
        aria-label="Name of the snapshot"
        placeholder="snapshot-1"
        maxLength={32}
        spellcheck={false}
        value={name}
        onInput={({ currentTarget: { value } }) => setName(value)}
      />
      <button type="submit" disabled={busy}>
        Take a snapshot
      </button>
    </form>
  );
}

const Taken = ({ snapshots }: { readonly snapshots: readonly SnapshotJson[] }) => (
  <Table
    test="snapshots"
    none="There are none."
    rows={snapshots}
    keyOf={({ name }) => name}
    columns={[
      { title: 'Name', cell: ({ name }) => <Foreign text={name} /> },
      { title: 'State after block', isNumber: true, cell: ({ height }) => <BlockLink height={height} /> },
      {
        title: 'Do',
        cell: ({ name }) => <Sure name={`Go back to ${name}`} run={() => revertTo(name)} />,
      },
    ]}
  />
);
