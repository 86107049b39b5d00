// CommonJS reaches the library by import(), with all of its types.
import type { Gatescope } from 'gatescope' with { 'resolution-mode': 'import' };

export async function main(): Promise<number> {
  const { load } = await import('gatescope');
  const gs: Gatescope = await load();
  // @ts-expect-error there is no such method
  gs.createNet();
  return gs.createNetwork({ inputSize: 1, hiddenSize: 1, outputSize: 1 }).config.parameters;
}
