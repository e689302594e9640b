/**
 * A TCP link on 127.0.0.1 that a test can cut (connections dropped, new ones refused), black-hole (nothing gets through, an end of a
 * connection neither) or hold (everything waits and comes late), and mend.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

export type CuttableLink = {
  readonly port: number;
  cut(): Promise<void>;
  /** `answers`: what is sent arrives, what comes back does not. Default: both ways. */
  blackHole(what?: 'everything' | 'answers'): void;
  hold(): void;
  mend(): Promise<void>;
  close(): Promise<void>;
};

export async function linkTo(host: string, port: number): Promise<CuttableLink> {
  const sockets = new Set<Socket>();
  let state: 'whole' | 'swallowing' | 'swallowing answers' | 'holding' = 'whole';
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    const far = connect(port, host);
    keep(near);
    keep(far);
    const carry = (from: Socket, to: Socket, swallows: () => boolean) => {
      from.on('data', (chunk) => {
        if (!swallows()) to.write(chunk);
      });
      from.on('close', () => {
        if (!swallows()) to.destroy();
      });
      if (state === 'holding') from.pause();
    };
    carry(near, far, () => state === 'swallowing');
    carry(far, near, () => state === 'swallowing' || state === 'swallowing answers');
  });
  const fixed = await listen(server, 0);
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: fixed,
    cut: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        drop();
      }),
    blackHole: (what = 'everything') => {
      state = what === 'everything' ? 'swallowing' : 'swallowing answers';
    },
    hold: () => {
      state = 'holding';
      for (const socket of sockets) socket.pause();
    },
    mend: async () => {
      const held = state === 'holding';
      state = 'whole';
      if (held) for (const socket of sockets) socket.resume();
      else drop();
      if (!server.listening) await listen(server, fixed);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        drop();
      }),
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(address !== null && typeof address === 'object' ? address.port : 0);
    });
  });
}
