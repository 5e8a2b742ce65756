// A colour for each label: those that the pipeline knows first, others as they come.

const N_COLOURS = 8; // in style.css
const numbers = new Map();

export const knowTypes = (labels) => labels.forEach(typeClass);

/** The class that colours a label. */
export function typeClass(label) {
  if (!numbers.has(label)) numbers.set(label, numbers.size % N_COLOURS);
  return `type-${numbers.get(label)}`;
}
