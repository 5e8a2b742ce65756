// The service counts code points, JavaScript counts UTF-16 units: an emoji is one of those, two of these.

const BEYOND = /[\u{10000}-\u{10FFFF}]/u;

/** A function from an offset in code points to the position in the string. */
export function unitPositions(text) {
  if (!BEYOND.test(text)) return (offset) => offset;
  const positions = new Uint32Array(text.length + 1);
  let point = 0;
  let unit = 0;
  for (const character of text) {
    positions[point++] = unit;
    unit += character.length;
  }
  positions[point] = unit;
  return (offset) => positions[offset];
}

/** The text without halves of surrogate pairs, which no file may hold. */
export const wholeCharacters = (text) => text.replace(/\p{Surrogate}/gu, "\uFFFD");
