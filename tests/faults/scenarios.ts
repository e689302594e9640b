/**
 * The faults, one after another: what each does to the stage, for how long, and which doors may be away meanwhile. What is said of a
 * live token besides that nothing is certain, and what is accepted after a return, no fault excuses.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { Door } from './doors.ts';
import { pick } from './pick.ts';
import type { Node, Stage } from './stage.ts';
import type { Supply } from './supply.ts';
import type { Takings } from './takings.ts';

export type Cast = { readonly stage: Stage; readonly supply: Supply; readonly takings: Takings };

export type Fault = {
  readonly mayBeAway: (door: Door) => boolean;
  readonly begin: () => unknown;
  /** When it resolves, whatever was disturbed can work again. */
  readonly end: () => unknown;
};

export type Scenario = {
  readonly name: string;
  readonly lastsMs: (freshnessMs: number) => number;
  /** Nodes are started anew to begin and to end it; in between all must be as when healthy. */
  readonly restarts?: true;
  readonly plan: (cast: Cast) => Fault;
};

const longerThanFreshness = (freshnessMs: number) => 3 * freshnessMs;

/** Its own doors, and those of whoever the balancer may have led to it. */
const awayWith = (node: Node) => (door: Door) => door.behind === node.name || isBehindBalancer(door);
const isBehindBalancer = ({ kind }: Door) => kind === 'service' || kind === 'balanced';

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'node stopped, shorter than S',
    lastsMs: (freshnessMs) => freshnessMs / 2,
    plan: ({ stage }) => stopNode(pick(stage.nodes)),
  },
  {
    name: 'node stopped, longer than S',
    lastsMs: longerThanFreshness,
    plan: ({ stage }) => stopNode(pick(stage.nodes)),
  },
  {
    name: 'node stopped inside its revoking transaction',
    lastsMs: longerThanFreshness,
    plan: (cast) => stopInsideTransaction(cast, pick(cast.stage.nodes)),
  },
  {
    name: 'node killed and started',
    lastsMs: longerThanFreshness,
    plan: ({ stage }) => {
      const node = pick(stage.nodes);
      return {
        mayBeAway: awayWith(node),
        begin: () => node.server.kill('SIGKILL'),
        end: () => node.server.start(),
      };
    },
  },
  linkOfNode('database link dropped', 'cut'),
  linkOfNode('database link black-holed', 'black-hole'),
  linkOfNode('database answers black-holed', 'black-hole answers'),
  linkOfNode('database link held, then all late', 'hold'),
  haltDatabase('database shut down and started', 'SIGINT'),
  haltDatabase('database crashed and started', 'SIGQUIT'),
  {
    name: 'services moved between nodes',
    lastsMs: longerThanFreshness,
    plan: ({ stage }) => moveServices(stage),
  },
  {
    name: 'service stopped',
    lastsMs: longerThanFreshness,
    plan: ({ stage }) => {
      const service = pick(stage.services);
      return {
        mayBeAway: ({ behind }) => behind === service.name,
        begin: () => service.process.send('SIGSTOP'),
        end: () => service.process.send('SIGCONT'),
      };
    },
  },
  linkOfService('service cut from the balancer', 'cut'),
  linkOfService('service link held, then all late', 'hold'),
  {
    name: 'NOTIFY off',
    lastsMs: (freshnessMs) => 5 * freshnessMs,
    restarts: true,
    plan: ({ stage }) => ({
      mayBeAway: () => false,
      begin: () => restartEach(stage, { LENCANA_DATABASE_NOTIFY: '0' }),
      end: () => restartEach(stage, { LENCANA_DATABASE_NOTIFY: '1' }),
    }),
  },
];

const stopNode = (node: Node): Fault => ({
  mayBeAway: awayWith(node),
  begin: () => node.server.send('SIGSTOP'),
  end: () => node.server.send('SIGCONT'),
});

type Cut = 'cut' | 'black-hole' | 'black-hole answers' | 'hold';

function linkOfNode(name: string, act: Cut): Scenario {
  return {
    name,
    lastsMs: longerThanFreshness,
    plan: ({ stage }) => {
      const node = pick(stage.nodes);
      return {
        mayBeAway: awayWith(node),
        begin: () => stage.network.order({ act, link: node.link }),
        end: () => stage.network.order({ act: 'mend', link: node.link }),
      };
    },
  };
}

function linkOfService(name: string, act: Cut): Scenario {
  return {
    name,
    lastsMs: longerThanFreshness,
    plan: ({ stage }) => {
      const service = pick(stage.services);
      return {
        mayBeAway: ({ behind }) => behind === service.name,
        begin: () => stage.network.order({ act, link: service.link }),
        end: () => stage.network.order({ act: 'mend', link: service.link }),
      };
    },
  };
}

function haltDatabase(name: string, signal: 'SIGINT' | 'SIGQUIT'): Scenario {
  return {
    name,
    lastsMs: longerThanFreshness,
    plan: ({ stage: { postgres } }) => ({
      mayBeAway: () => true,
      begin: () => postgres.halt(signal),
      end: () => postgres.start(),
    }),
  };
}

function moveServices(stage: Stage): Fault {
  let at = 0;
  let moves: NodeJS.Timeout;
  const move = () => {
    at += 1;
    void stage.network.order({ act: 'stick', to: at % stage.nodes.length });
    void stage.network.order({ act: 'drop askers' });
  };
  return {
    mayBeAway: isBehindBalancer,
    begin: () => {
      moves = setInterval(move, stage.freshnessMs / 5);
    },
    end: () => {
      clearInterval(moves);
      return stage.network.order({ act: 'stick', to: null });
    },
  };
}

/**
 * Holds the row of a token, has one node begin to revoke it, stops that node while its transaction waits for the row, and lets the
 * row go: the database carries out the change and the node, which would have to commit it, stands still.
 */
function stopInsideTransaction({ stage, supply, takings }: Cast, node: Node): Fault {
  const begin = async () => {
    let token = supply.take();
    for (; !token; token = supply.take()) await delay(10);
    const client = new Client({ connectionString: stage.databaseUrl });
    await client.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT id FROM tokens WHERE id = $1 FOR UPDATE', [token.id]);
      void takings.byApi(token, node);
      await untilSomebodyWaits(client);
      node.server.send('SIGSTOP');
      await client.query('COMMIT');
    } finally {
      await client.end();
    }
  };
  return { mayBeAway: awayWith(node), begin, end: () => node.server.send('SIGCONT') };
}

async function untilSomebodyWaits(client: Client): Promise<void> {
  const waiting = 'SELECT 1 FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))';
  for (let tries = 0; tries < 1000; tries += 1) {
    if ((await client.query(waiting)).rowCount) return;
    await delay(5);
  }
  throw new Error('the node did not come to its revoking transaction');
}

/** One after another, as an operator rolls a setting out. */
async function restartEach({ nodes }: Stage, changes: Readonly<Record<string, string>>): Promise<void> {
  for (const { server } of nodes) {
    await server.stop();
    await server.start(changes);
  }
}
