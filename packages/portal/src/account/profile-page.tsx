/** My Profile: the holder's name and phone number, password, sessions and passkeys, one section each. */
import { Text, Title } from '@mantine/core';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'react-router';
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
        <Section name="password" title={t('password.title')} intro={t('password.intro')}>
          <PasswordSection email={me.user.email} />
        </Section>
        <Section title={t('passkeys.title')} intro={t('passkeys.intro')}>
          <PasskeysSection email={me.user.email} />
        </Section>
        <Section title={t('sessions.title')} intro={t('sessions.intro')}>
          <SessionsSection />
        </Section>
      </div>
    </>
  );
}

interface SectionProps {
  /** For addresses that lead to the section: `/profile#password`. */
  name?: string;
  title: string;
  intro: string;
  children: ReactNode;
}

function Section({ name, title, intro, children }: SectionProps) {
  const heading = useId();
  const { hash } = useLocation();
  const wanted = name !== undefined && hash === `#${name}`;
  const section = useRef<HTMLElement>(null);
  // The page comes after the browser has looked for what its address names.
  useEffect(() => {
    if (!wanted) return;
    section.current?.scrollIntoView();
    section.current?.querySelector<HTMLElement>('input:not([type="hidden"])')?.focus({ preventScroll: true });
  }, [wanted]);
  return (
    <section ref={section} id={name} className="profile-section" aria-labelledby={heading}>
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
