import { once } from 'node:events';
import { type AddressInfo, type Socket, connect, createServer } from 'node:net';

/** What a proxy does with what passes. */
export type ProxyMode =
  | { readonly kind: 'pass' }
  /** The line is cut: no connection stands, none comes about. */
  | { readonly kind: 'cut' }
  /** The next bytes that come back are swallowed, and the line is cut: the other side has done what it was asked. After so many on one line, where only a long answer is meant. */
  | { readonly kind: 'lose-answer'; readonly afterBytes?: number }
  /** The line is cut after so many more bytes of a request. */
  | { readonly kind: 'truncate'; readonly afterBytes: number };

/** A TCP proxy on loopback that fails as networks do. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** What it does from now on, also on lines that stand. Counts the faults that came about since: 0 means that nothing was tested. */
  set(mode: ProxyMode): void;
  readonly faults: number;
}

/** Starts a proxy before a port of this machine. A fault that came about once is over: the proxy passes everything again. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  let mode: ProxyMode = { kind: 'pass' };
  let faults = 0;
  let passed = 0;
  const lines = new Set<Socket>();
  const cutAll = (): void => {
    for (const line of lines) line.destroy();
  };
  const fault = (): void => {
    faults += 1;
    mode = { kind: 'pass' };
    cutAll();
  };
  const server = createServer((client) => {
    if (mode.kind === 'cut') {
      faults += 1;
      client.destroy();
      return;
    }
    const remote = connect(target, '127.0.0.1');
    let answered = 0;
    let of: ProxyMode = mode;
    for (const line of [client, remote]) {
      lines.add(line);
      line.on('error', () => undefined);
      line.once('close', () => {
        lines.delete(line);
        client.destroy();
        remote.destroy();
      });
    }
    client.on('data', (bytes) => {
      passed += bytes.length;
      if (mode.kind === 'truncate' && passed > mode.afterBytes) {
        remote.write(bytes.subarray(0, Math.max(0, bytes.length - (passed - mode.afterBytes))), fault);
        return;
      }
      remote.write(bytes);
    });
    remote.on('data', (bytes) => {
      [answered, of] = [(of === mode ? answered : 0) + bytes.length, mode];
      if (mode.kind === 'lose-answer' && answered > (mode.afterBytes ?? 0)) fault();
      else client.write(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    set: (next) => {
      [mode, faults, passed] = [next, 0, 0];
      if (next.kind === 'cut') cutAll();
    },
    get faults() {
      return faults;
    },
    [Symbol.asyncDispose]: async () => {
      cutAll();
      server.close();
      await once(server, 'close');
    },
  };
}
