/** The frame of all screens: where one is, where one can go, and what was last said. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { said } from './acting.ts';
import { type Key, listenToKeys } from './keyboard.ts';
import { chain, head } from './live.ts';
import { goTo, route } from './location.ts';
import { Account } from './pages/Account.tsx';
import { Accounts } from './pages/Accounts.tsx';
import { Block } from './pages/Block.tsx';
import { Console } from './pages/Console.tsx';
import { Earned } from './pages/Earned.tsx';
import { Logs } from './pages/Logs.tsx';
import { Module } from './pages/Module.tsx';
import { Modules } from './pages/Modules.tsx';
import { Network } from './pages/Network.tsx';
import { Overview } from './pages/Overview.tsx';
import { Plugins } from './pages/Plugins.tsx';
import { Receipt } from './pages/Receipt.tsx';
import { Receipts } from './pages/Receipts.tsx';
import { Settlement } from './pages/Settlement.tsx';
import { Snapshots } from './pages/Snapshots.tsx';
import { Transaction } from './pages/Transaction.tsx';
import { Search } from './parts/Search.tsx';
import { Foreign } from './parts/texts.tsx';
import { blockLink, type Route } from './route.ts';
import { nextTheme, theme } from './theme.ts';
import { mode, nextEpoch, pause, run, step } from './time.ts';
import { connection } from './transport.ts';

export function App() {
  const search = useRef<HTMLInputElement>(null);
  useLayoutEffect(
    () => listenToKeys(() => [...keys(search.current), ...placeKeys, ...blockKeys(route.value)]),
    [],
  );
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('content')?.focus()}>
        Skip to the content
      </button>
      <header class="top">
        <a class="brand" href="#/">
          devnet
        </a>
        <span class="quiet">
          <Foreign text={chain.value?.chainId ?? ''} />
        </span>
        <Connection />
        <Search input={search} />
        <button type="button" class="plain" onClick={nextTheme} title="Dark, light or as the system says (t)">
          {THEMES[theme.value]}
        </button>
        <Navigation page={route.value.page} />
      </header>
      <main id="content" tabIndex={-1}>
        <Page route={route.value} />
      </main>
      <Saying />
      <footer class="quiet">
        <Keys />
      </footer>
    </>
  );
}

function Page({ route }: { readonly route: Route }) {
  switch (route.page) {
    case 'overview':
      return <Overview />;
    case 'block':
      return <Block block={route.block} />;
    case 'transaction':
      return <Transaction hash={route.hash} />;
    case 'accounts':
      return <Accounts />;
    case 'account':
      return <Account address={route.address} />;
    case 'modules':
      return <Modules />;
    case 'module':
      return <Module id={route.id} />;
    case 'settlement':
      return <Settlement consensus={route.consensus} epoch={route.epoch} />;
    case 'earned':
      return <Earned consensus={route.consensus} epoch={route.epoch} address={route.address} />;
    case 'receipts':
      return <Receipts consensus={route.consensus} epoch={route.epoch} />;
    case 'receipt':
      return <Receipt consensus={route.consensus} epoch={route.epoch} pair={route} />;
    case 'network':
      return <Network />;
    case 'plugins':
      return <Plugins />;
    case 'snapshots':
      return <Snapshots />;
    case 'logs':
      return <Logs />;
    case 'console':
      return <Console method={route.method} />;
    case 'unknown':
      return (
        <p>
          There is no page <Foreign text={route.path} />. <a href="#/">To the overview</a>
        </p>
      );
  }
}

/** With the pages that stand below each. */
const PLACES: readonly {
  readonly key: string;
  readonly link: string;
  readonly name: string;
  readonly pages: readonly Route['page'][];
}[] = [
  { key: '1', link: '#/', name: 'Blocks', pages: ['overview', 'block', 'transaction'] },
  { key: '2', link: '#/accounts', name: 'Accounts', pages: ['accounts', 'account'] },
  { key: '3', link: '#/modules', name: 'Modules', pages: ['modules', 'module'] },
  { key: '4', link: '#/receipts', name: 'Receipts', pages: ['receipts', 'receipt'] },
  { key: '5', link: '#/settlement', name: 'Settlement', pages: ['settlement', 'earned'] },
  { key: '6', link: '#/network', name: 'Network', pages: ['network'] },
  { key: '7', link: '#/plugins', name: 'Plugins', pages: ['plugins'] },
  { key: '8', link: '#/snapshots', name: 'Snapshots', pages: ['snapshots'] },
  { key: '9', link: '#/logs', name: 'Logs', pages: ['logs'] },
  { key: '0', link: '#/console', name: 'Console', pages: ['console'] },
];

const Navigation = ({ page }: { readonly page: Route['page'] }) => (
  <nav class="places" aria-label="Pages">
    {PLACES.map(({ link, name, pages }) => (
      <a key={link} href={link} aria-current={pages.includes(page) ? 'page' : undefined}>
        {name}
      </a>
    ))}
  </nav>
);

const THEMES = { system: '◐ auto', light: '○ light', dark: '● dark' } as const;
const WORDS = { connecting: 'connecting', live: 'live', lost: 'no connection' } as const;

const Connection = () => (
  <span class={`connection ${connection.value}`} role="status" data-test="connection">
    {WORDS[connection.value]}
  </span>
);

/** What the last deed came to; read aloud by screen readers. */
function Saying() {
  const now = said.value;
  return (
    <div class={`saying ${now === null ? 'none' : now.ok ? 'ok' : 'bad'}`} role="status" data-test="said">
      {now !== null && (
        <>
          <span>
            <Foreign text={now.text} />
            {now.hint !== '' && (
              <small>
                <Foreign text={now.hint} />
              </small>
            )}
          </span>
          <button type="button" class="plain" aria-label="Close" onClick={() => forget()}>
            ×
          </button>
        </>
      )}
    </div>
  );
}

const forget = (): void => {
  said.value = null;
};

const Keys = () => (
  <p class="keys">
    <span>
      <kbd>1</kbd> to <kbd>9</kbd>, <kbd>0</kbd> pages
    </span>
    {keys(null).map(({ key, does }) => (
      <span key={key}>
        <kbd>{key}</kbd> {does}
      </span>
    ))}
  </p>
);

const keys = (search: HTMLInputElement | null): readonly Key[] => [
  { key: 'p', does: 'pause or run', run: () => (mode.value?.kind === 'manual' ? run() : pause()) },
  { key: 's', does: 'one block', run: step },
  { key: 'e', does: 'next epoch', run: nextEpoch },
  { key: 't', does: 'theme', run: nextTheme },
  { key: '/', does: 'search', run: () => search?.focus() },
];

const placeKeys: readonly Key[] = PLACES.map(({ key, link, name }) => ({
  key,
  does: name,
  run: () => goTo(link),
}));

/** From block to block. */
function blockKeys(at: Route): readonly Key[] {
  if (at.page !== 'block' || typeof at.block !== 'number') return [];
  const { block } = at;
  return [
    { key: 'ArrowLeft', does: 'block before', run: () => block > 1 && goTo(blockLink(block - 1)) },
    {
      key: 'ArrowRight',
      does: 'block after',
      run: () => block < (head.value?.height ?? 0) && goTo(blockLink(block + 1)),
    },
  ];
}
