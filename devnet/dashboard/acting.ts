/** What people do here: one thing at a time, and the page says what came of it. */
import { signal } from '@preact/signals';
import { RpcError } from '../../node/client/errors.ts';

export interface Said {
  readonly ok: boolean;
  readonly text: string;
  readonly hint: string;
}

export const said = signal<Said | null>(null);
export const busy = signal(false);

/** `work` answers with what to say. While it runs, a second one is not begun. */
export async function act(work: () => Promise<string>): Promise<void> {
  if (busy.value) return;
  busy.value = true;
  try {
    said.value = { ok: true, text: await work(), hint: '' };
  } catch (error) {
    said.value = problemOf(error);
  } finally {
    busy.value = false;
  }
}

export function problemOf(error: unknown): Said {
  if (error instanceof RpcError)
    return { ok: false, text: `${error.name}: ${error.message}`, hint: error.hint };
  return { ok: false, text: error instanceof Error ? error.message : String(error), hint: '' };
}
