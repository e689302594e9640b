/** Where the holder is signed in, and the end of it: one session or all but this one. */
import { Badge, Button, Skeleton, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { problemOfFailure } from '../api/problem.ts';
import { formatDate, formatInstant, formatRelative } from '../messages/format.ts';
import { useNowMs } from '../messages/now.ts';
import { FailureNotice } from '../shell/failure-notice.tsx';
import { endOtherSessions, endSession, listSessions, type Session } from './auth-client.ts';
import { clientNameOf } from './client-name.ts';
import { newestFirst } from './session-order.ts';

const sessionsKey = ['sessions'] as const;

export function SessionsSection() {
  const { t } = useTranslation('profile');
  const sessions = useQuery({
    queryKey: sessionsKey,
    queryFn: async ({ signal }) => newestFirst(await listSessions(signal)),
  });
  const ending = useEnding();
  if (sessions.data === undefined) {
    if (!sessions.isError) return <Skeleton height={64} />;
    const retry = () => void sessions.refetch();
    return <FailureNotice problem={problemOfFailure(sessions.error)} saving="read" onRetry={retry} />;
  }
  return (
    <Stack gap="md" align="stretch">
      {ending.error !== null && (
        <FailureNotice
          problem={problemOfFailure(ending.error)}
          saving={{ no: t('sessions.failed_no'), unknown: t('sessions.failed_unknown') }}
        />
      )}
      <ul className="profile-rows">
        {sessions.data.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            ending={ending.isPending && (ending.variables === session.id || ending.variables === 'others')}
            onEnd={() => ending.mutate(session.id)}
          />
        ))}
      </ul>
      {sessions.data.length > 1 && (
        <Button
          variant="default"
          color="red"
          className="section-submit danger-button"
          aria-disabled={ending.isPending}
          onClick={() => ending.isPending || ending.mutate('others')}
        >
          {t('sessions.end_others')}
        </Button>
      )}
    </Stack>
  );
}

/** Ends the session with that id, or all `others`; then reads the list anew, however it went. */
function useEnding() {
  const { t } = useTranslation('profile');
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (which: string) => (which === 'others' ? endOtherSessions() : endSession(which)),
    onSuccess: (_, which) => {
      const message = t(which === 'others' ? 'sessions.others_ended' : 'sessions.ended');
      notifications.show({ color: 'green', message });
    },
    onSettled: () => cache.invalidateQueries({ queryKey: sessionsKey }),
  });
}

interface SessionRowProps {
  session: Session;
  ending: boolean;
  onEnd: () => void;
}

function SessionRow({ session, ending, onEnd }: SessionRowProps) {
  const { t } = useTranslation('profile');
  const nowMs = useNowMs();
  const { browser, system } = clientNameOf(session.userAgent ?? '');
  const client =
    browser !== null && system !== null
      ? t('sessions.on', { browser, system })
      : (browser ?? system ?? t('sessions.unknown_client'));
  const address = session.ipAddress ?? t('sessions.unknown_address');
  return (
    <li>
      <div>
        <Text component="div" size="sm" fw={500} title={session.userAgent ?? ''}>
          {client}{' '}
          {session.current && (
            <Badge variant="default" size="sm" tt="none" ml={4}>
              {t('sessions.current')}
            </Badge>
          )}
        </Text>
        <Text size="xs" c="dimmed">
          {address} ·{' '}
          <time dateTime={session.createdAt} title={formatInstant(session.createdAt)}>
            {t('sessions.started', { when: formatRelative(session.createdAt, nowMs) })}
          </time>
          {' · '}
          <time dateTime={session.endsAt} title={formatInstant(session.endsAt)}>
            {t('sessions.ends', { date: formatDate(session.endsAt) })}
          </time>
        </Text>
      </div>
      {!session.current && (
        <Button
          variant="default"
          size="xs"
          aria-disabled={ending}
          aria-label={t('sessions.end_named', { client, address })}
          onClick={() => ending || onEnd()}
        >
          {t(ending ? 'sessions.ending' : 'sessions.end')}
        </Button>
      )}
    </li>
  );
}
