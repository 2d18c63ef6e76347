/**
 * Token buckets, one for each address: what an address may ask at once, and how fast it may go on. Time comes from
 * outside, so that the same requests at the same times get the same answers.
 */
export interface RateLimiter {
  /** 0: the next request of this address is welcome now, and counted. Otherwise milliseconds until it is. */
  take(address: string): number;
  /** Requests beyond the first of a message. They are answered with it, and paid for by waiting longer. */
  owe(address: string, requests: number): void;
}

export interface Rate {
  /** 0: without a limit. */
  readonly perSecond: number;
  /** Requests at once, after a pause. */
  readonly burst: number;
}

interface Bucket {
  /** Thousandths of requests that are welcome, whole ones so that nothing is rounded; below zero after a batch. */
  credit: number;
  /** When `credit` was right, ms. */
  at: number;
}

/** Addresses that are remembered, a few hundred bytes each. The one that was silent longest is forgotten first. */
const MOST_ADDRESSES = 10_000;

const REQUEST = 1_000;

const UNLIMITED: RateLimiter = { take: () => 0, owe: () => {} };

/** `now`: milliseconds of a clock that never goes back. */
export function createRateLimiter({ perSecond, burst }: Rate, now: () => number): RateLimiter {
  if (perSecond === 0) return UNLIMITED;
  const buckets = new Map<string, Bucket>();

  /** As it is now, and the last one to be forgotten. */
  function bucketOf(address: string): Bucket {
    const time = Math.floor(now());
    const bucket = buckets.get(address) ?? { credit: burst * REQUEST, at: time };
    buckets.delete(address);
    buckets.set(address, bucket);
    const [oldest] = buckets.keys();
    if (buckets.size > MOST_ADDRESSES && oldest !== undefined) buckets.delete(oldest);
    // So many requests a second are so many thousandths in a millisecond.
    bucket.credit = Math.min(burst * REQUEST, bucket.credit + (time - bucket.at) * perSecond);
    bucket.at = time;
    return bucket;
  }

  return {
    take(remote) {
      const bucket = bucketOf(whoIs(remote));
      if (bucket.credit < REQUEST) return Math.ceil((REQUEST - bucket.credit) / perSecond);
      bucket.credit -= REQUEST;
      return 0;
    },
    owe(remote, requests) {
      bucketOf(whoIs(remote)).credit -= requests * REQUEST;
    },
  };
}

/** Who has one IPv6 address has at least 2^64 of them (RFC 6177): the network of 64 bits counts as one. */
export function whoIs(remote: string): string {
  const address = remote.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!address.includes(':')) return address;
  const [left = '', right] = (address.split('%', 1)[0] ?? '').split('::');
  const head = groupsOf(left);
  const tail = right === undefined ? [] : groupsOf(right);
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  return `${[...head, ...zeros, ...tail].slice(0, 4).join(':')}::/64`;
}

const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'));
