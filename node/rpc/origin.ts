/**
 * Who a browser speaks for. Programs send no Origin; pages always do with POST and WebSocket. The Host header is
 * checked as well: a foreign name that was made to resolve to this machine would pass for the same origin.
 */
import { isIP } from 'node:net';

export interface Caller {
  /** May use `dev_` methods. */
  readonly trusted: boolean;
  /** Origin that may read the answers across origins; null for none, or none needed. */
  readonly allowOrigin: string | null;
  /** A page of somebody else. */
  readonly foreign: boolean;
}

interface Headers {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
}

const PROGRAM: Caller = { trusted: true, allowOrigin: null, foreign: false };

/** What nearly every request has; the rest takes the long way through a URL. */
const PLAIN_HOST = /^(localhost|127\.0\.0\.1)(:[0-9]{1,5})?$/;

/** `hosts`: names besides IP addresses and localhost under which the node is meant to be reached. */
export function callerOf({ host = '', origin }: Headers, hosts: readonly string[]): Caller {
  const trustedHost = PLAIN_HOST.test(host) || isTrustedName(nameOf(`http://${host}`), hosts);
  if (origin === undefined) return trustedHost ? PROGRAM : { ...PROGRAM, trusted: false };
  const isSame = trustedHost && (origin === `http://${host}` || origin === `https://${host}`);
  const isLoopback = isLoopbackName(nameOf(origin));
  return {
    trusted: trustedHost && (isSame || isLoopback),
    allowOrigin: isLoopback && !isSame ? origin : null,
    foreign: !isSame && !isLoopback,
  };
}

/** The host name of a URL; empty for what is none, e.g. the origin `null`. */
function nameOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : '';
}

const isTrustedName = (name: string, hosts: readonly string[]): boolean =>
  isLoopbackName(name) || isIP(name.replace(/^\[|\]$/g, '')) !== 0 || hosts.includes(name);

const isLoopbackName = (name: string): boolean =>
  name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name);
