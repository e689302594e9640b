/**
 * A program of a service owner, on the runtime that runs it: the scenario of its first argument, printed as JSON. Ends by itself
 * once the verifier is closed; with `forgotten` as its second argument it closes none.
 */
import * as face from '@lencana/verifier';
import * as express from '@lencana/verifier/express';
import * as fastify from '@lencana/verifier/fastify';
import * as hono from '@lencana/verifier/hono';
import * as inner from '@lencana/verifier/node';
import { scenario } from './scenario.ts';

const [parameters = '', mode] = process.argv.slice(2);
if (mode === 'forgotten') {
  const { verificationUrl, credential, secret } = JSON.parse(parameters);
  const verdict = await face.createVerifier({ url: verificationUrl, credential }).verify(secret);
  console.log(JSON.stringify({ outcome: verdict.outcome }));
} else {
  const guards = [express, fastify, hono].map(({ requireToken }) => typeof requireToken);
  console.log(JSON.stringify({ ...(await scenario({ ...inner, ...face }, JSON.parse(parameters))), guards }));
}
