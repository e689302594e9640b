/**
 * Deletions in the page's corner: that one is done, and, while no dialog shows it, that it goes on or has failed. Begins
 * to listen when it is loaded.
 */
import { Button, Text } from '@mantine/core';
import { type NotificationData, notifications } from '@mantine/notifications';
import i18next from 'i18next';
import { useTranslation } from 'react-i18next';
import { announceAtLength, announcementLook, Lasting } from '../../shell/announce.tsx';
import { AlertIcon } from '../../shell/icons.tsx';
import { deletionFailureText } from './deletion-failure.ts';
import classes from './deletion-notices.module.css';
import { deletions } from './deletions.ts';
import { RefusedSince } from './refused-since.tsx';
import type { Deletion, DeletionNews } from './token-deletions.ts';

/** More than these at once would hold up other notifications; the oldest goes. */
const doneShownMax = 2;

/** The token whose deletion a dialog shows. */
let watched: string | null = null;
/** For each token what was last said of it, here or in the dialog. */
const told = new Map<string, Deletion>();
let doneShown: readonly string[] = [];

const noticeOf = (tokenId: string) => `deletion:${tokenId}`;

/** The dialog says that it shows this token's deletion, or with null none: the corner then takes over what goes on. */
export function watchDeletion(tokenId: string | null): void {
  watched = tokenId;
  tellAll();
}

deletions.subscribe(tellAll);
deletions.onNews(tellNews);

function tellAll(): void {
  for (const tokenId of told.keys()) {
    if (deletions.all().has(tokenId)) continue;
    told.delete(tokenId);
    notifications.hide(noticeOf(tokenId));
  }
  for (const [tokenId, deletion] of deletions.all()) tell(tokenId, deletion);
}

function tell(tokenId: string, deletion: Deletion): void {
  if (tokenId === watched && deletion.phase !== 'done') {
    notifications.hide(noticeOf(tokenId));
    // A failure was seen in the dialog; what goes on is told anew when the dialog has gone.
    if (deletion.phase === 'failed') told.set(tokenId, deletion);
    else told.delete(tokenId);
    return;
  }
  if (told.get(tokenId) === deletion) return;
  told.set(tokenId, deletion);
  const notice = { id: noticeOf(tokenId), autoClose: false, ...noticeFor(deletion) };
  notifications.update(notice);
  notifications.show(notice);
  if (deletion.phase === 'done') makeRoom(notice.id);
}

function makeRoom(shown: string): void {
  doneShown = [...doneShown, shown];
  for (const id of doneShown.slice(0, -doneShownMax)) notifications.hide(id);
  doneShown = doneShown.slice(-doneShownMax);
}

/** Every member is given, since a notification that is updated keeps what it is not given. */
function noticeFor(deletion: Deletion): NotificationData {
  const { t } = i18next;
  const { name } = deletion.token;
  const look = announcementLook(deletion.phase === 'done' ? 'done' : 'news');
  switch (deletion.phase) {
    case 'running':
      return {
        ...look,
        loading: true,
        title: t('tokens:delete.deleting_named', { name }),
        message: t(deletion.resumed ? 'tokens:delete.resumed' : 'tokens:delete.goes_on'),
      };
    case 'done':
      return {
        ...look,
        loading: false,
        title: t('tokens:delete.deleted'),
        message: <DoneNotice deletion={deletion} />,
      };
    case 'failed':
      return {
        ...look,
        loading: false,
        color: 'red',
        icon: <AlertIcon />,
        title: t(deletion.deleted === 'no' ? 'tokens:delete.failed_named' : 'tokens:delete.unsure_named', {
          name,
        }),
        message: <FailedNotice deletion={deletion} />,
        onClose: () => deletions.dismiss(deletion.token.id),
      };
  }
}

function DoneNotice({ deletion }: { deletion: Deletion }) {
  return (
    <Lasting onEnd={() => notifications.hide(noticeOf(deletion.token.id))}>
      <bdi className={classes.name}>{deletion.token.name}</bdi>
      {deletion.refusedEverywhereAt !== null && <RefusedSince instant={deletion.refusedEverywhereAt} />}
    </Lasting>
  );
}

function FailedNotice({ deletion }: { deletion: Deletion }) {
  const { t } = useTranslation('tokens');
  const failures = useTranslation('failures').t;
  if (deletion.problem === null) return null;
  const texts = { tokens: t, failures };
  const { what, rest } = deletionFailureText(texts, deletion.problem, deletion.deleted, navigator.onLine);
  return (
    <>
      <Text inherit c="var(--mantine-color-text)">
        {what} {rest}
      </Text>
      <Button variant="default" size="xs" mt="xs" onClick={() => void deletions.start(deletion.token)}>
        {t(deletion.deleted === 'no' ? 'delete.delete' : 'delete.delete_again')}
      </Button>
    </>
  );
}

function tellNews(news: DeletionNews): void {
  announceAtLength('news', newsText(news));
}

function newsText(news: DeletionNews): string {
  const { t } = i18next;
  const { name } = news.token;
  switch (news.kind) {
    case 'gone':
      return t('tokens:delete.gone', { name });
    case 'never_sent':
      return t('tokens:delete.never_sent', { name });
    case 'signed_out':
      return t(`tokens:delete.signed_out.${news.deleted}`, { name });
  }
}
