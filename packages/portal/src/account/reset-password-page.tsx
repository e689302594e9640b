import { PageHeading } from '../shell/page-heading.tsx';

export function ResetPasswordPage() {
  return <PageHeading>ResetPasswordPage</PageHeading>;
}
