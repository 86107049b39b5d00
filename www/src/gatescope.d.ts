/** Settings that a state dict does not tell. */
export interface NetworkOptions {
  /** Of the plain RNN. Default `tanh`. */
  nonlinearity?: 'tanh' | 'relu';
  /** Which hidden states the readout sees. Default `last`. */
  readout?: 'last' | 'every';
  /** Default `crossEntropy`. */
  loss?: LossKind | {
    kind: LossKind;
    /** crossEntropy: one weight a class. */
    classWeights?: number[];
    /** crossEntropy: share of the target spread over all classes. */
    labelSmoothing?: number;
    /** bce: weight of the positive part. */
    positiveWeight?: number;
    /** ctc: id of the blank. Default 0. */
    blank?: number;
    /** ctc: whether impossible targets count as zero rather than infinite. */
    zeroInfinity?: boolean;
  };
  /** Default Adam with PyTorch's defaults. */
  optimizer?: OptimizerKind | {
    kind: OptimizerKind;
    /** Default 1e-3, rmsprop 1e-2. */
    learningRate?: number;
    momentum?: number;
    nesterov?: boolean;
    weightDecay?: number;
    alpha?: number;
    beta1?: number;
    beta2?: number;
    epsilon?: number;
  };
  /** Default none. */
  clip?: ClipKind | { kind: ClipKind; threshold?: number };
  /** Default f32. */
  precision?: 'f32' | 'f64';
  /** 0 … 2³² − 1. */
  seed?: number;
  init?: InitKind | {
    kind?: InitKind;
    /** Scales every H×H block of W_hh to this spectral radius. */
    spectralRadius?: number;
    /** Bias of the gate that keeps the old state. */
    forgetBias?: number | 'chrono';
    /** Number of timesteps that chrono initialisation is for. Default 100. */
    steps?: number;
  };
}

export type LossKind = 'crossEntropy' | 'bce' | 'mse' | 'ctc';
export type OptimizerKind = 'sgd' | 'rmsprop' | 'adam' | 'adamw';
export type ClipKind = 'none' | 'norm' | 'value';
export type InitKind = 'pytorch' | 'xavier' | 'orthogonal' | 'identity';

/** A network with fresh weights. Give `inputSize`, or `vocabularySize` and `embeddingSize`. */
export interface NetworkConfig extends NetworkOptions {
  /** Default `lstm`. */
  cell?: 'rnn' | 'lstm' | 'gru';
  inputSize?: number;
  vocabularySize?: number;
  embeddingSize?: number;
  hiddenSize: number;
  /** Default 1. */
  layers?: number;
  bidirectional?: boolean;
  outputSize: number;
}

/** What a network is. */
export interface NetworkInfo {
  cell: 'rnn' | 'lstm' | 'gru';
  nonlinearity?: 'tanh' | 'relu';
  inputSize?: number;
  vocabularySize?: number;
  embeddingSize?: number;
  hiddenSize: number;
  layers: number;
  outputSize: number;
  /** Number of trainable scalars. */
  parameters: number;
  bidirectional: boolean;
  readout: 'last' | 'every';
  precision: 'f32' | 'f64';
}

/** How the arrays of a call are cut. */
export interface BatchSize {
  batch: number;
  steps: number;
  /** Timesteps of each sequence, when they differ. */
  lengths?: ArrayLike<number>;
  /** ctc: number of labels of each sequence. */
  targetLengths?: ArrayLike<number>;
}

export interface TrainReport {
  loss: number;
  /** Norm of all gradients before clipping. */
  gradientNorm: number;
  /** Norm of all gradients after clipping; NaN when the step was skipped. */
  clippedNorm: number;
  /** Updates done so far. */
  step: number;
  /** Steps that were not done because a number was not finite. */
  skipped: number;
}

/** Arrays are of the network's precision. */
export interface ForwardResult {
  /** `[B, T, H·D]`; 0 past a sequence's end. */
  states: Float32Array | Float64Array;
  /** `[L·D, B, H]`. */
  hiddenLast: Float32Array | Float64Array;
  /** `[L·D, B, H]`; empty without cell state. */
  cellLast: Float32Array | Float64Array;
  /** `[B, O]` or `[B, T, O]`; past a sequence's end what the readout makes of a state of zeros: its bias. */
  output: Float32Array | Float64Array;
}

export interface GradientsResult {
  loss: number;
  /** As of `forward`. */
  output: Float32Array | Float64Array;
  /** By PyTorch's state-dict name. */
  gradients: Record<string, { shape: number[]; data: Float32Array | Float64Array }>;
  /** `[B, T, I]`. */
  inputGradient: Float32Array | Float64Array;
}

/**
 * One example of one layer, in the direction of time; a quantity that the cell does not have is a zero-length array. L is the
 * example's own loss, of which the mean over a batch has a B-th: `gradients` is of the mean.
 */
export interface Trace {
  steps: number;
  hiddenSize: number;
  cell: 'rnn' | 'lstm' | 'gru';
  /** The following are `[T, H]`, row-major. */
  hidden: Float64Array;
  cellState: Float64Array;
  input: Float64Array;
  forget: Float64Array;
  candidate: Float64Array;
  output: Float64Array;
  reset: Float64Array;
  update: Float64Array;
  preActivation: Float64Array;
  /** ∂L/∂h_t, total derivative. */
  hiddenGradient: Float64Array;
  /** ∂L/∂c_t, total derivative. */
  cellGradient: Float64Array;
  /** ∂L/∂c_t with h_t held fixed. */
  cellStateGradient: Float64Array;
  /** The following are `[T]`. */
  hiddenGradientNorm: Float64Array;
  cellGradientNorm: Float64Array;
  /** log10 of the norm, right also where f64 underflows; −Infinity for exact zero. */
  hiddenGradientLog10: Float64Array;
  cellGradientLog10: Float64Array;
  /** Largest singular value of ∂h_t/∂h_{t−1}; LSTM: of the (h, c) block. */
  jacobianNorm: Float64Array;
  /** log10 of the norm of ∂h_T/∂h_t. */
  jacobianProductLog10: Float64Array;
  /** Norm of timestep t's own share of ∂L/∂W_hh. */
  weightContribution: Float64Array;
  /** L, the example's own loss. */
  loss: number;
}

export type GatescopeErrorCode =
  /** A setting, a length or a number in an array cannot be used. */
  | 'invalid-config'
  /** An argument is of the wrong type. */
  | 'invalid-input'
  /** Arrays do not fit each other or the network. */
  | 'shape-mismatch'
  /** A class or token id does not exist. */
  | 'id-out-of-range'
  | 'bad-state-dict'
  | 'out-of-memory'
  /** The network has been freed. */
  | 'freed'
  /** `gatescope.wasm` could not be had; `load` can be tried again. */
  | 'load-failed'
  /** There is no WebAssembly here, or it lacks SIMD. */
  | 'unsupported'
  /** A bug in gatescope. Nothing can be computed any more. */
  | 'internal';

/** Why a call was refused. The network is unchanged and goes on working, unless `code` is `freed` or `internal`. */
export class GatescopeError extends Error {
  code: GatescopeErrorCode;
  /** The setting or argument that is wrong. */
  field: string;
  expected: string;
  given: string;
}

export interface Network {
  readonly config: NetworkInfo;
  trainStep(inputs: Inputs, targets: Targets, size: BatchSize & { repeat?: number }): TrainReport;
  forward(
    inputs: Inputs,
    size: BatchSize & { hidden?: Float32Array | Float64Array; cell?: Float32Array | Float64Array },
  ): ForwardResult;
  gradients(inputs: Inputs, targets: Targets, size: BatchSize): GradientsResult;
  /** `example` and `layer` count from 0, the default; layer 0 is the one that the inputs enter. */
  trace(inputs: Inputs, targets: Targets, size: BatchSize & { example?: number; layer?: number }): Trace;
  stateDict(): Uint8Array;
  free(): void;
}

/** Numbers `[B, T, I]`, or token ids `[B, T]` where the network has an embedding (`Int32Array`). */
export type Inputs = Float32Array | Float64Array | Int32Array;
/**
 * crossEntropy: class ids `[B]` (readout `last`) or `[B, T]` (`every`) as an `Int32Array`, −100 where there is no target. bce, mse:
 * numbers `[B, O]` or `[B, T, O]`. ctc: the labels of all sequences one after another as an `Int32Array`, without padding, and how many
 * each has in `targetLengths`.
 */
export type Targets = Float32Array | Float64Array | Int32Array;

export interface Gatescope {
  createNetwork(config: NetworkConfig): Network;
  networkFromStateDict(bytes: Uint8Array | ArrayBuffer, options?: NetworkOptions): Network;
}

declare global {
  // Programs without the browser's declarations, such as Node's, do not know it.
  namespace WebAssembly {
    interface Module {}
  }
}

/**
 * Loads the WebAssembly, once: `gatescope.wasm` beside the library, or from an address, an answer, its bytes, or compiled
 * already. A load that failed can be tried again.
 */
export function load(
  source?: string | URL | Request | Response | ArrayBuffer | ArrayBufferView | WebAssembly.Module,
): Promise<Gatescope>;

/** The experiment, where in it one is, and how it goes: plain data that `setState` takes back. */
export interface GateScopeState {
  v: 1;
  /** The same as a link, `#v=1&…`. */
  link: string;
  experiment: Record<string, string | number | null>;
  /** Where the shown numbers come from: nowhere yet, the trained trace that comes along, networks of this page. */
  source: 'none' | 'opening' | 'live';
  /** Training step. */
  step: number;
  /** Playhead, 1…`steps`. */
  t: number;
  steps: number;
  phase: 'forward' | 'loss' | 'backward' | 'rest' | 'inspect';
  /** Pinned unit. */
  unit: number | null;
  view: string;
  playing: boolean;
  training: boolean;
  /** By cell; where several lanes have the same, they are numbered from the top: `lstm1`, `lstm2`. */
  lanes: Record<string, GateScopeLane>;
}

export interface GateScopeLane {
  step: number;
  diverged: { step: number; quantity: string } | null;
  fault: 'crashed' | 'stuck' | 'refused' | null;
  loss: number | null;
  /** Share of the held-out sequences that is right. */
  accuracy: number | null;
  gradientNorm: number | null;
}

export interface GateScopeEventMap {
  'gs-ready': CustomEvent<GateScopeState>;
  'gs-state': CustomEvent<GateScopeState>;
  'gs-train': CustomEvent<{ training: boolean; step: number; lanes: Record<string, GateScopeLane> }>;
  'gs-cursor': CustomEvent<{ t: number; phase: GateScopeState['phase']; playing: boolean }>;
  'gs-diverged': CustomEvent<{ lane: string; step: number; quantity: string }>;
  /** `contentHeight`: what it would need to show everything without scrolling. */
  'gs-resize': CustomEvent<{ width: number; height: number; contentHeight: number }>;
  'gs-error': CustomEvent<{ code: string; field: string; message: string; expected?: string; given?: string; effective?: string }>;
}

type LinkValue = string | number | null;

/** A lane's own settings, the lanes lettered from the top. */
type GateScopeOwn = { [own in `${'a' | 'b' | 'c'}.${'act' | 'init' | 'rho' | 'fb' | 'opt' | 'lr' | 'clip'}`]: LinkValue };

/**
 * `<gate-scope>`. Attributes say what a link says, under the link's keys. HTML knows no capital letters, so the attribute `t` is
 * the sequence length `T`; the playhead is the attribute `timestep`. As properties both are there, `T` and `t`. Lanes may have the
 * same cell (`vs="lstm" cell="lstm"`), and each settings of its own (`a.fb="1" b.fb="5"`, the lanes lettered from the top): `act`,
 * `init`, `rho`, `fb`, `opt`, `lr`, `clip`.
 * Methods reject with a {@link GatescopeError}; they wait while the element is out of sight.
 */
export interface GateScope extends HTMLElement, GateScopeOwn {
  link: string;
  /** Address of a safetensors file to begin from. */
  src: string;
  /** Address of `gatescope.wasm`, when it does not lie beside this file. */
  wasmUrl: string;
  /** `visible` (default) or `none`. */
  autoplay: string;
  theme: string;
  ui: string;
  controls: string;
  hide: string;
  lock: string;
  keys: string;
  motion: string;
  task: LinkValue;
  sentences: LinkValue;
  cell: LinkValue;
  vs: LinkValue;
  T: LinkValue;
  k: LinkValue;
  h: LinkValue;
  L: LinkValue;
  act: LinkValue;
  init: LinkValue;
  opt: LinkValue;
  lr: LinkValue;
  clip: LinkValue;
  B: LinkValue;
  rho: LinkValue;
  fb: LinkValue;
  seed: LinkValue;
  step: LinkValue;
  t: LinkValue;
  unit: LinkValue;
  view: LinkValue;
  /** Trains `n` steps more and resolves when they are done; without `n` until `pause()`. */
  train(n?: number): Promise<GateScopeState>;
  /** Lets the playhead sweep. */
  play(): Promise<GateScopeState>;
  /** Holds playhead and training. */
  pause(): Promise<GateScopeState>;
  next(): Promise<GateScopeState>;
  prev(): Promise<GateScopeState>;
  /** Back to step 0; `reseed`: with the next seed, or with this one. */
  reset(options?: { reseed?: boolean | number }): Promise<GateScopeState>;
  seek(to: { t?: number; step?: number }): Promise<GateScopeState>;
  getState(): Promise<GateScopeState>;
  /** A state, a part of one, or a link. */
  setState(state: Partial<GateScopeState> | string): Promise<GateScopeState>;
  /** Of the lowest lane if not said otherwise: `{ lane: 'rnn' }`, or `lstm2` where two have that cell. */
  getTrace(options?: { lane?: string }): Promise<Trace>;
  loadWeights(bytes: ArrayBuffer | ArrayBufferView, options?: { lane?: string }): Promise<GateScopeState>;
  exportWeights(options?: { lane?: string }): Promise<Uint8Array>;
  exportFigure(kind?: 'svg'): Promise<string>;
  exportFigure(kind: 'png'): Promise<Blob>;
}

/** The element's class; in Node it is there, and makes nothing. */
export const GateScope: { new (): GateScope; readonly prototype: GateScope };

declare global {
  // Where there is no DOM (Node), these are empty; where there is one, they add nothing.
  interface HTMLElement {}
  interface CustomEvent<T = any> {
    readonly detail: T;
  }
  interface Blob {}
  interface HTMLElementEventMap extends GateScopeEventMap {}
  interface HTMLElementTagNameMap {
    'gate-scope': GateScope;
  }
}
