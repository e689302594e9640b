/**
 * What becomes of a question that somebody sends: judged, counted, answered by the engine, and sent in the form that was asked for.
 * No question is logged. One in which a token can be recognized is neither answered, nor looked up, nor said again.
 */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { normalizedText } from '../../core/text/normalized-text.ts';
import { addressBucket } from '../../http/address-bucket.ts';
import { escapeHtml } from '../markdown.ts';
import type { DocAddresses, DocPage } from '../pages.ts';
import { answerAsHtml, answerAsMarkdown, answerOnWire } from './answer-forms.ts';
import { type Asking, TooManyQuestionsError } from './ask-thread.ts';
import { faultOf, QUESTION_LENGTH_MAX, type QuestionFault } from './question.ts';

export type AnswerForm = 'html' | 'markdown' | 'json';

/** How often each outcome was. Plain fields, read at a scrape. */
export type QuestionCounts = { answered: number; unanswered: number; refused: number; failed: number };

export const noQuestions = (): QuestionCounts => ({ answered: 0, unanswered: 0, refused: 0, failed: 0 });

export type AskParts = DocAddresses & {
  readonly asking: Asking;
  readonly tokenPrefix: string;
  readonly counts: QuestionCounts;
  /** Puts markup into the frame of the documentation. */
  readonly framed: (title: string, html: string) => string;
};

type Question = { readonly text: string; readonly page: DocPage | null; readonly form: AnswerForm };

export type AskHandler = (
  request: FastifyRequest,
  reply: FastifyReply,
  question: Question,
) => Promise<FastifyReply>;

/** Questions in a minute from one IPv4 address or one IPv6 network. */
const PER_MINUTE_MAX = 60;
/** Questions in a minute from all whose address is not known together. */
const UNKNOWN_PER_MINUTE_MAX = 600;
const UNKNOWN = 'unknown';

export async function createAskHandler(app: FastifyInstance, parts: AskParts): Promise<AskHandler> {
  await app.register(rateLimit, {
    global: false,
    max: (_request, bucket) => (bucket === UNKNOWN ? UNKNOWN_PER_MINUTE_MAX : PER_MINUTE_MAX),
    timeWindow: 60_000,
    keyGenerator: ({ clientAddress }) => (clientAddress && addressBucket(clientAddress)) ?? UNKNOWN,
  });
  const limit = app.createRateLimit();
  const { counts } = parts;

  return async (request, reply, { text, page, form }) => {
    reply.header('cache-control', 'no-store').header('x-robots-tag', 'noindex').header('vary', 'Accept');
    const allowed = await limit(request);
    if (!allowed.isAllowed && allowed.isExceeded) {
      reply.header('retry-after', String(allowed.ttlInSeconds));
      return refuse(
        reply,
        form,
        429,
        'Too many questions',
        'You asked many questions in a short time. Wait a minute, then ask again.',
      );
    }
    if (holdsSecret(text, parts.tokenPrefix)) {
      return refuse(reply, form, 400, 'The question holds a token', SECRET_INSIDE);
    }
    const fault = faultOf(text);
    if (fault !== null) return refuse(reply, form, 400, FAULTS[fault].title, FAULTS[fault].detail);
    try {
      const answer = await parts.asking.ask(text, page?.name ?? null);
      counts[answer.answered ? 'answered' : 'unanswered']++;
      const wire = answerOnWire(answer, parts.publicUrl, page?.name ?? null);
      if (form === 'json') return reply.type('application/json; charset=utf-8').send(JSON.stringify(wire));
      if (form === 'markdown') return reply.type('text/markdown; charset=utf-8').send(answerAsMarkdown(wire));
      return reply.type('text/html; charset=utf-8').send(parts.framed(wire.question, answerAsHtml(wire)));
    } catch (error) {
      counts.failed++;
      reply.header('retry-after', '1');
      const busy = error instanceof TooManyQuestionsError;
      if (!busy) request.log.warn({ err: error }, 'a question could not be answered');
      return refuse(
        reply,
        form,
        503,
        'Not answered',
        'The question cannot be answered right now. Ask again in a moment.',
      );
    }
  };

  function refuse(
    reply: FastifyReply,
    form: AnswerForm,
    status: number,
    title: string,
    detail: string,
  ): FastifyReply {
    if (status === 400) counts.refused++;
    reply.code(status);
    if (form === 'json') {
      return reply
        .type('application/problem+json')
        .send(JSON.stringify({ type: 'about:blank', title, status, detail }));
    }
    if (form === 'markdown')
      return reply.type('text/markdown; charset=utf-8').send(`# ${title}\n\n${detail}\n`);
    const html = `<h1>${escapeHtml(title)}</h1>\n<p>${escapeHtml(detail)}</p>\n`;
    return reply.type('text/html; charset=utf-8').send(parts.framed(title, html));
  }
}

const SECRET_INSIDE =
  'The question looks as if it held a token, so it was not looked up. If it did, treat the token as known to others: open API, then Token in the portal, choose More and Delete in its row, and make a new one. Then ask again without it.';

const FAULTS: Readonly<Record<QuestionFault, { readonly title: string; readonly detail: string }>> = {
  empty: {
    title: 'There is no question',
    detail: 'Send a question as ask, in plain words, e.g. ask=How%20do%20I%20delete%20a%20token%3F',
  },
  placeholder: {
    title: 'This is a placeholder',
    detail:
      'Put your own question in its place, in plain words, e.g. ask=How%20do%20I%20delete%20a%20token%3F',
  },
  too_long: {
    title: 'The question is too long',
    detail: `A question has at most ${QUESTION_LENGTH_MAX} characters. Ask for one thing at a time.`,
  },
};

/** How many characters after the prefix make a text look like a token, whole, cut or mistyped. */
const SECRET_LIKE_LENGTH_MIN = 8;

/** By the prefix alone: whether such a token exists is not looked up, so that nobody learns it here. Encoded ones count too. */
export function holdsSecret(text: string, prefix: string): boolean {
  const word = prefix.slice(0, -1);
  const like = new RegExp(`${word}(?:_|%(?:25)*5f)[0-9a-z]{${SECRET_LIKE_LENGTH_MIN},}`, 'i');
  const plain = normalizedText(text, 'NFKC', 2 * QUESTION_LENGTH_MAX) ?? text;
  return like.test(plain.replace(/[\s\p{Cf}]+/gu, ''));
}
