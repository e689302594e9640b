/** The pages for people who are not signed in, as one part that loads when the first of them is opened. */
export { ForgotPasswordPage } from './forgot-password-page.tsx';
export { ResetPasswordPage } from './reset-password-page.tsx';
export { SignInPage } from './sign-in-page.tsx';
export { SignUpPage } from './sign-up-page.tsx';
export { VerifyEmailPage } from './verify-email-page.tsx';
