/** The API reference shows what the document says, and survives documents that say nothing sensible. */
import { expect, test } from 'vitest';
import { groupsOf } from './openapi.ts';

const token = {
  type: 'object',
  required: ['id'],
  properties: {
    id: { type: 'string' },
    status: { enum: ['active', 'expired'], description: 'What it is.' },
    expires_at: { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] },
  },
};
const document = {
  tags: [{ name: 'Tokens' }, { name: 'Unused' }],
  components: { schemas: { Token: token, Circle: { $ref: '#/components/schemas/Circle' } } },
  paths: {
    '/api/v1/me': { get: { tags: ['Account'], summary: 'Who asks', responses: {} } },
    '/api/v1/tokens': {
      get: {
        tags: ['Tokens'],
        operationId: 'listTokens',
        parameters: [
          { in: 'query', name: 'limit', schema: { type: 'integer', default: 20 }, required: false },
        ],
        responses: {
          200: {
            description: 'The list.',
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  properties: { tokens: { type: 'array', items: { $ref: '#/components/schemas/Token' } } },
                },
              },
            },
          },
          401: { description: 'No session.' },
        },
      },
    },
  },
};

test('groups operations by tag, in the order of the tags', () => {
  expect(
    groupsOf(document).map(({ name, operations }) => [name, operations.map(({ path }) => path)]),
  ).toEqual([
    ['Tokens', ['/api/v1/tokens']],
    ['Account', ['/api/v1/me']],
  ]);
});

test('follows references and shows members of lists under dotted names', () => {
  const operation = groupsOf(document)[0]?.operations[0];
  expect(operation?.parameters).toMatchObject([
    { name: 'limit', type: 'integer', default: '20', place: 'query' },
  ]);
  expect(operation?.answers[0]?.members).toMatchObject([
    { name: 'tokens', type: 'list of object' },
    { name: 'tokens[].id', type: 'string', required: true },
    { name: 'tokens[].status', values: ['active', 'expired'], description: 'What it is.' },
    { name: 'tokens[].expires_at', type: 'instant or null', required: false },
  ]);
  expect(operation?.errors).toMatchObject([{ status: '401', description: 'No session.' }]);
});

test('ends on documents that refer to themselves, and shows nothing of what is not a document', () => {
  const body = { content: { 'application/json': { schema: { $ref: '#/components/schemas/Circle' } } } };
  const circular = { ...document, paths: { '/x': { post: { requestBody: body } } } };
  expect(groupsOf(circular)[0]?.operations[0]?.request).toEqual([]);
  for (const none of [null, 'text', [], {}, { paths: 7 }]) expect(groupsOf(none)).toEqual([]);
});
