export interface SignOpeningInput { readonly link: string; readonly runId: string; readonly epoch: number }
export async function signOpening(_c: unknown, _i: SignOpeningInput): Promise<{ readonly opening: string }> { throw new Error('x'); }
