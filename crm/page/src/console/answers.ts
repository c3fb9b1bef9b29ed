import type { Approval } from '../../../../adaptor/data/control/approvals.ts';
import type { RunBooks } from '../../../../adaptor/data/control/run-books.ts';
import type { Alarm } from '../../../status/alarms.ts';
import type { LagSample } from '../../../status/lag-history.ts';
import type { ListedRun as Listed } from '../../../status/runs.ts';
import type { VolumeSample } from '../../../status/volume.ts';
import type { Waiting } from '../../../status/waiting.ts';
import type { Expiry } from '../../../../adaptor/auth/expiry.ts';
import type { Trusted } from '../../../../adaptor/auth/trust-list.ts';
import type { SetAsideDetail } from '../../../../adaptor/data/quarantine/quarantine-rows.ts';
import type { LedgerVerification } from '../../../../adaptor/data/ledger/verify-ledger.ts';
import type { Json } from '../api/answers.ts';

/* What the API answers to the console, as JSON leaves it. */

export type ListedRun = Json<Listed>;
export type AlarmShown = Json<Alarm>;
export type Breach = Json<Approval>;
export type Books = Json<RunBooks>;
export type AsideDetail = Json<SetAsideDetail>;
export type Verification = Json<LedgerVerification>;

/** GET /api/health. */
export interface Health {
  readonly alarms: readonly AlarmShown[];
  readonly waiting: Waiting & { readonly unconfirmed: number; readonly expiring: number; readonly differences: number };
}

/** GET /api/trends. */
export interface Trends {
  readonly volume: readonly Json<VolumeSample>[];
  readonly lag: readonly Json<LagSample>[];
}

/** GET /api/keys. */
export interface KeyList {
  readonly trusted: readonly Json<Trusted>[];
  readonly expiries: readonly Json<Expiry>[];
}
