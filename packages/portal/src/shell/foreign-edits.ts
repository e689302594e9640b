/**
 * Lets the page live with programs that change it under React's hands: translators put elements in the place of text nodes, password
 * managers add nodes and wrap fields. React holds on to the nodes that it made, and fails as a whole where one is no longer
 * where it was. Changes nothing that is in its place, and hides no other failure.
 */

/** What took the place of a text node. */
const standIns = new WeakMap<Node, ChildNode>();

/** Once, before the first render. */
export function liveWithForeignEdits(): void {
  const observer = new MutationObserver((records) => notice(records, observer));
  observer.observe(document.documentElement, { childList: true, subtree: true });
  const { removeChild, insertBefore } = Node.prototype;

  Node.prototype.removeChild = function <Child extends Node>(this: Node, child: Child): Child {
    if (!isAstray(child, this)) return removeChild.call(this, child) as Child;
    const there = standIns.get(child) ?? child;
    there.parentNode?.removeChild(there);
    return child;
  };

  Node.prototype.insertBefore = function <Child extends Node>(
    this: Node,
    node: Child,
    next: Node | null,
  ): Child {
    const before = isAstray(next, this) ? ancestorWithin(this, standIns.get(next) ?? next) : next;
    return insertBefore.call(this, node, before) as Child;
  };
}

const isAstray = (node: unknown, parent: Node): node is Node =>
  node instanceof Node && node.parentNode !== parent;

/** The child of `parent` that `node` is in by now, such as what wraps it; null: it is nowhere in there. */
function ancestorWithin(parent: Node, node: Node): Node | null {
  let at: Node | null = node;
  while (at !== null && at.parentNode !== parent) at = at.parentNode;
  return at;
}

/** Learns what took a text node's place; puts the node back when React gives it another text, which nobody would see. */
function notice(records: readonly MutationRecord[], observer: MutationObserver): void {
  for (const record of records) {
    if (record.type === 'characterData') {
      if (!record.target.isConnected) standIns.get(record.target)?.replaceWith(record.target);
      continue;
    }
    for (const removed of record.removedNodes) {
      if (!(removed instanceof Text) || removed.isConnected) continue;
      const standIn = standInOf(record, records);
      if (standIn === undefined) continue;
      standIns.set(removed, standIn);
      observer.observe(removed, { characterData: true });
    }
  }
}

/** The element that came in the same turn where a text went: in one act with it, beside it just before, or just after. */
function standInOf(gone: MutationRecord, records: readonly MutationRecord[]): Element | undefined {
  const { target, addedNodes, previousSibling, nextSibling } = gone;
  const after = records.find(
    (record) =>
      record.target === target &&
      record.removedNodes.length === 0 &&
      record.previousSibling === previousSibling &&
      record.nextSibling === nextSibling,
  );
  const cameInThisTurn = (node: Node) =>
    records.some((record) => [...record.addedNodes].includes(node as ChildNode));
  const beside = [previousSibling, nextSibling].filter((node) => node !== null && cameInThisTurn(node));
  return [...addedNodes, ...beside, ...(after?.addedNodes ?? [])].find((node) => node instanceof Element);
}
