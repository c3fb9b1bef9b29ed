import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import { TerminatedFailure } from '@temporalio/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ERROR_CATALOGUE } from '../../exchange/error-catalogue.ts';
import { type ErrorCode, TidegateError } from '../../exchange/errors.ts';
import type { NewReconciliation } from '../../scheduler/link-store.ts';
import { startReconciliation } from '../../scheduler/reconcile-run.ts';
import { refusalOf } from '../../scheduler/release-run.ts';
import { codeOf } from '../support/code-of.ts';

/** A run that failed with what an activity threw. */
const failed = (type: string, message: string) =>
  new WorkflowFailedError('Workflow execution failed', ApplicationFailure.create({ type, message, nonRetryable: true }), 'x' as never);
const codes = Object.keys(ERROR_CATALOGUE) as ErrorCode[];

describe('what a run was refused with', () => {
  it('is the error that was thrown in it, word for word: the sentence of the code is not said twice', () => {
    fc.assert(
      fc.property(fc.constantFrom(...codes), fc.option(fc.string({ minLength: 1 }), { nil: undefined }), (code, detail) => {
        const thrown = new TidegateError(code, detail);
        expect(refusalOf(failed(code, thrown.message))).toMatchObject({ name: 'TidegateError', code, message: thrown.message });
      }),
    );
  });

  it('has the code and its sentence where the run told something else', () => {
    expect(refusalOf(failed('link-stopped', 'Stopped.'))).toMatchObject({ code: 'link-stopped', message: ERROR_CATALOGUE['link-stopped'].title });
  });

  it('stays what it is where it is none of the catalogue’s: nobody is told a code that was not meant', () => {
    const others = [
      new Error('no connection'),
      failed('SomethingElse', 'x'),
      failed('toString', 'x'),
      new WorkflowFailedError('Workflow execution terminated', new TerminatedFailure('x'), 'x' as never),
    ];
    for (const other of others) expect(refusalOf(other)).toBe(other);
  });
});

describe('deletes that are only inferred', () => {
  const asked: NewReconciliation[] = [];
  const store = { writeReconciliations: async (order: NewReconciliation) => (asked.push(order), 'request') };
  const order = { link: 'acme/test/hub', collections: ['contacts'], deleteReceipted: true, by: 'anna' };

  it.each([undefined, '', '  '])('are not asked for with %j as the reason, and nothing is written down', async (reason) => {
    expect(await codeOf(startReconciliation({ client: undefined as never, store, taskQueue: 'q' }, { ...order, reason }))).toBe('bad-request');
    expect(asked).toEqual([]);
  });
});
