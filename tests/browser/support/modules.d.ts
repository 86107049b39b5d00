// Packages that bring no types of their own.
declare module 'd3-scale-chromatic' {
  export function interpolateCividis(u: number): string;
  export function interpolatePuOr(u: number): string;
}
declare module 'pngjs' {
  export const PNG: { sync: { read(bytes: Uint8Array): { width: number; height: number; data: import('node:buffer').Buffer } } };
}
