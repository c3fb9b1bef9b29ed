import { afterAll, beforeAll, expect, it } from 'vitest';
import { addRun, logChange, openLink } from '../control-plane.ts';
import { startTestCrm, type TestCrm, USER_PASSWORD } from '../test-crm.ts';

let crm: TestCrm;
let address: string;
let cookie: string;
beforeAll(async () => {
  crm = await startTestCrm();
  address = await crm.app.listen({ host: '127.0.0.1', port: 0 });
  const answer = await fetch(`${address}/api/session`, {
    method: 'POST',
    body: JSON.stringify({ email: 'uwe@crm.example', password: USER_PASSWORD }),
    headers: { 'content-type': 'application/json' },
  });
  cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  await openLink(crm.admin);
});
afterAll(() => crm[Symbol.asyncDispose]());

/** Events of a stream, one by one; comments and the retry time are left out. */
async function* eventsOf(response: Response): AsyncGenerator<{ event: string; data: unknown }> {
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string): string | undefined => block.match(new RegExp(`^${name}: (.*)$`, 'm'))?.[1];
      const event = field('event');
      if (event !== undefined) yield { event, data: JSON.parse(field('data') ?? 'null') };
    }
  }
}

/** The topics of the next events, until one of them is the wanted one. */
async function untilTopic(events: AsyncGenerator<{ event: string; data: unknown }>, topic: string): Promise<string> {
  for (;;) {
    const { value } = await events.next();
    const { topics } = (value as { data: { topics: string[] } }).data;
    if (topics.includes(topic)) return topic;
  }
}

it('tells of changes of records and of the status, without content', async () => {
  const abort = new AbortController();
  const response = await fetch(`${address}/api/events`, { headers: { cookie }, signal: abort.signal });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  const events = eventsOf(response);
  expect((await events.next()).value).toEqual({ event: 'open', data: {} });
  await logChange(crm.admin, 'contacts', 'k', 'U');
  expect(await untilTopic(events, 'records')).toBe('records');
  await addRun(crm.admin, 'w1', 'forward');
  expect(await untilTopic(events, 'status')).toBe('status');
  abort.abort();
});

it('ends with the first change after its user was shut out, and tells nothing of it', async () => {
  await crm.addUser('zoe@crm.example', 'user');
  const { cookies } = await crm.app.inject({ method: 'POST', url: '/api/session', payload: { email: 'zoe@crm.example', password: USER_PASSWORD } });
  const response = await fetch(`${address}/api/events`, { headers: { cookie: `${cookies[0]?.name}=${cookies[0]?.value}` } });
  const events = eventsOf(response);
  expect((await events.next()).value).toEqual({ event: 'open', data: {} });
  await crm.admin.query(`update crm.users set disabled_at = now() where email = 'zoe@crm.example'`);
  await logChange(crm.admin, 'contacts', 'after', 'U');
  expect((await events.next()).done).toBe(true);
});

it('ends when the application ends, so that stopping never hangs', async () => {
  await using other = await startTestCrm();
  const url = await other.app.listen({ host: '127.0.0.1', port: 0 });
  const requests = await other.signIn('uwe@crm.example');
  expect((await requests('GET', '/api/session')).statusCode).toBe(200);
  const { cookies } = await other.app.inject({ method: 'POST', url: '/api/session', payload: { email: 'uwe@crm.example', password: USER_PASSWORD } });
  const response = await fetch(`${url}/api/events`, { headers: { cookie: `${cookies[0]?.name}=${cookies[0]?.value}` } });
  const events = eventsOf(response);
  await events.next();
  await other.app.close();
  expect((await events.next()).done).toBe(true);
});
