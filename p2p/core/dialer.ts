import type { Environment } from '../environment.ts';
import type { NetworkLog, PeerId } from '../network.ts';
import type { Transport } from '../transport.ts';

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 5_000;

interface Target {
  readonly address: string;
  peer: PeerId | null;
  /** Before the first attempt. */
  readonly waitMs: number;
  /** Attempts in a row that did not end in a passed handshake. */
  failures: number;
  /** `linked`: a link to the peer is open, whoever dialled it. */
  state: 'idle' | 'dialling' | 'linked' | 'waiting';
  cancel: () => void;
}

export interface DialerOptions {
  readonly transport: Transport;
  readonly environment: Environment;
  readonly log: NetworkLog;
  /** Whether any link to the peer is open. */
  readonly isLinked: (peer: PeerId) => boolean;
}

/** Keeps a link to each wanted address: dials, backs off with jitter, and dials again after a loss. */
export class Dialer {
  readonly #options: DialerOptions;
  readonly #targets = new Map<string, Target>();
  #running = false;

  constructor(options: DialerOptions) {
    this.#options = options;
  }

  /** @throws NetworkError BAD_ADDRESS */
  want(address: string, waitMs = 0): void {
    const peer = this.#options.transport.peerOf(address);
    if (this.#targets.has(address) || peer === this.#options.transport.id) return;
    const target: Target = { address, peer, waitMs, failures: 0, state: 'idle', cancel: () => {} };
    this.#targets.set(address, target);
    if (this.#running) this.#begin(target);
  }

  start(): void {
    this.#running = true;
    for (const target of this.#targets.values()) this.#begin(target);
  }

  stop(): void {
    this.#running = false;
    for (const target of this.#targets.values()) target.cancel();
  }

  /** What was out of reach may be within it now: nobody waits for the next attempt. */
  hurry(): void {
    for (const target of this.#targets.values()) {
      if (target.state !== 'waiting') continue;
      target.cancel();
      target.failures = 0;
      void this.#attempt(target);
    }
  }

  /** The peer's handshake passed: the next loss is dialled without delay. */
  onUp(peer: PeerId): void {
    for (const target of this.#targets.values()) if (target.peer === peer) target.failures = 0;
  }

  /** The last link to the peer is gone. */
  onUnlinked(peer: PeerId): void {
    for (const target of this.#targets.values())
      if (target.peer === peer && target.state === 'linked') this.#retry(target);
  }

  #begin(target: Target): void {
    if (target.waitMs > 0) this.#attemptLater(target, target.waitMs);
    else void this.#attempt(target);
  }

  #attemptLater(target: Target, delayMs: number): void {
    target.state = 'waiting';
    target.cancel = this.#options.environment.after(delayMs, () => void this.#attempt(target));
  }

  async #attempt(target: Target): Promise<void> {
    const { transport, isLinked, log } = this.#options;
    if (target.peer !== null && isLinked(target.peer)) {
      target.state = 'linked';
      return;
    }
    target.state = 'dialling';
    try {
      target.peer = await transport.dial(target.address);
    } catch (error) {
      log.debug(
        { address: target.address, attempt: target.failures + 1, error: String(error) },
        'dial failed',
      );
      this.#retry(target);
      return;
    }
    if (target.peer === transport.id) {
      log.warn({ address: target.address }, 'this address is our own, it is not dialled again');
      this.#targets.delete(target.address);
    } else if (isLinked(target.peer)) target.state = 'linked';
    else this.#retry(target);
  }

  #retry(target: Target): void {
    if (!this.#running) return;
    const { environment } = this.#options;
    const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(target.failures, 16));
    target.failures++;
    // Jitter keeps two nodes that lost each other from dialling at the same instant again and again.
    this.#attemptLater(target, delay * (0.5 + environment.random()));
  }
}
