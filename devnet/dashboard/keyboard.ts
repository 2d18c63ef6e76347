/** Single keys, for whoever is not writing. */

export interface Key {
  readonly key: string;
  readonly does: string;
  readonly run: () => unknown;
}

/** `keys` is asked at each key press: what there is to do depends on the page. Answers with what ends it. */
export function listenToKeys(keys: () => readonly Key[]): () => void {
  const pressed = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isWriting(event.target)) return;
    const found = keys().find(({ key }) => key === event.key);
    if (found === undefined) return;
    event.preventDefault();
    found.run();
  };
  document.addEventListener('keydown', pressed);
  return () => document.removeEventListener('keydown', pressed);
}

const isWriting = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
