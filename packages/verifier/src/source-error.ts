/** Why an authority could not be asked. The message says what to do; neither it nor anything else here holds a secret. */

export type SourceErrorCode =
  /** No connection to the address. */
  | 'unreachable'
  /** 401 or 403: no service credential, or one that does not count. */
  | 'refused_credential'
  /** It answers, and cannot vouch for anything right now. */
  | 'unavailable'
  /** What came back is not what this library knows: something else listens there, or a release that does not fit. */
  | 'bad_answer'
  /** The token has restrictions that this release of the library does not know: a newer one is needed. */
  | 'not_understood'
  /** No answer within its time. */
  | 'timeout';

export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly code: SourceErrorCode;

  constructor(code: SourceErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
