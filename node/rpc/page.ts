import type { NodeInfo } from '../api.ts';

/** What a browser sees at `/`. */
export const page = ({ chainId, name, version }: NodeInfo): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${html(name)} · ${html(chainId)}</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 40rem; padding: 0 1rem; }
  code { background: #8882; border-radius: 4px; padding: 0 .3em; }
</style>
<h1>${html(name)}</h1>
<p>A node of the chain <code>${html(chainId)}</code>, version ${html(version)}.</p>
<p>It speaks JSON-RPC 2.0: send requests to this URL with <code>POST</code>, or open a WebSocket here.
  <code>rpc.discover</code> describes every method.</p>
<ul>
  <li><a href="/healthz">/healthz</a>: the process answers</li>
  <li><a href="/readyz">/readyz</a>: the chain runs</li>
  <li><a href="/metrics">/metrics</a>: figures for Prometheus</li>
</ul>
</html>
`;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const html = (text: string): string => text.replace(/[&<>"]/g, character => ENTITIES[character] ?? '');
