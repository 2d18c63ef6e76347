/** Where the page is. */
import { signal } from '@preact/signals';
import { said } from './acting.ts';
import { parseRoute } from './route.ts';

export const route = signal(parseRoute(location.hash));

window.addEventListener('hashchange', () => {
  route.value = parseRoute(location.hash);
  // What was said belongs to the page where it was done.
  said.value = null;
  window.scrollTo(0, 0);
});

export function goTo(link: string): void {
  location.hash = link;
}
