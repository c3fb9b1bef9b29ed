export interface VerifyOpeningInput { readonly link: string; readonly runId: string; readonly epoch: number; readonly opening: string; readonly answer: string }
export async function verifyOpening(_c: unknown, _i: VerifyOpeningInput): Promise<{ readonly generation: number }> { throw new Error('x'); }
