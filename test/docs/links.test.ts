/** Links between pages, and into them. Those into the web are not followed. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { ROOT } from '../tidy/sources.ts';
import { allPages, read } from './page.ts';

interface Link {
  /** With an exclamation mark before it: a picture. */
  readonly isPicture: boolean;
  readonly text: string;
  /** From the root; the page itself where a link has an anchor only. */
  readonly target: string;
  readonly anchor: string | undefined;
}

const withoutCode = (page: string): string => read(page).replace(/^```.*?^```$/gms, '');

/** Pictures whose size is given. */
const imagesOf = (page: string): readonly Link[] =>
  Array.from(
    withoutCode(page).matchAll(/<img src="([^"]*)" width="\d+" alt="([^"]*)">/g),
    ([, path = '', text = '']) => ({
      isPicture: true,
      text,
      target: normalize(join(dirname(page), path)),
      anchor: undefined,
    }),
  );

const linksOf = (page: string): readonly Link[] =>
  Array.from(
    withoutCode(page).matchAll(/(!?)\[((?:[^\]`]|`[^`]*`)*)\]\(([^)#:\s]*)(?:#([^)\s]*))?\)/g),
    ([, mark, text = '', path = '', anchor]) => ({
      isPicture: mark === '!',
      text,
      target: path === '' ? page : normalize(join(dirname(page), path)),
      anchor,
    }),
  );

/** As hosts of repositories name the headings of a page: lower case, no punctuation, a hyphen for each space. */
const anchorsOf = (page: string): ReadonlySet<string> =>
  new Set(
    Array.from(withoutCode(page).matchAll(/^#+ (.*)$/gm), ([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );

describe('links of pages', () => {
  const all = allPages().flatMap(page =>
    [...linksOf(page), ...imagesOf(page)].map(link => ({ page, ...link })),
  );

  it('lead somewhere', () => {
    assert.ok(all.length > 100);
    assert.deepEqual(
      all.filter(({ target }) => !existsSync(join(ROOT, target))),
      [],
    );
  });

  it('lead to headings that exist', () => {
    const into = all.filter(({ anchor, target }) => anchor !== undefined && target.endsWith('.md'));
    assert.ok(into.length > 20);
    assert.deepEqual(
      into.filter(({ target, anchor = '' }) => !anchorsOf(target).has(anchor)),
      [],
    );
  });

  it('to pictures say in words what they show', () => {
    const pictures = all.filter(link => link.isPicture);
    assert.ok(pictures.length > 3);
    assert.deepEqual(
      pictures.filter(({ text }) => text.length < 20),
      [],
    );
  });

  it('from docs/README.md lead to every page, but for the single decisions', () => {
    const reached = new Set(linksOf('docs/README.md').map(({ target }) => target));
    const protocol = new Set(linksOf('docs/protocol.md').map(({ target }) => target));
    assert.deepEqual(
      allPages().filter(
        page =>
          page.startsWith('docs/') &&
          page !== 'docs/README.md' &&
          !page.startsWith('docs/decisions/0') &&
          !reached.has(page) &&
          !protocol.has(page),
      ),
      [],
    );
  });
});
