import { openLink } from './control-plane.ts';
import { type Requests, type TestCrm, startTestCrm } from './test-crm.ts';

/** The CRM application with an open link, and one user of each role signed in. */
export interface SignedInCrm {
  readonly crm: TestCrm;
  /** A user, an integration administrator, an auditor. */
  readonly uwe: Requests;
  readonly ada: Requests;
  readonly aud: Requests;
}

/** Starts it; dispose of `crm`. */
export async function startSignedInCrm(): Promise<SignedInCrm> {
  const crm = await startTestCrm();
  const [uwe, ada, aud] = await Promise.all([crm.signIn('uwe@crm.example'), crm.signIn('ada@crm.example'), crm.signIn('aud@crm.example')]);
  await openLink(crm.admin);
  return { crm, uwe, ada, aud };
}
