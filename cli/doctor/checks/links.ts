import { readLinkStatus } from '../../../adaptor/data/control/link-status.ts';
import { statusQuestions } from '../../../configuration/status-questions.ts';
import { linkName } from '../../../exchange/names.ts';
import { type Check, type Finding, fault, ok, warning } from '../finding.ts';
import type { Parts } from '../parts.ts';

/** A change that waits longer than this has something in front of it. */
const LATE_MS = 5 * 60_000;

/** Every link is open, no collection is stopped or drifted, nothing waits too long or needs a person. */
export const links: Check<Parts> = {
  name: 'links',
  run: async (parts) => {
    const findings: Finding[] = [];
    for (const link of (await parts.config()).links) {
      const name = linkName(link);
      const { state, reason, collections } = await readLinkStatus(parts.store, name, statusQuestions(link));
      if (state === 'stopped') findings.push(fault(name, `it is stopped: ${reason ?? 'no reason is told'}`, 'Mend the reason, then tidegate resume.'));
      else if (state === 'paused')
        findings.push(warning(name, `it is paused: ${reason ?? 'no reason is told'}`, 'Run tidegate resume when the reason is gone.'));
      else findings.push(ok(name, state ?? 'not opened yet'));
      for (const { collection, state: forward, stateReason, reverseState, reverseStateReason, lagMs, quarantined } of collections) {
        const subject = `${name} ${collection}`;
        if ([forward, reverseState].some((each) => each === 'drifted' || each === 'stopped'))
          findings.push(
            fault(
              subject,
              `it is ${forward === 'open' ? reverseState : forward}: ${(forward === 'open' ? reverseStateReason : stateReason) ?? 'see tidegate status'}`,
              'Change the table or the configuration back, or approve a new initial load.',
            ),
          );
        if (lagMs > LATE_MS)
          findings.push(
            warning(
              subject,
              `a change has waited for ${Math.round(lagMs / 60_000)} minutes`,
              'See worker and producer above; then the run in the Temporal UI.',
            ),
          );
        if (quarantined > 0)
          findings.push(
            warning(subject, `${quarantined} record(s) are set aside`, 'Look at them on the CRM page, or with tidegate record; each has its reason.'),
          );
      }
    }
    return findings;
  },
};
