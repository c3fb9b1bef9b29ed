import type { WorkflowSignalWithStartInput, WorkflowStartInput } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { linkingToPage, pageAddress } from '../../scheduler/page-links.ts';

const PAGE = 'https://crm.example.com/';

describe('the way from a workflow to the page', () => {
  it.each([
    ['forwardSync', 'forward/acme/test/hub/3', 'tab=runs&run=forward%2Facme%2Ftest%2Fhub%2F3'],
    ['reverseSync', '5f2', 'tab=runs&run=5f2'],
    ['applyRelease', 'release/9', 'tab=runs&run=release%2F9'],
    ['awaitApproval', 'approval/acme/test/hub/7', 'tab=approvals'],
    ['planSync', 'plan/1', 'tab=plans'],
    ['reconcile', 'reconcile/1', 'tab=comparison'],
    ['requestForwardSync', undefined, 'tab=runs'],
    ['reconcile', undefined, 'tab=comparison'],
  ])('of %s %s', (type, id, place) => expect(pageAddress(PAGE, type, id)).toBe(`https://crm.example.com/console?${place}`));

  it('is added to what a start says of itself, and changes nothing else of it', async () => {
    const { startWithDetails, signalWithStart } = linkingToPage(PAGE);
    const started: WorkflowStartInput[] = [];
    const signalled: WorkflowSignalWithStartInput[] = [];
    const options = { workflowId: 'w', taskQueue: 'q', args: [{ link: 'l' }], staticSummary: 'Forward: l', staticDetails: 'Carries changes.' };
    const input = { workflowType: 'forwardSync', headers: {}, options } as unknown as WorkflowStartInput;
    await startWithDetails?.(input, async (given) => {
      started.push(given);
      return { runId: 'r', eagerlyStarted: false } as never;
    });
    const { staticDetails: _, ...bare } = options;
    await signalWithStart?.({ ...input, options: bare, signalName: 's', signalArgs: [] } as unknown as WorkflowSignalWithStartInput, async (given) => {
      signalled.push(given);
      return 'r';
    });
    const way = '[See it on the CRM’s page](https://crm.example.com/console?tab=runs&run=w)';
    expect(started).toEqual([{ ...input, options: { ...options, staticDetails: `Carries changes.\n\n${way}` } }]);
    expect(signalled).toMatchObject([{ signalName: 's', options: { ...bare, staticDetails: way } }]);
  });
});
