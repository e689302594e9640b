/** What a query's parameters become before node:sqlite gets them. */
import type { SQLInputValue } from 'node:sqlite';

/**
 * @throws Error for an object that is no value: node:sqlite takes a first one for named parameters, so that a query would run with
 * others than its author meant
 */
export function bindable(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (typeof value === 'boolean') return value ? 1 : 0;
    if (value instanceof Date) return value.toISOString();
    if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) {
      throw new Error(
        'A parameter of a query is an object. Only texts, numbers, bytes and dates can be bound.',
      );
    }
    return value as SQLInputValue;
  });
}
