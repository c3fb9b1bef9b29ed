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
    expect(startProblem('page', error)).toEqual({ text: expect.stringMatching(/^page: .* \[port-busy\]\n {2}What to do: .*\n$/), exitCode: 1 });
  });

  it('says what it is by its code and what to do, and ends as a command would', () => {
    const text = (code: string) => expect.stringMatching(new RegExp(`^page: .*\\[${code}\\]\\n {2}What to do: .*\\n$`, 's')) as string;
    const lost = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    expect(startProblem('page', new TidegateError('role-unsafe'))).toEqual({ text: text('role-unsafe'), exitCode: 1 });
    expect(startProblem('page', new TidegateError('configuration-invalid', 'a\nb'))).toEqual({ text: text('configuration-invalid'), exitCode: 2 });
    expect(startProblem('page', lost)).toEqual({ text: text('database-unavailable'), exitCode: 3 });
  });

  it('says no word of what is not Tidegate’s own, but where it comes from', () => {
    const { text, exitCode } = startProblem('page', new RangeError('secret'));
    expect(exitCode).toBe(1);
    expect(text).toContain('[unexpected]');
    expect(text).toMatch(/RangeError\n +at .*start-problem\.test\.ts/);
    expect(text).not.toContain('secret');
    expect(startProblem('page', null).text).toContain('[unexpected]');
  });
});
