import type { TokenReference } from '../transport/obtain-token.ts';
export interface InitialLoadInput { readonly link: string; readonly runId: string; readonly epoch: number; readonly token: TokenReference; readonly collection: string }
export async function initialLoad(_c: unknown, _i: InitialLoadInput): Promise<{ readonly rows: number }> { throw new Error('x'); }
