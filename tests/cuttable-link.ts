/** A TCP link on 127.0.0.1 that a test can cut (connections dropped, new ones refused) or black-hole (nothing gets through), and mend. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export type CuttableLink = {
  readonly port: number;
  cut(): Promise<void>;
  blackHole(): void;
  mend(): Promise<void>;
  close(): Promise<void>;
};

export async function linkTo(host: string, port: number): Promise<CuttableLink> {
  const sockets = new Set<Socket>();
  let swallowing = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    const far = connect(port, host);
    keep(near);
    keep(far);
    const carry = (from: Socket, to: Socket) => {
      from.on('data', (chunk) => {
        if (!swallowing) to.write(chunk);
      });
      from.on('close', () => to.destroy());
    };
    carry(near, far);
    carry(far, near);
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
    blackHole: () => {
      swallowing = true;
    },
    mend: async () => {
      swallowing = false;
      drop();
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
