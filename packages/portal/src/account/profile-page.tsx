import { PageHeading } from '../shell/page-heading.tsx';

export function ProfilePage() {
  return <PageHeading>ProfilePage</PageHeading>;
}
