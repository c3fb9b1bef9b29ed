/* `tidegate`: the public face of the package. What is not named here may change in any version. */

export { type OpenTidegate, type TidegatePlace, openTidegate } from './open-tidegate.ts';
export { type LinkProgress, type SyncOrder, TidegateClient, type TidegateClientOptions } from '../scheduler/tidegate-client.ts';
export type { RunDescription } from '../scheduler/describe-run.ts';
export type { ForwardChain } from '../scheduler/forward-chain.ts';
export type { LinkStanding, LinkStore, NewRequest, ReloadApproval, SelectedRecord } from '../scheduler/link-store.ts';
export type { ReconcileOrder, StartedReconciliation } from '../scheduler/reconcile-run.ts';
export type { Reconciliation } from '../adaptor/data/control/reconciliations.ts';
export type { PumpBeat } from '../scheduler/pump-beat.ts';
export type { FinishedRequest } from '../adaptor/data/control/wait-for-request.ts';
export { checkConfig, loadConfig } from '../configuration/load-config.ts';
export { ERROR_CATALOGUE } from '../exchange/error-catalogue.ts';
export type { ErrorEntry } from '../exchange/errors/entry.ts';
export { type ErrorCode, type ErrorFacts, TidegateError, isErrorCode } from '../exchange/errors.ts';
export { type Problem, toProblem } from '../exchange/problem.ts';
export { type LinkIdentity, type LinkName, linkName } from '../exchange/names.ts';
export { type Config, type ConfigInput, type LinkConfig, defineConfig } from '../configuration/config.ts';
export type { CollectionConfigInput } from '../configuration/collection-config.ts';
