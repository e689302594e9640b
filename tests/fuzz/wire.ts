/** Sends bytes to a listener as they are, on a connection of their own, and reads what comes back. */
import { connect } from 'node:net';

export type WireAnswer = {
  /** null: the connection was closed without an answer, which is all that some bytes deserve. */
  readonly status: number | null;
  readonly head: string;
  readonly body: string;
  /** Neither an answer nor an end came in time. */
  readonly isSilent: boolean;
};

/** How long an answer may take, in milliseconds. Judges whether there is one, not how fast: a busy machine has time enough. */
const ANSWER_MS_MAX = 20_000;
/** How long a request that is left incomplete is left open, in milliseconds. */
const INCOMPLETE_MS = 30;
const READ_BYTES_MAX = 256 * 1024;

export function sendBytes(
  { hostname, port }: Pick<URL, 'hostname' | 'port'>,
  bytes: Buffer,
  isIncomplete: boolean,
): Promise<WireAnswer> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let size = 0;
    let isSilent = false;
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    const timer = setTimeout(
      () => {
        isSilent = !isIncomplete;
        socket.destroy();
      },
      isIncomplete ? INCOMPLETE_MS : ANSWER_MS_MAX,
    );
    socket.on('data', (piece: Buffer) => {
      if (size < READ_BYTES_MAX) pieces.push(piece);
      size += piece.length;
    });
    socket.on('end', () => socket.end());
    // A server that refuses what is still being sent resets the connection.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      const text = Buffer.concat(pieces)
        .toString('latin1')
        .replace(/^HTTP\/1\.1 100 [^\r]*\r\n\r\n/, '');
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1];
      const end = text.indexOf('\r\n\r\n');
      resolve({
        status: status === undefined ? null : Number(status),
        head: end === -1 ? text : text.slice(0, end),
        body: end === -1 ? '' : text.slice(end + 4),
        isSilent,
      });
    });
  });
}
