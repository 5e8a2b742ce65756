// Small things that the browser keeps for the page. Where it may not, or has no room, they last until the page is left.

const without = new Map();

function tried(use, otherwise) {
  try {
    return use();
  } catch {
    return otherwise();
  }
}

/** Kept for good. */
export const forGood = keeping(() => localStorage);

/** Kept until the tab is closed. */
export const forTheTab = keeping(() => sessionStorage);

/** `storage()` raises where the browser lets nothing be kept. */
function keeping(storage) {
  return {
    get: (name) => without.get(name) ?? tried(() => storage().getItem(name), () => null),
    set(name, value) {
      without.delete(name);
      tried(() => storage().setItem(name, value), () => without.set(name, value));
    },
    remove(name) {
      without.delete(name);
      tried(() => storage().removeItem(name), () => {});
    },
  };
}
