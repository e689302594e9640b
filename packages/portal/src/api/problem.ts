/**
 * What went wrong with a call, whatever it was: a problem document of the server (RFC 9457), an answer of
 * something in between, or no answer at all. Every call of the portal fails with a `Problem` and with
 * nothing else. Never carries a request's or an answer's body.
 */

export interface FieldError {
  field: string;
  code: string;
  /** A plain sentence of the server, fit to show. */
  message: string;
}

/** Codes of the portal's own, for failures that no server described. */
export type LocalCode = 'network' | 'timeout' | 'unexpected_answer';

export class Problem extends Error {
  override readonly name = 'Problem';
  /** The server's stable code, or a `LocalCode`. */
  readonly code: string;
  /** A plain sentence of the server, or empty for a `LocalCode`. */
  readonly detail: string;
  readonly fieldErrors: readonly FieldError[];
  /** To quote to the operator; null when no Lencana server answered. */
  readonly requestId: string | null;
  /** The HTTP status, or 0 without an answer. */
  readonly status: number;
  /**
   * Whether a write may have happened all the same: `no` where the server refused it, `unknown` where no
   * answer came or the answer does not say.
   */
  readonly saved: 'no' | 'unknown';

  constructor(facts: {
    code: string;
    status: number;
    saved: 'no' | 'unknown';
    detail?: string;
    fieldErrors?: readonly FieldError[];
    requestId?: string | null;
  }) {
    super(facts.code);
    this.code = facts.code;
    this.status = facts.status;
    this.saved = facts.saved;
    this.detail = facts.detail ?? '';
    this.fieldErrors = facts.fieldErrors ?? [];
    this.requestId = facts.requestId ?? null;
  }

  /** The server's error for one field of the request, if it named any. */
  errorOf(field: string): FieldError | undefined {
    return this.fieldErrors.find((error) => error.field === field);
  }
}

/**
 * The problem that an answer other than 2xx stands for. `body` is its parsed JSON, or text. A refusal (4xx)
 * wrote nothing; after a 5xx nobody knows.
 */
export function problemOfAnswer(status: number, body: unknown, requestId: string | null = null): Problem {
  const saved = status >= 400 && status < 500 ? 'no' : 'unknown';
  if (!isRecord(body) || typeof body.code !== 'string') {
    return new Problem({ code: 'unexpected_answer', status, saved, requestId });
  }
  return new Problem({
    code: body.code,
    status,
    saved,
    detail: textOf(body.detail) || textOf(body.title),
    fieldErrors: Array.isArray(body.errors) ? body.errors.flatMap(fieldErrorOf) : [],
    requestId: textOf(body.request_id) || requestId,
  });
}

/** The problem that a thrown failure stands for: no network, no answer in time, an answer cut short. */
export function problemOfFailure(failure: unknown): Problem {
  if (failure instanceof Problem) return failure;
  const name = isRecord(failure) ? failure.name : undefined;
  if (name === 'TimeoutError') return new Problem({ code: 'timeout', status: 0, saved: 'unknown' });
  if (name === 'SyntaxError') return new Problem({ code: 'unexpected_answer', status: 0, saved: 'unknown' });
  return new Problem({ code: 'network', status: 0, saved: 'unknown' });
}

function fieldErrorOf(value: unknown): FieldError[] {
  if (!isRecord(value) || typeof value.field !== 'string') return [];
  return [{ field: value.field, code: textOf(value.code), message: textOf(value.message) }];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
