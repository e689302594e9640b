/**
 * Reads an OpenAPI 3.1 document into what the API reference shows: operations by group, with their parameters, members and
 * errors as flat rows. Pure. Understands what this server's document uses (local references, objects, arrays, enums, unions,
 * bounds); anything else it shows by its type, and anything that is not a document as empty.
 */

export interface Row {
  name: string;
  type: string;
  required: boolean;
  description: string;
  /** Closed list of values; empty: open. */
  values: readonly string[];
  default: string | null;
  /** Where a parameter goes; null for a member of a body. */
  place: string | null;
}

export interface Operation {
  id: string;
  method: string;
  path: string;
  summary: string;
  description: string;
  parameters: Row[];
  request: Row[];
  answers: { status: string; description: string; members: Row[] }[];
  errors: { status: string; description: string }[];
}

export interface Group {
  name: string;
  operations: Operation[];
}

type Json = Record<string, unknown>;
const methods = ['get', 'post', 'put', 'patch', 'delete'];
/** Members of members are shown down to here, so that a document that refers to itself has an end. */
const depthMax = 4;

/** The document's operations by their first tag, in the document's order of tags and then of paths. */
export function groupsOf(document: unknown): Group[] {
  const doc = record(document);
  const groups = new Map<string, Operation[]>(list(doc.tags).map((tag) => [text(record(tag).name), []]));
  for (const [path, item] of Object.entries(record(doc.paths))) {
    for (const method of methods) {
      const operation = record(record(item)[method]);
      if (Object.keys(operation).length === 0) continue;
      const group = text(list(operation.tags)[0]);
      groups.set(group, [...(groups.get(group) ?? []), operationOf(doc, method, path, operation)]);
    }
  }
  return [...groups]
    .map(([name, operations]) => ({ name, operations }))
    .filter((group) => group.operations.length > 0);
}

function operationOf(doc: Json, method: string, path: string, operation: Json): Operation {
  const responses = Object.entries(record(operation.responses)).map(([status, response]) => ({
    status,
    description: text(resolve(doc, response).description),
    members: membersOf(doc, jsonSchemaOf(resolve(doc, response))),
  }));
  const isAnswer = ({ status }: { status: string }) => /^[123]/.test(status);
  return {
    id: text(operation.operationId) || `${method}-${path}`,
    method: method.toUpperCase(),
    path,
    summary: text(operation.summary),
    description: text(operation.description),
    parameters: list(operation.parameters).map((parameter) => parameterRow(doc, resolve(doc, parameter))),
    request: membersOf(doc, jsonSchemaOf(resolve(doc, operation.requestBody))),
    answers: responses.filter(isAnswer),
    errors: responses.filter((response) => !isAnswer(response)),
  };
}

function jsonSchemaOf(holder: Json): unknown {
  return record(record(holder.content)['application/json']).schema;
}

function parameterRow(doc: Json, parameter: Json): Row {
  return {
    ...rowOf(doc, text(parameter.name), parameter.schema, parameter.required === true),
    description: text(parameter.description) || text(resolve(doc, parameter.schema).description),
    place: text(parameter.in),
  };
}

/** An object's members, those of members under dotted names; `[]` stands for each element of a list. */
function membersOf(doc: Json, schema: unknown, prefix = '', depth = 0): Row[] {
  const object = objectWithin(doc, schema);
  if (object === null || depth > depthMax) return [];
  const required = list(object.schema.required);
  return Object.entries(record(object.schema.properties)).flatMap(([name, member]) => {
    const fullName = `${prefix}${object.suffix}${prefix || object.suffix ? '.' : ''}${name}`;
    return [
      rowOf(doc, fullName, member, required.includes(name)),
      ...membersOf(doc, member, fullName, depth + 1),
    ];
  });
}

/** The object that a schema is, or a list of, or may be instead of null. */
function objectWithin(doc: Json, schema: unknown): { schema: Json; suffix: string } | null {
  const resolved = resolve(doc, schema);
  if (resolved.properties !== undefined) return { schema: resolved, suffix: '' };
  if (resolved.items !== undefined) {
    const element = objectWithin(doc, resolved.items);
    return element && { ...element, suffix: `[]${element.suffix}` };
  }
  for (const option of optionsOf(resolved)) {
    const object = objectWithin(doc, option);
    if (object !== null) return object;
  }
  return null;
}

function rowOf(doc: Json, name: string, schema: unknown, required: boolean): Row {
  const resolved = resolve(doc, schema);
  return {
    name,
    type: typeOf(doc, schema),
    required,
    description: text(record(schema).description) || text(resolved.description),
    values: valuesOf(doc, schema),
    default: resolved.default === undefined ? null : String(resolved.default),
    place: null,
  };
}

function typeOf(doc: Json, schema: unknown): string {
  const resolved = resolve(doc, schema);
  const options = optionsOf(resolved);
  if (options.length > 0) return [...new Set(options.map((option) => typeOf(doc, option)))].join(' or ');
  if (Array.isArray(resolved.type)) return resolved.type.join(' or ');
  if (resolved.type === 'array') return `list of ${typeOf(doc, resolved.items)}`;
  if (resolved.format === 'date-time') return 'instant';
  if (typeof resolved.type === 'string') return resolved.type;
  const values = valuesOf(doc, schema);
  if (values.length > 0) return 'string';
  return resolved.properties === undefined ? 'any' : 'object';
}

function valuesOf(doc: Json, schema: unknown): string[] {
  const resolved = resolve(doc, schema);
  if (resolved.const !== undefined) return [String(resolved.const)];
  if (Array.isArray(resolved.enum)) return resolved.enum.map(String);
  const options = optionsOf(resolved).map((option) => resolve(doc, option));
  if (
    options.length === 0 ||
    options.some(({ type, const: value }) => type !== 'null' && value === undefined)
  )
    return [];
  return options.flatMap(({ const: value }) => (value === undefined ? [] : [String(value)]));
}

function optionsOf(schema: Json): unknown[] {
  return list(schema.anyOf ?? schema.oneOf);
}

/** Follows `#/…` references; one that leads nowhere, or in a circle, is an empty schema. */
function resolve(doc: Json, value: unknown, hops = 0): Json {
  const { $ref, ...rest } = record(value);
  if (typeof $ref !== 'string') return rest;
  if (!$ref.startsWith('#/') || hops > 8) return {};
  const target = $ref
    .slice(2)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((holder, part) => record(holder)[part], doc);
  return { ...resolve(doc, target, hops + 1), ...rest };
}

function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
