/** Single questions on connections that stay open, with as little of its own in between as can be. For answers without a body. */
import { connect, type Socket } from 'node:net';

export type Asker = {
  /** Resolves with the status. */
  ask(authorization: string): Promise<number>;
  close(): void;
};

const headEnd = '\r\n\r\n';

/** Servers hang up on who is idle for five seconds: nothing is asked over a connection that is near it. */
const idleMsMax = 3000;

export function createAsker(address: string): Asker {
  const url = new URL(address);
  const idle: { readonly socket: Socket; readonly sinceMs: number }[] = [];
  const all = new Set<Socket>();

  function opened(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(url.port), url.hostname, () => resolve(socket));
      all.add(socket.setNoDelay(true).setEncoding('latin1').once('error', reject));
      socket.once('close', () => all.delete(socket));
    });
  }

  /** The one used last; if even that one is idle for long, all are. */
  function kept(): Socket | undefined {
    const last = idle.pop();
    if (last !== undefined && performance.now() - last.sinceMs < idleMsMax && !last.socket.destroyed) {
      return last.socket;
    }
    for (const { socket } of last === undefined ? [] : [last, ...idle.splice(0)]) socket.destroy();
    return undefined;
  }

  return {
    async ask(authorization) {
      const socket = kept() ?? (await opened());
      return new Promise((resolve, reject) => {
        let answer = '';
        const hungUp = () => reject(new Error('the server hung up'));
        const read = (part: string) => {
          answer += part;
          if (!answer.includes(headEnd)) return;
          socket.off('data', read).off('close', hungUp);
          idle.push({ socket, sinceMs: performance.now() });
          resolve(Number(answer.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length)));
        };
        socket.on('data', read).once('close', hungUp);
        socket.write(
          `GET ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\nauthorization: ${authorization}\r\n\r\n`,
        );
      });
    },
    close: () => {
      for (const socket of all) socket.removeAllListeners('close').destroy();
    },
  };
}
