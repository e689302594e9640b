import { PageHeading } from '../shell/page-heading.tsx';

export function ForgotPasswordPage() {
  return <PageHeading>ForgotPasswordPage</PageHeading>;
}
