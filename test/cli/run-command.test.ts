import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Output } from '../../cli/output.ts';
import { EXIT } from '../../exchange/exit-code.ts';
import { commandRunners } from '../../cli/run-command.ts';

/** A port on which nothing listens any more. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a command', () => {
  const run = async (environment: Record<string, string>): Promise<{ code: number; told: string }> => {
    const lines: string[] = [];
    const codes: number[] = [];
    const output: Output = { json: true, write: (text) => void lines.push(text), note: () => {} };
    const runners = commandRunners(
      () => output,
      { TIDEGATE_HOME: '/nowhere', ...environment },
      (code) => codes.push(code),
    );
    await runners.run(async (context) => void (await context.pool.query('select 1')))();
    return { code: codes[0] ?? -1, told: (JSON.parse(lines.join('')) as { error: { code: string } }).error.code };
  };

  it('says that the database is away, whatever the network called it', async () => {
    const url = `postgresql://tidegate_consumer:x@127.0.0.1:${await closedPort()}/crm`;
    expect(await run({ TIDEGATE_CRM_CONSUMER_URL: url, TIDEGATE_TEMPORAL_ADDRESS: '127.0.0.1:1' })).toEqual({
      code: EXIT.unavailable,
      told: 'database-unavailable',
    });
  });

  it('says that nothing runs where neither a stack nor variables are found, by URL or by file', async () => {
    expect(await run({})).toEqual({ code: EXIT.unavailable, told: 'not-running' });
    expect(await run({ TIDEGATE_CRM_CONSUMER_URL_FILE: '/nowhere/url', TIDEGATE_TEMPORAL_ADDRESS: '127.0.0.1:1' })).toEqual({
      code: EXIT.usage,
      told: 'configuration-invalid',
    });
  });
});
