/** My Profile: the holder's name and phone number, password, sessions and passkeys, one section each. */
import { Text, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../api/queries.ts';
import { PageHeading } from '../shell/page-heading.tsx';
import './account.css';
import { PasskeysSection } from './passkeys-section.tsx';
import { PasswordSection } from './password-section.tsx';
import { PersonSection } from './person-section.tsx';
import { SessionsSection } from './sessions-section.tsx';

export function ProfilePage() {
  const { t } = useTranslation('profile');
  const me = useMe().data;
  if (!me) return null;
  return (
    <>
      <PageHeading>{t('title')}</PageHeading>
      <div className="form-below-heading">
        <Section title={t('person.title')} intro={t('person.intro')}>
          <PersonSection key={me.user.id} user={me.user} />
        </Section>
        <Section title={t('password.title')} intro={t('password.intro')}>
          <PasswordSection email={me.user.email} />
        </Section>
        <Section title={t('passkeys.title')} intro={t('passkeys.intro')}>
          <PasskeysSection />
        </Section>
        <Section title={t('sessions.title')} intro={t('sessions.intro')}>
          <SessionsSection />
        </Section>
      </div>
    </>
  );
}

function Section({ title, intro, children }: { title: string; intro: string; children: ReactNode }) {
  const heading = useId();
  return (
    <section className="profile-section" aria-labelledby={heading}>
      <div>
        <Title order={2} id={heading}>
          {title}
        </Title>
        <Text size="sm" c="dimmed" mt={4}>
          {intro}
        </Text>
      </div>
      <div>{children}</div>
    </section>
  );
}
