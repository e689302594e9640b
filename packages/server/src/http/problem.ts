/** How every refusal and failure leaves: RFC 9457 problem details with a stable code. Says nothing of what is inside. */
import { STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { type FieldRefusal, REFUSALS, Refusal, type RefusalCode } from '../core/refusal.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** RFC 9457, section 3, with `code`, `request_id` and `errors` as extension members. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'Where the code is documented.' }),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String({ description: 'Stable; see the list of error codes.' }),
    detail: Type.String({ description: 'What happened and what to do, in one or two plain sentences.' }),
    request_id: Type.String({ description: 'Name it when you ask the operator.' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          field: Type.String({ description: 'The member of the request.' }),
          code: Type.String(),
          message: Type.String(),
        }),
      ),
    ),
  },
  { $id: 'Problem', title: 'Problem', description: 'RFC 9457 problem details.' },
);

export function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  code: RefusalCode,
  detail: string,
  fields: readonly FieldRefusal[] = [],
): FastifyReply {
  const { status } = REFUSALS[code];
  if ((status === 503 || status === 429) && !reply.hasHeader('retry-after')) reply.header('retry-after', '1');
  if (status === 401 && !reply.hasHeader('www-authenticate')) {
    // RFC 6750, section 3: without a presented token the challenge carries no error.
    reply.header(
      'www-authenticate',
      code === 'invalid_token' ? 'Bearer realm="lencana", error="invalid_token"' : 'Bearer realm="lencana"',
    );
  }
  // Serialised here: a response schema of the route must not cut a problem down.
  return reply
    .code(status)
    .type(PROBLEM_TYPE)
    .serializer(String)
    .send(problemText(code, detail, request.id, fields));
}

export function problemText(
  code: RefusalCode,
  detail: string,
  requestId: string,
  fields: readonly FieldRefusal[] = [],
): string {
  const { status, title } = REFUSALS[code];
  return JSON.stringify({
    type: `/docs/errors#${code}`,
    title,
    status,
    code,
    detail,
    request_id: requestId,
    ...(fields.length > 0 ? { errors: fields } : {}),
  });
}

/** Errors of Fastify and better parts turned into refusals; anything else is a bug or an outage and is logged whole. */
export function handleErrors(app: FastifyInstance, outageRefusal: (error: unknown) => Refusal | null): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof Refusal) return sendProblem(request, reply, error.code, error.message, error.fields);
    const known = refusalOf(error, request.routeOptions.bodyLimit);
    if (known) return sendProblem(request, reply, known.code, known.message, known.fields);
    const outage = outageRefusal(error);
    if (outage) {
      request.log.error({ err: error, code: outage.code }, 'the database could not do what was asked');
      return sendProblem(request, reply, outage.code, outage.message);
    }
    request.log.error({ err: error }, 'a request failed');
    return sendProblem(
      request,
      reply,
      'internal',
      `Something failed on our side. Look whether the change was made before you try it again, and name request ${request.id} when you ask the operator.`,
    );
  });
}

function refusalOf(error: FastifyError, bodyBytesMax: number): Refusal | null {
  if (error.validation) return invalidRequest(error);
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Refusal(
        'body_too_large',
        `The body is larger than ${bodyBytesMax / 1024} kB. Nothing was changed.`,
      );
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Refusal('unsupported_media_type', 'Send the body as application/json. Nothing was changed.');
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new Refusal('invalid_json', 'The body is not JSON. Nothing was changed.');
    default:
      if (error instanceof SyntaxError && error.statusCode === 400) {
        return new Refusal('invalid_json', 'The body is not JSON. Nothing was changed.');
      }
      if (error.statusCode && error.statusCode >= 400 && error.statusCode < 500) {
        return new Refusal('invalid_request', `${STATUS_CODES[error.statusCode]}. Nothing was changed.`);
      }
      return null;
  }
}

/** How many faults of one request are told at most, and how much of a member's name is repeated, in UTF-16 code units. */
const FAULTS_MAX = 10;
const FIELD_UNITS_MAX = 100;

function invalidRequest(error: FastifyError): Refusal {
  const fields = (error.validation ?? [])
    .slice(0, FAULTS_MAX)
    .map(({ keyword, instancePath, params, message }) => {
      const missing = params.missingProperty;
      const extra = params.additionalProperty;
      const path = instancePath.slice(1).replaceAll('/', '.');
      const inner = typeof missing === 'string' ? missing : typeof extra === 'string' ? extra : '';
      const field = [path, inner].filter(Boolean).join('.').slice(0, FIELD_UNITS_MAX) || 'body';
      return { field, code: 'invalid_request', message: sentence(field, keyword, params, message) };
    });
  const first = fields[0]?.message ?? 'The request does not fit the API.';
  return new Refusal('invalid_request', `${first} Nothing was changed.`, { fields });
}

function sentence(field: string, keyword: string, params: Record<string, unknown>, message?: string): string {
  const name = field === 'body' ? 'The body' : `"${field.slice(0, 60)}"`;
  switch (keyword) {
    case 'required':
      return `${name} is missing.`;
    case 'additionalProperties':
      return `${name} is not a member of this request.`;
    case 'type':
      return `${name} must be ${[params.type].flat().map(String).map(article).join(' or ')}.`;
    case 'enum':
      return `${name} must be one of ${(params.allowedValues as unknown[]).join(', ')}.`;
    default:
      return `${name} ${message ?? 'is not valid'}.`;
  }
}

const article = (type: string) =>
  type === 'null' ? type : /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
