/** The tab Overview: where the API is, how a token is tried and used, how a service verifies one, and the API reference. */
import { Anchor, Skeleton, Text, Title } from '@mantine/core';
import { lazy, type ReactNode, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Me, Portal } from '../api/client.ts';
import { useMe, usePortal } from '../api/queries.ts';
import { CodeBlock } from '../shell/code-block.tsx';
import { useDocumentTitle } from '../shell/page-heading.tsx';
import { createTokenPath } from '../shell/paths.ts';
import classes from './overview-tab.module.css';
import { curlLine, nodeSample, pythonSample, readTokenLine } from './samples.ts';

const ApiReference = lazy(() => import('./api-reference.tsx'));

export function OverviewTab() {
  const { t } = useTranslation('tokens');
  const portal = usePortal().data;
  const me = useMe().data;
  useDocumentTitle(t('title'));
  if (portal === undefined) return null;
  return (
    <div className={classes.overview}>
      <BaseUrl publicUrl={portal.public_url} />
      <TryIt portal={portal} me={me ?? null} />
      <FromCode publicUrl={portal.public_url} />
      <Section title={t('overview.verify')}>
        <Text>{t('overview.verify_text')}</Text>
        <Text>
          <Anchor href="/docs/verify" inherit>
            {t('overview.verify_docs')}
          </Anchor>
        </Text>
      </Section>
      <Suspense fallback={<Skeleton height={240} />}>
        <ApiReference />
      </Suspense>
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes.section}>
      <Title order={2}>{title}</Title>
      {children}
    </section>
  );
}

function BaseUrl({ publicUrl }: { publicUrl: string }) {
  const { t } = useTranslation('tokens');
  return (
    <Section title={t('overview.base_url')}>
      <Text c="dimmed">{t('overview.base_url_text')}</Text>
      <CodeBlock code={publicUrl} what={t('overview.what.base_url')} />
    </Section>
  );
}

function TryIt({ portal, me }: { portal: Portal; me: Me | null }) {
  const { t } = useTranslation('tokens');
  return (
    <Section title={t('overview.try')}>
      <Text>
        {t('overview.no_token')}{' '}
        <Anchor component={Link} to={createTokenPath} inherit>
          {t('overview.create_token')}
        </Anchor>
      </Text>
      <Text>{t('overview.try_read')}</Text>
      <CodeBlock code={readTokenLine} what={t('overview.what.read')} />
      <Text c="dimmed">{t('overview.try_read_why')}</Text>
      <Text>{t('overview.try_call')}</Text>
      <CodeBlock code={curlLine(portal.public_url)} what={t('overview.what.curl')} />
      {me !== null && (
        <>
          <Text>{t('overview.try_answer')}</Text>
          <CodeBlock code={answerOf(me)} />
        </>
      )}
      <Text c="dimmed">{t('overview.try_refused')}</Text>
    </Section>
  );
}

function FromCode({ publicUrl }: { publicUrl: string }) {
  const { t } = useTranslation('tokens');
  return (
    <Section title={t('overview.from_code')}>
      <Text>{t('overview.from_code_text')}</Text>
      <Title order={3}>{t('overview.node')}</Title>
      <CodeBlock code={nodeSample(publicUrl)} what={t('overview.what.node')} />
      <Title order={3}>{t('overview.python')}</Title>
      <CodeBlock code={pythonSample(publicUrl)} what={t('overview.what.python')} />
    </Section>
  );
}

/** What the reader's own token will be answered, shortened to what matters. */
function answerOf({ user: { name, email, role, organization } }: Me): string {
  const answer = {
    user: { name, email, role, organization },
    authenticated_by: 'token',
    token: { name: '…' },
  };
  return JSON.stringify(answer, null, 2);
}
