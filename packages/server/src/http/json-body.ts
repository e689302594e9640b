/**
 * How every JSON body is read, on both listeners: strictly UTF-8, in the charset that it declares, with bounded nesting. A body of any other
 * media type is refused. /api/auth reads its own by the same rules.
 */
import type { FastifyInstance } from 'fastify';
import { Refusal } from '../core/refusal.ts';
import { JSON_DEPTH_MAX, type JsonFault, jsonText } from '../core/text/json-text.ts';

const REFUSALS: Record<JsonFault, () => Refusal> = {
  charset: () =>
    new Refusal(
      'unsupported_media_type',
      'The body is declared in another charset. Send JSON in UTF-8. Nothing was changed.',
    ),
  encoding: () =>
    new Refusal('invalid_json', 'The body is not UTF-8. Send JSON in UTF-8. Nothing was changed.'),
  syntax: () => new Refusal('invalid_json', 'The body is not JSON. Nothing was changed.'),
  depth: () =>
    new Refusal('invalid_json', `The body is nested more than ${JSON_DEPTH_MAX} deep. Nothing was changed.`),
};

export function readJsonStrictly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const read = jsonText(body as Buffer, request.headers['content-type'] ?? '');
    if ('fault' in read) done(REFUSALS[read.fault](), undefined);
    else parse(request, read.text, done);
  });
}
