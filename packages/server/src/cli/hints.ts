/** What a command adds to a refusal: the domain refuses by code, and knows no commands. */
import { Refusal, type RefusalCode } from '../core/refusal.ts';

/** Goes after `.catch`: the refusal of that code with one more sentence, anything else as it was. */
export const withHint =
  (code: RefusalCode, hint: string) =>
  (error: unknown): never => {
    if (!(error instanceof Refusal) || error.code !== code) throw error;
    throw new Refusal(code, `${error.message} ${hint}`, { fields: error.fields });
  };
