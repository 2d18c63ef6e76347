/** The errors of the powers that only a devnet has; a part of the table of `errors.ts`. */
export const DEV_ERRORS = {
  CLOCK_TOO_FAR: {
    message: 'the time of blocks would be {ahead} ms ahead of the clock, at most {max} are allowed',
    hint: 'Start the devnet anew with --reset: its time then begins at the clock again.',
  },
  BAD_SNAPSHOT_NAME: {
    message: '{name} is no name of a snapshot',
    hint: 'A letter or digit, then letters, digits, ".", "_" or "-"; at most 32.',
  },
  SNAPSHOT_EXISTS: {
    message: 'there is a snapshot {name} already',
    hint: 'Choose another name, or go back to an earlier snapshot: those after it are forgotten then.',
  },
  SNAPSHOTS_FULL: {
    message: 'there are {max} snapshots already',
    hint: 'Go back to an early one: those after it are forgotten then.',
  },
  UNKNOWN_SNAPSHOT: {
    message: 'there is no snapshot {name}',
    hint: 'devnet snapshots lists them. Going back forgets those taken later.',
  },
  REVERT_PENDING: {
    message: 'this block goes back to a snapshot already',
    hint: 'Send it again: it can stand in the next block.',
  },
  SNAPSHOT_CODE_CHANGED: {
    message: 'since the snapshot {name} was taken, {code} came into force as consensus module {consensus}',
    hint: 'Code that is in force stays. Take a new snapshot, or start the devnet anew with --reset.',
  },
  DUMP_TOO_LARGE: {
    message: 'the dump has {size} {unit}, at most {max} are allowed',
    hint: 'A state of this size is copied with the directory of the devnet, while it is stopped.',
  },
  DUMP_INVALID: {
    message: 'this is no dump of a devnet: {reason}',
    hint: 'Name a file that devnet dump wrote.',
  },
  DUMP_NEWER: {
    message: 'the dump is of version {version}, this devnet reads versions up to {known}',
    hint: 'Load it with the version of devnet that wrote it, or a later one.',
  },
  DUMP_DAMAGED: {
    message: 'the checksum of the dump is not that of its content',
    hint: 'The file was cut off or changed: copy it again, or make a new one with devnet dump.',
  },
  DUMP_BROKEN: {
    message: 'the state in the dump cannot be that of a chain: {reason}',
    hint: 'It was not written by devnet dump. If it was, this is a defect; report it with the file.',
  },
  LOAD_INCOMPLETE: {
    message: 'the parts of the dump {dump} are not here: {reason}',
    hint: 'Somebody else loads a dump at the same time. Load this one again.',
  },
  LOAD_PENDING: {
    message: 'this block has the state of a dump already',
    hint: 'Send it again: it can stand in the next block.',
  },
  LOAD_CODE_DIFFERS: {
    message: 'consensus module {consensus} is {dumped} in the dump and {current} here',
    hint: 'Code in force stays, so the same consensus modules must be in force: in the same layout of their state, in this version or a higher one. devnet up --load starts a devnet with those that the dump needs.',
  },
  LOAD_CODE_ANNOUNCED: {
    message:
      '{code} is announced as consensus module {consensus}, for an epoch of the state that would be replaced',
    hint: 'Wait until it is in force, or take it back with devnet consensus cancel.',
  },
} as const;
