import { PageHeading } from '../shell/page-heading.tsx';

export function VerifyEmailPage() {
  return <PageHeading>VerifyEmailPage</PageHeading>;
}
