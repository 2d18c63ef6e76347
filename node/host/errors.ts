/** Why the host of plugins does not do what it was asked. */
export type HostErrorCode =
  | 'CAPABILITY_MISSING'
  | 'CAPABILITY_UNFIT'
  | 'PAYMENT_REQUIRED'
  | 'UNSIGNED'
  | 'RATE_LIMITED'
  | 'NO_SUCH_SUBSCRIPTION'
  | 'TOO_MANY_SUBSCRIPTIONS'
  | 'PLUGIN_UNREACHABLE'
  | 'PLUGIN_BUSY'
  | 'MESSAGE_FAILED'
  | 'UNKNOWN_PLUGIN'
  | 'NOT_QUARANTINED'
  | 'QUARANTINED'
  | 'NO_PLUGINS';

const HINTS: Readonly<Record<HostErrorCode, string>> = {
  CAPABILITY_MISSING: 'name it under capabilities in module.toml; whoever installs the plugin sees it there',
  CAPABILITY_UNFIT: 'docs/reference/services.md lists the capabilities of services',
  PAYMENT_REQUIRED: 'there is no way yet to pay for a plugin: ask its author for one without [payment]',
  UNSIGNED:
    'name the keys of its maintainers as trusted, or allow unsigned plugins where nothing is at stake',
  RATE_LIMITED: 'ask for less at once, and wait for the answers',
  NO_SUCH_SUBSCRIPTION: 'end a subscription once',
  TOO_MANY_SUBSCRIPTIONS: 'end some first',
  PLUGIN_UNREACHABLE: 'subscribe to plugin: it tells who is loaded; the other one needs communication too',
  PLUGIN_BUSY: 'it has not finished what came before: send again later',
  MESSAGE_FAILED: 'this is a defect of the plugin that received it, or a message that it does not take',
  UNKNOWN_PLUGIN: 'plugin_list names the plugins of this node',
  NOT_QUARANTINED: 'plugin_list tells the state of each plugin',
  QUARANTINED: 'devnet plugin release, or dev_pluginRelease, ends a quarantine',
  NO_PLUGINS: 'start the node with the option "plugins"',
};

export class HostError extends Error {
  override readonly name = 'HostError';
  readonly code: HostErrorCode;
  readonly hint: string;
  constructor(code: HostErrorCode, message: string) {
    super(message);
    this.code = code;
    this.hint = HINTS[code];
  }
}
