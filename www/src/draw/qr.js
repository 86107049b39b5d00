// @ts-check
// A link as a QR code: the modules from a library, the drawing one path. Always black on white with its quiet zone,
// whatever the theme: cameras read nothing else reliably.
import encodeQR from 'qr';

/** Light modules around the code that the standard asks for. */
const QUIET = 4;
const SVG = 'http://www.w3.org/2000/svg';

/**
 * The dark modules of a text as an SVG path of horizontal runs, in units of one module, quiet zone included; null when
 * the text is too long for any QR code.
 * @param {string} text
 * @returns {{ size: number, path: string } | null} `size`: modules along one side with the quiet zone
 */
export function qrPath(text) {
  /** @type {boolean[][]} */
  let modules;
  try {
    modules = encodeQR(text, 'raw', { ecc: 'medium', border: QUIET });
  } catch {
    return null;
  }
  let path = '';
  modules.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue;
      const start = x;
      while (row[x + 1]) x++;
      path += `M${start} ${y}h${x - start + 1}v1h${start - x - 1}z`;
    }
  });
  return { size: modules.length, path };
}

/**
 * The same as an element that scales with its box.
 * @param {string} text @param {string} label its accessible name
 * @returns {SVGSVGElement | null}
 */
export function qrImage(text, label) {
  const code = qrPath(text);
  if (!code) return null;
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${code.size} ${code.size}`);
  svg.setAttribute('class', 'qr');
  svg.setAttribute('shape-rendering', 'crispEdges');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', label);
  const ground = svg.appendChild(document.createElementNS(SVG, 'rect'));
  ground.setAttribute('width', '100%');
  ground.setAttribute('height', '100%');
  ground.setAttribute('fill', '#fff');
  const ink = svg.appendChild(document.createElementNS(SVG, 'path'));
  ink.setAttribute('d', code.path);
  ink.setAttribute('fill', '#000');
  return svg;
}
