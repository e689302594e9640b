/** Every mail that the accounts room sends, as text. A new language is a new object of the same shape. */

export type MailText = { readonly subject: string; readonly paragraphs: readonly string[] };

function removed(passkeys: number): string {
  if (passkeys === 0) return '';
  return passkeys === 1 ? ', and your passkey was removed' : `, and your ${passkeys} passkeys were removed`;
}

export const MAIL_TEXTS = {
  verifyEmail: (portal: string): MailText => ({
    subject: `Confirm your e-mail address for ${portal}`,
    paragraphs: [
      `Open this link and enter your password to confirm your e-mail address for ${portal}. It works once, within an hour:`,
      'If you did not sign up, do nothing: the account stays closed.',
    ],
  }),
  resetPassword: (portal: string): MailText => ({
    subject: `Set a new password for ${portal}`,
    paragraphs: [
      `Open this link to set a new password for ${portal}. It works once, within an hour:`,
      'If you did not ask for it, do nothing: your password stays as it is.',
    ],
  }),
  passwordChanged: (portal: string): MailText => ({
    subject: `Your password for ${portal} was changed`,
    paragraphs: [
      `The password of your account at ${portal} was changed, and every other session was ended. If this was not you, set a new password at once with "Forgot password" on this page:`,
      'If it was you, there is nothing to do.',
    ],
  }),
  passwordReset: (portal: string, passkeysRemoved: number): MailText => ({
    subject: `Your password for ${portal} was set anew`,
    paragraphs: [
      `A mailed link was used to set a new password for your account at ${portal}. Every session was ended${removed(passkeysRemoved)}. If this was not you, somebody can read your mail: secure your mailbox first, then set a new password with "Forgot password" on this page:`,
      'If it was you, there is nothing to do.',
    ],
  }),
  passkeyAdded: (portal: string): MailText => ({
    subject: `A passkey was added to your account at ${portal}`,
    paragraphs: [
      `A passkey was added to your account at ${portal}. Whoever has it can sign in. If this was not you, set a new password at once with "Forgot password" on this page, and choose there to remove your passkeys:`,
      'If it was you, there is nothing to do.',
    ],
  }),
  passkeyRemoved: (portal: string): MailText => ({
    subject: `A passkey was removed from your account at ${portal}`,
    paragraphs: [
      `A passkey was removed from your account at ${portal}. It signs nobody in any more. If this was not you, set a new password at once with "Forgot password" on this page:`,
      'If it was you, there is nothing to do.',
    ],
  }),
  accountExists: (portal: string): MailText => ({
    subject: `You already have an account at ${portal}`,
    paragraphs: [
      `Somebody, maybe you, tried to sign up at ${portal} with this e-mail address, which has an account already. You can sign in, or set a new password, here:`,
      'If this was not you, do nothing: your account was not touched.',
    ],
  }),
  invitation: (portal: string): MailText => ({
    subject: `You are invited to ${portal}`,
    paragraphs: [
      `You are invited to make an account at ${portal}. Open this link; it works once, within seven days:`,
      'If you did not expect this, do nothing.',
    ],
  }),
} as const;
