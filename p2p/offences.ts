/**
 * What an offence costs a peer. Every peer has 100 points, gets back one a second, and is banned at zero. An honest node
 * commits none of the large ones; the small ones may come from haste, so it takes many of them in a row.
 */
export const OFFENCE_POINTS = {
  /** Broken framing, control frames or service frames; a talk before the handshake; floods below the lanes. */
  protocol: 60,
  /** A block that its certificate does not prove. */
  falseBlock: 60,
  /** A header that its certificate does not prove, or rows that are not those of its state. */
  falseSnapshot: 60,
  /** A wrong signature in agreement. Honest nodes pass on only what they verified. */
  badSignature: 50,
  /** Bytes that do not decode, or say what no honest node says. */
  malformed: 25,
  /** A transaction that no honest node passes on. */
  badTransaction: 10,
  /** One connection more than a peer may have. */
  connection: 5,
  /** A hundredth of a second's worth above the rate of a lane. */
  tooFast: 1,
  /** A request or message more than what may wait. */
  flood: 1,
} as const;

export type Offence = keyof typeof OFFENCE_POINTS;
