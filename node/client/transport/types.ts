import type { MethodName, Methods, Notices, Topic } from '../wire.ts';

export interface RequestOptions {
  /** Milliseconds until the client gives up. */
  readonly timeoutMs?: number | undefined;
}

/** Ends a subscription; resolves when the node has forgotten it. */
export type Unsubscribe = () => Promise<void>;

export interface Listener<T extends Topic> {
  readonly onNotice: (notice: Notices[T]) => void;
  /**
   * Notices were lost: this many because they were read too slowly, or, with null, an unknown number because the
   * connection broke and was made again.
   */
  readonly onLag?: ((dropped: number | null) => void) | undefined;
  /** The node refused to subscribe again after a reconnection; nothing more will come. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** What every action needs: a way to ask, and a way to listen. */
export interface Transport {
  request<M extends MethodName>(
    method: M,
    params: Methods[M]['params'],
    options?: RequestOptions,
  ): Promise<Methods[M]['result']>;
  subscribe<T extends Topic>(
    topic: T,
    params: Methods[`${T}_subscribe`]['params'],
    listener: Listener<T>,
  ): Promise<Unsubscribe>;
}
