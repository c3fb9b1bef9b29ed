import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { TidegateError } from '../../../exchange/errors.ts';
import { startProblem } from '../../../workers/observation/start-problem.ts';

describe('a process that does not start', () => {
  it('says that its port is busy', async () => {
    const first = createServer().listen(0, '127.0.0.1');
    await once(first, 'listening');
    const second = createServer().listen((first.address() as AddressInfo).port, '127.0.0.1');
    const [error] = (await once(second, 'error')) as [unknown];
    first.close();
    expect(startProblem(error)).toMatchObject({ code: 'port-busy' });
  });

  it('says what else it is by its code, and no word of what is not Tidegate’s own', () => {
    expect(startProblem(new TidegateError('role-unsafe'))).toMatchObject({ code: 'role-unsafe' });
    expect(startProblem(new Error('secret'))).toMatchObject({ code: 'unexpected' });
    expect(JSON.stringify(startProblem(new Error('secret')))).not.toContain('secret');
  });
});
