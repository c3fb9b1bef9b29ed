import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { routeOf, unknownPath } from '../../../cloud/producer/protocol-versions.ts';
import { codeOf } from '../../support/code-of.ts';
import { TestCrm } from '../../support/test-crm.ts';
import { type TestProducer, startTestProducer } from '../../support/test-producer.ts';
import { CONTACTS } from '../service-manager/service-manager-fixture.ts';

/* There is one version until now: 2 and 3 stand for the next ones, whose messages are those of version 1 here. */

let producer: TestProducer;
afterEach(() => producer[Symbol.asyncDispose]());

/** A consumer of some version against a producer of some version: opens, registers, sends a window, and is receipted. */
async function meet(consumer: readonly number[], producerTakes: readonly number[]) {
  producer = await startTestProducer({ protocolVersions: producerTakes });
  const client = producer.client({ protocolVersions: consumer });
  const crm = new TestCrm(producer, client);
  await client.health();
  await crm.open();
  await crm.register(CONTACTS);
  await crm.load(CONTACTS, [{ op: 'I', values: [randomUUID(), 'Ada', 'Family', 'Acme', null] }]);
  return (await producer.admin.query<{ first_name: string }>('select first_name from cloud.people')).rows;
}

describe('two sides that are one version apart', () => {
  it('a producer of the next version serves this consumer', async () => {
    expect(await meet([1], [2, 1])).toEqual([{ first_name: 'Ada' }]);
  });

  it('a consumer of the next version goes back to that of an older producer', async () => {
    expect(await meet([2, 1], [1])).toEqual([{ first_name: 'Ada' }]);
  });

  it('of several common versions the greatest is spoken', async () => {
    expect(await meet([3, 2], [2, 1])).toEqual([{ first_name: 'Ada' }]);
    const client = producer.client({ protocolVersions: [2] });
    expect(await client.health()).toMatchObject({ protocol: 2, accepts: [2, 1] });
  });

  it('two versions apart refuse with a clear word, and nothing is asked', async () => {
    for (const [consumer, takes] of [
      [[1], [3, 2]],
      [[3, 2], [1]],
    ] as const) {
      producer = await startTestProducer({ protocolVersions: takes });
      const client = producer.client({ protocolVersions: consumer });
      await expect(client.health()).rejects.toMatchObject({
        code: 'protocol-version',
        message: expect.stringContaining(`You speak version ${consumer[0]}; this producer takes ${takes.join(', ')}.`),
      });
      expect(await codeOf(client.requestToken({ operations: ['open'], collections: ['contacts'] }))).toBe('protocol-version');
      expect((await producer.admin.query('select from tidegate.used_id')).rowCount).toBe(0);
      if (takes.length > 1) await producer[Symbol.asyncDispose]();
    }
  });
});

describe('a version in a path', () => {
  it('is taken to the letter', async () => {
    producer = await startTestProducer();
    expect(routeOf('/v1/health', [1])).toBe('/v1/health');
    expect(routeOf('/v2/health?a=/v1/', [2, 1])).toBe('/v1/health?a=/v1/');
    for (const path of ['/v01/health', '/v2/health', '/v0/health', '/v1/health']) expect(routeOf(path, path === '/v1/health' ? [3, 2] : [1])).toBe('/');
    for (const path of ['/health', '/v/health', '/vx/health', '/V1/health']) expect(routeOf(path, [1])).toBe(path);
    expect(unknownPath('/v1/nothing', [1]).code).toBe('path-unknown');
    expect(unknownPath('/nothing', [1]).code).toBe('path-unknown');
  });
});
