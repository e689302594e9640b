/** The scenario inside a worker of workerd, with the parameters of a request's body. */
import * as face from '@lencana/verifier';
import * as inner from '@lencana/verifier/node';
import { scenario } from './scenario.ts';

export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await scenario({ ...inner, ...face }, JSON.parse(await request.text())));
  },
};
