/** The thread that carries the run's connections; does what network.ts orders. */
import { parentPort } from 'node:worker_threads';
import { type CuttableLink, linkTo } from '../cuttable-link.ts';
import { type Balancer, startBalancer } from './balancer.ts';
import type { NetworkOrder, NetworkReply } from './network.ts';

const links = new Map<string, CuttableLink>();
let balancer: Balancer | null = null;

parentPort?.on('message', ({ id, order }: { id: number; order: NetworkOrder }) => {
  const reply = (port: number, error: string | null) =>
    parentPort?.postMessage({ id, port, error } satisfies NetworkReply);
  obey(order).then(
    (port) => reply(port, null),
    (error: unknown) => reply(0, String(error)),
  );
});

async function obey(order: NetworkOrder): Promise<number> {
  switch (order.act) {
    case 'link': {
      const link = await linkTo(order.host, order.port);
      links.set(order.link, link);
      return link.port;
    }
    case 'balance':
      balancer = await startBalancer(order.backends);
      return balancer.port;
    case 'stick':
      balancer?.stickTo(order.to);
      return 0;
    case 'drop askers':
      balancer?.dropAll();
      return 0;
    default:
      await disturb(linkOf(order.link), order.act);
      return 0;
  }
}

async function disturb(
  link: CuttableLink,
  act: 'cut' | 'black-hole' | 'black-hole answers' | 'hold' | 'mend',
): Promise<void> {
  switch (act) {
    case 'cut':
      return await link.cut();
    case 'black-hole':
      return link.blackHole();
    case 'black-hole answers':
      return link.blackHole('answers');
    case 'hold':
      return link.hold();
    case 'mend':
      return await link.mend();
  }
}

function linkOf(name: string): CuttableLink {
  const link = links.get(name);
  if (!link) throw new Error(`there is no link ${name}`);
  return link;
}
