/** The API reference, drawn from the description that this server publishes, so that it is never older than the server. */
import { Anchor, Skeleton, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { portalFetch } from '../api/portal-fetch.ts';
import { problemOfAnswer, problemOfFailure } from '../api/problem.ts';
import { FailureNotice } from '../shell/failure-notice.tsx';
import classes from './api-reference.module.css';
import { type Group, groupsOf, type Operation, type Row } from './openapi.ts';

const documentPath = '/openapi.json';

export default function ApiReference() {
  const { t } = useTranslation('tokens');
  const groups = useQuery({
    queryKey: ['openapi'],
    queryFn: readDocument,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <section className={classes.reference} aria-busy={groups.isPending}>
      <Title order={2}>{t('reference.title')}</Title>
      <Text c="dimmed">
        {t('reference.text')}{' '}
        <Anchor href={documentPath} inherit>
          {documentPath}
        </Anchor>
      </Text>
      {groups.isPending && <Skeleton height={240} role="status" aria-label={t('reference.loading')} />}
      {groups.isError && (
        <FailureNotice
          problem={problemOfFailure(groups.error)}
          saving="read"
          onRetry={() => void groups.refetch()}
        />
      )}
      {groups.data?.map((group) => (
        <OperationGroup key={group.name} group={group} />
      ))}
    </section>
  );
}

async function readDocument({ signal }: { signal: AbortSignal }): Promise<Group[]> {
  const answer = await portalFetch(documentPath, { signal });
  if (!answer.ok) throw problemOfAnswer(answer.status, await answer.text());
  return groupsOf(await answer.json());
}

function OperationGroup({ group: { name, operations } }: { group: Group }) {
  const { t } = useTranslation('tokens');
  return (
    <div className={classes.group}>
      <Title order={3}>{name || t('reference.other')}</Title>
      <div className={classes.operations}>
        {operations.map((operation) => (
          <OperationDetails key={operation.id} operation={operation} />
        ))}
      </div>
    </div>
  );
}

function OperationDetails({ operation }: { operation: Operation }) {
  const { t } = useTranslation('tokens');
  const { method, path, summary, description, parameters, request, answers, errors } = operation;
  return (
    <details className={classes.operation}>
      <summary className={classes.summary}>
        <code className={classes.method} data-method={method}>
          {method}
        </code>
        <code className={classes.path}>{path}</code>
        <span className={classes.what}>{summary}</span>
      </summary>
      <div className={classes.body}>
        {description !== '' && (
          <Text>
            <Prose text={description} />
          </Text>
        )}
        {parameters.length > 0 && <Members title={t('reference.parameters')} rows={parameters} />}
        {request.length > 0 && <Members title={t('reference.request')} rows={request} />}
        {answers.map(({ status, members }) => (
          <Members key={status} title={t('reference.answer', { status })} rows={members} />
        ))}
        {errors.length > 0 && <Errors errors={errors} />}
      </div>
    </details>
  );
}

function Members({ title, rows }: { title: string; rows: readonly Row[] }) {
  const { t } = useTranslation('tokens');
  return (
    <div>
      <Title order={4} className={classes.heading}>
        {title}
      </Title>
      {rows.length === 0 && <Text c="dimmed">{t('reference.no_members')}</Text>}
      <dl className={classes.members}>
        {rows.map((row) => (
          <Member key={`${row.place}-${row.name}`} row={row} />
        ))}
      </dl>
    </div>
  );
}

const places = ['path', 'query', 'header', 'cookie'] as const;

function Member({ row }: { row: Row }) {
  const { t } = useTranslation('tokens');
  const place = places.find((known) => known === row.place);
  const facts = [
    row.type,
    place === undefined ? '' : t(`reference.in_${place}`),
    row.required ? t('reference.required') : '',
  ].filter((fact) => fact !== '');
  const sentences = [
    row.description,
    row.values.length > 0 ? t('reference.one_of', { values: row.values.join(', ') }) : '',
    row.default === null ? '' : t('reference.default', { value: row.default }),
  ].filter((sentence) => sentence !== '');
  return (
    <div className={classes.member}>
      <dt>
        <code>{row.name}</code> <span className={classes.facts}>{facts.join(', ')}</span>
      </dt>
      <dd>
        <Prose text={sentences.join(' ')} />
      </dd>
    </div>
  );
}

function Errors({ errors }: { errors: Operation['errors'] }) {
  const { t } = useTranslation('tokens');
  return (
    <div>
      <Title order={4} className={classes.heading}>
        {t('reference.errors')}
      </Title>
      <dl className={classes.members}>
        {errors.map(({ status, description }) => (
          <div key={status} className={classes.member}>
            <dt>
              <code>{status}</code>
            </dt>
            <dd>
              <Prose text={description} />
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** A description's text, with what stands between backquotes as code. Its other Markdown is shown as it is written. */
function Prose({ text }: { text: string }) {
  let offset = 0;
  return text.split(/(`[^`]+`)/).map((part) => {
    offset += part.length;
    return part.startsWith('`') ? <code key={offset}>{part.slice(1, -1)}</code> : part;
  });
}
