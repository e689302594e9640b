/**
 * Sends mail through the operator's SMTP server. Sending never delays or fails what it is about: callers do
 * not wait, and a failure is a log line without the text or the link.
 */
import nodemailer from 'nodemailer';
import type { Logger } from 'pino';
import { isLoopbackHost } from './loopback.ts';
import type { MailText } from './mail-texts.ts';

/** How long, in milliseconds, a server may take to accept a connection, and then each answer. */
const SMTP_TIMEOUT_MS = 15_000;

export type Mailer = {
  /** Hands the mail over and returns at once. `link`, if any, stands after the first paragraph. */
  readonly send: (to: string, text: MailText, link: string | null) => void;
  /** Waits for the mails under way, sent or failed. */
  readonly settled: () => Promise<void>;
};

export type MailerOptions = {
  /** smtp://user:password@host:port, or smtps:// for TLS from the first byte. */
  readonly smtpUrl: string;
  /** The sender, like `Service Portal AI <portal@example.com>`. */
  readonly from: string;
  readonly log: Pick<Logger, 'error'>;
};

const escapeHtml = (text: string) =>
  text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

export function renderMail(text: MailText, link: string | null): { text: string; html: string } {
  const [first = '', ...others] = text.paragraphs;
  const anchor = link && `<p><a href="${escapeHtml(link)}">${escapeHtml(link)}</a></p>`;
  const paragraph = (content: string) => `<p>${escapeHtml(content)}</p>`;
  return {
    text: `${[first, ...(link ? [link] : []), ...others].join('\n\n')}\n`,
    html: [paragraph(first), ...(anchor ? [anchor] : []), ...others.map(paragraph)].join('\n'),
  };
}

/** @throws TypeError if the URL is not smtp:// or smtps:// with a host */
export function createMailer({ smtpUrl, from, log }: MailerOptions): Mailer {
  const url = new URL(smtpUrl);
  if (!['smtp:', 'smtps:'].includes(url.protocol) || !url.hostname) {
    throw new TypeError('The mail server must be given as smtp://host:port or smtps://host:port.');
  }
  const secure = url.protocol === 'smtps:';
  const transport = nodemailer.createTransport({
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    // A password never goes over a line that is not encrypted, except to this very machine.
    requireTLS: !secure && url.username !== '' && !isLoopbackHost(url.hostname),
    ...(url.username
      ? { auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } }
      : {}),
    connectionTimeout: SMTP_TIMEOUT_MS,
    greetingTimeout: SMTP_TIMEOUT_MS,
    socketTimeout: SMTP_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const underWay = new Set<Promise<void>>();
  return {
    send: (to, text, link) => {
      const message = {
        from,
        to: { name: '', address: to },
        subject: text.subject,
        // RFC 3834, section 5: no robot answers a mail that a robot sent.
        headers: { 'Auto-Submitted': 'auto-generated' },
        ...renderMail(text, link),
      };
      const sending = transport.sendMail(message).then(
        () => undefined,
        // The error's own text can quote the server's answer, never the message that was sent.
        (error: Error & { code?: string }) =>
          log.error({ subject: text.subject, code: error.code, reason: error.message }, 'mail was not sent'),
      );
      underWay.add(sending);
      void sending.then(() => underWay.delete(sending));
    },
    settled: async () => {
      await Promise.all(underWay);
    },
  };
}
