/** What stands in place of rows: what a token is for before the first one is made, or that a search found nothing. */
import { Button, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { KeyIcon } from '../../shell/icons.tsx';
import classes from './token-list-empty.module.css';
import { NewTokenButton } from './token-toolbar.tsx';

export function EmptyList() {
  const { t } = useTranslation('tokens');
  return (
    <div className={classes.empty}>
      <span className={classes.picture}>
        <KeyIcon size={20} />
      </span>
      <Title order={2}>{t('list.empty_title')}</Title>
      <Text c="dimmed" maw={420}>
        {t('list.empty_text')}
      </Text>
      <NewTokenButton />
    </div>
  );
}

export function NothingFound({ onClear }: { onClear: () => void }) {
  const { t } = useTranslation('tokens');
  return (
    <div className={classes.nothing} role="status">
      <Text fw={500}>{t('list.none_found')}</Text>
      <Text c="dimmed">{t('list.none_found_text')}</Text>
      <Button variant="default" size="xs" onClick={onClear}>
        {t('list.clear_filters')}
      </Button>
    </div>
  );
}
