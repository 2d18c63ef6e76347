/** The reason given to libp2p when we close a connection ourselves. It is no error, and not logged. */
export class ClosedHere extends Error {
  override readonly name = 'ClosedHere';
  constructor() {
    super('closed on purpose');
  }
}
