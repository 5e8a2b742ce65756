// A text and its mentions -> pieces in a row, in blocks that can be drawn one by one. Linear after sorting.

const BLOCK = 3000; // characters, about
const BREAK = /\n|[.!?]\s/g;

/** Title and abstract joined by one space, or the only one there is: what offsets count in. */
export const textOf = ({ title, abstract }) => (title && abstract ? `${title} ${abstract}` : title || abstract);

/**
 * Pieces `{start, end, mention, head, tail}` that cover a text of `length`; `mention` is -1 between mentions.
 * Mentions may overlap: the one that began last is in front. Each has one head and one tail, which may be empty.
 */
export function piecesOf(spans, length) {
  const order = spans.map((_, i) => i).sort((a, b) => spans[a].start - spans[b].start || spans[b].end - spans[a].end);
  const edges = [...new Set([0, length, ...spans.flatMap(({ start, end }) => [start, end])])].sort((a, b) => a - b);
  const pieces = [];
  const open = [];
  const begun = new Set();
  const add = (start, end, mention) => {
    pieces.push({ start, end, mention, head: mention >= 0 && !begun.has(mention), tail: false });
    begun.add(mention);
  };
  const close = (mention, at) => {
    if (pieces.at(-1)?.mention !== mention) add(at, at, mention);
    pieces.at(-1).tail = true;
  };
  let next = 0;
  edges.forEach((at, k) => {
    while (open.length && spans[open.at(-1)].end <= at) close(open.pop(), at);
    while (next < order.length && spans[order[next]].start === at) open.push(order[next++]);
    if (k + 1 < edges.length) add(at, edges[k + 1], open.at(-1) ?? -1);
  });
  return pieces;
}

/** Blocks `{pieces, isTitle}`: the title, then stretches that end with a line or a sentence; no mention is divided. */
export function blocksOf(pieces, text, titleEnd) {
  const blocks = [{ pieces: [], isTitle: false }];
  let begin = 0;
  for (const piece of pieces) {
    let rest = piece;
    for (let cut = cutIn(rest, text, begin, titleEnd); cut > 0; cut = cutIn(rest, text, begin, titleEnd)) {
      blocks.at(-1).pieces.push({ ...rest, end: cut });
      blocks.push({ pieces: [], isTitle: false });
      rest = { ...rest, start: cut };
      begin = cut;
    }
    if (rest.end > rest.start || rest.mention >= 0) blocks.at(-1).pieces.push(rest);
  }
  const [first] = blocks;
  first.isTitle = first.pieces.length > 0 && first.pieces.at(-1).end <= titleEnd + 1;
  return blocks.filter((block) => block.pieces.length);
}

/** Where a piece between mentions ends a block, or 0. */
function cutIn({ start, end, mention }, text, begin, titleEnd) {
  if (mention >= 0) return 0;
  if (begin === 0 && titleEnd > 0 && start <= titleEnd && titleEnd < end) return titleEnd + 1;
  BREAK.lastIndex = Math.max(start, begin + BLOCK);
  const found = BREAK.lastIndex < end && BREAK.exec(text);
  return found && BREAK.lastIndex <= end ? BREAK.lastIndex : 0;
}
