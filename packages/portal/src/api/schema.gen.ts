/** Stand-in of the generated types. */
interface ProblemContent {
  content: { 'application/problem+json': components['schemas']['Problem'] };
}
interface Problems {
  default: ProblemContent & { headers: { [name: string]: unknown } };
}
interface Json<T> {
  headers: { [name: string]: unknown };
  content: { 'application/json': T };
}
export interface paths {
  '/api/v1/portal': {
    get: { parameters: { query?: never; header?: never; path?: never; cookie?: never }; responses: { 200: Json<components['schemas']['Portal']> } & Problems };
  };
  '/api/v1/me': {
    get: { parameters: { query?: never; header?: never; path?: never; cookie?: never }; responses: { 200: Json<components['schemas']['Me']> } & Problems };
  };
  '/api/v1/tokens': {
    get: {
      parameters: {
        query?: { q?: string; status?: 'active' | 'expires_soon' | 'expired' | 'revoked'; sort?: string; limit?: number; cursor?: string };
        header?: never; path?: never; cookie?: never;
      };
      responses: { 200: Json<{ tokens: components['schemas']['Token'][]; next_cursor: string | null; total: number }> } & Problems;
    };
    post: {
      parameters: { query?: never; header?: { 'idempotency-key'?: string }; path?: never; cookie?: never };
      requestBody: { content: { 'application/json': { name: string; expires_on?: string; time_zone?: string; expires_at?: string } } };
      responses: { 201: Json<{ token: components['schemas']['Token']; secret: string }> } & Problems;
    };
  };
  '/api/v1/tokens/{id}': {
    get: { parameters: { query?: never; header?: never; path: { id: string }; cookie?: never }; responses: { 200: Json<{ token: components['schemas']['Token'] }> } & Problems };
    delete: { parameters: { query?: never; header?: never; path: { id: string }; cookie?: never }; responses: { 200: Json<{ token: components['schemas']['Token']; refused_everywhere_at: string }> } & Problems };
  };
}
export interface components {
  schemas: {
    Portal: {
      name: string; public_url: string; token_prefix: string; mail: boolean;
      sign_up: { mode: 'open' | 'domains' | 'invitation'; domains: string[] };
      setup: 'done' | 'loopback' | 'code';
    };
    Me: {
      user: {
        id: string; name: string; email: string; email_verified: boolean; phone_number: string | null;
        role: 'administrator' | 'member' | 'viewer'; organization: { id: string; name: string };
      };
      authenticated_by: 'session' | 'token';
      token: null | { id: string; name: string };
    };
    Token: {
      id: string; name: string; masked: string; status: 'active' | 'expires_soon' | 'expired' | 'revoked';
      created_at: string; expires_at: string | null; last_used_at: string | null;
      last_used_address: string | null; last_used_client: string | null;
    };
    Problem: {
      type: string; title: string; status: number; code: string; detail: string; request_id: string;
      errors?: { field: string; code: string; message: string }[];
    };
  };
}
