/** The scenario inside a worker of workerd, with the parameters of a request's body. */
import * as library from '@lencana/verifier';
import { scenario } from './scenario.ts';

export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await scenario(library, JSON.parse(await request.text())));
  },
};
