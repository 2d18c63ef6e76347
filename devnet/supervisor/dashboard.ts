/** The files of the dashboard, for browsers. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';

const FOLDER = '/dashboard/';
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/**
 * The page loads nothing and speaks to nobody but its own origin, shows nothing as HTML that came from elsewhere (trusted
 * types), and stands in no frame, so that no other page can have its buttons pressed.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

interface Asset {
  readonly type: string;
  readonly bytes: Buffer;
  readonly tag: string;
}

/** Whether a GET is for the dashboard. Programs that ask for `/` get the node's answer. */
export const isForDashboard = (path: string, { accept = '' }: IncomingMessage['headers']): boolean =>
  path.startsWith(FOLDER) || (path === '/' && accept.includes('text/html'));

let assets: Promise<ReadonlyMap<string, Asset>> | null = null;

export async function answerDashboard(
  path: string,
  { headers, method }: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  assets ??= load().catch((error: unknown) => {
    assets = null;
    throw error;
  });
  const asset = (await assets).get(path === '/' ? 'index.html' : path.slice(FOLDER.length));
  if (asset === undefined) {
    outgoing.writeHead(404, { 'content-type': 'text/plain' }).end('the dashboard has no such file\n');
    return;
  }
  const { type, bytes, tag } = asset;
  const common = {
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    // Names stay when the devnet is updated.
    'cache-control': 'no-cache',
    vary: 'accept',
    etag: tag,
  };
  if (headers['if-none-match'] === tag) outgoing.writeHead(304, common).end();
  else
    outgoing
      .writeHead(200, { ...common, 'content-type': type, 'content-length': bytes.length })
      .end(method === 'HEAD' ? undefined : bytes);
}

/** Built with the rest, or, in a checkout that runs from source, now. */
async function load(): Promise<ReadonlyMap<string, Asset>> {
  const files = import.meta.url.endsWith('.ts')
    ? await (await import('../dashboard/bundle.js')).bundleDashboard()
    : await readFolder(new URL('./dashboard/', import.meta.url));
  return new Map([...files].map(([name, bytes]) => [name, assetOf(name, Buffer.from(bytes))]));
}

async function readFolder(folder: URL): Promise<ReadonlyMap<string, Uint8Array>> {
  const names = await readdir(folder);
  return new Map(
    await Promise.all(names.map(async name => [name, await readFile(new URL(name, folder))] as const)),
  );
}

function assetOf(name: string, bytes: Buffer): Asset {
  const type = TYPES[name.slice(name.lastIndexOf('.') + 1)];
  if (type === undefined) throw new Error(`no media type is known for ${name} of the dashboard`);
  const tag = `"${createHash('sha256').update(bytes).digest('base64url')}"`;
  return { type, bytes, tag };
}
