/** The errors of proposals and votes; a part of the table of `errors.ts`. */
export const GOVERNANCE_ERRORS = {
  BAD_TITLE: {
    message: 'the title is empty, or has characters that are not shown',
    hint: 'One line of text says what the proposal is about.',
  },
  BAD_DOCUMENT: {
    message: '{uri} is no URI',
    hint: 'A scheme, a colon and visible ASCII characters: https://example.org/plan.md.',
  },
  NO_CHANGES: { message: 'the proposal changes nothing', hint: 'Name at least one parameter.' },
  DUPLICATE_PARAMETER: {
    message: 'the parameter {name} is changed twice',
    hint: 'Name each parameter once.',
  },
  PARAMETER_OUT_OF_RANGE: {
    message: '{name} would be {value}, not from {min} to {max}',
    hint: 'gov_params tells the bounds of each parameter.',
  },
  NO_SUCH_PROPOSAL: { message: 'there is no proposal {proposal}', hint: 'gov_list names the proposals.' },
  VOTING_CLOSED: {
    message: 'votes on proposal {proposal} counted before epoch {endEpoch}, this is epoch {epoch}',
    hint: 'Its result is what gov_get answers.',
  },
  NO_VOTING_STAKE: {
    message: 'this account had no stake on a validator when the epoch of proposal {proposal} began',
    hint: 'Stake now, to vote on proposals of later epochs.',
  },
} as const;
