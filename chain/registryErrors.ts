/** The errors of installing consensus modules and of bringing them into force; a part of the table of `errors.ts`. */
export const REGISTRY_ERRORS = {
  CONSENSUS_SWITCHING: {
    message: 'other code of consensus module {consensus} comes into force in this block',
    hint: 'Nothing is to be done: the call can stand in the next block.',
    later: true,
  },
  NEEDS_PROPOSAL: {
    message: 'on this chain consensus modules come and go by proposals only',
    hint: 'Propose it, and have those with stake vote on it.',
  },
  BAD_CONSENSUS_NAME: {
    message: '{name} is no name of a consensus module',
    hint: 'Lower-case words joined by dashes, as the module itself says in info.name.',
  },
  BAD_CONSENSUS_VERSION: {
    message: '{version} is no semantic version',
    hint: 'Three numbers joined by dots, and perhaps a pre-release after a dash: 1.2.3 or 1.2.3-beta.1.',
  },
  OTHER_CONSENSUS_NAME: {
    message: 'consensus module {consensus} is {current}, and {name} is no version of it',
    hint: 'Install another module under an id of its own, and bind modules to it with updateModule.',
  },
  CONSENSUS_DOWNGRADE: {
    message: 'consensus module {consensus} runs {current}; {version} is not higher',
    hint: 'Give the code a higher version, also to go back to what it did before.',
  },
  STATE_DOWNGRADE: {
    message: 'the storage of consensus module {consensus} has version {current}, the code is for {wanted}',
    hint: 'Code that reads an older layout cannot follow code that wrote a newer one.',
  },
  ACTIVATION_OUT_OF_RANGE: {
    message: 'it can come into force with an epoch from {min} to {max}, not with {epoch}',
    hint: 'Name an epoch that has not begun; leave the nodes time to fetch the code.',
  },
  UNKNOWN_CAPABILITY: {
    message: 'there is no capability {capability}',
    hint: 'The capabilities are listed in docs/reference/manifest.md.',
  },
  DUPLICATE_CAPABILITY: {
    message: 'the capability {capability} is granted twice',
    hint: 'Name each capability once.',
  },
  MINT_CAP_WITHOUT_MINT: {
    message: 'a mint cap of {cap} without the capability mint',
    hint: 'Grant the capability mint, or set the cap to 0.',
  },
  UPGRADE_WITH_PARAMS: {
    message: 'parameters of {bytes} bytes for an upgrade, which no genesis will read',
    hint: 'Leave them empty: `migrate` brings the storage to its new form.',
  },
  TOO_MANY_CONSENSUS: {
    message: 'a chain has at most {max} consensus modules',
    hint: 'Bind modules to one that is there.',
  },
  NOTHING_INSTALLED: {
    message: 'nothing is to come into force under consensus id {consensus}',
    hint: 'consensus_list shows what is pending.',
  },

  // Why code that was to come into force did not.
  MISSING_CAPABILITY: {
    message: '{name} requires the capability {capability}, which it was not granted',
    hint: 'Install it with all the capabilities that it requires.',
  },
  OTHER_STATE_VERSION: {
    message: '{name} is for version {actual} of its storage, {declared} was declared',
    hint: 'Install it with the state version that stands in info.stateVersion.',
  },
  NO_MIGRATION: {
    message: '{name} has no `migrate`, and the storage has version {from}, not {to}',
    hint: 'Write `migrate`, or keep stateVersion where the layout did not change.',
  },
  ACTIVATION_FAULT: {
    message: '{method} of {name} crashed, or gave no answer',
    hint: 'The log of a node says how; run the compliance suite on the module.',
  },
  DRAIN_OVERDUE: {
    message: 'the close of epoch {epoch} was not finished one epoch after the upgrade was due',
    hint: 'Install it again when the close is done; an upgrade of the same state version takes closes over.',
  },
} as const;
