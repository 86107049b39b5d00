// @ts-check
// A lane's experiment as a PyTorch script that runs as it stands. Pure: the same experiment, the same text.
import { dataLines } from './data.js';
import { comment, lines, number } from './lines.js';
import { networkLines } from './network.js';

/** @typedef {import('./lines.js').Line} Line */
/** @typedef {import('./lines.js').LaneExperiment} LaneExperiment */

/**
 * @typedef {object} Told what the experiment does not say
 * @property {number} step training steps
 * @property {number} example number of the held-out sequence that is looked at
 * @property {{ until: number, changed: string[] }[]} past settings that were others before a step
 * @property {boolean} operated whether there is surgery
 * @property {string} [lane] id of the lane; its cell if left out
 */

/** Name of the file with a lane's weights. @param {string} lane @param {number} step */
export const weightsName = (lane, step) => `gatescope-${lane}-${step}.safetensors`;

/**
 * @param {LaneExperiment} experiment the effective one @param {Told} told @param {import('./lines.js').Say} say
 * @returns {Line[]}
 */
export function pytorchScript(experiment, told, say) {
  const { cell, length, hidden, layers, batch, learningRate, clip, optimizer, seed } = experiment;
  const { step, example, past, operated, lane = cell } = told;
  const gap = lines('\n');
  return [
    ...comment(say('script.title', { cell: lane.replace(/\d$/, ' $&').toUpperCase() }), 'cell', 'task'),
    ...comment(say('script.start')),
    ...past.flatMap(({ until, changed }) => comment(say('script.past', { step: until, settings: changed.join(', ') }), ...changed)),
    ...(operated ? comment(say('script.operated')) : []),
    ...lines('import copy\nimport math\n\nimport torch\nfrom torch import nn\nfrom torch.nn import functional as F\n'),
    ...lines(`T = ${length}  # ${say('field.length')}`, 'length'),
    ...lines(`H = ${hidden}  # ${say('field.hidden')}`, 'hidden'),
    ...lines(`L = ${layers}  # ${say('field.layers')}`, 'layers'),
    ...lines(`BATCH = ${batch}`, 'batch'),
    ...lines(`SEED = ${seed}`, 'seed'),
    ...lines(`STEPS = ${step}  # ${say('script.steps')}`, 'step'),
    ...lines(`EXAMPLE = ${example}  # ${say('script.example')}`, 'example'),
    ...lines(`WEIGHTS = None  # ${say('script.weights', { file: `"${weightsName(lane, step)}"` })}`, 'step'),
    ...gap,
    ...dataLines(experiment, say),
    ...gap,
    ...lines(`def draw(rng, count, purpose):
    drawn = [sample(rng, purpose) for _ in range(count)]
    tokens = torch.tensor([tokens for tokens, _ in drawn])
    return F.one_hot(tokens, len(TOKENS)).float(), torch.tensor([label for _, label in drawn])`),
    ...gap,
    ...networkLines(experiment, say),
    ...lines(`if WEIGHTS:
    from safetensors.torch import load_file

    net.load_state_dict(load_file(WEIGHTS))
`),
    ...lines('criterion = nn.CrossEntropyLoss()', 'task'),
    ...lines(`optimizer = torch.optim.${optimizer === 'sgd' ? 'SGD' : 'Adam'}(net.parameters(), lr=${number(learningRate)})`, 'optimizer', 'learningRate'),
    ...lines(`rng = Rng(SEED, TRAINING)
held_out, labels = draw(Rng(SEED, HELD_OUT), 256, HELD_OUT)`, 'seed'),
    ...lines('for step in range(1, STEPS + 1):', 'step'),
    ...lines('    x, y = draw(rng, BATCH, TRAINING)', 'batch'),
    ...lines(`    loss = criterion(net(x), y)
    optimizer.zero_grad()
    loss.backward()`),
    ...lines(`    norm = nn.utils.clip_grad_norm_(net.parameters(), ${clip === null ? 'math.inf' : number(clip)})  # ${say(clip === null ? 'script.unclipped' : 'script.clipped')}`, 'clip'),
    ...lines(`    if not (torch.isfinite(loss) and torch.isfinite(norm)):
        print(f"step {step}: loss {loss.item()}, gradient norm {norm.item()}")
        break
    optimizer.step()
    if step % 25 == 0 or step == STEPS:
        with torch.no_grad():
            right = (net(held_out).argmax(1) == labels).float().mean().item()
        print(f"step {step}: loss {loss.item():.4f}, gradient norm {norm.item():.3e}, held-out accuracy {right:.3f}")
`),
    ...comment(say('script.gradient')),
    ...lines('looking = copy.deepcopy(net).double()'),
    ...lines('x, y = held_out[EXAMPLE:EXAMPLE + 1].double(), labels[EXAMPLE:EXAMPLE + 1]', 'example'),
    ...lines('state, hidden = None, []'),
    ...lines('for t in range(T):', 'length'),
    ...lines(`    _, state = looking.${cell}(x[:, t:t + 1], state)`, 'cell'),
    ...lines(cell === 'lstm' ? '    h, _ = state' : '    h = state', 'cell'),
    ...lines(`    h.retain_grad()
    hidden.append(h)
loss = criterion(looking.fc(hidden[-1][-1]), y)
loss.backward()
for t, h in enumerate(hidden, start=1):
    norm = h.grad[-1, 0].norm().item()
    log10 = math.log10(norm) if norm > 0 else -math.inf
    print(f"t = {t}: dL/dh_t = {norm:.6e}  (10^{log10:.2f})")`),
    ...lines(''),
  ];
}

/** The script as one text. @param {Line[]} script */
export const textOf = (script) => script.map(({ text }) => text).join('\n');
