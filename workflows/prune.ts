import { setCurrentDetails } from '@temporalio/workflow';
import type { Pruned } from '../activities/maintenance/prune-crm.ts';
import { activitiesWith } from './activities.ts';
import { proofStep } from './activity-options.ts';
import { setAttributes } from './search-attributes.ts';

/**
 * The pruning of the CRM's control plane, started by its own Schedule: what every link has acknowledged and whose retention
 * has passed goes, in small transactions. What is left over is found by the next one.
 */
export async function prune(): Promise<Pruned> {
  setAttributes({ trigger: 'period', outcome: 'running' });
  const pruned = await activitiesWith(proofStep, 'what is done with').pruneCrm();
  setAttributes({ outcome: 'completed' });
  const counts = Object.entries(pruned).flatMap(([kind, rows]) => (typeof rows === 'number' && rows > 0 ? [`${kind} ${rows}`] : []));
  const outdated = pruned.outdated.map((link) => `\n\n**${link}** is outdated: only a new initial load goes on.`);
  setCurrentDetails(`Taken away: ${counts.join(', ') || 'nothing'}.${outdated.join('')}`);
  return pruned;
}
