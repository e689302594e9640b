import { PageHeading } from '../shell/page-heading.tsx';

export function SignUpPage() {
  return <PageHeading>SignUpPage</PageHeading>;
}
