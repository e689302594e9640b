/** Takes CPU profiles of a running process that was started with `--inspect`. */

export type CpuProfile = {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  /** Ids of nodes. */
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
};

const samplingUs = 200;

/** @param said all that the process has written to stderr; the last start counts */
export async function connectInspector(said: string) {
  const address = [...said.matchAll(/Debugger listening on (ws:\S+)/g)].at(-1)?.[1];
  if (!address) throw new Error('the process listens for no inspector');
  const socket = new WebSocket(address);
  const waiting = new Map<number, (result: unknown) => void>();
  let asked = 0;
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data));
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error('the inspector did not answer')));
  });
  const call = (method: string, params = {}): Promise<unknown> =>
    new Promise((resolve) => {
      const id = ++asked;
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params }));
    });
  await call('Profiler.enable');
  await call('Profiler.setSamplingInterval', { interval: samplingUs });
  return {
    async profiled<Result>(work: () => Promise<Result>): Promise<{ profile: CpuProfile; result: Result }> {
      await call('Profiler.start');
      const result = await work();
      const { profile } = (await call('Profiler.stop')) as { profile: CpuProfile };
      return { profile, result };
    },
    close: () => socket.close(),
  };
}
